"""The results in words: what was found, what was not tested and why, and what could have been found."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from bids_vlint.derivatives.collection import FitResult, every_test, read_fits, stack_sites
from bids_vlint.derivatives.layout import sidecar, sites_tsv
from bids_vlint.files.json_file import read_json
from bids_vlint.reports.contents.detectable import detectable_in
from bids_vlint.reports.page import Section
from bids_vlint.reports.sections.card import brain, card
from bids_vlint.reports.sections.counts import counts
from bids_vlint.reports.sections.methods import done_in, methods
from bids_vlint.study.fits import FitName
from tests.reports import fabricate
from tests.reports.text import words_of_html

TOGETHER = "no network of the set is shown picture and text together"
NO_PARTS = "clip and slip have no runs on their parts"


def words(section: Section) -> str:
    """A section as it is read."""
    return words_of_html(section.content)


def said_of(fits: Sequence[FitResult]) -> str:
    sites = stack_sites(fits)
    return words(card(sites, "them", fits=fits)) + words(counts(sites, every_test(fits), seeds=1, fits=fits))


def methods_of(fits: Sequence[FitResult]) -> str:
    return " ".join(methods(fits[0].record["settings"], stack_sites(fits), every_test(fits), done=done_in(fits))[0])


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One with everything; one with language alone; one with networks that lack their runs on parts; noise."""
    folder = tmp_path_factory.mktemp("counts") / "out"
    fabricate.participant(folder, "01", 1, n=6, comparisons=(), bare=True)
    fabricate.participant(folder, "02", 2, n=6, comparisons=(), bare=True, placed=False, only=("sbert",),
                          alignments=("language",))  # fmt: skip
    fabricate.participant(folder, "03", 3, n=6, comparisons=(), bare=True, placed=False, parts=False)
    fabricate.participant(folder, "04", 4, n=6, comparisons=(), bare=True, placed=False, planted=False,
                          smallest_effect=0.5)  # fmt: skip
    return folder


def test_integration_says_what_was_shown_to_which_network(out: Path) -> None:
    said = said_of(read_fits(out, "01"))
    assert "Integration: 1 of 6 electrodes, 16.7 %: " in said
    assert "LA1 of sub-01 (q " in said
    assert "At q = 0.05, at most about 0.05 of 1 electrode are expected to be false. Elsewhere, differences in" in said
    assert "picture and text together (clip, slip)" in said
    assert "pictures alone simclr, clip's own run on pictures, slip's own run on pictures" in said
    assert "text alone sbert, clip's own run on text, slip's own run on text" in said
    assert "not tested" not in said.split("What each test compares")[0]
    assert "this draw of random weights, not that it would beat most" in said


@pytest.mark.parametrize(("subject", "why"), [("02", TOGETHER), ("03", NO_PARTS)])
def test_what_was_not_tested_is_said_with_what_is_lacking(out: Path, subject: str, why: str) -> None:
    fits = read_fits(out, subject)
    said = said_of(fits)
    assert f"Integration was not tested: {why}." in said
    assert f"multimodal beats linear : not tested: {why}." in said
    assert f"integration : not tested: {why}." in said
    assert "integration not tested not tested not tested not tested" in said
    record = read_json(sidecar(sites_tsv(out, fits[0].name)))["Fit"]
    assert record["lacking"]["language"]["integration"] == why
    for column in ("language_integration", "integration_either", "language_integration_p", "integration_both_q"):
        assert fits[0].sites[column].isna().all(), "n/a throughout"
    paragraph = methods_of(fits)
    assert "linear control" not in paragraph
    assert "ntegration, where" not in paragraph
    assert ("multimodal" in paragraph.split("predicted every")[0]) == (subject == "03")
    assert ("scene cut" in paragraph) == (subject == "03")
    assert ("the frame" in paragraph) == (subject == "03")
    assert ("Simes" in paragraph) == (subject == "03")


def test_shares_have_one_denominator_and_the_rest_is_named(out: Path) -> None:
    fits = read_fits(out)
    said = said_of(fits)
    assert "Integration: 2 of 12 electrodes" in said
    assert f"At 12 electrodes it was not tested: {TOGETHER}; {NO_PARTS}." in said
    assert "multimodal beats linear 2 of 12 (16.7 %)" in said


def test_a_null_result_says_what_could_have_been_found(out: Path) -> None:
    (fit,) = read_fits(out, "01")
    fit.sites["integration_either"] = False
    fit.sites["multimodal_beats_linear_either"] = False
    said = said_of([fit])
    could = detectable_in([fit], 0.05)
    assert "No electrode is called integration, of 6 that were tested in them; differences in held-out r above" in said
    assert "No electrode is called integration" not in said_of(read_fits(out, "01"))
    for test in ("multimodal_beats_linear", "beats_low_level"):
        own = could[test]["language"]
        assert own.single > own.plain > 0
        assert f"{test.replace('_', ' ')} {own.single:.3f} (language)" in said
    own = could["multimodal_beats_linear"]
    listed = said.split("No electrode passes")[1].split("In brackets: differences")[0]
    sizes = f"{own['language'].single:.3f} (language), {own['vision'].single:.3f} (vision)"
    assert f"multimodal beats linear ({sizes}), integration" in listed


def test_a_smallest_effect_is_said(out: Path) -> None:
    said = said_of(read_fits(out, "04"))
    assert "whether the difference in held-out r is above 0.5 (--smallest-effect), not above 0." in said
    assert "--smallest-effect" not in said_of(read_fits(out, "01"))


def test_a_picture_names_the_words_that_were_tested(out: Path) -> None:
    (fit,) = read_fits(out, "01")
    sites = stack_sites([fit])
    assert "orange-red: integration, blue: trained with language" in words(brain(sites, []))
    sites["integration_either"] = None
    assert "orange-red" not in words(brain(sites, []))
    assert fit.name == FitName("01", "film")
