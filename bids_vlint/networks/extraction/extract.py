"""Features of networks for the events of stimuli, computed once and kept.

All networks that see a film are run in one pass over it, as many at a time as memory holds.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from bids_vlint.errors import InputError
from bids_vlint.files.digest import digest_of, key_of
from bids_vlint.files.lock import only_one
from bids_vlint.film.clips import Clips
from bids_vlint.film.frames import frames
from bids_vlint.film.video import probe
from bids_vlint.log import logger, progress
from bids_vlint.networks.extraction.context import fit, text_for
from bids_vlint.networks.extraction.stream import Place, Stream, TowerPlan, plan_of_tower
from bids_vlint.networks.family import build_networks, family
from bids_vlint.networks.features import Features
from bids_vlint.networks.identity import LOW_LEVEL
from bids_vlint.networks.layers import choose_layers
from bids_vlint.networks.low_level.features import low_level_features
from bids_vlint.networks.model_set import reads, sees
from bids_vlint.networks.network import Network, to_device
from bids_vlint.networks.specification import ModelSpec
from bids_vlint.networks.store import RESERVED, FeatureWriter, file_in, load_features, saving
from bids_vlint.study.stimulus import StimulusEvents

_REVISION = 3  # of this way of making features: kept ones of another are not used
NETWORKS_BYTES = 4e9

Job = tuple[ModelSpec, StimulusEvents]


@dataclass(frozen=True)
class Extraction:
    """How features are made.

    Attributes
    ----------
    store : Path
        The folder where they are kept.
    models_dir : Path | None
        Where files of pretrained networks may lie.
    seed : int
        Of the random twins' weights and the projections.
    device : str
        auto, cpu, cuda, …
    precision : str
        float32, tf32 or bf16.
    networks_bytes : float
        Weights of the networks that run side by side; one is loaded at least.
    """

    store: Path
    models_dir: Path | None = None
    seed: int = 0
    device: str = "auto"
    precision: str = "float32"
    networks_bytes: float = NETWORKS_BYTES


def features_of(spec: ModelSpec, events: StimulusEvents, how: Extraction) -> Features:
    """Compute, or find in the store, a network's features for the events of one stimulus and alignment.

    A network that looks at pictures is shown the first frame at or after each event; one that reads gets the event's
    text. Frames and texts that are the same are run once. An event without text (silence, before the first sentence) is
    not run on an empty text: the features of a network that reads, or of the text half of a network with two towers,
    are zero there, a constant of the network.

    Parameters
    ----------
    spec : ModelSpec
        From `bids_vlint.networks.model_set.read_model_set`; its files are absolute paths.
    events : StimulusEvents
    how : Extraction

    Returns
    -------
    Features
        One row per event; layers wider than the Johnson-Lindenstrauss size are projected to it.

    Raises
    ------
    InputError
        65 for a film or checkpoint that cannot be used or an unknown layer, 66 for a file that is not there.
    """
    if spec.source == LOW_LEVEL:
        return low_level_features(spec, events, how.store)
    read = family(spec.source).read
    if read is not None:
        return read(spec, events)
    name = key(spec, events, how)
    if (kept := load_features(how.store, name)) is not None:
        return kept
    extract_features([(spec, events)], how)
    made = load_features(how.store, name)
    if made is None:
        raise InputError(file_in(how.store, name), "cannot be read back", "check this disk")
    return made


def extract_features(jobs: Sequence[Job], how: Extraction) -> None:
    """Compute what the store does not hold yet; the events of all jobs are of one stimulus.

    Raises
    ------
    InputError
        As `features_of`. What was finished before is kept.
    """
    todo = {}
    for spec, events in jobs:
        if not len(events.onset):
            raise InputError(events.stimulus.name, "no event is left to be shown to the networks", "check its tables")
        name = key(spec, events, how)
        if load_features(how.store, name) is None:
            todo[name] = (spec, events)
    if not todo:
        return
    with _threads():
        for group in _groups(todo, how):
            _run_together(group, how)


@dataclass(frozen=True)
class _Loaded:
    """A job whose network is in memory."""

    key: str
    spec: ModelSpec
    events: StimulusEvents
    networks: tuple[Network, ...]


def _groups(todo: dict[str, Job], how: Extraction) -> Iterator[list[_Loaded]]:
    """Load networks and hand them out in groups that memory holds; those that see nothing one by one."""
    by_network: dict[ModelSpec, list[tuple[str, StimulusEvents]]] = {}
    for name, (spec, events) in todo.items():
        by_network.setdefault(spec, []).append((name, events))
    group: list[_Loaded] = []
    size = 0.0
    for spec, shown in by_network.items():
        networks = build_networks(spec, how.seed, how.models_dir)
        for network in networks:
            to_device(network.module, how.device)
        loaded = [_Loaded(name, spec, events, networks) for name, events in shown]
        if not any(network.sees for network in networks):
            yield loaded
            continue
        group += loaded
        size += sum(p.numel() * p.element_size() for n in networks for p in n.module.parameters())
        if size > how.networks_bytes:
            yield group
            group, size = [], 0.0
    if group:
        yield group


def _run_together(group: Sequence[_Loaded], how: Extraction) -> None:
    """Run a group of networks over the film in one pass; one that fails does not take the others with it."""
    errors: list[InputError] = []
    with ExitStack() as locks:
        for name in sorted(job.key for job in group):
            locks.enter_context(only_one(how.store, name))
        runs: list[_Run] = []
        try:
            for job in group:
                if load_features(how.store, job.key) is None:  # another process may have made it meanwhile
                    with _collected(errors):
                        runs.append(_Run(job, how))
            _show_film(runs, errors)
            for run in runs:
                with _collected(errors):
                    run.finish()
        finally:
            for run in runs:
                run.abandon()
    if errors:
        raise errors[0]


class _Run:
    """One network's towers, run over the events into one file of the store."""

    def __init__(self, job: _Loaded, how: Extraction) -> None:
        spec, events = job.spec, job.events
        logger.info("%s: features for %s (%s)", spec.label, events.stimulus.name, events.alignment)
        if sees(spec) and events.stimulus.video is None:
            wrong = "has no picture, and a network of the model set looks at pictures"
            raise InputError(events.stimulus.path, wrong, "leave out the networks that are not for language")
        chosen = choose_layers(spec, job.networks)
        plans = [plan_of_tower(n, c, spec.context_length) for n, c in zip(job.networks, chosen)]
        texts, cut = _texts(spec, events, job.networks, plans)
        notes = [*family(spec.source).caveats(spec), *cut]
        read = next((t for n, t in zip(job.networks, texts) if n.reads), [""] * len(events.onset))
        self.label, self.events, self.file = spec.label, events, ExitStack()
        source = f"{spec.label} ({spec.source})"
        made_from = key_of(_network_parts(spec, events, how))
        kept = saving(how.store, job.key, events.onset, read, source=source, notes=notes, made_from=made_from)
        writer = self.file.enter_context(kept)
        where = f"{spec.label} ({Path(spec.weights or spec.architecture or '').name})"
        self.streams = [
            Stream(network, p, text, writer, places, seed=how.seed, precision=how.precision, where=where)
            for network, p, text, places in zip(
                job.networks, plans, texts, _places(plans, writer, joined=chosen[0] is None)
            )
        ]
        self.seeing = next((s for s in self.streams if s.network.sees), None)
        self.clips = Clips(len(self.offsets))

    @property
    def offsets(self) -> tuple[float, ...]:
        """When the frames are shown that an event needs, relative to it."""
        return () if self.seeing is None else self.seeing.network.clip or (0.0,)

    def show(self, event: int, k: int, frame: np.ndarray, digest: bytes) -> None:
        """Give the tower that sees frame `k` of an event."""
        whole = self.clips.add(event, k, frame, digest)
        if whole is not None and self.seeing is not None:
            pictures, identity = whole
            self.seeing.add(event, list(pictures) if self.seeing.network.clip else pictures[0], identity)

    def finish(self) -> None:
        """Run the towers that only read, and what is left of the others; the file takes its place."""
        for stream in self.streams:
            if not stream.network.sees:
                for event in range(len(self.events.onset)):
                    stream.add(event, None, b"")
            stream.finish()
        self.file.close()

    def abandon(self) -> None:
        """Drop a file that is not finished."""
        self.file.__exit__(RuntimeError, RuntimeError("not finished"), None)


