"""How well the others predict an electrode: the encoding's own ridge, folds and choices, on their shared courses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from bids_vlint.encoding.blocks import Blocks
from bids_vlint.encoding.choice import choose_candidate
from bids_vlint.encoding.design import Design
from bids_vlint.encoding.folds import Fold
from bids_vlint.encoding.models import network_candidates
from bids_vlint.encoding.network_features import NetworkFeatures
from bids_vlint.encoding.prediction import held_out
from bids_vlint.signals.responses import Responses

# Resamples that the encoding makes anyway, and nobody reads: intervals come from the block sums.
_RESAMPLES = 2
_NO_EVENTS = pd.DataFrame()


def rows_of_events(events: np.ndarray, n_windows: int) -> np.ndarray:
    """The rows of events, each of which has `n_windows` of them."""
    rows: np.ndarray = (events[:, None] * n_windows + np.arange(n_windows)).ravel()
    return rows


def predict_from_others(
    features: Mapping[str, np.ndarray],
    y: np.ndarray,
    folds: Sequence[Fold],
    blocks: Blocks,
    *,
    threads: int = 1,
) -> np.ndarray:
    """Predict held-out responses from what others did at the same time of the film.

    An event and window of the responses is a row: what is predicted and what predicts lie at one time of the film, so
    one regression serves all windows.

    Parameters
    ----------
    features : name -> (n_events * n_windows, p) float32
        The others as a network has layers: an electrode's is chosen on the other half.
    y : (n_events, n_electrodes, n_windows) float32
    folds, blocks
        Those of the tests, of events.
    threads : int

    Returns
    -------
    (n_blocks, n_electrodes) float32
        Each block's contribution to the mean held-out r.
    """
    n_windows = y.shape[2]
    data = np.ascontiguousarray(y.transpose(0, 2, 1)).reshape(-1, y.shape[1], 1)
    of_rows = tuple(_of_rows(fold, n_windows) for fold in folds)
    ids = tuple((np.repeat(a, n_windows), np.repeat(b, n_windows)) for a, b in blocks.ids)
    long = Blocks(ids, blocks.half, blocks.fold, blocks.stimulus, blocks.time, blocks.per_part)
    responses = Responses(data, tuple(map(str, range(y.shape[1]))), np.zeros(1), _NO_EVENTS)
    counts = [np.ones((_RESAMPLES, len(half)), np.float32) for pair in ids for half in pair]
    design = Design(responses, of_rows, long, np.ones(1, bool), counts, None, [], None, threads)
    others = NetworkFeatures("others", "multimodal", True, features)
    candidates = network_candidates(others, design)
    choice = choose_candidate(candidates, design)
    return held_out(candidates, choice, np.ones((*design.shape, 1), np.float32), design).sums[:, :, 0]


def _of_rows(fold: Fold, n_windows: int) -> Fold:
    first, second = (rows_of_events(half, n_windows) for half in fold.halves)
    return Fold(rows_of_events(fold.train, n_windows), (first, second))
