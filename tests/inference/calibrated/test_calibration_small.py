"""Simulated recordings: tests err as often as they say and find what was planted (a small benchmarks/calibration)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from benchmarks.calibration.conjunctions import TRUE
from benchmarks.calibration.datasets import null
from benchmarks.calibration.film import STEP_S, make_film
from benchmarks.calibration.fits import design
from benchmarks.calibration.kinds import PLAIN, data_set
from benchmarks.calibration.methods import BOTH, plain, sides
from benchmarks.calibration.package import calibrated
from benchmarks.calibration.planted import planted
from benchmarks.calibration.power import at_equal_share
from benchmarks.calibration.recording import power_law
from benchmarks.calibration.table import markdown, most_with_discoveries, summary
from benchmarks.calibration.words import WORDS, word

SMALL = (("multimodal", "multimodal", 30), ("vision", "vision", 20))
N_SETS = 8


@pytest.fixture(scope="module")
def null_p() -> dict[str, np.ndarray]:
    """p at electrodes of noise, by the package and by a bootstrap of events and of blocks."""
    found: dict[str, list[np.ndarray]] = {}
    for seed in range(N_SETS):
        data = null(seed, np.random.default_rng(seed), duration=600.0, sizes=SMALL)
        made = design(data.responses, 0, np.random.default_rng(seed))
        ours = calibrated(data, np.random.default_rng(seed))["multimodal_beats_unimodal"].p
        others = plain(sides(data, made), made, BOTH, np.random.default_rng(seed))
        for name, p in {"calibrated": ours, **others}.items():
            found.setdefault(name, []).append(p)
    return {name: np.concatenate(p) for name, p in found.items()}


def test_noise_is_found_as_often_as_said(null_p: dict[str, np.ndarray]) -> None:
    p = null_p["calibrated"]
    n = len(p)
    for level in (0.05, 0.01):
        most = stats.binom.isf(1e-3, n, level)
        assert (p < level).sum() <= most
    assert (p < 0.2).mean() > 0.1, "nor is the test idle"
    assert 0.4 < p.mean() < 0.6


def test_what_was_rejected_finds_more(null_p: dict[str, np.ndarray]) -> None:
    share = {name: (p < 0.05).mean() for name, p in null_p.items()}
    assert share["events independent, percentile"] > 2 * max(share["calibrated"], 0.05)
    assert share["5 s block t"] > share["5 s block t, corrected (Nadeau and Bengio)"]


def test_planted_sites_are_found_for_what_they_are() -> None:
    data, oracle = planted(2, 1.0, n_each=2, duration=700.0)
    results = calibrated(data, np.random.default_rng(0), n_shifts=20)
    site = np.array(data.truth)
    assert (results["integration"].p[site == "interaction"] < 0.01).all()
    assert not results["integration"].found[site != "interaction"].any()
    assert (results["beats_low_level"].p[np.isin(site, ["vision", "language"])] < 0.05).mean() > 0.5
    assert results["beats_low_level"].p[np.isin(site, ["sound", "null"])].min() > 0.01
    assert [n.label for n in data.networks] == [n.label for n in oracle.networks]
    assert np.array_equal(data.responses.data, oracle.responses.data)


@pytest.mark.parametrize("kind", ["faces", "vision x vision", "additive", "interaction"])
def test_only_an_interaction_is_called_integration(kind: str) -> None:
    data = word(WORDS[kind], 4, np.random.default_rng(1), duration=500.0, n_electrodes=4, snr=1.2)
    found = calibrated(data, np.random.default_rng(0), n_shifts=16)
    assert found["trained_beats_random"].found.all(), "the sites are there"
    assert found["beats_low_level"].found.all()
    assert found["integration"].found.sum() == (4 if kind == "interaction" else 0)


@pytest.mark.parametrize("kind", ["conjunctions, none true", "conjunctions, some true"])
def test_what_two_tests_find_at_different_electrodes_is_no_conjunction(kind: str) -> None:
    for seed in range(2):
        data = data_set(kind, seed)
        found = calibrated(data, np.random.default_rng(0))
        true = np.isin(data.truth, TRUE["integration"])
        called = found["integration, either"].found
        assert called[~true].sum() <= 0.05 * max(called.sum(), 1)
        assert (found["integration, either"].p[true] < 0.05).mean() > 0.5 if true.any() else not called.any()
        assert found["beats_low_level, either"].found.any()


def test_a_network_that_was_shown_pictures_alone_has_no_say() -> None:
    data = word(WORDS["faces, captions alone"], 4, np.random.default_rng(1), duration=500.0, n_electrodes=2)
    found = calibrated(data, np.random.default_rng(0), n_shifts=4)
    assert "multimodal_beats_unimodal" in found
    assert not {"integration", "multimodal_beats_linear"} & set(found)


@pytest.mark.parametrize("kind", [*"abcdefgjk"])
def test_data_sets_are_what_they_say(kind: str) -> None:
    one, two = data_set(kind, 3), data_set(kind, 3)
    assert np.array_equal(one.responses.data, two.responses.data)
    assert all(np.array_equal(a.layers["pooled"], b.layers["pooled"]) for a, b in zip(one.networks, two.networks))
    n = len(one.responses.events)
    assert n == (683 if kind == "j" else 2050)
    assert one.responses.data.shape == (n, len(one.truth), 161)
    assert len(one.truth) >= 20
    assert all(network.layers["pooled"].shape[0] == n for network in one.networks)
    assert np.allclose([run.signal.std(0).max() <= 1 for run in one.runs], True), "standardised, then averaged"
    assert set(PLAIN) == set("abcdefghijk")


def test_a_film_seen_twice_has_the_same_events() -> None:
    data = data_set("g", 0)
    events = data.responses.events
    first, second = (events[events["run"] == run] for run in ("1", "2"))
    assert np.array_equal(first["movie_time"], second["movie_time"])
    for network in data.networks:
        x = network.layers["pooled"]
        assert np.array_equal(x[: len(first)], x[len(first) :])
    follows = np.array(data.truth) == "follows"
    a, b = (run.signal for run in data.runs)
    r = [np.corrcoef(a[:, e], b[:, e])[0, 1] for e in range(a.shape[1])]
    assert np.mean(np.array(r)[follows]) > 0.1 > np.abs(np.array(r)[~follows]).max()


def test_responses_are_read_from_the_track() -> None:
    data = data_set("j", 0)
    onset, track = data.responses.events["onset"].to_numpy(float), data.responses.tracks[0]
    assert np.allclose(np.diff(track.time)[np.diff(track.time) < 2 * STEP_S], STEP_S)
    for lag in (0, 80, 160):
        at = np.abs(track.time[:, None] - (onset + data.responses.lags[lag])).argmin(0)
        assert np.array_equal(track.data[at], data.responses.data[:, :, lag])


@pytest.mark.parametrize("exponent", [0.7, 1.0, 1.8])
def test_noise_falls_with_frequency_as_said(exponent: float) -> None:
    x = power_law(48000, np.full(8, exponent), np.random.default_rng(0))
    f, power = stats_welch(x)
    part = (f > 0.05) & (f < 5)
    slope = np.polyfit(np.log(f[part]), np.log(power[part]), 1)[0]
    assert abs(slope + exponent) < 0.1


def stats_welch(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean spectrum."""
    from scipy.signal import welch

    f, power = welch(x, 1 / STEP_S, nperseg=8192, axis=0)
    return f, power.mean(1)


