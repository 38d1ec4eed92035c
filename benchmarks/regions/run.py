"""Draw groups of every kind, test their regions, and write how often something is named.

    python -m benchmarks.regions.run methods benchmarks/regions/results/methods.csv     # every test, three kinds
    python -m benchmarks.regions.run kinds benchmarks/regions/results/kinds.csv         # the program's, every kind

    python -m benchmarks.regions.run intervals benchmarks/regions/results/intervals.csv --groups 100
    python -m benchmarks.regions.run planted benchmarks/regions/results/planted.csv     # intervals of planted regions

Power is measured for the three kinds alone.

What is in the file is left out, so that a run that was stopped goes on, and a new test is put beside the others: every
test sees the same groups.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from zlib import crc32

import numpy as np
import pandas as pd

from benchmarks.regions.coverage import coverage, planted_coverage
from benchmarks.regions.kinds import COLUMNS, Kind, drawn, kinds
from benchmarks.regions.methods import METHODS, OURS
from bids_vlint.inference.correction import benjamini_hochberg
from bids_vlint.nested.electrodes import Nested

EFFECT, LEVEL = 1.5, 0.05
PLANTED = (1.5, 3.0, 6.0)
_PLANTED_IN = ("", "3 participants", "12 participants", "3 shafts", "participants differ, sd 2")


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
    parser.add_argument("what", choices=("methods", "kinds", "intervals", "planted"))
    parser.add_argument("out", type=Path)
    parser.add_argument("--groups", type=int, default=500)
    parser.add_argument("--test", choices=METHODS, help="of all that were tried, this one alone")
    args = parser.parse_args()
    known = pd.read_csv(args.out) if args.out.is_file() else pd.DataFrame({"kind": [], "method": [], "effect": []})
    args.out.parent.mkdir(parents=True, exist_ok=True)
    for name, kind in (COLUMNS if args.what == "methods" else kinds()).items():
        there, asked = known[known["kind"] == name], [args.test] if args.test else list(METHODS)
        if len(table := pd.DataFrame(_missing(args.what, name, kind, args.groups, there, asked))):
            table.to_csv(args.out, mode="a", index=False, header=not args.out.is_file())


def _missing(
    what: str, name: str, kind: Kind, n: int, known: pd.DataFrame, asked: Sequence[str]
) -> list[dict[str, object]]:
    """The rows of a kind that are not known."""
    if what == "planted":
        if name.partition("; ")[2] not in _PLANTED_IN:
            return []
        effects = [effect for effect in PLANTED if effect not in set(known["effect"])]
        return [planted_coverage(name, replace(kind, effect=effect), n) for effect in effects]
    if what == "intervals":
        return [] if len(known) else [coverage(name, kind, n)]
    tests = asked if what == "methods" else [OURS]
    methods = {method: METHODS[method] for method in tests if method not in set(known["method"])}
    return rows(name, kind, methods, n, power=name in COLUMNS) if methods else []


if __name__ == "__main__":
    main()
