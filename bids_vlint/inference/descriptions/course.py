"""When an electrode follows a network: the deconvolved course (`inference.timecourse`) and its latencies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bids_vlint.encoding.network_features import NetworkFeatures
from bids_vlint.encoding.regressors import Regressor
from bids_vlint.files.variable import Variable, labelled
from bids_vlint.inference.description import ELECTRODE, Description, Leader, Material, with_interval
from bids_vlint.inference.timecourse import N_FEATURES, Course, leading_components, time_course
from bids_vlint.networks.identity import LOW_LEVEL

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

# Shifts that a course's threshold comes from.
_SHIFTS = 20
# Leading components of the low-level features in the regression.
_LOW_LEVEL_FEATURES = 4
_ENDS = ("", "_low", "_high")
_OF_LAG, _OF_ELECTRODE = ("electrode", "course_lag"), ("electrode",)


def _compute(material: Material) -> xr.Dataset | None:
    encoded, responses = material.encoded, material.responses
    leaders = _leaders(material)
    if not leaders or not responses.tracks:
        return None
    shifts = encoded.shift_s[:, :: max(1, encoded.n_shifts // _SHIFTS)] if encoded.n_shifts else None
    followed = [(leader, lasting) for leader in leaders for lasting in (True, False)]
    events = responses.events
    made = time_course(responses.tracks, events["run"].to_numpy(str), events["onset"].to_numpy(float),
                       [_regressor(material, leader.network, leader.layer, N_FEATURES, lasting=lasting)
                        for leader, lasting in followed],
                       encoded.folds, material.blocks, besides=_besides(material), shifts=shifts,
                       n_resamples=material.n_resamples, seed=material.seed)  # fmt: skip
    labels = [(leader.network.label, lasting) for leader, lasting in followed]
    return labelled_course(made, material.electrodes, labels)


def _leaders(material: Material) -> list[Leader]:
    """The networks that say anything new at the events.

    The text at a cut was spoken before it: networks that read alone have no part there, and one that is shown both only
    where the words are in the regression, too.
    """
    left_out = set[str]()
    if material.alignment == "vision":
        left_out = {"text"} if material.other is not None else {"text", "both"}
    return [leader for shown, leader in material.leaders.items() if shown not in left_out]


def _regressor(
    material: Material, network: NetworkFeatures, layer: str, n_components: int, *, lasting: bool
) -> Regressor:
    """A network's features at the events of both alignments; of one that reads alone, at words."""
    events, x = [material.responses.events], [network.layers[layer]]
    there = material.other.networks if material.other is not None else ()
    same = next((n for n in there if n.label == network.label and layer in n.layers), None)
    if material.other is not None and same is not None and network.shown != "text":
        events, x = [*events, material.other.events], [*x, same.layers[layer]]
    return Regressor(_of("run", str, events), _of("onset", float, events),
                  leading_components(np.concatenate(x), n_components), lasting)  # fmt: skip


def _besides(material: Material) -> list[Regressor]:
    """That events occur, of either kind, and the low-level features."""
    kinds = [material.responses.events, *([material.other.events] if material.other is not None else [])]
    occur = [Regressor(_of("run", str, [own]), _of("onset", float, [own]), np.ones((len(own), 1))) for own in kinds]
    low = next((n for n in material.networks if n.modality == LOW_LEVEL), None)
    if low is None:
        return occur
    return [*occur, _regressor(material, low, next(iter(low.layers)), _LOW_LEVEL_FEATURES, lasting=True)]


def _of(column: str, kind: type, events: Sequence[pd.DataFrame]) -> np.ndarray:
    return np.concatenate([own[column].to_numpy(kind) for own in events])


def labelled_course(made: Course, electrodes: list[str], candidates: Sequence[tuple[str, bool]]) -> xr.Dataset:
    """Label a course; `candidates` are (network, whether as a state that lasts), in the order that they were given."""
    values = {field.name: getattr(made, field.name) for field in fields(made) if field.name not in ("lags", "followed")}
    network, lasting = zip(*(candidates[k] for k in made.followed))
    values |= {"network": list(network), "lasting": np.array(lasting, bool)}
    return labelled(COURSE.variables, {"electrode": electrodes, "course_lag": made.lags, **values})


def _values(found: xr.Dataset) -> dict[str, np.ndarray]:
    return {f"{kind}_lag{end}": found[f"{kind}{end}"].to_numpy() for kind in ("first", "peak") for end in _ENDS}


