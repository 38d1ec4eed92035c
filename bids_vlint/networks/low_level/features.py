"""Low-level features, made by the program itself from a stimulus's sound, picture, cuts and transcript.

They are no network: every model set has them, none declares them, and they have no random twin.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path

import numpy as np

from bids_vlint.files.access import why_absent
from bids_vlint.log import WARNING
from bids_vlint.networks.features import Features, Layers
from bids_vlint.networks.identity import LOW_LEVEL
from bids_vlint.networks.low_level.columns import REACH_S
from bids_vlint.networks.low_level.family import MANY_EVENTS, FilmAndWords, families_without
from bids_vlint.networks.low_level.measurement import Measured, measured
from bids_vlint.networks.low_level.measures import measure_features
from bids_vlint.networks.low_level.surprisal import is_stored, surprisal_beside, surprisal_of
from bids_vlint.networks.specification import ModelSpec
from bids_vlint.study.stimulus import Stimulus, StimulusEvents

_FILE = "low_level/{stimulus}.npz"  # beside a model set, where `bids_vlint features` wrote them
_LAYER = LOW_LEVEL
_ENDS_BEFORE_S = 1.0  # a sound or picture that ends so much before the last event is worth a word


def beside(folder: Path, stimulus: Stimulus) -> Path:
    """Name the file in a model set's folder that may hold the series of a stimulus."""
    return (folder / _FILE.replace("{stimulus}", stimulus.name)).absolute()


def files_of_stimulus(spec: ModelSpec, stimulus: Stimulus) -> list[Path]:
    """The files that the features of a stimulus are made from: its own, or what stands in for it."""
    own = [f for f in (stimulus.video, stimulus.audio) if f is not None and why_absent(f) is None]
    own = own or [f for f in (beside(spec.folder, stimulus),) if f.is_file()]
    return own + [f for f in (surprisal_beside(spec.folder, stimulus),) if is_stored(spec) and f.is_file()]


def series_for(spec: ModelSpec, shown: Iterable[StimulusEvents], store: Path) -> Measured:
    """Find or make the series of sound and picture that events of one stimulus need.

    Parameters
    ----------
    spec : ModelSpec
    shown : iterable of StimulusEvents
        All of one stimulus; it is decoded as far as the last of them needs.
    store : Path
        The folder where series are kept.
    """
    events = list(shown)
    until = max(float(e.onset.max(initial=0.0)) for e in events) + REACH_S
    return measured(events[0].stimulus, until, store, beside(spec.folder, events[0].stimulus))


def low_level_features(
    spec: ModelSpec, events: StimulusEvents, store: Path, n_events: int = MANY_EVENTS, device: str = "auto"
) -> Features:
    """Describe a stimulus around its events.

    Parameters
    ----------
    spec : ModelSpec
        Its `without` names the families that are left out, its `surprisal` the network that gives that of words.
    events : StimulusEvents
        With its words, phonemes and cuts, where they are known.
    store : Path
        The folder where series are kept.
    n_events : int
        Of the fit in this alignment: where they are few, columns repeat each other (`families.mel`).
    device : str
        Where the surprisal of words is computed, unless it was kept.

    Returns
    -------
    Features
        One layer, `low_level`: a row per event, columns as `low_level.family.low_level_columns`, then those of a user's
        own table (`measures.measure_columns`); those of what a stimulus lacks, or what cannot be
        decoded, are zero, and a note says so.
    """
    found = series_for(spec, [events], store)
    surprisal = surprisal_of(spec, events, store, device)
    material = FilmAndWords(found.sound.data, found.picture.data, events, surprisal.bits)
    families = families_without(spec.without, of_networks=spec.surprisal is not None)
    parts = [family.features(material, n_events) for family in families]
    data = np.hstack([*parts, measure_features(events.measures, events.onset)]).astype(np.float32)
    layers = Layers({_LAYER: data.shape[1]}, partial(_only, data))
    notes = [note for family in families for note in family.notes(material)]
    return Features(
        events.onset, layers, LOW_LEVEL, (*_left_out(spec), *notes, *surprisal.notes, *_lacking(found, events))
    )


def _left_out(spec: ModelSpec) -> list[str]:
    """What is said of families that were left out: they cannot be controlled for."""
    if not spec.without:
        return []
    said = f"low_level: left out by --without-low-level: {', '.join(spec.without)}."
    return [f"{said} A network that knows of these passes beats_low_level with ease."]


def _only(data: np.ndarray, name: str) -> np.ndarray:
    return data


def _lacking(found: Measured, events: StimulusEvents) -> list[str]:
    """What a stimulus lacks, or where it ends too early, in sentences for the reports.

    Where something is there and cannot be decoded, it is a warning: this control decides claims.
    """
    file, notes = events.stimulus.path.name, []
    last = float(events.onset.max(initial=0.0))
    if found.sound.track:
        notes.append(f"low_level: the sound of {file} is its track {found.sound.track}.")
    if events.measures is not None:
        notes.append(f"low_level: {file} has further columns by its table ({', '.join(events.measures.names)}).")
    if found.empty:
        seen = found.picture if events.stimulus.video else found.sound
        said = f"low_level: made from the transcript and cuts alone ({file}: {seen.note})."
        return [*notes, _warned(said) if found.sound.damaged or found.picture.damaged else said]
    for name, series in (("sound", found.sound), ("picture", found.picture)):
        said = ""
        if series.data is None:
            said = f"low_level: the columns of the {name} are zero ({file}: {series.note})."
        elif series.end < last - _ENDS_BEFORE_S:
            why = f": {series.note}" if series.note else ""
            said = f"low_level: the {name} of {file} ends at {series.end:.1f} s, before the last event{why}."
        elif series.damaged and series.end < last + REACH_S:
            said = f"low_level: the {name} of {file} ends at {series.end:.1f} s: {series.note}."
        ends = series.data is not None and bool(said)
        notes += [_warned(said) if series.damaged or ends else said] if said else []
    return notes


def _warned(said: str) -> str:
    return f"{WARNING}{said} What it lacks cannot be controlled for, and beats_low_level is easier to pass."
