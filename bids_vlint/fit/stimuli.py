"""What the networks are shown: the events of every stimulus of a recording, and which networks can see them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from bids_vlint.errors import InputError
from bids_vlint.film.sound import has_sound, track_of
from bids_vlint.fit.cuts import cuts_of
from bids_vlint.fit.protocols import EventProtocol
from bids_vlint.log import remark
from bids_vlint.networks.extraction.extract import Job
from bids_vlint.networks.family import stored, stored_file
from bids_vlint.networks.shown import hears, sees
from bids_vlint.networks.specification import ModelSet, ModelSpec
from bids_vlint.study.events import shown_to_networks
from bids_vlint.study.fits import RunPlan
from bids_vlint.study.stimulus import Alignment, StimulusEvents


def shown_in_run(
    plan: RunPlan, alignment: Alignment, protocol: EventProtocol, models: ModelSet
) -> dict[int, StimulusEvents]:
    """Events in movie time of every stimulus that a recording shows, by the number of its presentation.

    Remarks: where cuts come from, if no table gives them.
    """
    out = {}
    for k, presentation in enumerate(plan.presentations):
        stimulus = presentation.stimulus
        if stimulus.sound_track is not None and stimulus.path.is_file():
            track_of(stimulus.path, stimulus.sound_track)  # says so, where there is none
        try:
            cuts, source = cuts_of(presentation, models, protocol.store)
        except InputError:
            if alignment == "vision":
                raise
            cuts, source = np.empty(0), ""  # the words alone are the events, and low-level features have no cuts
        if alignment == "vision" and source != "table":
            remark(f"Scene cuts of {presentation.stimulus.name}: {len(cuts)} ({source}).")
        events = shown_to_networks(presentation, alignment, cuts, protocol.context)
        if len(events.onset):
            out[k] = events
    return out


def is_blind(spec: ModelSpec, events: StimulusEvents) -> bool:
    """Whether a network has nothing to see, or to hear, in a stimulus (nor features that were made).

    The parts of such a network are as blind as itself.
    """
    if hears(spec) and not stored(spec):
        return not has_sound(events.stimulus.audio or events.stimulus.path)
    looks = sees(spec) or spec.part_of is not None
    if not looks or events.stimulus.video is not None:
        return False
    return not stored(spec) or not stored_file(spec, events.stimulus, events.alignment).is_file()


def each_once(jobs: Iterable[Job]) -> list[Job]:
    """Jobs without those that show the same network the same."""
    unique: dict[tuple[object, ...], Job] = {}
    for spec, events in jobs:
        shown = (events.alignment, events.onset.tobytes(), events.text, events.translation, events.language)
        unique[(str(events.stimulus.path), spec.label, *shown)] = (spec, events)
    return list(unique.values())
