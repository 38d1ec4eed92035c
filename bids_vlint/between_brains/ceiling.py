"""The between-brain ceiling of electrodes, and how far a network goes toward it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from bids_vlint.between_brains.prediction import predict_from_others
from bids_vlint.between_brains.shared_variance import SharedVariance, shared_variance
from bids_vlint.between_brains.space import MOST_COURSES, shared_courses
from bids_vlint.encoding.blocks import Blocks
from bids_vlint.encoding.folds import Fold
from bids_vlint.encoding.stats import block_draws, interval

# The others as layers that an electrode may choose among: their first so many shared courses.
_WIDTHS = (5, 10, MOST_COURSES)
# More than this share of what halves of the others have in common may not be in courses of which each could be chance:
# it may be missing in the ceiling.
MOST_MISSING = 0.1
# Each half of the others has so many components for each course: where courses fill it, weak ones are hidden.
LEAST_ROOM = 2
# A ratio to nothing, in the few resamples where nothing is shared.
_ENDLESS = 1e6

ONE_OTHER = "one other participant saw it: how noisy that one is cannot be told from the signal"
NOTHING_SHARED = "what the other participants share with one another cannot be told from chance"
PART_FOUND = "only a part of what the other participants share with one another can be told from chance"
INCLUDES_ZERO = "the ceiling's own interval includes zero"


@dataclass(frozen=True)
class WithInterval:
    """A value of each electrode with its 95 % interval; (n_electrodes,) each, NaN where it is not known."""

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True)
class BetweenBrains:
    """What other brains say of electrodes.

    Attributes
    ----------
    r : WithInterval
        Held-out r of the prediction from the others.
    ceiling : WithInterval
        r that a prediction by the signals shared with them would reach, were these known without noise; with the sign
        of the shared variance, below zero by chance where nothing is shared.
    reached : WithInterval
        The network's r over the ceiling.
    not_known : list of str
        Why the ceiling, or what is reached, is not known; "" where they are.
    """

    r: WithInterval
    ceiling: WithInterval
    reached: WithInterval
    not_known: list[str]


def between_brains(
    brains: Sequence[np.ndarray],
    people: Sequence[int],
    y: np.ndarray,
    folds: Sequence[Fold],
    blocks: Blocks,
    network: np.ndarray,
    *,
    n_resamples: int = 1000,
    seed: int = 0,
) -> BetweenBrains:
    """Estimate the between-brain ceiling of electrodes from what others did at the same time of the film.

    Parameters
    ----------
    brains : sequence of (n_events * n_windows, n_components) float32
        Others' components (`space.brain_components`) at the events and windows of `y`.
    people : sequence of int
        Whose each is, from 0.
    y : (n_events, n_electrodes, n_windows) float32
    folds, blocks
        Those of the tests; no half of a fold is empty.
    network : (n_blocks, n_electrodes)
        Each block's contribution to the best network's r; NaN where there is none.
    n_resamples, seed : int
        Of the blocks, for the intervals.

    Returns
    -------
    BetweenBrains
    """
    with threadpool_limits(limits=1, user_api="blas"):
        found = shared_courses(brains, np.arange(len(brains[0])))
        courses = np.sum([brain @ v for brain, v in zip(brains, found)], axis=0)
        layers = {f"shared-{n}": np.ascontiguousarray(courses[:, :n]) for n in _WIDTHS}
        predicted = predict_from_others(layers, y, folds, blocks)
        several = len(set(people)) > 1
        shared = shared_variance(brains, people, y, folds, blocks) if several else None
        draws = block_draws(len(blocks), n_resamples, np.random.default_rng(seed)).astype(float)
        value = predicted.sum(0, dtype=np.float64)
        r = _estimate(value, value + (draws @ predicted - value) * _widening(folds))
        if shared is None or not _is_whole(shared):
            nothing = WithInterval(*[np.full(y.shape[1], np.nan)] * 3)
            why = ONE_OTHER if shared is None else PART_FOUND if shared.n_courses else NOTHING_SHARED
            return BetweenBrains(r, nothing, nothing, [why] * y.shape[1])
        drawn = draws @ shared.sums
        ceiling = _estimate(_root(shared.share), _root(drawn))
        reached = _reached(network.sum(0), draws @ network, ceiling, drawn)
    said = ["" if positive else INCLUDES_ZERO for positive in ceiling.low > 0]
    return BetweenBrains(r, ceiling, reached, said)


def _is_whole(shared: SharedVariance) -> bool:
    """Whether what the others share is known, but for a little."""
    return 0 < shared.n_courses <= shared.room / LEAST_ROOM and shared.missing <= MOST_MISSING


def _widening(folds: Sequence[Fold]) -> float:
    """Parts that helped to train one another are less apart than blocks say (Nadeau and Bengio 2003)."""
    held_to_train = np.mean([sum(map(len, fold.halves)) / len(fold.train) for fold in folds])
    return float(np.sqrt(1 + (len(folds) - 1) * held_to_train))


def _root(share: np.ndarray) -> np.ndarray:
    """The square root with the sign of what it is taken of: roots of what is cut off at zero are above it by chance."""
    rooted: np.ndarray = np.sign(share) * np.sqrt(np.abs(share))
    return rooted


def _estimate(value: np.ndarray, drawn: np.ndarray) -> WithInterval:
    return WithInterval(value, *interval(drawn))


def _reached(network: np.ndarray, drawn: np.ndarray, ceiling: WithInterval, shared: np.ndarray) -> WithInterval:
    """The ratio, its blocks drawn together; NaN where the ceiling's interval includes zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(shared > 0, drawn / np.sqrt(np.maximum(shared, 0)), _ENDLESS)
        found = _estimate(network / ceiling.value, np.where(np.isnan(drawn), np.nan, ratio))
    known = ceiling.low > 0
    return WithInterval(*(np.where(known, x, np.nan) for x in (found.value, found.low, found.high)))
