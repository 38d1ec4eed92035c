"""What is said of an alignment besides its tests, from one encoding: each part gets what it needs, or is left out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bids_vlint.encoding.engine import Encoded
from bids_vlint.encoding.network_features import NetworkFeatures
from bids_vlint.inference.descriptions.ceiling import noise_ceiling
from bids_vlint.inference.descriptions.description import Description, describe, event_blocks
from bids_vlint.inference.descriptions.partition import PARTS, partition
from bids_vlint.signals.responses import Responses
from tests.encoding.recordings import run, study

Made = tuple[list[NetworkFeatures], Responses, Encoded, Description]


@pytest.fixture(scope="module")
def made() -> Made:
    networks, responses = study(1, low_level=True, strength=2.5, n_electrodes=5)
    encoded = run(networks, responses, n_shifts=4)
    return networks, responses, encoded, describe(encoded, networks, responses, n_resamples=40)


def test_the_best_networks_stand_for_their_modalities(made: Made) -> None:
    networks, responses, _, found = made
    assert found.networks == {"vision": "eye", "language": "ear", "multimodal": "fusion"}
    worse = NetworkFeatures(
        "blind", "vision", True, {"x": np.random.default_rng(0).standard_normal((420, 4)).astype("f4")}
    )
    more = [worse, *networks]
    assert describe(run(more, responses, n_shifts=0), more, responses, n_resamples=2).networks["vision"] == "eye"


def test_parts_of_the_variance_follow_what_drives_an_electrode(made: Made) -> None:
    networks, responses, encoded, found = made
    assert found.partition is not None
    value = dict(zip(PARTS, found.partition.value))
    assert value["multimodal_only"].argmax() == 0, "interaction"
    assert value["unique_vision"].argmax() in (1, 3)
    assert value["unique_language"].argmax() in (2, 3)
    assert (np.abs(found.partition.value[:, 4]) < 0.03).all(), "nothing"
    counted = np.ascontiguousarray(responses.data[:, :, encoded.counted])
    expected = partition(networks[0].layers["a"], networks[1].layers["a"], networks[2].layers["a"], counted,
                         encoded.folds, event_blocks(encoded, 420), n_resamples=40)  # fmt: skip
    assert np.allclose(found.partition.value, expected.value)
    assert np.allclose(found.partition.low, expected.low)


def test_every_event_has_its_block(made: Made) -> None:
    _, responses, encoded, _ = made
    blocks = event_blocks(encoded, 420)
    assert set(blocks) == set(range(len(encoded.blocks)))
    time = responses.events["movie_time"].to_numpy()
    for k in range(0, len(encoded.blocks), 7):
        own = blocks == k
        assert (time[own] >= encoded.blocks.time[k] - 1e-9).all()
        assert (time[own] < encoded.blocks.time[k] + 5).all()
        part = encoded.folds[encoded.blocks.fold[k]].halves[encoded.blocks.half[k]]
        assert set(np.flatnonzero(own)) <= set(part)


def test_the_course_rises_after_the_event(made: Made) -> None:
    _, _, _, found = made
    course = found.course
    assert course is not None
    assert course.unique.shape == (5, len(course.lags))
    assert np.isfinite(course.threshold).all(), "from shifts"
    for e in (0, 1, 2, 3):
        assert 0.2 <= course.peak[e] <= 0.7, "what drives them peaks 0.45 s after a word"
        assert course.first_low[e] <= course.first[e] + 0.05 <= course.peak[e] + 0.1
    assert not course.significant[:4, course.lags < -0.1].any()


def test_the_stimulus_in_the_brains_place(made: Made) -> None:
    """Networks that know nothing of the sound predict it at no lag; one that holds it does at the event."""
    networks, responses, _, found = made
    assert found.stimulus is not None
    assert found.stimulus.shape == responses.lags.shape
    assert np.abs(found.stimulus).max() < 0.12
    sound = networks[-1].layers["low_level"]
    hearing = [*networks[:2], replace(networks[2], layers={"a": np.concatenate([networks[2].layers["a"], sound], 1)}),
               *networks[3:]]  # fmt: skip
    heard = describe(run(hearing, responses, n_shifts=0), hearing, responses, n_resamples=2)
    assert heard.stimulus is not None
    assert heard.stimulus[1] > 0.3 > heard.stimulus[-1], "words are a second apart, their sounds are independent"


def test_a_film_seen_once_has_no_ceiling_and_seen_twice_has_one(made: Made) -> None:
    _, _, _, once = made
    assert np.isnan(once.ceiling.r).all()
    networks, responses = study(2, twice=True, strength=3.0, n_electrodes=5)
    encoded = run(networks, responses, n_shifts=0)
    found = describe(encoded, networks, responses, n_resamples=40)
    assert found.ceiling.n_presentations == 2
    assert found.ceiling.n_events == 420
    assert found.ceiling.r.shape == (5, encoded.counted.sum())
    assert (found.ceiling.mean[:4] > found.ceiling.mean[4] + 0.1).all(), "what is driven repeats"
    events = responses.events
    film, time = events["stimulus"].to_numpy(str), events["movie_time"].to_numpy(float)
    counted = responses.data[:, :, encoded.counted]
    expected = noise_ceiling(counted, film, time, event_blocks(encoded, 840), n_resamples=40)
    assert np.allclose(found.ceiling.r, expected.r, equal_nan=True)
    assert found.course is not None
    assert np.isnan(found.course.threshold).all(), "without shifts there is no null"
    assert np.isnan(found.course.first).all()
    assert found.stimulus is None, "no low-level features"


def test_what_lacks_its_input_is_left_out(made: Made) -> None:
    networks, responses, _, _ = made
    seeing = [networks[0]]
    found = describe(run(seeing, responses, n_shifts=0), seeing, responses, n_resamples=2)
    assert found.partition is None
    assert found.stimulus is None
    assert found.networks == {"vision": "eye"}
    assert found.course is not None
    unimodal = networks[:2]
    found = describe(run(unimodal, responses, n_shifts=0), unimodal, responses, n_resamples=2)
    assert found.partition is not None
    assert np.isnan(found.partition.value[PARTS.index("multimodal_only")]).all()
    assert np.isfinite(found.partition.value[:3]).all()
    bare = replace(responses, tracks=())
    assert describe(run(seeing, bare), seeing, bare, n_resamples=2).course is None
