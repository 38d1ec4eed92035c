"""What is said of an alignment besides its tests, from one encoding: each part gets what it needs, or is left out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bids_vlint.encoding.engine import Encoded
from bids_vlint.encoding.network_features import NetworkFeatures
from bids_vlint.inference.calibrated.share import reached_r
from bids_vlint.inference.description import DESCRIPTIONS, Described, Material, OtherEvents, describe, event_blocks
from bids_vlint.inference.descriptions.ceiling import noise_ceiling
from bids_vlint.inference.descriptions.partition import PARTITION, PARTS, partition
from bids_vlint.inference.descriptions.reached import REACHED
from bids_vlint.networks.identity import part_name
from bids_vlint.networks.specification import Shown
from bids_vlint.signals.responses import Responses
from tests.encoding.recordings import run, study

Made = tuple[list[NetworkFeatures], Responses, Encoded, Described]


def said(encoded: Encoded, networks: list[NetworkFeatures], responses: Responses, n_resamples: int = 2) -> Described:
    """Describe; of the tests, and of the stimulus swapped, nothing is asked."""
    return describe(Material(encoded, encoded, networks, responses, n_resamples=n_resamples))


def wandering(network: NetworkFeatures) -> NetworkFeatures:
    """A network whose features wander slowly, too, five times as far as they say anything."""
    steps = np.random.default_rng(6).standard_normal(network.layers["a"].shape).cumsum(0)
    slow = steps / steps.std(0) * 5 * network.layers["a"].std(0)
    return replace(network, layers={"a": (network.layers["a"] + slow).astype("f4")})


def parts_of(networks: list[NetworkFeatures]) -> list[NetworkFeatures]:
    """Runs of the third network on its parts, which are noisier than the first two."""
    rng = np.random.default_rng(5)
    parts: list[tuple[NetworkFeatures, Shown]] = [(networks[0], "image"), (networks[1], "text")]
    return [NetworkFeatures(part_name("fusion", shown), "multimodal", True,
                            {"a": x + 2 * rng.standard_normal(x.shape).astype("f4")}, shown=shown, part_of="fusion")
            for network, shown in parts for x in (network.layers["a"],)]  # fmt: skip


@pytest.fixture(scope="module")
def made() -> Made:
    networks, responses = study(1, low_level=True, strength=2.5, n_electrodes=5)
    networks = [*networks[:-1], *parts_of(networks), networks[-1]]
    encoded = run(networks, responses, n_shifts=4)
    return networks, responses, encoded, said(encoded, networks, responses, 40)


def test_the_best_networks_stand_for_all_that_were_shown_the_same(made: Made) -> None:
    networks, responses, _, found = made
    assert found.networks == {"image": "eye", "text": "ear", "both": "fusion"}
    worse = NetworkFeatures(
        "blind", "vision", True, {"x": np.random.default_rng(0).standard_normal((420, 4)).astype("f4")}
    )
    # whatever it was trained with: an image encoder that captions taught is shown pictures
    captioned = replace(networks[0], name="captioned", modality="multimodal", layers={"a": networks[0].layers["a"]})
    few = [worse, captioned, *networks[1:3]]
    encoded = run(few, responses, n_shifts=0)
    leaders = Material(encoded, encoded, few, responses).leaders
    assert [(shown, leader.network.label) for shown, leader in leaders.items()] == [
        ("image", "captioned"), ("text", "ear"), ("both", "fusion")]  # fmt: skip
    assert Material(encoded, encoded, few, responses).parts == []


def test_parts_of_the_variance_follow_what_drives_an_electrode(made: Made) -> None:
    networks, responses, encoded, found = made
    value = dict(zip(PARTS, found.found["partition"]["value"].to_numpy()))
    assert value["joint_only"].argmax() == 0, "interaction"
    assert value["unique_vision"].argmax() in (1, 3)
    assert value["unique_language"].argmax() in (2, 3)
    assert (np.abs(found.found["partition"]["value"].to_numpy()[:, 4]) < 0.03).all(), "nothing"
    counted = np.ascontiguousarray(responses.data[:, :, encoded.counted])
    parts = np.concatenate([network.layers["a"] for network in networks if network.part_of], axis=1)
    expected = partition(networks[0].layers["a"], networks[1].layers["a"], parts, networks[2].layers["a"], counted,
                         encoded.folds, event_blocks(encoded, 420), n_resamples=40)  # fmt: skip
    assert np.allclose(found.found["partition"]["value"].to_numpy(), expected.value)
    assert np.allclose(found.found["partition"]["low"].to_numpy(), expected.low)


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


def test_what_the_best_network_reaches_adds_up_over_blocks(made: Made) -> None:
    networks, responses, encoded, found = made
    kept = found.found["reached"]
    assert kept["sums"].to_numpy().sum(0) == pytest.approx(reached_r(encoded, networks), abs=1e-5)
    assert (kept["event_block"].to_numpy() == event_blocks(encoded, len(responses.data))).all()
    for k, fold in enumerate(encoded.folds):
        assert np.flatnonzero(kept["train"].to_numpy()[k]).tolist() == fold.train.tolist()
        assert set(kept["block_fold"].to_numpy()[kept["event_block"].to_numpy()[fold.halves[0]]]) == {k}
    reading = [network for network in networks if not network.trained or network.modality == "low_level"]
    assert REACHED.compute(Material(encoded, encoded, reading, responses)) is None


def test_the_course_rises_after_the_event(made: Made) -> None:
    _, _, _, found = made
    course = {str(k): v.to_numpy() for k, v in found.found["course"].variables.items()}
    assert course is not None
    assert course["unique"].shape == (5, len(course["course_lag"]))
    assert np.isfinite(course["threshold"]).all(), "from shifts"
    for e in (0, 1, 2, 3):
        assert course["peak"][e] == pytest.approx(0.45, abs=0.06), "what drives them peaks 0.45 s after a word"
        assert 0 <= course["first_low"][e] <= course["first"][e] < course["peak"][e]
        assert not course["lasting"][e]
    assert course["network"][:4].tolist() == ["fusion", "eye", "ear", "fusion"]
    assert not course["significant"][:4, course["course_lag"] < -0.1].any()


def test_at_cuts_alone_only_what_is_seen_has_a_latency(made: Made) -> None:
    """The text at a cut was spoken before it; with the words in the same regression, it counts where it was new."""
    networks, responses, encoded, _ = made
    at_cuts = Material(encoded, encoded, networks, responses, n_resamples=2, alignment="vision")
    (course,) = [one for one in DESCRIPTIONS.everything if one.name == "course"]
    alone = course.compute(at_cuts)
    assert alone is not None
    assert set(alone["network"].to_numpy()) == {"eye"}
    words = responses.events.assign(onset=responses.events["onset"] + 0.2)
    joined = course.compute(replace(at_cuts, other=OtherEvents(words, networks)))
    assert joined is not None
    assert joined["network"].to_numpy()[0] == "fusion"
    reading = [network for network in networks if network.shown == "text"]
    assert course.compute(replace(at_cuts, networks=reading)) is None
    assert course.said is not None
    assert "says anything new" in course.said(None)


def test_the_stimulus_in_the_brains_place(made: Made) -> None:
    """Networks that know nothing of the sound predict it at no lag; one that holds it does at the event."""
    networks, responses, _, found = made
    assert found.found["stimulus"]["r"].shape == responses.lags.shape
    assert np.abs(found.found["stimulus"]["r"]).max() < 0.12
    sound = networks[-1].layers["low_level"]
    hearing = [*networks[:2], replace(networks[2], layers={"a": np.concatenate([networks[2].layers["a"], sound], 1)}),
               *networks[3:]]  # fmt: skip
    heard = said(run(hearing, responses, n_shifts=0), hearing, responses)
    r = heard.found["stimulus"]["r"].to_numpy()
    assert r[1] > 0.3 > r[-1], "words are a second apart, their sounds are independent"


def test_a_film_seen_once_has_no_ceiling_and_seen_twice_has_one(made: Made) -> None:
    _, _, _, once = made
    assert "ceiling" not in once.found
    networks, responses = study(2, twice=True, strength=3.0, n_electrodes=5)
    encoded = run(networks, responses, n_shifts=0)
    found = said(encoded, networks, responses, 40)
    ceiling = {str(k): v.to_numpy() for k, v in found.found["ceiling"].variables.items()}
    assert ceiling["n_presentations"] == 2
    assert ceiling["n_events"] == 420
    assert ceiling["r"].shape == (5, encoded.counted.sum())
    assert (ceiling["mean"][:4] > ceiling["mean"][4] + 0.1).all(), "what is driven repeats"
    events = responses.events
    film, time = events["stimulus"].to_numpy(str), events["movie_time"].to_numpy(float)
    counted = responses.data[:, :, encoded.counted]
    expected = noise_ceiling(counted, film, time, event_blocks(encoded, 840), n_resamples=40)
    assert np.allclose(ceiling["r"], expected.r, equal_nan=True)
    assert np.isnan(found.found["course"]["threshold"]).all(), "without shifts there is no null"
    assert np.isnan(found.found["course"]["first"]).all()
    assert "stimulus" not in found.found, "no low-level features"


def test_what_lacks_its_input_is_left_out(made: Made) -> None:
    networks, responses, _, _ = made
    seeing = [networks[0]]
    found = said(run(seeing, responses, n_shifts=0), seeing, responses)
    assert "partition" not in found.found
    assert "stimulus" not in found.found
    assert found.networks == {"image": "eye"}
    unimodal = networks[:3]  # the third is shown both, and has no runs on its parts here
    found = said(run(unimodal, responses, n_shifts=0), unimodal, responses)
    assert np.isnan(found.found["partition"]["value"].to_numpy()[PARTS.index("joint_only")]).all()
    assert np.isfinite(found.found["partition"]["value"].to_numpy()[:3]).all()
    bare = replace(responses, tracks=())
    assert "course" not in said(run(seeing, bare), seeing, bare).found


def test_the_partition_is_of_features_as_they_were_fitted(made: Made) -> None:
    """What the responses' high-pass takes out of them is not in the features either."""
    networks, responses, encoded, _ = made
    slow = [wandering(networks[0]), *networks[1:]]
    unique = [PARTITION.compute(Material(encoded, encoded, slow, responses, n_resamples=2, high_pass=cutoff))
              ["value"].sel(part="unique_vision").mean().item() for cutoff in (None, 0.1)]  # fmt: skip
    assert unique[1] > 1.5 * unique[0] > 0
