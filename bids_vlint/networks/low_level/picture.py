"""What is seen, at its simplest: luminance, contrast and motion energy of a film."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from av import VideoFrame
from av.video.reformatter import VideoReformatter

from bids_vlint.errors import InputError
from bids_vlint.film.video import ROUNDING_S, shown_frames
from bids_vlint.log import progress
from bids_vlint.networks.low_level.series import Series

PICTURE_RATE = 8.0  # per second: every third frame of 24
_WIDTH = 64  # pixels that the picture is reduced to
LUMINANCE, CONTRAST, MOTION = range(3)


def picture_series(video: Path, until: float) -> Series:
    """Decode a film once and measure its picture.

    Parameters
    ----------
    video : Path
    until : float
        Seconds of movie time; the film is decoded no further.

    Returns
    -------
    Series
        Luminance, contrast and motion, (n, 3) at 8 Hz; zero before the first picture and after the last.
    """
    n = int(np.ceil(until * PICTURE_RATE))
    series, reached, note = np.zeros((n, 3), np.float32), 0, ""
    before: np.ndarray | None = None
    try:
        for k, picture in progress(_sampled(video, n), total=n, label=f"{video.name}, picture"):
            series[k, :MOTION] = picture.mean(), picture.std()
            if before is not None:
                series[k - 1, MOTION] = PICTURE_RATE * np.abs(picture - before).mean()
            before, reached = picture, k + 1
    except InputError as error:
        note = error.wrong
    if not reached:
        return Series(None, 0.0, note or "it holds no picture", damaged=True)
    return Series(series, reached / PICTURE_RATE, note, damaged=bool(note))


def _sampled(video: Path, n: int) -> Iterator[tuple[int, np.ndarray]]:
    """The reduced picture, luminance from 0 to 1, that is on at each of the first `n` steps that have one."""
    last, k, end = None, 0, 0.0
    scaler = VideoReformatter()  # one of its own for every frame costs more than the scaling
    for frame, time in shown_frames(video):
        if last is not None:
            picture = None
            while k < n and k / PICTURE_RATE < time - ROUNDING_S:
                picture = _reduced(last, scaler) if picture is None else picture
                yield k, picture
                k += 1
        else:
            k = max(0, int(np.ceil((time - ROUNDING_S) * PICTURE_RATE)))
        if k >= n:
            return
        last, end = (last if frame.is_corrupt and last is not None else frame), time + _stays(frame)
    if last is not None:
        picture = _reduced(last, scaler)
        while k < n and k / PICTURE_RATE < end:
            yield k, picture
            k += 1


def _stays(frame: object) -> float:
    """Seconds that the last frame stays."""
    duration, base = getattr(frame, "duration", None), getattr(frame, "time_base", None)
    return float(duration * base) if duration and base else 1.0 / PICTURE_RATE


def _reduced(frame: VideoFrame, scaler: VideoReformatter) -> np.ndarray:
    height = max(1, round(_WIDTH * frame.height / frame.width))
    small = scaler.reformat(frame, _WIDTH, height, "gray", interpolation="AREA")
    return np.asarray(small.to_ndarray(), np.float32) / 255


def luminance_steps(series: np.ndarray, cuts: np.ndarray) -> np.ndarray:
    """By how much luminance changes at cuts: (n_cuts,); zero where the film is not known."""
    before, after = (np.floor(cuts * PICTURE_RATE).astype(int) + k for k in (-1, 2))  # a cut falls within a step
    known = (before >= 0) & (after < len(series))
    change = np.zeros(len(cuts))
    change[known] = np.abs(series[after[known], LUMINANCE] - series[before[known], LUMINANCE])
    return change
