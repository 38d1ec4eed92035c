"""`bids_vlint status`: what is done, missing, failed, interrupted or damaged, as a table or as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bids_vlint.cli.subcommand import SubcommandParser
from bids_vlint.errors import Exit, InputError, did_you_mean

_ABOUT = """\
Say of each participant and fit whether it is done, running, waiting, failed, interrupted, damaged or missing, why,
how long it took and how much memory. The exit code is 0 where all are done, 1 otherwise. docs/status.md defines the
keys of the JSON.
"""
_HEADER = ("participant", "state", "fits", "time", "memory", "why")


def run_status(argv: list[str]) -> int:
    """Run the subcommand; returns the exit code.

    Parameters
    ----------
    argv : list of str
        What follows `bids_vlint status`.
    """
    parser = SubcommandParser(prog="bids_vlint status", description=_ABOUT, allow_abbrev=False)
    parser.add_argument("out", type=Path, metavar="OUTPUT_DIR", help="the output folder of a run")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", help="print JSON instead of a table")
    how.add_argument("--state", nargs="+", metavar="STATE",
                     help="print the names of the participants in these states alone, and group if its tables are in "
                          "one of them, a line each; the exit code is 0")  # fmt: skip
    try:
        options = parser.parse_args(argv)
    except SystemExit as stop:  # --help
        return int(stop.code or 0)
    from bids_vlint import log
    from bids_vlint.workflows.group_status import GROUP_STATES
    from bids_vlint.workflows.status import STATES, status_of

    log.setup(verbose=False)
    for state in options.state or ():
        if state not in (*STATES, *GROUP_STATES):
            raise InputError("--state", f"{state!r} is unknown", did_you_mean(state, (*STATES, *GROUP_STATES)),
                             Exit.USAGE)  # fmt: skip
    status = status_of(options.out)
    if options.state:
        everybody = [*status["participants"], {"participant": "group", **status["group"]}]
        for name in (one["participant"] for one in everybody if one["state"] in options.state):
            print(name)
        return int(Exit.OK)
    print(json.dumps(status, indent=2, ensure_ascii=False) if options.json else _table(status))
    return int(Exit.OK if status["done"] else Exit.FAILURE)


def _table(status: Mapping[str, Any]) -> str:
    """The status as lines for people: participants, fits that are not as their participant, the group, the runs."""
    rows: list[tuple[str, ...]] = [_HEADER]
    for one in status["participants"]:
        rows.append(_row(one["participant"], one, str(len(one["fits"]))))
        if len({fit["state"] for fit in one["fits"]}) > 1:
            rows += [(f"  {fit['fit']}", fit["state"], "", "", "", fit["why"]) for fit in one["fits"]]
    widths = [max(len(row[k]) for row in rows) for k in range(len(_HEADER) - 1)]
    lines = ["  ".join([*(cell.ljust(width) for cell, width in zip(row, widths)), row[-1]]).rstrip() for row in rows]
    counts = ", ".join(f"{n} {state}" for state, n in status["counts"].items())
    group, running = status["group"], [run for run in status["runs"] if run["state"] == "running"]
    lines += ["", f"{len(status['participants'])} participants: {counts}",
              f"group: {group['state']}" + (f". {group['why']}" if group["why"] else "")]  # fmt: skip
    lines += [f"going on since {run['start']}: {run['folder']}" for run in running]
    return "\n".join(lines)


def _row(name: str, one: Mapping[str, Any], fits: str) -> tuple[str, ...]:
    from bids_vlint.log import duration

    time = duration(one["seconds"]) if one["seconds"] is not None else ""
    memory = f"{one['peak_memory_bytes'] / 1e9:.1f} GB" if one["peak_memory_bytes"] else ""
    if memory and one["memory_shared"]:
        memory = f"<={memory}"
    return name, one["state"], fits, time, memory, one["why"]
