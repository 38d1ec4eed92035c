"""Writing files so that a reader sees the old file or the whole new one, and the same values make the same bytes."""

from __future__ import annotations

import errno
import json
import math
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bids_vlint.errors import Exit, InputError

MISSING = "n/a"
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
        raise _cannot_write(path, error) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


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


def _cannot_write(path: Path, error: OSError) -> Exception:
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


def write_json(path: Path, content: Any) -> None:
    """Write JSON in the order given; numbers of numpy, paths and dataclasses become plain, missing numbers null."""
    write_text(path, json.dumps(plain(content), indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def plain(value: Any) -> Any:
    """Reduce a value to what JSON knows."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(v) for v in (sorted(value, key=str) if isinstance(value, set | frozenset) else value)]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if value is None or value is pd.NA or (isinstance(value, float | np.floating) and not math.isfinite(value)):
        return None
    if isinstance(value, np.generic):
        return value.item()
    return value if isinstance(value, str | bool | int | float) else str(value)


def write_tsv(path: Path, table: pd.DataFrame) -> None:
    """Write a table: n/a for what is missing, true and false, numbers by `cell`; the index is left out."""
    lines = ["\t".join(map(str, table.columns))]
    columns = [[cell(v) for v in table.iloc[:, k]] for k in range(table.shape[1])]
    lines += ["\t".join(row) for row in zip(*columns)]
    write_text(path, "\n".join(lines) + "\n")


def cell(value: Any) -> str:
    """Show one value: the only formatter of tables.

    Floats have 6 significant digits, and never fewer than 4 decimals: an onset late in a film stays exact to 0.1 ms.
    """
    if value is None or value is pd.NA or value is pd.NaT:
        return MISSING
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating):
        return _number(float(value))
    text = " ".join(str(value).split())
    return text or MISSING


def _number(value: float) -> str:
    if not math.isfinite(value):
        return MISSING
    if abs(value) < 10 or abs(value) >= 1e15:
        return f"{value + 0.0:.6g}"
    return f"{value:.4f}".rstrip("0").rstrip(".")


def read_tsv(path: Path) -> pd.DataFrame:
    """Read a table written here, every cell as text; n/a is missing (None).

    Raises
    ------
    InputError
        The file is not there (66) or is no table (65).
    """
    try:
        table = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False, encoding="utf-8-sig", quoting=3)
    except FileNotFoundError:
        raise InputError(path, "is not there", "run the participant level first", Exit.NO_INPUT) from None
    except (ValueError, UnicodeDecodeError) as error:
        raise InputError(path, f"cannot be read as a table ({error})", "run the participant level again") from error
    return table.astype(object).where(table != MISSING, None)


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises
    ------
    InputError
        The file is not there (66) or holds no JSON object (65).
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise InputError(path, "is not there", "run the participant level first", Exit.NO_INPUT) from None
    except ValueError as error:
        raise InputError(path, f"is no valid JSON ({error})", "correct it or make it again") from error
    if not isinstance(content, dict):
        raise InputError(path, "holds no JSON object", "correct it or make it again")
    return content
