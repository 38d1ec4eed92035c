"""The two inputs of an encoding model for one fit: responses of the electrodes, features of the networks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from bids_vlint.encoding.network_features import NetworkFeatures
from bids_vlint.errors import InputError
from bids_vlint.fit.memory import samples_at_a_time
from bids_vlint.fit.prepare import PreparedFit, PreparedRun
from bids_vlint.fit.stimuli import each_once, is_blind
from bids_vlint.log import progress
from bids_vlint.networks.extraction.extract import NETWORKS_BYTES, Extraction, Job, extract_features, features_of
from bids_vlint.networks.extraction.match import rows_of
from bids_vlint.networks.families import low_level
from bids_vlint.networks.features import Features, Layers
from bids_vlint.networks.specification import LOW_LEVEL, ModelSet, ModelSpec
from bids_vlint.settings import Settings
from bids_vlint.signals.clean import estimate_line_freq
from bids_vlint.signals.extract import Cleaning, Signal, extract
from bids_vlint.signals.recording import Device, open_recording
from bids_vlint.signals.responses import Responses, Track
from bids_vlint.signals.windows import LAGS, covered_steps
from bids_vlint.study.stimulus import Alignment, StimulusEvents


def extraction_of(settings: Settings) -> Extraction:
    """How the settings want features to be made."""
    most = min(NETWORKS_BYTES, 0.5e9 * settings.mem_gb) if settings.mem_gb else NETWORKS_BYTES
    return Extraction(settings.work_dir, settings.models_dir, settings.seed, settings.device, settings.precision, most)


def compute_features(fits: Iterable[PreparedFit], models: ModelSet, settings: Settings) -> None:
    """Run every network over every stimulus once; participants who saw the same then find the features in the store.

    Raises
    ------
    InputError
        As `extract_features`.
    """
    shown = [(spec, events) for fit in fits for alignment in fit.alignments for spec in models.models
             if not _blind(spec, fit, alignment) for events in _events(fit, alignment)]  # fmt: skip
    compute_jobs(shown, settings)


def compute_jobs(jobs: Iterable[Job], settings: Settings) -> None:
    """Run networks over what they are shown, stimulus by stimulus; what is precomputed is left out.

    The sound and picture that low-level features are made from are measured, too.

    Raises
    ------
    InputError
        As `extract_features`.
    """
    by_stimulus: dict[str, list[Job]] = {}
    for spec, events in each_once(jobs):
        if spec.source != "precomputed":
            by_stimulus.setdefault(str(events.stimulus.path), []).append((spec, events))
    how = extraction_of(settings)
    for own in by_stimulus.values():
        extract_features([job for job in own if job[0].source != LOW_LEVEL], how)
        for spec in {spec for spec, _ in own if spec.source == LOW_LEVEL}:
            low_level.series_for(spec, [events for other, events in own if other == spec], how.store)


def _events(fit: PreparedFit, alignment: Alignment) -> Iterator[StimulusEvents]:
    return (events for run in fit.runs for events in run.shown[alignment].values())


def networks_of_fit(
    fit: PreparedFit, alignment: Alignment, models: ModelSet, settings: Settings, notes: list[str]
) -> list[NetworkFeatures]:
    """Features of every network for the used events of a fit, in their order.

    Raises
    ------
    InputError
        Features that are missing, unreadable or lack an event (65), files that are not there (66).
    """
    networks = []
    for spec in models.models:
        if _blind(spec, fit, alignment):
            notes.append(f"{spec.label} is left out: a stimulus has no picture.")
            continue
        layers = _layers(fit, alignment, spec, settings, notes)
        networks.append(NetworkFeatures(spec.name, spec.modality, spec.trained, layers, spec.twin))
    if not any(n.trained and n.modality != LOW_LEVEL for n in networks):
        raise InputError(models.file, f"has no network for the {alignment} alignment of {fit.plan.name.stem}",
                         "add one that this stimulus can be shown to")  # fmt: skip
    return networks


def _blind(spec: ModelSpec, fit: PreparedFit, alignment: Alignment) -> bool:
    return any(is_blind(spec, events) for events in _events(fit, alignment))


def _layers(fit: PreparedFit, alignment: Alignment, spec: ModelSpec, settings: Settings, notes: list[str]) -> Layers:
    """A network's layers for the used events of a fit, read from disk one at a time."""
    how = extraction_of(settings)
    parts: list[tuple[np.ndarray, np.ndarray, Features]] = []  # rows of the fit, rows of the features, features
    n_events = 0
    for run in fit.runs:
        events = run.events[alignment]
        for k in sorted(events["presentation"].unique()):
            at = np.flatnonzero(events["presentation"] == k)
            features = features_of(spec, run.shown[alignment][int(k)], how)
            found = rows_of(features, events["movie_time"].to_numpy(float)[at], model=spec.label)
            parts.append((n_events + at, found, features))
            notes += [note for note in features.notes if note not in notes]
        n_events += len(events)
    widths = parts[0][2].layers.widths
    for _, _, features in parts:
        if features.layers.widths != widths:
            raise InputError(features.source, f"has other layers or sizes than in another film of {fit.plan.name.stem}",
                             "make the features of all stimuli alike")  # fmt: skip
    return Layers(widths, partial(_gathered, parts, n_events))


