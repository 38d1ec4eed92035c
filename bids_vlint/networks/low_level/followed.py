"""What of a stimulus a brain may be seen to follow: how loud it is, or how much brighter or darker it gets at cuts."""

from __future__ import annotations

import numpy as np

from bids_vlint.networks.low_level.measurement import Measured
from bids_vlint.networks.low_level.picture import luminance_steps
from bids_vlint.networks.low_level.sound import loudness

SOUND, CUTS = "sound", "luminance at the cuts"
_FEWEST_CUTS = 20


def followed(found: Measured, cuts: np.ndarray, step: float) -> tuple[str, np.ndarray] | None:
    """The level that a recording is compared with.

    Parameters
    ----------
    found : Measured
    cuts : (n_cuts,) seconds
    step : float
        Seconds.

    Returns
    -------
    what : str
        `sound`: its level (amplitude to the power of 0.6), the mean over two steps around each. Where there is none, or
        it is always the same, `luminance at the cuts`: by how much it changes there, and zero elsewhere.
    level : (n_steps,) float64
        Step k at k times `step` seconds of the film.
    None where neither is known, or there are fewer than 20 cuts at which it changes.
    """
    if found.sound.data is not None:
        time = np.arange(int(found.sound.end / step)) * step
        level = loudness(found.sound.data, time, ((-step, step),))[:, 0]
        if np.ptp(level) > 0:
            return SOUND, level
    if found.picture.data is not None:
        level = np.zeros(int(found.picture.end / step))
        change = luminance_steps(found.picture.data, cuts)
        at = np.round(cuts / step).astype(int)
        inside = (at < len(level)) & (change > 0)
        if inside.sum() >= _FEWEST_CUTS:
            np.add.at(level, at[inside], change[inside])
            return CUTS, level
    return None
