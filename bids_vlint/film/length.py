"""How long a film or a sound file is."""

from __future__ import annotations

from pathlib import Path

from bids_vlint.film.opening import open_media


def length_of(path: Path) -> float | None:
    """Seconds that a file says it lasts; None where it is not there, is no film, or does not say.

    Parameters
    ----------
    path : Path
        A film or a sound file in any format of ffmpeg's.
    """
    import av

    if not path.is_file():
        return None
    try:
        with open_media(str(path)) as container:
            return container.duration / 1e6 if container.duration and container.duration > 0 else None
    except (av.error.FFmpegError, ValueError):
        return None
