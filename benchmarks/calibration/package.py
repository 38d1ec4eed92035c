"""The package's own tests on a simulated data set."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from benchmarks.calibration.conjunctions import Drawn
from benchmarks.calibration.datasets import DataSet
from bids_vlint.encoding.engine import Encoded, encode
from bids_vlint.encoding.plan import EncodingPlan
from bids_vlint.inference.calibrated.claims import INTEGRATION, claims_of
from bids_vlint.inference.calibrated.evidence import evidence
from bids_vlint.inference.calibrated.sites import correct_participant, fit_tests, participant_sites
from bids_vlint.inference.correction import LEVEL, benjamini_hochberg
from bids_vlint.inference.published.bootstrap import refit
from bids_vlint.inference.published.rule import correct_published, published_evidence, published_of_fit
from bids_vlint.signals.responses import Responses


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
    """Every test of `--inference calibrated` with its own p and what is found, and what several of them claim together;
    with the alignment's name where there are two."""
    table = tests_table(data, rng, **plan)
    if isinstance(data, Drawn):
        return claims(table)
    both = table["alignment"].nunique() > 1
    out = {}
    for (test, alignment), part in table.groupby(["test", "alignment"], sort=False):
        name = f"{test}, {alignment}" if both else str(test)
        out[name] = Tested(part["p_alone"].to_numpy(float), _true(part["significant"]))
    return out | claims(table)


def claims(table: pd.DataFrame) -> dict[str, Tested]:
    """*Integration* in each alignment and, where there are two, every claim in either of them; what was not tested is
    left out."""
    tests, alignments = (list(dict.fromkeys(table[name])) for name in ("test", "alignment"))
    (sites,) = participant_sites([table], [list(dict.fromkeys(table["name"]))], tests)
    both = len(alignments) > 1
    columns = {f"{INTEGRATION}, {a}" if both else INTEGRATION: f"{a}_{INTEGRATION}" for a in alignments}
    if both:
        columns |= {f"{what}, either": f"{what}_either" for what in claims_of(tests)}
    return {
        name: Tested(sites[f"{column}_p"].to_numpy(float), _true(sites[column]))
        for name, column in columns.items()
        if sites[f"{column}_p"].notna().any()
    }


def _true(values: pd.Series) -> np.ndarray:
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
