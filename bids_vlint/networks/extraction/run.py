"""One network run over the events of a stimulus into one file of the store: whole, or with one input blanked.

A part's input is blanked, not left out, so that the same modules run on the same number of tokens as ever: the run on
the picture alone reads an empty text, in the network's own format; the run on the text alone sees the network's mean
picture, an even frame of the film's size. Where an event has no text, the network itself is not run, nor are its parts:
what the presence of a text does to its features is in all of them alike, and an additive network is the sum of its
parts but for constants.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from bids_vlint.errors import InputError
from bids_vlint.film.clips import Clips
from bids_vlint.film.frames import frames
from bids_vlint.film.video import frame_shape
from bids_vlint.log import logger, progress
from bids_vlint.networks.extraction.context import fit, text_for
from bids_vlint.networks.extraction.stream import Place, Stream, TowerPlan, plan_of_tower
from bids_vlint.networks.family import family
from bids_vlint.networks.layers import choose_layers
from bids_vlint.networks.network import Network
from bids_vlint.networks.shown import sees
from bids_vlint.networks.specification import ModelSpec
from bids_vlint.networks.store import RESERVED, FeatureWriter, saving
from bids_vlint.study.stimulus import StimulusEvents


@dataclass(frozen=True)
class Loaded:
    """A network in memory, which its parts share.

    Attributes
    ----------
    spec : ModelSpec
        Of the whole network.
    towers : tuple of Network
    """

    spec: ModelSpec
    towers: tuple[Network, ...]

    @property
    def sees(self) -> bool:
        """Whether any tower looks at pictures."""
        return any(tower.sees for tower in self.towers)

    @cached_property
    def plans(self) -> list[TowerPlan]:
        """What is taken from each tower; its parts have the same layers."""
        chosen = choose_layers(self.spec, self.towers)
        return [plan_of_tower(n, c, self.spec.context_length) for n, c in zip(self.towers, chosen)]


@dataclass(frozen=True)
class RunJob:
    """What is to be run, and where its features go.

    Attributes
    ----------
    key : str
        Of its file in the store.
    made_from : str
        As `saving` takes it.
    spec : ModelSpec
        The network, or its part.
    events : StimulusEvents
    network : Loaded
    """

    key: str
    made_from: str
    spec: ModelSpec
    events: StimulusEvents
    network: Loaded


class EventsRun:
    """One network's towers, run over the events into one file of the store.

    Parameters
    ----------
    job : RunJob
    store : Path
    seed : int
        Of the projections.
    precision : str

    Raises
    ------
    InputError
        65 for a stimulus without a picture, an unknown layer, or no room for a word.
    """

    def __init__(self, job: RunJob, store: Path, seed: int, precision: str) -> None:
        spec, events, towers, plans = job.spec, job.events, job.network.towers, job.network.plans
        logger.info("%s: features for %s (%s)", spec.label, events.stimulus.name, events.alignment)
        video = events.stimulus.video
        if sees(job.network.spec) and video is None:
            wrong = "has no picture, and a network of the model set looks at pictures"
            raise InputError(events.stimulus.path, wrong, "leave out the networks that are not for language")
        texts, cut = _texts(spec, events, towers, plans)
        notes = [*family(spec.source).caveats(job.network.spec), *cut]
        self.label, self.events, self.file = spec.label, events, ExitStack()
        self.blank = frame_shape(video) if video is not None and spec.part_of and spec.shown == "text" else None
        kept = saving(store, job.key, events.onset, _read(spec, events, towers, texts),
                      source=f"{spec.label} ({spec.source})", notes=notes, made_from=job.made_from)  # fmt: skip
        writer = self.file.enter_context(kept)
        where = f"{spec.label} ({Path(spec.weights or spec.architecture or '').name})"
        self.streams = [
            Stream(network, p, text, writer, places, seed=seed, precision=precision, where=where)
            for network, p, text, places in zip(towers, plans, texts, _places(plans, writer))
        ]
        self.seeing = next((s for s in self.streams if s.network.sees), None)
        self.clips = Clips(len(self.offsets))

    @property
    def offsets(self) -> tuple[float, ...]:
        """When the frames of the film are shown that an event needs, relative to it."""
        return () if self.seeing is None or self.blank else self.seeing.network.clip or (0.0,)

    def show(self, event: int, k: int, frame: np.ndarray, digest: bytes) -> None:
        """Give the tower that sees frame `k` of an event."""
        whole = self.clips.add(event, k, frame, digest)
        if whole is not None and self.seeing is not None:
            pictures, identity = whole
            self.seeing.add(event, list(pictures) if self.seeing.network.clip else pictures[0], identity)

    def finish(self) -> None:
        """Run the towers that see nothing of the film, and what is left of the others; the file takes its place."""
        for stream in self.streams:
            if self.blank or not stream.network.sees:
                picture = blank_picture(stream.network, self.blank) if self.blank and stream.network.sees else None
                for event in range(len(self.events.onset)):
                    stream.add(event, picture, b"")
            stream.finish()
        self.file.close()

    def abandon(self) -> None:
        """Drop a file that is not finished."""
        self.file.__exit__(RuntimeError, RuntimeError("not finished"), None)


def blank_picture(network: Network, shape: tuple[int, ...]) -> Any:
    """Make the picture that tells a network nothing: a frame, or clip, of its mean colour in the film's shape."""
    frame = np.empty(shape, np.uint8)
    frame[:] = np.round(255 * np.array(network.blank))
    return [frame] * len(network.clip) if network.clip else frame


