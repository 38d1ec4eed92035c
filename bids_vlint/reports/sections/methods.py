"""The methods paragraph of a report: what was done, in sentences, each with its references."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from bids_vlint.atlas.labelling import image_named, native_named
from bids_vlint.atlas.ways import works_of
from bids_vlint.citations import Bibliography, Reference
from bids_vlint.derivatives.candidates import candidate_counts
from bids_vlint.derivatives.collection import FitResult
from bids_vlint.derivatives.meanings import meaning_of
from bids_vlint.derivatives.record import level_of
from bids_vlint.encoding.blocks import BLOCK_S
from bids_vlint.encoding.folds import N_FOLDS
from bids_vlint.encoding.plan import BLOCKS_OF_MORE, EVENTS_OF_MORE, MOST_FOLDS
from bids_vlint.inference.calibrated.claims import INTEGRATION, WITH_LANGUAGE, WORDS
from bids_vlint.inference.calibrated.evidence import CORRECTED, SHIFTS
from bids_vlint.inference.description import DESCRIPTIONS
from bids_vlint.networks.comparisons import TESTS, ElectrodeTest, always_made, gate
from bids_vlint.networks.tests.beats_low_level import BEATS_LOW_LEVEL
from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.contents.figure import ReportFigure
from bids_vlint.reports.contents.nulls import descriptions_of
from bids_vlint.reports.contents.shown import shown_networks, trained_kinds
from bids_vlint.reports.page import Section, section
from bids_vlint.reports.sections.worth import methods_of
from bids_vlint.study.stimulus import ALIGNMENTS


class Done(NamedTuple):
    """What was done: tests that were made, alignments, what networks were trained with and shown, and whether the
    stimuli had a picture."""

    tests: Collection[str]
    alignments: Sequence[str]
    kinds: Sequence[str]
    shown: Collection[str]
    picture: bool


_EVERYTHING = Done(always_made(), ALIGNMENTS, ("vision", "language", "multimodal"), ("both", "image", "text"), True)
_AROUND = {"language": "each word onset (language alignment)", "vision": "each scene cut (vision alignment)"}
_AT_EVENTS = {"image": "the frame", "text": "the sentence"}
_WORDS = {word.name: word for word in WORDS}


def done_in(fits: Sequence[FitResult]) -> Done:
    """What was done in some fits."""
    rows = [fit.tests[["test", "alignment"]] for fit in fits if len(fit.tests)]
    tests = {str(test) for own in rows for test in own["test"]}
    events = {str(alignment) for fit in fits for alignment in fit.record.get("events") or {}}
    used = {a for fit in fits for a, log in (fit.record.get("events") or {}).items() if log.get("used")}
    analysed = {str(a) for own in rows for a in own["alignment"]} or used or events
    shown = {shown for shown, names in shown_networks(fits).items() if names}
    picture = any(s.get("picture", True) for fit in fits for s in fit.record.get("stimuli", []))
    return Done(tests, [a for a in ALIGNMENTS if a in analysed], trained_kinds(fits), shown, picture)


def methods(
    settings: Mapping[str, Any],
    sites: pd.DataFrame,
    tests: Sequence[str] = (),
    seeds: int = 1,
    p_from: Collection[str] = (SHIFTS,),
    made: Collection[str] = (),
    done: Done | None = None,
) -> tuple[Section, list[Reference]]:
    """The methods paragraph and the references that it cites, in order.

    Parameters
    ----------
    settings : mapping
        The settings of the fit, as its record keeps them.
    sites : DataFrame
        With region_atlas, mni_x and mni_from, which say how regions and places were found, and the numbers of
        candidates.
    tests : sequence of str
        Whose numbers of candidates are named.
    seeds : int
        How many random twins a network has at most.
    p_from : collection of str
        Where the calibrated p come from (`method` of the table of tests).
    made : collection of str
        Descriptions that were made.
    done : Done | None
        What else the paragraph names where it was done; everything, if None.
    """
    done = done or _EVERYTHING
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
        done=done,
        kinds=_listed(done.kinds),
        around=" and ".join(_AROUND[alignment] for alignment in done.alignments),
        at_events=" and ".join(said for shown, said in _AT_EVENTS.items() if {shown, "both"} & set(done.shown)),
        gated=gate().name in done.tests,
        integration=set(_WORDS[INTEGRATION].tests) <= set(done.tests),
        with_language=set(_WORDS[WITH_LANGUAGE].tests) <= set(done.tests),
        low_level=BEATS_LOW_LEVEL.name in done.tests,
        smallest_effect=float(settings.get("smallest_effect", 0)),
        further={
            test.name: meaning_of(test.name)
            for test in _further()
            if test.name in tests and test.name in (*done.tests, *(set(tests) - set(TESTS.names)))
        },
        candidates={test: pairs for test in tests if (pairs := candidate_counts(sites, test))},
        atlases={name: image_named(name) for name in sorted(set(sites["region_atlas"].dropna()))},
        natives={name: own for name in set(sites["region_atlas"].dropna()) if (own := native_named(name))},
        ways={said: works_of(said) for said in sorted(set(sites.get("mni_from", pd.Series(dtype=object)).dropna()))},
        placed=bool(sites["mni_x"].notna().any()),
    )
    return said, cite.cited


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words[:-1]) + (" and " if len(words) > 1 else "") + words[-1] if words else ""


def _further() -> list[ElectrodeTest]:
    """The tests that the paragraph does not tell of in its own sentences: neither the gate nor a part of a word."""
    told = {test for word in WORDS for test in word.tests}
    return [test for test in TESTS.everything if not test.gate and test.name not in told]


def _asked(settings: Mapping[str, Any]) -> Collection[str]:
    asked = settings.get("inference") or ("calibrated",)
    return (asked,) if isinstance(asked, str) else asked


def _sections(contents: Contents) -> list[Section]:
    said, _ = methods(contents.settings, contents.sites, contents.tests, contents.seeds, methods_of(contents.fits),
                      descriptions_of(contents.kept), done_in(contents.fits))  # fmt: skip
    return [said]


METHODS = ReportFigure("methods", _sections, {"participant": 290, "group": 290})
