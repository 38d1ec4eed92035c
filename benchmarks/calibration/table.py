"""The tables: shares of p below a level, and data sets with any discovery."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

LEVELS = (0.05, 0.01, 0.001, 0.0001)
# What is asked of a null: shares within these limits, discoveries not significantly above 5 %.
LIMITS = {0.05: (0.03, 0.06), 0.01: (0.0, 0.014), 0.001: (0.0, 0.002), 0.0001: (0.0, 0.0004)}
# Where the baseline is truly better the null holds with room to spare, and p below 0.05 may be rarer.
BASELINE_BETTER = (("k", "multimodal_beats_unimodal"), ("k", "multimodal_beats_linear"), ("d", "one_beats_seven"))


def append(out: Path, columns: Sequence[str], rows: Sequence[dict[str, object]]) -> None:
    """Add rows to a CSV file, with a header where it is new."""
    fresh = not out.exists()
    with out.open("a", newline="") as file:
        writer = csv.DictWriter(file, columns)
        if fresh:
            writer.writeheader()
        writer.writerows(rows)


def most_with_discoveries(n: int) -> int:
    """The most data sets with any discovery that are not significantly (one-sided 0.05) more than 5 %: 15 of 200."""
    return int(stats.binom.isf(0.05, n, 0.05))


def summary(results: pd.DataFrame, by: tuple[str, ...] = ("kind", "method", "test")) -> pd.DataFrame:
    """Shares per kind, method and test.

    Parameters
    ----------
    results : DataFrame
        Rows from `run.results`.
    by : tuple of str

    Returns
    -------
    DataFrame
        Columns: by, data_sets, electrodes, share_0.05 (and so on), se_0.05 (standard error over data sets),
        with_any, most.
    """
    rows = []
    for keys, part in results.groupby(list(by), sort=False):
        sets = part.groupby(["kind", "seed"])[["n", "discoveries", *(f"below_{a:g}" for a in LEVELS)]].sum()
        row = dict(zip(by, keys)) | {"data_sets": len(sets), "electrodes": int(sets["n"].sum())}
        for level in LEVELS:
            row[f"share_{level:g}"] = sets[f"below_{level:g}"].sum() / max(sets["n"].sum(), 1)
        each = sets["below_0.05"] / sets["n"].clip(lower=1)
        row["se_0.05"] = each.std(ddof=1) / np.sqrt(len(each)) if len(each) > 1 else np.nan
        row |= {"with_any": int((sets["discoveries"] > 0).sum()), "most": most_with_discoveries(len(sets))}
        rows.append(row)
    return pd.DataFrame(rows)


def markdown(results: pd.DataFrame) -> str:
    """The table in Markdown; what lies outside its limits is in bold."""
    lines = [
        "| kind | test | data sets × electrodes | p < .05 | p < .01 | p < .001 | data sets with a discovery (most) |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in summary(results).to_dict("records"):
        shares = []
        better = (row["kind"], row["test"]) in BASELINE_BETTER
        for level, (low, high) in LIMITS.items():
            share = float(row[f"share_{level:g}"])
            text = f"{share:.4f}" if level < 0.01 else f"{share:.3f}"
            shares.append(text if share <= high and (better or share >= low) else f"**{text}**")
        any_ = f"{row['with_any']} ({row['most']})"
        any_ = any_ if row["with_any"] <= row["most"] else f"**{any_}**"
        size = f"{row['data_sets']} × {row['electrodes'] / row['data_sets']:g}"
        lines.append(f"| {row['kind']} | {row['test']} | {size} | {' | '.join(shares)} | {any_} |")
    return "\n".join(lines)


def plain_markdown(frame: pd.DataFrame) -> str:
    """Any table in Markdown, numbers to three digits, what is not a number left empty."""
    rows = [[*frame.columns], ["---"] * frame.shape[1]]
    rows += [[_text(value) for value in row] for row in frame.itertuples(index=False)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _text(value: object) -> str:
    if isinstance(value, float):
        return "" if np.isnan(value) else f"{value:.3g}"
    return str(value)
