"""Features of the networks for one fit: made once for every stimulus, then read for the events that are used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial

import numpy as np

from bids_vlint.encoding.network_features import NetworkFeatures
from bids_vlint.errors import InputError, naming
from bids_vlint.fit.preparation import PreparedFit
from bids_vlint.fit.stimuli import each_once, is_blind
from bids_vlint.log import remark
from bids_vlint.networks.extraction.extract import Extraction, Job, extract_features, features_of, key
from bids_vlint.networks.extraction.match import rows_of
from bids_vlint.networks.family import stored
from bids_vlint.networks.features import Features, Layers
from bids_vlint.networks.identity import LOW_LEVEL
from bids_vlint.networks.low_level.features import low_level_features, series_for
from bids_vlint.networks.low_level.surprisal import surprisal_of
from bids_vlint.networks.shown import hears, shown_to
from bids_vlint.networks.specification import ModelSet, ModelSpec
from bids_vlint.networks.store import load_features
from bids_vlint.study.stimulus import Alignment, StimulusEvents

# What is foreseen of features that are not there yet: columns of low-level features and of a layer, and blocks.
_LOW_LEVEL_WIDTH, _WIDTH, _N_BLOCKS = 60, 768, 12


def compute_features(fits: Iterable[PreparedFit], models: ModelSet, how: Extraction) -> None:
    """Run every network over every stimulus once; participants who saw the same then find the features in the store.

    Raises
    ------
    InputError
        As `extract_features`.
    """
    shown = [(spec, events) for fit in fits for alignment in fit.alignments for spec in models.models
             if not _blind(spec, fit, alignment) for events in _events(fit, alignment)]  # fmt: skip
    compute_jobs(shown, how)


def compute_jobs(jobs: Iterable[Job], how: Extraction) -> None:
    """Run networks over what they are shown, stimulus by stimulus; what is precomputed is left out.

    The sound, the picture and the surprisal that low-level features are made from are measured, too.

    Raises
    ------
    InputError
        As `extract_features`.
    """
    by_stimulus: dict[str, list[Job]] = {}
    for spec, events in each_once(jobs):
        if not stored(spec):
            by_stimulus.setdefault(str(events.stimulus.path), []).append((spec, events))
    for own in by_stimulus.values():
        extract_features([job for job in own if job[0].source != LOW_LEVEL], how)
        for spec in {spec for spec, _ in own if spec.source == LOW_LEVEL}:
            shown = [events for other, events in own if other == spec]
            series_for(spec, shown, how.store)
            for events in shown:
                surprisal_of(spec, events, how.store, how.device)


def networks_of_fit(fit: PreparedFit, alignment: Alignment, models: ModelSet, how: Extraction) -> list[NetworkFeatures]:
    """Features of every network for the used events of a fit, in their order.

    Remarks: which networks are left out, and what there is to say of the features of the others.

    Raises
    ------
    InputError
        Features that are missing, unreadable or lack an event (65), files that are not there (66).
    """
    networks = []
    for spec in models.models:
        if _blind(spec, fit, alignment):
            if spec.part_of is None:
                remark(f"{spec.label} is left out: a stimulus has no {'sound' if hears(spec) else 'picture'}.")
            continue
        layers = _layers(fit, alignment, spec, how)
        shown = None if spec.modality == LOW_LEVEL else shown_to(spec)
        networks.append(NetworkFeatures(spec.name, spec.modality, spec.trained, layers, spec.twin, shown, spec.part_of))
    _check_any(fit, alignment, models, [(n.trained, n.modality) for n in networks])
    return networks


def foreseen_networks(
    fit: PreparedFit, alignment: Alignment, models: ModelSet, how: Extraction
) -> list[NetworkFeatures]:
    """As `networks_of_fit`, but with the names and widths of layers alone: as far as features are there already, and
    otherwise as networks commonly have them. Nothing is read of a layer, nothing is made, nothing is refused."""
    networks = []
    for spec in models.models:
        if _blind(spec, fit, alignment):
            continue
        layers = Layers(_foreseen(spec, next(_events(fit, alignment), None), how), _unread)
        shown = None if spec.modality == LOW_LEVEL else shown_to(spec)
        networks.append(NetworkFeatures(spec.name, spec.modality, spec.trained, layers, spec.twin, shown, spec.part_of))
    return networks


def _foreseen(spec: ModelSpec, events: StimulusEvents | None, how: Extraction) -> dict[str, int]:
    if spec.source == LOW_LEVEL:
        return {"low_level": _LOW_LEVEL_WIDTH}
    with suppress(InputError, OSError):
        there = None
        if events is not None and stored(spec):
            there = features_of(spec, events, how)
        elif events is not None:
            there = load_features(how.store, key(spec, events, how))
        if there is not None:
            return there.layers.widths
    asked = spec.layers or ("default",)
    n = _N_BLOCKS if {"all", "blocks"} & set(asked) else len(asked)
    return {f"{k}": _WIDTH for k in range(n)}


def _unread(name: str) -> np.ndarray:
    raise AssertionError(f"layer {name} is only foreseen")


def check_stored(fit: PreparedFit, models: ModelSet, how: Extraction) -> None:
    """See that features which are stored can be used for the used events of a fit; errors as `networks_of_fit`."""
    for alignment in fit.alignments:
        specs = [spec for spec in models.models if not _blind(spec, fit, alignment)]
        _check_any(fit, alignment, models, [(s.trained, s.modality) for s in specs])
        for spec in filter(stored, specs):
            _layers(fit, alignment, spec, how)


def _check_any(fit: PreparedFit, alignment: Alignment, models: ModelSet, networks: Sequence[tuple[bool, str]]) -> None:
    if not any(trained and modality != LOW_LEVEL for trained, modality in networks):
        raise InputError(models.file, f"has no network for the {alignment} alignment of {fit.plan.name.stem}",
                         "add one that this stimulus can be shown to")  # fmt: skip


def _events(fit: PreparedFit, alignment: Alignment) -> Iterator[StimulusEvents]:
    return (events for run in fit.runs for events in run.shown[alignment].values())


def _blind(spec: ModelSpec, fit: PreparedFit, alignment: Alignment) -> bool:
    return any(is_blind(spec, events) for events in _events(fit, alignment))


def _layers(fit: PreparedFit, alignment: Alignment, spec: ModelSpec, how: Extraction) -> Layers:
    """A network's layers for the used events of a fit, read from disk one at a time."""
    parts: list[tuple[np.ndarray, np.ndarray, Features]] = []  # rows of the fit, rows of the features, features
    n_events, total = 0, sum(len(run.events[alignment]) for run in fit.runs)
    for run in fit.runs:
        events = run.events[alignment]
        for k in sorted(events["presentation"].unique()):
            at = np.flatnonzero(events["presentation"] == k)
            with naming(f"the features of {spec.label} for {run.shown[alignment][int(k)].stimulus.name}"):
                features = _features(spec, run.shown[alignment][int(k)], how, total)
            found = rows_of(features, events["movie_time"].to_numpy(float)[at], model=spec.label)
            parts.append((n_events + at, found, features))
            remark(*features.notes)
        n_events += len(events)
    widths = parts[0][2].layers.widths
    for _, _, features in parts:
        if features.layers.widths != widths:
            raise InputError(features.source, f"has other layers or sizes than in another film of {fit.plan.name.stem}",
                             "make the features of all stimuli alike")  # fmt: skip
    return Layers(widths, partial(_gathered, parts, n_events))


def _features(spec: ModelSpec, events: StimulusEvents, how: Extraction, n_events: int) -> Features:
    """Of a stimulus; low-level features are as fine as the number of events in the fit allows."""
    if spec.source == LOW_LEVEL:
        return low_level_features(spec, events, how.store, n_events, how.device)
    return features_of(spec, events, how)


def _gathered(parts: list[tuple[np.ndarray, np.ndarray, Features]], n_events: int, name: str) -> np.ndarray:
    data = np.zeros((n_events, parts[0][2].layers.widths[name]), np.float32)
    for at, found, features in parts:
        data[at] = features.layers[name][found]
    return data
