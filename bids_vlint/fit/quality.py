"""How the recordings of a fit are: spectra, high gamma around events, what became of the events over the film."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bids_vlint.derivatives.quality_file import OF_EVENTS, OF_HIGH_GAMMA, OF_SPECTRA, QUALITY_VARIABLES, USED
from bids_vlint.files.variable import labelled
from bids_vlint.fit.preparation import PreparedFit
from bids_vlint.fit.protocols import SignalProtocol
from bids_vlint.fit.spectra import kept_spectra
from bids_vlint.signals.locked import LOCKED_LAGS, N_PARTS, means_of_parts
from bids_vlint.signals.traces import HIGH_GAMMA, Trace

if TYPE_CHECKING:
    import xarray as xr

_STRETCHES = 100  # of a film, of whole seconds each


def quality_of_fit(
    fit: PreparedFit, channels: Sequence[str], traces: Sequence[Trace], protocol: SignalProtocol
) -> Mapping[str, xr.Dataset]:
    """How the recordings of a fit are; the spectra are read where they are kept.

    Parameters
    ----------
    fit : PreparedFit
    channels : sequence of str
        Of the traces.
    traces : sequence of Trace
        Of each run.
    protocol : SignalProtocol
    """
    found = kept_spectra(fit, protocol)
    analysed = np.isin(found["channel"].to_numpy().astype(str), channels).astype(np.int32)
    return {
        OF_SPECTRA: found.assign(labelled(QUALITY_VARIABLES[OF_SPECTRA], {"kept": analysed}).data_vars),
        OF_HIGH_GAMMA: _high_gamma(fit, channels, traces),
        OF_EVENTS: _over_the_film(fit),
    }


def _high_gamma(fit: PreparedFit, channels: Sequence[str], traces: Sequence[Trace]) -> xr.Dataset:
    power = [trace.data[HIGH_GAMMA].astype(float) for trace in traces]
    found = [means_of_parts(power, [run.events[a]["onset"].to_numpy(float) for run in fit.runs])
             for a in fit.alignments]  # fmt: skip
    values = {
        "alignment": [str(a) for a in fit.alignments],
        "part": np.arange(1, N_PARTS + 1),
        "electrode": list(channels),
        "lag": LOCKED_LAGS,
        "level": np.stack([level for level, _ in found]),
        "n_events": np.stack([n for _, n in found]),
    }
    return labelled(QUALITY_VARIABLES[OF_HIGH_GAMMA], values)


def _over_the_film(fit: PreparedFit) -> xr.Dataset:
    """Events of each outcome in stretches of a hundredth of the film, in whole seconds."""
    rows = [own.assign(recording=run.plan.run.label, alignment=str(alignment))
            for run in fit.runs for alignment, own in run.outcomes.items() if len(own)]  # fmt: skip
    columns = ["recording", "stimulus", "alignment", "outcome", "start"]
    table = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=[*columns, "movie_time"])
    time = table["movie_time"].astype(float)
    length = time.groupby(table["stimulus"]).transform("max") if len(table) else time
    width = np.maximum(1, np.ceil(length / _STRETCHES))
    table["start"], table["width"] = np.floor(time / width) * width, width
    table["outcome"] = table["outcome"].replace("", USED)
    counted = table.groupby([*columns, "width"], sort=False).size().rename("n").reset_index()
    counted = counted.sort_values(columns, kind="stable")
    counted["stop"] = counted["start"] + counted["width"]
    names = [variable.name for variable in QUALITY_VARIABLES[OF_EVENTS]]
    return labelled(QUALITY_VARIABLES[OF_EVENTS], {name: counted[name].to_numpy() for name in names})
