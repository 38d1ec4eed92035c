"""A row per atlas and region: how many electrodes, and how many of them pass each test."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from bids_vlint.atlas.image import GREY, UNKNOWN
from bids_vlint.atlas.labelling import atlas_of
from bids_vlint.derivatives.group_columns import outcomes, region_columns
from bids_vlint.inference.calibrated.claims import WORDS


def labels_of(sites: pd.DataFrame) -> pd.DataFrame:
    """Every label of every electrode: columns row, atlas, region.

    Labels are the atlas columns of electrodes.tsv, and `region` under the name of the atlas that it was taken from.
    """
    found: dict[tuple[int, str], str] = {}
    for column in (str(c) for c in sites.columns):
        if column != "region" and atlas_of(column.removeprefix("electrodes_")) is not None:
            found |= {(k, column.removeprefix("electrodes_")): v for k, v in _known(sites[column])}
    origins = sites["region_atlas"] if "region_atlas" in sites else pd.Series(None, index=sites.index, dtype=object)
    for k, region in _known(sites["region"]):
        origin = origins.iloc[k]
        found[k, origin if isinstance(origin, str) else "region"] = region
    return pd.DataFrame([(k, a, r) for (k, a), r in found.items()], columns=["row", "atlas", "region"])


def _known(column: pd.Series) -> Iterator[tuple[int, str]]:
    return ((k, str(v)) for k, v in enumerate(column) if isinstance(v, str))


def region_table(sites: pd.DataFrame, tests: Sequence[str]) -> pd.DataFrame:
    """Count, per atlas and region, the electrodes that were tested and those that pass.

    Parameters
    ----------
    sites : DataFrame
        All electrodes (`stack_sites`).
    tests : sequence of str

    Returns
    -------
    DataFrame
        Columns as `group_columns.region_columns`, sorted by atlas and region; electrodes without a label are in no row.
    """
    rows = [
        {"atlas": atlas, "region": region, **_counts(sites.iloc[group["row"].to_list()], tests)}
        for (atlas, region), group in labels_of(sites).groupby(["atlas", "region"], sort=True)
    ]
    return pd.DataFrame(rows, columns=[c.name for c in region_columns(tests)])


def _counts(sites: pd.DataFrame, tests: Sequence[str]) -> dict[str, Any]:
    grey, known = grey_and_known(sites)
    counts: dict[str, Any] = {
        "n_electrodes": len(sites),
        "n_electrodes_grey": int(grey.sum()) if known.any() else None,
        "n_shafts": len(sites[["participant_id", "shaft"]].drop_duplicates()),
        "n_participants": sites["participant_id"].nunique(),
    }
    for outcome in (o for what in (*tests, *(word.name for word in WORDS)) for o in outcomes(what)):
        n, tested = tally(sites, outcome)
        counts[f"{outcome}_tested"], counts[f"{outcome}_n"] = tested, n
    return counts


class Tally(NamedTuple):
    """How many electrodes are true in an outcome, of how many that were tested."""

    passed: int
    tested: int


def grey_and_known(sites: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Which electrodes lie in grey matter, and of which the tissue is known: (n,) bool each."""
    tissue = sites["tissue"] if "tissue" in sites else pd.Series(None, index=sites.index, dtype=object)
    return (tissue == GREY).to_numpy(bool), (tissue.notna() & (tissue != UNKNOWN)).to_numpy(bool)


def tally(sites: pd.DataFrame, outcome: str) -> Tally:
    """How many electrodes are true in an outcome, of how many that were tested (n/a is not false)."""
    if outcome not in sites:
        return Tally(0, 0)
    known = sites[outcome].dropna()
    return Tally(int(known.astype(bool).sum()), len(known))
