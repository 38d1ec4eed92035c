"""The package's own tests on a simulated data set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from benchmarks.calibration.conjunctions import Drawn
from benchmarks.calibration.datasets import DataSet
from bids_vlint.encoding.engine import Encoded, encode
from bids_vlint.encoding.plan import EncodingPlan
from bids_vlint.inference.calibrated.evidence import evidence
from bids_vlint.inference.calibrated.sites import correct_participant, fit_tests, wide
from bids_vlint.inference.correction import LEVEL, benjamini_hochberg
from bids_vlint.inference.published.bootstrap import refit
from bids_vlint.inference.published.rule import correct_published, published_evidence, published_of_fit
from bids_vlint.signals.responses import Responses

LINEAR, LOW, GATE = "multimodal_beats_linear", "beats_low_level", "trained_beats_random"


@dataclass(frozen=True)
class Tested:
    """One test of every electrode: p, and which are found after correction; (n_electrodes,) each."""

    p: np.ndarray
    found: np.ndarray


BINS = np.round(np.arange(0.1, 2.0, 0.2), 3)


def counted_alone(responses: Responses) -> Responses:
    """Responses of the bins that count, which are all that the calibrated tests read: 16 times fewer."""
    at = np.searchsorted(responses.lags, BINS - 1e-6)
    return replace(responses, data=np.ascontiguousarray(responses.data[:, :, at]), lags=responses.lags[at])


def encoded(data: DataSet, rng: np.random.Generator, **plan: object) -> Encoded:
    """Encode a data set as the package does; intervals of r, which no test reads, from two resamples."""
    settings = EncodingPlan(n_bootstraps=2, **plan)  # type: ignore[arg-type]
    return encode(data.networks, counted_alone(data.responses), settings, rng=rng)


def tests_table(data: DataSet | Drawn, rng: np.random.Generator, **plan: object) -> pd.DataFrame:
    """The tests of `--inference calibrated` with what the sites table calls significant: a row per alignment, test and
    electrode."""
    if isinstance(data, Drawn):
        return correct_participant([data.tests])[0]
    by_alignment = {}
    for one in (data, data.also):
        if one is not None:
            found = evidence(encoded(one, rng, **plan), one.networks, one.comparisons)
            by_alignment[one.runs[0].film.alignment] = found.tests
    return correct_participant([fit_tests(by_alignment)])[0]


def calibrated(data: DataSet | Drawn, rng: np.random.Generator, **plan: object) -> dict[str, Tested]:
    """Every test of `--inference calibrated`, and what is called by them; where there are two alignments, with their
    names."""
    table = tests_table(data, rng, **plan)
    both = table["alignment"].nunique() > 1
    tests = {
        f"{test}, {alignment}" if both else str(test): Tested(part["p"].to_numpy(float), _is_true(part["significant"]))
        for (test, alignment), part in table.groupby(["test", "alignment"], sort=False)
    }
    return tests | claims(table, list(dict.fromkeys(table["name"])))


def claims(table: pd.DataFrame, channels: Sequence[str]) -> dict[str, Tested]:
    """What electrodes are called: *integration* in each alignment and, where there are two, what they are in either."""
    tests = list(dict.fromkeys(table["test"]))
    sites = wide(table, channels, tests)
    p = table.pivot(index=["alignment", "name"], columns="test", values="p")
    out = {}
    alignments = list(dict.fromkeys(table["alignment"]))
    for alignment in alignments:
        own = p.loc[alignment].loc[list(channels)]
        if {LINEAR, LOW} <= set(own):
            needed = own[[test for test in (GATE, LOW, LINEAR) if test in own]]
            name = f"integration, {alignment}" if len(alignments) > 1 else "integration"
            out[name] = Tested(needed.max(axis=1).to_numpy(), _is_true(sites[f"{alignment}_integration"]))
    if len(alignments) > 1:
        for name in (*tests, "integration"):
            found = _is_true(sites[f"{name}_either"])
            out[f"{name}, either"] = Tested(np.where(found, 0.0, 1.0), found)
    return out


def _is_true(values: pd.Series) -> np.ndarray:
    return np.array([value is True for value in values])


def intervals(data: DataSet, rng: np.random.Generator) -> dict[str, Tested]:
    """Where the 95 % interval of a difference misses 0 ("p" is 0 there, otherwise 1)."""
    table = tests_table(data, rng)
    misses = (table["low"] > 0) | (table["high"] < 0)
    return {
        f"{test}, interval misses 0": Tested(np.where(part, 0.0, 1.0), part.to_numpy())
        for test, part in misses.groupby(table["test"], sort=False)
    }


def published(data: DataSet, rng: np.random.Generator, n_bootstraps: int = 200) -> dict[str, Tested]:
    """Every test of `--inference published`, with fewer resamples than its 1,000: they cost as much as 100 networks.

    `10 counted bins` is no test: it says at how many electrodes ten bins of the multimodal network count.
    """
    refitted = refit(data.networks, data.responses, n_bootstraps=n_bootstraps, rng=rng)
    table = published_evidence(refitted, data.networks, data.comparisons, rng)
    # no p at all where no electrode has bins that count: then nothing was found, and the test stands
    tests = [name.removesuffix("_winner") for name in map(str, table)
             if name.endswith("_winner") and table[name].notna().any()]  # fmt: skip
    corrected = correct_published([published_of_fit({"language": table}, refitted.channels, tests)], tests)[0]
    out = {}
    for test in tests:
        p = table[f"{test}_p"].fillna(1.0).to_numpy(float)
        out[test] = Tested(p, np.array([v is True for v in corrected[f"published_language_{test}"]]))
        won = np.array([v is True for v in table[f"{test}_winner"]])
        out[f"{test}, default winners too"] = Tested(np.where(won, 0.0, p), out[test].found | won)
    bins = table["multimodal_beats_unimodal_n_bins_model"].to_numpy(float)
    out["10 counted bins"] = Tested(np.where(bins >= 10, 0.0, 1.0), bins >= 10)
    return out


def tested(p: np.ndarray) -> Tested:
    """p and what Benjamini and Hochberg find."""
    return Tested(p, benjamini_hochberg(p) <= LEVEL)
