"""What a run says of itself: at its start what comes, at its end what was made, where, and what to do next."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from bids_vlint.derivatives.layout import GROUP_REPORT
from bids_vlint.errors import few
from bids_vlint.group.export import said_of_exports
from bids_vlint.log import counted, logger
from bids_vlint.settings import Settings
from bids_vlint.study.fits import FitPlan
from bids_vlint.workflows.logbook import Attempt


def say_beginning(settings: Settings, plans: Mapping[str, Sequence[FitPlan]], n_networks: int) -> None:
    """Log who is analysed, with what, and in which steps."""
    subjects = [f"sub-{subject}" for subject in plans]
    fits = [fit for own in plans.values() for fit in own]
    logger.info("%s to analyse (%s): %s of %s, %s, %s", counted(len(subjects), "participant"), few(subjects),
                counted(len(fits), "fit"), counted(sum(len(fit.runs) for fit in fits), "recording"),
                counted(n_networks, "network"), counted(settings.nprocs, "processor"))  # fmt: skip
    logger.info("first the networks' features, then each participant: recordings, encoding, tests, report; results go "
                "to %s", settings.output_dir)  # fmt: skip


def say_end(settings: Settings, outcomes: Sequence[Attempt]) -> None:
    """Log what was made, where, and the next command; what failed is said once more, and last."""
    done = sorted(o.participant for o in outcomes if o.state == "done")
    if not done:
        return  # the reason stands there
    logger.info("%d of %s done: %s in %s", len(done), counted(len(outcomes), "participant"),
                few([f"{who}.html" for who in done]), settings.output_dir)  # fmt: skip
    logger.info("next, the group: %s", _command(settings.bids_dir, settings.output_dir, "group"))
    failed = [o for o in outcomes if o.state == "failed"]
    if failed:
        logger.info("what failed can be read again: %s", _command("status", settings.output_dir))
        say_failures(failed)


def say_failures(outcomes: Sequence[Attempt]) -> None:
    """Log failures, those of one cause (a file that all participants need) in one sentence."""
    for message in dict.fromkeys(o.message for o in outcomes):
        logger.error("%s: %s", few([o.participant for o in outcomes if o.message == message]), message)


def say_features(settings: Settings, models: object) -> None:
    """Log what reads the features that were written."""
    command = _command(settings.bids_dir, "OUTPUT_DIR", "participant", "--models", models)
    logger.info("%s reads the features; next: %s", models, command)


def say_group(out: Path) -> None:
    """Log what the group level made and where to look."""
    logger.info(
        "%s and %s are in %s; next: open %s in a browser",
        ", ".join(said_of_exports()),
        GROUP_REPORT,
        out,
        out / GROUP_REPORT,
    )


def _command(*words: object) -> str:
    return shlex.join(["bids_vlint", *map(str, words)])
