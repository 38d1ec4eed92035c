"""Run data sets and append what the tests say of them; print the tables.

    python -m benchmarks.calibration.run --kind a --n 200 --out benchmarks/calibration/results/a.csv
    python -m benchmarks.calibration.run --table benchmarks/calibration/results/*.csv

A run that was stopped goes on where it was: data sets that are in the file are left out.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.calibration.conjunctions import TRUE
from benchmarks.calibration.datasets import DataSet
from benchmarks.calibration.fusion import N_OTHERS
from benchmarks.calibration.kinds import KINDS, data_set
from benchmarks.calibration.methods import rejected
from benchmarks.calibration.package import Tested, calibrated, intervals, published, tested
from benchmarks.calibration.table import LEVELS, append, called, false_shares, markdown
from benchmarks.calibration.words import NO_PARTS


def others(data: DataSet, rng: np.random.Generator) -> dict[str, Tested]:
    """The choices that were rejected."""
    return {name: tested(p) for name, p in rejected(data, rng).items()}


def without_shifts(data: DataSet, rng: np.random.Generator) -> dict[str, Tested]:
    """The corrected t, which recordings too short for shifts get."""
    return calibrated(data, rng, n_shifts=0)


def on_low_level(data: DataSet, rng: np.random.Generator) -> dict[str, Tested]:
    """Every network joined with the low-level features."""
    return calibrated(data, rng, on_low_level=True)


METHODS: dict[str, Callable[[DataSet, np.random.Generator], dict[str, Tested]]] = {
    "calibrated": calibrated,
    "on low-level": on_low_level,
    **{f"parts: {how}": calibrated for how in (*N_OTHERS, NO_PARTS)},
    "corrected t": without_shifts,
    "interval": intervals,
    "published": published,
    "rejected": others,
}
KEYS = ["kind", "seed", "group", "method", "test", "truth"]
COLUMNS = [*KEYS, "n", *(f"below_{level:g}" for level in LEVELS), "discoveries"]


def results(kind: str, seed: int, method: str) -> list[dict[str, object]]:
    """Counts of one data set: a row per test and truth.

    Parameters
    ----------
    kind : a key of KINDS
    seed : int
    method : a key of METHODS
    """
    how = method.removeprefix("parts: ")
    data = data_set(kind, seed) if how == method else data_set(kind, seed, parts=how)
    rows: list[dict[str, object]] = []
    truth = np.array(data.truth)
    for test, result in METHODS[method](data, np.random.default_rng([seed, 1])).items():
        for name in dict.fromkeys(data.truth):
            own = (truth == name) & ~np.isnan(result.p)
            counts = {f"below_{level:g}": int((result.p[own] < level).sum()) for level in LEVELS}
            keys = dict(zip(KEYS, (kind, seed, data.group, method, test, name)))
            rows.append({**keys, "n": int(own.sum()), **counts, "discoveries": int(result.found[own].sum())})
    return rows


def run(kind: str, seeds: list[int], out: Path, method: str, processes: int) -> None:
    """Run the data sets that the file lacks."""
    out.parent.mkdir(parents=True, exist_ok=True)
    if out.exists():
        before = pd.read_csv(out, dtype={"kind": str})
        done = before[(before["kind"] == kind) & (before["method"] == method)]["seed"]
        seeds = [s for s in seeds if s not in set(done)]
    for rows in _each(kind, seeds, method, processes):
        append(out, COLUMNS, rows)


def _each(kind: str, seeds: list[int], method: str, processes: int) -> Iterator[list[dict[str, object]]]:
    if processes == 1:
        yield from (results(kind, seed, method) for seed in seeds)
        return
    from joblib import Parallel, delayed

    yield from Parallel(processes, return_as="generator")(delayed(results)(kind, s, method) for s in seeds)


def main() -> None:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kind", choices=[*KINDS], nargs="+", default=[])
    parser.add_argument("--n", type=int, default=200, help="data sets of each kind")
    parser.add_argument("--first", type=int, default=0, help="seed of the first")
    parser.add_argument("--method", choices=[*METHODS], default="calibrated")
    parser.add_argument("--out", type=Path, default=Path("results.csv"))
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--table", type=Path, nargs="+", default=[], help="print the table of these files")
    parser.add_argument("--called", type=Path, nargs="+", default=[], help="print how many electrodes are called what")
    parser.add_argument("--false", type=Path, nargs="+", default=[], help="print how many of those are so falsely")
    given = parser.parse_args()
    for kind in given.kind:
        seeds = list(range(given.first, given.first + given.n))
        run(kind, seeds, given.out, given.method, given.processes)
    shown = (markdown, given.table), (called, given.called), (partial(false_shares, true=TRUE), given.false)
    for show, files in shown:
        if files:
            print(show(pd.concat([pd.read_csv(file, dtype={"kind": str}) for file in files])))


if __name__ == "__main__":
    main()
