"""A row per atlas, region and claim: sites, their share, in how many participants, and whether more than elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from bids_vlint.atlas.shafts import along_shafts
from bids_vlint.derivatives.cells import as_table
from bids_vlint.derivatives.group_columns import REGION_TEST_COLUMNS, outcomes
from bids_vlint.group.regions import labels_of
from bids_vlint.inference.calibrated.claims import WORDS
from bids_vlint.log import counted
from bids_vlint.nested.electrodes import Nested, nest_electrodes
from bids_vlint.nested.prevalence import Prevalence, positive_groups, prevalence
from bids_vlint.nested.proportion import proportions
from bids_vlint.nested.rest_of_brain import LEAST_PARTICIPANTS, against_rest
from bids_vlint.study.stimulus import ALIGNMENTS

_prevalence = cache(prevalence)


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
        regions = sorted(set(own["label"]))
        for what in (*tests, *(word.name for word in WORDS)):
            for where, outcome in zip((*ALIGNMENTS, "either", "both"), outcomes(what)):
                said = {row["region"]: row for row in _of_outcome(own, outcome, level)}
                rows += [{"atlas": atlas, "claim": what, "where": where, **said.get(region, _untested(region))}
                         for region in regions]  # fmt: skip
    return as_table(pd.DataFrame(rows, columns=[c.name for c in REGION_TEST_COLUMNS]), REGION_TEST_COLUMNS)


def _untested(region: str) -> dict[str, Any]:
    counts = dict.fromkeys(("n_electrodes", "n_shafts", "n_participants", "n_sites"), 0)
    return {"region": region, **counts, "not_tested": "no electrode was tested for the claim"}


def _of_outcome(sites: pd.DataFrame, outcome: str, level: float) -> Iterator[dict[str, Any]]:
    """The rows of one claim: of every region with electrodes that were tested for it."""
    if outcome not in sites or not (known := sites[outcome].notna().to_numpy()).any():
        return
    sites = sites[known]
    electrodes = nest_electrodes(
        *(list(sites[name]) for name in ("participant_id", "shaft", "along", "label", outcome))
    )
    cells, share = electrodes.cells, proportions(electrodes.cells)
    test, positive = against_rest(electrodes, level), _positive(sites, outcome)
    shafts = sites[["label", "participant_id", "shaft"]].drop_duplicates()["label"].value_counts()
    n, k = cells.over_regions(cells.n), cells.over_regions(cells.k)
    for r, region in enumerate(electrodes.regions):
        people = int(cells.participants_of[r])
        having = None if positive is None else int(positive[region])
        own = Prevalence(np.nan, np.nan, np.nan) if having is None else _prevalence(having, people)
        tested = not np.isnan(test.p[r])
        yield {
            "region": region, "n_electrodes": n[r], "n_shafts": shafts[region], "n_participants": people,
            "n_sites": k[r], "n_positive": having,
            "proportion": share.share[r], "proportion_low": share.low[r], "proportion_high": share.high[r],
            "prevalence": own.most_probable, "prevalence_low": own.low, "prevalence_high": own.high,
            "difference": test.difference[r], "difference_low": test.low[r], "difference_high": test.high[r],
            "p": test.p[r], "q": test.q[r], "named": bool(test.q[r] <= level) if tested else None,
            "left_out_q": test.left_out_q[r],
            "left_out": electrodes.participants[test.left_out[r]] if test.left_out[r] >= 0 else None,
            "n_arrangements": test.n_arrangements if tested else None,
            "not_tested": None if tested else _why_not(electrodes, people),
        }  # fmt: skip


def _positive(sites: pd.DataFrame, outcome: str) -> pd.Series | None:
    """Participants per region whose electrodes there, taken together, have the claim; None where it has no p."""
    if f"{outcome}_p" not in sites or (p := sites[f"{outcome}_p"].to_numpy(float)).size == 0 or np.isnan(p).any():
        return None
    cells = sites.groupby(["label", "participant_id"], sort=True)
    said = positive_groups(p, cells.ngroup().to_numpy(int), cells.ngroups)
    return pd.Series(said, index=cells.size().index).groupby(level="label").sum()


def _why_not(electrodes: Nested, participants: int) -> str:
    if participants < LEAST_PARTICIPANTS:
        return f"{counted(participants, 'participant')}, fewer than {LEAST_PARTICIPANTS}"
    if not electrodes.hit.any():
        return "no electrode with a label is a site"
    if electrodes.hit.all():
        return "every electrode with a label is a site"
    return "participants with sites have no other region to compare with, or too few of them have"
