"""Which networks' scores stand for an electrode: its best multimodal, best unimodal, the linear control, a twin."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bids_vlint.group.networks import LINEAR, TWIN
from bids_vlint.types import Alignment, Scores

CURVES = ("best multimodal", "best unimodal", "linear control", "random twin")


@dataclass(frozen=True)
class Curve:
    """Held-out r and its interval: (n_electrodes, n_lags) each; NaN where an electrode has no such network."""

    r: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def of(self, rows: np.ndarray) -> Curve:
        """The electrodes in some rows."""
        return Curve(self.r[rows], self.low[rows], self.high[rows])

    def mean(self) -> Curve:
        """The mean over electrodes, (1, n_lags); NaN where none has the network."""
        known = np.isfinite(self.r).all(axis=1)
        if not known.any():
            return self.of(np.array([0])) if len(self.r) else self
        return Curve(*(part[known].mean(axis=0, keepdims=True) for part in (self.r, self.low, self.high)))


def electrode_curves(scores: Scores, sites: pd.DataFrame, alignment: Alignment) -> dict[str, Curve]:
    """Pick every electrode's curves.

    Parameters
    ----------
    scores : Scores
    sites : DataFrame
        Of the same fit, with `name` and the columns of the best networks.
    alignment : Alignment

    Returns
    -------
    dict of name -> Curve
        Rows as `scores.channels`. The random curve is the twin of the best multimodal network, or where it has none of
        the best unimodal one.
    """
    rows = sites.set_index("name")
    best = {k: _column(rows, f"{alignment}_best_{k}", scores.channels) for k in ("multimodal", "unimodal")}
    position = {model: k for k, model in enumerate(scores.models)}

    def pick(choose: Callable[[int], str | None]) -> Curve:
        chosen = [position.get(choose(k) or "", -1) for k in range(len(scores.channels))]
        return _curve(scores, chosen)

    def twin(k: int) -> str | None:
        twins = (f"{name}{TWIN}" for name in (best["multimodal"][k], best["unimodal"][k]) if name)
        return next((t for t in twins if t in position), None)

    pickers = (lambda k: best["multimodal"][k], lambda k: best["unimodal"][k], lambda k: LINEAR, twin)
    return {name: pick(choose) for name, choose in zip(CURVES, pickers)}


def _column(rows: pd.DataFrame, column: str, channels: Sequence[str]) -> list[str | None]:
    cells = rows[column].to_dict() if column in rows else {}
    return [v if isinstance(v := cells.get(c), str) else None for c in channels]


def _curve(scores: Scores, chosen: Sequence[int]) -> Curve:
    index = np.asarray(chosen, dtype=int)
    electrodes = np.arange(len(index))
    parts = []
    for array in (scores.r, scores.r_low, scores.r_high):
        part = np.array(array[index, electrodes], dtype=float)
        part[index < 0] = np.nan
        parts.append(part)
    return Curve(*parts)
