"""Sizes written out in a model set's `architecture`: `vit(width=96, depth=4)`."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import fields


def sizes_in(value: str, kind: str, known: type, *, may_be_zero: Collection[str] = ()) -> dict[str, int] | None:
    """Read `kind(name=number, …)`.

    Parameters
    ----------
    value : str
    kind : str
        The word before the parentheses.
    known : dataclass
        Its fields are the names that may be given.
    may_be_zero : collection of str
        Names whose number may be 0.

    Returns
    -------
    dict or None
        None where it is not understood.
    """
    inside = re.fullmatch(rf"{kind}\((.*)\)", value)
    pairs = [re.fullmatch(r"\s*(\w+)\s*=\s*(\d+)\s*", p) for p in inside[1].split(",")] if inside else [None]
    names = [f.name for f in fields(known)]
    if any(p is None or p[1] not in names or (int(p[2]) == 0 and p[1] not in may_be_zero) for p in pairs):
        return None
    return {p[1]: int(p[2]) for p in pairs if p}
