"""The spectra of a fit's channels in each of its recordings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bids_vlint.derivatives.quality_file import OF_SPECTRA, QUALITY_VARIABLES
from bids_vlint.files.variable import labelled, narrowed
from bids_vlint.fit.depends import of_responses
from bids_vlint.fit.preparation import PreparedFit, PreparedRun, last_onset
from bids_vlint.fit.protocols import SignalProtocol
from bids_vlint.fit.responses import line_freq_of
from bids_vlint.log import remarks
from bids_vlint.signals.device import Device
from bids_vlint.signals.extract import Signal
from bids_vlint.signals.recording import open_recording
from bids_vlint.signals.reference import Derivation
from bids_vlint.signals.spectra import FREQUENCIES, STAGES, spectra, whole_stretches
from bids_vlint.stages.spectra import SPECTRA_FORM
from bids_vlint.stages.stage import made_once, shelf_of

if TYPE_CHECKING:
    import xarray as xr

_MICROVOLTS = 1e12  # µV² in a V²


def kept_spectra(fit: PreparedFit, protocol: SignalProtocol) -> xr.Dataset:
    """The spectra of a fit, as `spectra_of_fit`: read where they are kept, made otherwise."""
    depends = {**of_responses(fit, protocol), "not_analysed": _others(fit)}
    shelf = shelf_of(protocol.work_dir, fit.plan.name.stem, "spectra", depends)
    return made_once(shelf, SPECTRA_FORM, lambda: narrowed(spectra_of_fit(fit, protocol)))


def spectra_of_fit(fit: PreparedFit, protocol: SignalProtocol) -> xr.Dataset:
    """Spectra of the analysed channels, after the reference, and of contacts that count as bad, as recorded.

    Returns
    -------
    Dataset
        The group `spectra` of `QUALITY_VARIABLES`, but for `kept`; NaN where a recording lacks a channel.
    """
    names = [*fit.channels, *_others(fit)]
    shape = (len(fit.runs), len(names))
    power = np.full((*shape, len(STAGES), len(FREQUENCIES)), np.nan)
    line_freq, sfreq = np.full(shape, np.nan), np.full(shape, np.nan)
    at = {name: k for k, name in enumerate(names)}
    for k, run in enumerate(fit.runs):
        with remarks():  # they are made where the signals are cleaned
            for found, line, rate, channels in _of_run(run, fit, protocol):
                own = [at[name] for name in channels]
                power[k, own], sfreq[k, own] = found * _MICROVOLTS, rate
                line_freq[k, own] = np.nan if line is None else line
    values = {
        "recording": [run.plan.run.label for run in fit.runs],
        "channel": names,
        "stage": list(STAGES),
        "frequency": FREQUENCIES,
        "power": power,
        "line_freq": line_freq,
        "sfreq": sfreq,
    }
    return labelled(QUALITY_VARIABLES[OF_SPECTRA], values)


def _others(fit: PreparedFit) -> list[str]:
    """The contacts that are bad in any recording."""
    tables = (run.plan.channels.table for run in fit.runs)
    bad = dict.fromkeys(str(name) for table in tables for name in table.index if name in fit.plan.bad)
    return [name for name in bad if name not in fit.channels]


def _of_run(
    run: PreparedRun, fit: PreparedFit, protocol: SignalProtocol
) -> list[tuple[np.ndarray, float | None, float, list[str]]]:
    """For each device its channels' power, the mains, the sampling rate, and the channels."""
    analysed, others, out = set(fit.channels), set(_others(fit)), []
    with open_recording(run.plan.run, run.plan.channels, protocol.work_dir, last_onset(run.plan)) as recording:
        cuts = recording.clock.to_file(run.interruptions)
        for device, derivations in zip(recording.devices, run.derivations):
            wanted = [d for d in derivations if d.name in analysed]
            as_recorded = [Derivation(n, ((n, 1.0),), (n,)) for n in device.names if n in others]
            contacts = [n for n in device.names if n in fit.plan.contacts]
            line = line_freq_of(run, device, contacts or device.names)
            signal, lengths = _stretches(device, cuts)
            average = contacts if protocol.reference == "average" else ()
            for channels, common in ((wanted, average), (as_recorded, ())):
                if channels:
                    found = spectra(signal, lengths, channels, line_freq=line, contacts=common,
                                    samples=protocol.samples)  # fmt: skip
                    out.append((found, line, device.sfreq, [d.name for d in channels]))
    return out


def _stretches(device: Device, cuts: np.ndarray) -> tuple[Signal, list[int]]:
    """The stretches that spectra are made of as one signal, and the samples of each."""
    chosen = whole_stretches(device.n_times, device.sfreq, cuts)
    lengths = [own.stop - own.start for own in chosen]

    def read(names: object) -> np.ndarray:
        return np.concatenate([device.read(list(names), own.start, own.stop) for own in chosen], axis=1)  # type: ignore[call-overload]

    return Signal(read, sum(lengths), device.sfreq), lengths
