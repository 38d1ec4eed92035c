"""How much of an electrode's response follows signals that other brains show at the same time of the film.

Two halves of the others each show the shared signals with noise of their own. With features a and b of both, the
variance of what an electrode has of the shared signals is cov(y, a) cov(b, a)^-1 cov(b, y), whatever the noise and the
scale of either: one half is the instrument of the other (instrumental variables, errors in variables; Fuller 1987). Of
a single signal it is r(y, a) r(y, b) / r(a, b), Spearman's correction. The two covariances with y are taken in parts
of the film that have nothing in common, so that chance adds nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy import stats

from bids_vlint.between_brains.prediction import rows_of_events
from bids_vlint.between_brains.space import MOST_COURSES, shared_courses
from bids_vlint.encoding.blocks import Blocks
from bids_vlint.encoding.folds import Fold
from bids_vlint.encoding.stats import block_membership, block_t, unit_columns

# A course is an instrument where both halves of the others agree on it with a t of this (F of 10; Staiger and Stock
# 1997): dividing by less multiplies noise.
LEAST_T = 3.2
# Ways to halve the others that are averaged.
MOST_HALVINGS = 4
_NOTHING = 1e-12
_ONE_SIDED = float(stats.norm.isf(0.05))


@dataclass(frozen=True)
class SharedVariance:
    """What an electrode shares with other brains.

    Attributes
    ----------
    share : (n_electrodes,) float64
        Of its variance; below zero by chance where nothing is shared; NaN of one that does not vary.
    sums : (n_blocks, n_electrodes) float64
        Each block's contribution to it, chance in what was learnt included (the influence function); sums to it.
    n_courses : float
        Signals that both halves of the others show, the mean over halvings; 0: they share nothing.
    missing : float
        The largest share of what halves of the others have in common that may well not be in these signals, but in
        courses of which each could be chance: the end of a one-sided 95 % interval over blocks.
    room : int
        Components of the half of the others that has fewest.
    """

    share: np.ndarray
    sums: np.ndarray
    n_courses: float
    missing: float
    room: int


def halvings(n: int) -> list[tuple[int, ...]]:
    """Ways to halve n participants, one half each, at most 4, spread over all ways; none below two."""
    if n < 2:
        return []
    if n > 2 * MOST_HALVINGS:  # of many: every second, pairs, fours, and what is in both or neither of the first two
        bits = [(np.arange(n) >> k) % 2 for k in range(MOST_HALVINGS - 1)]
        signs = [own == 0 for own in (*bits, bits[0] ^ bits[1])]
        return [tuple(np.flatnonzero(own).tolist()) for own in signs]
    ways = [one for one in combinations(range(n), n // 2) if n % 2 or 0 in one]
    step = max(1.0, len(ways) / MOST_HALVINGS)
    return [ways[int(k * step)] for k in range(min(MOST_HALVINGS, len(ways)))]


def shared_variance(
    brains: Sequence[np.ndarray],
    people: Sequence[int],
    y: np.ndarray,
    folds: Sequence[Fold],
    blocks: Blocks,
) -> SharedVariance:
    """Estimate which share of each electrode's variance follows signals that the others share.

    Signals are found in one half of the film's parts and used in the other. What an electrode has of them is learnt
    outside the held-out part, on the same half.

    Parameters
    ----------
    brains : sequence of (n_events * n_windows, n_components) float32
        Of others; from `space.brain_components`.
    people : sequence of int
        Whose each is, from 0: one participant's stand in the same half.
    y : (n_events, n_electrodes, n_windows) float32
    folds, blocks
        Those of the tests, of events.

    Returns
    -------
    SharedVariance
    """
    n_windows = y.shape[2]
    flat = np.ascontiguousarray(y.transpose(0, 2, 1)).reshape(-1, y.shape[1])
    block = np.full(len(y), -1)
    for fold, ids in zip(folds, blocks.ids):
        for own, numbers in zip(fold.halves, ids):
            block[own] = numbers
    half = np.where(block >= 0, blocks.half[block], -1)
    ways = halvings(max(people, default=-1) + 1)
    total = np.zeros((3, len(blocks), y.shape[1]))  # estimate, its influence, the electrode's own variance
    n_courses, common = [], np.zeros((2, len(blocks)))  # in courses that agree, and in the others
    for h in (0, 1):
        events = np.flatnonzero(half == h)
        parts = [_part(fold.train, fold.halves[h], half == h, n_windows) for fold in folds]
        for _, held in parts:
            own = flat[held] - flat[held].mean(0)
            total[2] += _by_block(own * own, np.repeat(block, n_windows)[held], len(blocks))
        weights = shared_courses(brains, rows_of_events(np.flatnonzero(half == 1 - h), n_windows), MOST_COURSES)
        courses = [brain @ v for brain, v in zip(brains, weights)]
        own = rows_of_events(events, n_windows)
        for way in ways:
            a, b = (sum(c for c, who in zip(courses, people) if (who in way) == side) for side in (True, False))
            one, other = (unit_columns(x[own]) for x in (a, b))
            rows = np.repeat(block, n_windows)[own]
            agreed = _agreed(one, other, rows)
            both = (one[:, agreed] * other[:, agreed]).sum(1), _left(one, other, agreed)
            common += _by_block(np.stack(both, 1), rows, len(blocks)).T
            n_courses.append(len(agreed))
            if len(agreed):
                _add(a[:, agreed], b[:, agreed], flat, parts, np.repeat(block, n_windows), total, len(ways))
    variance = total[2].sum(0)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = total[0].sum(0) / variance
        sums = (total[1] - total[2] * (total[1].sum(0) / variance)) / variance
    n_agreed = float(np.mean(n_courses)) if n_courses else 0.0
    return SharedVariance(
        share, sums + share / len(blocks), n_agreed, _most_missing(*common), _room(brains, people, ways)
    )


def _most_missing(agreed: np.ndarray, others: np.ndarray) -> float:
    """The largest share that other courses may well have of what halves have in common: what they seem to have, and
    what chance over blocks may hide of it (one-sided, 95 %)."""
    whole = max(float((agreed + others).sum()), _NOTHING)
    missing = float(others.sum()) / whole
    error = np.sqrt(np.square((others - missing * (agreed + others)) / whole).sum())
    return missing + _ONE_SIDED * float(error)


def _room(brains: Sequence[np.ndarray], people: Sequence[int], ways: Sequence[tuple[int, ...]]) -> int:
    sizes = [[sum(x.shape[1] for x, who in zip(brains, people) if (who in way) == side) for side in (True, False)]
             for way in ways]  # fmt: skip
    return min(map(min, sizes), default=0)


_Part = tuple[np.ndarray, np.ndarray]  # rows that are learnt from, and held-out ones


def _part(train: np.ndarray, held: np.ndarray, own: np.ndarray, n_windows: int) -> _Part:
    return rows_of_events(train[own[train]], n_windows), rows_of_events(held, n_windows)


def _by_block(values: np.ndarray, block: np.ndarray, n_blocks: int) -> np.ndarray:
    """Sums over blocks, (n_blocks, ...) float64."""
    known, member = block_membership(block)
    out = np.zeros((n_blocks, *values.shape[1:]))
    out[known] = member @ values
    return out


def _agreed(a: np.ndarray, b: np.ndarray, block: np.ndarray) -> np.ndarray:
    """The courses on which both halves of the others agree.

    Weak ones are left out until no mixture of courses is agreed on by less than half as much as the weakest course:
    the covariance is divided by.
    """
    covariance = (b.T @ a).astype(np.float64) / len(a)
    r = np.diag(covariance)
    _, member = block_membership(block)
    t = block_t(member @ (a * b))
    kept = np.flatnonzero(t > LEAST_T)
    while len(kept):
        weakest = np.linalg.svd(covariance[np.ix_(kept, kept)], compute_uv=False)[-1]
        if weakest >= r[kept].min() / 2:
            break
        kept = np.delete(kept, t[kept].argmin())
    return kept


def _left(a: np.ndarray, b: np.ndarray, agreed: np.ndarray) -> np.ndarray:
    """The products of the other courses at each row, less what both have of the agreed ones."""
    rest = np.setdiff1d(np.arange(a.shape[1]), agreed)
    one, other = a[:, agreed], b[:, agreed]
    cross = (other.T @ one).astype(np.float64)
    first = a[:, rest] - one @ np.linalg.solve(cross, other.T @ a[:, rest])
    second = b[:, rest] - other @ np.linalg.solve(cross.T, one.T @ b[:, rest])
    left: np.ndarray = (first * second).sum(1)
    return left


def _add(
    a: np.ndarray, b: np.ndarray, y: np.ndarray, parts: Sequence[_Part], block: np.ndarray, total: np.ndarray, n: int
) -> None:
    """Add one halving's estimate and influence, over `n`, to the sums of blocks."""
    for train, held in parts:
        first, second, known = (x[train] - x[train].mean(0) for x in (a, b, y))
        cross = (second.T @ first).astype(np.float64)
        from_a = np.linalg.solve(cross, second.T @ known)
        from_b = np.linalg.solve(cross.T, first.T @ known)
        own = y[held] - y[held].mean(0)
        one, other = ((x[held] - x[held].mean(0)) @ w for x, w in ((a, from_a), (b, from_b)))
        both = own * (one + other)
        total[0] += _by_block(both / (2 * n), block[held], total.shape[1])
        total[1] += _by_block((both - one * other) / n, block[held], total.shape[1])
