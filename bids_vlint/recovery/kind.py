"""Kinds of effects that may be planted, and what is true of an electrode that has one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bids_vlint.recovery.held import FilmFeatures
from bids_vlint.registry import Registry


@dataclass(frozen=True)
class EffectKind:
    """A kind of planted effect.

    Attributes
    ----------
    name : str
    follows : str
        What such an electrode follows, in words.
    variable : (FilmFeatures, n, Generator) -> (n_events, n)
        What n electrodes follow, each its own, as values at all events; of unit variance, or 0.
    lacks : FilmFeatures -> str
        Why it cannot be planted; "" where it can.
    true, false : tuple of str
        The claims that are true of such an electrode, and those that are false. Of the others neither is known: it
        depends on what the networks of the set hold.
    place : int
        Where it stands among the kinds.
    nothing : bool
        Electrodes of it follow nothing, or what no network holds.
    """

    name: str
    follows: str
    variable: Callable[[FilmFeatures, int, np.random.Generator], np.ndarray]
    lacks: Callable[[FilmFeatures], str]
    true: tuple[str, ...]
    false: tuple[str, ...]
    place: int = 100
    nothing: bool = False

    def truth(self, claim: str) -> bool | None:
        """Whether a claim is true of an electrode of this kind; None where that is not known."""
        return True if claim in self.true else False if claim in self.false else None


EFFECT_KINDS = Registry("planted kind", EffectKind, "bids_vlint.recovery.kinds", "bids_vlint.planted_kinds",
                         "kind of planted effect")  # fmt: skip