def _show_film(runs: list[_Run], errors: list[InputError]) -> None:
    """Decode the film once, and show each frame to the networks that wait for it; those that fail are taken out."""
    wanted = [
        (run, event, k) for run in runs for event in range(len(run.events.onset)) for k in range(len(run.offsets))
    ]
    if not wanted:
        return
    video = runs[0].events.stimulus.video
    assert video is not None
    times = np.array([max(0.0, run.events.onset[event] + run.offsets[k]) for run, event, k in wanted])
    label = f"{video.name}, {len({id(run) for run, _, _ in wanted})} networks"
    for index, frame, digest in progress(frames(video, times), total=len(times), label=label):
        run, event, k = wanted[index]
        if run in runs:
            with _collected(errors) as failed:
                run.show(event, k, frame, digest)
            if failed:
                runs.remove(run)
                run.abandon()


def _texts(
    spec: ModelSpec, events: StimulusEvents, networks: Sequence[Network], plans: Sequence[TowerPlan]
) -> tuple[list[list[str]], list[str]]:
    """Text of each event for each tower, shortened to what it takes, and what there is to say of that."""
    given = list(text_for(spec, events))
    out, notes = [], []
    for network, p in zip(networks, plans):
        texts, n_cut = given, 0
        if network.reads and network.count and p.limit:
            if max(network.count(["a"])) > p.limit:
                raise InputError(spec.folder, f"network {spec.label!r} has no room for a word in {p.limit} tokens",
                                 "give a larger context_length")  # fmt: skip
            texts, n_cut = fit(given, network.count, p.limit)
        if n_cut and spec.trained:  # its twins read the same
            where = f"{events.stimulus.name} ({events.alignment})"
            cut = f"{n_cut} of {len(given)} texts had more than {p.limit} tokens and lost their first words"
            notes.append(f"{spec.label}, {where}: {cut}.")
        out.append(texts)
    return out, notes


