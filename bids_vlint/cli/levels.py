"""Options that a level or command cannot use: refused by name where they would mislead.

A platform gives both levels the same options. At the group level those that say how results are made are therefore
taken where they agree with the results on disk, and refused where no result was made so: the group would be of other
results than the command says. Those that change no result (`--nprocs`, `--save-responses`) are named, as are those of
signals and tests where features alone are made: they have no effect.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bids_vlint.cli.parser import used_by_features
from bids_vlint.cli.report import ANEW
from bids_vlint.derivatives.layout import sidecar, sites_tsv
from bids_vlint.derivatives.selection import select_fits
from bids_vlint.errors import Exit, InputError
from bids_vlint.files.json_file import read_json
from bids_vlint.log import logger
from bids_vlint.settings import BY_NAME, Settings, results_key
from bids_vlint.workflows.protocols import wanted_fits

# What the group level uses; and what cannot be meant there, with why and what to do.
USED_BY_GROUP = ("participant_label", "session_label", "task", "run", "config", "dry_run", "verbose", "offline",
                 "between_brains")  # fmt: skip
_NOT_MEANT = {
    "bids_filter_file": ("selects recordings, and the group level reads results",
                         "select with --participant-label, --session-label, --task and --run"),
    "stop_after": ("names a stage of the participant level", "leave it out"),
}  # fmt: skip


def check_group_options(settings: Settings, said: Mapping[str, Any]) -> None:
    """Refuse what the group level cannot mean.

    Parameters
    ----------
    settings : Settings
    said : option -> value
        Those that the command line or `--config` set.

    Raises
    ------
    InputError
        64 for an option that selects recordings, or that says how results are made and fits none of them; as
        `select_fits`.
    """
    for name, (wrong, do) in _NOT_MEANT.items():
        if name in said:
            raise InputError(BY_NAME[name].flag, wrong, do, Exit.USAGE)
    records = [read_json(sidecar(sites_tsv(settings.output_dir, fit))).get("Fit") or {}
               for fit in select_fits(settings.output_dir, wanted_fits(settings))]  # fmt: skip
    made = [record.get("settings") or {} for record in records]
    for name, value in results_key(settings).items():
        others = [own[name] for own in made if name in own]
        if name in said and others and value not in others:
            given = f"{BY_NAME[name].flag} {_text(value)}"
            again = (
                f"bids_vlint report {settings.output_dir} {given}" if name in ANEW else "the participant level with it"
            )
            raise InputError(given, f"the results were made with {_text(others[0]) or 'no choice'}",
                             f"leave it out, or run {again}", Exit.USAGE)  # fmt: skip
    idle = [name for name in said if name not in USED_BY_GROUP and not BY_NAME[name].changes_results]
    _say_idle(idle, "at the group level")


def check_features_options(said: Mapping[str, Any]) -> None:
    """Log which of the options that were given are of no use to features.

    Raises
    ------
    InputError
        64 where the run is to stop after a stage that it does not make.
    """
    if said.get("stop_after", "features") != "features":
        raise InputError(f"--stop-after {said['stop_after']}", "names a stage that the command features does not make",
                         "give features (kept in the work folder, no file is written), or leave it out",
                         Exit.USAGE)  # fmt: skip
    _say_idle([name for name in said if not used_by_features(BY_NAME[name])], "on features")


def _say_idle(names: list[str], where: str) -> None:
    if names:
        logger.info("without effect %s: %s", where, ", ".join(BY_NAME[name].flag for name in names))


def _text(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
