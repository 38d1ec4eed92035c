"""The command line, read from the list of options."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NoReturn

from bids_vlint import __version__
from bids_vlint.cli.folders import default_work
from bids_vlint.cli.labels import listed_labels
from bids_vlint.clusters.scheduler import SCHEDULERS
from bids_vlint.errors import Exit, InputError, did_you_mean
from bids_vlint.settings import (
    BY_NAME,
    LEVELS,
    LEVELS_2,
    OPTIONS,
    OUT,
    SIGNAL,
    STATS,
    Level,
    Option,
    Settings,
    checked,
    read_config,
)

_DESCRIPTION = """\
Find where the human brain integrates vision and language, in intracranial EEG of people watching movies.

  bids_vlint BIDS_DIR OUTPUT_DIR participant --models FILE|NAME   analyse each participant
  bids_vlint BIDS_DIR OUTPUT_DIR group                            join the participants, over a brain atlas
  bids_vlint report OUTPUT_DIR                                    reports and group again, from the results alone
  bids_vlint status OUTPUT_DIR                                    what is done, missing, failed, interrupted, damaged
  bids_vlint features BIDS_DIR OUTPUT_DIR --models FILE|NAME      write the networks' features alone, as files
  bids_vlint slurm BIDS_DIR OUTPUT_DIR --models FILE|NAME         the script that runs all on a cluster (pbs, sge, too)
  bids_vlint recover BIDS_DIR OUTPUT_DIR --models FILE|NAME       what would be found: plant effects, and test them
  bids_vlint plan --minutes 10 20 60 --electrodes 100             what would be found, before recording
  bids_vlint prepare brain-treebank NM000253 OUT                  make a published data set whole
  bids_vlint demo OUTPUT_DIR                                      make a small data set and run both on it
  bids_vlint models                                               the model sets, a network's layers, fetching weights
  bids_vlint descriptor                                           the Boutiques descriptor

(A folder that is called as a command is given as ./demo, ./models and so on.)
"""
# BIDS_DIR, OUTPUT_DIR and the level.
_POSITIONAL = 3
COMMANDS = ("features", "recover", "plan", "prepare", "demo", "models", "descriptor", "report", "status")


@dataclass(frozen=True)
class Given:
    """What a command line says.

    Attributes
    ----------
    bids_dir, output_dir : Path
    level : Level
    options : name -> value
        Those that it sets, checked; the others are `--config`'s or stay at their defaults.
    """

    bids_dir: Path
    output_dir: Path
    level: Level
    options: Mapping[str, Any]


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are InputErrors with exit code 64."""

    def error(self, message: str) -> NoReturn:
        """Turn argparse's complaint into one sentence."""
        unknown = [w.split("=")[0] for w in message.split() if w.startswith("--")] if "unrecognized" in message else []
        if unknown:
            message += f"; {did_you_mean(unknown[0], [o.flag for o in OPTIONS])}"
        raise InputError("command line", message, "see bids_vlint --help", Exit.USAGE)


_FEATURES = """\
Write what every network makes of every stimulus's events as precomputed features, with OUTPUT_DIR/models.toml
that reads them: features made once, on a machine with a GPU, serve machines without one and other tools.
"""


def build_parser(*, features: bool = False, about: tuple[str, str] | None = None) -> Parser:
    """Make the parser of the main command, of `features`, or of another command that takes the options of the
    participant level (`about`: its name and what it does)."""
    prog, description = about or ("features", _FEATURES)
    parser = Parser(
        prog=f"bids_vlint {prog}" if features or about else "bids_vlint",
        description=description if features or about else _DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        argument_default=argparse.SUPPRESS,
    )
    parser.add_argument("bids_dir", type=Path, metavar="BIDS_DIR", help="the BIDS data set (never written to)")
    parser.add_argument("output_dir", type=Path, metavar="OUTPUT_DIR", help="where the results go")
    if not features and not about:
        parser.add_argument("level", metavar="{participant,group}", help="level of the analysis")
    parser.add_argument("--version", action="version", version=f"bids_vlint {__version__}")
    groups: dict[str, Any] = {}
    for option in OPTIONS:
        if option.group not in groups:
            groups[option.group] = parser.add_argument_group(option.group)
        _add(groups[option.group], option, hidden=features and not used_by_features(option))
    return parser


