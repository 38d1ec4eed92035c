"""What is measured of a picture or a sound over the time of a film."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Series:
    """A series of measures from movie time 0.

    Attributes
    ----------
    data : (n, n_measures) float32 or None
        None where nothing could be decoded.
    end : float
        Seconds of movie time up to which there was something.
    note : str
        Why there is nothing, or why it breaks off; "" where all is well.
    damaged : bool
        Whether there is something that cannot be decoded.
    track : str
        Which of several sound tracks it is; "" of one alone.
    """

    data: np.ndarray | None
    end: float
    note: str = ""
    damaged: bool = False
    track: str = ""
