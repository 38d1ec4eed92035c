"""How many candidates the two sides of a test have, from tables of sites."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from bids_vlint.study.stimulus import ALIGNMENTS

Pair = tuple[int, int]  # candidates of the model side and of the baseline side


def candidates_of(sites: pd.DataFrame, test: str) -> list[Pair]:
    """The numbers of candidates of a test's two sides, each pair once, over electrodes and alignments."""
    pairs: set[Pair] = set()
    for alignment in ALIGNMENTS:
        columns = [f"{alignment}_{test}_n_{side}" for side in ("model", "baseline")]
        if set(columns) <= set(sites.columns):
            known = sites[columns].apply(pd.to_numeric, errors="coerce").dropna()
            pairs |= {(int(a), int(b)) for a, b in known.itertuples(index=False)}
    return sorted(pairs)


def against(pairs: Sequence[Pair]) -> str:
    """Pairs in words: 4 against 6."""
    return " or ".join(f"{a} against {b}" for a, b in pairs)
