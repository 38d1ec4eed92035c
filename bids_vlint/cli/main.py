"""Entry point: subcommands, exit codes, one sentence for what a user can mend."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from bids_vlint.clusters.scheduler import SCHEDULERS
from bids_vlint.errors import Exit, sentence_of
from bids_vlint.stopping import heeding_signals

if TYPE_CHECKING:
    from bids_vlint.settings import Settings


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str | None
        The words after the program's name; those of the process if None.

    Returns
    -------
    int
        The exit code (`bids_vlint.errors.Exit`).
    """
    words = list(sys.argv[1:] if argv is None else argv)
    verbose = "--verbose" in words
    # threads of a network that spin while they wait slow a shared machine twentyfold; read when torch is loaded
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    _give_a_home()
    try:
        with heeding_signals(), redirect_stdout(_Heard(sys.stdout)):
            code = int(_dispatch(words))
            sys.stdout.flush()
        return code
    except (Exception, KeyboardInterrupt) as error:
        code, sentence = sentence_of(error)
        if verbose and not isinstance(error, KeyboardInterrupt):
            traceback.print_exc()
        print(f"bids_vlint: {sentence}", file=sys.stderr)
        return code


class _Heard:
    """Standard output whose reader may go: what is printed after that is lost, and stops nothing."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write, to nobody if need be."""
        return self._unless_closed(lambda: self._stream.write(text))

    def flush(self) -> None:
        """Flush, to nobody if need be."""
        self._unless_closed(lambda: self._stream.flush())

    def _unless_closed(self, work: Callable[[], Any]) -> Any:
        try:
            return work()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())
            return work()


def _give_a_home() -> None:
    """Let libraries keep what they keep in the temporary folder, where the user has no home (in containers)."""
    try:
        Path.home()
    except RuntimeError:
        os.environ["HOME"] = tempfile.gettempdir()


def _dispatch(words: list[str]) -> int:
    command, rest = words[:1], words[1:]
    if command == ["demo"]:
        from bids_vlint.cli.demo import run_demo

        return run_demo(rest)
    if command == ["models"]:
        from bids_vlint.cli.models import run_models

        return run_models(rest)
    if command == ["descriptor"] or words == ["--bids-exec-spec"]:
        from bids_vlint.cli.descriptor import print_descriptor

        return print_descriptor()
    if command == ["report"]:
        from bids_vlint.cli.report import run_report_command

        return run_report_command(rest)
    if command == ["prepare"]:
        from bids_vlint.cli.prepare import run_prepare

        return run_prepare(rest)
    if command == ["recover"]:
        from bids_vlint.cli.recover import run_recover_command

        return run_recover_command(rest)
    if command == ["plan"]:
        from bids_vlint.cli.plan import run_plan_command

        return run_plan_command(rest)
    if command == ["status"]:
        from bids_vlint.cli.status import run_status

        return run_status(rest)
    if command and command[0] in SCHEDULERS.names:
        from bids_vlint.cli.cluster import run_cluster

        return run_cluster(command[0], rest)
    try:
        return _run(words)
    except SystemExit as stop:  # argparse, for --help and --version
        return int(stop.code or 0)


def _run(words: list[str]) -> int:
    """Run a level, or `features`: command line, BIDS_DIR, output directory, settings files, in this order; then the
    workflow."""
    from bids_vlint import log
    from bids_vlint.cli.folders import check_bids_dir, check_output_dir
    from bids_vlint.cli.parser import check_command, merged, parse, settings_of
    from bids_vlint.files.offline import refuse_connections

    features = words[:1] == ["features"]
    if not features:
        check_command(words)
    given = parse(words[1:] if features else words, features=features)
    if given.level == "participant":
        check_bids_dir(given.bids_dir)
    check_output_dir(given.output_dir, given.bids_dir, level=given.level)
    log.setup(verbose="verbose" in given.options)
    settings = settings_of(full := merged(given))
    log.setup(verbose=settings.verbose)
    with refuse_connections(settings.offline):
        if settings.level == "group":
            return _group(settings, words, full.options)
        if features:
            from bids_vlint.cli.levels import check_features_options

            check_features_options(given.options)
        return _participants(settings, words, features)


def _group(settings: Settings, words: list[str], said: Mapping[str, Any]) -> int:
    from bids_vlint.cli.levels import check_group_options

    check_group_options(settings, said)
    if settings.dry_run:
        from bids_vlint.cli.dry_run import dry_run_group

        return dry_run_group(settings)
    from bids_vlint.workflows.announce import say_group
    from bids_vlint.workflows.group import run_group
    from bids_vlint.workflows.logbook import logbook
    from bids_vlint.workflows.protocols import wanted_fits

    with logbook(settings, words, {}):
        page = run_group(settings.output_dir, wanted_fits(settings), between_brains=settings.between_brains)
        say_group(settings.output_dir)
    print(page)
    return int(Exit.OK)


def _participants(settings: Settings, words: list[str], features: bool) -> int:
    from bids_vlint.cli.folders import check_work_dir

    check_work_dir(settings.work_dir, settings.bids_dir, option="-w")
    if settings.bids_database_dir is not None:
        check_work_dir(settings.bids_database_dir, settings.bids_dir, option="--bids-database-dir")
    from bids_vlint.workflows.folders import work_in_use

    with work_in_use(settings.work_dir):
        if settings.dry_run:
            from bids_vlint.cli.dry_run import dry_run, dry_run_features

            return dry_run_features(settings) if features else dry_run(settings)
        from bids_vlint.workflows.features import run_features
        from bids_vlint.workflows.participant import run_participants

        return run_features(settings, words) if features else run_participants(settings, words)
