"""Which models' scores stand for an electrode: best multimodal, best unimodal, linear control, low-level, a twin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bids_vlint.networks.identity import LINEAR, LOW_LEVEL, pair_of, twin_label
from bids_vlint.study.stimulus import Alignment

if TYPE_CHECKING:
    import xarray as xr

CURVES = ("best multimodal", "best unimodal", "linear control", "low-level features", "random twin")


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


def electrode_curves(scores: xr.Dataset, sites: pd.DataFrame, alignment: Alignment) -> dict[str, Curve]:
    """Pick every electrode's curves.

    Parameters
    ----------
    scores : Dataset
        From `read_encoding`.
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
    models = list(map(str, scores["model"].to_numpy()))
    twins = [_twin(models, names) for names in zip(multimodal, unimodal)]
    chosen: list[list[str | None]] = [multimodal, unimodal, [LINEAR] * len(sites), [LOW_LEVEL] * len(sites), twins]
    return {name: _curve(scores, list(sites["name"]), networks) for name, networks in zip(CURVES, chosen)}


def _column(sites: pd.DataFrame, column: str) -> list[str | None]:
    cells = sites[column] if column in sites else [None] * len(sites)
    return [value if isinstance(value, str) else None for value in cells]


def _twin(models: Sequence[str], names: Sequence[str | None]) -> str | None:
    """The twin of the first of some networks that has one."""
    each = [twin_label(half) for name in names if name for half in pair_of(name, models)]
    return next((label for label in each if label in models), None)


def _curve(scores: xr.Dataset, electrodes: Sequence[str], networks: Sequence[str | None]) -> Curve:
    """One network's scores per electrode; NaN where the network or the electrode is not among the scores.

    Where the halves of the held-out parts are tested with different networks (A | B), the mean of both.
    """
    models = scores.get_index("model")
    e = scores.get_index("electrode").get_indexer(pd.Index(electrodes))
    halves = {name: pair_of(name or "", models) for name in set(networks)}
    first, second = (models.get_indexer(pd.Index([halves[name][at] for name in networks])) for at in (0, 1))
    known = ((first >= 0) & (second >= 0) & (e >= 0))[:, None]
    two = np.flatnonzero(first != second)
    parts = []
    for array in (scores[name].to_numpy() for name in ("r", "r_low", "r_high")):
        part = np.where(known, array[first, e], np.nan).astype(float)
        part[two] = part[two] / 2 + array[second[two], e[two]] / 2
        parts.append(part)
    return Curve(*parts)
