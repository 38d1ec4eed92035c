"""Features of a network for a stimulus's events, computed once and kept."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from bids_vlint.errors import InputError
from bids_vlint.features.families import family
from bids_vlint.features.layers import TRIAL_TEXTS, choose, run
from bids_vlint.features.network import Network, to_device
from bids_vlint.features.project import project, target_size
from bids_vlint.inputs.model_set import reads, sees
from bids_vlint.inputs.video import frames_at, probe
from bids_vlint.log import logger, progress
from bids_vlint.runs.store import digest_of, key_of, load_features, only_one, save_features
from bids_vlint.types import Features, ModelSpec, StimulusEvents

REVISION = 1  # of this file's way of making features: kept ones of another are not used


def features_of(
    spec: ModelSpec, events: StimulusEvents, *, seed: int, device: str, store: Path, models_dir: Path | None
) -> Features:
    """Compute, or find in the store, a network's features for the events of one stimulus and alignment.

    A network that looks at pictures is shown the first frame at or after each event; one that reads gets the event's
    text. Frames and texts that are the same are run once. An event without text (before the first sentence) is not run
    on an empty text: the features of a network that reads, or of the text half of a network with two towers, are zero
    there, a constant of the network.

    Parameters
    ----------
    spec : ModelSpec
        From `bids_vlint.inputs.model_set.read_model_set`; its files are absolute paths.
    events : StimulusEvents
    seed : int
        Of the random twins' weights and the projections.
    device : str
        auto, cpu, cuda, …
    store : Path
        The folder where features are kept.
    models_dir : Path | None
        Where the files of pretrained tags may lie.

    Returns
    -------
    Features
        One row per event; layers wider than the Johnson-Lindenstrauss size are projected to it.

    Raises
    ------
    InputError
        65 for a film or checkpoint that cannot be used or an unknown layer, 66 for a file that is not there.
    """
    made_by = family(spec.source)
    if hasattr(made_by, "read"):
        return made_by.read(spec, events)
    if not len(events.onset):
        raise InputError(events.stimulus.name, "no event is left to be shown to the networks", "check its tables")
    key = key_of(_parts(spec, events, seed, made_by, models_dir))
    if (kept := load_features(store, key)) is not None:
        return kept
    with only_one(store, key), _threads():
        found = load_features(store, key)
        if found is None:
            logger.info("%s: features for %s (%s)", spec.label, events.stimulus.name, events.alignment)
            layers = compute(spec, events, made_by.build(spec, seed, models_dir), seed=seed, device=device)
            found = Features(events.onset.astype(np.float64), layers, f"{spec.label} ({spec.source})")
            save_features(store, key, found)
    return found


def compute(
    spec: ModelSpec, events: StimulusEvents, networks: tuple[Network, ...], *, seed: int, device: str
) -> dict[str, np.ndarray]:
    """Run the towers of a network over the events.

    The default layers of two towers are joined to one; layers that were asked for by name stay apart.

    Returns
    -------
    dict
        Layer -> (n_events, n_features) float32.
    """
    chosen = choose(spec, networks)
    towers = []
    for network, names in zip(networks, chosen):
        to_device(network.module, device)
        rows = _Rows(network, names, seed, events)
        for index, frame in progress(_shown(network, events), total=len(events.onset), label=spec.label):
            rows.add(index, frame)
        towers.append(rows.finish())
    layers = towers[0]
    for other in towers[1:]:
        if chosen[0] is None:
            ((a, left), (b, right)) = (*layers.items(), *other.items())
            layers = {f"{a}+{b}": np.hstack([left, right])}
        else:
            layers = layers | other
    for name, data in layers.items():
        if not np.isfinite(data).all():
            wrong = f"layer {name!r} of network {spec.label!r} gives values that are not finite"
            raise InputError(spec.weights or str(spec.architecture), wrong, "check its weights or leave the layer out")
    return layers


class _Rows:
    """Features of one network, gathered batch by batch; an item that was seen before is not run again."""

    def __init__(self, network: Network, layers: list[str] | None, seed: int, events: StimulusEvents) -> None:
        self.network, self.layers, self.seed, self.text = network, layers, seed, events.text
        self.size = target_size()
        self.length = network.limit if network.mask and layers else None
        self.items: dict[tuple[bytes, str], int] = {}
        self.rows = np.full(len(events.onset), -1)  # -1: without text, zero
        self.batch: list[tuple[np.ndarray | None, str]] = []
        self.parts: dict[str, list[np.ndarray]] = {}

    def add(self, index: int, frame: np.ndarray | None) -> None:
        """Note what an event shows, and run a batch when it is full."""
        text = self.text[index] if self.network.reads else ""
        if self.network.reads and not text.strip():
            return
        item = (b"" if frame is None else hashlib.blake2b(frame.data, digest_size=16).digest(), text)
        if item not in self.items:
            self.items[item] = len(self.items)
            self.batch.append((frame, text))
            if len(self.batch) == self.network.batch_size:
                self.flush()
        self.rows[index] = self.items[item]

    def flush(self) -> None:
        """Run the batch and keep its layers, projected."""
        frames = [frame for frame, _ in self.batch if frame is not None]
        texts = [text for _, text in self.batch] if self.network.reads else []
        outputs = run(self.network, frames, texts, self.layers or (), self.length)
        for name in self.layers if self.layers is not None else list(outputs)[:1]:
            data = outputs[name].float().cpu().numpy()
            self.parts.setdefault(name, []).append(project(data, self.size, self.seed))
        self.batch = []

    def finish(self) -> dict[str, np.ndarray]:
        """Run what is left; return layer -> (n_events, n_features)."""
        if not self.items:  # no event has a text: a trial run tells how many zeros there are
            frame = np.zeros((64, 64, 3), np.uint8) if self.network.sees else None
            self.batch.append((frame, TRIAL_TEXTS[0]))
        if self.batch:
            self.flush()
        known = (self.rows >= 0)[:, None]
        layers = {name: np.concatenate(parts)[self.rows] for name, parts in self.parts.items()}
        return {name: np.where(known, data, np.float32(0)) for name, data in layers.items()}


def _shown(network: Network, events: StimulusEvents) -> Iterator[tuple[int, np.ndarray | None]]:
    """Yield each event's index with its frame (None for a network that only reads), in order of time."""
    if not network.sees:
        yield from ((index, None) for index in range(len(events.onset)))
        return
    if events.stimulus.video is None:
        wrong = "has no picture, and a network of the model set looks at pictures"
        raise InputError(events.stimulus.path, wrong, "leave out the networks that are not for language")
    yield from frames_at(events.stimulus.video, events.onset)


def _parts(
    spec: ModelSpec, events: StimulusEvents, seed: int, made_by: ModuleType, models_dir: Path | None
) -> dict[str, Any]:
    """Everything that features depend on. The places of files do not matter, their content does."""
    film = events.stimulus.video if sees(spec) else None
    if film is not None and not film.exists():
        probe(film)  # says so
    return {
        "revision": REVISION,
        "film": digest_of(film) if film else None,
        "onset": [float(t) for t in events.onset],
        "text": list(events.text) if reads(spec) else None,
        "spec": [spec.source, spec.modality, spec.tower, spec.revision, spec.trained, spec.layers],
        "names": [Path(v).name if v else None for v in (spec.architecture, spec.weights)],
        "files": [digest_of(f) for f in made_by.files(spec, models_dir)],
        "random": None if spec.trained else spec.name,
        "seed": seed,
        "versions": {name: version(name) for name in ("torch", "av", "scikit-learn", *made_by.PACKAGES)},
    }


@contextmanager
def _threads() -> Iterator[None]:
    """Use as many threads as the machine has processors, however many processes there are: last digits depend on it."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(min(len(os.sched_getaffinity(0)), 8))
    try:
        yield
    finally:
        torch.set_num_threads(before)
