"""Electrodes that follow the spectrum of speech are no sites of networks that carry it or read; meaning is found."""

from __future__ import annotations

from pathlib import Path
from shutil import which

import pytest

from benchmarks.heard_speech import low_level, sites_of, world


@pytest.mark.full
@pytest.mark.skipif(which("espeak-ng") is None, reason="espeak-ng, which speaks, is not installed")
def test_sound_is_no_site_and_meaning_is(tmp_path: Path) -> None:
    made = world(tmp_path, 14.0, 4, 1)
    low, deaf = low_level(made, tmp_path), low_level(made, tmp_path, ("mel",))
    assert len(made.events.onset) > 1000
    sound, meaning = ([str(k) for k, own in enumerate(made.kinds) if own == kind] for kind in ("sound", "meaning"))
    read = sites_of(made, ("reader",), low, 20)["language_beats_low_level"]
    assert not (read[sound] == True).any()  # noqa: E712
    assert (read[meaning] == True).all()  # noqa: E712
    with_mel, without = (sites_of(made, ("spectral",), base, 20) for base in (low, deaf))
    assert not (with_mel.loc[sound, "language_beats_low_level"] == True).any()  # noqa: E712
    gain = "language_beats_low_level_diff"
    assert with_mel.loc[sound, gain].max() < 0.25 * without.loc[sound, gain].max()