def show_film(runs: list[EventsRun], errors: list[InputError]) -> None:
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
            with collected(errors) as failed:
                run.show(event, k, frame, digest)
            if failed:
                runs.remove(run)
                run.abandon()


def _texts(
    spec: ModelSpec, events: StimulusEvents, towers: Sequence[Network], plans: Sequence[TowerPlan]
) -> tuple[list[list[str | None]], list[str]]:
    """What each tower reads at each event, shortened to what it takes (None: it is not run), and notes on that."""
    given = list(text_for(spec, events))
    out: list[list[str | None]] = []
    notes = []
    for network, p in zip(towers, plans):
        texts, n_cut = given, 0
        if network.reads and network.count and p.limit:
            if max(network.count(["a"])) > p.limit:
                raise InputError(spec.folder, f"network {spec.label!r} has no room for a word in {p.limit} tokens",
                                 "give a larger context_length")  # fmt: skip
            texts, n_cut = fit(given, network.count, p.limit)
        if n_cut and spec.trained and spec.part_of is None:  # its twins and parts are given the same
            where = f"{events.stimulus.name} ({events.alignment})"
            cut = f"{n_cut} of {len(given)} texts had more than {p.limit} tokens and lost their first words"
            notes.append(f"{spec.label}, {where}: {cut}.")
        blanked = spec.part_of is not None and spec.shown == "image"
        out.append([None if not text.strip() else "" if blanked else text for text in texts])
    return out, notes


def _read(
    spec: ModelSpec, events: StimulusEvents, towers: Sequence[Network], texts: Sequence[Sequence[str | None]]
) -> list[str]:
    """The texts that tell rows of one onset apart: what is read; of a run on the picture alone what would be."""
    if spec.part_of is not None and spec.shown == "image":
        return list(text_for(spec, events))
    own = next((text for network, text in zip(towers, texts) if network.reads), [None] * len(events.onset))
    return [text or "" for text in own]


def _places(plans: Sequence[TowerPlan], writer: FeatureWriter) -> list[dict[str, Place]]:
    """Make room for every layer; the default layers of two towers are joined to one."""
    if plans[0].default:
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
def collected(errors: list[InputError]) -> Iterator[list[InputError]]:
    """Note an InputError of the body and go on."""
    mine: list[InputError] = []
    try:
        yield mine
    except InputError as error:
        mine.append(error)
        errors.append(error)
