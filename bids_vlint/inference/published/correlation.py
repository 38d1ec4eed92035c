"""Validation and test correlations of one resample, for a block of targets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bids_vlint.encoding.folds import N_FOLDS
from bids_vlint.encoding.stats import correlation, weighted_unit_columns
from bids_vlint.inference.published.resample import Operator, Resample, in_kernel_form, operators


@dataclass(frozen=True)
class Refit:
    """A layer fitted on one resample, ready for any block of targets.

    Attributes
    ----------
    resample : Resample
    operators : list of Operator, one per fold
    weighted : (n_rows, n_features + 1) | None
        The rows' features times their counts; None in kernel form.
    """

    resample: Resample
    operators: list[Operator]
    weighted: np.ndarray | None


def prepare(z: np.ndarray, resample: Resample) -> Refit:
    """Do what does not depend on the responses.

    Parameters
    ----------
    z : (n_events, n_features + 1)
        From `standardised`.
    resample : Resample

    Returns
    -------
    Refit
    """
    weighted = None
    if not in_kernel_form(z, resample):
        weighted = z[resample.events]
        weighted *= resample.counts.astype(z.dtype)[:, None]
    return Refit(resample, operators(z, resample), weighted)


def correlations(refit: Refit, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean r over folds at the penalty with the highest mean validation r (the smallest of equals), per target.

    Parameters
    ----------
    refit : Refit
    y : (n_rows, n_targets)
        Responses of the resample's rows, centred, in the precision of the features.

    Returns
    -------
    validation, test : (n_targets,) float64
        r is 0 where a prediction or a response does not vary.
    """
    sources = _sources(refit, y)
    validation = np.zeros((len(refit.operators[0].validation), y.shape[1]))
    for fold, (operator, source) in enumerate(zip(refit.operators, sources)):
        part = refit.resample.validation(fold)
        validation += _r(operator.validation, source, weighted_unit_columns(y[part], refit.resample.counts[part]))
    choice = validation.argmax(0)
    test = np.zeros(y.shape[1])
    parts = [refit.resample.test(fold) for fold in range(N_FOLDS)]
    units = [weighted_unit_columns(y[part], refit.resample.counts[part]) for part in parts]
    for penalty in np.unique(choice):
        at = np.flatnonzero(choice == penalty)
        for operator, source, unit in zip(refit.operators, sources, units):
            test[at] += _r(operator.test[[penalty]], source.take(at, axis=1), unit.take(at, axis=1))[0]
    return validation.max(0) / N_FOLDS, test / N_FOLDS


def _sources(refit: Refit, y: np.ndarray) -> Sequence[np.ndarray]:
    """What each fold's operators are applied to: weighted products with the features, or the training responses."""
    if refit.weighted is None:
        return [y[refit.resample.training(fold)] for fold in range(N_FOLDS)]
    # each row is used once: a training part is all less what is held out
    parts = [refit.resample.held_out(fold) for fold in range(N_FOLDS)]
    products = [refit.weighted[part].T @ y[part] for part in parts]
    total = products[0].copy()
    for product in products[1:]:
        total += product
    for product in products:
        np.subtract(total, product, out=product)
    return products


def _r(operator: np.ndarray, source: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """r of the predictions of several penalties, (n_penalties, n_targets)."""
    n_penalties, n_rows, q = operator.shape
    predictions = (operator.reshape(-1, q) @ source).reshape(n_penalties, n_rows, -1)
    r = np.einsum("kit,it->kt", predictions, unit)
    return correlation(r, np.einsum("kit,kit->kt", predictions, predictions))
