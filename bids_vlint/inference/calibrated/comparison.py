"""Networks compared at electrodes, from arrays to sites: the calibrated tests in one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bids_vlint.encoding.arrays import on_device
from bids_vlint.encoding.engine import encode
from bids_vlint.encoding.labels import labelled_scores
from bids_vlint.encoding.network_features import NetworkFeatures
from bids_vlint.encoding.plan import EncodingPlan
from bids_vlint.errors import InputError
from bids_vlint.inference.calibrated.evidence import evidence
from bids_vlint.inference.calibrated.sites import correct_participant, fit_tests, participant_sites
from bids_vlint.inference.correction import LEVEL
from bids_vlint.networks.comparisons import Comparison
from bids_vlint.signals.responses import Responses
from bids_vlint.study.stimulus import Alignment

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class NetworkComparison:
    """What comparing networks at electrodes found, before any correction over electrodes.

    Attributes
    ----------
    tests : DataFrame
        A row per test and electrode: name, test, model, baseline, diff with its 95 % interval low and high
        (correlation), t, p, and what they come from (`Evidence.tests`).
    scores : xarray.Dataset
        Held-out r of every network, electrode and lag, as `read_encoding` gives it.
    null : test -> (n_electrodes, n_shifts) float32
        The t of shifted responses.
    notes : tuple of str
        What a reader must know, such as that the recording is too short for shifts, or what could not be tested.
    """

    tests: pd.DataFrame
    scores: xr.Dataset
    null: dict[str, np.ndarray]
    notes: tuple[str, ...]


def compare_networks(
    networks: Sequence[NetworkFeatures],
    responses: Responses,
    comparisons: Sequence[Comparison] = (),
    plan: EncodingPlan | None = None,
    *,
    seed: int = 0,
    threads: int = 1,
    smallest_effect: float = 0.0,
    device: str = "cpu",
) -> NetworkComparison:
    """Fit networks to responses by cross-fitted ridge regression and test which of them predict better.

    Parameters
    ----------
    networks : sequence of NetworkFeatures
        With their random twins, where `trained_beats_random` is to be tested; a row of features per event.
    responses : Responses
        From `responses_around`, or of a data set.
    comparisons : sequence of Comparison
        Beside the tests that are always made.
    plan : EncodingPlan | None
        Shifts, resamples, bins that count, reach; its defaults if None.
    seed : int
        Of everything random.
    threads : int
        Results do not depend on it.
    smallest_effect : float
        The difference in held-out r that a test must exceed: differences are tested against it.
    device : str
        Where regressions are computed: `cpu` (numpy), or a device as torch names it, or `auto`. Numbers differ by
        float32's rounding.

    Returns
    -------
    NetworkComparison

    Raises
    ------
    InputError
        The smallest effect is below 0 or no number, features and events differ in number, the events are too few or
        too close together for folds, or this machine does not have the device.

    Examples
    --------
    An electrode that follows a product of what is seen and said, which the network of both has as a feature, and one
    that follows nothing:

    >>> import numpy as np, pandas as pd
    >>> from bids_vlint import EncodingPlan, NetworkFeatures, compare_networks, find_sites, responses_around
    >>> rng = np.random.default_rng(1)
    >>> onset = 5 + np.cumsum(rng.uniform(0.4, 1.0, 500))
    >>> seen, said = rng.standard_normal((2, 500, 3))
    >>> signals = rng.standard_normal((2, round((onset[-1] + 5) * 40)))  # at 40 Hz
    >>> for k, at in enumerate(np.round(onset * 40).astype(int)):
    ...     signals[0, at + 8 : at + 20] += seen[k, 0] * said[k, 0]
    >>> both = np.hstack([seen, said, seen * said])
    >>> networks = [
    ...     NetworkFeatures("eye", "vision", True, {"layer": seen}),
    ...     NetworkFeatures("ear", "language", True, {"layer": said}),
    ...     NetworkFeatures("fusion", "multimodal", True, {"layer": both}),
    ...     NetworkFeatures("fusion:image", "multimodal", True, {"layer": seen}, shown="image", part_of="fusion"),
    ...     NetworkFeatures("fusion:text", "multimodal", True, {"layer": said}, shown="text", part_of="fusion"),
    ... ]
    >>> responses = responses_around(signals, 40, pd.DataFrame({"onset": onset}), ["A1", "A2"])
    >>> plan = EncodingPlan(n_shifts=10, n_bootstraps=20, reach=6.0, width="raw", high_pass=None)
    >>> found = compare_networks(networks, responses, plan=plan)
    >>> sites = find_sites({"language": found.tests})
    >>> sites["language_multimodal_beats_linear"].tolist()
    [True, False]
    """
    if not 0 <= smallest_effect < np.inf:
        raise InputError("smallest_effect", f"is {smallest_effect}", "give a difference in r of 0 or more")
    for network in networks:
        for name, layer in network.layers.items():
            if len(layer) != len(responses.events):
                raise InputError(f"{network.label}, layer {name}", f"has {len(layer)} rows for "
                                 f"{len(responses.events)} events", "give a row per event, in their order")  # fmt: skip
    rng = np.random.default_rng(seed)
    encoded = encode(networks, responses, plan or EncodingPlan(), rng=rng, threads=threads,
                     on=on_device(device))  # fmt: skip
    found = evidence(encoded, networks, comparisons, seed, smallest_effect)
    notes = [f"{what} was not tested: {why}." for what, why in found.lacking.items()]
    return NetworkComparison(found.tests, labelled_scores(encoded.scores), found.null, (*encoded.notes, *notes))


def find_sites(
    tests: Mapping[Alignment, pd.DataFrame] | Sequence[Mapping[Alignment, pd.DataFrame]], q: float = LEVEL
) -> pd.DataFrame:
    """Correct a participant's tests for false discoveries and say which electrodes are sites.

    Parameters
    ----------
    tests : alignment -> DataFrame, or a sequence of such mappings
        `NetworkComparison.tests` of the participant's word onsets (`language`) and scene cuts (`vision`); a sequence
        where there are several fits (tasks, sessions) of different electrodes.
    q : float
        The level of false discoveries.

    Returns
    -------
    DataFrame
        A row per electrode, index `name`: `A_T` (True, False, or None where not tested) with `_diff`, `_low`, `_high`,
        `_p`, `_q` for each alignment A and test T, `T_either`, `T_both`, `A_integration`, `integration_either` and so
        on, as in the tables of sites. p is the claim's: no smaller than that of `trained_beats_random`, where that was
        tested. q is Benjamini-Hochberg's over the participant's electrodes and alignments.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = {"name": ["A1", "A2"], "test": "multimodal_beats_unimodal", "diff": [0.1, 0.0], "p": [0.001, 0.6]}
    >>> unknown = dict.fromkeys(["low", "high", "n_model", "n_baseline"], float("nan"))
    >>> find_sites({"language": pd.DataFrame(rows | unknown)})["multimodal_beats_unimodal_either"].tolist()
    [True, False]
    """
    fits = [fit_tests(by_alignment) for by_alignment in ([tests] if isinstance(tests, Mapping) else tests)]
    names = list(dict.fromkeys(str(name) for fit in fits for name in fit["test"]))
    channels = [list(dict.fromkeys(fit["name"])) for fit in fits]
    return pd.concat(participant_sites(correct_participant(fits, q), channels, names, q))
