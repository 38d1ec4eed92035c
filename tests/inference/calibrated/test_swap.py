"""This recording against another part of what was seen: what each event meets, and that nothing passes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from bids_vlint.encoding.network_features import NetworkFeatures
from bids_vlint.inference.calibrated.evidence import evidence
from bids_vlint.inference.calibrated.swap import encode_swapped, p_under_null, swapped_rows, swapped_tests
from bids_vlint.networks.comparisons import Comparison, always_made
from bids_vlint.networks.features import Layers
from bids_vlint.signals.responses import Responses
from tests.encoding.recordings import PLAN, events_of, run, study, word_times

TESTS = always_made()
GATE = "trained_beats_random"


def shown(*films: tuple[str, str, int]) -> pd.DataFrame:
    """Events of runs: (run, film, number of words); a film's words are the same whenever it is seen."""
    parts = [events_of(word_times(n, np.random.default_rng(len(film))), name, film) for name, film, n in films]
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize(
    "films",
    [
        [("1", "film", 40)],
        [("1", "film", 41)],
        [("1", "film", 40), ("2", "film", 40)],
        [("1", "film", 40), ("2", "film", 25)],
        [("1", "film", 40), ("2", "other film", 40)],
        [("1", "film", 40), ("2", "other film", 10)],
    ],
)
def test_every_event_meets_what_is_half_of_the_film_away(films: list[tuple[str, str, int]]) -> None:
    events = shown(*films)
    rows = swapped_rows(events)
    place = list(zip(events["stimulus"], events["movie_time"]))
    order = sorted(set(place), key=lambda p: (list(events["stimulus"]).index(p[0]), p[1]))
    half = len(order) // 2
    for row, met in enumerate(rows):
        there = order.index(place[met])
        assert (there - order.index(place[row])) % len(order) == half
    met_there: dict[tuple[str, float], set[tuple[str, float]]] = {}
    for own, met in zip(place, rows):
        met_there.setdefault(own, set()).add(place[met])
    assert all(len(found) == 1 for found in met_there.values()), "every presentation of a second meets the same"
    assert set.union(*met_there.values()) == set(order), "everything that was seen is met"
    if len(films) == 2 and films[0][1:] != films[1][1:] and films[0][2] == films[1][2]:
        assert (events["stimulus"].to_numpy() != events["stimulus"].to_numpy()[rows]).all(), "the other film"


def swapped(
    networks: Sequence[NetworkFeatures],
    responses: Responses,
    comparisons: Sequence[Comparison],
    tests: pd.DataFrame,
    seed: int,
    threads: int = 1,
) -> Mapping[str, np.ndarray]:
    """Encode with the stimulus swapped, and test."""
    encoded = encode_swapped(networks, responses, PLAN, seed=seed, threads=threads)
    return swapped_tests(encoded, networks, comparisons, tests, seed)


@pytest.mark.parametrize("twice", [False, True])
def test_sites_do_not_outlive_the_swap(twice: bool) -> None:
    """Strong sites, a film seen once or twice (by half of the events, each showing would meet the other)."""
    p = []
    for seed in range(3):
        networks, responses = study(seed, twice=twice, strength=3.0, low_level=True, parts=True, n_electrodes=8)
        own = [Comparison("fusion_beats_eye", ("fusion",), ("eye",))]
        tests = evidence(run(networks, responses), networks, own).tests
        assert (tests["p"] < 1e-3).sum() >= 10, "as recorded there are sites"
        found = swapped(networks, responses, own, tests, seed)
        assert list(found) == [*(t for t in TESTS if t != GATE), "fusion_beats_eye"]
        assert all(values.shape == (8,) for values in found.values())
        p.append(np.concatenate(list(found.values())))
    every = np.concatenate(p)
    assert np.isfinite(every).all()
    # electrodes and tests share the swap: fewer independent ones than there are
    assert (every < 0.05).sum() <= 2 * stats.binom.isf(1e-2, len(every), 0.05)
    assert (every < 1e-3).sum() <= 2


def test_t_is_held_against_the_null_of_the_tests_proper() -> None:
    null = pd.DataFrame({"null_mean": [0.5, -0.5, 0.0], "null_sd": [2.0, 1.0, 1.5], "df": 9.0}, index=["A", "B", "C"])
    t = pd.Series([0.0, 1.0, 3.0], index=["C", "B", "A"])
    assert np.allclose(p_under_null(t, null), [1, stats.t.sf(1, 9), stats.t.sf(1.25, 9)])


def test_layers_are_read_when_asked_and_all_is_chosen_again() -> None:
    networks, responses = study(n_electrodes=3)
    tests = evidence(run(networks, responses), networks, []).tests
    asked: list[str] = []

    def lazy(layers: dict[str, np.ndarray]) -> Layers:
        def read(name: str) -> np.ndarray:
            asked.append(name)
            return layers[name]

        return Layers({k: x.shape[1] for k, x in layers.items()}, read)

    own = [replace(n, layers=lazy(dict(n.layers))) for n in networks]
    one = swapped(own, responses, [], tests, 1)
    assert asked
    two = swapped(networks, responses, [], tests, 1, threads=2)
    # the same by hand: features of other rows, encoded anew
    rows = swapped_rows(responses.events)
    moved = [replace(n, layers={k: x[rows] for k, x in n.layers.items()}) for n in networks if n.trained]
    again = evidence(run(moved, responses, n_shifts=0), moved, []).tests
    for test in one:
        assert np.array_equal(one[test], two[test]), "threads change nothing"
        null = tests[tests["test"] == test].set_index("name")
        expected = p_under_null(again[again["test"] == test].set_index("name")["t"], null)
        assert np.allclose(one[test], expected, rtol=1e-3)