def _panel(axes: Axes, found: xr.Dataset, alignment: str) -> None:
    from bids_vlint.figures.style import BLUE, EVENT, GREY, VERMILION, titled

    lags, unique, low, high = (found[name].to_numpy() for name in ("course_lag", "unique", "low", "high"))
    axes.fill_between(lags, low, high, color=VERMILION, alpha=0.15, linewidth=0)
    axes.plot(lags, unique, color=VERMILION, linewidth=1.6)
    if np.isfinite(found["threshold"]):
        axes.axhline(float(found["threshold"]), color=GREY, linestyle="--", linewidth=1, label="null, 95 %")
    axes.axhline(0, color="black", linewidth=0.6)
    axes.axvline(0, color="black", linewidth=0.6)
    top = np.nanmax(high)
    for height, kind, colour in ((1.08, "peak", VERMILION), (1.2, "first", BLUE)):
        value, *ends = (float(found[f"{kind}{end}"]) for end in _ENDS)
        if np.isfinite(value):
            axes.plot(ends, [height * top] * 2, color=colour, linewidth=1.4)
            axes.plot(value, height * top, "o", color=colour, markersize=5, label=f"{kind} {value:.2f} s")
    titled(axes, "deconvolved course (R² lost)", f"time from {EVENT[alignment]} (s)")
    if axes.get_legend_handles_labels()[0]:
        axes.legend(fontsize=7, frameon=False, loc="upper right")


def _said(found: xr.Dataset | None) -> str:
    if found is None:
        return "No latency: no network says anything new at these events, or the continuous signal is not known."
    if not np.isfinite(found["peak"]):
        return f"No latency: {_why_none(found)}."
    lags = [f"{noun} at {value:.2f} s (95 % interval {low:.2f} to {high:.2f})"
            for kind, noun in (("first", "half of its height"), ("peak", "peak"))
            for value, low, high in ([float(found[f"{kind}{end}"]) for end in _ENDS],)]  # fmt: skip
    how = "as a state that lasts until the next event" if found["lasting"] else "at events alone"
    return f"Deconvolved: {', '.join(lags)}; it follows {found['network'].item()}, {how}."


def _why_none(found: xr.Dataset) -> str:
    """Why an electrode has no latency."""
    if not np.isfinite(found["threshold"]):
        return "there are no shifts to tell its deconvolved course from chance"
    if not bool(found["significant"].any()):
        return "the deconvolved course does not exceed its null"
    return "the deconvolved course is highest before the event, which is the stimulus's doing and no response"


_NONE = "n/a: the course does not exceed its null, or is highest before the event; {alignment}."

COURSE = Description(
    "course",
    "deconvolved course",
    _compute,
    (
        ELECTRODE,
        Variable("course_lag", ("course_lag",), "Lag from the event", "s"),
        Variable("unique", _OF_LAG, "What held-out R2 loses without the features within 0.1 s of the lag", "1"),
        Variable("low", _OF_LAG, "Lower end of the 95 % interval of unique", "1"),
        Variable("high", _OF_LAG, "Upper end of the 95 % interval of unique", "1"),
        Variable("threshold", _OF_ELECTRODE, "What unique must exceed, from shifts; NaN without shifts", "1"),
        Variable("significant", _OF_LAG, "Whether unique exceeds it"),
        Variable("network", _OF_ELECTRODE, "Network without whose features held-out R2 loses most"),
        Variable("lasting", _OF_ELECTRODE, "Whether they do so as a state that lasts until the next event; otherwise "
                 "at the events alone"),
        Variable("first", _OF_ELECTRODE, "When unique has reached half of its height, from the event on, and is "
                 "significant", "s"),
        Variable("peak", _OF_ELECTRODE, "Lag at which unique is highest; NaN where none is significant, or it lies "
                 "before the event", "s"),
        *(Variable(f"{kind}_{end}", _OF_ELECTRODE, f"{side} end of the 95 % interval of {kind}", "s")
          for kind in ("first", "peak") for end, side in (("low", "Lower"), ("high", "Upper"))),
    ),
    "the deconvolved course of the network that each electrode follows best, and its latencies",
    columns=(
        *with_interval("first_lag", "When the deconvolved course (words, cuts and all lags in one model), from the "
                       "event on, has reached half of its height and exceeds its null; early by up to 0.1 s. "
                       f"{_NONE}", "s"),
        *with_interval("peak_lag", f"Lag at which the deconvolved course is highest. {_NONE}", "s"),
    ),
    values=_values,
    panel=_panel,
    said=_said,
    methods="Latencies are those of a course deconvolved over all events that were analysed, with low-level features "
    "where there were any: what held-out R² loses without the features of the network that predicts the electrode "
    "best, at moments or as a state that lasts, within 0.1 s of a lag, against the same under circular shifts",
    references=("smith2015",),
    place=20,
)  # fmt: skip
