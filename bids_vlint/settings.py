"""THE list of options. The parser, `--config` TOML, boutiques.json, docs, methods text and cache keys read it here."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

from bids_vlint.errors import Exit, InputError, did_you_mean
from bids_vlint.files.toml_file import read_toml

Level = Literal["participant", "group"]
LEVELS: tuple[Level, ...] = ("participant", "group")


@dataclass(frozen=True)
class Option:
    """One option.

    Attributes
    ----------
    name : str
        Its name in TOML and in code; the flag is `--` and the name with dashes.
    type : type
        str, int, float, bool or Path.
    help : str
        What it does, in one sentence.
    group : str
        The heading it stands under.
    default : Any
        Its value when not given; a tuple for an option of several values.
    choices : tuple
        The allowed values, if they are few.
    several : bool
        Whether it takes several values.
    label : str | None
        The BIDS entity whose prefix its values may carry.
    changes_results : bool
        Whether other values give other numbers (such options are compared when results are reused).
    short : str | None
        A one-letter flag.
    minimum, above : float | None
        The least allowed value; a value it must exceed.
    pattern : str | None
        A regular expression that the value matches as a whole; `metavar` says it in words.
    metavar : str | None
        What the value is called in the help.
    """

    name: str
    type: type
    help: str
    group: str
    default: Any = None
    choices: tuple[str, ...] = ()
    several: bool = False
    label: str | None = None
    changes_results: bool = False
    short: str | None = None
    minimum: float | None = None
    above: float | None = None
    pattern: str | None = None
    metavar: str | None = None

    @property
    def flag(self) -> str:
        """The long flag."""
        return "--" + self.name.replace("_", "-")


SELECT, MODELS, SIGNAL, STATS, RUN, OUT = (
    "What is analysed",
    "Networks and stimuli",
    "Signals",
    "Statistics",
    "How it runs",
    "Output",
)

OPTIONS: tuple[Option, ...] = (
    Option("participant_label", str, "participants to analyse, with or without sub-", SELECT, (), several=True,
           label="sub", metavar="LABEL"),
    Option("session_label", str, "sessions to analyse, with or without ses-", SELECT, (), several=True, label="ses",
           metavar="LABEL"),
    Option("task", str, "tasks to analyse, with or without task-", SELECT, (), several=True, label="task",
           metavar="LABEL"),
    Option("run", str, "runs to analyse, with or without run-; compared as numbers (01 = 1)", SELECT, (), several=True,
           label="run", metavar="INDEX"),
    Option("bids_filter_file", Path, "JSON file of pybids filters for the recordings, {\"ieeg\": {entity: value}}",
           SELECT, metavar="FILE"),
    Option("bids_database_dir", Path, "folder of a pybids database, made there if absent and reused later", SELECT,
           metavar="DIR"),
    Option("skip_bids_validation", bool, "do not run the BIDS validator on BIDS_DIR", SELECT, False),
    Option("models", str, "model set: a TOML file (ends in .toml or holds a slash) or the name of a built-in set",
           MODELS, changes_results=True, metavar="FILE|NAME"),
    Option("models_dir", Path, "folder where weights are looked for after the model set's own folder", MODELS,
           metavar="DIR"),
    Option("stimuli", Path, "TOML file that says which film and transcript belong to which recordings", MODELS,
           changes_results=True, metavar="FILE"),
    Option("context", str, "text at an event: the sentence up to and including the word (to-word), the whole sentence "
           "(sentence, as published: words not yet spoken enter), or the word and this many words before it", MODELS,
           "to-word", changes_results=True, pattern="to-word|sentence|0|[1-9][0-9]*", metavar="to-word|sentence|N"),
    Option("allow_language_mismatch", bool, "let networks read texts in a language that they do not know", MODELS,
           False, changes_results=True),
    Option("alignment", str, "events to analyse: word onsets (language), scene cuts (vision), or both", MODELS,
           ("language", "vision"), choices=("language", "vision"), several=True, changes_results=True),
    Option("reference", str, "reference of the signals: as recorded (none), common average of one device, mean of the "
           "two neighbours on the shaft (laplacian), or neighbouring pairs (bipolar)", SIGNAL, "none",
           choices=("none", "average", "laplacian", "bipolar"), changes_results=True),
    Option("band", str, "broadband voltage, or the log envelope of 70 to 150 Hz (high-gamma)", SIGNAL, "broadband",
           choices=("broadband", "high-gamma"), changes_results=True),
    Option("high_pass", float, "cutoff in Hz of the zero-phase high-pass that takes drift out", SIGNAL, 0.1, above=0,
           changes_results=True, metavar="HZ"),
    Option("fit", str, "one fit for the runs of a session and task that share their channels (session), or one for "
           "each run (run)", STATS, "session", choices=("session", "run"), changes_results=True),
    Option("n_bootstraps", int, "resamples for the intervals of the scores, and for the refitting bootstrap of the "
           "published tests", STATS, 1000, minimum=1,
           changes_results=True, metavar="N"),
    Option("inference", str, "tests: calibrated (cross-fitted, against shifted responses), published (the rule of the "
           "paper, whose error rates are not what they say), or both", STATS, ("calibrated",),
           choices=("calibrated", "published"), several=True, changes_results=True),
    Option("bins", str, "seconds after onset that count in the calibrated tests, in windows of 0.2 s one after the "
           "other; before onset write --bins=-1:0", STATS, "0:2", changes_results=True,
           pattern=r"-?\d+(\.\d+)?:-?\d+(\.\d+)?", metavar="FROM:TO"),
    Option("n_shifts", int, "circular shifts of the responses that calibrated p-values come from; 0: the corrected t "
           "instead", STATS, 40, minimum=0, changes_results=True, metavar="N"),
    Option("width", str, "equal: features are cut to as many principal components as the narrowest modality has "
           "columns; raw: as they are (the published tests always are)", STATS, "equal", choices=("equal", "raw"),
           changes_results=True),
    Option("on_low_level", bool, "compare networks on top of the low-level features: each is joined with them", STATS,
           False, changes_results=True),
    Option("seed", int, "seed of everything random", STATS, 0, minimum=0, changes_results=True, metavar="N"),
    Option("device", str, "device that runs the networks: auto, cpu, cuda, cuda:1, mps", RUN, "auto", metavar="NAME"),
    Option("precision", str, "arithmetic of the networks; tf32 and bf16 are quicker on a GPU and less exact", RUN,
           "float32", choices=("float32", "tf32", "bf16"), changes_results=True),
    Option("offline", bool, "refuse every connection to another machine", RUN, False),
    Option("nprocs", int, "processors to use; results do not depend on it", RUN, 1, minimum=1, metavar="N"),
    Option("mem_gb", float, "memory to stay within, in gigabytes", RUN, above=0, metavar="GB"),
    Option("work_dir", Path, "folder for what is kept between runs (features)", RUN, Path("work"), short="w",
           metavar="DIR"),
    Option("config", Path, "TOML file with any of these options; the command line overrules it", RUN, metavar="FILE"),
    Option("dry_run", bool, "say what would be run, with counts of events, channels and targets, and stop", RUN, False),
    Option("verbose", bool, "say more, and show tracebacks", RUN, False),
    Option("save_responses", bool, "also write the electrodes' responses to every event", OUT, False),
    Option("overwrite", bool, "replace results made with other settings or from other input", OUT, False),
)  # fmt: skip

BY_NAME: dict[str, Option] = {o.name: o for o in OPTIONS}


class Settings(SimpleNamespace):
    """The value of every option, plus bids_dir, output_dir and level."""

    bids_dir: Path
    output_dir: Path
    level: Level
    participant_label: tuple[str, ...]
    session_label: tuple[str, ...]
    task: tuple[str, ...]
    run: tuple[str, ...]
    bids_filter_file: Path | None
    bids_database_dir: Path | None
    skip_bids_validation: bool
    models: str | None
    models_dir: Path | None
    stimuli: Path | None
    context: str
    allow_language_mismatch: bool
    alignment: tuple[str, ...]
    reference: str
    band: str
    high_pass: float
    fit: str
    n_bootstraps: int
    inference: tuple[str, ...]
    bins: str
    n_shifts: int
    width: str
    on_low_level: bool
    seed: int
    device: str
    precision: str
    offline: bool
    nprocs: int
    mem_gb: float | None
    work_dir: Path
    config: Path | None
    dry_run: bool
    verbose: bool
    save_responses: bool
    overwrite: bool


def strip_prefix(value: str, entity: str) -> str:
    """`sub-01` and `01` are the same label."""
    return value.removeprefix(f"{entity}-")


def checked(option: Option, value: Any, where: str, code: Exit) -> Any:
    """The value of an option in its own type.

    Raises
    ------
    InputError
        Where the value is of another type, is not among the choices, or is out of range.
    """
    if option.several:
        values = list(value) if isinstance(value, list | tuple) else [value]
        single = [_one(option, v, where, code) for v in values]
        return tuple(dict.fromkeys(single))
    return _one(option, value, where, code)


def _one(option: Option, value: Any, where: str, code: Exit) -> Any:
    name = f"{where}: {option.name}" if code == Exit.DATA else option.flag
    if option.type is bool:
        if not isinstance(value, bool):
            raise InputError(name, f"{value!r} is not true or false", "write true or false", code)
        return value
    if option.type in (int, float) and isinstance(value, bool):
        raise InputError(name, f"{value!r} is not a number", "write a number", code)
    as_text = option.label or option.pattern
    if option.type is str and isinstance(value, int | float) and not isinstance(value, bool) and as_text:
        value = str(value)
    if option.type in (int, float) and not isinstance(value, int | float | str):
        raise InputError(name, f"{value!r} is not a number", "write a number", code)
    if option.type in (str, Path) and not isinstance(value, str | Path):
        raise InputError(name, f"{value!r} is not text", "put it in quotes", code)
    try:
        number = float(value) if option.type is int else None
        if number is not None and number != int(number):
            raise ValueError
        value = option.type(value) if option.type is not int else int(float(value))
    except (TypeError, ValueError, OverflowError):
        kind = "a whole number" if option.type is int else "a number"
        raise InputError(name, f"{value!r} is not {kind}", f"write {kind}", code) from None
    if option.choices and value not in option.choices:
        raise InputError(name, f"{value!r} is unknown", did_you_mean(value, option.choices), code)
    if option.pattern and not re.fullmatch(option.pattern, value):
        raise InputError(name, f"{value!r} is unknown", f"give one of {option.metavar}", code)
    if option.minimum is not None and value < option.minimum:
        raise InputError(name, f"{value} is below {option.minimum:g}", f"give {option.minimum:g} or more", code)
    if option.type is float and not math.isfinite(value):
        raise InputError(name, f"{value} is not a finite number", "write a number", code)
    if option.above is not None and not value > option.above:
        raise InputError(name, f"{value} is not above {option.above:g}", f"give more than {option.above:g}", code)
    return strip_prefix(value, option.label) if option.label else value


def read_config(file: Path) -> dict[str, Any]:
    """Read a `--config` file: the options it sets.

    Raises
    ------
    InputError
        Where it is not there (66), is no TOML, or sets an unknown option or value (65).
    """
    table = read_toml(file, "settings file")
    values = {}
    for key, value in table.items():
        name = key.replace("-", "_")
        if name not in BY_NAME or name == "config":
            raise InputError(file, f"sets an unknown option {key!r}", did_you_mean(name, BY_NAME))
        values[name] = checked(BY_NAME[name], value, str(file), Exit.DATA)
    return values


def defaults() -> dict[str, Any]:
    """Every option at its default."""
    return {o.name: o.default for o in OPTIONS}


def as_toml(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The options as TOML values that `--config` takes back (paths absolute; what is not set is left out)."""
    table: dict[str, Any] = {}
    for option in OPTIONS:
        value = settings.get(option.name)
        if value is None or option.name == "config":
            continue
        if isinstance(value, tuple):
            value = list(value)
        if isinstance(value, Path):
            value = str(value.absolute())
        table[option.name] = value
    models = settings.get("models")
    if models and is_file_value(models):
        table["models"] = str(Path(models).absolute())
    return table


def is_file_value(value: str) -> bool:
    """Whether `--models` names a file rather than a built-in set."""
    return value.endswith(".toml") or "/" in value


def results_key(settings: Settings) -> dict[str, Any]:
    """The settings that other numbers depend on; files by name only (their content is compared apart)."""
    key: dict[str, Any] = {}
    for option in OPTIONS:
        if option.changes_results:
            value = getattr(settings, option.name)
            if isinstance(value, tuple):
                value = sorted(value)
            if option.name in ("models", "stimuli"):
                value = Path(value).name if value is not None else None
            key[option.name] = value
    return key
