"""THE list of options: the fields of `Settings`. The parser, `--config`, boutiques.json, docs, methods text and cache
keys read it here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from importlib.resources import files
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from bids_vlint.errors import Exit, InputError, did_you_mean
from bids_vlint.files.toml_file import is_toml_path, read_toml
from bids_vlint.log import logger

Level = Literal["participant", "group"]
LEVELS: tuple[Level, ...] = get_args(Level)
# What BIDS-Apps 2.0 (a draft) calls them.
LEVELS_2: dict[str, Level] = {"subject": "participant", "dataset": "group"}


@dataclass(frozen=True)
class Option:
    """One option: what stands in the annotation of its field in `Settings`, and what the field itself says.

    Attributes
    ----------
    help : str
        What it does, in one sentence.
    group : str
        The heading it stands under.
    label : str | None
        The BIDS entity whose prefix its values may carry.
    changes_results : bool
        Whether other values give other numbers (such options are compared when results are reused).
    command : bool
        Whether it is said of one run (replace, stop): it is not saved, and no settings file says it.
    tests_only : bool
        Whether it concerns tests and reports alone: results of other values are made again from what is kept, and
        replaced without `--overwrite`.
    short : str | None
        A one-letter flag.
    minimum, above, below : float | None
        The least allowed value; values that it must exceed, and stay below.
    pattern : str | None
        A regular expression that the value matches as a whole; `metavar` says it in words.
    metavar : str | None
        What the value is called in the help.
    name : str
        The field's: its name in TOML and in code; the flag is `--` and the name with dashes.
    type : type
        The field's: str, int, float, bool or Path.
    default : Any
        The field's: its value when not given; a tuple for an option of several values.
    choices : tuple
        The field's, of a `Literal`: the allowed values, if they are few.
    ordered : bool
        Whether the order of its several values counts.
    several : bool
        The field's, of a tuple: whether it takes several values.
    """

    help: str
    group: str
    label: str | None = None
    changes_results: bool = False
    command: bool = False
    tests_only: bool = False
    short: str | None = None
    minimum: float | None = None
    above: float | None = None
    below: float | None = None
    pattern: str | None = None
    metavar: str | None = None
    name: str = ""
    type: type = str
    default: Any = None
    choices: tuple[str, ...] = ()
    several: bool = False
    ordered: bool = False

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


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The value of every option, plus bids_dir, output_dir and level."""

    bids_dir: Path
    output_dir: Path
    level: Level = "participant"

    participant_label: Annotated[
        tuple[str, ...],
        Option(
            "participants to analyse, with or without sub-; what holds a dot or a slash, here and for sessions, tasks "
            "and runs, is a file with a label on each line",
            SELECT,
            label="sub",
            metavar="LABEL",
        ),
    ] = ()
    session_label: Annotated[
        tuple[str, ...], Option("sessions to analyse, with or without ses-", SELECT, label="ses", metavar="LABEL")
    ] = ()
    task: Annotated[
        tuple[str, ...], Option("tasks to analyse, with or without task-", SELECT, label="task", metavar="LABEL")
    ] = ()
    run: Annotated[
        tuple[str, ...],
        Option(
            "runs to analyse, with or without run-; compared as numbers (01 = 1)", SELECT, label="run", metavar="INDEX"
        ),
    ] = ()
    bids_filter_file: Annotated[
        Path | None,
        Option('JSON file of pybids filters for the recordings, {"ieeg": {entity: value}}', SELECT, metavar="FILE"),
    ] = None
    bids_database_dir: Annotated[
        Path | None, Option("folder of a pybids database, made there if absent and reused later", SELECT, metavar="DIR")
    ] = None
    skip_bids_validation: Annotated[bool, Option("do not run the BIDS validator on BIDS_DIR", SELECT)] = False
    models: Annotated[
        str | None,
        Option(
            "model set: a TOML file (ends in .toml or holds a slash) or the name of a built-in set",
            MODELS,
            changes_results=True,
            tests_only=True,  # by its name: the networks in it are compared one by one
            metavar="FILE|NAME",
        ),
    ] = None
    models_dir: Annotated[
        Path | None,
        Option("folder where weights are looked for after the model set's own folder", MODELS, metavar="DIR"),
    ] = None
    stimuli: Annotated[
        Path | None,
        Option(
            "TOML file that says which film and transcript belong to which recordings",
            MODELS,
            changes_results=True,
            metavar="FILE",
        ),
    ] = None
    context: Annotated[
        str,
        Option(
            "text at an event: the sentence up to and including the word (to-word), the whole sentence "
            "(sentence, as published: words not yet spoken enter), or the word and this many words before it",
            MODELS,
            changes_results=True,
            pattern="to-word|sentence|0|[1-9][0-9]*",
            metavar="to-word|sentence|N",
        ),
    ] = "to-word"
    allow_language_mismatch: Annotated[
        bool, Option("let networks read texts in a language that they do not know", MODELS, changes_results=True)
    ] = False
    alignment: Annotated[
        tuple[Literal["language", "vision"], ...],
        Option("events to analyse: word onsets (language), scene cuts (vision), or both", MODELS, changes_results=True),
    ] = ("language", "vision")
    reference: Annotated[
        Literal["none", "average", "laplacian", "bipolar"],
        Option(
            "reference of the signals: as recorded (none), common average of one device, mean of the "
            "two neighbours on the shaft (laplacian), or neighbouring pairs (bipolar)",
            SIGNAL,
            changes_results=True,
        ),
    ] = "none"
    band: Annotated[
        Literal["broadband", "high-gamma"],
        Option("broadband voltage, or the log envelope of 70 to 150 Hz (high-gamma)", SIGNAL, changes_results=True),
    ] = "broadband"
    high_pass: Annotated[
        float,
        Option(
            "cutoff in Hz of the zero-phase high-pass that takes drift out",
            SIGNAL,
            above=0,
            changes_results=True,
            metavar="HZ",
        ),
    ] = 0.1
    fit: Annotated[
        Literal["session", "run"],
        Option(
            "one fit for the runs of a session and task that share their channels (session), or one for each run (run)",
            STATS,
            changes_results=True,
        ),
    ] = "session"
    n_bootstraps: Annotated[
        int,
        Option(
            "resamples for the intervals of the scores, and for the refitting bootstrap of the published tests",
            STATS,
            minimum=1,
            changes_results=True,
            metavar="N",
        ),
    ] = 1000
    inference: Annotated[
        tuple[Literal["calibrated", "published"], ...],
        Option(
            "tests: calibrated (cross-fitted, against shifted responses), published (the rule of the "
            "paper, whose error rates are not what they say), or both",
            STATS,
            changes_results=True,
            tests_only=True,
        ),
    ] = ("calibrated",)
    bins: Annotated[
        str,
        Option(
            "seconds after onset that count in the calibrated tests, in windows of 0.2 s one after the "
            "other (networks are chosen by 0 to 2 s where these are among its windows); before onset write --bins=-1:0",
            STATS,
            changes_results=True,
            tests_only=True,
            pattern=r"-?\d+(\.\d+)?:-?\d+(\.\d+)?",
            metavar="FROM:TO",
        ),
    ] = "0:2"
    q: Annotated[
        float,
        Option(
            "level of false discoveries: a test is passed where its corrected p, its q, is at most this",
            STATS,
            above=0,
            below=1,
            changes_results=True,
            tests_only=True,
            metavar="Q",
        ),
    ] = 0.05
    smallest_effect: Annotated[
        float,
        Option(
            "difference in held-out r that calibrated tests are made against: an electrode passes where its difference "
            "is larger than this",
            STATS,
            minimum=0,
            changes_results=True,
            tests_only=True,
            metavar="R",
        ),
    ] = 0.0
    atlas: Annotated[
        tuple[str, ...],
        Option(
            "atlases of which the first that has labels gives the regions, by its column in electrodes.tsv, else the "
            "participant's own volume (--fs-subjects-dir), else its image at the MNI152 coordinates: dkt, desikan, "
            "destrieux, region, label, aal, harvard_oxford, one of another package, or a NIfTI of labels in MNI152 "
            "space (FILE.nii.gz beside FILE.tsv, .txt or .json); by default the first column of any, else the first "
            "volume, else the first image; labels of further ones that are named stand beside",
            STATS,
            changes_results=True,
            tests_only=True,
            ordered=True,
            metavar="NAME|FILE",
        ),
    ] = ()
    fs_subjects_dir: Annotated[
        Path | None,
        Option(
            "FreeSurfer's subjects folder: coordinates in ACPC or ScanRAS are labelled in the participant's own volume "
            "there (sub-LABEL or LABEL, mri/aparc*+aseg.mgz), and brought to MNI152 by its talairach.xfm",
            STATS,
            metavar="DIR",
        ),
    ] = None
    transform: Annotated[
        str | None,
        Option(
            "file of a linear transform of coordinates that are in no standard space, {subject} and {session} standing "
            "for labels: 4 x 4 numbers (mm to mm), .xfm, or ITK's affine; it leads to MNI152, or to the frame that "
            "to-NAME in its name says",
            STATS,
            metavar="FILE",
        ),
    ] = None
    n_shifts: Annotated[
        int,
        Option(
            "circular shifts of the responses that calibrated p-values come from; 0: the corrected t instead",
            STATS,
            minimum=0,
            changes_results=True,
            metavar="N",
        ),
    ] = 40
    width: Annotated[
        Literal["equal", "raw"],
        Option(
            "equal: features are cut to as many principal components as the narrowest modality has "
            "columns; raw: as they are (the published tests always are)",
            STATS,
            changes_results=True,
        ),
    ] = "equal"
    on_low_level: Annotated[
        bool,
        Option(
            "compare networks on top of the low-level features: each is joined with them", STATS, changes_results=True
        ),
    ] = False
    without_low_level: Annotated[
        tuple[str, ...],
        Option(
            "families of low-level features to leave out (cuts, envelope, mel, phonemes, picture, pitch, "
            "sentence_onset, surprisal, word_form, word_onset); what is left out is not controlled for",
            STATS,
            changes_results=True,
            metavar="FAMILY",
        ),
    ] = ()
    seed: Annotated[int, Option("seed of everything random", STATS, minimum=0, changes_results=True, metavar="N")] = 0
    device: Annotated[
        str,
        Option(
            "device that runs the networks and computes the regressions: auto, cpu, cuda, cuda:1, mps (networks alone)",
            RUN,
            metavar="NAME",
        ),
    ] = "auto"
    precision: Annotated[
        Literal["float32", "tf32", "bf16"],
        Option(
            "arithmetic of the networks; tf32 and bf16 are quicker on a GPU and less exact", RUN, changes_results=True
        ),
    ] = "float32"
    offline: Annotated[bool, Option("refuse every connection to another machine", RUN)] = False
    nprocs: Annotated[int, Option("processors to use; results do not depend on it", RUN, minimum=1, metavar="N")] = 1
    mem_gb: Annotated[float | None, Option("memory to stay within, in gigabytes", RUN, above=0, metavar="GB")] = None
    dask_scheduler: Annotated[
        str | None,
        Option(
            "address of a Dask scheduler (tcp://HOST:PORT) on whose workers participants are analysed, cut into fits, "
            "alignments and networks; features are made where the command runs; results do not depend on it",
            RUN,
            command=True,
            metavar="ADDRESS",
        ),
    ] = None
    work_dir: Annotated[
        Path,
        Option(
            "folder for what is kept between runs (features, and the stages of each fit); in a container, where the "
            "current folder is lost, work in OUTPUT_DIR unless it is given",
            RUN,
            short="w",
            metavar="DIR",
        ),
    ] = Path("work")
    config: Annotated[
        Path | None,
        Option(
            "TOML file with any of these options, or the name of one that comes with the program (paper: the settings "
            "of the published study); the command line overrules it",
            RUN,
            metavar="FILE|NAME",
        ),
    ] = None
    stop_after: Annotated[
        Literal["events", "responses", "features", "encoding"] | None,
        Option(
            "make the stages up to this one, keep them in the work folder, and stop: no results are written",
            RUN,
            command=True,
        ),
    ] = None
    dry_run: Annotated[
        bool, Option("say what would be run, with counts of events, channels and targets, and stop", RUN, command=True)
    ] = False
    verbose: Annotated[bool, Option("say more, and show tracebacks", RUN)] = False
    save_responses: Annotated[bool, Option("also write the electrodes' responses to every event", OUT)] = False
    between_brains: Annotated[
        bool,
        Option(
            "at the group level: how well other participants' electrodes predict each electrode at the same time of "
            "the film, and what networks reach of that (needs responses that were saved; minutes)",
            OUT,
        ),
    ] = False
    overwrite: Annotated[
        bool, Option("replace results made with other settings or from other input", OUT, command=True)
    ] = False


