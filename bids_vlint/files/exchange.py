"""Many files that change together: whoever looks finds all the old ones or all the new ones, also after a kill.

New files are written to a hidden folder beside the old ones. Once all are there, a journal says which take which place
and which go; that is the moment of the change. Then they are renamed. A run that was killed before it leaves the old
files as they were; one that was killed after it is finished by the next that looks.
"""

from __future__ import annotations

import filecmp
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp

from bids_vlint.files.atomic import cannot_write
from bids_vlint.files.json_file import write_json

_JOURNAL, _LOCK = "journal.json", "lock"


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
def exchanged(out: Path, label: str) -> Iterator[Exchange]:
    """Yield an exchange of files of `out`; it takes place when the body ends well, and leaves nothing otherwise.

    What killed runs left under the same label is finished or thrown away first. Files whose content stays are not
    touched.

    Parameters
    ----------
    out : Path
    label : str
        Whose files they are (a participant).

    Raises
    ------
    InputError
        Files cannot be made (73) or written (74).
    """
    from filelock import FileLock

    finish_left(out, label)
    try:
        out.mkdir(parents=True, exist_ok=True)
        folder = Path(mkdtemp(prefix=f".{label}.", suffix=".new", dir=out))
        lock = FileLock(folder / _LOCK)
        lock.acquire()
    except OSError as error:
        raise cannot_write(out, error) from error
    try:
        exchange = Exchange(folder)
        yield exchange
        _decide(out, exchange)
        try:
            _apply(out, folder)
        except OSError as error:
            raise cannot_write(out, error) from error
    finally:
        if not (folder / _JOURNAL).is_file():  # what was decided is finished later
            shutil.rmtree(folder, ignore_errors=True)
        lock.release()


def finish_left(out: Path, label: str = "*") -> None:
    """Finish what killed runs had decided to change, and throw away what they had only begun.

    Parameters
    ----------
    out : Path
    label : str
        Whose files; everybody's by default. What another run is at work on stays.
    """
    from filelock import FileLock, Timeout

    for folder in sorted(out.glob(f".{label}.*.new")):
        lock = FileLock(folder / _LOCK, timeout=0)
        try:
            lock.acquire()
        except (Timeout, OSError):
            continue
        try:
            if (folder / _JOURNAL).is_file():
                _apply(out, folder)
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            lock.release()


def _decide(out: Path, exchange: Exchange) -> None:
    """Write the journal, if anything changes."""
    folder = exchange.folder
    new = sorted(f.relative_to(folder) for f in folder.rglob("*") if f.is_file() and f != folder / _LOCK)
    changed = [f for f in new if not (out / f).is_file() or not filecmp.cmp(out / f, folder / f, shallow=False)]
    gone = sorted({f.relative_to(out) for f in exchange.gone} - set(new))
    if changed or gone:
        write_json(folder / _JOURNAL, {"new": list(map(str, changed)), "gone": list(map(str, gone))})


def _apply(out: Path, folder: Path) -> None:
    """Do what the journal says, as far as it is not done."""
    journal = folder / _JOURNAL
    if not journal.is_file():
        return
    content = json.loads(journal.read_text(encoding="utf-8"))
    for name in content["new"]:
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        if (folder / name).is_file():
            os.replace(folder / name, out / name)
    for name in content["gone"]:
        (out / name).unlink(missing_ok=True)
    journal.unlink()
