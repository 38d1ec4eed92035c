"""Channels that carry no brain: constant or saturated ones, and those of triggers, told by a few stretches."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

CONSTANT = "it is constant"
_STRETCHES, _STRETCH_S = 8, 4.0
_FEW_VALUES = 8
_REPEATED = 0.98  # of the samples of every stretch are the one before them again
_NEAR = 0.1  # of the step between two levels: a sample so near one is on it
_ON_LEVELS = 0.95  # of a stretch's samples
_HELD = 0.5  # of the samples away from the commoner level are on the other: a spike is mostly on its way
_WINDOW_S = 0.1  # whole periods of mains of 50 and of 60 Hz
# Of the variance on a level, what means over windows change, and of what they would change by if it were noise: much of
# a brain's signal is slow.
_SLOW, _OF_NOISE = 0.05, 1.5
_MAINS_HZ = (50.0, 60.0)
_JUMP = 2  # samples on either side of a jump, on which a converter's filter has not settled
_FEW_STEPS = 4  # of the converter are noise
_STEPS = 2  # per stretch with pulses; more than half of the stretches have them: an electrode may lose its contact


def without_brain(
    read: Callable[[int, int], np.ndarray], names: Sequence[str], n_times: int, sfreq: float
) -> dict[str, str] | None:
    """Channels whose signal is no brain's, and why.

    Parameters
    ----------
    read : (start, stop) -> (n_channels, n_times)
        Samples of all channels, from one sample to the one before another; eight stretches of 4 s are asked for.
    names : sequence of str
    n_times : int
    sfreq : float
        Hz.

    Returns
    -------
    dict | None
        None where no channel varies: then there are no signals to judge by.
    """
    length = min(round(_STRETCH_S * sfreq), n_times)
    starts = np.unique(np.linspace(0, n_times - length, _STRETCHES).astype(int))
    shown = [np.asarray(read(int(start), int(start) + length)) for start in starts] if length else []
    if not any(np.ptp(np.nan_to_num(stretch), axis=1).any() for stretch in shown):
        return None
    told = {name: what_is_no_brain([stretch[k] for stretch in shown], sfreq) for k, name in enumerate(names)}
    return {name: why for name, why in told.items() if why}


def what_is_no_brain(stretches: Sequence[np.ndarray], sfreq: float) -> str:
    """Why the stretches of a channel are no brain's signal; "" where they may be.

    Parameters
    ----------
    stretches : sequence of (n,)
    sfreq : float
        Hz.

    Returns
    -------
    str
        constant; a few values alone, or values that are held from sample to sample in every stretch (triggers that were
        recorded as numbers, amplifiers that are saturated); or square pulses: two levels, between which the signal
        jumps, in most stretches, with nothing like a brain's slow activity on them, and next to nothing in the other
        stretches (triggers on an analog input). Flat stretches, spikes, saturation, steps and mains in a brain's signal
        are none of these.

    Examples
    --------
    >>> pulses = np.tile(np.repeat([0.0, 5.0], [400, 10]), 10)
    >>> what_is_no_brain([pulses, pulses], 1000.0), what_is_no_brain([np.zeros(100)], 1000.0)
    ('it has 2 values alone', 'it is constant')
    >>> noise = np.random.default_rng(0).standard_normal((2, 4100))
    >>> what_is_no_brain([pulses + 0.01 * noise[0], pulses + 0.01 * noise[1]], 1000.0)
    'it carries square pulses (38 steps in 2 of 2 stretches)'
    >>> what_is_no_brain(list(noise), 1000.0)
    ''
    """
    known = [x[np.isfinite(x)] for x in stretches]
    known = [x for x in known if len(x) > 1]
    if not known:
        return "it has no numbers"
    values = np.unique(np.concatenate(known))
    if len(values) == 1:
        return CONSTANT
    if len(values) <= _FEW_VALUES:
        return f"it has {len(values)} values alone"
    jumps, finest = np.abs(np.concatenate([np.diff(x) for x in known])), float(np.diff(values).min())
    coarse = np.mean(jumps[jumps > 0] < 1.5 * finest) > 1 / 2  # as the converter's steps are
    if not coarse and all(np.mean(np.diff(x) == 0) >= _REPEATED for x in known):
        return "it is constant, or saturated, but for a few jumps"
    found = [_pulses(x - np.median(x), sfreq, _FEW_STEPS * finest) for x in known]
    steps = [n for n, _ in found if n]
    least = min((step for n, step in found if n), default=0.0)
    quiet = all(n or np.std(x) <= _NEAR * least for (n, _), x in zip(found, known))
    if quiet and 2 * len(steps) > len(known) and sum(steps) >= _STEPS * len(steps):
        return f"it carries square pulses ({sum(steps)} steps in {len(steps)} of {len(known)} stretches)"
    return ""


def _pulses(x: np.ndarray, sfreq: float, least: float) -> tuple[int, float]:
    """How often a signal jumps between two levels, and how far; (0, 0) where it is not on two that are so far apart."""
    in_order = np.sort(x)
    n, total = len(x), np.cumsum(in_order)
    low = np.arange(1, n)
    between = (total[:-1] / low - (total[-1] - total[:-1]) / (n - low)) ** 2 * low * (n - low)
    cut = int(np.argmax(between)) + 1  # Otsu's: the parts that differ most
    levels = np.array([np.median(in_order[:cut]), np.median(in_order[cut:])])
    step = float(levels[1] - levels[0])
    on = np.abs(x[:, None] - levels) <= _NEAR * step
    jumps = np.flatnonzero(np.diff(x > levels.mean()))
    beside = np.zeros(n + 2 * _JUMP, bool)
    for k in range(2 * _JUMP):
        beside[jumps + 1 + k] = True
    settled = ~beside[_JUMP : n + _JUMP]
    if step <= least or not settled.any() or on[settled].any(1).mean() < _ON_LEVELS:
        return 0, 0.0
    rarer = int(on[:, 0].sum() > on[:, 1].sum())
    away = ~on[:, 1 - rarer]
    if on[:, rarer].sum() < _HELD * away.sum() or _is_slow(np.where(away, np.nan, x), sfreq):
        return 0, 0.0
    return len(jumps), step


def _is_slow(x: np.ndarray, sfreq: float) -> bool:
    """Whether means over windows change more from one to the next than those of noise would, mains taken out.

    What is NaN does not count.
    """
    known = np.isfinite(x)
    turns = 2 * np.pi * np.arange(len(x))[known, None] / sfreq * np.array(_MAINS_HZ)
    waves = np.hstack([np.sin(turns), np.cos(turns), np.ones((len(turns), 1))])
    x = x.copy()
    x[known] -= waves @ np.linalg.lstsq(waves, x[known])[0]
    length = max(2, round(_WINDOW_S * sfreq))
    windows = x[: len(x) // length * length].reshape(-1, length)
    windows = windows[np.isfinite(windows).mean(1) > 1 / 2]
    total = float(np.nanvar(x))
    if len(windows) < 3 or total == 0:
        return False
    of_noise = 1 / np.isfinite(windows).sum(1).mean()
    share = np.mean(np.diff(np.nanmean(windows, axis=1)) ** 2) / 2 / total
    return bool(share > _SLOW + _OF_NOISE * of_noise)
