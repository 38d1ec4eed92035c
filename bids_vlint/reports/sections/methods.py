"""The methods paragraph of a report: what was done, in sentences, each with its references."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pandas as pd

from bids_vlint.atlas.labelling import NATIVE, Atlas, also_column, atlas_named, image_named, native_named
from bids_vlint.atlas.ways import works_of
from bids_vlint.citations import Bibliography, Reference, bibliography
from bids_vlint.derivatives.candidates import candidate_counts
from bids_vlint.derivatives.collection import FitResult
from bids_vlint.derivatives.layout import GROUP_REPORT, group_file, methods_md, participant_html, references_bib
from bids_vlint.derivatives.meanings import meaning_of
from bids_vlint.derivatives.record import level_of
from bids_vlint.encoding.blocks import BLOCK_S
from bids_vlint.encoding.folds import N_FOLDS
from bids_vlint.encoding.plan import BLOCKS_OF_MORE, EVENTS_OF_MORE, MOST_FOLDS
from bids_vlint.files.atomic import write_text
from bids_vlint.inference.calibrated.claims import INTEGRATION, WITH_LANGUAGE, WORDS
from bids_vlint.inference.calibrated.evidence import CORRECTED, SHIFTS
from bids_vlint.inference.description import DESCRIPTIONS
from bids_vlint.nested.rest_of_brain import LEAST_PARTICIPANTS
from bids_vlint.networks.comparisons import TESTS, ElectrodeTest, always_made, gate
from bids_vlint.networks.shown import HEARD_S
from bids_vlint.networks.specification import COMPARED
from bids_vlint.networks.tests.beats_low_level import BEATS_LOW_LEVEL
from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.contents.figure import ReportFigure
from bids_vlint.reports.contents.nulls import descriptions_of
from bids_vlint.reports.contents.programs import NetworkWorks, networks_cited, programs_used
from bids_vlint.reports.contents.shown import shown_networks, trained_kinds
from bids_vlint.reports.page import Section, rendered, section
from bids_vlint.reports.sections.worth import methods_of
from bids_vlint.study.stimulus import ALIGNMENTS
from bids_vlint.version import __version__


class Done(NamedTuple):
    """What was done: tests that were made, alignments, what networks were trained with and shown, whether the stimuli
    had a picture, and which networks gave the surprisal of words."""

    tests: Collection[str]
    alignments: Sequence[str]
    kinds: Sequence[str]
    shown: Collection[str]
    picture: bool
    surprisal: Sequence[str] = ()


_EVERYTHING = Done(always_made(), ALIGNMENTS, COMPARED, ("both", "image", "text"), True)
_AROUND = {"language": "each word onset (language alignment)", "vision": "each scene cut (vision alignment)"}
_AT_EVENTS = {"image": "the frame", "text": "the sentence"}
_NEXT = "¶"  # between paragraphs
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
    giving = sorted({m["surprisal"] for fit in fits for m in fit.record.get("models", []) if m.get("surprisal")})
    return Done(tests, [a for a in ALIGNMENTS if a in analysed], trained_kinds(fits), shown, picture, giving)


class Labelled(NamedTuple):
    """An atlas in words, and its works."""

    said: str
    works: tuple[str | Reference, ...]


class Used(NamedTuple):
    """What was used besides: networks with their works, programs; and whether regions were tested over participants."""

    networks: Sequence[NetworkWorks] = ()
    programs: Sequence[Reference] = ()
    regions: bool = False


_NOTHING_MORE = Used()


class Told(NamedTuple):
    """The methods in paragraphs, and the references that they cite, in order."""

    paragraphs: list[str]
    cited: list[Reference]


def methods(
    settings: Mapping[str, Any],
    sites: pd.DataFrame,
    tests: Sequence[str] = (),
    seeds: int = 1,
    p_from: Collection[str] = (SHIFTS,),
    made: Collection[str] = (),
    done: Done | None = None,
    used: Used = _NOTHING_MORE,
    *,
    by_key: bool = False,
) -> Told:
    """What was done, in words.

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
        What else the paragraphs name where it was done; everything, if None.
    used : Used
    by_key : bool
        References are marked [@key], as pandoc has them, and not [1].
    """
    done = done or _EVERYTHING
    first, _, last = str(settings.get("bins", "0:2")).partition(":")
    cite = Bibliography(by_key)
    text = rendered(
        "methods_text.html",
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
        heard=HEARD_S,
        left_out=settings.get("without_low_level") or (),
        around=" and ".join(_AROUND[alignment] for alignment in done.alignments),
        at_events=" and ".join(said for shown, said in _AT_EVENTS.items() if {shown, "both"} & set(done.shown)),
        gated=gate().name in done.tests,
        integration=set(_WORDS[INTEGRATION].tests) <= set(done.tests),
        with_language=set(_WORDS[WITH_LANGUAGE].tests) <= set(done.tests),
        low_level=BEATS_LOW_LEVEL.name in done.tests,
        smallest_effect=float(settings.get("smallest_effect", 0)),
        further_tests={
            test.name: meaning_of(test.name)
            for test in _further()
            if test.name in tests and test.name in (*done.tests, *(set(tests) - set(TESTS.names)))
        },
        candidates={test: pairs for test in tests if (pairs := candidate_counts(sites, test))},
        **_places(settings, sites),
        **used._asdict(),
        between_brains=any("_between_" in str(column) for column in sites),
        least=LEAST_PARTICIPANTS,
        version=__version__,
    )
    paragraphs = [" ".join(unescape(text).split()) for text in str(text).split(_NEXT)]
    return Told([paragraph for paragraph in paragraphs if paragraph], cite.cited)


def _places(settings: Mapping[str, Any], sites: pd.DataFrame) -> dict[str, Any]:
    """Where regions and coordinates come from."""
    names = sorted(set(sites["region_atlas"].dropna()))
    asked = [atlas_named(str(name)) for name in settings.get("atlas") or ()]
    return {
        "atlases": {name: image_named(name) for name in names},
        "natives": {name: own for name in names if (own := native_named(name))},
        "further": {column: _labelled(atlas, sites) for atlas in asked if (column := also_column(atlas)) in sites},
        "ways": {said: works_of(said) for said in sorted(set(sites.get("mni_from", pd.Series(dtype=object)).dropna()))},
    }


def _labelled(atlas: Atlas, sites: pd.DataFrame) -> Labelled:
    """An atlas whose labels stand beside another's: those of the participants' own volumes, or of its image."""
    if f"{NATIVE}{atlas.name}" in sites or atlas.image is None:
        return Labelled(atlas.said, (*atlas.works, "fischl2012"))
    return Labelled(atlas.image.title, atlas.image.references)


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words[:-1]) + (" and " if len(words) > 1 else "") + words[-1] if words else ""


def _further() -> list[ElectrodeTest]:
    """The tests that the paragraph does not tell of in its own sentences: neither the gate nor a part of a word."""
    told = {test for word in WORDS for test in word.tests}
    return [test for test in TESTS.everything if not test.gate and test.name not in told]


def _asked(settings: Mapping[str, Any]) -> Collection[str]:
    asked = settings.get("inference") or ("calibrated",)
    return (asked,) if isinstance(asked, str) else asked


def methods_of_page(contents: Contents, *, by_key: bool = False) -> Told:
    """The methods of a participant, or of the group."""
    tested = contents.subject is None and bool(contents.region_tests["p"].notna().any())
    used = Used(networks_cited(contents.fits), programs_used(contents.fits), tested)
    return methods(contents.settings, contents.sites, contents.tests, contents.seeds, methods_of(contents.fits),
                   descriptions_of(contents.nulls), done_in(contents.fits), used, by_key=by_key)  # fmt: skip


def write_methods(contents: Contents, page: Path) -> None:
    """Write the methods of a page as Markdown, with its references as BibTeX: `pandoc --citeproc` joins them.

    Parameters
    ----------
    contents : Contents
    page : Path
        The report, which they stand beside.
    """
    told = methods_of_page(contents, by_key=True)
    bib = references_bib(page)
    write_text(bib, bibliography(told.cited))
    head = f"---\nbibliography: {bib.name}\n---\n\n# Methods\n\n"
    write_text(methods_md(page), head + "\n\n".join(told.paragraphs) + "\n\n# References\n")


def methods_section(told: Told, files: Sequence[str] = ()) -> Section:
    """The section of the methods; `files`: where they stand as Markdown and BibTeX."""
    return section("Methods", "Methods and references", "methods.html", files=files, **told._asdict())


def _sections(contents: Contents) -> list[Section]:
    group, subject = group_file(contents.out, GROUP_REPORT), contents.subject
    page = group if subject is None else participant_html(contents.out, subject)
    files = [quote(file(page).name) for file in (methods_md, references_bib)]
    return [methods_section(methods_of_page(contents), files)]


METHODS = ReportFigure("methods", _sections, {"participant": 290, "group": 290})
