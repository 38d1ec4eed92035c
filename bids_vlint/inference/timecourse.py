"""When an electrode follows a network: the course over lags, deconvolved over neighbouring events.

Curves of held-out r over lags are smeared, and rise before the event, because neighbouring events' features resemble
each other and their windows overlap. A latency is therefore named only from a model of all events and lags together:
the unique contribution of a lag is what the held-out R2 loses when the features are left out within 0.1 s of it and the
rest is fitted again. Its null comes from circular shifts of the signals, the whole cross-validation repeated; an
electrode's course is studentised by its null, and what exceeds the 95th percentile of the shifts' maxima over lags
(pooled over electrodes) is significant, so that 5 % of electrodes without effect have any significant lag.

Words and cuts belong in one model. At a cut a network that reads is given words that were spoken before, at a word the
picture has been there for a while: taken for news, they are followed before they come. What a network holds is
therefore also tried as a state that lasts until the next event of either kind, and each electrode has the candidate
(network, and moments or state) without which held-out R2 loses most; under each shift the choice is made again.

What it cannot do: features that leave out a part of what drives the electrode take credit for it at wrong lags where
they resemble it. Low-level features are modelled at all lags and never left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bids_vlint.encoding.deconvolution import unique_gain
from bids_vlint.encoding.fold_regression import FoldSteps, fold_steps
from bids_vlint.encoding.folds import Fold
from bids_vlint.encoding.regressors import Regressor, Steps, lagged_columns, steps_of
from bids_vlint.encoding.stats import (
    block_draws,
    block_membership,
    interval,
    leading_directions,
    mean_and_sd,
    unit_columns,
)
from bids_vlint.inference.correction import LEVEL
from bids_vlint.signals.responses import Track

_STEP_S = 0.1
COURSE_LAGS: np.ndarray = np.arange(-5, 21) * _STEP_S
# Kernels reach this much further than the lags that are reported, whose ends would collect what lies beyond.
MARGIN_S = 0.2
# The features are left out within this of a lag.
_WITHIN_S = 0.1
N_FEATURES = 12
# A response has begun where its course reaches this share of its height: above the null alone, a strong one has tails.
_BEGUN = 0.5
# Columns of rolled signals at a time.
_COLUMNS = 256


@dataclass(frozen=True)
class Course:
    """Deconvolved time courses.

    Attributes
    ----------
    lags : (n_lags,) seconds
    followed : (n_electrodes,) int
        The candidate without which held-out R2 loses most.
    unique : (n_electrodes, n_lags)
        What held-out R2 loses without the features at a lag.
    low, high : (n_electrodes, n_lags)
        95 % interval, from blocks.
    threshold : (n_electrodes,)
        What `unique` must exceed; NaN where there are no shifts.
    significant : (n_electrodes, n_lags) bool
    first, peak : (n_electrodes,) seconds
        When the course, on its way from the event to its peak, has reached half of its height (and is significant), and
        its peak, both between lags by interpolation; NaN where no lag is significant, or where the highest lies before
        the event. A kernel of no width at lag L shows within 0.1 s of L: `first` is early by up to that.
    first_low, first_high, peak_low, peak_high : (n_electrodes,) seconds
        95 % intervals.
    """

    lags: np.ndarray
    followed: np.ndarray
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


@dataclass(frozen=True)
class _Followed:
    """What is best among the candidates so far, of the signals as recorded (first) and rolled.

    Attributes
    ----------
    candidate : (n_electrodes,) int
        As recorded.
    whole : (n_targets,)
        What held-out R2 loses without the features at any lag: by this the best is chosen. Targets are electrodes as
        recorded, then under each shift.
    each : (n_lags, n_targets)
        What it loses without the features at a lag.
    gain : (n_blocks, n_electrodes, n_lags)
        What each block adds to the numerator, as recorded.
    """

    candidate: np.ndarray
    whole: np.ndarray
    each: np.ndarray
    gain: np.ndarray


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
    candidates: Sequence[Regressor],
    folds: Sequence[Fold],
    blocks: np.ndarray,
    *,
    besides: Sequence[Regressor] = (),
    shifts: np.ndarray | None = None,
    n_resamples: int = 1000,
    seed: int = 0,
) -> Course:
    """Deconvolve the signals of electrodes.

    Parameters
    ----------
    tracks : sequence of Track
        Of every run: means in 200 ms windows at steps of 25 ms.
    run : (n_events,) str
    onset : (n_events,) seconds in the recording
        Of the events that folds and blocks are of.
    candidates : sequence of Regressor
        What electrodes may follow, one or more; of few features: `leading_components` of a network's.
    folds : sequence of Fold
        Over events; a step of the signal goes where the nearest event does.
    blocks : (n_events,) int
        The block (5 s) of each event, and of the steps nearest to it.
    besides : sequence of Regressor
        Of no interest, in every regression: that events occur, low-level features.
    shifts : (n_runs, n_shifts) seconds | None
        By how much each run is rolled; each beyond the signal's autocorrelation.
    n_resamples : int
    seed : int

    Returns
    -------
    Course
    """
    steps = steps_of(tracks, np.asarray(run, str), np.asarray(onset, float), _fitted_lags(), _STEP_S)
    parts = fold_steps(steps.event, folds)
    _, number = np.unique(blocks, return_inverse=True)
    beside = [lagged_columns(steps, regressor) for regressor in besides]
    best: _Followed | None = None
    for k, candidate in enumerate(candidates):
        x = np.concatenate([one.reshape(len(one), -1) for one in (lagged_columns(steps, candidate), *beside)], axis=1)
        found = unique_gain(x, parts, _signals(steps, shifts), _groups(candidate.values.shape[1]), number[steps.event],
                            -np.inf if best is None else best.whole)  # fmt: skip
        if best is None:
            best = _Followed(np.zeros(steps.y.shape[1], int), found.whole, found.each, found.gain)
            continue
        better = found.whole > best.whole
        best.whole[better], best.each[:, better] = found.whole[better], found.each[:, better]
        recorded = better[: steps.y.shape[1]]
        best.candidate[recorded], best.gain[:, recorded] = k, found.gain[:, recorded]
    assert best is not None
    held, square = _squares(steps, parts, number[steps.event])
    null = best.each.T.reshape(-1, *best.gain.shape[1:])[1:]
    return _course(best.candidate, best.gain[held], square, None if shifts is None else null, n_resamples, seed)


def _fitted_lags() -> np.ndarray:
    n = round(MARGIN_S / _STEP_S)
    return np.round(np.arange(-n, len(COURSE_LAGS) + n) * _STEP_S + COURSE_LAGS[0], 3)


def _groups(k: int) -> np.ndarray:
    """The columns (lag, feature) of k features near each lag of a course, (n_lags, n_columns)."""
    near = np.abs(COURSE_LAGS[:, None] - _fitted_lags()) <= _WITHIN_S + 1e-9
    return np.array([np.flatnonzero(own)[:, None] * k + np.arange(k) for own in near]).reshape(len(near), -1)


def _signals(steps: Steps, shifts: np.ndarray | None) -> Iterator[np.ndarray]:
    """The signals as recorded and rolled, some shifts at a time."""
    yield steps.y
    rolls = np.empty((1, 0), int) if shifts is None else np.round(np.atleast_2d(shifts) / _STEP_S).astype(int)
    at_once = max(1, _COLUMNS // steps.y.shape[1])
    for first in range(0, rolls.shape[1], at_once):
        yield np.concatenate([_rolled(steps, by) for by in rolls.T[first : first + at_once]], axis=1)


def _rolled(steps: Steps, by: np.ndarray) -> np.ndarray:
    out = np.empty_like(steps.y)
    for k, n in enumerate(by):
        own = steps.run == k
        out[own] = np.roll(steps.y[own], n, axis=0)
    return out


def _squares(steps: Steps, parts: Sequence[FoldSteps], blocks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The blocks that are held out, and the sums of squares in each, (n_blocks, n_electrodes)."""
    rows = np.concatenate([half for part in parts for half in part.halves])
    known, member = block_membership(blocks[rows])
    return known, member @ steps.y[rows].astype(np.float64) ** 2