def _options() -> Iterator[Option]:
    """The option of every field that has one, with what its annotation and default say."""
    hints = get_type_hints(Settings, include_extras=True)
    for field in fields(Settings):
        if get_origin(hints[field.name]) is Annotated:
            kind, option = get_args(hints[field.name])
            # tuple[X, ...] and X | None hold X
            inner = get_args(kind)[0] if get_origin(kind) in (tuple, Union, UnionType) else kind
            choices = get_args(inner) if get_origin(inner) is Literal else ()
            yield replace(option, name=field.name, type=str if choices else inner, default=field.default,
                          choices=choices, several=get_origin(kind) is tuple)  # fmt: skip


OPTIONS: tuple[Option, ...] = tuple(_options())
BY_NAME: dict[str, Option] = {o.name: o for o in OPTIONS}


def _strip_prefix(value: str, entity: str) -> str:
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
    if option.below is not None and not value < option.below:
        raise InputError(name, f"{value} is not below {option.below:g}", f"give less than {option.below:g}", code)
    return _strip_prefix(value, option.label) if option.label else value


def built_in_settings() -> dict[str, Path]:
    """Settings that come with the program: name -> TOML file."""
    folder = Path(str(files("bids_vlint") / "data" / "settings"))
    return {p.stem: p for p in sorted(folder.glob("*.toml"))}


