"""The responses of a fit as they are kept: everything that comes from its signals."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bids_vlint.signals.responses import Track
from bids_vlint.signals.traces import Trace
from bids_vlint.stages.stage import Form, as_it_lies, in_axes
from bids_vlint.study.stimulus import ALIGNMENTS, Alignment

if TYPE_CHECKING:
    import xarray as xr

_RESPONSE, _SIGNAL = ("event", "electrode", "lag"), ("time", "electrode")


@dataclass(frozen=True)
class FromSignals:
    """What is known once the signals of a fit were read.

    Attributes
    ----------
    data : alignment -> (n_events, n_electrodes, n_lags) float32
    channels : tuple of str
    lags : (n_lags,) seconds
    tracks : tuple of Track
    flat : tuple of str
        Channels that were left out, since they do not vary.
    notes : tuple of str
        The remarks that were made.
    traces : tuple of Trace
        Of each run.
    """

    data: dict[Alignment, np.ndarray]
    channels: tuple[str, ...]
    lags: np.ndarray
    tracks: tuple[Track, ...]
    flat: tuple[str, ...]
    notes: tuple[str, ...]
    traces: tuple[Trace, ...]


def _pack(made: FromSignals) -> dict[str, xr.Dataset]:
    import xarray as xr

    said = {"channels": made.channels, "flat": made.flat, "notes": made.notes, "runs": [t.run for t in made.tracks],
            "alignments": list(made.data), "traced": [t.run for t in made.traces]}  # fmt: skip
    groups = {"/": xr.Dataset({"lag": ("lag", made.lags)}, attrs={"said": json.dumps(said)})}
    for alignment, data in made.data.items():
        groups[alignment] = xr.Dataset({"response": as_it_lies(_RESPONSE, data)})
    for k, track in enumerate(made.tracks):
        groups[f"track_{k}"] = xr.Dataset({"time": ("time", track.time), "signal": as_it_lies(_SIGNAL, track.data)})
    for k, trace in enumerate(made.traces):
        kinds = {kind: as_it_lies(_SIGNAL, x) for kind, x in trace.data.items()}
        groups[f"trace_{k}"] = xr.Dataset(kinds)
    return groups


def _unpack(groups: Mapping[str, xr.Dataset]) -> FromSignals:
    said = json.loads(groups["/"].attrs["said"])
    tracks = (Track(run, groups[f"track_{k}"]["time"].values, in_axes(groups[f"track_{k}"]["signal"], _SIGNAL))
              for k, run in enumerate(said["runs"]))  # fmt: skip
    traces = (Trace(run, {str(kind): in_axes(x, _SIGNAL) for kind, x in groups[f"trace_{k}"].items()})
              for k, run in enumerate(said["traced"]))  # fmt: skip
    data = {a: in_axes(groups[a]["response"], _RESPONSE) for a in ALIGNMENTS if a in said["alignments"]}
    return FromSignals(data, tuple(said["channels"]), groups["/"]["lag"].values, tuple(tracks), tuple(said["flat"]),
                       tuple(said["notes"]), tuple(traces))  # fmt: skip


RESPONSES = Form("responses", 2, _pack, _unpack)
