"""Swapped stimuli: this recording against another part of what was seen, as a null that the data make themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import stats

from bids_vlint.encoding.arrays import OnDevice, in_memory
from bids_vlint.encoding.engine import Encoded, encode
from bids_vlint.encoding.network_features import NetworkFeatures, widths_of
from bids_vlint.encoding.plan import EncodingPlan, counted_bins, encoded_stretch
from bids_vlint.inference.calibrated.evidence import evidence
from bids_vlint.networks.comparisons import Comparison
from bids_vlint.networks.features import Layers
from bids_vlint.signals.responses import Responses


def encode_swapped(
    networks: Sequence[NetworkFeatures],
    responses: Responses,
    plan: EncodingPlan,
    *,
    seed: int,
    threads: int = 1,
    by_bin: bool = False,
    on: OnDevice = in_memory,
) -> Encoded:
    """Encode the bins of choice with the trained networks' features moved on by half of what was seen.

    Every event then meets what is shown half of the words or scenes later: of one film another part, of two films of
    one length the other film; every presentation of a second meets the same. All choices are made again.

    Parameters
    ----------
    networks : sequence of Network
    responses : Responses
    plan : Plan
    seed : int
    threads : int
    by_bin : bool
    on : callable
        As in `encode`.
    """
    rows = swapped_rows(responses.events)
    moved = [replace(network, layers=_taken(network, rows)) for network in networks if network.trained]
    bins = counted_bins(responses.lags, encoded_stretch(responses.lags, plan.bins))
    responses = replace(responses, data=responses.data[:, :, bins], lags=responses.lags[bins])
    plan = replace(plan, n_bootstraps=1, n_shifts=0)
    return encode(moved, responses, plan, rng=np.random.default_rng(seed), threads=threads, by_bin=by_bin, on=on)


def swapped_tests(
    encoded: Encoded,
    networks: Sequence[NetworkFeatures],
    comparisons: Sequence[Comparison],
    tests: pd.DataFrame,
    seed: int,
) -> Mapping[str, np.ndarray]:
    """p of every test with the stimulus swapped: whatever passes is false.

    t is held against the null of the tests proper. The gate is left out (random twins are not fitted).

    Parameters
    ----------
    encoded : Encoded
        From `encode_swapped`.
    networks : sequence of Network
    comparisons : sequence of Comparison
    tests : DataFrame
        The tests proper (`calibrated.Evidence`): their null_mean, null_sd and df are used, and the difference that
        they are tested against.
    seed : int

    Returns
    -------
    test -> (n_electrodes,)
        In rows of the scores' channels.
    """
    trained = [network for network in networks if network.trained]
    swapped = evidence(encoded, trained, comparisons, seed, float(tests["against"].iloc[0])).tests
    nulls = {test: part.set_index("name") for test, part in tests.groupby("test")}
    return {
        str(test): p_under_null(part.set_index("name")["t"], nulls[test])
        for test, part in swapped.groupby("test", sort=False)
        if test in nulls
    }


def p_under_null(t: pd.Series, null: pd.DataFrame) -> np.ndarray:
    """One-sided p of each electrode's t under a null of known mean, SD and degrees of freedom."""
    own = null.loc[t.index]
    z = (t - np.maximum(own["null_mean"], 0)) / own["null_sd"]
    return np.where(t == 0, 1.0, stats.t.sf(z, own["df"]))


def swapped_rows(events: pd.DataFrame) -> np.ndarray:
    """The event whose features each event meets, (n_events,) int: half of the distinct film seconds further on.

    Half of the events would set a film that was seen twice against itself.
    """
    film = pd.factorize(events["stimulus"])[0]
    seen = np.stack([film, events["movie_time"].to_numpy(float)])
    places, first, place = np.unique(seen, axis=1, return_index=True, return_inverse=True)
    n = places.shape[1]
    rows: np.ndarray = first[(place.ravel() + n // 2) % n]
    return rows


def _taken(network: NetworkFeatures, rows: np.ndarray) -> Layers:
    return Layers(widths_of(network.layers), lambda name: network.layers[name][rows])
