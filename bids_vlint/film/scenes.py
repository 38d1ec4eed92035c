"""Scene cuts, where no table gives them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from bids_vlint.film.video import MISSING_END_S, probe, undecodable


def scene_cuts(video: Path) -> np.ndarray:
    """Find a film's cuts with PySceneDetect's ContentDetector and its defaults.

    Parameters
    ----------
    video : Path
        A film in any format of ffmpeg's.

    Returns
    -------
    (n_cuts,) float64
        When each new scene starts, seconds in movie time; the film's own start is no cut.

    Raises
    ------
    InputError
        66 for a file that is not there, 65 for one that cannot be decoded.
    """
    film = probe(video)
    from scenedetect import ContentDetector, SceneManager, open_video
    from scenedetect.video_stream import VideoOpenFailure

    with _heard("pyscenedetect") as complaints:
        try:
            stream = open_video(str(video), backend="pyav", suppress_output=True)
            manager = SceneManager()
            manager.add_detector(ContentDetector())
            manager.detect_scenes(stream, show_progress=False)
        except (VideoOpenFailure, OSError, ValueError) as error:
            raise undecodable(video, str(error)) from error
    if any("decode" in complaint for complaint in complaints):
        raise undecodable(video, "some of its frames are damaged")
    reached = stream.position.seconds
    if film.duration is not None and reached < film.duration - MISSING_END_S:
        raise undecodable(video, f"it breaks off at {reached:.1f} s of {film.duration:.1f} s")
    # PySceneDetect counts from the first picture
    return np.array([start.seconds + film.start for start, _ in manager.get_scene_list()[1:]])


@contextmanager
def _heard(name: str) -> Iterator[list[str]]:
    """Collect a library's warnings instead of showing its messages."""
    logger, complaints = logging.getLogger(name), []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            complaints.append(record.getMessage())

    before, logger.handlers, logger.propagate = (logger.handlers, logger.propagate), [Listener(logging.WARNING)], False
    try:
        yield complaints
    finally:
        logger.handlers, logger.propagate = before
