"""What a part is shown in place of the input that it is not shown: nothing, or each of a few others of the film.

A blank input may lie outside what a network knows: one that hardly looks at a picture where there is no text would
have a run on the picture that knows nothing, and a site that follows the picture alone would be called integration.
Averaged over a few texts of the film a run on the picture is the main effect of the picture, in the functional analysis
of variance (Hooker 2007, 10.1198/106186007X237892).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bids_vlint.film.video import frame_shape, frames_at, probe
from bids_vlint.networks.languages import gets_translation
from bids_vlint.networks.network import Network
from bids_vlint.networks.specification import ModelSpec
from bids_vlint.study.stimulus import StimulusEvents

# More of them change nothing that the calibration shows, and cost as much again.
N_OTHERS = 4


def other_texts(spec: ModelSpec, events: StimulusEvents) -> tuple[str, ...]:
    """The texts that a part that is shown pictures alone reads, each at every event.

    Parameters
    ----------
    spec : ModelSpec
        Of the part.
    events : StimulusEvents

    Returns
    -------
    tuple of str
        The sentences of the four words that are spoken nearest to four moments of the film, up to these words: the same
        for all who saw those moments, where each participant's events are the transcript. An empty text where the part
        is to be blanked, there is no transcript, or the network gets a translation.
    """
    words = events.words
    translated = gets_translation(spec, events.language, events.translation_language)
    if spec.parts == "blanked" or words is None or not len(words.onset) or translated:
        return ("",)
    at = [int(np.abs(words.onset - moment).argmin()) for moment in _moments(events) or _spread(words.onset[-1])]
    return tuple(" ".join(words.text[k] for k in range(_first(words.sentence, n), n + 1)) for n in at)


def _moments(events: StimulusEvents) -> list[float]:
    """Seconds of the film, spread evenly; none where the film does not say how long it is."""
    video = events.stimulus.video
    length = probe(video).duration if video is not None else None
    return [] if length is None else _spread(length)


def _spread(length: float) -> list[float]:
    return [float(length * (k + 0.5) / N_OTHERS) for k in range(N_OTHERS)]


def _first(sentence: np.ndarray, n: int) -> int:
    """The first word of the sentence that a word is in."""
    others = np.flatnonzero(sentence[:n] != sentence[n])
    return int(others[-1]) + 1 if len(others) else 0


def other_pictures(spec: ModelSpec, events: StimulusEvents, network: Network) -> list[Any]:
    """The pictures that a part that is shown texts alone sees, each at every event.

    Parameters
    ----------
    spec : ModelSpec
        Of the part.
    events : StimulusEvents
        Of a stimulus with a picture.
    network : Network
        The tower that sees.

    Returns
    -------
    list of frames, or of clips
        At four moments, spread evenly over the film; the network's mean picture where the part is to be blanked, or the
        film does not say how long it is.
    """
    video = events.stimulus.video
    assert video is not None
    moments = [] if spec.parts == "blanked" else _moments(events)
    if not moments:
        return [blank_picture(network, frame_shape(video))]
    times = np.maximum(np.array(moments)[:, None] + np.array(network.clip or (0.0,)), 0.0)
    found: dict[int, np.ndarray] = dict(frames_at(video, times.ravel()))
    clips: list[Sequence[np.ndarray]] = [[found[k * times.shape[1] + j] for j in range(times.shape[1])]
                                         for k in range(len(times))]  # fmt: skip
    return [list(clip) if network.clip else clip[0] for clip in clips]


def blank_picture(network: Network, shape: tuple[int, ...]) -> Any:
    """Make the picture that tells a network nothing: a frame, or clip, of its mean colour in the film's shape."""
    frame = np.empty(shape, np.uint8)
    frame[:] = np.round(255 * np.array(network.blank))
    return [frame] * len(network.clip) if network.clip else frame
