"""Many files that change together: whoever looks finds all the old ones or all the new ones, also after a kill.

New files are written to a hidden folder beside the old ones. Once all are there, a journal says which take which place
and which go; that is the moment of the change. Then they are renamed. A run that was killed before it leaves the old
files as they were; one that was killed after it is finished by the next that looks.
"""

from __future__ import annotations

import filecmp
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp

from bids_vlint.errors import InputError
from bids_vlint.files.atomic import cannot_write
from bids_vlint.files.json_file import read_object, write_json
from bids_vlint.files.lock import held, sharing
from bids_vlint.log import logger

_JOURNAL, _LOGS, _STANDING = "journal.json", "logs", ".results"


@dataclass
class Exchange:
    """An exchange that is being prepared.

    Attributes
    ----------
    folder : Path
        Where new files are written, under the names that they will have in the folder of the old ones.
    gone : set of Path
        Old files that go, unless a new one takes their place.
    """

    folder: Path
    gone: set[Path] = field(default_factory=set)


@contextmanager
def claimed(out: Path, label: str) -> Iterator[None]:
    """Be the only one who works on the files of a label while the body runs; what killed runs left is finished first.

    Parameters
    ----------
    out : Path
    label : str
        Whose files they are (a participant: sub-01).

    Raises
    ------
    InputError
        Another works on them (75), or nothing can be written (73, 74).
    """
    with held(lock_of(out, label), f"{label} in {out}"):
        finish_left(out, label)
        yield


def lock_of(out: Path, label: str) -> Path:
    """The file that says who works on the files of a label."""
    return out / _LOGS / f".{label}.lock"


@contextmanager
def as_they_stand(out: Path) -> Iterator[None]:
    """Read what stands in a folder: no file changes while the body runs."""
    with sharing(out / _LOGS / _STANDING):
        yield


@contextmanager
def exchanged(out: Path, label: str) -> Iterator[Exchange]:
    """Yield an exchange of files of `out`; it takes place when the body ends well, and leaves nothing otherwise.

    The label has to be `claimed`. Files whose content stays are not touched.

    Parameters
    ----------
    out : Path
    label : str
        Whose files they are.

    Raises
    ------
    InputError
        Files cannot be made (73) or written (74).
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        folder = Path(mkdtemp(prefix=f".{label}.", suffix=".new", dir=out))
    except OSError as error:
        raise cannot_write(out, error) from error
    try:
        exchange = Exchange(folder)
        yield exchange
        _decide(out, exchange)
        _apply(out, folder)
    finally:
        if not (folder / _JOURNAL).is_file():  # what was decided is finished later
            shutil.rmtree(folder, ignore_errors=True)


def finish_left(out: Path, label: str) -> None:
    """Finish what killed runs had decided to change, and throw away what they had only begun.

    Parameters
    ----------
    out : Path
    label : str
        Whose files; it has to be `claimed`.
    """
    for folder in sorted(out.glob(f".{label}.*.new")):
        if (folder / _JOURNAL).is_file():
            _apply(out, folder)
        shutil.rmtree(folder, ignore_errors=True)


def finish_all(out: Path) -> None:
    """As `finish_left`, of everybody; what another run is at work on stays."""
    for label in sorted({folder.name[1:].split(".")[0] for folder in out.glob(".*.new")}):
        with suppress(InputError), claimed(out, label):
            logger.debug("%s: what a run had left is finished or taken away", label)


def _decide(out: Path, exchange: Exchange) -> None:
    """Write the journal, if anything changes."""
    folder = exchange.folder
    new = sorted(f.relative_to(folder) for f in folder.rglob("*") if f.is_file())
    changed = [f for f in new if not (out / f).is_file() or not filecmp.cmp(out / f, folder / f, shallow=False)]
    gone = sorted({f.relative_to(out) for f in exchange.gone} - set(new))
    if changed or gone:
        write_json(folder / _JOURNAL, {"new": list(map(str, changed)), "gone": list(map(str, gone))})


def _decided(journal: Path) -> tuple[list[str], list[str]]:
    """What a journal says: new files, and those that go. One that cannot be read, or names files elsewhere, says
    nothing: results that are not whole then are made again."""
    try:
        content = read_object(journal)
        new, gone = ([str(Path(name)) for name in content[key]] for key in ("new", "gone"))
    except (InputError, KeyError, TypeError):
        return [], []
    inside = all(not Path(name).is_absolute() and ".." not in Path(name).parts for name in (*new, *gone))
    return (new, gone) if inside else ([], [])


def _apply(out: Path, folder: Path) -> None:
    """Do what the journal says, as far as it is not done, while nobody reads."""
    journal = folder / _JOURNAL
    if not journal.is_file():
        return
    new, gone = _decided(journal)
    try:
        with sharing(out / _LOGS / _STANDING, change=True):
            for name in new:
                (out / name).parent.mkdir(parents=True, exist_ok=True)
                if (folder / name).is_file():
                    os.replace(folder / name, out / name)
            for name in gone:
                (out / name).unlink(missing_ok=True)
            journal.unlink(missing_ok=True)
    except OSError as error:
        raise cannot_write(out, error) from error
