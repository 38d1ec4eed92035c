"""How many candidates the two sides of a test have, from tables of sites."""

from __future__ import annotations

import pandas as pd

from bids_vlint.study.stimulus import ALIGNMENTS

_Pair = tuple[int, int]  # candidates of the model side and of the baseline side


def candidate_counts(sites: pd.DataFrame, test: str) -> list[_Pair]:
    """The numbers of candidates of a test's two sides, each pair once, over electrodes and alignments."""
    pairs: set[_Pair] = set()
    for alignment in ALIGNMENTS:
        columns = [f"{alignment}_{test}_n_{side}" for side in ("model", "baseline")]
        if set(columns) <= set(sites.columns):
            known = sites[columns].apply(pd.to_numeric, errors="coerce").dropna()
            pairs |= {(int(a), int(b)) for a, b in known.itertuples(index=False)}
    return sorted(pairs)
