"""All kinds of data sets by their names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from benchmarks.calibration import conjunctions, datasets, uneven
from benchmarks.calibration.conjunctions import Drawn
from benchmarks.calibration.datasets import DataSet, Events
from benchmarks.calibration.draws import exchangeable, unequal_rank
from benchmarks.calibration.film import at_cuts, every_third
from benchmarks.calibration.networks import LowLevel, equipped, low_level, with_spectrum
from benchmarks.calibration.words import WORDS, word

Kind = Callable[..., DataSet | Drawn]  # of the data set's number and a generator
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


def with_controls(
    make: Callable[..., DataSet],
    events: Events,
    seed: int,
    rng: np.random.Generator,
    low: LowLevel = low_level,
) -> DataSet:
    """A kind with other events, random twins and low-level features, so that every test can be made."""
    data = make(seed, rng, events=events)
    return replace(data, networks=equipped(data.networks, data.runs, rng, low))


KINDS: dict[str, Kind] = {
    **PLAIN,
    **{f"{name} words": partial(with_controls, make, every_third) for name, make in PLAIN.items()},
    **{f"{name} cuts": partial(with_controls, make, at_cuts) for name, make in PLAIN.items()},
    "a words, spectrum": partial(with_controls, datasets.null, every_third, low=with_spectrum),
    "a cuts, spectrum": partial(with_controls, datasets.null, at_cuts, low=with_spectrum),
    **{name: partial(word, one) for name, one in WORDS.items()},
    "conjunctions, none true": conjunctions.none_true,
    "conjunctions, some true": conjunctions.some_true,
    "conjunctions, recorded": conjunctions.recorded,
    **{f"draws, {n} seeds": partial(exchangeable, n_seeds=n) for n in (1, 3, 5)},
    "draws, 4 networks of 3 seeds": partial(exchangeable, n_seeds=3, n_networks=4),
    "draws, unequal rank": unequal_rank,
    "locked 0.8": partial(uneven.locked, log_sd=0.8),
    "locked 1.2": partial(uneven.locked, log_sd=1.2),
    "locked 1.2 cuts": partial(uneven.locked, log_sd=1.2, events=at_cuts),
    "many candidates": uneven.many,
    "uneven runs": uneven.uneven_runs,
    "two alignments": uneven.two_alignments,
}


def data_set(kind: str, seed: int, **more: str) -> DataSet | Drawn:
    """Make a data set; the same kind and seed give the same one.

    Parameters
    ----------
    kind : a key of KINDS
    seed : int
    **more
        What the kind's function takes besides.
    """
    return KINDS[kind](seed, np.random.default_rng([seed, *kind.encode()]), **more)
