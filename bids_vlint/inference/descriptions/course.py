"""When an electrode follows the best network: the deconvolved course (`inference.timecourse`) and its latencies."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np

from bids_vlint.files.variable import Variable, labelled
from bids_vlint.inference.description import ELECTRODE, Description, Material, with_interval
from bids_vlint.inference.timecourse import Course, leading_components, time_course

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

# Shifts that a course's threshold comes from.
_SHIFTS = 20
_ENDS = ("", "_low", "_high")
_OF_LAG, _OF_ELECTRODE = ("electrode", "course_lag"), ("electrode",)


def _compute(material: Material) -> xr.Dataset | None:
    encoded, responses, best = material.encoded, material.responses, material.best
    if best is None or not responses.tracks:
        return None
    shifts = encoded.shift_s[:, :: max(1, encoded.n_shifts // _SHIFTS)] if encoded.n_shifts else None
    events = responses.events
    made = time_course(responses.tracks, events["run"].to_numpy(str), events["onset"].to_numpy(float),
                       leading_components(best.features), encoded.folds, material.blocks, shifts=shifts,
                       n_resamples=material.n_resamples, seed=material.seed)  # fmt: skip
    return labelled_course(made, material.electrodes)


def labelled_course(made: Course, electrodes: list[str]) -> xr.Dataset:
    """Label a course."""
    values = {field.name: getattr(made, field.name) for field in fields(made) if field.name != "lags"}
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
    lags = []
    for kind, noun in (("first", "first bin"), ("peak", "peak")) if found is not None else ():
        value, low, high = (float(found[f"{kind}{end}"]) for end in _ENDS)  # type: ignore[index]
        if np.isfinite(value):
            lags.append(f"{noun} at {value:.2f} s (95 % interval {low:.2f} to {high:.2f})")
    none = "No latency: the deconvolved course does not exceed its null."
    return f"Deconvolved: {', '.join(lags)}." if lags else none


_NONE = "n/a: the course does not exceed its null; {alignment}."

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
        Variable("first", _OF_ELECTRODE, "First lag of the significant stretch that holds the peak", "s"),
        Variable("peak", _OF_ELECTRODE, "Lag at which unique is highest; NaN where none is significant", "s"),
        *(Variable(f"{kind}_{end}", _OF_ELECTRODE, f"{side} end of the 95 % interval of {kind}", "s")
          for kind in ("first", "peak") for end, side in (("low", "Lower"), ("high", "Upper"))),
    ),
    "the deconvolved course of the best network at each electrode, and its latencies",
    columns=(
        *with_interval("first_lag", "First lag of the stretch in which the deconvolved course (all events and lags in "
                       f"one model) exceeds its null and which holds its peak; early by up to 0.1 s. {_NONE}", "s"),
        *with_interval("peak_lag", f"Lag at which the deconvolved course is highest. {_NONE}", "s"),
    ),
    values=_values,
    panel=_panel,
    said=_said,
    methods="Latencies are those of a course deconvolved over neighbouring events: what held-out R² loses without the "
    "features within 0.1 s of a lag, against the same under circular shifts",
    references=("smith2015",),
    place=20,
)  # fmt: skip
