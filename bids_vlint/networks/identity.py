"""What a model is called in outputs, composed and read here alone.

A trained network is NAME, its random twin NAME-random; of several twins that is their average, and each is
NAME-random-1, -2, and so on. A network's run on pictures alone is NAME:image, on texts alone NAME:text, and the
sum of both NAME:image+text. A network joined with the low-level features is low_level+NAME, joined with what
networks that hear know besides (hearing) hearing+NAME; the linear control is linear. Where the halves of the held-out
parts are tested with different models, or layers, both are written: A | B.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from itertools import permutations
from typing import Literal

LINEAR = "linear"
LOW_LEVEL: Literal["low_level"] = "low_level"  # name, source and modality of the features that the program adds
HEARING = "hearing"  # the best network that hears, joined with the low-level features
_JOINED, _HEARD = f"{LOW_LEVEL}+", f"{HEARING}+"
_TWIN = re.compile(r"(?P<name>.*)-random(-(?P<twin>\d+))?", re.DOTALL)
_BOTH = " | "
_ADDED = ":image+text"


@dataclass(frozen=True)
class Identity:
    """Which model a label is of.

    Attributes
    ----------
    name : str
        As the model set has it.
    trained : bool
        False for a random twin, and for the average of several.
    twin : int | None
        Of one of several random twins: its number, from 1.
    joined : bool
        Joined with the low-level features, perhaps with what is heard besides.
    """

    name: str
    trained: bool = True
    twin: int | None = None
    joined: bool = False


def identity_of(label: str) -> Identity:
    """Read a label; no network of a model set can have a name that reads otherwise."""
    joined = label.startswith((_JOINED, _HEARD))
    label = label.removeprefix(_JOINED).removeprefix(_HEARD)
    found = _TWIN.fullmatch(label)
    if found is None:
        return Identity(label, joined=joined)
    return Identity(found["name"], False, int(found["twin"]) if found["twin"] else None, joined)


def network_label(name: str, trained: bool, twin: int | None = None) -> str:
    """Name a network, or a random twin: one of several where `twin` is its number."""
    return name if trained else twin_label(name) + (f"-{twin}" if twin else "")


def twin_label(name: str) -> str:
    """Name a network's random twin, or the average of its several random twins."""
    return f"{name}-random"


def part_name(name: str, shown: Literal["image", "text"]) -> str:
    """Name the run of a network on pictures, or texts, alone."""
    return f"{name}:{shown}"


def added_label(label: str) -> str:
    """Name the sum of a network's runs on pictures alone and on texts alone."""
    return f"{label}{_ADDED}"


def whole_of(label: str) -> str:
    """Name the network of such a sum; another label is returned as it is."""
    return label.removesuffix(_ADDED)


def joined_label(label: str) -> str:
    """Name a network joined with the low-level features."""
    return f"{_JOINED}{label}"


def heard_label(label: str) -> str:
    """Name a network joined with the low-level features and the best network that hears."""
    return f"{_HEARD}{label}"


def is_reserved(name: str) -> bool:
    """Whether a name means something else than a network of that name."""
    return name in (LINEAR, LOW_LEVEL, HEARING) or identity_of(name) != Identity(name) or whole_of(name) != name


def pair_label(first: str, second: str) -> str:
    """Write the names of both halves: one where it is the same."""
    return first if first == second else f"{first}{_BOTH}{second}"


def pair_of(label: str, known: Collection[str]) -> tuple[str, str]:
    """Read what `pair_label` wrote.

    Parameters
    ----------
    label : str
    known : collection of str
        Every name that a half may have; they may hold " | " themselves (`ambiguous_pair` tells where that fails).

    Returns
    -------
    tuple of str
        The names of both halves; `label` twice where it is one name, or cannot be read.
    """
    if label not in known:
        places = (k for k in range(len(label)) if label.startswith(_BOTH, k))
        halves = ((label[:k], label[k + len(_BOTH) :]) for k in places)
        return next((pair for pair in halves if set(pair) <= set(known)), (label, label))
    return label, label


def ambiguous_pair(names: Collection[str]) -> str | None:
    """Find a label that two of these names, or pairs of them, share; None where each can be read back."""
    if not any(_BOTH.strip() in name for name in names):
        return None
    written = Counter([*names, *(pair_label(a, b) for a, b in permutations(names, 2))])
    return next((label for label, n in written.items() if n > 1), None)
