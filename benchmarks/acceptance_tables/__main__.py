"""The tables of a set of acceptance studies, to set two versions of the program side by side.

    python -m benchmarks.acceptance_tables make OUT [--nprocs N] [--only NAME ...]
    python -m benchmarks.acceptance_tables compare A B [--allow COLUMN_GLOB ...]

`make` writes small studies with the acceptance tests' functions (seeded: the same data each time), runs the command
line of the checkout it is started in on them, and keeps, below OUT/STUDY, every table (logs apart) and `arrays.json`:
shapes, types and sums of what the HDF5 and npz files hold. `compare` sets two such folders (or an archive
of one) beside each other and ends with 1 where they differ beyond last digits. Run it from a checkout.

A number has six significant digits below 10, and four decimals from there on. Two numbers differ in the last digit
where they are at most one unit of that place apart (of the larger of the two; zeros at the end are not printed). Any
other difference is a difference, whole numbers and words included. Sums of arrays may differ by 1e-5 of the sum of
absolute values.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("MKL_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "agg")

from benchmarks.acceptance_tables.comparison import compare
from benchmarks.acceptance_tables.studies import STUDIES
from benchmarks.acceptance_tables.tables import make


def main() -> int:
    """Make or compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    levels = parser.add_subparsers(dest="what", required=True)
    making = levels.add_parser("make", help="make the studies' tables")
    making.add_argument("out", type=Path, metavar="OUT")
    making.add_argument("--nprocs", type=int, default=1, help="processors that the program may use")
    making.add_argument("--only", nargs="+", default=(), choices=list(STUDIES), metavar="NAME", help=", ".join(STUDIES))
    comparing = levels.add_parser("compare", help="set two folders of tables side by side")
    comparing.add_argument("a", type=Path, metavar="A")
    comparing.add_argument("b", type=Path, metavar="B")
    comparing.add_argument("--allow", nargs="+", default=(), metavar="COLUMN_GLOB", help="columns that may differ")
    given = parser.parse_args()
    if given.what == "make":
        return make(given.out, given.nprocs, given.only)
    return compare(given.a, given.b, given.allow)


if __name__ == "__main__":
    sys.exit(main())
