"""`models.lock`: source, revision, SHA-256 and size of every file that was fetched. It can be shared.

A lock in an otherwise empty folder has the same files fetched as on the machine that it comes from.
"""

from __future__ import annotations

import hashlib
import os
import tomllib
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import tomli_w

from bids_vlint.errors import Exit, InputError

LOCK = "models.lock"
_HEADER = (
    "# Written by `bids_vlint models fetch`. Put into another folder, it has the same files fetched there;\n"
    "# content that differs from what it says is refused.\n\n"
)


@dataclass(frozen=True)
class Entry:
    """What is known of a file.

    Attributes
    ----------
    source : str
        Its URL, or `hub:OWNER/NAME`.
    revision : str | None
        Commit of the hub's repository.
    sha256 : str | None
        None where it was not fetched yet and the hub gives no digest.
    size : int | None
        In bytes.
    """

    source: str
    revision: str | None = None
    sha256: str | None = None
    size: int | None = None


@dataclass(frozen=True)
class Repository:
    """What is pinned of a repository of the hub.

    Attributes
    ----------
    asked : str
        The revision that the model set names.
    revision : str
        The commit that it was when the first file was fetched.
    parts : folder and part -> names of its files
    """

    asked: str
    revision: str
    parts: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class Lock:
    """The content of a lock file; `files` are named by their path below the models folder."""

    path: Path
    files: dict[str, Entry] = field(default_factory=dict)
    repositories: dict[str, Repository] = field(default_factory=dict)

    def save(self) -> None:
        """Write it, in one step."""
        table = {
            "file": {name: _plain(entry) for name, entry in sorted(self.files.items())},
            "repository": {name: _plain(pinned) for name, pinned in sorted(self.repositories.items())},
        }
        temporary = self.path.with_name(f".{LOCK}.{os.getpid()}")
        try:
            temporary.write_text(_HEADER + tomli_w.dumps(table), encoding="utf-8")
            os.replace(temporary, self.path)
        finally:
            temporary.unlink(missing_ok=True)

    def knows(self, folder: str) -> bool:
        """Whether files of a folder were fetched."""
        return any(name.startswith(f"{folder}/") for name in self.files)

    def check(self, name: str, path: Path) -> None:
        """Compare a file with what is known of it, and note what was not known.

        Parameters
        ----------
        name : str
            Its path below the models folder.
        path : Path
            Where it is now.

        Raises
        ------
        InputError
            65 where its content is another.
        """
        known, sha256, size = self.files[name], sha256_of(path), path.stat().st_size
        if known.sha256 and not sha256.startswith(known.sha256):
            raise self.another(name, f"SHA-256 {known.sha256}", f"SHA-256 {sha256}")
        if known.size is not None and size != known.size:
            raise self.another(name, f"{known.size} bytes", f"{size} bytes")
        self.files[name] = replace(known, sha256=sha256, size=size)

    def another(self, name: str, expected: str, came: str) -> InputError:
        """Say that a file is not the one that is expected."""
        wrong = f"this file is another than expected ({expected}): it has {came}"
        do = f"get the expected one, or, where the new one is wanted, delete its lines in {self.path} and the file"
        return InputError(self.path.parent / name, f"{wrong} (from {self.files[name].source})", do)


def read_lock(folder: Path) -> Lock:
    """Read the lock of a models folder; an empty one where there is none.

    Raises
    ------
    InputError
        65 where it is no lock.
    """
    path = folder / LOCK
    if not path.is_file():
        return Lock(path)
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        files = {name: Entry(**row) for name, row in table.get("file", {}).items()}
        repositories = {name: Repository(**row) for name, row in table.get("repository", {}).items()}
        if not all(_below(name) and isinstance(e.sha256, str | None) for name, e in files.items()):
            raise ValueError("a path leaves the folder")
    except (ValueError, TypeError, AttributeError) as error:
        wrong = f"is no lock of fetched files ({error})"
        raise InputError(path, wrong, "correct it, or delete it and fetch again", Exit.DATA) from error
    return Lock(path, files, repositories)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _below(name: str) -> bool:
    return not Path(name).is_absolute() and ".." not in Path(name).parts


def _plain(row: Entry | Repository) -> dict[str, Any]:
    return {key: value for key, value in asdict(row).items() if value is not None}