def test_words_come_in_bursts() -> None:
    film = make_film(1200.0, np.random.default_rng(0))
    gap = np.diff(film.onset)
    assert len(gap) == 2049
    assert film.onset[-1] < 1200
    assert gap.min() > 0.05
    assert np.median(gap) < 0.35 < 5 < gap.max()


def test_table_marks_what_is_outside() -> None:
    assert most_with_discoveries(200) == 15
    counts = {"below_0.05": [1, 1], "below_0.01": [0, 2], "below_0.001": [0, 0], "discoveries": [0, 1]}
    keys = {"kind": "a", "method": "m", "test": "t", "truth": "null", "group": ""}
    results = pd.DataFrame({**keys, "seed": [0, 1], "n": [20, 20], **counts})
    row = summary(results).iloc[0]
    assert row["share_0.05"] == pytest.approx(0.05)
    assert row["with_any"] == 1
    assert "| 2 × 20 | 0.050 ± 0.000 | **0.050** | 0.0000 |  |" in markdown(results)


def test_power_at_an_equal_share() -> None:
    p, true = np.array([0.001, 0.03, 0.2, 0.01, 0.5, 0.6, 0.9]), np.array([1, 1, 1, 0, 0, 0, 0], bool)
    assert at_equal_share(p, true, 0.25) == pytest.approx(1.0)
    assert at_equal_share(p, true, 0.0) == pytest.approx(1 / 3)
    assert at_equal_share(p, true, 1.0) == 1.0
