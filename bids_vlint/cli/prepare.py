"""`bids_vlint prepare`: a data set that was published without events, films or places, made whole."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from bids_vlint.cli.subcommand import SubcommandParser
from bids_vlint.errors import Exit, InputError

if TYPE_CHECKING:
    from bids_vlint.prepare.checks import SessionChecks
    from bids_vlint.prepare.preparation import Preparation

_ABOUT = "Make a data set that both levels run on of one that was published without what they need."


def run_prepare(argv: list[str]) -> int:
    """Run the subcommand; returns the exit code: 1 where some sessions were refused, 65 where all were.

    Parameters
    ----------
    argv : list of str
        What follows `bids_vlint prepare`.
    """
    from bids_vlint.prepare.preparation import PREPARATIONS

    known = {preparation.name.replace("_", "-"): preparation for preparation in PREPARATIONS.everything}
    try:
        options = vars(_parser(known).parse_args(argv))
    except SystemExit as stop:  # --help
        return int(stop.code or 0)
    from bids_vlint import log
    from bids_vlint.cli.folders import nearest_existing

    log.setup(verbose=options.pop("verbose"))
    source, out = options.pop("source"), options.pop("out")
    if not nearest_existing(out).is_dir():
        raise InputError(out, "cannot be made (a file is in its way)", "give a folder", Exit.CANNOT_CREATE)
    sessions = known[options.pop("name")].prepare(source, out, options)
    return _told(sessions, out)


def _told(sessions: tuple[SessionChecks, ...], out: Path) -> int:
    """Say which sessions were refused, and where everything is."""
    from bids_vlint.log import logger
    from bids_vlint.prepare.checks import causes

    refused = [session for session in sessions if session.refused]
    for session in refused:
        logger.warning("%s is refused: %s", session.session, causes(session.refused))
    print(out / "report.html")
    if sessions and len(refused) == len(sessions):
        which = refused[0].session if len(refused) == 1 else f"{len(refused)} sessions, {refused[0].session} first"
        raise InputError(which, causes(refused[0].refused), f"see {out / 'report.html'}", Exit.DATA)
    return int(Exit.FAILURE if refused else Exit.OK)


def _parser(known: dict[str, Preparation]) -> SubcommandParser:
    parser = SubcommandParser(prog="bids_vlint prepare", description=_ABOUT, allow_abbrev=False)
    sets = parser.add_subparsers(dest="name", metavar="{" + ",".join(known) + "}", required=True)
    for name, preparation in known.items():
        one = sets.add_parser(name, allow_abbrev=False, help=preparation.about.splitlines()[0].rstrip(","),
                              description=preparation.about,
                              formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
        one.add_argument("source", type=Path, metavar=preparation.source, help="the recordings (never written to)")
        one.add_argument("out", type=Path, metavar="OUT", help="folder for the data set that is made")
        for ask in preparation.options:
            if ask.metavar is None:
                one.add_argument(ask.flag, action="store_true", help=ask.help)
            elif ask.several:
                one.add_argument(ask.flag, nargs="+", action="extend", metavar=ask.metavar, help=ask.help)
            else:
                one.add_argument(ask.flag, type=Path, metavar=ask.metavar, help=ask.help)
        one.add_argument("--check-only", action="store_true", help="check and report alone; signals need not be there")
        one.add_argument("--verbose", action="store_true", help="say more, and show tracebacks")
    return parser
