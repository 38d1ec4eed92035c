"""Contiguous folds, each held-out part cut into a validation half and a test half (protocol)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

N_FOLDS = 5


@dataclass(frozen=True)
class Fold:
    """Event indices: train (n_train,), validation and test, the two halves of what is held out."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


def contiguous_folds(n_events: int, n_folds: int = N_FOLDS) -> tuple[Fold, ...]:
    """Cut the events, in order, into folds.

    Parameters
    ----------
    n_events : int
        Number of events; at least two per fold.
    n_folds : int
        Number of folds.

    Returns
    -------
    tuple of Fold
        The first `len // 2` events of each held-out part validate, the rest test.
    """
    events = np.arange(n_events)
    folds = []
    for held_out in np.array_split(events, n_folds):
        train = np.setdiff1d(events, held_out, assume_unique=True)
        half = len(held_out) // 2
        folds.append(Fold(train, held_out[:half], held_out[half:]))
    return tuple(folds)
