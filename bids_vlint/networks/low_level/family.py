"""Families of low-level features: what may be left out by itself, one file each in the folder `families`.

A package of others brings its own by an entry point of the group `bids_vlint.low_level`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from bids_vlint.errors import Exit, InputError, did_you_mean
from bids_vlint.networks.low_level.columns import Measure
from bids_vlint.registry import Registry
from bids_vlint.study.stimulus import StimulusEvents


@dataclass(frozen=True)
class FilmAndWords:
    """What families are made from.

    Attributes
    ----------
    sound : (n, n_measures) float32 | None
        As `sound.sound_series`; None without sound.
    picture : (n, 3) float32 | None
        As `picture.picture_series`; None without a picture.
    events : StimulusEvents
        With its words, phonemes and cuts, where they are known.
    surprisal : (n_words,) float64 | None
        In bits, NaN where unknown; None where no network gives it.
    """

    sound: np.ndarray | None
    picture: np.ndarray | None
    events: StimulusEvents
    surprisal: np.ndarray | None = None

    @property
    def time(self) -> np.ndarray:
        """The events' onsets, (n_events,) seconds in the film."""
        return self.events.onset


def _no_notes(_material: FilmAndWords) -> list[str]:
    return []


@dataclass(frozen=True)
class LowLevelFamily:
    """A family of low-level features.

    Attributes
    ----------
    name : str
        By which `--without-low-level` leaves it out.
    meaning : str
        What it describes, in a few words.
    columns : tuple of Measure
    features : (FilmAndWords, n_events) -> (n_events, n_columns)
        Zero where a stimulus lacks what they are made from. The number is of the fit's events in an alignment: where
        they are few, columns may repeat each other, and are fewer in truth.
    notes : FilmAndWords -> list of str
        What reports should say of it for a stimulus.
    place : int
        Where its columns stand among the others'.
    of_network : bool
        A network of the model set makes it: where none does, there are no such columns.
    """

    name: str
    meaning: str
    columns: tuple[Measure, ...]
    features: Callable[[FilmAndWords, int], np.ndarray]
    notes: Callable[[FilmAndWords], list[str]] = _no_notes
    place: int = 100
    of_network: bool = False


def _wrong(found: LowLevelFamily) -> str | None:
    return None if found.columns else "has no column"


LOW_LEVEL_FAMILIES = Registry("low-level family", LowLevelFamily, "bids_vlint.networks.low_level.families",
                              "bids_vlint.low_level", "family of low-level features", _wrong)  # fmt: skip
MANY_EVENTS = 10**9


def left_out(names: Iterable[str]) -> tuple[str, ...]:
    """Families that a user leaves out, each once and in order.

    Raises
    ------
    InputError
        64 for an unknown family, or where none would be left of those that every model set has.
    """
    known, chosen = LOW_LEVEL_FAMILIES.names, tuple(sorted(set(names)))
    for name in chosen:
        if name not in known:
            wrong = f"no family of low-level features is named {name!r}"
            raise InputError("--without-low-level", wrong, did_you_mean(name, known), Exit.USAGE)
    if {family.name for family in LOW_LEVEL_FAMILIES.everything if not family.of_network} <= set(chosen):
        wrong = "leaves no family of low-level features, and no integration is claimed without that control"
        raise InputError("--without-low-level", wrong, "keep one of them", Exit.USAGE)
    return chosen


def families_without(without: Iterable[str] = (), *, of_networks: bool = False) -> list[LowLevelFamily]:
    """The families that are taken, in order, with those that a network of the model set makes or without."""
    names = set(without)
    return [family for family in LOW_LEVEL_FAMILIES.everything
            if family.name not in names and (of_networks or not family.of_network)]  # fmt: skip


def low_level_columns(without: Iterable[str] = (), *, of_networks: bool = False) -> list[Measure]:
    """The columns of the low-level features; a user's own table's come after them. Parameters as `families_without`.

    Examples
    --------
    >>> [c.name for c in low_level_columns() if c.name.startswith("mel_1[0:")]
    ['mel_1[0:0.2]']
    """
    return [column for family in families_without(without, of_networks=of_networks) for column in family.columns]
