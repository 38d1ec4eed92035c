"""Cleaning, windows, references and the choice of events, on signals whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from mne.filter import notch_filter

from bids_vlint.errors import InputError
from bids_vlint.signals import clean as c
from bids_vlint.signals.extract import Cleaning, Signal, extract
from bids_vlint.signals.reference import derive
from bids_vlint.signals.usability import BREAK, LEAVES, MARKED_BAD, PAUSE, why_dropped
from bids_vlint.signals.windows import LAGS, covered_steps, window_means

SFREQ = 256.0
TIME = np.arange(int(120 * SFREQ)) / SFREQ
WHOLE = [slice(0, len(TIME))]


def cleaned(
    x: np.ndarray, parts: list[slice] = WHOLE, band: str = "broadband", line: float | None = 50.0
) -> np.ndarray:
    return c.clean(x, SFREQ, parts, line_freq=line, band=band, high_pass=0.1)


def power_at(x: np.ndarray, hz: float) -> float:
    """Power of a frequency in the middle of a signal."""
    middle = x[len(x) // 4 : -len(x) // 4] * np.hanning(len(x) - 2 * (len(x) // 4))
    spectrum = np.abs(np.fft.rfft(middle)) ** 2
    at = np.fft.rfftfreq(len(middle), 1 / SFREQ)
    return float(spectrum[np.abs(at - hz) < 0.2].sum() / spectrum.sum())


def test_mains_and_drift_are_taken_out_and_the_rest_stays_in_phase() -> None:
    wanted = np.sin(2 * np.pi * 3 * TIME)
    x = 1e-6 * (wanted + 5 * np.sin(2 * np.pi * 50 * TIME) + 2 * np.sin(2 * np.pi * 100 * TIME) + TIME**2 / 100)
    y = cleaned(x)
    assert power_at(x - c.signal.savgol_filter(x, 301, 2), 50) > 0.5
    assert power_at(y, 50) < 1e-4
    assert power_at(y, 100) < 1e-4
    middle = slice(len(TIME) // 4, -len(TIME) // 4)
    assert np.corrcoef(y[middle], wanted[middle])[0, 1] > 0.999
    assert abs(y.mean()) < 1e-9
    assert y.std() == pytest.approx(1)


def test_nothing_reaches_across_a_discontinuity() -> None:
    rng = np.random.default_rng(0)
    x, cut = rng.standard_normal(len(TIME)), len(TIME) // 2
    stepped = x.copy()
    stepped[cut:] += 1000 * np.sin(TIME[cut:])
    parts = c.segments(len(TIME), SFREQ, np.array([cut / SFREQ]))
    assert parts == [slice(0, cut), slice(cut, len(TIME))]
    one, other = cleaned(x, parts)[:cut], cleaned(stepped, parts)[:cut]
    assert np.corrcoef(one, other)[0, 1] > 1 - 1e-6
    across = cleaned(stepped)[:cut]
    assert np.corrcoef(one[-200:], across[-200:])[0, 1] < 0.99, "without the cut it would reach across"


def test_high_gamma_is_the_envelope_of_70_to_150_hz() -> None:
    rng = np.random.default_rng(0)
    envelope = 1 + 0.8 * np.sin(2 * np.pi * 0.5 * TIME)
    carrier = c.signal.sosfiltfilt(c.signal.butter(4, (75, 105), "bandpass", fs=SFREQ, output="sos"),
                                   rng.standard_normal(len(TIME)))  # fmt: skip
    x = envelope * carrier + 3 * np.sin(2 * np.pi * 10 * TIME) + 0.01 * rng.standard_normal(len(TIME))
    y = c.signal.sosfiltfilt(c.signal.butter(2, 2, fs=SFREQ, output="sos"), cleaned(x, band="high-gamma"))
    middle = slice(len(TIME) // 8, -len(TIME) // 8)
    assert np.corrcoef(y[middle], np.log(envelope)[middle])[0, 1] > 0.8
    assert abs(np.corrcoef(y[middle], np.sin(2 * np.pi * 10 * TIME)[middle])[0, 1]) < 0.05


def test_high_gamma_bands_stay_below_nyquist() -> None:
    assert c.sub_bands(1000) == [(f, f + 10.0) for f in range(70, 150, 10)]
    assert max(b for _, b in c.sub_bands(256)) <= 0.9 * 128
    c.check_band(256, "high-gamma", 0.1, "file")
    c.check_band(100, "broadband", 0.1, "file")
    with pytest.raises(InputError, match="70 to 150 Hz"):
        c.check_band(128, "high-gamma", 0.1, "file")
    with pytest.raises(InputError, match="--high-pass"):
        c.check_band(128, "broadband", 200, "file")


@pytest.mark.parametrize("line", [50.0, 60.0, None])
def test_mains_frequency_is_estimated(line: float | None) -> None:
    x = np.random.default_rng(0).standard_normal((4, len(TIME))).cumsum(1)
    if line:
        x += 3 * np.sin(2 * np.pi * line * TIME)
    assert c.estimate_line_freq(x, SFREQ) == line


def test_flat_channels_are_zero() -> None:
    assert not cleaned(np.full(len(TIME), 3.0)).any()
    assert not cleaned(np.full(len(TIME), np.nan)).any()


def test_windows_are_means_centred_on_the_lag() -> None:
    x = TIME.copy()
    onset = np.array([10.0, 33.3])
    means = window_means(x, SFREQ, onset)
    assert means.shape == (2, 161)
    assert np.abs(means - (onset[:, None] + LAGS)).max() <= 1 / SFREQ + 1e-5
    pulse = np.zeros(len(TIME))
    pulse[int(10 * SFREQ)] = 1
    hit = LAGS[window_means(pulse, SFREQ, onset[:1])[0] > 0]
    assert hit.min() == pytest.approx(-0.1, abs=0.026)
    assert hit.max() == pytest.approx(0.1, abs=0.026)


def test_events_are_dropped_for_their_reason() -> None:
    onset = np.array([2.0, 2.1, 20.0, 30.0, 50.0, 55.0, 70.0, 97.9, 98.0])
    gaps = np.array([[49.0, 49.0], [65.0, 80.0]])  # the second for 15 s, and an event within it
    why = why_dropped(onset, duration=100.0, pauses=np.array([31.0]), breaks=gaps, bad=np.array([[57.0, 57.0]]))
    assert why.tolist() == [LEAVES, "", "", PAUSE, BREAK, MARKED_BAD, BREAK, "", LEAVES]


def test_an_event_that_only_touches_an_edge_stays() -> None:
    onset = np.array([10.0])
    for edge in (7.9 - 1e-6, 12.1 + 1e-6):
        none = np.empty((0, 2))
        assert why_dropped(onset, duration=99, pauses=np.array([edge]), breaks=none, bad=none) == [""]


def test_references() -> None:
    good = ["LA1", "LA2", "LA3", "LA5", "B'9", "B'10", "Cz"]
    bipolar, out = derive(good, "bipolar")
    assert [d.name for d in bipolar] == ["LA1-LA2", "LA2-LA3", "B'9-B'10"]
    assert bipolar[0].place == ("LA1", "LA2")
    assert set(out) == {"LA5", "Cz"}
    laplacian, out = derive(good, "laplacian")
    assert [(d.name, dict(d.weights)) for d in laplacian] == [("LA2", {"LA2": 1, "LA1": -0.5, "LA3": -0.5})]
    assert set(out) == {"LA1", "LA3", "LA5", "B'9", "B'10", "Cz"}
    assert [d.name for d in derive(good, "none")[0]] == good


TENTHS = np.arange(1100) / 10


@pytest.mark.parametrize("reference", ["none", "average", "bipolar", "laplacian"])
def test_extraction_reads_what_the_reference_needs(reference: str) -> None:
    rng = np.random.default_rng(0)
    names = [f"A{k}" for k in range(1, 6)]
    data = dict(zip(names, rng.standard_normal((5, len(TIME))), strict=True))
    derivations, _ = derive(names, reference)
    signal = Signal(lambda wanted: np.stack([data[n] for n in wanted]), len(TIME), SFREQ)
    onset = np.arange(5, 110, 1.3)
    cleaning = Cleaning(None, "broadband", 0.1, average=reference == "average")
    kwargs = {"steps": covered_steps(onset), "whole": TENTHS, "cuts": np.empty(0), "cleaning": cleaning,
              "contacts": names}  # fmt: skip
    out, track, trace, flat = extract(signal, derivations, {"language": onset}, **kwargs)
    assert not flat
    weights = {n: np.zeros(5) for n in (d.name for d in derivations)}
    for d in derivations:
        for contact, weight in d.weights:
            weights[d.name][names.index(contact)] = weight
    for k, d in enumerate(derivations):
        x = weights[d.name] @ np.stack(list(data.values()))
        x = x - np.mean(list(data.values()), 0) if reference == "average" else x
        assert np.allclose(out["language"][:, k], window_means(cleaned(x, line=None), SFREQ, onset), atol=1e-5)
        assert np.allclose(trace[1, 50:, k], window_means(cleaned(x, line=None), SFREQ, TENTHS[50:], np.zeros(1))[:, 0],
                           atol=1e-5)  # fmt: skip
    threaded, smooth, coarse, _ = extract(signal, derivations, {"language": onset}, threads=2, samples=1, **kwargs)
    assert np.array_equal(threaded["language"], out["language"])
    assert np.array_equal(smooth, track)
    assert np.array_equal(coarse, trace)


@pytest.mark.parametrize(("sfreq", "line"), [(256.0, 50.0), (512.0, 60.0), (2048.0, 50.0), (4096.0, 60.0)])
def test_the_notches_are_those_of_mne(sfreq: float, line: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mains and its harmonics up to 1250 Hz, whose whole notch lies below half the sampling rate; whatever is
    filtered at a time."""
    monkeypatch.setattr(c, "_STRETCH", 1000)
    x = np.random.default_rng(0).standard_normal(int(14 * sfreq)).cumsum()
    expected = notch_filter(x, sfreq, np.arange(line, min(sfreq / 2 - 2, 1250), line), verbose="error")
    np.testing.assert_allclose(c.notched(x, sfreq, line), expected, rtol=0, atol=1e-12 * np.abs(x).max())


@pytest.mark.parametrize(("sfreq", "line"), [(12_000.0, 60.0), (29_952.0, 60.15), (50_000.0, 50.0)])
def test_mains_are_taken_out_of_fast_recordings(sfreq: float, line: float) -> None:
    """Of micro-electrode systems: the notches neither meet nor reach beyond what is sampled."""
    time = np.arange(int(13.5 * sfreq)) / sfreq
    wanted = np.sin(2 * np.pi * 7 * time)
    x = wanted + np.sin(2 * np.pi * line * time) + np.sin(2 * np.pi * 20 * line * time)
    y = c.clean(x, sfreq, [slice(0, len(x))], line_freq=line, band="broadband", high_pass=0.5)
    middle = slice(len(x) // 4, -len(x) // 4)
    assert np.corrcoef(y[middle], wanted[middle])[0, 1] > 0.999
