"""One fit's alignment from features and responses to tests: calibrated, published, or both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from bids_vlint.encoding.engine import encode
from bids_vlint.encoding.network_features import NetworkFeatures, trained_labels
from bids_vlint.encoding.plan import EncodingPlan
from bids_vlint.encoding.score import Scores
from bids_vlint.fit.protocols import CALIBRATED, PUBLISHED, InferenceProtocol
from bids_vlint.inference.calibrated.evidence import Evidence, evidence
from bids_vlint.inference.calibrated.swap import encode_swapped
from bids_vlint.inference.description import Described, Material, describe
from bids_vlint.inference.published.bootstrap import Refitted, refit
from bids_vlint.inference.published.rule import published_evidence
from bids_vlint.log import progress, step
from bids_vlint.networks.comparisons import Comparison
from bids_vlint.networks.network import seed_of
from bids_vlint.signals.responses import Responses


@dataclass(frozen=True)
class Analysis:
    """An alignment's results; None where they were not asked for.

    Attributes
    ----------
    scores : Scores
        Held-out r: cross-fitted, or, where the published tests alone were asked for, the mean over their resamples.
    evidence : Evidence | None
        Of the calibrated tests.
    described : Described | None
        What is said besides the tests.
    published : DataFrame | None
        Of the published tests.
    best : DataFrame
        best_multimodal, best_unimodal: the networks of the highest score at each electrode.
    notes : tuple of str
    """

    scores: Scores
    evidence: Evidence | None
    described: Described | None
    published: pd.DataFrame | None
    best: pd.DataFrame
    notes: tuple[str, ...]


def analyse_alignment(
    networks: Sequence[NetworkFeatures],
    responses: Responses,
    comparisons: Sequence[Comparison],
    plan: EncodingPlan,
    protocol: InferenceProtocol,
    stem: str,
    threads: int,
) -> Analysis:
    """Encode the responses of one alignment with every network, and compare the networks.

    Parameters
    ----------
    networks : sequence of NetworkFeatures
    responses : Responses
    comparisons : sequence of Comparison
    plan : EncodingPlan
    protocol : InferenceProtocol
    stem : str
        Names the fit and alignment; everything random is seeded by it.
    threads : int

    Returns
    -------
    Analysis
    """
    seed = seed_of(f"{protocol.seed}/{stem}/bootstrap")
    encoded = found = described = rule = refitted = None
    if CALIBRATED in protocol.tests:
        watch = partial(progress, total=2 * len(networks), label=f"{stem}: networks")
        encoded = encode(networks, responses, plan, rng=np.random.default_rng(seed), threads=threads, watch=watch)
        with step(f"{stem}: tests"):
            found = evidence(encoded, networks, comparisons, seed)
        with step(f"{stem}: the stimulus swapped"):
            swapped = encode_swapped(networks, responses, plan, seed=seed, threads=threads)
        material = Material(
            encoded, swapped, networks, responses, comparisons, found.tests, seed, protocol.n_bootstraps
        )
        # one thread: last digits would depend on their number
        with step(f"{stem}: descriptions"), threadpool_limits(limits=1, user_api="blas"):
            described = describe(material)
    if PUBLISHED in protocol.tests:
        watch = partial(progress, total=len(networks), label=f"{stem}: networks, published")
        refitted = refit(networks, responses, n_bootstraps=protocol.n_bootstraps, rng=np.random.default_rng(seed),
                         threads=threads, watch=watch)  # fmt: skip
        bins = np.random.default_rng(seed_of(f"{protocol.seed}/{stem}/bins"))
        rule = published_evidence(refitted, networks, comparisons, bins)
    if encoded is not None:
        scores, notes = encoded.scores, encoded.notes
    else:
        assert refitted is not None
        scores, notes = _scores_of(refitted), ()
    return Analysis(scores, found, described, rule, _best(scores, networks), notes)


def _scores_of(refitted: Refitted) -> Scores:
    """What the refitting bootstrap says of every bin: mean r and its interval; penalties differ between resamples."""
    after = refitted.lags >= 0
    validation = refitted.validation[:, :, after].mean(2)
    penalty = np.full_like(refitted.r, np.nan)
    return Scores(refitted.models, refitted.channels, refitted.lags, refitted.r, refitted.r_low, refitted.r_high,
                  penalty, np.stack([refitted.layer] * 2), validation)  # fmt: skip


def _best(scores: Scores, networks: Sequence[NetworkFeatures]) -> pd.DataFrame:
    """The networks of the highest score at each electrode, per side."""
    table = pd.DataFrame(index=pd.Index(scores.channels, name="name"))
    for side, modalities in (("multimodal", {"multimodal"}), ("unimodal", {"vision", "language"})):
        index = [scores.models.index(label) for label in trained_labels(networks, modalities) if label in scores.models]
        best = scores.validation[index].argmax(0) if index else None
        table[f"best_{side}"] = [None] * len(table) if best is None else [scores.models[index[k]] for k in best]
    return table
