"""Draw groups of every kind, test their regions, and write how often something is named.

    python -m benchmarks.regions.run methods benchmarks/regions/results/methods.csv     # every test, three kinds
    python -m benchmarks.regions.run kinds benchmarks/regions/results/kinds.csv         # the program's, every kind

    python -m benchmarks.regions.run intervals benchmarks/regions/results/intervals.csv --groups 100

Power is measured for the three kinds alone.

Rows that are in the file are left out, so that a run that was stopped goes on.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from zlib import crc32

import numpy as np
import pandas as pd

from benchmarks.regions.coverage import coverage
from benchmarks.regions.kinds import COLUMNS, Kind, drawn, kinds
from benchmarks.regions.methods import METHODS, ours
from bids_vlint.inference.correction import benjamini_hochberg
from bids_vlint.nested.electrodes import Nested

EFFECT, LEVEL = 1.5, 0.05


def rows(
    name: str, kind: Kind, methods: dict[str, Callable[[Nested], np.ndarray]], n: int, *, power: bool = True
) -> list[dict[str, object]]:
    """Of each test: shares of null regions with p < .05, of null groups with a region named; and power, if asked."""
    rng = np.random.default_rng(crc32(name.encode()))
    found: dict[str, list[list[float]]] = {method: [] for method in methods}
    rate = []
    for _ in range(n):
        null, planted = _group(kind, rng), _group(replace(kind, effect=EFFECT), rng)
        rate.append(null.hit.mean())
        for method, test in methods.items():
            p = test(null)
            seen = _found(test(planted), planted.regions.index(str(kind.planted))) if power else [np.nan, np.nan]
            found[method].append([np.mean(p < LEVEL), float((benjamini_hochberg(p) <= LEVEL).any()), *seen])
    return [
        {"kind": name, "method": method, "groups": n, "rate": np.mean(rate).round(4),
         **dict(zip(("null_p05", "null_named", "power_p05", "power_named"), np.mean(values, 0).round(4)))}
        for method, values in found.items()
    ]  # fmt: skip


def _found(p: np.ndarray, at: int) -> list[float]:
    return [float(p[at] < LEVEL), float(benjamini_hochberg(p)[at] <= LEVEL)]


def _group(kind: Kind, rng: np.random.Generator) -> Nested:
    layout, hit = drawn(kind, rng, 1)
    return replace(layout, hit=hit[0])


def main() -> None:
    """Run what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("methods", "kinds", "intervals"))
    parser.add_argument("out", type=Path)
    parser.add_argument("--groups", type=int, default=500)
    args = parser.parse_args()
    methods = METHODS if args.what == "methods" else {list(METHODS)[-1]: ours}
    known = set(pd.read_csv(args.out)["kind"]) if args.out.is_file() else set()
    args.out.parent.mkdir(parents=True, exist_ok=True)
    for name, kind in (COLUMNS if args.what == "methods" else kinds()).items():
        if name not in known:
            made = [coverage(name, kind, args.groups)] if args.what == "intervals" else None
            table = pd.DataFrame(made or rows(name, kind, methods, args.groups, power=name in COLUMNS))
            table.to_csv(args.out, mode="a", index=False, header=not args.out.is_file())


if __name__ == "__main__":
    main()