def used_by_features(option: Option) -> bool:
    """Whether an option is of use where features alone are made: without signals and tests."""
    if option.name == "dask_scheduler":
        return False
    return option.group not in (SIGNAL, STATS, OUT) or option.name in ("seed", "overwrite")


def _add(group: Any, option: Option, *, hidden: bool) -> None:
    """Add an option; a hidden one is accepted (a settings file or habit may name it) and not listed."""
    flags = [f"-{option.short}"] if option.short else []
    flags += sorted({option.flag, "--" + option.name}, key=lambda f: "_" in f)
    if option.type is bool:
        said = argparse.SUPPRESS if hidden else option.help
        group.add_argument(*flags, dest=option.name, action="store_true", help=said)
        return
    shown = _default_text(option)
    group.add_argument(
        *flags,
        dest=option.name,
        metavar=option.metavar or "{" + ",".join(option.choices) + "}",
        help=argparse.SUPPRESS if hidden else option.help.replace("%", "%%") + shown,
        **({"nargs": "+", "action": "extend", "type": str} if option.several else {"type": str}),
    )


def _default_text(option: Option) -> str:
    if option.default in (None, ()):
        return ""
    value = " ".join(option.default) if isinstance(option.default, tuple) else option.default
    return f" (default: {value})"


def parse(argv: Sequence[str], *, features: bool = False) -> Given:
    """Read the command line; `--config` is read by `with_config`, once the folders are known to be good.

    Parameters
    ----------
    argv : sequence of str
    features : bool
        Whether it is that of `features`, which has no level.

    Returns
    -------
    Given

    Raises
    ------
    InputError
        Exit code 64 for wrong usage, 17 for an unknown level.
    """
    return given_of(build_parser(features=features).parse_args(list(argv)))


def given_of(space: argparse.Namespace) -> Given:
    """Check what was parsed; errors as `parse`."""
    given = dict(vars(space))
    level = given.pop("level", "participant")
    level = LEVELS_2.get(level, level)
    if level not in LEVELS:
        raise InputError("command line", f"the level {level!r} is unknown", did_you_mean(level, LEVELS),
                         Exit.UNKNOWN_LEVEL)  # fmt: skip
    bids_dir, output_dir = given.pop("bids_dir"), given.pop("output_dir")
    options = {k: checked(BY_NAME[k], v, "command line", Exit.USAGE) for k, v in given.items()}
    if level == "participant" and "config" not in options:
        _require_models(options.get("models"))
    return Given(bids_dir, output_dir, level, options)


def check_command(words: Sequence[str]) -> None:
    """Refuse a first word that is meant as a command and is none: it is no folder, and no level follows it.

    Raises
    ------
    InputError
        64, with the command that is nearest.
    """
    first = words[0] if words else "-"
    known = (*COMMANDS, *SCHEDULERS.names)
    if first.startswith("-") or first in known or Path(first).exists() or set(words) & {*LEVELS, *LEVELS_2}:
        return
    n_leading = next((k for k, word in enumerate(words) if word.startswith("-")), len(words))
    if n_leading < _POSITIONAL or get_close_matches(first, known, n=1, cutoff=0.7):
        raise InputError("command line", f"the command {first!r} is unknown, and no folder has that name",
                         did_you_mean(first, known), Exit.USAGE)  # fmt: skip


def _require_models(value: str | None) -> None:
    """`--models` has no default yet."""
    if not value:
        raise InputError("--models", "is required", "give a model set: a TOML file, or the name demo", Exit.USAGE)


def merged(given: Given) -> Given:
    """Add what `--config` sets, which the command line overrules, and the labels that stand in files."""
    file = given.options.get("config")
    options = {**(read_config(file) if file else {}), **given.options}
    labels = {k: listed_labels(BY_NAME[k], v) for k, v in options.items() if BY_NAME[k].label}
    return replace(given, options={**options, **labels})


def settings_of(given: Given) -> Settings:
    """Fill in the defaults of what neither the command line nor `--config` sets (`merged`)."""
    options = {**default_work(given.output_dir), **given.options}
    settings = Settings(bids_dir=given.bids_dir, output_dir=given.output_dir, level=given.level, **options)
    if settings.level == "participant":
        _require_models(settings.models)
    return settings


def with_config(given: Given) -> Settings:
    """Fill in what `--config` sets, then the defaults."""
    return settings_of(merged(given))
