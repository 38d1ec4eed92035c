"""`bids_vlint recover`: what would be found in these recordings, from effects planted into their own noise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bids_vlint.cli.parser import build_parser, given_of, merged, settings_of
from bids_vlint.errors import Exit, InputError

_ABOUT = """\
Plant effects of known kind and size into the recordings' own noise (their signals against another part of the film),
run the tests as they are run on the recordings themselves, and say what was found: OUTPUT_DIR/recovery. Takes the
options of the participant level, and what that has kept in the work folder; its results are not touched.
"""


def run_recover_command(argv: list[str]) -> int:
    """Run the subcommand; returns the exit code.

    Parameters
    ----------
    argv : list of str
        What follows `bids_vlint recover`.
    """
    parser = build_parser(about=("recover", _ABOUT))
    own = parser.add_argument_group("How much is planted")
    own.add_argument("--cpu-minutes", type=str, metavar="MINUTES",
                     help="about so much processor time of a participant is spent (default: 15)")  # fmt: skip
    own.add_argument("--replicates", type=str, metavar="N", help="make so many replicates, whatever they take")
    try:
        space = parser.parse_args(argv)
    except SystemExit as stop:  # --help
        return int(stop.code or 0)
    minutes, replicates = (vars(space).pop(name, None) for name in ("cpu_minutes", "replicates"))
    cpu = _number("--cpu-minutes", minutes, float) if minutes is not None else 15.0
    n = int(_number("--replicates", replicates, int)) if replicates is not None else None
    given = given_of(space)
    from bids_vlint import log
    from bids_vlint.cli.folders import check_bids_dir, check_output_dir, check_work_dir

    check_bids_dir(given.bids_dir)
    check_output_dir(given.output_dir, given.bids_dir, level="participant")
    settings = settings_of(merged(given))
    log.setup(verbose=settings.verbose)
    check_work_dir(settings.work_dir, settings.bids_dir, option="-w")
    from bids_vlint.files.offline import refuse_connections
    from bids_vlint.fit.protocols import CALIBRATED
    from bids_vlint.workflows.folders import work_in_use
    from bids_vlint.workflows.recover import HowMuch, run_recover

    if CALIBRATED not in settings.inference:
        raise InputError("--inference", "leaves out the calibrated tests, which alone are run on planted effects",
                         "give calibrated", Exit.USAGE)  # fmt: skip
    with refuse_connections(settings.offline), work_in_use(settings.work_dir):
        files, code = run_recover(settings, HowMuch(cpu, n))
    _say(files)
    return code


def _say(files: list[Path]) -> None:
    from bids_vlint.log import counted, logger

    if files:
        logger.info("%s; next: read %s", counted(len(files), "table"), files[-1].with_name("study_methods.md"))
        print(files[-1])


def _number(flag: str, value: str, kind: type) -> Any:
    try:
        number = kind(value)
    except ValueError:
        number = 0
    if not 0 < number < 1e6:
        raise InputError(flag, f"{value!r} is no number above 0", "give one", Exit.USAGE)
    return number
