"""Scores with their labels: the variables of a file of dense scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bids_vlint.encoding.score import Scores
from bids_vlint.files.variable import Variable, labelled

if TYPE_CHECKING:
    import xarray as xr

_DENSE = ("model", "electrode", "lag")
_HALVES = ("first", "second")

SCORE_VARIABLES: tuple[Variable, ...] = (
    Variable("model", ("model",), "Network. NAME-random is its random twin, or the average of several, each of which "
             "is NAME-random-1, -2, ...; linear is the linear control, low_level the low-level features of the "
             "stimulus, low_level+NAME a network joined with them; hearing, hearing+NAME the same with what networks "
             "hear"),
    Variable("electrode", ("electrode",), "Electrode"),
    Variable("lag", ("lag",), "Centre of the window of 200 ms, from the event", "s"),
    Variable("half", ("half",), "Tested half of each held-out part; its network, layer and penalty are chosen on the "
             "other half"),
    Variable("r", _DENSE, "Held-out Pearson correlation, mean over tested halves", "1"),
    Variable("r_low", _DENSE, "Lower end of the 95 % interval of r", "1"),
    Variable("r_high", _DENSE, "Upper end of the 95 % interval of r", "1"),
    Variable("penalty", _DENSE, "Ridge penalty, geometric mean over halves; NaN for the average of several random "
             "twins", "1"),
    Variable("layer", ("half", "model", "electrode"), "Layer that the half is tested with; n/a for the average of "
             "several random twins"),
    Variable("validation", ("model", "electrode"), "Validation r, mean over the bins that count, by which the best "
             "network of an electrode is named", "1"),
)  # fmt: skip


def labelled_scores(scores: Scores) -> xr.Dataset:
    """Label scores: variables as `SCORE_VARIABLES`."""
    values = {name: getattr(scores, name) for name in ("r", "r_low", "r_high", "penalty", "layer", "validation")}
    axes = {"model": list(scores.models), "electrode": list(scores.channels), "lag": scores.lags, "half": list(_HALVES)}
    return labelled(SCORE_VARIABLES, axes | values)
