"""A film of the world: shots with a cut between them, sentences spoken over them, and the file itself."""

from __future__ import annotations

import os
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from bids_vlint.demo.draw import FRAME_SIZE, draw
from bids_vlint.demo.world import Scene, random_scene, random_sentence, stream
from bids_vlint.film.opening import open_media

FPS = 12
_DURATION_S = 600.0
_HOLD_S = 2.0  # a pose is held so long, as in limited animation
# A held pose decodes to the same pixels again and again, so that networks are run on it once.
_ENCODER = {"crf": "20", "preset": "veryfast", "threads": "1", "bf": "0"}
_ENCODER |= {"x264-params": "bframes=0:mbtree=0:aq-mode=0:qcomp=0"}


@dataclass(frozen=True)
class Shot:
    """A scene from `onset` (seconds in the movie, a frame's own time) to the next shot."""

    onset: float
    scene: Scene


@dataclass(frozen=True)
class Spoken:
    """A word: onset and duration in seconds of the movie, the sentence's number, and the sentence up to it."""

    onset: float
    duration: float
    word: str
    sentence: int
    so_far: tuple[str, ...]


@dataclass(frozen=True)
class Film:
    """What is shown and what is said; `duration` in seconds."""

    shots: tuple[Shot, ...]
    words: tuple[Spoken, ...]
    duration: float


def _say(rng: np.random.Generator, words: tuple[str, ...], start: float, sentence: int) -> list[Spoken]:
    """Give each word of a sentence its time: 0.2 to 0.45 s, longer words a little longer."""
    spoken, onset = [], start
    for k, word in enumerate(words):
        duration = 0.15 + 0.02 * len(word) + rng.uniform(0.05, 0.2)
        spoken.append(Spoken(round(onset, 3), round(duration, 3), word, sentence, words[: k + 1]))
        onset += duration
    return spoken


def compose(seed: int, duration: float = _DURATION_S, fps: int = FPS) -> Film:
    """Write the script: one sentence a shot, or two, and cuts in the pauses between sentences.

    Parameters
    ----------
    seed : int
        The film's seed.
    duration : float
        Seconds.
    fps : int
        Frames per second; a cut falls on a frame's time.
    """
    rng = stream(seed, "film")
    shots, words, now, sentence = [Shot(0.0, random_scene(rng))], list[Spoken](), 1.0, 0
    while now < duration - 4:
        for _ in range(rng.choice((1, 1, 2))):
            said = _say(rng, random_sentence(rng, shots[-1].scene), now, sentence)
            words += said
            sentence += 1
            end = said[-1].onset + said[-1].duration
            now = end + rng.uniform(0.5, 0.9)
        cut = np.ceil((end + rng.uniform(0.15, 0.3)) * fps) / fps
        shots.append(Shot(float(cut), random_scene(rng)))
    return Film(tuple(shots), tuple(words), duration)


def write_film(film: Film, path: Path, fps: int = FPS) -> None:
    """Render a film to H.264 in an MP4 file of 128 x 128 pixels."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.part.mp4")
    onsets = np.array([shot.onset for shot in film.shots])
    with open_media(str(temporary), "w") as container:
        video = container.add_stream("libx264", rate=fps, options=_ENCODER)
        video.width = video.height = FRAME_SIZE
        video.pix_fmt = "yuv420p"
        for k in range(round(film.duration * fps)):
            shot = film.shots[int(np.searchsorted(onsets, k / fps + 1e-6, side="right")) - 1]
            pose = _HOLD_S * np.floor((k / fps - shot.onset + 1e-6) / _HOLD_S)
            frame = av.VideoFrame.from_ndarray(draw(shot.scene, float(pose)), format="rgb24")
            frame.pts, frame.time_base = k, Fraction(1, fps)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    os.replace(temporary, path)
