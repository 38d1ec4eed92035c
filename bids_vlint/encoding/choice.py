"""Cross-fitted choices of one network: penalty and layer per electrode, for each held-out half on the other half.

Columns are electrodes, as recorded or shifted; a target is a column and one of the bins that count.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np

from bids_vlint.encoding.design import Columns, Design
from bids_vlint.encoding.ridge import PENALTIES, Factor, Factorisation, projected_responses, weights_of
from bids_vlint.encoding.stats import correlation, unit_columns


@dataclass(frozen=True)
class Candidate:
    """A layer, or joined layers at one mixture of their penalties, that a network can be represented by."""

    name: str
    factorise: Callable[[], Factorisation]


@dataclass(frozen=True)
class Choice:
    """What is chosen for the test of each half, on the other half.

    Attributes
    ----------
    score : (2, n_electrodes, n_replicates) float32
        Mean r of the half that chose, over folds and the bins that count, at the chosen layer and penalty.
    layer : (2, n_electrodes, n_replicates) int16
        Index of the candidate with the highest score.
    penalty : (2, n_electrodes, n_replicates) int8
        Index into PENALTIES.
    r : (2, n_electrodes, n_replicates, n_bins) float32
        Of which the score is the mean over bins.
    """

    score: np.ndarray
    layer: np.ndarray
    penalty: np.ndarray
    r: np.ndarray


def nothing_chosen(design: Design) -> Choice:
    """A choice that any candidate betters."""
    shape = design.shape
    r = np.zeros((*shape, design.n_bins), np.float32)
    return Choice(np.full(shape, -np.inf, np.float32), np.zeros(shape, np.int16), np.zeros(shape, np.int8), r)


def choose_candidate(
    candidates: Sequence[Candidate],
    design: Design,
    *,
    into: Choice | None = None,
    offset: int = 0,
    wanted: np.ndarray | None = None,
) -> Choice:
    """Choose layer and penalty for every electrode and replicate, with one candidate in memory at a time.

    Per column the penalty with the highest mean r over folds and the bins that count (a choice per bin is noisier), and
    the candidate with the highest score (the first of equals).

    Parameters
    ----------
    candidates : sequence of Candidate
    design : Design
    into : Choice | None
        Written over where a candidate is better; None: a fresh one.
    offset : int
        Number of the first candidate.
    wanted : (2, n_electrodes, n_replicates) bool | None
        For which halves, electrodes and replicates; None: all.

    Returns
    -------
    Choice
    """
    choice = nothing_chosen(design) if into is None else into
    tasks = design.tasks() if wanted is None else design.tasks(np.asarray(wanted.any(0)))
    with ThreadPoolExecutor(design.threads) as pool:
        for number, candidate in enumerate(candidates, offset):
            # the factors have no name here, so that they are freed before the next ones are made
            work = partial(_improve, candidate.factorise(), number, design, choice, wanted)
            list(pool.map(work, tasks))
            del work
    return choice


def _improve(
    layer: Factorisation, number: int, design: Design, choice: Choice, wanted: np.ndarray | None, columns: Columns
) -> None:
    y = design.targets(columns)
    flat = y.reshape(len(y), -1)
    flat -= flat.mean(0, dtype=np.float64).astype(np.float32)
    projected = projected_responses(layer, design.folds, flat)
    for half in (0, 1):
        mine = np.ones(len(columns.electrode), bool) if wanted is None else wanted[half][columns.electrode,
                                                                                         columns.replicate]  # fmt: skip
        if not mine.any():
            continue
        unit = [unit_columns(flat[fold.halves[1 - half]]) for fold in design.folds]
        r = validation_r(layer.factors, projected, unit, 1 - half).reshape(len(PENALTIES), -1, design.n_bins)
        mean = r.mean(2)
        at = (half, columns.electrode, columns.replicate)
        better = np.flatnonzero((mean.max(0) > choice.score[at]) & mine)
        at = (half, columns.electrode[better], columns.replicate[better])
        penalty = mean[:, better].argmax(0)
        choice.score[at], choice.layer[at], choice.penalty[at] = mean[penalty, better], number, penalty
        choice.r[at] = r[penalty, better]


def validation_r(
    factors: Sequence[Factor], projected: Sequence[np.ndarray], unit: Sequence[np.ndarray], half: int
) -> np.ndarray:
    """Mean r of one half over folds, (n_penalties, n_targets); `unit` are its unit responses per fold."""
    total = np.zeros((len(PENALTIES), unit[0].shape[1]), np.float32)
    for factor, c, y in zip(factors, projected, unit):
        total += half_r(factor.held[half], factor.eigenvalues, c, y)
    return total / np.float32(len(factors))


def half_r(held: np.ndarray, eigenvalues: np.ndarray, projected: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """r of every penalty, (n_penalties, n_targets): from predictions, or from their sums of squares in the eigenbasis
    where that is smaller."""
    n, q = held.shape
    centred = held - held.mean(0)
    r = np.empty((len(PENALTIES), projected.shape[1]), np.float32)
    small = q < n
    gram = centred.T @ centred if small else None
    cross = centred.T @ unit if small else None
    for row, penalty in zip(r, PENALTIES):
        w = weights_of(projected, eigenvalues, penalty)
        if gram is not None and cross is not None:
            covariance = np.einsum("ij,ij->j", w, cross)
            variance = np.einsum("ij,ij->j", w, gram @ w)
        else:
            prediction = centred @ w
            covariance = np.einsum("ij,ij->j", prediction, unit)
            variance = np.einsum("ij,ij->j", prediction, prediction)
        row[:] = correlation(covariance, variance * n)
    return r