def _course(
    followed: np.ndarray, gain: np.ndarray, square: np.ndarray, null: np.ndarray | None, n_resamples: int, seed: int
) -> Course:
    """From block sums: `gain` is (n_blocks, n_electrodes, n_lags), `square` (n_blocks, n_electrodes)."""
    n_blocks, n_electrodes, _ = gain.shape
    with np.errstate(divide="ignore", invalid="ignore"):
        unique = gain.sum(0) / square.sum(0)[:, None]
        draws = block_draws(n_blocks, n_resamples, np.random.default_rng(seed))
        resampled = np.tensordot(draws.astype(float), gain, 1) / (draws @ square)[:, :, None]
    low, high = interval(resampled)
    threshold = np.full(n_electrodes, np.nan) if null is None else _threshold(null)
    first, peak = latencies(unique[None], threshold)
    ends = [_interval(part, ~np.isnan(peak[0])) for part in latencies(resampled, threshold)]
    above = unique > threshold[:, None]  # never true for NaN
    return Course(COURSE_LAGS, followed, unique, low, high, threshold, above, first[0], peak[0], *ends[0], *ends[1])


def _threshold(null: np.ndarray) -> np.ndarray:
    """Per electrode, from the pooled maxima of its studentised null; `null` is (n_shifts, n_electrodes, n_lags).

    Each shift is studentised by the others, as what was recorded is by all of them: courses have long tails, and one
    that is part of its own SD is never far out.
    """
    mean, sd = _others(null)
    with np.errstate(divide="ignore", invalid="ignore"):
        maxima = (null.max(2) - mean) / sd
    known = np.sort(maxima[np.isfinite(maxima)])
    rank = int(np.ceil((1 - LEVEL) * (len(known) + 1)))  # as in a permutation test: what was recorded is one of them
    height = known[rank - 1] if rank <= len(known) else np.nan
    threshold: np.ndarray = null.mean((0, 2)) + height * null.std((0, 2))
    return threshold


