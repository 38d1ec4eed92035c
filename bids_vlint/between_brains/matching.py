"""Who else saw the same film: events of others at the same time of the same film, whatever their onsets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bids_vlint.encoding.blocks import Blocks
from bids_vlint.encoding.folds import Fold

# Half a step of 25 ms: words of one table differ by rounding alone.
SAME_EVENT_S = 0.0125
# What a held-out half, and a set of folds, hold at least.
_FEWEST_BLOCKS, _FEWEST_FOLDS = 2, 3


@dataclass(frozen=True)
class Watched:
    """What somebody was shown at events: (n_events,) each."""

    stimulus: np.ndarray
    movie_time: np.ndarray

    def __len__(self) -> int:
        return len(self.movie_time)


def same_events(own: Watched, other: Watched) -> np.ndarray:
    """The events of another recording at the same time of the same film.

    Parameters
    ----------
    own, other : Watched

    Returns
    -------
    (n_events, n_presentations) int
        Rows of the other's events for each own; -1 where it has no (further) one.

    Examples
    --------
    >>> film = np.array(["film"] * 3)
    >>> same_events(Watched(film, np.array([1.0, 2.0, 3.0])), Watched(film[:2], np.array([3.0, 1.0]))).tolist()
    [[1], [-1], [0]]
    """
    low, high = np.zeros((2, len(own)), int)
    rows: list[np.ndarray] = []
    for name in np.unique(own.stimulus):
        mine, theirs = np.flatnonzero(own.stimulus == name), np.flatnonzero(other.stimulus == name)
        theirs = theirs[np.argsort(other.movie_time[theirs], kind="stable")]
        time, n = other.movie_time[theirs], sum(map(len, rows))
        low[mine] = n + np.searchsorted(time, own.movie_time[mine] - SAME_EVENT_S, "left")
        high[mine] = n + np.searchsorted(time, own.movie_time[mine] + SAME_EVENT_S, "right")
        rows.append(theirs)
    order = np.concatenate([*rows, [-1]])
    place = low[:, None] + np.arange(max(1, (high - low).max(initial=0)))
    found: np.ndarray = np.where(place < high[:, None], order[np.minimum(place, len(order) - 1)], -1)
    return found


def at_events(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The mean of an other's values over its presentations of each event.

    Parameters
    ----------
    values : (n_other, ...) float32
    rows : (n_events, n_presentations) int
        From `same_events`; every event has one at least.
    """
    known = rows >= 0
    total = np.zeros((len(rows), *values.shape[1:]), np.float32)
    for k in range(rows.shape[1]):
        total[known[:, k]] += values[rows[known[:, k], k]]
    return total / known.sum(1, dtype=np.float32).reshape(-1, *[1] * (values.ndim - 1))


def joint_others(known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which others count, and the events that all of these have: those with most events in common come first, and as
    many are taken as make events times (1 - 1 / (1 + others)) largest.

    Parameters
    ----------
    known : (n_others, n_events) bool
        Which events each has.

    Returns
    -------
    others : (n_found,) int
    events : (n_joint,) int
        None of either where nobody has any.
    """
    order = np.argsort(-known.sum(1), kind="stable")
    joint = np.logical_and.accumulate(known[order], axis=0)
    n = np.arange(1, len(order) + 1)
    worth = joint.sum(1) * n / (n + 1)
    if not len(order) or not worth.max():
        return np.empty(0, int), np.empty(0, int)
    best = int(np.flatnonzero(worth == worth.max())[-1])
    return np.sort(order[: best + 1]), np.flatnonzero(joint[best])


@dataclass(frozen=True)
class Folds:
    """The folds of the tests, of some of their events.

    Attributes
    ----------
    folds : tuple of Fold
        Those that these events leave whole enough, in numbers of these events.
    blocks : Blocks
        All, of which some hold none of them.
    weights : (n_blocks,)
        What takes a block's contribution to an r over all events to that over these.
    """

    folds: tuple[Fold, ...]
    blocks: Blocks
    weights: np.ndarray


def folds_among(
    train: np.ndarray, block: np.ndarray, fold: np.ndarray, half: np.ndarray, events: np.ndarray
) -> Folds | None:
    """Cut the folds of the tests to some events.

    Parameters
    ----------
    train : (n_folds, n_all) bool
        Whether an event is trained on.
    block : (n_all,) int
        The block in which it is held out; -1: in none.
    fold, half : (n_blocks,) int
        Of each block.
    events : (n_events,) int

    Returns
    -------
    Folds | None
        None where fewer than three folds have something to train on and two blocks in each half.
    """
    own, n_of = block[events], np.bincount(block[block >= 0], minlength=len(fold))
    there = np.bincount(own[own >= 0], minlength=len(fold)) > 0
    kept, ids, weights = [], [], np.zeros(len(fold))
    for f in range(len(train)):
        parts = [np.flatnonzero((fold == f) & (half == h)) for h in (0, 1)]
        known = np.flatnonzero(train[f][events])
        if min(there[part].sum() for part in parts) < _FEWEST_BLOCKS or not len(known):
            continue
        halves = [np.flatnonzero(np.isin(own, part)) for part in parts]
        kept.append(Fold(known, (halves[0], halves[1])))
        ids.append((own[halves[0]], own[halves[1]]))
        for part in parts:
            weights[part] = there[part] * n_of[part].sum() / n_of[part][there[part]].sum()
    if len(kept) < _FEWEST_FOLDS:
        return None
    none = np.zeros(len(fold))
    return Folds(tuple(kept), Blocks(tuple(ids), half, fold, np.full(len(fold), ""), none, 0),
                 weights * len(train) / len(kept))  # fmt: skip
