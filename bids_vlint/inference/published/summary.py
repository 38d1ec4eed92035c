"""The published summary: how many electrodes pass each of the paper's tests, and on average."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from bids_vlint.inference.published.rule import PREFIX
from bids_vlint.study.stimulus import ALIGNMENTS

_IN_WORDS = {"either": "in at least one alignment", "both": "in each alignment"}


def published_outcomes(comparisons: Sequence[str]) -> list[tuple[str, str]]:
    """The paper's tests as (test, either or both): multimodal against unimodal, the set's own, and linear.

    The linear control is asked for in either alignment alone, as published; with the one comparison of the SLIP
    family these are the five tests of the paper.
    """
    both_ways = [(test, way) for test in ("multimodal_beats_unimodal", *comparisons) for way in _IN_WORDS]
    return list(dict.fromkeys([*both_ways, ("multimodal_beats_linear", "either")]))


def published_summary(tables: Sequence[pd.DataFrame], comparisons: Sequence[str]) -> list[str]:
    """One sentence for each test and one for their average: N of M electrodes (P %).

    Parameters
    ----------
    tables : sequence of DataFrame
        From `correct_published`, of any number of fits and participants.
    comparisons : sequence of str
        Names of the model set's comparisons.

    Returns
    -------
    list of str
        M are all electrodes; those that win by default are counted apart.
    """
    n_electrodes = sum(len(t) for t in tables)
    sentences, counts = [], []
    for test, way in published_outcomes(comparisons):
        counts.append(sum(int((t[f"{PREFIX}_{test}_{way}"] == True).sum()) for t in tables))  # noqa: E712
        by_default = sum(_by_default(t, test, way) for t in tables)
        more = f"; {by_default} more by default, where no bin of the competitor counts" if by_default else ""
        sentences.append(f"{test}, {_IN_WORDS[way]}: {_share(counts[-1], n_electrodes)}{more}.")
    mean = sum(counts) / len(counts)
    return [*sentences, f"On average over these {len(counts)} tests: {_share(mean, n_electrodes)}."]


def _share(n: float, n_electrodes: int) -> str:
    percent = 100 * n / n_electrodes if n_electrodes else 0.0
    return f"{n:.4g} of {n_electrodes} electrodes ({percent:.2f} %)"


def _by_default(table: pd.DataFrame, test: str, way: str) -> int:
    """Electrodes that pass only if a win by default counts."""
    wins = []
    for alignment in ALIGNMENTS:
        name = f"{PREFIX}_{alignment}_{test}"
        wins.append((table[name] == True) | (table[f"{name}_winner"] == True))  # noqa: E712
    passed = wins[0] | wins[1] if way == "either" else wins[0] & wins[1]
    return int((passed & (table[f"{PREFIX}_{test}_{way}"] != True)).sum())  # noqa: E712
