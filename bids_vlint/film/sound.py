"""The samples of a sound track on the clock of its film."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bids_vlint.errors import InputError
from bids_vlint.files.access import check_file
from bids_vlint.film.opening import open_media
from bids_vlint.film.video import movie_start

SAMPLING_RATE = 16000  # samples per second
NO_SOUND = "it has no sound"
_GAP_S = 0.05  # a jump of the clock by as much is one, less is rounding


@dataclass(frozen=True)
class SoundTrack:
    """One of a file's sound tracks.

    Attributes
    ----------
    number, of : int
        Its place among them, from 1, and how many there are.
    language : str
        As the file says; "" where it does not.
    default : bool
        Whether players choose it by themselves.
    """

    number: int
    of: int
    language: str
    default: bool

    def __str__(self) -> str:
        about = ", ".join([*([self.language] if self.language else []), *(["default"] if self.default else [])])
        return f"{self.number} of {self.of}{f' ({about})' if about else ''}"


def track_of(path: Path, wanted: str | None = None) -> SoundTrack:
    """The sound track that is heard: that which was chosen, else the one that players choose, else the first.

    Parameters
    ----------
    path : Path
    wanted : str | None
        A number from 1, or a language (a code such as nl, nld or dut).

    Raises
    ------
    InputError
        65 where there is no sound, no such track, or where the file cannot be opened.
    """
    with _open(path, wanted) as (_, _, track):
        return track


def has_sound(path: Path) -> bool:
    """Whether a file has a sound track; one that is not there or damaged is taken to have, and is refused when read."""
    try:
        track_of(path)
    except InputError as error:
        return error.wrong != NO_SOUND
    return True


def samples(path: Path, until: float, wanted: str | None = None) -> Iterator[np.ndarray]:
    """Decode the sound of a film, or a sound file: one channel at 16 kHz.

    Parameters
    ----------
    path : Path
    until : float
        Seconds of movie time; it is decoded no further.
    wanted : str | None
        The sound track, as in `track_of`.

    Yields
    ------
    (n,) float32
        From -1 to 1. Pieces follow each other from movie time 0; gaps of the sound are filled with silence.

    Raises
    ------
    InputError
        65 where there is no sound, or where it cannot be decoded on.
    """
    import av

    with _open(path, wanted) as (container, stream, _):
        start, form, resampler = movie_start(container, stream), None, None
        done, begun, received, surplus = 0, 0.0, 0, 0
        for frame in container.decode(stream):
            time = begun + received / (form or (1,))[0] if frame.time is None else frame.time - start
            now = (frame.sample_rate, frame.format.name, frame.layout.name)
            if form != now or abs(begun + received / now[0] - time) > _GAP_S:  # the first frame, or a jump of the clock
                for piece in _pieces(resampler, None):
                    yield piece
                    done += len(piece)
                form, resampler = now, av.AudioResampler(format="fltp", layout="mono", rate=SAMPLING_RATE)
                begun, received = time, 0
                surplus = done - round(min(time, until) * SAMPLING_RATE)
                while surplus < 0:
                    silence = np.zeros(min(-surplus, SAMPLING_RATE), np.float32)
                    yield silence
                    done, surplus = done + len(silence), surplus + len(silence)
            received += frame.samples
            frame.pts = None
            for piece in _pieces(resampler, frame):
                kept = piece[surplus:]  # what was before movie time 0, or comes twice, is left out
                surplus = max(0, surplus - len(piece))
                yield kept
                done += len(kept)
            if done > until * SAMPLING_RATE:
                return
        yield from _pieces(resampler, None)


def _pieces(resampler: Any, frame: Any) -> list[np.ndarray]:
    """What a resampler makes of a frame (None: of all that it still holds), the clock being ours."""
    return [] if resampler is None else [f.to_ndarray()[0] for f in resampler.resample(frame) if f.samples]


@contextmanager
def _open(path: Path, wanted: str | None) -> Iterator[tuple[Any, Any, SoundTrack]]:
    """Open a file and the stream of sound that is heard; what ffmpeg says becomes one sentence."""
    import av

    check_file(path)
    try:
        with open_media(str(path)) as container:
            if not container.streams.audio:
                raise InputError(path, NO_SOUND, "give a file with sound")
            streams = container.streams.audio
            tracks = [SoundTrack(k, len(streams), stream.language or "", bool(stream.disposition & _default()))
                      for k, stream in enumerate(streams, 1)]  # fmt: skip
            track = _chosen(path, tracks, wanted)
            yield container, streams[track.number - 1], track
    except (av.error.FFmpegError, ValueError, AttributeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise InputError(path, f"its sound cannot be decoded ({why.rstrip('.').lower()})", "replace it") from error


def _default() -> Any:
    from av.stream import Disposition

    return Disposition.default


def _chosen(path: Path, tracks: Sequence[SoundTrack], wanted: str | None) -> SoundTrack:
    if wanted is None:
        return next((track for track in tracks if track.default), tracks[0])
    for track in tracks:
        if wanted == str(track.number) or (track.language and _code(track.language) == _code(wanted)):
            return track
    said = ", ".join(str(track) for track in tracks)
    raise InputError(path, f"it has no sound track {wanted!r}; it has {said}", "choose one of these")


def _code(language: str) -> str:
    """A language's code, whichever of its codes is given."""
    import langcodes

    try:
        return langcodes.standardize_tag(language).split("-")[0].lower()
    except langcodes.LanguageTagError:
        return language.lower()
