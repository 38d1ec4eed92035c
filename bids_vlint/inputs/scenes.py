"""Scene cuts, where no table gives them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from bids_vlint.errors import InputError
from bids_vlint.inputs.video import probe


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

    with _quiet("pyscenedetect"):
        try:
            stream = open_video(str(video), backend="pyav")
            manager = SceneManager()
            manager.add_detector(ContentDetector())
            manager.detect_scenes(stream, show_progress=False)
        except (VideoOpenFailure, OSError, ValueError) as error:
            raise InputError(video, f"its scene cuts cannot be found ({error})", "replace the damaged file") from error
    # PySceneDetect counts from the first picture
    return np.array([start.seconds + film.start for start, _ in manager.get_scene_list()[1:]])


@contextmanager
def _quiet(name: str) -> Iterator[None]:
    """Let a library's logger speak of errors alone."""
    logger = logging.getLogger(name)
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)
