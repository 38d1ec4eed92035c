"""`bids_vlint report`: reports, figures and the group's tables again, from the derivatives alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bids_vlint.cli.subcommand import SubcommandParser
from bids_vlint.errors import Exit
from bids_vlint.settings import BY_NAME, checked

if TYPE_CHECKING:
    from bids_vlint.reports.page import Section

_ABOUT = """\
Make every participant's report and the group's tables and report again from the derivatives alone: BIDS_DIR and the
work folder need not be there. With labels: the reports of these participants, and nothing of the group. With --q or
--atlas, which need no fit, the participants' tables are made again, and their records say so.
"""
# Options that need no fit, and those that select, with the entity that they select by.
ANEW = ("q", "atlas")
_LABELS = {"participant_label": "subject", "session_label": "session", "task": "task", "run": "run"}


def run_report_command(argv: list[str]) -> int:
    """Run the subcommand; returns the exit code.

    Parameters
    ----------
    argv : list of str
        What follows `bids_vlint report`.
    """
    try:
        options = _parser().parse_args(argv)
    except SystemExit as stop:  # --help
        return int(stop.code or 0)
    given = vars(options)
    wanted = {entity: checked(BY_NAME[name], given[name], "command line", Exit.USAGE) if given[name] else ()
              for name, entity in _LABELS.items()}  # fmt: skip
    q, atlases = (checked(BY_NAME[name], given[name], "command line", Exit.USAGE) if given[name] is not None else None
                  for name in ANEW)  # fmt: skip
    from bids_vlint import log
    from bids_vlint.cli.folders import check_results_dir
    from bids_vlint.workflows.report import Anew, run_report

    check_results_dir(options.out)
    log.setup(verbose=options.verbose)
    anew = Anew(q, atlases) if (q, atlases) != (None, None) else None
    pages = run_report(options.out, wanted, anew, _of_demo)
    log.logger.info("%s; next: open %s in a browser", log.counted(len(pages), "report"), pages[-1])
    print(pages[-1])
    return int(Exit.OK)


def _parser() -> SubcommandParser:
    parser = SubcommandParser(prog="bids_vlint report", description=_ABOUT, allow_abbrev=False)
    parser.add_argument("out", type=Path, metavar="OUTPUT_DIR", help="the output folder of the participant level")
    for option in (BY_NAME[name] for name in (*_LABELS, *ANEW)):
        flags = list(dict.fromkeys([option.flag, f"--{option.name}"]))
        more: dict[str, Any] = {"nargs": "+", "action": "extend"} if option.several else {}
        parser.add_argument(*flags, dest=option.name, metavar=option.metavar, help=option.help, **more)
    parser.add_argument("--verbose", action="store_true", help=BY_NAME["verbose"].help)
    return parser


def _of_demo(out: Path) -> Mapping[str, Sequence[Section]]:
    """What was planted beside what was found, where the results are the demo's."""
    from bids_vlint.demo.verdict import read_planted, verdict_sections

    planted = read_planted(out)
    return verdict_sections(out, planted) if planted is not None else {}