def _gathered(parts: list[tuple[np.ndarray, np.ndarray, Features]], n_events: int, name: str) -> np.ndarray:
    data = np.zeros((n_events, parts[0][2].layers.widths[name]), np.float32)
    for at, found, features in parts:
        data[at] = features.layers[name][found]
    return data


def responses_of_fit(
    fit: PreparedFit, settings: Settings, notes: list[str], threads: int
) -> tuple[dict[Alignment, Responses], list[str]]:
    """Read and clean the signals of every run, and average them around the used events.

    Returns
    -------
    responses : dict
        Alignment to Responses; flat channels are taken out.
    flat : list of str
    """
    per_run = [_responses_of_run(run, fit, settings, notes, threads) for run in fit.runs]
    flat = [n for n in fit.channels if any(n in f for _, _, f in per_run)]
    keep = np.array([k for k, n in enumerate(fit.channels) if n not in flat], int)
    if not len(keep):
        raise InputError(fit.runs[0].plan.run.file, "all its channels are flat", "check the recording")
    tracks = tuple(replace(track, data=track.data[:, keep]) for _, track, _ in per_run
                   if len(track.time))  # fmt: skip
    out = {}
    for alignment in fit.alignments:
        data = np.concatenate([r[alignment][:, keep] for r, _, _ in per_run])
        events = pd.concat([run.events[alignment] for run in fit.runs], ignore_index=True)
        channels = tuple(fit.channels[k] for k in keep)
        out[alignment] = Responses(data, channels, LAGS, events.drop(columns="presentation"), tracks)
    return out, flat


def _responses_of_run(
    run: PreparedRun, fit: PreparedFit, settings: Settings, notes: list[str], threads: int
) -> tuple[dict[Alignment, np.ndarray], Track, list[str]]:
    onsets = {a: run.events[a]["onset"].to_numpy(float) for a in fit.alignments}
    place = {n: k for k, n in enumerate(fit.channels)}
    out = {a: np.zeros((len(t), len(place), len(LAGS)), np.float32) for a, t in onsets.items()}
    steps = covered_steps(np.concatenate(list(onsets.values())))
    track = Track(run.plan.run.get("run") or "n/a", steps, np.zeros((len(steps), len(place)), np.float32))
    flat: list[str] = []
    with open_recording(run.plan.run, run.plan.channels, settings.work_dir) as recording:
        for device, derivations in zip(recording.devices, run.derivations):
            wanted = [d for d in derivations if d.name in place]
            if not wanted:
                continue
            contacts = [n for n in device.names if n in fit.plan.contacts]
            cleaning = Cleaning(_line_freq(run, device, contacts, notes), settings.band, settings.high_pass,
                                average=settings.reference == "average")  # fmt: skip
            signal = Signal(partial(_read_volts, device), device.n_times, device.sfreq)
            watch = partial(progress, total=None, label=f"{run.plan.run.label}: blocks of channels")
            found, smooth, still = extract(signal, wanted, onsets, steps=steps, cuts=run.interruptions,
                                           cleaning=cleaning, contacts=contacts, threads=threads,
                                           samples=samples_at_a_time(settings.mem_gb, settings.nprocs),
                                           watch=watch)  # fmt: skip
            flat += still
            track.data[:, [place[d.name] for d in wanted]] = smooth
            for alignment, data in found.items():
                out[alignment][:, [place[d.name] for d in wanted]] = data
    return out, track, flat


def _read_volts(device: Device, names: Sequence[str]) -> np.ndarray:
    return device.read(names)


def _line_freq(run: PreparedRun, device: Device, contacts: Sequence[str], notes: list[str]) -> float | None:
    if run.line_freq is not None:
        return run.line_freq
    some = list(contacts)[:: max(1, len(contacts) // 8)][:8]
    stop = min(device.n_times, int(120 * device.sfreq))
    found = estimate_line_freq(device.read(some, 0, stop), device.sfreq)
    name = run.plan.run.file.name
    what = f"estimated as {found:g} Hz from the spectrum" if found else "no peak at 50 or 60 Hz was found, none removed"
    notes.append(f"{name}: PowerLineFrequency is not given; {what}.")
    return found
