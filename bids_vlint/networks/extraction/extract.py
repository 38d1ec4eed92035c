"""Features of networks for the events of stimuli, computed once and kept.

All networks that see a film are run in one pass over it, as many at a time as memory holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bids_vlint.errors import InputError
from bids_vlint.files.digest import digest_of, key_of
from bids_vlint.files.lock import only_one
from bids_vlint.film.video import probe
from bids_vlint.networks.extraction.context import text_for
from bids_vlint.networks.extraction.others import N_OTHERS, other_texts
from bids_vlint.networks.extraction.run import EventsRun, Loaded, RunJob, carry_out, collected
from bids_vlint.networks.extraction.stream import FirstRows
from bids_vlint.networks.family import build_networks, family
from bids_vlint.networks.features import Features
from bids_vlint.networks.identity import LOW_LEVEL
from bids_vlint.networks.low_level.features import low_level_features
from bids_vlint.networks.network import all_threads, device_of, warn_of_slow
from bids_vlint.networks.parts import whole_spec
from bids_vlint.networks.shown import hears, reads, sees
from bids_vlint.networks.specification import ModelSpec
from bids_vlint.networks.store import file_in, load_features
from bids_vlint.study.stimulus import StimulusEvents
from bids_vlint.version import version_of

_REVISION = 5  # of this way of making features: kept ones of another are not used
_PARTS = 2  # the same of the way in which parts are made
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

    A network that looks at pictures is shown the frame on the screen at each event; one that reads gets the event's
    text; one that hears gets the sound around it (`Network.hears`). Frames and texts that are the same are run once. An
    event without text (silence, before the first sentence) is not run on an empty text: the features of a network that
    reads, or of the text half of a network with two towers, are zero there, a constant of the network.

    A part of a network that is shown both (`bids_vlint.networks.parts`) is run in the same pass, and needs the film as
    its network does.

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
        return low_level_features(spec, events, how.store, device=how.device)
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
    warn_of_slow(how.precision, how.device)
    with all_threads():
        for group in _groups(todo, how):
            _run_together(group, how)


def _groups(todo: dict[str, Job], how: Extraction) -> Iterator[list[RunJob]]:
    """Load networks and hand out their runs in groups that memory holds; those that see nothing one by one.

    A network is loaded once for all its runs, its parts' among them.
    """
    by_network: dict[ModelSpec, list[tuple[str, Job]]] = {}
    for name, job in todo.items():
        by_network.setdefault(whole_spec(job[0]), []).append((name, job))
    group: list[RunJob] = []
    size = 0.0
    for whole, jobs in by_network.items():
        network = Loaded(whole, build_networks(whole, how.seed, how.models_dir))
        for tower in network.towers:
            tower.module.to(device_of(how.device))
        runs = [RunJob(name, key_of(_network_parts(s, e, how)), s, e, network) for name, (s, e) in jobs]
        if not network.sees:
            yield runs
            continue
        group += runs
        size += sum(p.numel() * p.element_size() for n in network.towers for p in n.module.parameters())
        if size > how.networks_bytes:
            yield group
            group, size = [], 0.0
    if group:
        yield group


def _run_together(group: Sequence[RunJob], how: Extraction) -> None:
    """Run a group of networks over the film in one pass; one that fails does not take the others with it."""
    errors: list[InputError] = []
    with ExitStack() as locks:
        for name in sorted(job.key for job in group):
            locks.enter_context(only_one(how.store, name))
        runs: list[EventsRun] = []
        first: dict[tuple[str, int], FirstRows] = {}
        try:
            for job in group:
                if load_features(how.store, job.key) is None:  # another process may have made it meanwhile
                    with collected(errors):
                        runs.append(EventsRun(job, how.store, how.seed, how.precision, first))
            carry_out(runs, errors)
        finally:
            for run in runs:
                run.abandon()
    if errors:
        raise errors[0]


def key(spec: ModelSpec, events: StimulusEvents, how: Extraction) -> str:
    """Digest of everything that features depend on. The places of files do not matter, their content does.

    A part has its network's texts in its key, whatever it reads: they say which events are run.
    """
    text = list(text_for(spec, events)) if reads(whole_spec(spec)) else None
    shown = {"onset": [float(t) for t in events.onset], "text": text}
    if spec.part_of and spec.shown == "image":  # of a participant who saw less of the film they may be others
        shown["others"] = list(other_texts(spec, events))
    return key_of(_network_parts(spec, events, how) | shown)


def _network_parts(spec: ModelSpec, events: StimulusEvents, how: Extraction) -> dict[str, Any]:
    """What the features of any event of a stimulus depend on."""
    made_by, whole = family(spec.source), whole_spec(spec)
    film = events.stimulus.video if sees(whole) else None
    heard = events.stimulus.audio or events.stimulus.path if hears(whole) else None
    if film is not None and not film.exists():
        probe(film)  # says so
    return {
        "revision": _REVISION,
        "film": digest_of(film) if film else None,
        "spec": [spec.source, spec.modality, spec.tower, spec.revision, spec.trained, spec.layers],
        "options": [spec.context_length, spec.regions, how.precision],
        "names": [Path(v).name if v else None for v in (spec.architecture, spec.weights)],
        "files": [digest_of(f) for f in made_by.files(spec, how.models_dir)],
        "random": None if whole.trained else whole.label,
        "seed": how.seed,
        "versions": {name: version_of(name) for name in ("torch", "av", "scipy", *made_by.packages)},
        **({"heard": [digest_of(heard), events.stimulus.sound_track]} if heard else {}),
        # other pictures, and blank ones, are as the film, the network and these say
        **({"shown": spec.shown, "parts": [_PARTS, spec.parts, N_OTHERS]} if spec.part_of else {}),
    }
