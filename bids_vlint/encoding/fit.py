"""One network's held-out results, everywhere or for some electrodes, with one layer in memory at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from functools import partial

import numpy as np

from bids_vlint.encoding.correlate import unit_columns
from bids_vlint.encoding.folds import Fold
from bids_vlint.encoding.ridge import Layer, factorise
from bids_vlint.encoding.score import contributions, fold_r, interval
from bids_vlint.encoding.select import Fitted, fit_layer

# Fixed, so that results do not depend on the number of processors.
ELECTRODES_PER_BLOCK = 16


@dataclass(frozen=True)
class Design:
    """What all networks of an alignment share.

    Attributes
    ----------
    data : (n_events, n_electrodes, n_lags) float32
    folds : tuple of Fold
    after : (n_lags,) bool
        Bins at or after onset.
    counts : list of (n_resamples, n_test), one per fold
    threads : int
    """

    data: np.ndarray
    folds: tuple[Fold, ...]
    after: np.ndarray
    counts: list[np.ndarray]
    threads: int


@dataclass(frozen=True)
class Result:
    """One network's results for some electrodes, electrodes first.

    Attributes
    ----------
    r, low, high, penalty : (n_electrodes, n_lags) float32
    validation : (n_electrodes,)
    contributions : (n_electrodes, n_test) float64
    layer : (n_electrodes,) str
    """

    r: np.ndarray
    low: np.ndarray
    high: np.ndarray
    penalty: np.ndarray
    validation: np.ndarray
    contributions: np.ndarray
    layer: np.ndarray

    @property
    def values(self) -> list[np.ndarray]:
        """Its arrays, in order."""
        return [getattr(self, f.name) for f in fields(self)]


def fit_everywhere(
    layers: Mapping[str, np.ndarray],
    design: Design,
    electrodes: np.ndarray | None = None,
    resampled: np.ndarray | None = None,
) -> Result:
    """Fit a network's layers one after another; each electrode keeps the layer that validates best.

    What is kept between layers are the test predictions of each electrode's best layer so far (half the size of the
    responses); a layer's factors, the largest of what is needed, are gone before the next layer is read.

    Parameters
    ----------
    layers : name -> (n_events, n_features)
    design : Design
    electrodes : (n,) int | None
        Which electrodes; None: all.
    resampled : (n * n_lags, n_resamples) float32 | None
        The r of every resample is added to it.

    Returns
    -------
    Result
    """
    chosen = np.arange(design.data.shape[1]) if electrodes is None else electrodes
    names = list(layers)
    starts = range(0, len(chosen), ELECTRODES_PER_BLOCK)
    parts = [chosen[k : k + ELECTRODES_PER_BLOCK] for k in starts]
    best: list[Fitted | None] = [None] * len(parts)
    with ThreadPoolExecutor(design.threads) as pool:
        # a layer has no name here, so that it is freed before the next one is read
        for number, name in enumerate(names[:-1]):
            work = partial(_improve, factorise(layers[name], design.folds), number, design)
            best = list(pool.map(work, parts, best))
            del work
        finish = partial(_finish, factorise(layers[names[-1]], design.folds), names, design, resampled)
        return join(list(pool.map(finish, starts, parts, best)))


def join(parts: Sequence[Result]) -> Result:
    """Put the results of some electrodes after those of others."""
    return Result(*(np.concatenate(arrays) for arrays in zip(*(part.values for part in parts))))


def _improve(layer: Layer, number: int, design: Design, electrodes: np.ndarray, best: Fitted | None) -> Fitted:
    return fit_layer(layer, design.folds, design.data[:, electrodes], design.after, number, best)


def _finish(
    layer: Layer,
    names: Sequence[str],
    design: Design,
    resampled: np.ndarray | None,
    start: int,
    electrodes: np.ndarray,
    best: Fitted | None,
) -> Result:
    """Fit a block's last layer and score what it keeps."""
    y = design.data[:, electrodes]
    fitted = fit_layer(layer, design.folds, y, design.after, len(names) - 1, best)
    n_electrodes, n_lags = y.shape[1:]
    own = None if resampled is None else resampled[start * n_lags : (start + n_electrodes) * n_lags]
    responses = [unit_columns(y[fold.test].reshape(len(fold.test), -1)) for fold in design.folds]
    r = fold_r(fitted.predictions, responses)
    low, high = interval(fitted.predictions, responses, design.counts, own)
    shares = contributions(fitted.predictions, responses, r, n_lags, design.after)
    r_mean, low, high, penalty = (
        a.reshape(n_electrodes, n_lags).astype(np.float32) for a in (r.mean(0), low, high, fitted.penalty)
    )
    return Result(r_mean, low, high, penalty, fitted.validation, shares.T, np.array(names, object)[fitted.layer])
