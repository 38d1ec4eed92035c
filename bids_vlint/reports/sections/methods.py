"""The methods paragraph of a report: what was done, in sentences, each with its references."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pandas as pd

from bids_vlint.atlas.labelling import image_named
from bids_vlint.citations import Bibliography, Reference
from bids_vlint.derivatives.candidates import candidate_counts
from bids_vlint.derivatives.meanings import meaning_of
from bids_vlint.derivatives.record import level_of
from bids_vlint.encoding.blocks import BLOCK_S
from bids_vlint.encoding.folds import N_FOLDS
from bids_vlint.encoding.plan import BLOCKS_OF_MORE, EVENTS_OF_MORE, MOST_FOLDS
from bids_vlint.inference.calibrated.claims import WORDS
from bids_vlint.inference.calibrated.evidence import CORRECTED, SHIFTS
from bids_vlint.inference.description import DESCRIPTIONS
from bids_vlint.networks.comparisons import TESTS, ElectrodeTest
from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.contents.figure import ReportFigure
from bids_vlint.reports.contents.nulls import descriptions_of
from bids_vlint.reports.page import Section, section
from bids_vlint.reports.sections.worth import methods_of


def methods(
    settings: Mapping[str, Any],
    sites: pd.DataFrame,
    tests: Sequence[str] = (),
    seeds: int = 1,
    p_from: Collection[str] = (SHIFTS,),
    made: Collection[str] = (),
) -> tuple[Section, list[Reference]]:
    """The methods paragraph and the references that it cites, in order.

    Parameters
    ----------
    settings : mapping
        The settings of the fit, as its record keeps them.
    sites : DataFrame
        With region_atlas and mni_x, which say how regions and places were found, and the numbers of candidates.
    tests : sequence of str
        Whose numbers of candidates are named.
    seeds : int
        How many random twins a network has at most.
    p_from : collection of str
        Where the calibrated p come from (`method` of the table of tests).
    made : collection of str
        Descriptions that were made.
    """
    first, _, last = str(settings.get("bins", "0:2")).partition(":")
    cite = Bibliography()
    said = section(
        "Methods",
        "Methods and references",
        "methods.html",
        cite=cite,
        inference=_asked(settings),
        reference=settings.get("reference"),
        band=settings.get("band"),
        high_pass=settings.get("high_pass", 0.1),
        width=settings.get("width"),
        on_low_level=settings.get("on_low_level", False),
        first=first,
        last=last,
        q=level_of(settings),
        n_bootstraps=settings.get("n_bootstraps", "many"),
        n_shifts=settings.get("n_shifts", "many"),
        n_folds=N_FOLDS,
        most_folds=MOST_FOLDS,
        blocks_of_more=BLOCKS_OF_MORE,
        events_of_more=EVENTS_OF_MORE,
        block_s=BLOCK_S,
        seeds=seeds,
        shifted=set(p_from) != {CORRECTED},
        corrected=CORRECTED in p_from,
        described=[one for one in DESCRIPTIONS.everything if one.methods and one.name in made],
        further={test.name: meaning_of(test.name) for test in _further() if test.name in tests},
        candidates={test: pairs for test in tests if (pairs := candidate_counts(sites, test))},
        atlases={name: image_named(name) for name in sorted(set(sites["region_atlas"].dropna()))},
        placed=bool(sites["mni_x"].notna().any()),
    )
    return said, cite.cited


def _further() -> list[ElectrodeTest]:
    """The tests that the paragraph does not tell of in its own sentences: neither the gate nor a part of a word."""
    told = {test for word in WORDS for test in word.tests}
    return [test for test in TESTS.everything if not test.gate and test.name not in told]


def _asked(settings: Mapping[str, Any]) -> Collection[str]:
    asked = settings.get("inference") or ("calibrated",)
    return (asked,) if isinstance(asked, str) else asked


def _sections(contents: Contents) -> list[Section]:
    said, _ = methods(contents.settings, contents.sites, contents.tests, contents.seeds, methods_of(contents.fits),
                      descriptions_of(contents.kept))  # fmt: skip
    return [said]


METHODS = ReportFigure("methods", _sections, {"participant": 290, "group": 290})
