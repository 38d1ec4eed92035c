"""References: each analysed channel as a weighted sum of contacts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_CONTACT = re.compile(r"^(?P<shaft>.*?)(?P<number>\d+)$")


@dataclass(frozen=True)
class Derivation:
    """An analysed channel.

    Attributes
    ----------
    name : str
        The contact's, or A1-A2 for a bipolar pair.
    weights : tuple of (contact, weight)
        The signal is their weighted sum; for the average reference the mean over the good channels is taken off
        besides.
    place : tuple of str
        The contacts whose mean position is the channel's.
    """

    name: str
    weights: tuple[tuple[str, float], ...]
    place: tuple[str, ...]


def derive(good: Sequence[str], reference: str) -> tuple[tuple[Derivation, ...], dict[str, str]]:
    """Derive the analysed channels from the good contacts.

    Parameters
    ----------
    good : sequence of str
        Good contacts of one device, in order.
    reference : {"none", "average", "laplacian", "bipolar"}
        Neighbours are the contacts numbered one less and one more on the same shaft; laplacian needs both, good; a
        bipolar pair needs both of its contacts, good.

    Returns
    -------
    derivations : tuple of Derivation
    left_out : dict
        Contact to the reason why it has no channel of its own.

    Examples
    --------
    >>> derivations, left_out = derive(["A1", "A2", "B7"], "bipolar")
    >>> [(d.name, d.weights) for d in derivations], left_out
    ([('A1-A2', (('A1', 1.0), ('A2', -1.0)))], {'B7': 'bipolar: no good neighbour on its shaft'})
    """
    if reference in ("none", "average"):
        return tuple(Derivation(n, ((n, 1.0),), (n,)) for n in good), {}
    at = {key: n for n in good if (key := _key(n))}
    derivations, left_out = [], {}
    for name in good:
        key = _key(name)
        before = at.get((key[0], key[1] - 1)) if key else None
        after = at.get((key[0], key[1] + 1)) if key else None
        if reference == "bipolar" and after:
            derivations.append(Derivation(f"{name}-{after}", ((name, 1.0), (after, -1.0)), (name, after)))
        elif reference == "bipolar" and not before:
            left_out[name] = "bipolar: no good neighbour on its shaft"
        elif reference == "laplacian" and before and after:
            derivations.append(Derivation(name, ((name, 1.0), (before, -0.5), (after, -0.5)), (name,)))
        elif reference == "laplacian":
            left_out[name] = "laplacian: not both neighbours on its shaft are there and good"
    return tuple(derivations), left_out


def _key(name: str) -> tuple[str, int] | None:
    match = _CONTACT.match(name)
    return (match["shaft"], int(match["number"])) if match else None


def warning(reference: str) -> str | None:
    """What a reader must know of a reference that spreads signals."""
    if reference == "none":
        return "As recorded (no re-referencing): the response of the recording's reference can appear in all channels."
    if reference == "average":
        return "Average reference: a strong response of one contact can appear in all channels of its device."
    return None