def _others(null: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and SD over all shifts and lags but one shift, (n_shifts, n_electrodes) each."""
    n = max((len(null) - 1) * null.shape[2], 1)
    sums, squares = ((x.sum((0, 2)) - x.sum(2)) / n for x in (null, null**2))
    return sums, np.sqrt(np.maximum(squares - sums**2, 0))


def latencies(courses: np.ndarray, threshold: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """When a course has reached half of its height, on its way from the event to its peak, and its peak.

    Parameters
    ----------
    courses : (n, n_electrodes, n_lags)
    threshold : (n_electrodes,)
        What half of the height is not less than.

    Returns
    -------
    first, peak : (n, n_electrodes) seconds, to the millisecond
        NaN where nothing exceeds the threshold, or the highest lag lies before the event.
    """
    index, onset = np.arange(courses.shape[-1]), int(np.searchsorted(COURSE_LAGS, 0))
    highest = courses.argmax(-1)
    height = _at(courses, highest)
    known = (height > threshold) & (highest >= onset)
    level = np.maximum(_BEGUN * height, threshold)
    below = (courses <= level[..., None]) & (index >= onset) & (index < highest[..., None])
    last = np.where(below, index, -1).max(-1)  # before the peak; -1: above from the event on
    at, next_ = (_at(courses, np.maximum(last, 0) + k) for k in (0, 1))
    before, after = (_at(courses, np.clip(highest + k, 0, len(index) - 1)) for k in (-1, 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        first = np.where(last < 0, 0.0, COURSE_LAGS[last] + _STEP_S * (level - at) / (next_ - at))
        bend = before - 2 * height + after
        inside = (highest > 0) & (highest < len(index) - 1) & (bend < 0)
        peak = COURSE_LAGS[highest] + np.where(inside, _STEP_S / 2 * (before - after) / bend, 0.0)
    peak = np.maximum(peak, first)
    return tuple(np.where(known, np.round(lag, 3), np.nan) for lag in (first, peak))  # type: ignore[return-value]


def _at(courses: np.ndarray, index: np.ndarray) -> np.ndarray:
    taken: np.ndarray = np.take_along_axis(courses, np.minimum(index, courses.shape[-1] - 1)[..., None], -1)[..., 0]
    return taken


def _interval(values: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Percentiles of resampled latencies, those without one aside; (n_electrodes,) each."""
    low, high = np.full((2, values.shape[1]), np.nan)
    for e in np.flatnonzero(known & ~np.isnan(values).all(0)):
        low[e], high[e] = interval(values[~np.isnan(values[:, e]), e])
    return low, high
