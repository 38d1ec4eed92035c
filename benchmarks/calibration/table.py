"""The tables: shares of p below a level, and data sets with any discovery."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

LEVELS = (0.05, 0.01, 0.001, 0.0001)
# What is asked of a null: shares within these limits, discoveries not significantly above 5 %.
LIMITS = {0.05: (0.03, 0.06), 0.01: (0.0, 0.014), 0.001: (0.0, 0.002), 0.0001: (0.0, 0.0004)}
# Where the baseline is truly better, or has more networks to choose from, the null holds with room to spare, and p
# below 0.05 may be rarer.
BASELINE_BETTER = (
    ("k", "multimodal_beats_unimodal"),
    ("d", "one_beats_seven"),
    *((kind, test) for kind in "ck" for test in ("multimodal_beats_linear", "integration")),
    *(("two", test) for test in ("multimodal_beats_unimodal", "multimodal_beats_linear", "integration")),
    ("many", "multimodal_beats_unimodal"),
)
EITHER = ", either"  # Simes' p over alignments: no more than its level
# What is no null: trained networks predict electrodes that follow vision, beside the low-level features, too.
TRUE_EFFECTS = tuple((kind, test) for kind in "bck" for test in ("trained_beats_random", "beats_low_level"))


def append(out: Path, columns: Sequence[str], rows: Sequence[dict[str, object]]) -> None:
    """Add rows to a CSV file, with a header where it is new; otherwise those columns that it has."""
    fresh = not out.exists()
    if not fresh:
        columns = out.read_text().split("\n", 1)[0].split(",")
    with out.open("a", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore", lineterminator="\n")
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
    # files from before a level was counted lack it
    results = results.reindex(columns=list(dict.fromkeys([*results, *(f"below_{a:g}" for a in LEVELS)])))
    for keys, part in results.groupby(list(by), sort=False):
        sets = part.groupby(["kind", "seed"])[["n", "discoveries", *(f"below_{a:g}" for a in LEVELS)]].sum(min_count=1)
        row = dict(zip(by, keys)) | {"data_sets": len(sets), "electrodes": int(sets["n"].sum())}
        for level in LEVELS:
            row[f"share_{level:g}"] = sets[f"below_{level:g}"].sum(min_count=1) / max(sets["n"].sum(), 1)
        each = sets["below_0.05"] / sets["n"].clip(lower=1)
        row["se_0.05"] = each.std(ddof=1) / np.sqrt(len(each)) if len(each) > 1 else np.nan
        row |= {"with_any": int((sets["discoveries"] > 0).sum()), "most": most_with_discoveries(len(sets))}
        rows.append(row)
    return pd.DataFrame(rows)


def markdown(results: pd.DataFrame) -> str:
    """The table in Markdown; what lies outside its limits is in bold, where there is nothing to find. Of several kinds
    those rows where there is nothing to find stand together at its end."""
    lines = [
        "| kind | test | sets × electrodes | p < .05 ± error | p < .01 | p < .001 | p < .0001 | sets with any (most) |",
        "|---|---|---|---|---|---|---|---|",
    ]
    rows = summary(results).to_dict("records")
    if results["kind"].nunique() > 1:
        nothing = results[nothing_there(results)]
        several = nothing.groupby("test")["kind"].transform("nunique") > 1
        nothing = summary(nothing[several], ("method", "test"))
        rows += [{"kind": "together"} | row for row in nothing.to_dict("records")]
    for row in rows:
        what = _what(row["kind"], row["test"])
        null = what not in TRUE_EFFECTS
        rarer = what in BASELINE_BETTER or str(row["test"]).endswith(EITHER)
        shares = [
            _share(float(row[f"share_{level:g}"]), level, 0.0 if rarer else low, high, null)
            for level, (low, high) in LIMITS.items()
        ]
        if not np.isnan(row["se_0.05"]):
            shares[0] += f" ± {row['se_0.05']:.3f}"
        any_ = f"{row['with_any']} ({row['most']})"
        any_ = any_ if row["with_any"] <= row["most"] or not null else f"**{any_}**"
        size = f"{row['data_sets']} × {row['electrodes'] / row['data_sets']:g}"
        name = row["test"] if null else f"{row['test']} (true)"
        lines.append(f"| {row['kind']} | {name} | {size} | {' | '.join(shares)} | {any_} |")
    return "\n".join(lines)


def nothing_there(results: pd.DataFrame) -> np.ndarray:
    """Which rows are of a test that has nothing to find, and a baseline that is no better, (n_rows,) bool."""
    told = (*TRUE_EFFECTS, *BASELINE_BETTER)
    return np.array([_what(*names) not in told for names in zip(results["kind"], results["test"])], bool)


def _what(kind: object, test: object) -> tuple[str, str]:
    """Of "k cuts" the same is true as of k, of a test in one alignment the same as of the test."""
    return str(kind).split(" ", 1)[0], str(test).split(",", 1)[0]


def _share(share: float, level: float, low: float, high: float, null: bool) -> str:
    if np.isnan(share):
        return ""
    text = f"{share:.{max(3, round(1 - np.log10(level)))}f}"
    return text if low <= share <= high or not null else f"**{text}**"


def called(results: pd.DataFrame) -> str:
    """How many electrodes are found, or called something, in Markdown: a row per kind, way of testing, claim and truth,
    with standard errors over data sets.

    Parameters
    ----------
    results : DataFrame
        Rows from `run.results`.
    """
    keys = ["kind", "method", "test", "truth"]
    rows = []
    for names, part in results.groupby(keys, sort=False):
        n, found, below = (part[column].to_numpy(float) for column in ("n", "discoveries", "below_0.05"))
        row = dict(zip(keys, names)) | {"data sets": len(part)}
        rows.append(row | {"called": with_error(found / n), "p < .05": with_error(below / n)})
    return plain_markdown(pd.DataFrame(rows))


def false_shares(results: pd.DataFrame, true: Mapping[str, Collection[str]]) -> str:
    """The share of false ones among those found, or called something, in Markdown: the mean over data sets, 0 where
    there are none; a row per kind and claim.

    Parameters
    ----------
    results : DataFrame
        Rows from `run.results`.
    true : claim -> truths
        Of which electrodes it holds; none where it is not named.
    """
    rows = [dict(zip(("kind", "group", "test"), names)) | {"data sets": len(share), "false among those called":
            with_error(share)} for names, share in shares_of_false(results, true)]  # fmt: skip
    return plain_markdown(pd.DataFrame(rows))


def shares_of_false(
    results: pd.DataFrame, true: Mapping[str, Collection[str]]
) -> Iterator[tuple[tuple[str, str, str], np.ndarray]]:
    """Kind, group and claim, and the share of false ones among those called in each data set; as `false_shares`."""
    for names, part in results.fillna({"group": ""}).groupby(["kind", "group", "test"], sort=False):
        claim = str(names[-1]).split(",", 1)[0]
        wrong = ~part["truth"].isin(true.get(claim, ()))
        sets = part.assign(false=part["discoveries"] * wrong).groupby("seed")[["false", "discoveries"]].sum()
        yield names, (sets["false"] / sets["discoveries"].clip(lower=1)).to_numpy(float)


def with_error(shares: np.ndarray) -> str:
    """The mean of data sets' shares and its standard error; nothing of none."""
    if not len(shares):
        return ""
    error = f" ± {shares.std(ddof=1) / np.sqrt(len(shares)):.3f}" if len(shares) > 1 else ""
    return f"{shares.mean():.3f}{error}"


def plain_markdown(frame: pd.DataFrame) -> str:
    """Any table in Markdown, numbers to three digits, what is not a number left empty."""
    rows = [[*frame.columns], ["---"] * frame.shape[1]]
    rows += [[_text(value) for value in row] for row in frame.itertuples(index=False)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _text(value: object) -> str:
    if isinstance(value, float):
        return "" if np.isnan(value) else f"{value:.3g}"
    return str(value)
