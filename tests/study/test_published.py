"""The sidecars of a published data set (ds003688, CC0) as they stand: read without a recording or a film."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bids_vlint.study.channels import read_channels
from bids_vlint.study.dataset import Run, entities_of
from bids_vlint.study.electrodes import read_electrodes
from bids_vlint.study.events_file import read_events
from bids_vlint.study.sidecars import metadata, sidecars

ROOT = Path(__file__).parents[1] / "data" / "ds003688"
CHANNELS = sorted(ROOT.rglob("*_channels.tsv"))


def test_the_copy_is_whole() -> None:
    assert len(CHANNELS) == 4
    assert "CC0" in (ROOT / "ABOUT.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("file", CHANNELS, ids=lambda f: f.name)
def test_sidecars_of_a_recording(file: Path) -> None:
    recording = file.with_name(file.name.replace("_channels.tsv", "_ieeg.vhdr"))
    run = Run(recording, ROOT, tuple(entities_of(recording).items()))
    channels = read_channels(run)
    assert 0 < len(channels.good) <= len(channels.table)
    assert metadata(run)["SamplingFrequency"] > 0
    found = read_events(run)
    assert found is not None
    assert np.isfinite(found[0].loc[found[0]["trial_type"] == "music", "onset"]).any()
    (tsv,) = sidecars(run, "electrodes", ".tsv", free=["space"])
    (system,) = sidecars(run, "coordsystem", ".json", free=["space"])
    electrodes = read_electrodes(tsv, system)
    assert electrodes.space is not None
    assert np.isfinite(electrodes.table[["x", "y", "z"]]).all(axis=1).any()
    assert set(channels.good) & set(electrodes.table.index)
