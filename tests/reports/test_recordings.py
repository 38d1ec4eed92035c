"""The figures of how a participant's recordings are: numbers of their tables, and what the report says of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from bids_vlint.derivatives.collection import read_fits
from bids_vlint.derivatives.layout import figure_file
from bids_vlint.derivatives.quality_file import OF_HIGH_GAMMA, OF_SPECTRA, read_quality
from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.contents.printed import write_figures
from bids_vlint.reports.sections.recording import recordings_as_they_are
from tests.reports import fabricate, recorded

N = 6


@pytest.fixture(scope="module")
def contents(tmp_path_factory: pytest.TempPathFactory) -> Contents:
    out = tmp_path_factory.mktemp("recordings") / "out"
    fabricate.participant(out, "01", 1, n=N, bare=True, placed=False, n_runs=2)
    return Contents(out, read_fits(out, "01"), subject="01")


def table(contents: Contents, name: str) -> pd.DataFrame:
    return {printed.name: own for printed, own in contents.printed}[name]


def test_spectra_are_median_and_range_of_the_channels(contents: Contents) -> None:
    power = read_quality(contents.out, contents.fits[0].name)[OF_SPECTRA]["power"].to_numpy()[0]
    own = table(contents, "spectra")
    own = own[(own["recording"] == recorded.recordings(1)[0]) & (own["stage"] == "before the notch")]
    level = 10 * np.log10(power[:, 0].astype(float))
    for channels, rows in (("analysed", slice(0, N)), ("bad", slice(N, None))):
        part = own[own["channels"] == channels]
        at = np.round(2 * part["frequency"].to_numpy() - 1).astype(int)
        np.testing.assert_allclose(part["power_db"], np.median(level[rows][:, at], axis=0), atol=0.006)
        if channels == "analysed":
            np.testing.assert_allclose(part["low_db"], level[rows][:, at].min(axis=0), atol=0.006)
            np.testing.assert_allclose(part["high_db"], level[rows][:, at].max(axis=0), atol=0.006)
    assert set(own.loc[own["channels"] == "odd", "name"]) == {f"LA{recorded.LOUD + 1}"}
    assert {50.0, 100.0, 150.0} <= set(own["frequency"])


def test_line_noise_is_what_was_planted(contents: Contents) -> None:
    own = table(contents, "line_noise")
    assert len(own) == 2 * (N + 1) * 5  # recordings, channels, harmonics
    mains = own[own["line"] == 1]
    assert mains["before_db"].between(28, 32).all()
    assert mains["after_db"].between(-2, 2).all()  # the largest within 0.5 Hz: the gap's neighbours
    assert own.loc[own["line"] > 1, "before_db"].abs().max() < 3
    assert set(own.loc[~own["analysed"].astype(bool), "name"]) == {recorded.BAD_CHANNEL}


def test_high_gamma_is_chosen_in_one_half_and_drawn_from_the_other(contents: Contents) -> None:
    level = read_quality(contents.out, contents.fits[0].name)[OF_HIGH_GAMMA]["level"].to_numpy()[0].astype(float)
    level = level - level[..., :10].mean(axis=-1, keepdims=True)
    own = table(contents, "event_high_gamma")
    own = own[own["alignment"] == "language"]
    everybody, first = own[own["curve"] == "all electrodes"], own[own["curve"] != "all electrodes"].iloc[:31]
    assert first["name"].iloc[0] == f"LA{recorded.FOLLOWER + 1}"
    assert (everybody["n_events"].iloc[0], first["n_events"].iloc[0]) == (1900, 950)
    for part, values in ((everybody, level.mean(axis=1)), (first, level[1::2, recorded.FOLLOWER])):
        np.testing.assert_allclose(part["level_db"], values.mean(axis=0), atol=1e-3)
        low, high = stats.t.interval(0.95, len(values) - 1, values.mean(axis=0), stats.sem(values, axis=0))
        np.testing.assert_allclose(part[["low_db", "high_db"]].to_numpy().T, [low, high], atol=1e-3)
    assert first["level_db"].max() == pytest.approx(recorded.RESPONSE_DB, abs=0.5)


def test_recordings_that_follow_elsewhere_come_first(contents: Contents) -> None:
    entries = [recorded.followed(f"run-{k}.edf", follows) for k, follows in enumerate((True, None, False))]
    entries.append(recorded.followed("run-3.edf", None, compared=False))
    fits = [replace(contents.fits[0], record=contents.fits[0].record | {"synchrony": entries})]
    own = table(Contents(contents.out, fits, subject="01"), "alignment")
    assert list(dict.fromkeys(own["recording"])) == ["run-2.edf", "run-1.edf", "run-0.edf"]
    far = own[(own["recording"] == "run-2.edf") & (own["curve"] == "every lag")]
    assert far.loc[far["value"].idxmax(), "lag"] == pytest.approx(far["best_lag"].iloc[0], abs=1)
    near = own[(own["recording"] == "run-0.edf") & (own["electrode"] == "LA1")]
    np.testing.assert_array_equal(near["value"], entries[0]["curves"][0]["r"])


def test_dropped_events_are_those_of_the_recordings(contents: Contents) -> None:
    own = table(contents, "dropped_events")
    n = own.groupby(["recording", "alignment", "outcome"])["n"].sum()
    name = recorded.recordings(2)[1]
    assert n[name, "vision"].to_dict() == {
        "used": 99 * 20,
        "window leaves the recording": 5,
        "window touches a stretch marked BAD": 9,
        "window crosses a pause of the film": 3,
    }


def test_what_was_not_kept_is_not_tested(contents: Contents, tmp_path: Path) -> None:
    write_figures(contents)
    said = {one.anchor: one.content for one in recordings_as_they_are(contents)}
    for name, content in said.items():
        assert "Look for" in content
        assert "Not tested" not in content
        assert f'href="sub-01/figures/{name}.tsv"' in content
        assert "data:image/svg+xml;base64," in content
    fabricate.participant(tmp_path / "out", "01", 1, n=N, bare=True, placed=False)
    early = Contents(tmp_path / "out", read_fits(tmp_path / "out"), subject="01")
    stale = figure_file(early.out, "spectra", "pdf", "01")
    stale.parent.mkdir()
    stale.write_text("of results that are gone")
    write_figures(early)
    assert list(stale.parent.iterdir()) == []
    for one in recordings_as_they_are(early):
        assert "Not tested: an earlier version made these results" in one.content
        assert "<img" not in one.content
