"""JSON files: numbers of numpy, paths and dataclasses become plain, missing numbers null."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bids_vlint.errors import Exit, InputError
from bids_vlint.files.atomic import write_text


def write_json(path: Path, content: Any) -> None:
    """Write JSON in the order given; numbers of numpy, paths and dataclasses become plain, missing numbers null."""
    write_text(path, json.dumps(plain(content), indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def plain(value: Any) -> Any:
    """Reduce a value to what JSON knows.

    Examples
    --------
    >>> plain({"r": np.array([0.5, np.nan]), "file": Path("a.tsv"), "names": ("b", "a")})
    {'r': [0.5, None], 'file': 'a.tsv', 'names': ['b', 'a']}
    """
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
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise InputError(path, "is not there", "run the participant level first", Exit.NO_INPUT) from None
    except ValueError as error:
        raise InputError(path, f"is no valid JSON ({error})", "correct it or make it again") from error
    if not isinstance(content, dict):
        raise InputError(path, "holds no JSON object", "correct it or make it again")
    return content