def read_config(file: Path) -> dict[str, Any]:
    """Read a `--config` file: the options it sets.

    Parameters
    ----------
    file : Path
        A name without a slash and without `.toml` is that of settings that come with the program.

    Raises
    ------
    InputError
        Where it is not there (66), is no TOML, or sets an unknown option or value (65); 64 for a name that none has.
    """
    if not is_toml_path(str(file)) and not file.is_file():
        if str(file) not in (known := built_in_settings()):
            raise InputError(f"--config {file}", "names no settings that come with the program",
                             did_you_mean(str(file), known), Exit.USAGE)  # fmt: skip
        file = known[str(file)]
    table = read_toml(file, "settings file")
    values = {}
    for key, value in table.items():
        name = key.replace("-", "_")
        if name not in BY_NAME or name == "config":
            raise InputError(file, f"sets an unknown option {key!r}", did_you_mean(name, BY_NAME))
        values[name] = checked(BY_NAME[name], value, str(file), Exit.DATA)
    return {name: value for name, value in values.items() if not _is_command(file, BY_NAME[name], value)}


def _is_command(file: Path, option: Option, value: Any) -> bool:
    """Whether a line of a settings file is to be passed over, since it is a command and not a setting.

    Earlier versions saved all options. That a run was to overwrite holds for that run alone; a run that was to stop
    early leaves no such file, so that a person wrote it.
    """
    if not option.command:
        return False
    if value != option.default:
        if option.name != "overwrite":
            raise InputError(file, f"sets {option.name}, which is a command and not a setting",
                             f"take it out, and give {option.flag} on the command line")  # fmt: skip
        logger.warning("%s: overwrite is a command and not a setting: it is passed over; give --overwrite if "
                       "results are to be replaced.", file)  # fmt: skip
    return True


def as_toml(settings: Settings) -> dict[str, Any]:
    """The settings as TOML values that `--config` takes back: paths absolute, without what is not set, and without
    commands."""
    table: dict[str, Any] = {}
    for option in OPTIONS:
        value = getattr(settings, option.name)
        if value is None or option.name == "config" or option.command:
            continue
        if isinstance(value, tuple):
            value = list(value)
        if isinstance(value, Path):
            value = str(value.absolute())
        table[option.name] = value
    if settings.models and is_toml_path(settings.models):
        table["models"] = str(Path(settings.models).absolute())
    return table


def results_key(settings: Settings) -> dict[str, Any]:
    """The settings that other numbers depend on; files by name only (their content is compared apart)."""
    key: dict[str, Any] = {}
    for option in OPTIONS:
        if option.changes_results:
            value = getattr(settings, option.name)
            if isinstance(value, tuple):
                value = list(value) if option.ordered else sorted(value)
            if option.name in ("models", "stimuli"):
                value = Path(value).name if value is not None else None
            key[option.name] = value
    return key
