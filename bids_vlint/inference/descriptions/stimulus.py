"""The stimulus in the brain's place: what a brain that did nothing but follow the stimulus would show.

Network features at t predict the stimulus's own low-level features at t + lag. What this shows before an event may be
the stimulus alone (Schoenmann et al. 2026, 10.7554/eLife.106543).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bids_vlint.encoding.banded import cross_fit
from bids_vlint.encoding.folds import Fold
from bids_vlint.encoding.stats import mean_and_sd, pearson, unit_columns
from bids_vlint.files.variable import Variable, labelled
from bids_vlint.inference.description import Description, Material
from bids_vlint.networks.identity import LOW_LEVEL
from bids_vlint.signals.responses import Responses

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes


_MOST_FEATURES = 64  # of more, as many are taken, spread evenly over them


def stimulus_course(x: np.ndarray, low_level: np.ndarray, folds: Sequence[Fold]) -> np.ndarray:
    """How well network features at t predict low-level features at t + lag.

    Parameters
    ----------
    x : (n_events, p)
        The network's features.
    low_level : (n_events, n_features, n_lags)
        Low-level features in the same windows around the events as the responses.
    folds : sequence of Fold

    Returns
    -------
    (n_features, n_lags) float64
        Held-out r, mean over halves and folds, the penalty chosen on the other half; as for electrodes.
    """
    prediction = cross_fit([x], low_level, folds, [(0,)], None)[0]
    halves = [half for fold in folds for half in fold.halves]
    r = [pearson(_unit_half(prediction, half), _unit_half(low_level, half)) for half in halves]
    return np.mean(r, axis=0).reshape(low_level.shape[1:])


def _unit_half(x: np.ndarray, half: np.ndarray) -> np.ndarray:
    return unit_columns(x[half].reshape(len(half), -1).astype(np.float64))


def _around(low_level: np.ndarray, responses: Responses) -> np.ndarray:
    """Low-level features at every lag, interpolated between events, (n_events, n_features, n_lags)."""
    events = responses.events
    stimulus, time = events["stimulus"].to_numpy(str), events["movie_time"].to_numpy(float)
    varying = np.flatnonzero(np.isfinite(mean_and_sd(low_level)[1]))
    if len(varying) > _MOST_FEATURES:  # many are one measure in neighbouring windows
        varying = varying[np.linspace(0, len(varying) - 1, _MOST_FEATURES).round().astype(int)]
    out = np.empty((len(time), len(varying), len(responses.lags)), np.float32)
    for name in np.unique(stimulus):
        own = np.flatnonzero(stimulus == name)
        at, first = np.unique(time[own], return_index=True)
        wanted = time[own][:, None] + responses.lags
        for k, column in enumerate(varying):
            out[own, k] = np.interp(wanted, at, low_level[own[first], column])
    return out


def _compute(material: Material) -> xr.Dataset | None:
    low = next((n for n in material.networks if n.modality == LOW_LEVEL), None)
    if low is None or material.best is None:
        return None
    around = _around(low.layers[next(iter(low.layers))], material.responses)
    if not around.shape[1]:
        return None
    r = stimulus_course(material.best.features, around, material.encoded.folds).mean(0)
    return labelled(STIMULUS.variables, {"lag": material.responses.lags, "r": r})


def draw_stimulus(axes: Axes, r: np.ndarray, lags: np.ndarray) -> None:
    """Draw how well network features predict the stimulus's own low-level features at each lag."""
    from bids_vlint.figures.style import BLACK, tidy

    axes.plot(lags, r, "-", color=BLACK, linewidth=1.4, label="stimulus in the brain's place")
    axes.axvline(0, color="black", linewidth=0.6)
    axes.axhline(0, color="black", linewidth=0.6)
    axes.set_xlim(float(lags.min()), float(lags.max()))
    tidy(axes)


def _panel(axes: Axes, found: xr.Dataset, alignment: str) -> None:
    from bids_vlint.figures.style import EVENT, titled

    draw_stimulus(axes, found["r"].to_numpy(), found["lag"].to_numpy())
    titled(axes, "the stimulus in the brain's place (r)", f"time from {EVENT[alignment]} (s)")


STIMULUS = Description(
    "stimulus",
    "the stimulus in the brain's place",
    _compute,
    (
        Variable("lag", ("lag",), "Centre of the window of 200 ms, from the event", "s"),
        Variable("r", ("lag",), "Held-out r with which the best network predicts the stimulus's low-level features, "
                 "mean over features", "1"),
    ),
    "the stimulus in the brain's place: how well networks predict the stimulus's own low-level features",
    panel=_panel,
    methods="As a null, the low-level features of the stimulus were put in the brain's place",
    references=("schoenmann2026",),
    place=10,
)  # fmt: skip
