"""Settings as words of a command line that means the same in any folder."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from bids_vlint.files.toml_file import is_toml_path
from bids_vlint.settings import BY_NAME, OPTIONS, Option

_IMAGE = re.compile(r".+\.nii(\.gz)?", re.IGNORECASE)


def words_of(options: Mapping[str, Any], without: Collection[str] = ()) -> tuple[str, ...]:
    """The words that set these options, paths absolute.

    Parameters
    ----------
    options : option -> value
    without : collection of str
        Options to leave out.

    Examples
    --------
    >>> words_of({"bins": "-1:0", "offline": True, "verbose": False, "task": ("movie", "film")})
    ('--task', 'movie', 'film', '--bins=-1:0', '--offline')
    """
    return tuple(word for option in OPTIONS if option.name in options and option.name not in without
                 for word in _words(option, options[option.name]))  # fmt: skip


def _words(option: Option, value: Any) -> list[str]:
    if option.type is bool:
        return [option.flag] if value else []
    values = [str(file_of(option, one) or one) for one in (value if option.several else (value,))]
    if any(one.startswith("-") for one in values):
        return [f"{option.flag}={one}" for one in values]
    return [option.flag, *values] if values else []


def file_of(option: Option, value: Any) -> Path | None:
    """The file or folder that a value names, absolute; None where it names none."""
    named = (
        isinstance(value, Path)
        or (option.name == "models" and is_toml_path(value))
        or option.name == "transform"
        or (option.name == "atlas" and _IMAGE.fullmatch(value))
    )
    return Path(value).absolute() if named and value is not None else None


def folders_named(options: Mapping[str, Any]) -> list[Path]:
    """The folders that hold the files which options name, and the folders that they name."""
    found = []
    for name, value in options.items():
        option = BY_NAME[name]
        for one in value if option.several else (value,):
            if (file := file_of(option, one)) is not None:
                found.append(_folder(file))
    return found


def _folder(file: Path) -> Path:
    """That of a file, or the first above it whose name stands for one alone ({subject})."""
    whole = [above for above in (file, *file.parents) if "{" not in str(above)]
    return whole[0] if whole[0].is_dir() else whole[0].parent
