"""What reports say of both inferences, of their nulls, and of each site."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bids_vlint.derivatives import collection as collect
from bids_vlint.derivatives.collection import read_fits, stack_sites
from bids_vlint.derivatives.evidence_tables import read_tests, write_tests
from bids_vlint.inference.calibrated.detectable import family_level, noncentrality, smallest_detectable
from bids_vlint.reports.methods import sentences
from bids_vlint.reports.pages.participant import participant_report
from bids_vlint.reports.sections.evidence import MOST_PAGES, sites_of
from bids_vlint.reports.sections.inferences import judgement, side_by_side
from bids_vlint.reports.sections.nulls import null_sentences, read_kept, swapped_sites
from bids_vlint.reports.words import kinds_of_sites
from bids_vlint.study.fits import FitName
from tests.reports import fabricate
from tests.reports.test_reports import words_of


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inferences") / "out"
    fabricate.participant(folder, "01", 1, n=48, published=True, placed=False)
    fabricate.participant(folder, "02", 2, n=6, alignments=("language",), n_shifts=0, bare=True, placed=False)
    return folder


@pytest.fixture(scope="module")
def report(out: Path) -> str:
    return words_of(participant_report(out, "01"))


def test_both_inferences_stand_side_by_side(out: Path, report: str) -> None:
    fits = read_fits(out, "01")
    table = side_by_side(fits, stack_sites(fits), collect.tests_of(fits)).set_index(["test", "inference"])
    tests, published = fits[0].tests, fits[0].published
    assert published is not None
    own = tests[(tests["test"] == "multimodal_beats_linear") & (tests["alignment"] == "vision")]
    n = int(own["significant"].sum())
    assert table.loc[("multimodal beats linear", "calibrated"), "vision"] == f"{n} of 48 ({100 * n / 48:.1f} %)"
    n = int((published["published_multimodal_beats_linear_either"] == True).sum())  # noqa: E712
    assert n > 0
    assert table.loc[("multimodal beats linear", "published"), "either"] == f"{n} of 48 ({100 * n / 48:.1f} %)"
    assert table.loc[("integration", "calibrated"), "either"] == "8 of 48 (16.7 %)"
    assert table.loc[("integration", "published"), "language"] == "no such test"
    assert f"multimodal_beats_linear, in at least one alignment: {n} of 48 electrodes" in report
    assert "Reconstructed" in report


def test_what_was_not_run_is_said(out: Path) -> None:
    text = words_of(participant_report(out, "02"))
    assert "The published inference was not run; --inference calibrated published runs both" in text
    table = text.split("Both inferences")[-1].split("The published inference was not run")[0]
    assert "multimodal beats linear calibrated" in table
    assert "published" not in table
    assert "Corrected t : in 1 of 1 analyses" in text
    assert "sub-02_task-film, language (100 blocks of 5 s in all, t divided by 1.41)" in text
    assert "A held-out part has 5 blocks of 5 s, fewer than 8" in text
    assert "Nadeau C., Bengio Y. (2003)" in text
    assert "Smyth G. K. (2004)" not in text.split("Methods and references")[-1]
    assert "No latency: the deconvolved course does not exceed its null" in text


def test_integration_is_only_said_of_what_beats_both_controls(out: Path) -> None:
    sites = stack_sites(read_fits(out))
    called = pd.Series(kinds_of_sites(sites))
    for word, alignment in ((w, a) for w in ("integration",) for a in ("language", "vision")):
        truth = sites[f"{alignment}_{word}"].fillna(False).astype(bool)
        linear, low = (
            sites[f"{alignment}_{t}"].fillna(False).astype(bool) for t in ("multimodal_beats_linear", "beats_low_level")
        )
        assert (truth == (linear & low)).all()
        assert set(called[truth]) <= {"integration"}
    both = sites["both_modalities_either"].fillna(False).astype(bool)
    assert set(called[both]) == {"integration", "both modalities"} or set(called[both]) == {"both modalities"}
    assert (called == "both modalities").sum() > 0


def test_the_swapped_stimulus_is_corrected_as_the_others(out: Path) -> None:
    fits = read_fits(out, "01")
    kept = read_kept(out, fits)
    assert set(swapped_sites(kept).values()) == {(0, 48)}
    one = kept[FitName("01", "film"), "vision"]
    one.swapped["beats_low_level"][5] = 1e-9  # type: ignore[index]
    assert swapped_sites(kept)["beats_low_level"] == (0, 48), "the gate stops it"
    one.swapped["trained_beats_random"][5] = 1e-9  # type: ignore[index]
    assert swapped_sites(kept)["beats_low_level"] == (1, 48)
    said = null_sentences(kept)
    assert "Of 48 electrodes" in said[0]
    assert "beats low level 1" in said[0]
    assert "r = 0.10 at best (+0.00 s)" in said[1]


def test_no_null_no_sentence(out: Path) -> None:
    assert null_sentences(read_kept(out, read_fits(out, "02"))) == []


def test_the_smallest_detectable_difference_of_a_family(out: Path) -> None:
    fits = read_fits(out, "01")
    said = next(s for s in judgement(fits) if s.startswith("Smallest"))
    own = fits[0].tests.query("test == 'multimodal_beats_linear'")
    df = int(own["df"].iloc[0])
    assert df == own["n_shifts"].iloc[0] - 1
    error = own["detectable"] / (
        own["null_sd"] * noncentrality(df, 0.05, 0.8) + np.maximum(own["null_mean"], 0) - own["null_mean"]
    )
    single = smallest_detectable(
        error.to_numpy(), own["null_sd"].to_numpy(), df + 1, null_mean=own["null_mean"].to_numpy(),
        level=family_level(96),
    )  # fmt: skip
    assert "multimodal beats linear language" in said
    for alignment in ("language", "vision"):
        here = (own["alignment"] == alignment).to_numpy()
        plain, corrected = own["detectable"][here].median(), np.median(single[here])
        assert corrected > plain
        assert f"{alignment} {plain:.3f} ({corrected:.3f} for a single site after the correction)" in said


def test_replicated_sites_are_counted(out: Path) -> None:
    fits = read_fits(out, "01")
    own = fits[0].tests.query("test == 'beats_low_level' and significant == True")
    said = next(s for s in judgement(fits) if s.startswith("Split halves"))
    assert f"beats low level {int((own['replicated'] == True).sum())} of {len(own)}" in said  # noqa: E712


def test_pages_are_bounded_and_those_with_the_smallest_p_come_first(out: Path, report: str) -> None:
    fits = read_fits(out, "01")
    found = sites_of(fits)
    assert len(found) > MOST_PAGES == 12
    assert f"{len(found)} sites of integration or of both modalities. The 12 with the smallest p" in report
    p = fits[0].sites[[f"{a}_multimodal_beats_{x}_p" for a in ("language", "vision") for x in ("linear", "unimodal")]]
    least = p.min(axis=1).to_numpy()[[row for _, row in found]]
    assert (np.diff(least) >= 0).all()
    pages = re.findall(r"(LA\d+): (?:integration|both modalities) \(", report)
    assert list(dict.fromkeys(pages)) == [fits[0].sites["name"].iloc[row] for _, row in found[:12]]


def test_a_page_says_what_the_tables_say(out: Path, report: str) -> None:
    fits = read_fits(out, "01")
    name = fits[0].sites["name"].iloc[sites_of(fits)[0][1]]
    own = fits[0].tests[fits[0].tests["name"] == name].set_index(["alignment", "test"])
    one = own.loc[("vision", "multimodal_beats_linear")]
    assert f"{one['diff']:+.3f} ({one['low']:+.3f} to {one['high']:+.3f})" in report
    assert f"{one['null_mean']:.2f} ± {one['null_sd']:.2f}" in report
    assert "first bin at 0.15 s (95 % interval 0.10 to 0.20), peak at 0.35 s (95 % interval 0.30 to 0.40)" in report
    assert "100 blocks of 5 s, 20 shifts" in report
    assert "Noise ceiling n/a" in report


def test_what_a_short_film_lacks_is_not_a_number_in_words(tmp_path: Path) -> None:
    out = tmp_path / "out"
    name = fabricate.participant(out, "01", 1, n=6, alignments=("vision",), placed=False, bare=True, n_shifts=0)
    tests = read_tests(out, name)
    unknown = ["diff_first_half", "diff_second_half", "detectable", "p"]
    write_tests(out, name, tests.assign(replicated=None, **dict.fromkeys(unknown, np.nan)))
    text = words_of(participant_report(out, "01"))
    assert "n/a, n/a n/a n/a" in text
    assert not re.search(r"\bnan\b", text.lower())
    assert "(2 too short to say)" in text


def test_methods_name_what_was_done() -> None:
    sites = pd.DataFrame({"region_atlas": [None], "mni_x": [np.nan]})

    def said(**settings: object) -> str:
        return " ".join(text for text, _ in sentences(settings, sites))

    assert "40 circular shifts" in said(n_shifts=40)
    assert "from 0.2 to 1.5 s after onset" in said(bins="0.2:1.5")
    assert "as many principal components" in said(width="equal")
    assert "as many principal components" not in said(width="raw")
    assert "joined with the low-level features;" not in said()
    assert "every network was joined with the low-level features" in said(on_low_level=True)
    assert "Published" not in said()
    only = said(inference=("published",))
    assert "Reconstructed" in only
    assert "circular shifts" not in only
    assert {"nadeau2003"} & {k for _, keys in sentences({}, sites, p_from=("corrected t",)) for k in keys}
