"""Comparisons between networks: those that are always made, and those of a model set."""

from __future__ import annotations

from dataclasses import dataclass

GATE = "trained_beats_random"
BEATS_LOW_LEVEL = "beats_low_level"
BEATS_UNIMODAL = "multimodal_beats_unimodal"
BEATS_LINEAR = "multimodal_beats_linear"
TESTS = (GATE, BEATS_LOW_LEVEL, BEATS_UNIMODAL, BEATS_LINEAR)


@dataclass(frozen=True)
class Comparison:
    """A `[[comparison]]` of a model set: the best of `model` against the best of `baseline`.

    Examples
    --------
    >>> Comparison("clip_beats_simclr", model=("clip",), baseline=("simclr",)).name
    'clip_beats_simclr'
    """

    name: str
    model: tuple[str, ...]
    baseline: tuple[str, ...]
