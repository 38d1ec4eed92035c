"""The most that a model can reach where a film was seen more than once: how much of a response repeats.

The mean correlation of the responses to the same second of film over pairs of presentations is the reliability of a
single presentation; what a model of the stimulus can predict of a single response correlates with it by at most its
square root. Responses averaged over presentations are more reliable (Spearman and Brown 1910).

Reliabilities are averaged first and the root is taken last, with its sign: roots of what is cut off at zero are above
zero where nothing repeats, and so is their mean. A ceiling is below zero by chance, where a reliability is.

Schoppe et al. 2016 (10.3389/fncom.2016.00010); Lage-Castellanos et al. 2019 (10.1371/journal.pcbi.1006397).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from bids_vlint.encoding.blocks import FEWEST_BLOCKS
from bids_vlint.encoding.stats import block_draws, block_membership, interval, unit_columns, weighted_pearson
from bids_vlint.files.column import Column
from bids_vlint.files.variable import Variable, labelled
from bids_vlint.inference.description import ELECTRODE, Description, Material

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

# Movie times nearer than this are the same event: presentations are numbered from one table, up to rounding.
_SAME_S = 1e-4


@dataclass(frozen=True)
class Ceiling:
    """Noise ceiling of the held-out r; NaN where a film was seen once or repeats fill fewer than 8 blocks.

    Attributes
    ----------
    r, low, high : (n_electrodes, n_bins)
        Of single responses, and its 95 % interval; below zero by chance.
    mean, mean_low, mean_high : (n_electrodes,)
        The root of the mean reliability over bins, and its 95 % interval.
    reliability : (n_electrodes, n_bins)
        Of a single presentation; negative by chance where nothing repeats.
    averaged : (n_electrodes, n_bins)
        Ceiling for the responses averaged over presentations.
    n_presentations : int
        The most that an event was seen.
    n_events : int
        Events that were seen twice or more.
    """

    r: np.ndarray
    low: np.ndarray
    high: np.ndarray
    mean: np.ndarray
    mean_low: np.ndarray
    mean_high: np.ndarray
    reliability: np.ndarray
    averaged: np.ndarray
    n_presentations: int
    n_events: int


def repeats(stimulus: Sequence[str] | np.ndarray, movie_time: np.ndarray) -> np.ndarray:
    """Find the presentations of every event of the film.

    Parameters
    ----------
    stimulus : (n_events,) str
    movie_time : (n_events,) seconds

    Returns
    -------
    (n_distinct, n_presentations) int
        Row of each presentation of an event, in the order of the table; -1 where it was seen less often.
    """
    names = np.asarray(stimulus, str)
    order = np.lexsort((np.arange(len(names)), movie_time, names))
    film, time = names[order], np.asarray(movie_time, float)[order]
    new = np.ones(len(order), bool)
    new[1:] = (film[1:] != film[:-1]) | (np.diff(time) > _SAME_S)
    event = np.cumsum(new) - 1
    by_row = np.lexsort((order, event))  # within an event in the order of the table
    event, rows = event[by_row], order[by_row]
    place = np.arange(len(rows)) - np.flatnonzero(np.diff(event, prepend=-1))[event]
    found = np.full((event.max(initial=-1) + 1, place.max(initial=-1) + 1), -1)
    found[event, place] = rows
    return found


def noise_ceiling(
    y: np.ndarray,
    stimulus: Sequence[str] | np.ndarray,
    movie_time: np.ndarray,
    blocks: np.ndarray,
    *,
    n_resamples: int = 1000,
    seed: int = 0,
) -> Ceiling:
    """Measure how much of the responses repeats.

    Parameters
    ----------
    y : (n_events, n_electrodes, n_bins)
    stimulus : (n_events,) str
    movie_time : (n_events,) seconds
    blocks : (n_events,) int
        Blocks of stimulus time (5 s), the same for every presentation; the interval resamples them.
    n_resamples : int
    seed : int

    Returns
    -------
    Ceiling
    """
    seen = repeats(stimulus, movie_time)
    seen = seen[(seen >= 0).sum(1) > 1]
    shape, n_events = y.shape[1:], len(seen)
    of_event = blocks[seen[:, 0]] if n_events else np.empty(0, int)
    if len(np.unique(of_event)) < FEWEST_BLOCKS:
        none, short = np.full(shape, np.nan), np.full(shape[0], np.nan)
        return Ceiling(none, none, none, short, short, short, none, none, max(seen.shape[1], 1), n_events)
    _, number = np.unique(of_event, return_inverse=True)
    n_blocks = number.max() + 1
    draws = block_draws(n_blocks, n_resamples, np.random.default_rng(seed))
    weights = np.concatenate([np.ones((1, n_blocks)), draws])  # the first as recorded
    rho = _mean_pair_r(y.reshape(len(y), -1), seen, number, weights).reshape(-1, *shape)
    reliability, k = rho[0], int((seen >= 0).sum(1).max())
    over_bins = rho.mean(-1)
    low, high = (_root(end) for end in interval(rho[1:]))
    mean_low, mean_high = (_root(end) for end in interval(over_bins[1:]))
    positive = np.maximum(reliability, 0)
    averaged = np.sqrt(k * positive / (1 + (k - 1) * positive))
    return Ceiling(_root(reliability), low, high, _root(over_bins[0]), mean_low, mean_high, reliability, averaged, k,
                   n_events)  # fmt: skip


def _root(reliability: np.ndarray) -> np.ndarray:
    """The square root with the sign of what it is taken of."""
    rooted: np.ndarray = np.sign(reliability) * np.sqrt(np.abs(reliability))
    return rooted


def _mean_pair_r(y: np.ndarray, seen: np.ndarray, number: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Mean over pairs of presentations of their weighted correlation, (n_resamples, n_targets).

    Parameters
    ----------
    y : (n_events, n_targets)
    seen : (n_distinct, n_presentations) int
    number : (n_distinct,) int, the block of each
    weights : (n_resamples, n_blocks)
    """
    total = np.zeros((len(weights), y.shape[1]))
    known = np.zeros(len(weights))
    for a, b in combinations(range(seen.shape[1]), 2):
        both = (seen[:, a] >= 0) & (seen[:, b] >= 0)
        blocks, member = block_membership(number[both])
        if len(blocks) < FEWEST_BLOCKS:
            continue
        first, second = (unit_columns(y[seen[both, k]].astype(np.float64)) for k in (a, b))
        r = weighted_pearson(first, second, weights[:, blocks], member)
        r[:, ~(first.any(0) & second.any(0))] = np.nan  # of a flat response nothing is known
        # pairs count by how many events they share
        total += both.sum() * r
        known += both.sum()
    return total / np.where(known, known, np.nan)[:, None]


