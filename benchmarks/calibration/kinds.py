"""All kinds of data sets by their names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from benchmarks.calibration import datasets
from benchmarks.calibration.datasets import DataSet, Events
from benchmarks.calibration.film import at_cuts, every_third
from benchmarks.calibration.networks import equipped
from benchmarks.calibration.words import WORDS, word

Kind = Callable[[int, np.random.Generator], DataSet]
PLAIN: dict[str, Callable[..., DataSet]] = {
    "a": datasets.null,
    "b": datasets.equal,
    "c": datasets.vision_only,
    "d": datasets.seven,
    "e": datasets.mixed,
    "f": datasets.non_stationary,
    "g": datasets.twice,
    "h": datasets.wide,
    "i": datasets.wider,
    "j": datasets.short,
    "k": datasets.vision_better,
}


def with_controls(make: Callable[..., DataSet], events: Events, seed: int, rng: np.random.Generator) -> DataSet:
    """A kind with other events, random twins and low-level features, so that every test can be made."""
    data = make(seed, rng, events=events)
    return replace(data, networks=equipped(data.networks, data.runs, rng))


KINDS: dict[str, Kind] = {
    **PLAIN,
    **{f"{name} words": partial(with_controls, make, every_third) for name, make in PLAIN.items()},
    **{f"{name} cuts": partial(with_controls, make, at_cuts) for name, make in PLAIN.items()},
    **{name: partial(word, kind) for name, kind in WORDS.items()},
}


def data_set(kind: str, seed: int, **more: str) -> DataSet:
    """Make a data set; the same kind and seed give the same one.

    Parameters
    ----------
    kind : a key of KINDS
    seed : int
    **more
        What the kind's function takes besides.
    """
    return KINDS[kind](seed, np.random.default_rng([seed, *kind.encode()]), **more)
