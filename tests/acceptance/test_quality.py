"""How the recordings of a study are, as it was analysed: spectra against mne and scipy, events against the tables."""

from __future__ import annotations

from pathlib import Path

import mne
import numpy as np
import pytest
from scipy import signal

from bids_vlint.derivatives.collection import read_fits
from bids_vlint.derivatives.quality_file import OF_EVENTS, OF_HIGH_GAMMA, OF_SPECTRA, USED, read_quality
from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.contents.printed import PRINTED
from bids_vlint.signals.spectra import above_neighbours
from bids_vlint.study.fits import FitName
from tests.acceptance import running
from tests.acceptance.datasets import Study

NAME = FitName("01", "movie")
MAINS_HZ = 60.0


def test_spectra_of_the_recording(analysed: tuple[Study, Path]) -> None:
    study, out = analysed
    spectra = read_quality(out, NAME)[OF_SPECTRA]
    names = [str(name) for name in spectra["channel"].values]
    raw = mne.io.read_raw_brainvision(next(study.root.rglob("*.vhdr")), verbose="error")
    hertz, power = signal.welch(
        1e6 * raw.get_data(picks=names), raw.info["sfreq"], nperseg=round(2 * raw.info["sfreq"])
    )
    found = spectra["power"][0].values
    inner = (hertz >= 1) & (hertz <= 58)
    own = found[:, 0, np.isin(spectra["frequency"].values, hertz[inner])]
    assert np.abs(10 * np.log10(own / power[:, inner])).mean() < 0.5  # stretches of it against the whole
    kept = spectra["kept"].values.astype(bool)
    assert [name for name, one in zip(names, kept) if one] == list(read_fits(out)[0].sites["name"])
    before, after = above_neighbours(found[kept], MAINS_HZ).T
    assert before.min() > 10
    assert after.max() < 1


def test_events_over_the_film_are_those_of_the_tables(analysed: tuple[Study, Path]) -> None:
    _, out = analysed
    events = read_quality(out, NAME)[OF_EVENTS].to_dataframe()
    for alignment in ("language", "vision"):
        own = events[(events["alignment"] == alignment) & (events["outcome"] == USED)]
        used = running.read_table(next(out.rglob(f"*_desc-{alignment}_events.tsv")))["movie_time"].astype(float)
        assert own["n"].sum() == len(used)
        for start, stop, n in zip(own["start"], own["stop"], own["n"]):
            assert ((used >= start) & (used < stop)).sum() == n


def test_what_the_rate_does_not_hold_is_not_tested(analysed: tuple[Study, Path]) -> None:
    _, out = analysed
    assert np.isnan(read_quality(out, NAME)[OF_HIGH_GAMMA]["level"].values).all()  # 128 Hz
    printed = PRINTED.named("event_high_gamma")
    contents = Contents(out, read_fits(out, "01"), subject="01")
    assert not len(printed.table(contents))
    assert "hold nothing of 70 to 150 Hz" in printed.lacking(contents)
    with pytest.raises(StopIteration):
        next(out.rglob("event_high_gamma.*"))