def _places(plans: Sequence[TowerPlan], writer: FeatureWriter, *, joined: bool) -> list[dict[str, Place]]:
    """Make room for every layer; the default layers of two towers are joined to one."""
    if joined:
        names = [next(iter(p.layers)) for p in plans]
        ends = np.cumsum([p.width(name) for p, name in zip(plans, names)])
        dataset = _free("+".join(names))
        writer.add(dataset, int(ends[-1]))
        starts = [0, *ends[:-1]]
        return [{name: Place(dataset, slice(int(a), int(b)))} for name, a, b in zip(names, starts, ends)]
    places = [{name: Place(_free(name), slice(0, p.width(name))) for name in p.layers} for p in plans]
    for p in plans:
        for name in p.layers:
            writer.add(_free(name), p.width(name))
    return places


def _free(name: str) -> str:
    """Name a layer's data set: some names are taken in a file of features."""
    return f"{name}_layer" if name in RESERVED else name


@contextmanager
def _collected(errors: list[InputError]) -> Iterator[list[InputError]]:
    """Note an InputError of the body and go on."""
    mine: list[InputError] = []
    try:
        yield mine
    except InputError as error:
        mine.append(error)
        errors.append(error)


def key(spec: ModelSpec, events: StimulusEvents, how: Extraction) -> str:
    """Digest of everything that features depend on. The places of files do not matter, their content does."""
    shown = {"onset": [float(t) for t in events.onset], "text": list(text_for(spec, events)) if reads(spec) else None}
    return key_of(_network_parts(spec, events, how) | shown)


def _network_parts(spec: ModelSpec, events: StimulusEvents, how: Extraction) -> dict[str, Any]:
    """What the features of any event of a stimulus depend on."""
    made_by = family(spec.source)
    film = events.stimulus.video if sees(spec) else None
    if film is not None and not film.exists():
        probe(film)  # says so
    return {
        "revision": _REVISION,
        "film": digest_of(film) if film else None,
        "spec": [spec.source, spec.modality, spec.tower, spec.revision, spec.trained, spec.layers],
        "options": [spec.context_length, spec.regions, how.precision],
        "names": [Path(v).name if v else None for v in (spec.architecture, spec.weights)],
        "files": [digest_of(f) for f in made_by.files(spec, how.models_dir)],
        "random": None if spec.trained else spec.label,
        "seed": how.seed,
        "versions": {name: version(name) for name in ("torch", "av", "scipy", *made_by.packages)},
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
