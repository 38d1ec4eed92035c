"""A row per atlas, region and claim: sites, their share, in how many participants, and whether more than elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from bids_vlint.atlas.shafts import along_shafts
from bids_vlint.derivatives.cells import as_table
from bids_vlint.derivatives.group_columns import REGION_TEST_COLUMNS, outcomes
from bids_vlint.group.regions import grey_and_known, labels_of
from bids_vlint.inference.calibrated.claims import WORDS
from bids_vlint.log import counted
from bids_vlint.nested.electrodes import Nested, nest_electrodes, shaft_order
from bids_vlint.nested.prevalence import Prevalence, positive_groups, prevalence
from bids_vlint.nested.proportion import proportions
from bids_vlint.nested.rest_of_brain import LEAST_PARTICIPANTS, against_rest, arranged
from bids_vlint.study.stimulus import ALIGNMENTS

_prevalence = cache(prevalence)
_WHERE = (*ALIGNMENTS, "either", "both")


def region_tests(sites: pd.DataFrame, tests: Sequence[str], level: float) -> pd.DataFrame:
    """Say of every atlas, region and claim what holds for other electrodes and participants.

    Parameters
    ----------
    sites : DataFrame
        All electrodes (`stack_sites`).
    tests : sequence of str
    level : float
        Of false discoveries: regions with q at most this are named.

    Returns
    -------
    DataFrame
        Columns as `group_columns.REGION_TEST_COLUMNS`, sorted by atlas, claim, alignment and region. The rest of the
        brain are a participant's other electrodes that have a label of the same atlas.
    """
    rows: list[dict[str, Any]] = []
    for atlas, labels in labels_of(sites).groupby("atlas", sort=True):
        own = sites.iloc[labels["row"].to_list()].reset_index(drop=True)
        own = own.assign(along=along_shafts(own["name"]), label=labels["region"].to_numpy())
        own = own.iloc[shaft_order(*(list(own[name]) for name in ("participant_id", "shaft", "along")))]
        regions, asked = sorted(set(own["label"])), _asked(tests)
        said = _of_outcomes(own.reset_index(drop=True), [outcome for *_, outcome in asked], level)
        for what, where, outcome in asked:
            of_regions = said.get(outcome, {})
            rows += [{"atlas": atlas, "claim": what, "where": where, **of_regions.get(region, _untested(region))}
                     for region in regions]  # fmt: skip
    return as_table(pd.DataFrame(rows, columns=[c.name for c in REGION_TEST_COLUMNS]), REGION_TEST_COLUMNS)


def _asked(tests: Sequence[str]) -> list[tuple[str, str, str]]:
    """Claims, where they are made, and the column that has the outcome."""
    claims = (*tests, *(word.name for word in WORDS))
    return [(what, where, column) for what in claims for where, column in zip(_WHERE, outcomes(what))]


def _untested(region: str) -> dict[str, Any]:
    counts = dict.fromkeys(
        ("n_electrodes", "n_shafts", "n_participants", "n_sites", "n_electrodes_grey", "n_sites_grey"), 0
    )
    return {"region": region, **counts, "not_tested": "no electrode was tested for the claim"}


def _of_outcomes(sites: pd.DataFrame, asked: Sequence[str], level: float) -> dict[str, dict[str, dict[str, Any]]]:
    """Outcome -> region -> row. Outcomes that are known of the same electrodes share arrangements of these, which are
    let go before those of others are drawn."""
    alike: dict[bytes, list[str]] = {}
    for outcome in asked:
        if outcome in sites and (known := sites[outcome].notna().to_numpy(bool)).any():
            alike.setdefault(known.tobytes(), []).append(outcome)
    found = {}
    for mask, names in alike.items():
        own = sites[np.frombuffer(mask, bool)]
        who, shaft, along, label = (list(own[name]) for name in ("participant_id", "shaft", "along", "label"))
        electrodes = nest_electrodes(who, shaft, along, label, [False] * len(own))
        shafts = own[["label", "participant_id", "shaft"]].drop_duplicates()["label"].value_counts().to_dict()
        drawn, (grey, tissue) = arranged(electrodes), grey_and_known(own)
        for outcome in names:
            hit = own[outcome].to_numpy(bool)
            rows = _of_outcome(replace(electrodes, hit=hit), drawn, _positive(own, outcome), level)
            in_grey = [_per_region(electrodes, which) for which in (grey, grey & hit, tissue)]
            found[outcome] = {
                row["region"]: {**row, "n_shafts": shafts[row["region"]], **_in_grey(*counts)}
                for row, counts in zip(rows, zip(*in_grey))
            }
    return found


def _per_region(electrodes: Nested, which: np.ndarray) -> list[int]:
    counts: list[int] = np.bincount(electrodes.region, which, len(electrodes.regions)).astype(int).tolist()
    return counts


def _in_grey(electrodes: int, sites: int, known: int) -> dict[str, int | None]:
    return {"n_electrodes_grey": electrodes if known else None, "n_sites_grey": sites if known else None}


def _of_outcome(
    electrodes: Nested, drawn: Sequence[np.ndarray], positive: dict[str, int] | None, level: float
) -> Iterator[dict[str, Any]]:
    """The rows of one claim: of every region with electrodes that were tested for it."""
    cells, share = electrodes.cells, proportions(electrodes.cells)
    test = against_rest(electrodes, drawn, level)
    n, k = cells.over_regions(cells.n), cells.over_regions(cells.k)
    for r, region in enumerate(electrodes.regions):
        people = int(cells.participants_of[r])
        having = None if positive is None else positive[region]
        own = Prevalence(np.nan, np.nan, np.nan) if having is None else _prevalence(having, people)
        tested = not np.isnan(test.p[r])
        yield {
            "region": region, "n_electrodes": n[r], "n_participants": people, "n_sites": k[r], "n_positive": having,
            "proportion": share.share[r], "proportion_low": share.low[r], "proportion_high": share.high[r],
            "prevalence": own.most_probable, "prevalence_low": own.low, "prevalence_high": own.high,
            "difference": test.difference[r], "difference_low": test.low[r], "difference_high": test.high[r],
            "p": test.p[r], "q": test.q[r], "named": bool(test.q[r] <= level) if tested else None,
            "left_out_q": test.left_out_q[r],
            "left_out": electrodes.participants[test.left_out[r]] if test.left_out[r] >= 0 else None,
            "n_arrangements": test.n_arrangements if tested else None,
            "not_tested": None if tested else _why_not(electrodes, people),
        }  # fmt: skip


def _positive(sites: pd.DataFrame, outcome: str) -> dict[str, int] | None:
    """Participants per region whose electrodes there, taken together, have the claim; None where it has no p."""
    if f"{outcome}_p" not in sites or (p := sites[f"{outcome}_p"].to_numpy(float)).size == 0 or np.isnan(p).any():
        return None
    cells = sites.groupby(["label", "participant_id"], sort=True)
    said = positive_groups(p, cells.ngroup().to_numpy(int), cells.ngroups)
    found = pd.Series(said, index=cells.size().index).groupby(level="label").sum()
    return {str(region): int(n) for region, n in found.items()}


def _why_not(electrodes: Nested, participants: int) -> str:
    if participants < LEAST_PARTICIPANTS:
        return f"{counted(participants, 'participant')}, fewer than {LEAST_PARTICIPANTS}"
    if not electrodes.hit.any():
        return "no electrode with a label is a site"
    if electrodes.hit.all():
        return "every electrode with a label is a site"
    return "participants with sites have no other region to compare with, or too few of them have"
