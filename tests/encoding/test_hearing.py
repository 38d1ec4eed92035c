"""What networks that hear know is no evidence of vision or language, and they have a test of their own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bids_vlint import EncodingPlan, NetworkFeatures, compare_networks, find_sites, responses_around
from bids_vlint.encoding.models import nested_networks
from bids_vlint.encoding.plan import equal_width
from bids_vlint.inference.calibrated.comparison import NetworkComparison
from bids_vlint.networks.comparisons import AUDIO, Comparison

PLAN = EncodingPlan(n_shifts=20, n_bootstraps=20, high_pass=None, reach=6.0, width="raw")
NAMES = ["product", "heard", "nothing"]


@pytest.fixture(scope="module")
def networks() -> list[NetworkFeatures]:
    """A fusion network that also knows what is heard, which its parts do not, and two networks that hear."""
    rng = np.random.default_rng(3)
    seen, said, heard, low, other = rng.standard_normal((5, 600, 4)).astype(np.float32)
    return [
        NetworkFeatures("eye", "vision", True, {"last": seen}),
        NetworkFeatures("ear", "language", True, {"last": said}),
        NetworkFeatures("ear", "language", False, {"last": other}),
        NetworkFeatures("fusion", "multimodal", True, {"last": np.hstack([seen, said, seen * said, heard])}),
        NetworkFeatures("fusion:image", "multimodal", True, {"last": seen}, shown="image", part_of="fusion"),
        NetworkFeatures("fusion:text", "multimodal", True, {"last": said}, shown="text", part_of="fusion"),
        NetworkFeatures("wave", "audio", True, {"early": other, "late": heard}),
        NetworkFeatures("wave", "audio", False, {"early": low[::-1], "late": low[::-1] ** 2}),
        NetworkFeatures("low_level", "low_level", True, {"low_level": low}),
    ]


def compared(networks: list[NetworkFeatures], plan: EncodingPlan = PLAN) -> NetworkComparison:
    rng = np.random.default_rng(5)
    onset = 10 + np.cumsum(rng.uniform(0.4, 1.2, 600))
    known = next(n for n in networks if n.label == "fusion").layers["last"]
    both, heard = known[:, 8], known[:, 12]
    signals = rng.standard_normal((3, int((onset[-1] + 5) * 40)))
    for k, at in enumerate(np.round(onset * 40).astype(int)):
        signals[0, at + 8 : at + 20] += both[k]
        signals[1, at + 8 : at + 20] += heard[k]
    responses = responses_around(signals, 40, pd.DataFrame({"onset": onset}), NAMES)
    asked = [Comparison(AUDIO, ("wave",), ("wave-random",))] if any(n.modality == "audio" for n in networks) else []
    return compare_networks(networks, responses, asked, plan)


@pytest.mark.parametrize("plan", [PLAN, replace(PLAN, on_low_level=True)], ids=["alone", "on low level"])
def test_what_is_heard_is_no_integration(networks: list[NetworkFeatures], plan: EncodingPlan) -> None:
    asked = [n for n in networks if n.label != "ear-random"]  # without the gate
    found = compared(asked, plan)
    tests = found.tests.set_index(["test", "name"])
    assert tests.loc[("beats_low_level", "heard"), "baseline"] == "hearing"
    assert tests.loc[("beats_low_level", "heard"), "model"] == "hearing+fusion"
    assert tests.loc[("beats_low_level", "heard"), "p"] > 0.05
    assert tests.loc[("beats_low_level", "product"), "p"] < 1e-4
    assert {"hearing", "hearing+fusion"} <= set(found.scores.model.values.tolist())
    r = found.scores.r.sel(electrode="heard", lag=slice(0.2, 0.6)).mean("lag")
    assert r.sel(model="hearing") > 0.3 > abs(r.sel(model="low_level"))


def test_without_networks_that_hear_it_would_be(networks: list[NetworkFeatures]) -> None:
    found = compared([n for n in networks if n.modality != "audio"])
    tests = found.tests.set_index(["test", "name"])
    assert tests.loc[("beats_low_level", "heard"), "p"] < 1e-4
    assert not any("hearing" in str(model) for model in found.scores.model.values)


def test_its_own_test_does_not_wait_for_the_gate(networks: list[NetworkFeatures]) -> None:
    found = compared(networks)
    gate = found.tests[found.tests["test"] == "trained_beats_random"]
    assert set(gate["model"]) == {"ear"}  # the gate asks of networks that see or read
    sites = find_sites({"language": found.tests})
    assert not sites.loc["heard", "language_trained_beats_random"]
    assert sites.loc["heard", f"language_{AUDIO}"]
    assert not sites.loc["product", f"language_{AUDIO}"]
    assert not sites.loc["heard", "language_integration"]
    assert not sites.loc["product", "language_integration"]  # its gate is closed: `ear` knows no product


def test_it_stands_on_no_side_of_the_others(networks: list[NetworkFeatures]) -> None:
    hearing = [n for n in networks if n.modality == "audio"]
    assert [n.shown for n in hearing] == ["sound", "sound"]
    eye, low = networks[0], networks[-1]
    assert [n.label for n in nested_networks([eye, *hearing, low])] == ["eye"]
    narrow = NetworkFeatures("thin", "audio", True, {"a": np.zeros((600, 1), np.float32)})
    assert equal_width([*networks, narrow]) == equal_width(networks)
