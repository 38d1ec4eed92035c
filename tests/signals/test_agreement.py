"""What is declared of a recording against what its file holds: agreed, noted, refused; the rate that is taken."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bids_vlint.signals.agreement import InFile, judge_duration, judge_kind, judge_rate
from bids_vlint.signals.brainvision import BrainVisionHeader
from bids_vlint.signals.finding import AGREES, NOTED, REFUSED
from bids_vlint.signals.sizes import judge_bytes, judge_records
from bids_vlint.study.declared import Declared

JSON, TSV = "SamplingFrequency of ieeg.json", "sampling_frequency of channels.tsv"
FILE = InFile("x.vhdr", 128.0, 17408, 136.0)
LAST = 133.0


@pytest.mark.parametrize(
    ("declared", "duration", "verdict"),
    [
        ({}, None, AGREES),
        ({JSON: 128.0, TSV: 128.0}, 135.992, AGREES),
        ({JSON: 256.0, TSV: 256.0}, 68.0, REFUSED),  # all sidecars are of another file
        ({JSON: 256.0, TSV: 256.0}, None, REFUSED),
        ({JSON: 256.0}, None, REFUSED),
        ({JSON: 256.0, TSV: 256.0}, 136.0, NOTED),  # the file's length says that its rate is right
        ({JSON: 256.0, TSV: 128.0}, None, NOTED),  # two against one
        ({JSON: 256.0, TSV: 128.0}, 68.0, REFUSED),
        ({JSON: 128.02, TSV: 128.0}, None, NOTED),  # the last event moves by 21 ms
        ({JSON: 128.03}, None, REFUSED),  # by 31 ms
        ({JSON: 129.0, TSV: 129.0}, None, REFUSED),  # 0.8 %
    ],
)
def test_rates(declared: dict[str, float], duration: float | None, verdict: str) -> None:
    rate, finding = judge_rate(FILE, declared, Declared(duration=duration, last_event=LAST))
    assert finding.verdict == verdict
    assert rate == 128.0
    if verdict == REFUSED:
        assert "128 Hz" in finding.said
        assert all(f"{v:g} Hz" in finding.said for v in declared.values())
        assert finding.do


def test_a_duration_that_was_counted_before_resampling_says_which_rate_is_right() -> None:
    """135.992 s are the intervals between 17,408 samples at 128 Hz; the file holds them at 29,952 Hz."""
    fast, declared = InFile("x.vhdr", 29952.0, 17408 * 234, 136.0), Declared(duration=135.9921875)
    rate, finding = judge_rate(fast, {JSON: 128.0, TSV: 128.0}, declared)
    assert (rate, finding.verdict) == (29952.0, NOTED)
    length = judge_duration(fast, declared, rate_known=False)
    assert length is not None
    assert length.verdict == AGREES


def test_a_rate_that_a_sidecar_rounds() -> None:
    """2000.1 Hz in the file, 2000 in ieeg.json: the file knows better, however long it is."""
    file = replace(FILE, rate=2000.1, n_times=14_400_720, end=7200.0)
    rate, finding = judge_rate(file, {JSON: 2000.0}, Declared(last_event=7000.0))
    assert (rate, finding.verdict) == (2000.1, NOTED)
    assert judge_rate(file, {JSON: 2001.0}, Declared(last_event=7000.0))[1].verdict == REFUSED


@pytest.mark.parametrize("interval, true", [("7812", 128.0), ("488", 2048.0), ("33", 30000.0), ("30", 32768.0)])
def test_a_rounded_interval_of_brainvision(interval: str, true: float) -> None:
    written = 1e6 / float(interval)
    file = InFile("x.vhdr", written, round(600 * true), 600 * true / written, could_be=_rates(interval))
    rate, finding = judge_rate(file, {JSON: true, TSV: true}, Declared(duration=600.0, last_event=590.0))
    assert (rate, finding.verdict) == (true, NOTED)
    assert f"{true:g} Hz" in finding.said
    # it is no rounding where the length says that the header is right
    exact = Declared(duration=file.end - 1 / written, last_event=590.0)
    assert judge_rate(replace(file), {JSON: true}, exact)[0] == pytest.approx(written)


def test_an_interval_that_is_no_rounding() -> None:
    file = InFile("x.vhdr", 1e6 / 7750, 17408, 17408 * 7750e-6, could_be=_rates("7750"))
    finding = judge_rate(file, {JSON: 128.0, TSV: 128.0}, Declared(duration=135.992, last_event=LAST))[1]
    assert finding.verdict == REFUSED
    assert "129.032 Hz" in finding.said
    assert "128 Hz" in finding.said


def _rates(interval: str) -> tuple[float, float] | None:
    return BrainVisionHeader(5, interval, None, 4).rates


@pytest.mark.parametrize(
    ("duration", "last", "rate_known", "channels", "verdict", "said"),
    [
        (136.0, LAST, True, None, AGREES, ""),
        (135.9921875, LAST, False, None, AGREES, ""),  # without its last sample
        (137, LAST, False, None, AGREES, ""),  # whole seconds
        (150.0, LAST, True, None, NOTED, "150 s"),
        (150.0, 140.0, True, None, REFUSED, "cut"),
        (120.0, LAST, True, None, NOTED, "120 s"),
        (120.0, LAST, False, None, REFUSED, "nothing else gives the sampling rate"),
        (113.3333, 100.0, True, 5, REFUSED, "6 channels"),  # 5 by the header, 6 in the data
        (113.1, 100.0, True, 5, NOTED, "113.1 s"),
    ],
)
def test_durations(
    duration: float, last: float, rate_known: bool, channels: int | None, verdict: str, said: str
) -> None:
    found = judge_duration(replace(FILE, channels=channels), Declared(duration=duration, last_event=last),
                           rate_known=rate_known)  # fmt: skip
    assert found is not None
    assert found.verdict == verdict
    assert said in found.said


def test_a_duration_may_be_with_or_without_gaps() -> None:
    paused = replace(FILE, end=156.0)
    for duration in (136.0, 156.0):
        found = judge_duration(paused, Declared(duration=duration, last_event=150.0), rate_known=True)
        assert found is not None
        assert found.verdict == AGREES
    assert judge_duration(FILE, Declared(), rate_known=True) is None


@pytest.mark.parametrize(
    ("kind", "epoch", "breaks", "verdict"),
    [
        ("continuous", None, 0, AGREES),
        ("continuous", 136.0, 0, AGREES),  # the whole recording as one epoch
        ("continuous", 2.0, 0, REFUSED),
        (None, 2.0, 0, REFUSED),
        ("epoched", None, 0, REFUSED),
        ("epoched", 136.0, 0, REFUSED),
        ("discontinuous", None, 0, REFUSED),
        ("discontinuous", None, 2, AGREES),
        ("continuous", None, 2, NOTED),
    ],
)
def test_kinds(kind: str | None, epoch: float | None, breaks: int, verdict: str) -> None:
    found = judge_kind("x.edf", 136.0, breaks, Declared(kind=kind, epoch=epoch))
    assert found is not None
    assert found.verdict == verdict
    assert judge_kind("x.edf", 136.0, breaks, Declared()) is None


@pytest.mark.parametrize(
    ("declared", "held", "duration", "verdict"),
    [
        (136, 136.0, None, AGREES),
        (136, 136.4, None, NOTED),
        (-1, 136.0, None, NOTED),
        (136, 100.3, None, REFUSED),
        (136, 100.3, 136.0, REFUSED),
        (100, 136.0, None, REFUSED),
        (100, 136.0, 136.0, NOTED),
    ],
)
def test_records_of_edf(declared: int, held: float, duration: float | None, verdict: str) -> None:
    found = judge_records(declared, held, 1.0, duration)
    assert found.verdict == verdict
    if verdict == REFUSED:
        assert f"{declared}" in found.said
        assert f"{held:.6g}" in found.said


@pytest.mark.parametrize(
    ("size", "channels", "points", "verdict"),
    [(348160, 5, None, AGREES), (348160, 5, 17408, AGREES), (348160, 6, None, REFUSED), (348161, 5, None, REFUSED),
     (348160, 5, 20000, REFUSED)],
)  # fmt: skip
def test_bytes_of_samples(size: int, channels: int, points: int | None, verdict: str) -> None:
    found = judge_bytes(size, channels, 4, points)
    assert found.verdict == verdict
    if verdict == REFUSED:
        assert f"{size} bytes" in found.said
        assert f"{channels} channels" in found.said
