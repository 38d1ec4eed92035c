"""Latencies of the demo's sites, whose kernels are known, at cuts, where features hold words spoken before."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bids_vlint.demo import signals
from bids_vlint.demo.movie import compose
from bids_vlint.demo.world import COLOURS, THINGS, agreement, last_named
from bids_vlint.encoding.network_features import NetworkFeatures
from bids_vlint.inference.description import DESCRIPTIONS, Material, OtherEvents
from bids_vlint.networks.identity import part_name
from bids_vlint.signals.clean import clean_signals
from bids_vlint.signals.responses import responses_around
from tests.encoding.recordings import run

START, SECONDS = 5.0, 400.0
SITES = ("vision", "language", "integration", "vision", "language", "integration", "noise", "noise")


def world(course: list[signals.Step], rng: np.random.Generator) -> list[NetworkFeatures]:
    """Networks that see, that read and that do both, of what the world holds at some steps, each a little noisy."""
    seen = [[*(t in step.scene.names for t in THINGS), *(c in [t.colour for t in step.scene.things] for c in COLOURS)]
            for step in course]  # fmt: skip
    said = [[last_named(step.so_far) == name for name in THINGS] for step in course]
    agrees = [[agreement(step.so_far, step.scene)] for step in course]
    x = [np.array(rows, float) + 0.1 * rng.standard_normal((len(rows), len(rows[0]))) for rows in (seen, said, agrees)]
    image, text, both = ({"a": part.astype(np.float32)} for part in (x[0], x[1], np.hstack([x[2]] * 4 + [x[1]])))
    return [NetworkFeatures("eye", "vision", True, image), NetworkFeatures("ear", "language", True, text),
            NetworkFeatures("fusion", "multimodal", True, both),
            *(NetworkFeatures(part_name("fusion", shown), "multimodal", True, layers, shown=shown, part_of="fusion")
              for shown, layers in (("image", image), ("text", text)))]  # fmt: skip


def test_latencies_at_cuts_are_those_of_the_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    film, peaks, kernel = compose(1, SECONDS), list[float](), signals.kernel

    def noted(rng: np.random.Generator, sfreq: float) -> np.ndarray:
        made = kernel(rng, sfreq)
        peaks.append(made.argmax() / sfreq)
        return made

    monkeypatch.setattr(signals, "kernel", noted)
    n_times = round((START + SECONDS + 6) * signals.SFREQ)
    raw = np.stack([signals.site(kind, film, START, n_times, 1, f"{kind}{k}") for k, kind in enumerate(SITES)])
    clean = clean_signals(raw, signals.SFREQ)
    course = signals.steps(film)
    cuts = {shot.onset for shot in film.shots}
    tables, networks = {}, {}
    for kind in ("word", "cut"):
        own = [step for step in course if (step.onset in cuts) == (kind == "cut") and 3 < step.onset < SECONDS - 3]
        onset = np.array([step.onset for step in own])
        tables[kind] = pd.DataFrame({"onset": onset + START, "movie_time": onset, "run": "1", "stimulus": "film"})
        networks[kind] = world(own, np.random.default_rng(2))
    responses = responses_around(clean, signals.SFREQ, tables["cut"])
    encoded = run(networks["cut"], responses, n_shifts=20, bins=(0.0, 2.0), reach=14.2, n_bootstraps=1)
    (described,) = [one for one in DESCRIPTIONS.everything if one.name == "course"]
    words = OtherEvents(tables["word"], networks["word"])
    found = described.compute(Material(encoded, encoded, networks["cut"], responses, n_resamples=100,
                                       alignment="vision", other=words))  # fmt: skip
    assert found is not None
    planted = np.array([kind != "noise" for kind in SITES])
    peak = found["peak"].to_numpy()[planted]
    assert np.abs(peak - peaks).max() <= 0.1
    assert found["network"].to_numpy()[planted].tolist() == ["eye", "fusion", "fusion"] * 2
    for name in ("first_low", "peak_low"):
        assert (found[name].to_numpy()[planted] > 0).all(), "no interval before the event"
    assert np.isnan(found["peak"].to_numpy()[~planted]).all()
