"""A small fit of its own, apart from the package's: what the rejected choices are computed from.

Both halves of every held-out part are predicted, each with the penalty chosen on the other; scores are taken over the
non-overlapping 200 ms bins from 0.1 to 1.9 s; electrodes and their shifted copies are columns of the same products.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import linalg

from benchmarks.calibration.film import STEP_S
from bids_vlint.encoding.blocks import Blocks, blocks_of
from bids_vlint.encoding.folds import N_FOLDS, Fold, stimulus_folds
from bids_vlint.signals.responses import Responses

PENALTIES = 10.0 ** np.arange(-1, 6)
BINS = np.round(np.arange(0.1, 2.0, 0.2), 3)
GAP_S, REACH_S = 4.4, 20.0


@dataclass(frozen=True)
class Design:
    """What the fits of a data set share.

    Attributes
    ----------
    y : (n_events, n_copies, n_electrodes, n_bins) float32
        Copy 0 is as recorded.
    folds : tuple of Fold
    blocks : Blocks
    time : (n_events,) seconds in the film
    """

    y: np.ndarray
    folds: tuple[Fold, ...]
    blocks: Blocks
    time: np.ndarray


@dataclass(frozen=True)
class Fit:
    """A network's results.

    Attributes
    ----------
    validation : (2, n_copies, n_electrodes)
        Score on each half at the best penalties there; it decides for the other half.
    sums : (n_blocks, n_copies, n_electrodes)
        Block sums of the held-out events' contributions to the score.
    shares : pairs over halves of lists over folds of (n_half, n_electrodes)
        Those contributions as recorded; each half's sum over folds is its score.
    fixed : (n_blocks, n_copies, n_electrodes) | None
        Block sums with the fit as recorded against shifted held-out responses.
    """

    validation: np.ndarray
    sums: np.ndarray
    shares: tuple[list[np.ndarray], list[np.ndarray]]
    fixed: np.ndarray | None = None


def contiguous_folds(n_events: int, n_folds: int = N_FOLDS) -> tuple[Fold, ...]:
    """Cut the events, in order, into folds (published).

    Parameters
    ----------
    n_events : int
        Number of events; at least two per fold.
    n_folds : int
        Number of folds.

    Returns
    -------
    tuple of Fold
        The first half of a held-out part has `len // 2` events; as published it validates and the second tests.
    """
    events = np.arange(n_events)
    folds = []
    for held_out in np.array_split(events, n_folds):
        train = np.setdiff1d(events, held_out, assume_unique=True)
        half = len(held_out) // 2
        folds.append(Fold(train, (held_out[:half], held_out[half:])))
    return tuple(folds)


def design(responses: Responses, n_shifts: int, rng: np.random.Generator, folds: str = "stimulus") -> Design:
    """Cut folds and blocks and make the shifted responses.

    Parameters
    ----------
    responses : Responses
    n_shifts : int
    rng : numpy.random.Generator
    folds : {"stimulus", "no gap", "contiguous"}
        In stimulus time with a gap, in stimulus time without, or as published.
    """
    events = responses.events
    cut = (
        contiguous_folds(len(events))
        if folds == "contiguous"
        else stimulus_folds(
            events["stimulus"].to_numpy(str),
            events["movie_time"].to_numpy(float),
            events["run"].to_numpy(str),
            events["onset"].to_numpy(float),
            gap=GAP_S if folds == "stimulus" else 0.0,
            n_folds=N_FOLDS,
        )
    )
    copies = [responses.data[:, :, np.searchsorted(responses.lags, BINS - 1e-6)]]
    if n_shifts:
        copies += shifted(responses, n_shifts, rng)
    return Design(np.stack(copies, axis=1), cut, blocks_of(events, cut), events["movie_time"].to_numpy(float))


def shifted(responses: Responses, n_shifts: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Responses of which each run was rolled in continuous time by 20 s or more, (n_events, n_electrodes, n_bins)."""
    run, onset = responses.events["run"].to_numpy(str), responses.events["onset"].to_numpy(float)
    out = [np.empty((len(onset), len(responses.channels), len(BINS)), np.float32) for _ in range(n_shifts)]
    for track in responses.tracks:
        own = np.flatnonzero(run == track.run)
        at = nearest(track.time, onset[own][:, None] + BINS)
        least = round(REACH_S / STEP_S)
        for copy, step in zip(out, rng.integers(least, len(track.time) - least, n_shifts)):
            copy[own] = track.data[(at + step) % len(track.time)].transpose(0, 2, 1)
    return out


