"""`bids_vlint plan`: what would be found in a film of some length, with so many electrodes, before recording."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from bids_vlint.cli.subcommand import SubcommandParser
from bids_vlint.errors import Exit

if TYPE_CHECKING:
    import pandas as pd

_ABOUT = """\
Say in which share of electrodes effects of known kind and size would be found, and the smallest size that is found in
80 of 100, in films of some lengths: from a pilot (an output folder with the trials of `bids_vlint recover`), or from
simulated noise. Gate and correction are made as on recordings; every kind is planted into as many electrodes.
docs/recovery.md says what that rests on.
"""


def run_plan_command(argv: list[str]) -> int:
    """Run the subcommand; returns the exit code.

    Parameters
    ----------
    argv : list of str
        What follows `bids_vlint plan`.
    """
    parser = SubcommandParser(prog="bids_vlint plan", description=_ABOUT, allow_abbrev=False)
    parser.add_argument("--minutes", type=_length, nargs="+", required=True, metavar="MINUTES", help="of film")
    parser.add_argument("--electrodes", type=_count, default=100, metavar="N", help="of a participant (default: 100)")
    parser.add_argument("--pilot", type=Path, metavar="OUTPUT_DIR", help="of bids_vlint recover; else simulated noise")
    parser.add_argument(
        "--q", type=_level, default=0.05, metavar="Q", help="level of false discoveries (default: 0.05)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the recordings drawn (default: 0)")
    parser.add_argument("--tsv", type=Path, metavar="FILE", help="write all kinds, claims and alignments there, too")
    try:
        options = parser.parse_args(argv)
    except SystemExit as stop:  # --help
        return int(stop.code or 0)
    from bids_vlint import log
    from bids_vlint.files.tables import write_tsv
    from bids_vlint.workflows.plan import run_plan

    log.setup(verbose=False)
    table = run_plan(options.minutes, options.electrodes, options.pilot, options.q, options.seed)
    if options.tsv is not None:
        write_tsv(options.tsv, table)
    source = "simulated noise (words alone)" if options.pilot is None else str(options.pilot)
    print(f"From trials on {source}; {options.electrodes} electrodes, each kind planted into as many; share found, in "
          "at least one alignment, of effects that the networks hold wholly:")  # fmt: skip
    print(_lines(table))
    return int(Exit.OK)


def _lines(table: pd.DataFrame) -> str:
    """Of claims that are true, in at least one alignment: a line per film, claim and kind."""
    own = table[(table["alignment"] == "either") & (table["true"] == True) & (table["source"] == "wholly")]  # noqa: E712
    sizes = sorted(own["size"].unique())
    lines = [["minutes", "claim", "planted", *(f"{100 * size:g} %" for size in sizes), "found in 80 of 100 from"]]
    for (minutes, claim, kind), part in own.groupby(["minutes", "claim", "kind"], sort=False):
        share = part.set_index("size")["share"]
        smallest = part["smallest"].iloc[0]
        said = f"more than {100 * sizes[-1]:g} %" if smallest != smallest else f"{100 * smallest:.1f} %"
        said = f"{100 * sizes[0]:g} % or less" if smallest == sizes[0] else said
        lines.append(
            [
                f"{minutes:g}",
                str(claim),
                str(kind),
                *(f"{share[size]:.2f}" if size in share else "n/a" for size in sizes),
                said,
            ]
        )
    widths = [max(len(line[k]) for line in lines) for k in range(len(lines[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)


def _length(value: str) -> float:
    number = float(value)
    if not 0 < number < 1e4:
        raise argparse.ArgumentTypeError(f"{value} is no length in minutes")
    return number


def _count(value: str) -> int:
    if not 1 <= int(value) <= 10_000:
        raise argparse.ArgumentTypeError(f"{value} is no number of electrodes")
    return int(value)


def _level(value: str) -> float:
    if not 0 < float(value) < 1:
        raise argparse.ArgumentTypeError(f"{value} is no level between 0 and 1")
    return float(value)
