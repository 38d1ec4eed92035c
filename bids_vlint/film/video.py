"""The frames of a film that events show, decoded in one pass.

Movie time is what players and ffmpeg show: presentation time less the file's start time, so B-frames, edit lists, a
start other than zero and a varying frame rate need no care elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bids_vlint.errors import InputError
from bids_vlint.files.access import check_file
from bids_vlint.film.opening import open_media
from bids_vlint.log import logger

_ROUNDED_S = 5e-3 + 1e-6  # onsets are seldom written more coarsely than in hundredths of a second
ROUNDING_S = 5e-4  # a container that counts milliseconds rounds by as much
MISSING_END_S = 1.0  # a film that ends so much before its declared end, and before an event, is truncated

_HDR = {16: "HDR (PQ)", 18: "HDR (HLG)"}  # transfer curves, as ITU-T H.273 numbers them
_GAP_S = 2.0  # without a frame around an event: worth a warning


@dataclass(frozen=True)
class FilmHeader:
    """What a film's header says: duration in seconds (None: not said), frames per second, width × height in pixels."""

    duration: float | None
    rate: float | None
    size: tuple[int, int]
    start: float  # of the pictures, in movie time: above 0 where the sound starts earlier


def probe(video: Path) -> FilmHeader:
    """Open a film, decode its first frame and say what its header says.

    Raises
    ------
    InputError
        66 for a file that is not there, 65 for one without a picture or that cannot be decoded.
    """
    with _open(video) as (container, stream):
        if next(container.decode(stream), None) is None:
            raise undecodable(video, "it holds no frame")
        rate = stream.average_rate or stream.guessed_rate
        size = (stream.codec_context.width, stream.codec_context.height)
        start = float((stream.start_time or 0) * stream.time_base) - movie_start(container, stream)
        return FilmHeader(_duration(container, stream), float(rate) if rate else None, size, start)


