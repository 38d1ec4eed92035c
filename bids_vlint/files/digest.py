"""Digests: of the content of files, and of everything that a result depends on."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from bids_vlint.errors import Exit, cannot_use
from bids_vlint.files.access import check_file


def key_of(parts: dict[str, Any]) -> str:
    """Digest of everything that a result depends on: 32 hexadecimal digits; the order of `parts` does not matter.

    Examples
    --------
    >>> key_of({"a": 1, "b": 2}) == key_of({"b": 2, "a": 1}), len(key_of({}))
    (True, 32)
    """
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def digest_of(path: Path) -> str:
    """SHA-256 of a file's content, or of a folder's files and their names; read once while size and time stay."""
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    digests = {}
    for file in files:
        check_file(file, empty=True)
        stat = file.stat()
        digests[str(file.relative_to(path))] = _digest(file, stat.st_size, stat.st_mtime_ns)
    return next(iter(digests.values())) if path.is_file() else key_of(digests)


@lru_cache(maxsize=4096)
def _digest(file: Path, size: int, mtime_ns: int) -> str:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except (OSError, MemoryError) as error:
        raise cannot_use(file, error, f"cannot be read ({error})", "check the disk", Exit.IO) from error
