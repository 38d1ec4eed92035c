"""The samples of a sound track on the clock of its film."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from bids_vlint.errors import InputError
from bids_vlint.files.access import check_file
from bids_vlint.film.video import movie_start

SAMPLING_RATE = 16000  # samples per second
_GAP_S = 0.05  # a jump of the clock by as much is one, less is rounding


def samples(path: Path, until: float) -> Iterator[np.ndarray]:
    """Decode the sound of a film, or a sound file: one channel at 16 kHz.

    Parameters
    ----------
    path : Path
    until : float
        Seconds of movie time; it is decoded no further.

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

    with _open(path) as (container, stream):
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
def _open(path: Path) -> Iterator[tuple[Any, Any]]:
    """Open a file and its first stream of sound; what ffmpeg says becomes one sentence."""
    import av

    check_file(path)
    try:
        with av.open(str(path)) as container:
            if not container.streams.audio:
                raise InputError(path, "it has no sound", "give a file with sound")
            yield container, container.streams.audio[0]
    except (av.error.FFmpegError, ValueError, AttributeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise InputError(path, f"its sound cannot be decoded ({why.rstrip('.').lower()})", "replace it") from error
