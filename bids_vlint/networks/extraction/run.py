"""One network run over the events of a stimulus into one file of the store: whole, or with one input of no interest.

The input that a part is not shown is replaced, not left out, so that the same modules run as ever: by each of a few
others of the film, over which the features are averaged, or by a blank one (`others`). Where an event has no text, the
network itself is not run, nor are its parts: what the presence of a text does to its features is in all of them alike,
and an additive network is the sum of its parts but for constants.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np

from bids_vlint.errors import InputError
from bids_vlint.film.clips import Clips
from bids_vlint.film.frames import frames
from bids_vlint.film.heard import heard_around
from bids_vlint.log import logger, progress
from bids_vlint.networks.extraction.context import fit, text_for
from bids_vlint.networks.extraction.kept import note_items, rows_kept
from bids_vlint.networks.extraction.others import other_pictures, other_texts
from bids_vlint.networks.extraction.stream import FirstRows, Place, Stream, TowerPlan, plan_of_tower
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
    first : dict
        What the runs of this pass have been shown: (made_from, number of the stream) -> rows.

    Raises
    ------
    InputError
        65 for a stimulus without a picture, an unknown layer, or no room for a word.
    """

    def __init__(
        self, job: RunJob, store: Path, seed: int, precision: str,
        first: dict[tuple[str, int], FirstRows],
    ) -> None:  # fmt: skip
        spec, events, towers, plans = job.spec, job.events, job.network.towers, job.network.plans
        logger.info("%s: features for %s (%s)", spec.label, events.stimulus.name, events.alignment)
        video = events.stimulus.video
        if sees(job.network.spec) and video is None:
            wrong = "has no picture, and a network of the model set looks at pictures"
            raise InputError(events.stimulus.path, wrong, "leave out the networks that are not for language")
        texts, cut = _texts(spec, events, towers, plans)
        notes = [*family(spec.source).caveats(job.network.spec), *cut]
        self.label, self.events, self.file, self.store, self.key = spec.label, events, ExitStack(), store, job.key
        self.made_from = job.made_from
        kept = saving(store, job.key, events.onset, _read(spec, events, towers, texts),
                      source=f"{spec.label} ({spec.source})", notes=notes, made_from=job.made_from)  # fmt: skip
        writer = self.file.enter_context(kept)
        where = f"{spec.label} ({Path(spec.weights or spec.architecture or '').name})"
        self.unseen = bool(spec.part_of) and spec.shown == "text"  # it sees other pictures than the events'
        self.streams: list[tuple[Stream, Any]] = []  # and the picture that it sees at every event
        for network, p, read, places in zip(towers, plans, texts, _places(plans, writer)):
            pictures = other_pictures(spec, events, network) if self.unseen and network.sees else [None]
            n = len(read) * len(pictures)
            self.streams += [
                (Stream(network, p, text, writer, places, seed=seed, precision=precision, where=where, share=1 / n,
                        kept=partial(rows_kept, store, job.made_from, len(self.streams) + k),
                        first=first.setdefault((job.made_from, len(self.streams) + k), {})),
                 picture)
                for k, (text, picture) in enumerate((text, picture) for text in read for picture in pictures)
            ]  # fmt: skip
        self.seeing = [stream for stream, _ in self.streams if stream.network.sees and not self.unseen]
        self.clips = Clips(len(self.offsets))

    @property
    def offsets(self) -> tuple[float, ...]:
        """When the frames of the film are shown that an event needs, relative to it."""
        return (self.seeing[0].network.clip or (0.0,)) if self.seeing else ()

    def show(self, event: int, k: int, frame: np.ndarray, digest: bytes) -> None:
        """Give the tower that sees frame `k` of an event."""
        whole = self.clips.add(event, k, frame, digest)
        if whole is not None:
            pictures, identity = whole
            for stream in self.seeing:
                stream.add(event, list(pictures) if stream.network.clip else pictures[0], identity)

    def run_the_rest(self) -> None:
        """Run the towers that see nothing of the film, and what is left of the others."""
        for stream, picture in self.streams:
            if any(stream.network.hears):
                for event, sound in enumerate(self._heard(stream.network)):
                    stream.add(event, sound, sound.tobytes())
            elif stream not in self.seeing:
                for event in range(len(self.events.onset)):
                    stream.add(event, picture, b"")
            stream.finish()

    def repeat(self) -> None:
        """Repeat rows: they are whole once all that they are averaged over have been run, and the runs beside."""
        for stream, _ in self.streams:
            stream.repeat()

    def close(self) -> None:
        """The file takes its place."""
        self.file.close()
        note_items(self.store, self.key, [stream.items for stream, _ in self.streams], len(self.events.onset))

    def _heard(self, network: Network) -> Iterator[np.ndarray]:
        """The sound around each event, from the clip's beginning to its end."""
        stimulus = self.events.stimulus
        file = stimulus.audio or stimulus.path
        shown = heard_around(file, self.events.onset, network.hears, stimulus.sound_track)
        return progress(shown, total=len(self.events.onset), label=f"{file.name}, sound")

    def abandon(self) -> None:
        """Drop a file that is not finished."""
        self.file.__exit__(RuntimeError, RuntimeError("not finished"), None)


def carry_out(runs: list[EventsRun], errors: list[InputError]) -> None:
    """Carry several out, in one pass over the film; one that fails takes no other network's with it.

    The runs of one network over other events of the film have rows of each other, and are closed together.
    """
    _show_film(runs, errors)
    for made_from in dict.fromkeys(run.made_from for run in runs):
        for step in (EventsRun.run_the_rest, EventsRun.repeat, EventsRun.close):
            for run in [run for run in runs if run.made_from == made_from]:
                with _left_out(run, runs, errors):
                    step(run)


def _show_film(runs: list[EventsRun], errors: list[InputError]) -> None:
    """Decode the film once, and show each frame to the networks that wait for it."""
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
            with _left_out(run, runs, errors):
                run.show(event, k, frame, digest)


@contextmanager
def _left_out(run: EventsRun, runs: list[EventsRun], errors: list[InputError]) -> Iterator[None]:
    """Take a run out of others where the body fails."""
    with collected(errors) as failed:
        yield
    if failed:
        runs.remove(run)
        run.abandon()


def _texts(
    spec: ModelSpec, events: StimulusEvents, towers: Sequence[Network], plans: Sequence[TowerPlan]
) -> tuple[list[list[list[str | None]]], list[str]]:
    """What each tower reads at each event, shortened to what it takes (None: it is not run), and notes on that.

    A tower has several such lists where its features are averaged over them.
    """
    given = list(text_for(spec, events))
    out: list[list[list[str | None]]] = []
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
        if spec.part_of is None or spec.shown == "text" or not network.reads:
            out.append([[text if text.strip() else None for text in texts]])
            continue
        others = list(other_texts(spec, events))
        if network.count and p.limit:
            others, _ = fit(others, network.count, p.limit)
        out.append([[other if text.strip() else None for text in texts] for other in others])
    return out, notes


def _read(
    spec: ModelSpec, events: StimulusEvents, towers: Sequence[Network], texts: Sequence[Sequence[Sequence[str | None]]]
) -> list[str]:
    """The texts that tell rows of one onset apart: what is read; of a run on the picture alone what would be."""
    if spec.part_of is not None and spec.shown == "image":
        return list(text_for(spec, events))
    own = next((read[0] for network, read in zip(towers, texts) if network.reads), [None] * len(events.onset))
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
