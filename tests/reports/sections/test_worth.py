"""What a yes and a no are worth, in words."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bids_vlint.derivatives.collection import read_fits
from bids_vlint.inference.calibrated.detectable import family_level, noncentrality, smallest_detectable
from bids_vlint.reports.contents.nulls import read_kept, swapped_sites
from bids_vlint.reports.sections.worth import worth
from bids_vlint.study.fits import FitName
from tests.reports.text import lines_of


def test_the_swapped_stimulus_is_corrected_as_the_others(inferred: Path) -> None:
    fits = read_fits(inferred, "01")
    kept = read_kept(inferred, fits)
    assert set(swapped_sites(kept).values()) == {(0, 48)}
    one = kept[FitName("01", "film"), "vision"]["swapped"]
    one["p"].loc["beats_low_level", "LA6"] = 1e-9
    assert swapped_sites(kept)["beats_low_level"] == (0, 48), "the gate stops it"
    one["p"].loc["trained_beats_random", "LA6"] = 1e-9
    assert swapped_sites(kept)["beats_low_level"] == (1, 48)
    said = lines_of(worth(fits, kept))
    assert "Of 48 electrodes" in said[0]
    assert "beats low level 1" in said[0]
    assert "r = 0.10 at best (+0.00 s)" in said[1]


def test_no_null_no_sentence(inferred: Path) -> None:
    fits = read_fits(inferred, "02")
    said = lines_of(worth(fits, read_kept(inferred, fits)))
    assert [line for line in said if line.startswith("Stimulus")] == []
    assert len(said) == 3


def test_the_smallest_detectable_difference_of_a_family(inferred: Path) -> None:
    fits = read_fits(inferred, "01")
    said = next(s for s in lines_of(worth(fits, {})) if s.startswith("Smallest"))
    own = fits[0].tests.query("test == 'multimodal_beats_linear'")
    df = int(own["df"].iloc[0])
    assert df == own["n_shifts"].iloc[0] - 1
    error = own["detectable"] / (
        own["null_sd"] * noncentrality(df, 0.05, 0.8) + np.maximum(own["null_mean"], 0) - own["null_mean"]
    )
    single = smallest_detectable(
        error.to_numpy(), own["null_sd"].to_numpy(), df, null_mean=own["null_mean"].to_numpy(),
        level=family_level(96),
    )  # fmt: skip
    assert "multimodal beats linear language" in said
    for alignment in ("language", "vision"):
        here = (own["alignment"] == alignment).to_numpy()
        plain, corrected = own["detectable"][here].median(), np.median(single[here])
        assert corrected > plain
        assert f"{alignment} {plain:.3f} ({corrected:.3f} for a single site after the correction)" in said


def test_replicated_sites_are_counted(inferred: Path) -> None:
    fits = read_fits(inferred, "01")
    own = fits[0].tests.query("test == 'beats_low_level' and significant == True")
    said = next(s for s in lines_of(worth(fits, {})) if s.startswith("Split halves"))
    assert f"beats low level {int((own['replicated'] == True).sum())} of {len(own)}" in said  # noqa: E712