def frames_at(video: Path, times: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Decode the frame that is on the screen at each time: the last that was shown by then, the first before it.

    A time counts for the frame that follows within 5 ms, or half the frame before it: onsets are rounded, and a cut
    whose onset was rounded down shows the new scene.

    Parameters
    ----------
    video : Path
        A film in any format of ffmpeg's.
    times : (n,) float
        Seconds in movie time, in any order.

    Yields
    ------
    index : int
        Into `times`; in order of time.
    frame : (height, width, 3) uint8
        RGB, upright and with square pixels, as players show it. Times that show the same frame get the same array.

    Raises
    ------
    InputError
        66 for a file that is not there; 65 for one without a picture, that cannot be decoded, or that breaks off
        before an event.
    """
    times = np.asarray(times, dtype=np.float64)
    order = np.argsort(times, kind="stable")
    done = 0
    with _open(video) as (container, stream):
        start, last, shown, longest = movie_start(container, stream), None, 0.0, 0.0
        wide = float(stream.sample_aspect_ratio or 1)
        if (curve := stream.codec_context.color_trc) in _HDR:
            logger.warning("%s: its pictures are %s, which networks were not trained on; they are read without tone "
                           "mapping, duller than a player shows them", video, _HDR[curve])  # fmt: skip
        for frame, time in _timed(container.decode(stream)):
            if done == len(order):
                return
            before, shown = shown, time - start
            if last is not None and times[order[done]] < (until := shown - min(_ROUNDED_S, (shown - before) / 2)):
                lasts = float((last.duration or 0) * last.time_base)
                if shown - before - lasts > _GAP_S and times[order[done]] > before + _GAP_S:
                    logger.warning("%s: no frame between %.1f s and %.1f s of the film; the one before stays",
                                   video, before, shown)  # fmt: skip
                picture = _displayed(video, last, wide)
                while done < len(order) and times[order[done]] < until:
                    yield int(order[done]), picture
                    done += 1
            longest = max(longest, shown - before, float((frame.duration or 0) * frame.time_base))
            last = frame
        if done < len(order):
            # the last frame may stay as long as any before it
            end = shown + longest
            picture = _last(video, last, wide, end, _duration(container, stream), float(times[order[-1]]))
            beyond = int((times[order[done:]] > end + MISSING_END_S).sum())
            if beyond:
                logger.warning("%s: %d events lie beyond its end at %.1f s and show its last frame", video, beyond, end)
            for index in order[done:]:
                yield int(index), picture


def frame_shape(video: Path) -> tuple[int, ...]:
    """Shape of a film's first frame, turned upright: (height, width, 3); errors as `frames_at`."""
    return next(frame.shape for _, frame in frames_at(video, np.zeros(1)))


def shown_frames(video: Path) -> Iterator[tuple[Any, float]]:
    """Decode a film from its start: PyAV's frames, and when each is shown, in seconds of movie time.

    Raises
    ------
    InputError
        66 for a file that is not there, 65 for one without a picture or where it cannot be decoded on.
    """
    with _open(video) as (container, stream):
        start = movie_start(container, stream)
        for frame, time in _timed(container.decode(stream)):
            yield frame, time - start


def _timed(frames: Iterable[Any]) -> Iterator[tuple[Any, float]]:
    """Frames with their presentation times, in seconds; those without any are left out.

    A container that stores no presentation times (AVI) may give times that go back; then those of decoding are right
    (ffmpeg's rule: whichever has gone back less often).
    """
    faulty_pts = faulty_dts = 0
    last_pts = last_dts = None
    for frame in frames:
        pts, dts = frame.pts, frame.dts
        faulty_pts += pts is not None and last_pts is not None and pts <= last_pts
        faulty_dts += dts is not None and last_dts is not None and dts <= last_dts
        last_pts, last_dts = pts if pts is not None else last_pts, dts if dts is not None else last_dts
        best = pts if pts is not None and (faulty_pts <= faulty_dts or dts is None) else dts
        if best is not None:
            yield frame, float(best * frame.time_base)


@contextmanager
def _open(video: Path) -> Iterator[tuple[Any, Any]]:
    """Open the film's container and its first video stream; what ffmpeg says becomes one sentence."""
    import av

    check_file(video)
    try:
        with open_media(str(video)) as container:
            pictures = [s for s in container.streams.video if not s.disposition & av.stream.Disposition.attached_pic]
            if not pictures:
                raise InputError(video, "has no picture", "give a film; a sound file is named with audio =")
            pictures[0].thread_type = "AUTO"
            yield container, pictures[0]
    except (av.error.FFmpegError, ValueError) as error:
        raise undecodable(video, getattr(error, "strerror", None) or str(error)) from error


def undecodable(video: Path, why: str) -> InputError:
    """Make the error of a film that cannot be decoded."""
    return InputError(video, f"this film cannot be decoded ({why.rstrip('.').lower()})", "replace the damaged file")


def movie_start(container: Any, stream: Any) -> float:
    """Seconds of presentation time at movie time 0: the file's start, of whichever of its streams starts first."""
    if container.start_time is not None:
        return container.start_time / 1e6
    return float((stream.start_time or 0) * stream.time_base)


def _duration(container: Any, stream: Any) -> float | None:
    """Seconds of picture that the header declares; None where it does not."""
    if stream.duration is not None:
        return float(stream.duration * stream.time_base)
    tag = re.fullmatch(r"(\d+):(\d+):([\d.]+)", stream.metadata.get("DURATION", ""))  # of an MKV: when it ends
    if tag:
        end = 3600 * int(tag[1]) + 60 * int(tag[2]) + float(tag[3])
        return end - float((stream.start_time or 0) * stream.time_base)
    if container.duration is not None and len(container.streams) == 1:
        return container.duration / 1e6
    return None


def _last(video: Path, frame: Any, wide: float, shown: float, declared: float | None, wanted: float) -> np.ndarray:
    """Return the frame that stays after the end, unless the end is missing."""
    if frame is None:
        raise undecodable(video, "it holds no frame")
    if declared is not None and shown < min(declared, wanted) - MISSING_END_S:
        raise undecodable(video, f"it breaks off at {shown:.1f} s of {declared:.1f} s")
    return _displayed(video, frame, wide)


def _displayed(video: Path, frame: Any, wide: float) -> np.ndarray:
    """Convert a frame to RGB with square pixels, and turn it as its display matrix says; `wide`: a pixel's width over
    its height (films from DVD have up to 1.46), of which the longer side is taken so that no pixel is lost."""
    if frame.is_corrupt:
        raise undecodable(video, f"damaged at {frame.time:.1f} s")
    width, height = round(frame.width * max(wide, 1)), round(frame.height * max(1 / wide, 1))
    pixels = frame.to_ndarray(format="rgb24", width=width, height=height)
    return np.ascontiguousarray(np.rot90(pixels, k=round(frame.rotation / 90)))
