"""Both inferences stand side by side, and what was not run is said."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bids_vlint.derivatives.collection import every_test, read_fits, stack_sites
from bids_vlint.group.regions import Tally
from bids_vlint.reports.pages.participant import participant_report
from bids_vlint.reports.sections.inferences import side_by_side
from tests.reports.text import words_of


def said(tallies: Mapping[str, Tally] | None) -> str:
    """A row of the table, as it is read."""
    assert tallies is not None
    return " ".join(f"{n} of {total} ({100 * n / total:.1f} %)" for n, total in tallies.values())


def test_both_inferences_stand_side_by_side(inferred: Path, report: str) -> None:
    fits = read_fits(inferred, "01")
    found = {(row.what, row.inference): row.tallies for row in side_by_side(fits, stack_sites(fits), every_test(fits))}
    tests, published = fits[0].tests, fits[0].published
    assert published is not None
    own = tests[(tests["test"] == "multimodal_beats_linear") & (tests["alignment"] == "vision")]
    n = int(own["significant"].sum())
    assert found["multimodal_beats_linear", "calibrated"]["vision"] == Tally(n, 48)  # type: ignore[index]
    assert f"multimodal beats linear calibrated {said(found['multimodal_beats_linear', 'calibrated'])}" in report
    n = int((published["published_multimodal_beats_linear_either"] == True).sum())  # noqa: E712
    assert n > 0
    assert found["multimodal_beats_linear", "published"]["either"] == Tally(n, 48)  # type: ignore[index]
    assert f"multimodal beats linear published {said(found['multimodal_beats_linear', 'published'])}" in report
    assert found["integration", "calibrated"]["either"] == Tally(8, 48)  # type: ignore[index]
    assert "8 of 48 (16.7 %)" in report
    assert found["integration", "published"] is None
    assert "integration published no such test – – –" in report
    assert f"multimodal_beats_linear, in at least one alignment: {n} of 48 electrodes" in report
    assert "Reconstructed" in report


def test_what_was_not_run_has_no_column(inferred: Path) -> None:
    text = words_of(participant_report(inferred, "02"))
    table = text.split("How many electrodes pass each test")[1].split("What each test compares")[0]
    assert "multimodal beats linear not tested" in table or "multimodal beats linear 0 of" in table
    assert "published" not in table
    assert "The published inference" not in text
    assert "Corrected t : in 1 of 1 analyses" in text
    assert "sub-02_task-film, language (100 blocks of 5 s in all, t divided by 1.41)" in text
    assert "A held-out part has 5 blocks of 5 s, fewer than 8" in text
    assert "Nadeau C., Bengio Y. (2003)" in text
    assert "Smyth G. K. (2004)" not in text.split("Methods and references")[-1]
    assert "No latency: no network says anything new at these events" in text