def nearest(time: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Index of the nearest of some increasing times."""
    after = np.clip(np.searchsorted(time, wanted), 1, len(time) - 1)
    closest: np.ndarray = after - (wanted - time[after - 1] < time[after] - wanted)
    return closest


def fit(x: np.ndarray, made: Design, keep_fit: bool = False) -> Fit:
    """Fit a network's features.

    Parameters
    ----------
    x : (n_events, n_features)
    made : Design
    keep_fit : bool
        Also score the fit as recorded against the shifted held-out responses.
    """
    shape = made.y.shape[1:]
    y = made.y.reshape(len(made.y), -1)
    parts = [_part(x, y, fold) for fold in made.folds]
    # (2 halves, n_penalties, n_columns): mean r over folds
    r = np.mean([[_scores(p, p.held[h], p.targets[h]) for h in (0, 1)] for p in parts], axis=0)
    validation = r.max(1).reshape(2, *shape).mean(-1)
    sums = np.zeros((len(made.blocks), *shape[:2]))
    fixed = np.zeros_like(sums) if keep_fit else None
    shares: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
    for f, part in enumerate(parts):
        for h in (0, 1):
            penalty = PENALTIES[r[1 - h].argmax(0)]
            predicted = _unit(
                part.held[h] @ (part.projected / (part.eigenvalues[:, None] + penalty)).astype(np.float32)
            )
            each = _contributions(predicted, part.targets[h], shape) / len(parts)
            ids = made.blocks.ids[f][h]
            np.add.at(sums, ids, each)
            shares[h].append(each[:, 0])
            if fixed is not None:
                same = np.tile(predicted[:, : shape[1] * shape[2]], (1, shape[0]))
                np.add.at(fixed, ids, _contributions(same, part.targets[h], shape) / len(parts))
    return Fit(validation, sums, shares, fixed)


@dataclass(frozen=True)
class _Part:
    """A fold in its eigenbasis: what it predicts with, and its held-out features and unit responses per half."""

    eigenvalues: np.ndarray
    projected: np.ndarray
    held: tuple[np.ndarray, np.ndarray]
    targets: tuple[np.ndarray, np.ndarray]


def _part(x: np.ndarray, y: np.ndarray, fold: Fold) -> _Part:
    train = x[fold.train].astype(np.float64)
    mean, sd = train.mean(0), train.std(0)
    z = (train - mean) / sd
    own = y[fold.train]
    own = own - own.mean(0)
    if z.shape[1] > len(z):
        s, u = linalg.eigh(z @ z.T)
        basis, projected = z.T @ u, u.astype(np.float32).T @ own
    else:
        s, basis = linalg.eigh(z.T @ z)
        projected = (z @ basis).astype(np.float32).T @ own
    held = [((x[h] - mean) / sd @ basis).astype(np.float32) for h in fold.halves]
    held = [h - h.mean(0) for h in held]
    return _Part(np.maximum(s, 0), projected, (held[0], held[1]), (_unit(y[fold.halves[0]]), _unit(y[fold.halves[1]])))


def _scores(part: _Part, held: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Pearson r at every penalty, (n_penalties, n_columns); quadratic forms where features are few."""
    rows, width = held.shape
    cross = held.T @ target
    gram = held.T @ held if width < rows else None
    out = np.empty((len(PENALTIES), target.shape[1]))
    for k, value in enumerate(PENALTIES):
        w = part.projected * (1 / (part.eigenvalues + value)).astype(np.float32)[:, None]
        if gram is None:
            predicted = held @ w
            square = np.einsum("ij,ij->j", predicted, predicted)
        else:
            square = np.einsum("ij,ij->j", w, gram @ w)
        out[k] = np.einsum("ij,ij->j", w, cross) / np.sqrt(np.maximum(square, 1e-20) * rows)
    return out


def _unit(x: np.ndarray) -> np.ndarray:
    x = x - x.mean(0)
    return x / np.sqrt(np.maximum((x * x).mean(0), 1e-12))


def _contributions(p: np.ndarray, y: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """Each event's contribution to the mean r over bins, (n_half, n_copies, n_electrodes)."""
    product = p * y
    r = product.mean(0)
    product -= (r / 2) * (p * p + y * y)
    product += r
    return product.reshape(len(p), *shape).mean(-1) / len(p)


@dataclass(frozen=True)
class Difference:
    """The best of a side against the best of the other, each chosen per half on the other half.

    Attributes as in `Fit`.
    """

    sums: np.ndarray
    shares: tuple[list[np.ndarray], list[np.ndarray]]
    unchosen: np.ndarray  # block sums with the networks that are the best as recorded, for every copy
    fixed: np.ndarray | None


def difference(model: Sequence[Fit], baseline: Sequence[Fit], blocks: Blocks) -> Difference:
    """Paired difference of two sides; the choice of network is made anew in every shifted copy."""
    sides = [_side(candidates, blocks) for candidates in (model, baseline)]
    a, b = sides
    shares = tuple([x - y for x, y in zip(a.shares[h], b.shares[h])] for h in (0, 1))
    fixed = None if a.fixed is None or b.fixed is None else a.fixed - b.fixed
    return Difference(a.sums - b.sums, shares, a.unchosen - b.unchosen, fixed)  # type: ignore[arg-type]


def _side(candidates: Sequence[Fit], blocks: Blocks) -> Difference:
    best = np.stack([c.validation for c in candidates]).argmax(0)[::-1]  # chosen on one half, used on the other
    sums, unchosen = np.zeros_like(candidates[0].sums), np.zeros_like(candidates[0].sums)
    fixed = None if candidates[0].fixed is None else np.zeros_like(sums)
    shares = tuple([np.zeros_like(s) for s in candidates[0].shares[h]] for h in (0, 1))
    for k, candidate in enumerate(candidates):
        for h in (0, 1):
            rows, own = blocks.half == h, best[h] == k
            sums[rows] += candidate.sums[rows] * own
            unchosen[rows] += candidate.sums[rows] * own[0]
            if fixed is not None and candidate.fixed is not None:
                fixed[rows] += candidate.fixed[rows] * own[0]
            for total, share in zip(shares[h], candidate.shares[h]):
                total += share * own[0]
    return Difference(sums, shares, unchosen, fixed)  # type: ignore[arg-type]
