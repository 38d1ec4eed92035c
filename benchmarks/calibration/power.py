"""Power curves on planted sites, against the published rule and against an oracle that knows the latents.

python -m benchmarks.calibration.power --n 20 --out benchmarks/calibration/results/power.csv
python -m benchmarks.calibration.power --table benchmarks/calibration/results/power.csv
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.calibration.package import calibrated, published
from benchmarks.calibration.planted import SNRS, TRUE, planted
from benchmarks.calibration.table import append, plain_markdown

# Of the features' variance: with more of their own, networks lose to the oracle what no test can bring back.
LITTLE = 0.05
# Before the tests: neither, or one, of what is done to features and responses.
SLOW, UNSTEADY = "calibrated, slow features", "calibrated, no running SD"
METHODS = ("calibrated", SLOW, UNSTEADY, "oracle", "published")
COLUMNS = ["snr", "seed", "group", "method", "test", "site", "electrode", "p", "found"]


def rows_of(seed: int, snr: float, method: str, own: float = LITTLE) -> list[dict[str, object]]:
    """One recording: a row per test and electrode."""
    seen, knows = planted(seed, snr, own=own, steady=method != UNSTEADY)
    rng = np.random.default_rng([seed, 1])
    if method == "oracle":
        # of 26 latents against 10 no 10 principal components: the oracle takes them as they are
        found = calibrated(knows, rng, width="raw")
    elif method == SLOW:
        found = calibrated(seen, rng, high_pass=None)
    else:
        found = published(seen, rng) if method == "published" else calibrated(seen, rng)
    return [
        dict(zip(COLUMNS, (snr, seed, seen.group, method, name, site, e, f"{result.p[e]:.4g}", int(result.found[e]))))
        for name, result in found.items()
        for e, site in enumerate(seen.truth)
    ]


def run(seeds: Sequence[int], snrs: Sequence[float], methods: Sequence[str], own: float, out: Path) -> None:
    """Run what the file lacks."""
    out.parent.mkdir(parents=True, exist_ok=True)
    done: set[tuple[float, int, str]] = set()
    if out.exists():
        done = set(pd.read_csv(out)[["snr", "seed", "method"]].itertuples(index=False, name=None))
    for seed, snr, method in ((seed, snr, method) for seed in seeds for snr in snrs for method in methods):
        if (snr, seed, method) in done:
            continue
        rows = rows_of(seed, snr, method, own)
        append(out, COLUMNS, rows)


def at_equal_share(p: np.ndarray, true: np.ndarray, share: float) -> float:
    """Power at the level that finds a given share of the sites where there is nothing to find."""
    level = np.quantile(p[~true], share, method="higher") if share < 1 else 1.0
    # ties with the level do not count, so that no more than the share is found
    return float((p[true] < level).mean())


def summary(results: pd.DataFrame) -> pd.DataFrame:
    """Power per test and ratio.

    Returns
    -------
    DataFrame
        snr, test, sites (of a kind with a true effect); `_power` and `_found` of every way to test (p < 0.05; share of
        true sites found after correction), false_p and false_discoveries (mean share of false ones among those found),
        published (power and false-positive share of the rule), at_equal (calibrated at that false-positive share).
    """
    rows = []
    for (snr, test), part in results.groupby(["snr", "test"], sort=True):
        if test not in TRUE:
            continue
        row: dict[str, object] = {"snr": snr, "test": test}
        true = part["site"].isin(TRUE[str(test)]).to_numpy()
        by = {m: part["method"].to_numpy() == m for m in METHODS}
        p, found = part["p"].to_numpy(float), part["found"].to_numpy(bool)
        for method in METHODS[:-1]:
            row[f"{method}_power"] = (p[by[method] & true] < 0.05).mean() if by[method].any() else np.nan
            row[f"{method}_found"] = found[by[method] & true].mean() if by[method].any() else np.nan
        row["false_p"] = (p[by["calibrated"] & ~true] < 0.05).mean()
        row["false_discoveries"] = false_share(part[by["calibrated"]], true[by["calibrated"]])
        if by["published"].any():
            same = part["seed"].isin(part["seed"][by["published"]]).to_numpy() & by["calibrated"]
            share = float(found[by["published"] & ~true].mean())
            row |= {"published_found": found[by["published"] & true].mean(), "published_false": share}
            row["at_equal"] = at_equal_share(p[same], true[same], share)
        rows.append(row)
    return pd.DataFrame(rows)


def false_share(part: pd.DataFrame, true: np.ndarray) -> float:
    """False discoveries among discoveries, mean over recordings (none where nothing was found)."""
    found = part["found"].to_numpy(bool)
    shares = [(found & ~true)[rows].sum() / max(found[rows].sum(), 1) for rows in part.groupby("seed").indices.values()]
    return float(np.mean(shares))


def main() -> None:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=20, help="recordings at every ratio")
    parser.add_argument("--snr", type=float, nargs="+", default=list(SNRS))
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--own", type=float, default=LITTLE, help="share of features' variance that is a network's own")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--table", type=Path)
    given = parser.parse_args()
    if given.out:
        run(range(given.n), given.snr, given.methods, given.own, given.out)
    if given.table:
        print(plain_markdown(summary(pd.read_csv(given.table))))


if __name__ == "__main__":
    main()
