"""Which networks' scores stand for an electrode: its best multimodal, best unimodal, the linear control, a twin."""

from __future__ import annotations

from collections.abc import Sequence
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
        Rows as `sites`. The random curve is the twin of the best multimodal network, or where it has none of the best
        unimodal one.
    """
    multimodal, unimodal = (_column(sites, f"{alignment}_best_{k}") for k in ("multimodal", "unimodal"))
    twins = [_twin(scores, names) for names in zip(multimodal, unimodal)]
    chosen: list[list[str | None]] = [multimodal, unimodal, [LINEAR] * len(sites), twins]
    return {name: _curve(scores, list(sites["name"]), networks) for name, networks in zip(CURVES, chosen)}


def _column(sites: pd.DataFrame, column: str) -> list[str | None]:
    cells = sites[column] if column in sites else [None] * len(sites)
    return [value if isinstance(value, str) else None for value in cells]


def _twin(scores: Scores, names: Sequence[str | None]) -> str | None:
    """The twin of the first of some networks that has one."""
    return next((f"{name}{TWIN}" for name in names if name and f"{name}{TWIN}" in scores.models), None)


def _curve(scores: Scores, electrodes: Sequence[str], networks: Sequence[str | None]) -> Curve:
    """One network's scores per electrode; NaN where the network or the electrode is not among the scores."""
    model = {name: k for k, name in enumerate(scores.models)}
    channel = {name: k for k, name in enumerate(scores.channels)}
    m = np.array([model.get(network or "", -1) for network in networks], dtype=int)
    e = np.array([channel.get(electrode, -1) for electrode in electrodes], dtype=int)
    parts = [np.array(array[m, e], dtype=float) for array in (scores.r, scores.r_low, scores.r_high)]
    for part in parts:
        part[(m < 0) | (e < 0)] = np.nan
    return Curve(*parts)
