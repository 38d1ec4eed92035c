"""Writing files so that a reader sees the old file or the whole new one, and the same values make the same bytes."""

from __future__ import annotations

import errno
import os
import resource
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bids_vlint.errors import Exit, InputError, of_the_machine

_REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST, errno.EISDIR, errno.ENAMETOOLONG)
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Yield a temporary path in the folder of `path`; rename it on success, remove it on failure.

    The temporary file keeps the extension (some writers go by it) and starts with a dot. Missing folders are made.

    Raises
    ------
    InputError
        The disk is full or fails (74), or the file cannot be made (73).
    """
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = _reserve(path)
        yield temporary
        os.replace(temporary, path)
    except OSError as error:
        if _concerns_another(path, error):
            raise
        raise cannot_write(path, error) from error
    except RuntimeError as error:  # a full disk, where HDF5 flushes
        if found := of_the_machine(path, error):
            raise found from error
        raise
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def check_room(path: Path, n_bytes: int) -> None:
    """Raise OSError where a file of so many bytes cannot be written: HDF5 crashes the process on a full disk.

    Parameters
    ----------
    path : Path
        In a folder that is there.
    n_bytes : int
    """
    free = os.statvfs(path.parent)
    most = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
    if n_bytes > free.f_bavail * free.f_frsize:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
    if most != resource.RLIM_INFINITY and n_bytes > most:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))


def _reserve(path: Path) -> Path:
    """Make an empty file beside `path` with the permissions that a plain open() would give."""
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}.", suffix=f".tmp{path.suffix}", dir=path.parent)
    os.close(handle)
    mask = os.umask(0)
    os.umask(mask)
    os.chmod(name, 0o666 & ~mask)
    return Path(name)


def _concerns_another(path: Path, error: OSError) -> bool:
    """Whether an error names a file that is neither in the folder of `path` nor a folder above it."""
    if not isinstance(error.filename, str | os.PathLike):
        return False
    named = Path(error.filename)
    return named.parent != path.parent and named not in path.parents


def cannot_write(path: Path, error: OSError) -> InputError:
    """One sentence for what the operating system said."""
    said = error.strerror or str(error)
    if error.errno in _FULL or "No space left" in str(error):
        return InputError(path, f"could not be written ({said})", "free some space and run again", Exit.IO)
    if error.errno in _REFUSED:
        return InputError(path, f"could not be made ({said})", "give an output folder to write to", Exit.CANNOT_CREATE)
    return InputError(path, f"could not be written ({said})", "check the disk and run again", Exit.IO)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text with plain line ends; a file that holds it already is left as it is."""
    if path.is_file() and path.read_bytes() == text.encode():
        return
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
