"""The pages of sites."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from bids_vlint.derivatives.collection import read_fits
from bids_vlint.derivatives.evidence_tables import read_tests, write_tests
from bids_vlint.reports.pages.participant import participant_report
from bids_vlint.reports.sections.evidence import MOST_PAGES, sites_of
from tests.reports import fabricate
from tests.reports.text import words_of


def test_pages_are_bounded_and_those_with_the_smallest_p_come_first(inferred: Path, report: str) -> None:
    fits = read_fits(inferred, "01")
    found = sites_of(fits)
    assert len(found) > MOST_PAGES == 12
    assert f"{len(found)} electrodes called integration or trained with language. The 12 with the smallest p" in report
    p = fits[0].sites[[f"{a}_multimodal_beats_{x}_p" for a in ("language", "vision") for x in ("linear", "unimodal")]]
    least = p.min(axis=1).to_numpy()[[row for _, row in found]]
    assert (np.diff(least) >= 0).all()
    pages = re.findall(r"(LA\d+): (?:integration|trained with language) \(", report)
    assert list(dict.fromkeys(pages)) == [fits[0].sites["name"].iloc[row] for _, row in found[:12]]


def test_a_page_says_what_the_tables_say(inferred: Path, report: str) -> None:
    fits = read_fits(inferred, "01")
    name = fits[0].sites["name"].iloc[sites_of(fits)[0][1]]
    own = fits[0].tests[fits[0].tests["name"] == name].set_index(["alignment", "test"])
    one = own.loc[("vision", "multimodal_beats_linear")]
    assert f"{one['diff']:+.3f} ({one['low']:+.3f} to {one['high']:+.3f})" in report
    assert f"{one['null_mean']:.2f} ± {one['null_sd']:.2f}" in report
    said = ("half of its height at 0.15 s (95 % interval 0.10 to 0.20), peak at 0.35 s (95 % interval 0.30 to 0.40); "
            "it follows clip, as a state that lasts until the next event")  # fmt: skip
    assert said in report
    best = fits[0].sites.set_index("name").loc[name, "vision_best_r"]
    passed = next(row for (alignment, _), row in own.iterrows() if alignment == "vision" and row["significant"] is True)
    share = passed["diff"] / best
    assert share > 0.03, "said without decimals"
    assert f"({passed['diff']:+.3f}, {100 * share:.0f} % of the best network's r of {best:.2f})" in report
    assert "100 blocks of 5 s, 20 shifts" in report
    assert "Noise ceiling n/a" in report


def test_what_a_short_film_lacks_is_not_a_number_in_words(tmp_path: Path) -> None:
    out = tmp_path / "out"
    name = fabricate.participant(out, "01", 1, n=6, alignments=("vision",), placed=False, bare=True, n_shifts=0)
    tests = read_tests(out, name)
    unknown = ["diff_first_half", "diff_second_half", "detectable", "p"]
    fabricate.without_marks(out, name)
    write_tests(out, name, tests.assign(replicated=None, **dict.fromkeys(unknown, np.nan)))
    text = words_of(participant_report(out, "01"))
    assert "n/a, n/a n/a n/a" in text
    assert not re.search(r"\bnan\b", text.lower())
    assert "(2 too short to say)" in text
