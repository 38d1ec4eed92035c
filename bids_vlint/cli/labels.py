"""Labels that stand in a file, where a list of them is taken."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from bids_vlint.errors import Exit, InputError
from bids_vlint.files.access import text_in
from bids_vlint.settings import Option, checked


def listed_labels(option: Option, values: Iterable[str]) -> tuple[str, ...]:
    """The labels that are given: each as it is, or a line of a file, once.

    Parameters
    ----------
    option : Option
        One that takes labels.
    values : iterable of str
        What holds a dot or a slash, as no label does, is a file with a label on each line.

    Raises
    ------
    InputError
        A file is not there (66) or holds no label (65).
    """
    return tuple(dict.fromkeys(label for value in values for label in _labels(option, value)))


def _labels(option: Option, value: str) -> tuple[str, ...]:
    if not {".", "/"} & set(value):
        return (value,)
    file = Path(value)
    if not file.is_file():
        raise InputError(file, "is not there", f"give {option.flag} labels, or a file with a label on each line",
                         Exit.NO_INPUT)  # fmt: skip
    lines = [line.strip() for line in text_in(file).splitlines() if line.strip()]
    if not lines:
        raise InputError(file, "holds no label", "write a label on each line")
    return checked(option, lines, str(file), Exit.DATA)
