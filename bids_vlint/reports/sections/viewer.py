"""The brain that turns: electrodes in the cortex, with filters, what each is on hover, and its evidence on a click."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from markupsafe import Markup

from bids_vlint.atlas.words import region_words
from bids_vlint.figures.style import SITE_COLOURS
from bids_vlint.networks.comparisons import telling
from bids_vlint.networks.tests.multimodal_beats_linear import MULTIMODAL_BEATS_LINEAR
from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.contents.figure import ReportFigure
from bids_vlint.reports.figures.cortex import FAR_MM, on_inflated, packed_cortex
from bids_vlint.reports.filters import spoken
from bids_vlint.reports.page import Section, section
from bids_vlint.reports.sections.evidence import places_of_sites
from bids_vlint.reports.sections.sites import kinds_of_sites
from bids_vlint.study.stimulus import ALIGNMENTS

_MNI = ("mni_x", "mni_y", "mni_z")
_SCRIPTS = ("turning.js", "viewer.js")
_EITHER = "in at least one alignment"
_MARKS = {"integration": ("disc", 14), "trained with language": ("diamond", 14), "neither": ("disc", 8),
          "not tested": ("ring", 8)}  # fmt: skip
_SHAPES = ("disc", "diamond", "ring")
_VIEWS = ("left", "right", "above", "below", "front", "behind")
_NUMBERS = ("diff", "low", "high", "q")


class Mark(NamedTuple):
    """How electrodes of a kind are drawn."""

    name: str
    colour: str
    mark: str
    size: int


def viewer(contents: Contents, above: str = "") -> list[Section]:
    """The section of the brain that turns; none where no electrode has a place.

    Parameters
    ----------
    contents : Contents
    above : str
        How a link leads from the page to the output folder: "" or "../".
    """
    sites = contents.sites
    placed = sites[list(_MNI)].notna().all(axis=1).to_numpy()
    if not placed.any():
        return []
    electrodes = _electrodes(contents, placed, above)
    left = np.mean(sites.loc[placed, "mni_x"].astype(float) < 0) >= 0.5
    participants = sorted(set(sites["participant_id"]))
    kinds = [Mark(kind, SITE_COLOURS[kind], *look) for kind, look in _MARKS.items()]
    data = {
        "cortex": packed_cortex(),
        "far": FAR_MM,
        "alignments": ALIGNMENTS,
        "tests": [spoken(test) for test in _tests(contents)],
        "numbers": _NUMBERS,
        "kinds": [kind._asdict() | {"shape": _SHAPES.index(kind.mark)} for kind in kinds],
        "electrodes": electrodes,
    }  # fmt: skip
    found = section(
        "Brain",
        "The brain that turns",
        "viewer.html",
        data=as_script(data),
        participants=[(name, name) for name in participants],
        alignments=[("either", _EITHER), *((a, a) for a in ALIGNMENTS)],
        kinds=[(kind, kind) for kind in _MARKS],
        legend=kinds,
        regions=[(r, r) for r in sorted({e["region"] for e in electrodes if e["region"]})],
        surfaces=[("pial", "as it is"), ("inflated", "inflated")],
        views=[(v, v) for v in sorted(_VIEWS, key=lambda v: v != ("left" if left else "right"))],
        scripts=_SCRIPTS,
    )
    return [found]


def as_script(data: Any) -> Markup:
    """JSON that may stand in a script element; numbers that are not known are null."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Markup(text.replace("<", "\\u003c"))


def _electrodes(contents: Contents, placed: np.ndarray, above: str) -> list[dict[str, Any]]:
    """What the script is told of every electrode that has a place."""
    sites = contents.sites[placed]
    mni = sites[list(_MNI)].to_numpy(float)
    inflated, _ = on_inflated(mni)
    kinds = {"either": kinds_of_sites(sites)} | {a: kinds_of_sites(sites, a) for a in ALIGNMENTS}
    places = places_of_sites(contents, above)
    tests = {a: zip(*(_numbers(sites, f"{a}_{test}") for test in _tests(contents))) for a in ALIGNMENTS}
    told = zip(*(tests[a] for a in ALIGNMENTS))  # column by column: a row of all columns is dear
    best = {a: [_known(name) for name in sites[f"{a}_best_multimodal"]] for a in ALIGNMENTS}
    whose, names, regions = (sites[name].tolist() for name in ("participant_id", "name", "region"))
    found = []
    for at, (row, of_tests) in enumerate(zip(np.flatnonzero(placed), told)):
        report = "" if contents.subject is not None else f"{above}{whose[at]}.html"
        found.append({
            "at": at, "name": names[at], "participant": whose[at], "region": region_words(_known(regions[at])),
            "mni": [round(v, 1) for v in mni[at].tolist()],
            "inflated": [round(v, 1) for v in inflated[at].tolist()] if np.isfinite(inflated[at]).all() else None,
            "kind": {way: own[at] for way, own in kinds.items()},
            "best": {a: best[a][at] for a in ALIGNMENTS},
            "tests": dict(zip(ALIGNMENTS, of_tests)),
            "evidence": places[row].link if places[row].has_page else None, "report": f"{report}#sites",
        })  # fmt: skip
    return found


def _tests(contents: Contents) -> list[str]:
    """All tests, that of integration first."""
    return [*dict.fromkeys((MULTIMODAL_BEATS_LINEAR.name, *telling(), *contents.tests))]


def _numbers(sites: pd.DataFrame, prefix: str) -> list[list[float | None]]:
    """What a test says at every electrode, to four digits."""
    columns = (sites[f"{prefix}_{end}"].tolist() for end in _NUMBERS)
    ends = ([None if pd.isna(value) else float(f"{value:.4g}") for value in values] for values in columns)
    return [list(row) for row in zip(*ends)]


def _known(value: Any) -> Any:
    return None if pd.isna(value) else value


def _sections(contents: Contents) -> Sequence[Section]:
    return viewer(contents)


VIEWER = ReportFigure("viewer", _sections, {"participant": 245, "group": 245})
