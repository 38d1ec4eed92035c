"""Deconvolved time courses: planted latencies, nothing before onset, and the algebra against refitting."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import uniform_filter1d

from bids_vlint.encoding.deconvolution import unique_gain
from bids_vlint.encoding.fold_regression import RELATIVE_PENALTIES, fold_steps
from bids_vlint.encoding.folds import Fold, stimulus_folds
from bids_vlint.encoding.regressors import Regressor, Steps, lagged_columns, steps_of
from bids_vlint.encoding.stats import unit_columns
from bids_vlint.inference.descriptions.stimulus import stimulus_course
from bids_vlint.inference.timecourse import (
    COURSE_LAGS,
    Course,
    _threshold,
    latencies,
    leading_components,
    time_course,
)
from bids_vlint.signals.responses import Track
from bids_vlint.signals.windows import STEP_S

LENGTH_S = 500.0
PEAK_S = 0.4


def words(rng: np.random.Generator) -> np.ndarray:
    return 2.5 + np.cumsum(rng.uniform(0.15, 0.6, int((LENGTH_S - 5) / 0.6)))


def slow(onset: np.ndarray, k: int, rng: np.random.Generator, tau: float = 1.0) -> np.ndarray:
    """Features that forget over `tau` seconds."""
    x = rng.standard_normal((len(onset), k))
    for i in range(1, len(x)):
        a = np.exp(-(onset[i] - onset[i - 1]) / tau)
        x[i] = a * x[i - 1] + np.sqrt(1 - a * a) * x[i]
    return x


def noise(n_electrodes: int, n_steps: int, rng: np.random.Generator) -> np.ndarray:
    """1/f noise above 0.1 Hz."""
    f = np.fft.rfftfreq(n_steps, STEP_S)
    size = np.where(f > 0.1, 1 / np.sqrt(np.maximum(f, 0.1)), 0)
    z = rng.standard_normal((2, n_electrodes, len(f)))
    return smooth(np.fft.irfft((z[0] + 1j * z[1]) * size, n_steps).T)


def smooth(x: np.ndarray) -> np.ndarray:
    """Means over 200 ms centred on each step; unit variance."""
    box = np.r_[0.5, np.ones(7), 0.5] / 8
    y = np.stack([np.convolve(c, box, "same") for c in x.T], axis=1)
    return (y / y.std(0)).astype(np.float32)


def driven(onset: np.ndarray, x: np.ndarray, weights: np.ndarray, peak: float = PEAK_S) -> np.ndarray:
    """What events cause: kernels between 0.15 s before and after the peak."""
    n_steps = int(LENGTH_S / STEP_S)
    pulses = np.zeros((n_steps, weights.shape[1]))
    np.add.at(pulses, np.round(onset / STEP_S).astype(int), x @ weights)
    lag = np.arange(0, 1.5, STEP_S)
    kernel = np.maximum(0, np.cos((lag - peak) / 0.15 * np.pi / 2)) * (np.abs(lag - peak) < 0.15)
    return smooth(np.stack([np.convolve(c, kernel)[:n_steps] for c in pulses.T], axis=1))


def both_ways(run: np.ndarray, onset: np.ndarray, x: np.ndarray) -> list[Regressor]:
    """As a state that lasts, and as moments."""
    return [Regressor(run, onset, unit_columns(x), lasting) for lasting in (True, False)]


def occurrence(run: np.ndarray, onset: np.ndarray) -> Regressor:
    return Regressor(run, onset, np.ones((len(onset), 1)))


class Film:
    """Four electrodes that words drive, six that nothing does."""

    def __init__(self, seed: int = 0, size: float = 0.5, tau: float = 1.0) -> None:
        rng = np.random.default_rng(seed)
        self.onset = words(rng)
        n = len(self.onset)
        self.x = slow(self.onset, 3, rng, tau)
        self.signal = noise(10, int(LENGTH_S / STEP_S), rng)
        self.signal[:, :4] += size * driven(self.onset, self.x, rng.standard_normal((3, 4)))
        self.run, film = np.full(n, "1"), np.full(n, "film")
        self.folds = stimulus_folds(film, self.onset, self.run, self.onset, gap=3.0, n_folds=5)
        self.blocks = (self.onset // 5).astype(int)
        self.tracks = [Track("1", np.arange(len(self.signal)) * STEP_S, self.signal)]
        self.shifts = np.linspace(20, LENGTH_S - 20, 24)[None]

    def course(self, *nuisance: np.ndarray, **changes: object) -> Course:
        given = {"shifts": self.shifts, "n_resamples": 200} | changes
        return time_course(self.tracks, self.run, self.onset, both_ways(self.run, self.onset, self.x), self.folds,
                           self.blocks, besides=[occurrence(self.run, self.onset), *(
                               Regressor(self.run, self.onset, unit_columns(x)) for x in nuisance)], **given)  # type: ignore[arg-type]  # fmt: skip

    def raw(self) -> np.ndarray:
        """Held-out r at each lag without deconvolution, (10, n_lags)."""
        at = np.round((self.onset[:, None] + COURSE_LAGS) / STEP_S).astype(int)
        return stimulus_course(self.x, self.signal[at].transpose(0, 2, 1), self.folds)


@pytest.fixture(scope="module")
def film() -> Film:
    return Film()


@pytest.fixture(scope="module")
def course(film: Film) -> Course:
    return film.course()


def test_a_planted_latency_is_recovered(course: Course) -> None:
    np.testing.assert_allclose(course.peak[:4], PEAK_S, atol=0.051)
    assert (course.followed[:4] == 1).all(), "moments, not a state"
    # a kernel from 0.25 s on that has half its height at 0.3 s, seen up to 0.1 s early
    np.testing.assert_allclose(course.first[:4], 0.25, atol=0.06)
    assert (course.peak_low[:4] <= PEAK_S + 1e-9).all()
    assert (course.peak_high[:4] >= PEAK_S - 0.051).all()
    assert (course.first_low <= course.first)[:4].all()
    assert (course.low <= course.unique).all()


def test_nothing_before_onset_where_the_raw_curve_rises(film: Film, course: Course) -> None:
    before = COURSE_LAGS < 0
    assert film.raw()[:4][:, before].mean(0).min() > 0.03
    assert film.raw()[:4][:, before].max() > 0.1
    assert not course.significant[:4][:, before].any()
    assert course.unique[:4][:, before].mean() < 0.002
    assert course.unique[:4].max(1).min() > 0.02


def test_nothing_is_said_of_electrodes_without_effect(film: Film, course: Course) -> None:
    assert np.isnan(course.first[4:]).sum() >= 5
    quiet = ~course.significant.any(1)
    for name in ("first", "peak", "first_low", "first_high", "peak_low", "peak_high"):
        assert np.isnan(getattr(course, name)[quiet]).all()


def test_without_shifts_no_latency_is_named(film: Film, course: Course) -> None:
    bare = film.course(shifts=None)
    np.testing.assert_allclose(bare.unique, course.unique, atol=1e-8, err_msg="wider products round otherwise")
    assert np.isnan(bare.threshold).all()
    assert np.isnan(bare.peak).all()
    assert not bare.significant.any()


@pytest.mark.parametrize("tails", [1.0, 3.0])
@pytest.mark.parametrize(("n", "n_shifts"), [(1, 40), (2, 20), (20, 20)])
def test_noise_exceeds_its_threshold_in_one_of_twenty(n: int, n_shifts: int, tails: float) -> None:
    """Also with few electrodes, and with long tails: what was recorded is one of the exchangeable courses."""
    rng = np.random.default_rng(n)
    noise = uniform_filter1d(rng.standard_normal((3000 // n, 1 + n_shifts, n, 60)), 9)
    noise = np.sign(noise) * np.abs(noise) ** tails
    above = [(course[0].max(-1) > _threshold(course[1:])).mean() for course in noise]
    assert 0.035 < np.mean(above) < 0.065


def test_few_courses_have_no_threshold() -> None:
    assert np.isnan(_threshold(np.random.default_rng(0).standard_normal((10, 1, 60)))).all()


def follow(onset: np.ndarray, values: np.ndarray, peak: float) -> np.ndarray:
    """A state that holds until the next event, smeared by a kernel around the peak; unit variance."""
    time = np.arange(0, LENGTH_S, STEP_S)
    last = np.searchsorted(onset, time, side="right") - 1
    held = np.where(last >= 0, values[np.maximum(last, 0)], 0.0)
    lag = np.arange(0, 1.5, STEP_S)
    kernel = np.maximum(0, np.cos((lag - peak) / 0.15 * np.pi / 2)) * (np.abs(lag - peak) < 0.15)
    return smooth(np.convolve(held, kernel)[: len(time), None])[:, 0]


def test_words_and_cuts_belong_in_one_regression() -> None:
    """What is seen changes at cuts, what is said at words, and each lasts: at a cut the text was spoken before, at a
    word the picture has been there for a while. All kernels are causal."""
    found, rng = Film(7), np.random.default_rng(8)
    cuts = np.arange(3.3, LENGTH_S - 5, 2.9) + rng.uniform(-0.8, 0.8, len(np.arange(3.3, LENGTH_S - 5, 2.9)))
    seen, said = rng.standard_normal((len(cuts), 2)), rng.standard_normal((len(found.onset), 2))
    every = np.concatenate([found.onset, cuts])
    shown = seen[np.maximum(np.searchsorted(cuts, every, side="right") - 1, 0)]
    spoken = said[np.maximum(np.searchsorted(found.onset, every, side="right") - 1, 0)]
    order, peaks = np.argsort(every), (0.3, 0.35, 0.5)
    both = np.column_stack([shown, spoken, shown * spoken])
    for e, drive in enumerate((shown[:, 0], spoken[:, 0], both[:, 4])):
        found.signal[:, e] = noise(1, int(LENGTH_S / STEP_S), rng)[:, 0]
        found.signal[:, e] += 0.7 * follow(every[order], drive[order], peaks[e])
    run = np.full(len(every), "1")
    folds = stimulus_folds(np.full(len(cuts), "film"), cuts, run[: len(cuts)], cuts, gap=3.0, n_folds=5)
    candidates = [one for x in (shown, both) for one in both_ways(run, every, x)]
    besides = [occurrence(run[: len(at)], at) for at in (found.onset, cuts)]
    made = time_course(found.tracks, run[: len(cuts)], cuts, candidates, folds, (cuts // 5).astype(int),
                       besides=besides, shifts=found.shifts, n_resamples=100)  # fmt: skip
    np.testing.assert_allclose(made.peak[:3], peaks, atol=0.06)
    assert made.followed[:3].tolist() == [0, 2, 2]
    assert (made.peak_low[:3] > 0).all()
    assert (made.first_low[:3] > 0).all()
    # cuts alone, with what a network makes of picture and text there, show the text before it is "heard"
    run = run[: len(cuts)]
    alone = time_course(found.tracks, run, cuts, both_ways(run, cuts, both[len(said) :]), folds,
                        (cuts // 5).astype(int), besides=besides[1:], shifts=found.shifts, n_resamples=2)  # fmt: skip
    assert alone.unique[1, COURSE_LAGS < 0].max() > 3 * made.unique[1, COURSE_LAGS < 0].max()


def test_latencies_lie_after_the_event_or_are_not_named() -> None:
    """By hand, on lags from -0.5 s in steps of 0.1 s."""
    rises = np.zeros(len(COURSE_LAGS))
    rises[7:12] = [0.25, 0.75, 1.0, 0.75, 0.1]  # 0.2 to 0.6 s
    early, at_event, flat = np.zeros((3, len(COURSE_LAGS)))
    early[3:7] = [1.0, 0.4, 0.3, 0.2]
    at_event[4:7] = [0.9, 1.0, 0.6]
    first, peak = latencies(np.stack([rises, early, at_event, flat])[None], np.full(4, 0.1))
    np.testing.assert_allclose(first[0], [0.25, np.nan, 0.0, np.nan], atol=1e-9)
    np.testing.assert_allclose(peak[0], [0.4, np.nan, 0.0, np.nan], atol=1e-9)
    first, _ = latencies(rises[None, None], np.array([0.6]))
    assert first[0, 0] == pytest.approx(0.27), "the null is above half of the height"


def test_two_latencies_are_told_apart() -> None:
    """Of two neighbours in a raw curve, the deconvolved course says which is which."""
    found = Film(3)
    rng = np.random.default_rng(9)
    found.signal[:, 9] += 0.7 * driven(found.onset, found.x, rng.standard_normal((3, 1)), 0.9)[:, 0]
    peak = found.course().peak
    np.testing.assert_allclose(peak[:4], PEAK_S, atol=0.051)
    assert peak[9] == pytest.approx(0.9, abs=0.051)


def test_a_confound_of_no_interest_takes_its_share() -> None:
    """An electrode that follows a sound, which the features resemble, does not follow the features."""
    found = Film(4, size=0.0)
    rng = np.random.default_rng(5)
    sound = 0.8 * found.x[:, :1] + 0.6 * rng.standard_normal((len(found.x), 1))
    found.signal[:, :1] += driven(found.onset, sound, np.ones((1, 1)))
    assert found.course().peak[0] == pytest.approx(PEAK_S, abs=0.051)
    assert np.isnan(found.course(sound).peak[0])


def test_two_runs_with_a_hole_are_as_good_as_one(film: Film, course: Course) -> None:
    """Runs count time from their own beginning; where no window reaches there are no steps."""
    cut = 260.0
    time = film.tracks[0].time
    kept = [np.flatnonzero((time < cut - 3) & ((time < 100) | (time > 112))), np.flatnonzero(time > cut + 3)]
    tracks = [Track(name, time[rows] - start, film.signal[rows]) for name, rows, start in
              zip("ab", kept, (0.0, cut))]  # fmt: skip
    events = (film.onset < cut - 6) & ((film.onset < 97) | (film.onset > 115)) | (film.onset > cut + 6)
    onset, second = film.onset[events], film.onset[events] > cut
    folds = stimulus_folds(np.full(len(onset), "film"), onset, np.where(second, "b", "a"), onset, gap=3.0, n_folds=5)
    shifts = np.stack([np.linspace(20, 200, 12)] * 2)
    run, own = np.where(second, "b", "a"), onset - cut * second
    found = time_course(tracks, run, own, both_ways(run, own, film.x[events]), folds, film.blocks[events],
                        besides=[occurrence(run, own)], shifts=shifts, n_resamples=50)  # fmt: skip
    np.testing.assert_allclose(found.peak[:4], PEAK_S, atol=0.051)
    assert np.abs(found.unique - course.unique)[:4].max() < 0.05
    assert np.corrcoef(found.unique[:4].ravel(), course.unique[:4].ravel())[0, 1] > 0.97


def test_a_network_that_does_not_vary_and_a_run_without_events_are_harmless(film: Film) -> None:
    empty = Track("2", film.tracks[0].time, film.signal)
    flat = both_ways(film.run, film.onset, leading_components(np.ones((len(film.onset), 4))))
    both = time_course([*film.tracks, empty], film.run, film.onset, flat, film.folds, film.blocks,
                       besides=[occurrence(film.run, film.onset)], shifts=np.repeat(film.shifts, 2, axis=0),
                       n_resamples=5)  # fmt: skip
    assert (both.unique == 0).all()
    assert np.isnan(both.peak).all()


def test_units_and_order_of_electrodes_change_nothing(film: Film, course: Course) -> None:
    order = np.random.default_rng(0).permutation(10)
    other = Film()
    other.tracks = [replace(film.tracks[0], data=(5 * film.signal[:, order] + 2).astype(np.float32))]
    other.x = -3 * film.x + 7
    found = other.course()
    np.testing.assert_allclose(found.unique, course.unique[order], atol=2e-4)
    np.testing.assert_allclose(found.threshold, course.threshold[order], atol=2e-4)
    np.testing.assert_allclose(found.peak[order < 4], course.peak[order][order < 4], atol=2e-3)


def small(seed: int = 0) -> tuple[list[Track], np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    onset = 3 + np.cumsum(rng.uniform(0.2, 1.0, 120))
    n_steps = int((onset[-1] + 3) / STEP_S)
    signal = rng.standard_normal((n_steps, 3)).astype(np.float32)
    track = Track("1", np.arange(n_steps) * STEP_S, signal)
    lags = np.round(np.arange(-0.1, 0.6, 0.1), 2)
    return [track], np.full(120, "1"), onset, rng.standard_normal((120, 2)), lags


def both_designs(steps: Steps, *regressors: Regressor) -> np.ndarray:
    """Columns (lag, feature), one regressor after the other."""
    return np.concatenate([lagged_columns(steps, one).reshape(len(steps.y), -1) for one in regressors], axis=1)


def test_design_is_what_windows_see_of_the_kernels() -> None:
    tracks, run, onset, x, lags = small()
    steps = steps_of(tracks, run, onset, lags, 0.1)
    features, occur = (lagged_columns(steps, one) for one in
                       (Regressor(run, onset, unit_columns(x)), occurrence(run, onset)))  # fmt: skip
    rng = np.random.default_rng(1)
    kernel = rng.standard_normal((len(lags), 3))
    fine = 0.001
    grid = np.arange(0, tracks[0].time[-1] + 0.5, fine)
    weights = np.column_stack([(x - x.mean(0)) / x.std(0), np.ones(len(x))])
    signal = np.zeros_like(grid)
    for at, w in zip(onset, weights):
        for lag, value in zip(lags, kernel @ w):
            signal[(grid >= at + lag - 0.05) & (grid < at + lag + 0.05)] += value
    sums = np.r_[0, np.cumsum(signal)] * fine
    time = tracks[0].time[::4]
    inner = (time > 1) & (time < grid[-1] - 1)
    low, high = (np.round((time[inner] + e) / fine).astype(int) for e in (-0.1, 0.1))
    windows = (sums[high] - sums[low]) / 0.2
    modelled = np.einsum("nlk,lk->n", np.concatenate([features, occur], axis=2), kernel)[inner]
    np.testing.assert_allclose(modelled - modelled.mean(), windows - windows.mean(), atol=0.02)
    assert windows.std() > 0.5


@pytest.mark.parametrize("n_shifts", [0, 3])
def test_gain_equals_refitting_without_the_columns(n_shifts: int) -> None:
    tracks, run, onset, x, lags = small(2)
    steps = steps_of(tracks, run, onset, lags, 0.1)
    design = both_designs(steps, Regressor(run, onset, unit_columns(x)), occurrence(run, onset))
    folds = stimulus_folds(run, onset, run, onset, gap=2.0, n_folds=5)
    groups = np.array([[0, 1, 2, 3], [2, 3, 4, 5], [8, 9, 10, 11]])
    signals = [steps.y, *(np.roll(steps.y, 100 * k, axis=0) for k in range(1, 1 + n_shifts))]
    blocks, parts = np.arange(len(steps.y)) // 20, fold_steps(steps.event, folds)
    ours = unique_gain(design, parts, signals, groups, blocks)
    reference = refitted(design, np.concatenate(signals, axis=1), steps.event, folds, [*groups, np.unique(groups)])
    np.testing.assert_allclose(ours.each, reference[:-1], atol=1e-6)
    np.testing.assert_allclose(ours.whole, reference[-1], atol=1e-6)
    held = np.concatenate([half for part in parts for half in part.halves])
    square = (steps.y[held].astype(float) ** 2).sum(0)
    np.testing.assert_allclose((ours.gain.sum(0) / square[:, None]).T, ours.each[:, :3], atol=1e-6)
    # of those alone that exceed what is asked for
    some = unique_gain(design, parts, signals, groups, blocks, np.median(ours.whole))
    above = ours.whole > np.median(ours.whole)
    np.testing.assert_allclose(some.each[:, above], ours.each[:, above], atol=1e-6)
    assert np.isnan(some.each[:, ~above]).all()
    np.testing.assert_allclose(some.gain, ours.gain * above[:3, None], atol=1e-6 * square.max())


def test_blocks_add_up_their_own_steps() -> None:
    """What a block of steps adds, refitted: the errors of its steps alone."""
    tracks, run, onset, x, lags = small(3)
    steps = steps_of(tracks, run, onset, lags, 0.1)
    design = both_designs(steps, Regressor(run, onset, unit_columns(x)), occurrence(run, onset))
    folds = stimulus_folds(run, onset, run, onset, gap=2.0, n_folds=5)
    groups, blocks = np.array([[0, 1, 2, 3], [4, 5, 6, 7]]), np.arange(len(steps.y)) // 20
    gain = unique_gain(design, fold_steps(steps.event, folds), [steps.y], groups, blocks).gain
    reference = refitted(design, steps.y, steps.event, folds, [*groups], blocks)
    np.testing.assert_allclose(gain, reference, atol=1e-6 * (steps.y**2).sum())


def test_a_state_is_what_windows_see_of_it_until_the_next_event() -> None:
    tracks, run, onset, x, lags = small(4)
    design = lagged_columns(steps_of(tracks, run, onset, lags, 0.1), Regressor(run, onset, x, lasting=True))
    time, fine = tracks[0].time[::4], 0.001
    grid = np.arange(-2, time[-1] + 2, fine)
    last = np.searchsorted(onset, grid + fine / 2, side="right") - 1
    held = np.where((last >= 0)[:, None], x[np.maximum(last, 0)], 0.0)
    sums = np.concatenate([np.zeros((1, 2)), np.cumsum(held, axis=0)]) * fine
    for k, lag in enumerate(lags):
        low, high = (np.round((time - lag + e - grid[0]) / fine).astype(int) for e in (-0.1, 0.1))
        windows = (sums[high] - sums[low]) / 0.2
        np.testing.assert_allclose(design[:, k], windows - windows.mean(0), atol=0.02)


def refitted(
    design: np.ndarray,
    signals: np.ndarray,
    event: np.ndarray,
    folds: tuple[Fold, ...],
    groups: list[np.ndarray],
    blocks: np.ndarray | None = None,
) -> np.ndarray:
    """Each penalty, group and fold fitted on its own in float64: what R2 loses, (n_groups, n_targets), or with blocks
    how much the squared error grows in each, (n_blocks, n_targets, n_groups)."""
    x, y = design.astype(float), signals.astype(float)
    rows = [[np.flatnonzero(np.isin(event, half)) for half in fold.halves] for fold in folds]
    number = np.zeros(len(x), int) if blocks is None else blocks

    def errors(a: int, columns: np.ndarray) -> np.ndarray:
        out = np.zeros((len(folds), 2, number.max() + 1, y.shape[1]))
        for f, fold in enumerate(folds):
            train = np.isin(event, fold.train)
            gram = x[train].T @ x[train]
            penalty = RELATIVE_PENALTIES[a] * np.trace(gram) / len(gram)
            b = np.linalg.solve(gram[np.ix_(columns, columns)] + penalty * np.eye(len(columns)),
                                x[train][:, columns].T @ y[train])  # fmt: skip
            for h, half in enumerate(rows[f]):
                np.add.at(out[f, h], number[half], (y[half] - x[half][:, columns] @ b) ** 2)
        return out

    every = np.arange(x.shape[1])
    squares = np.array([[(y[half] ** 2).sum(0) for half in halves] for halves in rows])
    full = np.stack([errors(a, every) for a in range(len(RELATIVE_PENALTIES))])
    choice = (1 - full.sum(3) / squares).mean(1)[:, ::-1].argmax(0)  # (2, n_targets): each half by the other
    gain = np.zeros((number.max() + 1, y.shape[1], len(groups)))
    for g, group in enumerate(groups):
        less = np.stack([errors(a, np.setdiff1d(every, group)) for a in range(len(RELATIVE_PENALTIES))])
        for h in (0, 1):
            for e, a in enumerate(choice[h]):
                gain[:, e, g] += (less - full)[a, :, h, :, e].sum(0)
    return gain if blocks is not None else gain[0].T / squares.sum((0, 1))


def test_leading_components_are_principal_components_of_unit_variance() -> None:
    rng = np.random.default_rng(0)
    for n, p in ((200, 30), (20, 50)):
        x = rng.standard_normal((n, 4)) @ rng.standard_normal((4, p)) + 0.1 * rng.standard_normal((n, p))
        z = (x - x.mean(0)) / x.std(0)
        found, u = leading_components(x, 4), np.linalg.svd(z, full_matrices=False)[0][:, :4]
        np.testing.assert_allclose(found.std(0), 1)
        np.testing.assert_allclose(np.abs((found.T @ u) / np.sqrt(n)), np.eye(4), atol=1e-8)
    assert leading_components(np.ones((50, 3))).shape == (50, 0)


def test_a_column_that_varies_by_rounding_has_no_part_in_latencies() -> None:
    """As it has none in the regressions: relative to its size its SD is 1e-7."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((200, 3))
    rounding = 5 * (1 + 1e-7 * rng.standard_normal((200, 1)))
    np.testing.assert_allclose(leading_components(np.column_stack([x, rounding])), leading_components(x), atol=1e-9)


def test_stimulus_in_the_brains_place() -> None:
    """Features at t know the sound at t + lag as far as the stimulus depends on itself, before and after."""
    film = Film(6, tau=3.0)
    rng = np.random.default_rng(7)
    lags = np.array([-1.0, 0.0, 1.0, 30.0])
    index = np.searchsorted(film.onset, film.onset[:, None] + lags).clip(0, len(film.onset) - 1)
    sound = np.stack([film.x[index, 0], rng.standard_normal(index.shape)], axis=1)  # one feature's, and an unrelated
    r = stimulus_course(film.x, sound, film.folds)
    assert r[0, 1] > 0.99
    assert (r[0, [0, 2]] > 0.4).all()
    assert abs(r[0, 3]) < 0.15
    assert np.abs(r[1]).max() < 0.15
