"""Responses of the electrodes of one fit: signals read, cleaned, and averaged around the used events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from bids_vlint.errors import InputError
from bids_vlint.fit.preparation import PreparedFit, PreparedRun, last_onset, used_events
from bids_vlint.fit.protocols import SignalProtocol
from bids_vlint.log import progress, remark
from bids_vlint.signals.clean import estimate_line_freq
from bids_vlint.signals.extract import Cleaning, Signal, extract
from bids_vlint.signals.recording import Device, open_recording
from bids_vlint.signals.responses import Responses, Track
from bids_vlint.signals.traces import TRACE_KINDS, TRACE_STEP_S, Trace, n_trace_steps
from bids_vlint.signals.windows import LAGS, WINDOW_S, covered_steps
from bids_vlint.study.stimulus import Alignment


def responses_of_fit(
    fit: PreparedFit, protocol: SignalProtocol, threads: int
) -> tuple[dict[Alignment, Responses], list[str], tuple[Trace, ...]]:
    """Read and clean the signals of every run, and average them around the used events.

    Remarks: the frequency of the mains, where it had to be estimated.

    Returns
    -------
    responses : dict
        Alignment to Responses; flat channels are taken out.
    flat : list of str
    traces : tuple of Trace
        Of each run, over the same channels.
    """
    per_run = [_responses_of_run(run, fit, protocol, threads) for run in fit.runs]
    flat = [n for n in fit.channels if any(n in f for *_, f in per_run)]
    keep = np.array([k for k, n in enumerate(fit.channels) if n not in flat], int)
    if not len(keep):
        raise InputError(fit.runs[0].plan.run.file, "all its channels are flat", "check the recording")
    tracks = tuple(replace(track, data=track.data[:, keep]) for _, track, _, _ in per_run
                   if len(track.time))  # fmt: skip
    traces = tuple(Trace(trace.run, {kind: x[:, keep] for kind, x in trace.data.items()}) for _, _, trace, _ in per_run)
    out = {}
    for alignment in fit.alignments:
        data = np.concatenate([r[alignment][:, keep] for r, *_ in per_run])
        channels = tuple(fit.channels[k] for k in keep)
        out[alignment] = Responses(data, channels, LAGS, used_events(fit, alignment), tracks)
    return out, flat, traces


def _responses_of_run(
    run: PreparedRun, fit: PreparedFit, protocol: SignalProtocol, threads: int
) -> tuple[dict[Alignment, np.ndarray], Track, Trace, list[str]]:
    onsets = {a: run.events[a]["onset"].to_numpy(float) for a in fit.alignments}
    place = {n: k for k, n in enumerate(fit.channels)}
    out = {a: np.zeros((len(t), len(place), len(LAGS)), np.float32) for a, t in onsets.items()}
    steps = covered_steps(np.concatenate(list(onsets.values())))
    label = run.plan.run.get("run") or "n/a"
    track = Track(label, steps, np.zeros((len(steps), len(place)), np.float32))
    flat: list[str] = []
    with open_recording(run.plan.run, run.plan.channels, protocol.work_dir, last_onset(run.plan)) as recording:
        clock = recording.clock
        cuts, in_file = clock.to_file(run.interruptions), {a: clock.to_file(t) for a, t in onsets.items()}
        whole = np.arange(n_trace_steps(recording.clock.end)) * TRACE_STEP_S
        trace = Trace(label, {kind: np.zeros((len(whole), len(place)), np.float32) for kind in TRACE_KINDS})
        for device, derivations in zip(recording.devices, run.derivations):
            wanted = [d for d in derivations if d.name in place]
            if not wanted:
                continue
            contacts = [n for n in device.names if n in fit.plan.contacts]
            cleaning = Cleaning(line_freq_of(run, device, contacts), protocol.band, protocol.high_pass,
                                average=protocol.reference == "average")  # fmt: skip
            signal = Signal(partial(_read_volts, device), device.n_times, device.sfreq)
            watch = partial(progress, total=None, label=f"{run.plan.run.label}: blocks of channels")
            found, smooth, coarse, still = extract(signal, wanted, in_file, steps=clock.to_file(steps),
                                                   whole=clock.to_file(whole), cuts=cuts, cleaning=cleaning,
                                                   contacts=contacts, threads=threads, samples=protocol.samples,
                                                   watch=watch)  # fmt: skip
            flat += still
            for kind, x in zip(TRACE_KINDS, coarse):
                trace.data[kind][:, [place[d.name] for d in wanted]] = x
            track.data[:, [place[d.name] for d in wanted]] = smooth
            for alignment, data in found.items():
                out[alignment][:, [place[d.name] for d in wanted]] = data
        for start, stop in clock.gaps:
            nothing = (whole > start - WINDOW_S / 2) & (whole < stop + WINDOW_S / 2)
            for x in trace.data.values():
                x[nothing] = x[~nothing].mean(axis=0)
    return out, track, trace, flat


def _read_volts(device: Device, names: Sequence[str]) -> np.ndarray:
    return device.read(names)


def line_freq_of(run: PreparedRun, device: Device, contacts: Sequence[str]) -> float | None:
    """The mains of a recording, Hz: as its sidecar says, or, with a remark, as some contacts of a device show."""
    if run.line_freq is not None:
        return run.line_freq
    some = list(contacts)[:: max(1, len(contacts) // 8)][:8]
    stop = min(device.n_times, int(120 * device.sfreq))
    found = estimate_line_freq(device.read(some, 0, stop), device.sfreq)
    name = run.plan.run.file.name
    what = f"estimated as {found:g} Hz from the spectrum" if found else "no peak at 50 or 60 Hz was found, none removed"
    remark(f"{name}: PowerLineFrequency is not given; {what}.")
    return found
