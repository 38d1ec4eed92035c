"""Networks and latencies in each region."""

from __future__ import annotations

from typing import Any

import pandas as pd

from bids_vlint.derivatives.cells import as_table
from bids_vlint.derivatives.group_columns import REGION_LATENCY_COLUMNS, REGION_MODEL_COLUMNS
from bids_vlint.group.networks import ranked
from bids_vlint.group.regions import labels_of
from bids_vlint.inference.calibrated.claims import INTEGRATION
from bids_vlint.nested.means import region_means
from bids_vlint.study.stimulus import ALIGNMENTS

_LATENCIES = ("first_lag", "peak_lag")


def region_models(scores: pd.DataFrame, sites: pd.DataFrame) -> pd.DataFrame:
    """Average and rank the trained networks in every region.

    Parameters
    ----------
    scores : DataFrame
        From `networks.electrode_scores`.
    sites : DataFrame
        All electrodes (`stack_sites`).

    Returns
    -------
    DataFrame
        Columns as `group_columns.REGION_MODEL_COLUMNS`.
    """
    rows: list[dict[str, Any]] = []
    for atlas, labels in labels_of(sites).groupby("atlas", sort=True):
        regions = sorted(set(labels["region"]))
        numbered = labels.assign(region=labels["region"].map({r: k for k, r in enumerate(regions)}))
        own = scores[scores["trained"].notna()].merge(numbered[["row", "region"]], on="row")
        said = ranked(own, len(regions))
        region: Any
        for (region, alignment, model), part in own.groupby(["region", "alignment", "model"], sort=False):
            rows.append({
                "atlas": atlas, "region": regions[region], "alignment": alignment, "model": model,
                "modality": next(iter(part["modality"].dropna()), None), "r_trained": part["trained"].mean(),
                **said[str(alignment), str(model), region], "n_electrodes": len(part),
                "n_participants": part["participant"].nunique(),
            })  # fmt: skip
    table = pd.DataFrame(rows, columns=[c.name for c in REGION_MODEL_COLUMNS])
    table = table.sort_values(["atlas", "region", "alignment", "rank"], kind="stable")
    return as_table(table, REGION_MODEL_COLUMNS)


def region_latencies(sites: pd.DataFrame) -> pd.DataFrame:
    """Average the latencies of integration over the electrodes of each region.

    Returns
    -------
    DataFrame
        Columns as `group_columns.REGION_LATENCY_COLUMNS`; regions and alignments without any have no row.
    """
    rows: list[dict[str, Any]] = []
    for atlas, labels in labels_of(sites).groupby("atlas", sort=True):
        own = sites.iloc[labels["row"].to_list()].assign(label=labels["region"].to_numpy())
        for alignment in ALIGNMENTS:
            called = own[own[f"{alignment}_{INTEGRATION}"].fillna(False).astype(bool)]
            for latency in _LATENCIES:
                rows += _latencies(str(atlas), alignment, latency, called.dropna(subset=[f"{alignment}_{latency}"]))
    return as_table(pd.DataFrame(rows, columns=[c.name for c in REGION_LATENCY_COLUMNS]), REGION_LATENCY_COLUMNS)


def _latencies(atlas: str, alignment: str, latency: str, called: pd.DataFrame) -> list[dict[str, Any]]:
    regions, people = called["label"].astype("category").cat, called["participant_id"].astype("category").cat
    values, names = called[f"{alignment}_{latency}"].to_numpy(float), list(regions.categories)
    if not names:
        return []
    means = region_means(values, people.codes.to_numpy(int), regions.codes.to_numpy(int), len(names))
    counts = called.groupby("label")["participant_id"].agg(["size", "nunique"])
    return [{"atlas": atlas, "region": name, "alignment": alignment, "latency": latency,
             "n_electrodes": counts.loc[name, "size"], "n_participants": counts.loc[name, "nunique"],
             "mean": mean, "low": low, "high": high}
            for name, mean, low, high in zip(names, *means)]  # fmt: skip
