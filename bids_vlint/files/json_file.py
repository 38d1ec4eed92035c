"""JSON files: numbers of numpy, paths and dataclasses become plain, missing numbers null."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

from bids_vlint.errors import Exit, InputError, cannot_use
from bids_vlint.files.access import text_in
from bids_vlint.files.atomic import write_text


def write_json(path: Path, content: Any) -> None:
    """Write JSON in the order given; numbers of numpy, paths and dataclasses become plain, missing numbers null."""
    write_text(path, json.dumps(plain(content), indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def plain(value: Any) -> Any:
    """Reduce a value to what JSON knows.

    Examples
    --------
    >>> import numpy as np
    >>> plain({"r": np.array([0.5, np.nan]), "file": Path("a.tsv"), "names": ("b", "a")})
    {'r': [0.5, None], 'file': 'a.tsv', 'names': ['b', 'a']}
    """
    import numpy as np
    import pandas as pd

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


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises
    ------
    InputError
        The file is not there (66) or holds no JSON object (65).
    """
    if not path.exists() and not path.is_symlink():
        raise InputError(path, "is not there", "run the participant level first", Exit.NO_INPUT)
    return read_object(path, "correct it or make it again")


def read_object(path: Path, do: str = "correct it") -> dict[str, Any]:
    """Read a JSON object of anybody's.

    Parameters
    ----------
    path : Path
    do : str
        What to do about one that is none.

    Raises
    ------
    InputError
        The file is not there or may not be read (66), or holds no JSON object (65).
    """
    text = text_in(path)
    try:
        content = json.loads(text)
    except (ValueError, RecursionError, OSError, MemoryError) as error:
        why = "it is nested too deep" if isinstance(error, RecursionError) else error
        raise cannot_use(path, error, f"is no valid JSON ({why})", do) from error
    if not isinstance(content, dict):
        raise InputError(path, "holds no JSON object", do)
    return content