def _compute(material: Material) -> xr.Dataset | None:
    events = material.responses.events
    made = noise_ceiling(material.counted, events["stimulus"].to_numpy(str), events["movie_time"].to_numpy(float),
                         material.blocks, n_resamples=material.n_resamples, seed=material.seed)  # fmt: skip
    bins = material.responses.lags[material.encoded.counted]
    return None if np.isnan(made.mean).all() else labelled_ceiling(made, material.electrodes, bins)


def labelled_ceiling(made: Ceiling, electrodes: list[str], bins: np.ndarray) -> xr.Dataset:
    """Label a noise ceiling; `bins` are the centres of the windows that count (seconds)."""
    return labelled(CEILING.variables, {"electrode": electrodes, "bin": bins, **asdict(made)})


def _values(found: xr.Dataset) -> dict[str, np.ndarray]:
    return {"ceiling": found["mean"].to_numpy()}


def _overlay(axes: Axes, found: xr.Dataset, _alignment: str) -> None:
    axes.plot(found["bin"], found["r"], "_", color="black", markersize=9, label="noise ceiling")


def _said(found: xr.Dataset | None) -> str:
    if found is None or not np.isfinite(found["mean"]):
        return "Noise ceiling n/a: nothing was seen more than once, or too little."
    mean, low, high = (float(found[name]) for name in ("mean", "mean_low", "mean_high"))
    return (f"Noise ceiling of r: {mean:.2f} (95 % interval {low:.2f} to {high:.2f}; of the mean reliability over the "
            "windows that count).")  # fmt: skip


_DENSE = ("electrode", "bin")

CEILING = Description(
    "ceiling",
    "noise ceiling",
    _compute,
    (
        ELECTRODE,
        Variable("bin", ("bin",), "Centre of a window that counts, from the event", "s"),
        Variable("r", _DENSE, "Noise ceiling of the held-out r of single responses; below zero by chance", "1"),
        Variable("low", _DENSE, "Lower end of the 95 % interval of r", "1"),
        Variable("high", _DENSE, "Upper end of the 95 % interval of r", "1"),
        Variable("mean", ("electrode",), "Root of the mean reliability over bins; below zero by chance", "1"),
        Variable("mean_low", ("electrode",), "Lower end of the 95 % interval of mean", "1"),
        Variable("mean_high", ("electrode",), "Upper end of the 95 % interval of mean", "1"),
        Variable("reliability", _DENSE, "Reliability of a single presentation; negative by chance", "1"),
        Variable("averaged", _DENSE, "Ceiling for responses averaged over presentations", "1"),
        Variable("n_presentations", (), "The most that an event was seen"),
        Variable("n_events", (), "Events that were seen twice or more"),
    ),
    "the noise ceiling, where something was seen more than once",
    columns=(
        Column("ceiling", "number", "Noise ceiling of the held-out r of single responses: root of the mean reliability "
               "over the windows that count, from repeats; below zero by chance where nothing repeats; {alignment}. "
               "n/a: nothing was seen more than once, or too little.", "correlation"),
    ),
    values=_values,
    overlay=_overlay,
    said=_said,
    methods="The noise ceiling is the square root of the mean correlation, over windows, between responses to repeats "
    "of the same film second",
    references=("schoppe2016", "lagecastellanos2019"),
    place=40,
)  # fmt: skip
