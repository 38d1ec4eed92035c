"""Units of a file against channels.tsv, and amplitudes: refused where a reference would mix them, else noted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bids_vlint.signals.finding import AGREES, NOTED, REFUSED
from bids_vlint.signals.recording import open_recording
from bids_vlint.signals.units import check_units, judge_amplitudes, judge_units
from bids_vlint.study.channels import read_channels
from tests.signals.edf_file import write_edf
from tests.signals.test_time_axis import DATA, NAMES, SFREQ, STEM, place, run_of

REFERENCES = ("average", "laplacian", "bipolar")
ALL_UV = dict.fromkeys(NAMES, "uV")


@pytest.mark.parametrize(
    ("in_file", "declared", "mixed", "alone"),
    [
        (["uV", "uV", "uV"], ["µV", "uV", "uV"], AGREES, AGREES),
        (["uV", ".V", "uV"], ["uV", "uV", "uV"], REFUSED, NOTED),  # a micro sign that was lost
        (["uV", "", "uV"], ["uV", "uV", "uV"], REFUSED, NOTED),
        (["uV", "uV", "uV"], ["uV", "mV", "uV"], REFUSED, NOTED),
        (["uV", "mV", "V"], ["uV", "mV", "V"], AGREES, AGREES),
        (["uV", "uV", "uV"], ["V", "V", "V"], NOTED, NOTED),  # a factor that all share changes nothing
        ([".V", ".V", ".V"], ["uV", "uV", "uV"], NOTED, NOTED),
        (["uV", ".V", "uV"], ["uV", "n/a", "uV"], AGREES, AGREES),  # nothing to compare it with but its amplitude
    ],
)
def test_units_of_a_file(tmp_path: Path, in_file: list[str], declared: list[str], mixed: str, alone: str) -> None:
    folder = place(tmp_path)
    run = run_of(folder, write_edf(folder / f"{STEM}_ieeg.edf", NAMES, DATA, SFREQ, units=in_file))
    with open_recording(run, read_channels(run), tmp_path / "work") as recording:
        (device,) = recording.devices
        for reference in ("none", *REFERENCES):
            found = check_units(device, NAMES, dict(zip(NAMES, declared, strict=True)), reference)
            units, sizes = found
            assert (units.what, sizes.what) == ("units", "amplitudes")
            assert units.verdict == (alone if reference == "none" else mixed)
            if units.verdict == REFUSED:
                k = next(k for k in range(3) if in_file[k] != declared[k])
                assert f"{NAMES[k]} in {in_file[k]!r}, but channels.tsv in {declared[k]!r}" in units.said
                assert "--reference none" in units.do
            odd = len({"V" if unit in (".V", "") else unit for unit in in_file}) > 1
            assert sizes.verdict == ((NOTED if reference == "none" else REFUSED) if odd else AGREES)


def test_amplitudes_that_one_unit_cannot_hold() -> None:
    rng = np.random.default_rng(0)
    usual = {f"A{k}": float(a) for k, a in enumerate(rng.uniform(1e-5, 1e-3, 20))}
    for reference in ("none", *REFERENCES):
        found = judge_amplitudes("x.edf", usual | {"flat": 0.0, "lost": float("nan")}, reference)
        assert found is not None
        assert found.verdict == AGREES
        for name, size in (("large", 30.0), ("small", 1e-9)):
            found = judge_amplitudes("x.edf", usual | {name: size}, reference)
            assert found is not None
            assert found.verdict == (NOTED if reference == "none" else REFUSED)
            assert name in found.said
            assert reference == "none" or f"mark {name} bad" in found.do
    assert judge_amplitudes("x.edf", {"A1": 1.0}, "average") is None


def test_what_is_declared_of_none_is_not_compared() -> None:
    factors, in_file = dict.fromkeys(NAMES, 1e-6), ALL_UV
    assert judge_units("x.edf", factors, in_file, dict.fromkeys(NAMES, "n/a"), "average") is None
    assert judge_units("x.set", {}, {}, ALL_UV, "average") is None
