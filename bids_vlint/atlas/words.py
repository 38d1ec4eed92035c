"""Regions in words: "left banks of the superior temporal sulcus" for ctx-lh-bankssts."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

_SIDES = {"l": "left", "lh": "left", "left": "left", "r": "right", "rh": "right", "right": "right"}
_BEFORE = re.compile(r"(?:(ctx|wm)[-_. ])?(lh|rh|left|right)[-_. ]+(.+)", re.IGNORECASE)
_BEHIND = re.compile(r"(.+?)[-_. ]+(?:(l|r|lh|rh)|\(?(left|right)\)?)", re.IGNORECASE)
_PART = re.compile(r" ((?:anterior|posterior|superior|inferior) division|temporooccipital part|pars \w+)$")


@cache
def _known() -> dict[str, str]:
    text = files("bids_vlint").joinpath("data/region_names.toml").read_text(encoding="utf-8")
    return {key: str(words) for key, words in tomllib.loads(text).items()}


def region_words(label: str | None) -> str | None:
    """A region's label in words, its side first; of a pair with two labels, both.

    A label that is not known keeps its own words.

    Examples
    --------
    >>> [region_words(label) for label in ("ctx-lh-bankssts", "Temporal_Sup_R", "Area 44")]
    ['left banks of the superior temporal sulcus', 'right superior temporal gyrus', 'Area 44']
    >>> region_words("Left_Superior_Temporal_Gyrus_posterior_division")
    'left superior temporal gyrus, posterior division'
    """
    if label is None:
        return None
    return " / ".join(_one(part.strip()) for part in label.split(" / "))


def _one(label: str) -> str:
    side, tissue, rest = _parts(label)
    words = _known().get(re.sub(r"[^a-z0-9]", "", rest.lower())) or _own_words(rest, sided=bool(side))
    if tissue == "wm":
        words = f"white matter of the {words}"
    return f"{side} {words}" if side else words


def _parts(label: str) -> tuple[str, str, str]:
    """Side, ctx or wm, and the rest of a label."""
    if found := _BEFORE.fullmatch(label):
        return _SIDES[found[2].lower()], (found[1] or "").lower(), found[3]
    if found := _BEHIND.fullmatch(label):
        return _SIDES[(found[2] or found[3]).lower()], "", found[1]
    return "", "", label


def _own_words(rest: str, *, sided: bool) -> str:
    words = " ".join(re.sub(r"[-_.]+", " ", rest).split())
    if not sided:
        return words
    return _PART.sub(r", \1", words.lower())
