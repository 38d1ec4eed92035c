"""Cross-fitted choices of one network: penalty and layer per electrode, for each held-out half on the other half.

Columns are electrodes, as recorded or shifted; a target is a column and one of the bins that count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from array_api_compat import array_namespace, device

from bids_vlint.encoding.arrays import Array, column_dots, take, to_numpy
from bids_vlint.encoding.design import Columns, Design
from bids_vlint.encoding.folds import Fold
from bids_vlint.encoding.ridge import PENALTIES, Factorisation, HalfOperator, fold_sources
from bids_vlint.encoding.stats import column_means, correlation, unit_columns


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
    """A choice that any candidate betters; its layer is -1."""
    shape = design.shape
    r = np.zeros((*shape, design.n_bins), np.float32)
    return Choice(np.full(shape, -np.inf, np.float32), np.full(shape, -1, np.int16), np.zeros(shape, np.int8), r)


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
    lost = choice.layer < 0  # no candidate has an r there
    if wanted is not None:
        lost &= wanted
    choice.layer[lost] = offset
    return choice


def chosen_in_turn(
    groups: Iterable[tuple[Sequence[Candidate], np.ndarray | None]], choice: Choice, design: Design
) -> Iterator[Candidate]:
    """Candidates of several groups, each with what it is wanted for: when one comes, its group has been chosen from.

    A column that a group is wanted for is wanted by no other, so that the choice is final when the group's candidates
    come: they are used while their factors, made for the choice, are kept.

    Parameters
    ----------
    groups : iterable of (candidates, wanted)
        As in `choose_candidate`; candidates are numbered through.
    choice : Choice
        Is written over.
    design : Design
    """
    offset = 0
    for candidates, wanted in groups:
        with design.room.passing():
            choose_candidate(candidates, design, into=choice, offset=offset, wanted=wanted)
            yield from candidates
        offset += len(candidates)


def _improve(
    layer: Factorisation, number: int, design: Design, choice: Choice, wanted: np.ndarray | None, columns: Columns
) -> None:
    y = design.targets(columns)
    flat = array_namespace(y).reshape(y, (y.shape[0], -1))
    flat -= column_means(flat)
    mine = np.ones((2, len(columns.electrode)), bool) if wanted is None else wanted[:, columns.electrode,
                                                                                    columns.replicate]  # fmt: skip
    scores = to_numpy(validation_r(layer, design.folds, flat, [bool(mine[1 - half].any()) for half in (0, 1)]))
    for half in np.flatnonzero(mine.any(1)):
        r = scores[1 - half].reshape(len(PENALTIES), -1, design.n_bins)
        mean = r.mean(2)
        at = (half, columns.electrode, columns.replicate)
        better = np.flatnonzero((mean.max(0) > choice.score[at]) & mine[half])
        at = (half, columns.electrode[better], columns.replicate[better])
        penalty = mean[:, better].argmax(0)
        choice.score[at], choice.layer[at], choice.penalty[at] = mean[penalty, better], number, penalty
        choice.r[at] = r[penalty, better]


def validation_r(layer: Factorisation, folds: Sequence[Fold], y: Array, wanted: Sequence[bool] = (True, True)) -> Array:
    """Mean r of each half over folds, (2, n_penalties, n_targets) float32.

    Parameters
    ----------
    layer : Factorisation
    folds : sequence of Fold
    y : (n_events, n_targets) float32
        Centred over all events.
    wanted : pair of bool
        The half that is not has zeros.
    """
    xp = array_namespace(y)
    total = xp.zeros((2, len(PENALTIES), y.shape[1]), dtype=xp.float32, device=device(y))
    for fold, operators, source in zip(folds, layer.folds, fold_sources(layer, folds, y)):
        for half in (0, 1):
            if wanted[half]:
                total[half, ...] += half_r(operators.halves[half], source, unit_columns(take(y, fold.halves[half])))
    return total / len(folds)


def half_r(operator: HalfOperator, source: Array, unit: Array) -> Array:
    """r of every penalty, (n_penalties, n_targets), of targets with a source and unit responses."""
    xp = array_namespace(unit)
    n = unit.shape[0]
    if operator.rows is not None:
        unit = operator.rows.T @ unit
    n_penalties, m, q = operator.matrices.shape
    predictions = xp.reshape(operator.matrices, (-1, q)) @ source
    own = [predictions[k * m : (k + 1) * m, :] for k in range(n_penalties)]
    covariance = xp.stack([column_dots(prediction, unit) for prediction in own])
    variance = xp.stack([column_dots(prediction, prediction) for prediction in own])
    variance *= n
    return correlation(covariance, variance)
