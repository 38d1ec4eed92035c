"""Films, pictures and sound files as PyAV opens them."""

from __future__ import annotations

from typing import Any, Literal


def open_media(source: Any, mode: Literal["r", "w"] = "r") -> Any:
    """Open a film, picture or sound file in any format of ffmpeg's, which keeps its words to itself.

    Older torchvision (Debian's) asks PyAV, when imported, to say in Python what ffmpeg says. A thread of ffmpeg's then
    waits for the interpreter, and the interpreter for that thread where a decoder is closed: both for ever.

    Parameters
    ----------
    source : str or file object
    mode : {"r", "w"}
        To read or to write.

    Returns
    -------
    av.container.Container
        To be closed, or used in a `with` statement.
    """
    import av

    av.logging.set_level(None)
    return av.open(source, mode=mode)
