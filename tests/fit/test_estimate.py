"""What `--dry-run` says a participant takes: it grows with what is counted, and fits what was measured."""

from __future__ import annotations

import numpy as np
import pytest

from bids_vlint.encoding.cost import encoding_seconds, swapped_seconds
from bids_vlint.encoding.network_features import NetworkFeatures
from bids_vlint.encoding.plan import EncodingPlan
from bids_vlint.fit.estimate import Estimate, estimate_of
from bids_vlint.networks.features import Layers
from bids_vlint.networks.specification import Modality, Shown
from bids_vlint.signals.extract import SAMPLES_AT_A_TIME
from tests.fit.test_memory import Fit


def unread(name: str) -> np.ndarray:
    raise AssertionError(name)


def network(
    name: str, modality: Modality, width: int = 768, n_layers: int = 1, *, trained: bool = True,
    shown: Shown | None = None, part_of: str | None = None,
) -> NetworkFeatures:  # fmt: skip
    layers = Layers({f"{k}": width for k in range(n_layers)}, unread)
    return NetworkFeatures(name, modality, trained, layers, shown=shown, part_of=part_of)


def networks(n: int = 1, width: int = 768, n_layers: int = 1) -> list[NetworkFeatures]:
    """Each time one of vision, one of language and one of both with its parts, their twins, and the low level."""
    out: list[NetworkFeatures] = [network("low_level", "low_level", 60)]
    for k in range(n):
        for trained in (True, False):
            for name, modality in (("eye", "vision"), ("ear", "language"), ("both", "multimodal")):
                out.append(network(f"{name}{k}", modality, width, n_layers, trained=trained))  # type: ignore[arg-type]
        for shown in ("image", "text"):
            out.append(network(f"both{k}:{shown}", "multimodal", width, n_layers, shown=shown, part_of=f"both{k}"))  # type: ignore[arg-type]
    return out


def estimate(fit: Fit, own: list[NetworkFeatures] | None = None, n_shifts: int = 40, *tests: str) -> Estimate:
    plan, by_alignment = EncodingPlan(n_shifts=n_shifts), {"language": own or networks()}
    return estimate_of([fit], [by_alignment], plan, tests or ("calibrated",), SAMPLES_AT_A_TIME)  # type: ignore[list-item]


def test_it_grows_with_what_is_counted() -> None:
    small, large = estimate(Fit(n=20)), estimate(Fit(n=200))
    for key in ("seconds", "memory_gb", "out_bytes", "work_bytes"):
        assert getattr(large, key) > getattr(small, key)
    seconds = estimate(Fit()).seconds
    assert estimate(Fit(), networks(2)).seconds > 1.5 * seconds
    assert estimate(Fit(), networks(n_layers=6)).seconds > 2.5 * seconds
    assert estimate(Fit(), networks(width=256)).seconds < 0.7 * seconds
    assert estimate(Fit(), n_shifts=80).seconds > 1.5 * seconds
    both = estimate(Fit(), None, 40, "calibrated", "published").seconds
    assert both == pytest.approx(seconds + len(networks()) * 1.5e-7 * 8000 * 200 * 161 * 1000)


@pytest.mark.parametrize(
    ("n_events", "width", "n_electrodes", "n_shifts", "measured"),
    [(2000, 60, 32, 0, 2.6), (2000, 256, 32, 10, 4.2), (2000, 768, 32, 10, 7.7), (4000, 768, 32, 0, 7.9),
     (4000, 768, 32, 10, 12.2), (4000, 256, 8, 10, 1.8)],
)  # fmt: skip
def test_an_encoding_is_near_what_was_measured(
    n_events: int, width: int, n_electrodes: int, n_shifts: int, measured: float
) -> None:
    """Seconds of CPU of one network alone, as benchmarks/shift_speed.py makes it (commit 91bd1ab)."""
    alone = [network("net", "multimodal", width)]
    found = encoding_seconds(alone, n_events, n_electrodes, EncodingPlan(n_shifts=n_shifts))
    assert measured / 1.6 < found < 1.6 * measured


@pytest.mark.parametrize(
    ("width", "n_shifts", "encoding", "swapped"), [(768, 40, 134, 77), (384, 40, 52, 23), (768, 10, 109, 82)]
)
def test_all_models_of_a_study_are_near_what_was_measured(
    width: int, n_shifts: int, encoding: float, swapped: float
) -> None:
    """Seconds of CPU of 1,868 words and an eighth as many cuts, as benchmarks/whole_job.py makes them."""
    plan, own = EncodingPlan(n_shifts=n_shifts), networks(width=width)
    for seconds, measured in ((encoding_seconds, encoding), (swapped_seconds, swapped)):
        found = sum(seconds(own, n, 6, plan) for n in (1868, 1868 // 8))
        assert measured / 1.4 < found < 1.4 * measured


def test_what_is_joined_and_heard_is_counted() -> None:
    plan = EncodingPlan(n_shifts=10)
    own = networks()
    parts = [n for n in own if n.modality != "low_level"]
    assert encoding_seconds(own, 2000, 10, plan) > encoding_seconds(parts, 2000, 10, plan)
    heard = [*own, network("mel", "audio", 128)]
    joined = encoding_seconds(heard, 2000, 10, plan) - encoding_seconds(own, 2000, 10, plan)
    assert joined > 5 * encoding_seconds([network("mel", "audio", 128)], 2000, 10, plan)
