"""The first screen: how many electrodes, where, how sure; the sites in the brain; then what warns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from bids_vlint.atlas.words import region_words
from bids_vlint.derivatives.collection import FitResult
from bids_vlint.derivatives.description import simulated_source
from bids_vlint.group.regions import tally
from bids_vlint.inference.calibrated.claims import INTEGRATION, WITH_LANGUAGE, WORDS
from bids_vlint.inference.correction import LEVEL
from bids_vlint.nested.rest_of_brain import LEAST_PARTICIPANTS
from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.contents.detectable import detectable_in
from bids_vlint.reports.contents.figure import ReportFigure
from bids_vlint.reports.contents.shown import shown_networks
from bids_vlint.reports.figures.brain import glass_brain
from bids_vlint.reports.page import Section, section
from bids_vlint.reports.sections.counts import count_of
from bids_vlint.reports.sections.evidence import SitePlace, places_of_sites
from bids_vlint.reports.sections.sites import kinds_of_sites

_MOST_REGIONS, _MOST_NAMED = 5, 5
_WARNING = "Warning: "
_MNI = ["mni_x", "mni_y", "mni_z"]
_TITLE = "Sites in the brain"


def card(
    sites: pd.DataFrame,
    who: str,
    *,
    q: float = LEVEL,
    fits: Sequence[FitResult] = (),
    notes: Sequence[str] = (),
    simulated: str | None = None,
    places: Sequence[SitePlace] = (),
    group: bool = False,
) -> Section:
    """The card.

    Parameters
    ----------
    sites : DataFrame
        From `collection.stack_sites`.
    who : str
        Whose electrodes they are.
    q : float
        The level of false discoveries.
    fits : sequence of FitResult
        What the sites are from.
    notes : sequence of str
        Of the fits; they may say why electrodes have no place.
    simulated : str | None
        What the data are where nobody was recorded.
    places : sequence of SitePlace
        Where each electrode stands.
    group : bool
        Whether it is the group's.
    """
    regions = where_found(sites)
    return section(
        "Summary",
        "At a glance",
        "card.html",
        simulated=simulated,
        n_electrodes=len(sites),
        who=who,
        integration=count_of(sites, INTEGRATION, fits, detectable_in(fits, q), always=True),
        with_language=tally(sites, f"{WITH_LANGUAGE}_either"),
        n_with_language=kinds_of_sites(sites).count("trained with language"),
        regions=list(regions.items())[:_MOST_REGIONS],
        n_more=len(regions) - _MOST_REGIONS,
        surest=surest(sites, places),
        few=sites["participant_id"].nunique() if group else 0,
        least=LEAST_PARTICIPANTS,
        shown=shown_networks(fits),
        q=q,
        against=sorted({float(fit.record.get("settings", {}).get("smallest_effect", 0)) for fit in fits} - {0.0}),
        brain=brain(sites, notes).content,
    )


def brain(sites: pd.DataFrame, notes: Sequence[str]) -> Section:
    """The section of the brain, for the card; `notes` of the fits may say why electrodes have no place."""
    located = sites[_MNI].notna().all(axis=1)
    if not located.any():
        reasons = list(dict.fromkeys(n for n in notes if "n/a" in n or "coordinates" in n))
        return section("Brain", _TITLE, "no_brain.html", reasons=reasons)
    placed = sites[located]
    figure = glass_brain(placed[_MNI].to_numpy(float), kinds_of_sites(placed))
    tested = [word.name for word in WORDS if sites[f"{word.name}_either"].notna().any()]
    return section("Brain", _TITLE, "brain.html", figure=figure, n_placed=len(placed), n_electrodes=len(sites),
                   tested=tested)  # fmt: skip


class Sure(NamedTuple):
    """A site that the first screen names: its name, whose it is, q of integration, and where its evidence stands."""

    name: str
    participant: str
    q: float
    link: str


def surest(sites: pd.DataFrame, places: Sequence[SitePlace]) -> list[Sure]:
    """The electrodes called integration with the smallest q, some of them."""
    found = np.flatnonzero(sites[f"{INTEGRATION}_either"].fillna(False).astype(bool))
    q = sites[f"{INTEGRATION}_either_q"].astype(float)
    least = sorted(found.tolist(), key=lambda k: (q.iloc[k], k))[:_MOST_NAMED]
    return [Sure(str(sites["name"].iloc[k]), str(sites["participant_id"].iloc[k]), float(q.iloc[k]),
                 places[k].link if places else "") for k in least]  # fmt: skip


def where_found(sites: pd.DataFrame) -> Mapping[str, int]:
    """Regions in words -> how many of their electrodes are called integration; those with most first."""
    found = sites[sites[f"{INTEGRATION}_either"].fillna(False).astype(bool)]
    named = Counter(region_words(r) or "no region" if isinstance(r, str) else "no region" for r in found["region"])
    return dict(sorted(named.items(), key=lambda one: (-one[1], one[0])))


def warnings(notes: Sequence[str]) -> list[Section]:
    """The warnings among notes, each once; no section where there is none."""
    said = list(dict.fromkeys(note for note in notes if _WARNING in note))
    return [section("Summary", "Warnings", "warnings.html", warnings=said)] if said else []


def _sections(contents: Contents) -> list[Section]:
    found = card(contents.sites, contents.who, q=min(contents.levels), fits=contents.fits, notes=contents.notes,
                 simulated=simulated_source(contents.out), places=places_of_sites(contents),
                 group=contents.subject is None)  # fmt: skip
    return [found, *warnings(contents.notes)]


CARD = ReportFigure("card", _sections, {"participant": 5, "group": 5})
