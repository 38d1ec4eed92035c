"""When an electrode follows a network: the course over lags, deconvolved over neighbouring events.

Curves of held-out r over lags are smeared, and rise before the event, because neighbouring events' features resemble
each other and their windows overlap. A latency is therefore named only from a model of all events and lags together:
the unique contribution of a lag is what the held-out R2 loses when the features are left out within 0.1 s of it and the
rest is fitted again. Its null comes from circular shifts of the signals, the whole cross-validation repeated; an
electrode's course is studentised by its null, and what exceeds the 95th percentile of the shifts' maxima over lags
(pooled over electrodes) is significant, so that 5 % of electrodes without effect have any significant lag.

What it cannot do: features that leave out a part of what drives the electrode take credit for it at wrong lags where
they resemble it. Low-level features can be given as of no interest; they are modelled at all lags and never left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bids_vlint.encoding.deconvolution import FoldRegression, Steps, block_gain, parts_of, steps_of, unique_gain
from bids_vlint.encoding.folds import Fold
from bids_vlint.encoding.stats import block_draws, interval, leading_directions, mean_and_sd, unit_columns
from bids_vlint.inference.correction import LEVEL
from bids_vlint.signals.responses import Track

_STEP_S = 0.05
COURSE_LAGS: np.ndarray = np.round(np.arange(-0.5, 2.0 + _STEP_S / 2, _STEP_S), 3)
# Kernels reach this much further than the lags that are reported, whose ends would collect what lies beyond.
MARGIN_S = 0.2
# The features are left out within this of a lag.
_WITHIN_S = 0.1
N_FEATURES = 8


@dataclass(frozen=True)
class Course:
    """Deconvolved time courses.

    Attributes
    ----------
    lags : (n_lags,) seconds
    unique : (n_electrodes, n_lags)
        What held-out R2 loses without the features at a lag.
    low, high : (n_electrodes, n_lags)
        95 % interval, from blocks.
    threshold : (n_electrodes,)
        What `unique` must exceed; NaN where there are no shifts.
    significant : (n_electrodes, n_lags) bool
    first, peak : (n_electrodes,) seconds
        The first lag of the significant stretch that holds the highest lag, and that; NaN where none is significant.
        A kernel of no width at lag L shows within 0.1 s of L: `first` is early by up to that.
    first_low, first_high, peak_low, peak_high : (n_electrodes,) seconds
        95 % intervals.
    """

    lags: np.ndarray
    unique: np.ndarray
    low: np.ndarray
    high: np.ndarray
    threshold: np.ndarray
    significant: np.ndarray
    first: np.ndarray
    peak: np.ndarray
    first_low: np.ndarray
    first_high: np.ndarray
    peak_low: np.ndarray
    peak_high: np.ndarray


def leading_components(x: np.ndarray, n_components: int = N_FEATURES) -> np.ndarray:
    """The leading principal components of standardised features, of unit variance; (n_events, k) float64.

    Responses have no part in them, so they may be taken over all events.
    """
    mean, sd = mean_and_sd(x)
    z = (x - mean) / sd
    scores = z @ leading_directions(z, min(n_components, *z.shape))[:, ::-1]
    return unit_columns(scores * np.sign(scores[np.abs(scores).argmax(0), np.arange(scores.shape[1])]))


def time_course(
    tracks: Sequence[Track],
    run: Sequence[str] | np.ndarray,
    onset: np.ndarray,
    features: np.ndarray,
    folds: Sequence[Fold],
    blocks: np.ndarray,
    *,
    nuisance: np.ndarray | None = None,
    shifts: np.ndarray | None = None,
    n_resamples: int = 1000,
    seed: int = 0,
) -> Course:
    """Deconvolve the signals of electrodes that share their network.

    Parameters
    ----------
    tracks : sequence of Track
        Of every run: means in 200 ms windows at steps of 25 ms.
    run : (n_events,) str
    onset : (n_events,) seconds in the recording
    features : (n_events, k)
        Few: `leading_components` of the network's features.
    folds : sequence of Fold
        Over events.
    blocks : (n_events,) int
        The block (5 s) of each event; a step of the signal is in the block of the nearest event.
    nuisance : (n_events, j) | None
        Features of no interest.
    shifts : (n_runs, n_shifts) seconds | None
        By how much each run is rolled; each beyond the signal's autocorrelation.
    n_resamples : int
    seed : int

    Returns
    -------
    Course
    """
    lags = _fitted_lags()
    k = features.shape[1]
    both = features if nuisance is None else np.column_stack([features, nuisance])
    steps = steps_of(tracks, np.asarray(run, str), np.asarray(onset, float), both, lags, _STEP_S)
    parts = parts_of(steps, folds)
    width = steps.x.shape[1] // len(lags)
    groups = [(np.flatnonzero(np.abs(lags - lag) <= _WITHIN_S + 1e-9)[:, None] * width + np.arange(k)).ravel()
              for lag in COURSE_LAGS]  # fmt: skip
    _, number = np.unique(blocks, return_inverse=True)
    gain, square = block_gain(steps, parts, groups, number[steps.event])
    held = square.any(1)
    null = None if shifts is None else _null(steps, parts, groups, np.atleast_2d(shifts))
    return _course(gain[held], square[held], null, n_resamples, seed)


def _fitted_lags() -> np.ndarray:
    n = round(MARGIN_S / _STEP_S)
    return np.round(np.arange(-n, len(COURSE_LAGS) + n) * _STEP_S + COURSE_LAGS[0], 3)


def _null(
    steps: Steps, parts: Sequence[FoldRegression], groups: Sequence[np.ndarray], shifts: np.ndarray
) -> np.ndarray:
    """Courses of the rolled signals, (n_shifts, n_electrodes, n_lags)."""
    rolls = np.round(shifts / _STEP_S).astype(int)
    gain = unique_gain(steps, parts, (_rolled(steps, by) for by in rolls.T), groups)
    return gain.T.reshape(rolls.shape[1], steps.y.shape[1], -1)


def _rolled(steps: Steps, by: np.ndarray) -> np.ndarray:
    out = np.empty_like(steps.y)
    for k, n in enumerate(by):
        own = steps.run == k
        out[own] = np.roll(steps.y[own], n, axis=0)
    return out


def _course(gain: np.ndarray, square: np.ndarray, null: np.ndarray | None, n_resamples: int, seed: int) -> Course:
    """From block sums: `gain` is (n_blocks, n_electrodes, n_lags), `square` (n_blocks, n_electrodes)."""
    n_blocks, n_electrodes, _ = gain.shape
    with np.errstate(divide="ignore", invalid="ignore"):
        unique = gain.sum(0) / square.sum(0)[:, None]
        draws = block_draws(n_blocks, n_resamples, np.random.default_rng(seed))
        resampled = np.tensordot(draws.astype(float), gain, 1) / (draws @ square)[:, :, None]
    low, high = interval(resampled)
    threshold = np.full(n_electrodes, np.nan) if null is None else _threshold(null)
    first, peak = _latencies(unique[None], threshold)
    firsts, peaks = _latencies(resampled, threshold)
    ends = [_interval(part, ~np.isnan(peak[0])) for part in (firsts, peaks)]
    above = unique > threshold[:, None]  # never true for NaN
    return Course(COURSE_LAGS, unique, low, high, threshold, above, first[0], peak[0], *ends[0], *ends[1])


def _threshold(null: np.ndarray) -> np.ndarray:
    """Per electrode, from the pooled maxima of its studentised null; `null` is (n_shifts, n_electrodes, n_lags)."""
    mean, sd = null.mean((0, 2)), null.std((0, 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        maxima = ((null - mean[:, None]) / sd[:, None]).max(2)
    known = np.sort(maxima[~np.isnan(maxima)])
    rank = int(np.ceil((1 - LEVEL) * (len(known) + 1)))  # as in a permutation test: what was recorded is one of them
    threshold: np.ndarray = mean + (known[rank - 1] if rank <= len(known) else np.nan) * sd
    return threshold


def _latencies(courses: np.ndarray, threshold: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First lag of the stretch above the threshold that holds the highest lag, and that; (n, n_electrodes) each."""
    above = courses > threshold[:, None]
    highest = courses.argmax(-1)
    index = np.arange(courses.shape[-1])
    # the last lag before the highest that is not above
    before = np.where(~above & (index < highest[..., None]), index, -1).max(-1)
    known = np.take_along_axis(above, highest[..., None], -1)[..., 0]
    return np.where(known, COURSE_LAGS[before + 1], np.nan), np.where(known, COURSE_LAGS[highest], np.nan)


def _interval(values: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Percentiles of resampled latencies, those without one aside; (n_electrodes,) each."""
    low, high = np.full((2, values.shape[1]), np.nan)
    for e in np.flatnonzero(known & ~np.isnan(values).all(0)):
        low[e], high[e] = interval(values[~np.isnan(values[:, e]), e])
    return low, high
