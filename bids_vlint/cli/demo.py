"""`bids_vlint demo`: make a small data set with planted sites, run both levels on it, and say what was found."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from bids_vlint.cli.subcommand import SubcommandParser
from bids_vlint.errors import Exit, InputError
from bids_vlint.log import logger, setup

if TYPE_CHECKING:
    import pandas as pd

_RESULTS = "derivatives"


def run_demo(argv: list[str]) -> int:
    """Run the subcommand.

    Parameters
    ----------
    argv : list of str
        What follows `bids_vlint demo`.

    Returns
    -------
    int
        The exit code; the last line that is printed is the path of the group's report.
    """
    try:
        options = _parser().parse_args(argv)
    except SystemExit as stop:  # --help
        return int(stop.code or 0)
    setup(verbose=False)
    out, bids = options.out, options.out / "bids"
    planted = _write_data(out, bids, options.seed)
    if options.data_only:
        print(bids)
        return Exit.OK
    from bids_vlint.demo.verdict import found_lines, report_verdict

    results = out / _RESULTS
    code = _run_both(bids, results, out / "work", options)
    if code == Exit.OK:
        logger.info("setting what was found beside what was planted")
        report = report_verdict(results, planted)
        print("\n".join(found_lines(results, planted)))
        print(report)
    return code


def _parser() -> SubcommandParser:
    about = "Make a small BIDS data set with planted sites, run both levels on it, and set what was found beside it."
    parser = SubcommandParser(prog="bids_vlint demo", description=about, allow_abbrev=False)
    parser.add_argument("out", type=Path, metavar="OUT", help="folder for bids/, derivatives/, work/, planted.tsv")
    parser.add_argument("--seed", type=_seed, default=0, metavar="N", help="seed of the data and the run (default: 0)")
    parser.add_argument("--nprocs", type=_processors, default=2, metavar="N", help="processors to use (default: 2)")
    parser.add_argument("--data-only", action="store_true", help="write the data set and stop")
    return parser


def _seed(value: str) -> int:
    return _at_least(int(value), 0)


def _processors(value: str) -> int:
    return _at_least(int(value), 1)


def _at_least(value: int, least: int) -> int:
    if value < least:
        raise argparse.ArgumentTypeError(f"{value} is below {least}")
    return value


def _write_data(out: Path, bids: Path, seed: int) -> pd.DataFrame:
    """Write the data set, and what was planted beside it."""
    from bids_vlint.demo.dataset import planted, write_dataset
    from bids_vlint.demo.verdict import planted_file
    from bids_vlint.files.tables import write_tsv

    logger.info("writing the data set %s", bids)
    try:
        _refuse_others(bids)
        write_dataset(bids, seed)
    except (FileExistsError, NotADirectoryError, PermissionError) as error:
        wrong = f"the demo cannot be written here ({error.strerror})"
        raise InputError(out, wrong, "give a folder to write to", Exit.CANNOT_CREATE) from error
    kinds = planted(seed)
    write_tsv(planted_file(out / _RESULTS), kinds)
    return kinds


def _refuse_others(bids: Path) -> None:
    """Never write over a data set that is not the demo's own."""
    from bids_vlint.demo.dataset import NAME
    from bids_vlint.files.json_file import read_json

    description = bids / "dataset_description.json"
    if description.exists() and read_json(description).get("Name") != NAME:
        wrong = "holds a data set that is not the demo's"
        raise InputError(bids, wrong, "give another folder to write to", Exit.CANNOT_CREATE)


def _run_both(bids: Path, results: Path, work: Path, options: argparse.Namespace) -> int:
    """Run the participant level, then the group level, as a user would."""
    from bids_vlint.cli.main import main as bids_vlint

    common = ["--models", "demo", "--seed", str(options.seed), "--nprocs", str(options.nprocs), "-w", str(work)]
    common.append("--overwrite")  # of an earlier demo with another seed; features are kept
    for level in ("participant", "group"):
        logger.info("running: bids_vlint %s %s %s %s", bids, results, level, " ".join(common))
        code = bids_vlint([str(bids), str(results), level, *common])
        if code != Exit.OK:
            return code
    return Exit.OK
