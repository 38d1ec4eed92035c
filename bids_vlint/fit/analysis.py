"""One fit's alignment from features and responses to tests: calibrated, published, or both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from bids_vlint.encoding.engine import Encoded
from bids_vlint.encoding.network_features import NetworkFeatures, trained_labels
from bids_vlint.encoding.score import Scores
from bids_vlint.fit.fitting import Fitting, kept_encoding, kept_refitting, kept_swapped
from bids_vlint.fit.protocols import CALIBRATED, PUBLISHED
from bids_vlint.inference.calibrated.evidence import Evidence, evidence
from bids_vlint.inference.calibrated.share import reached_r
from bids_vlint.inference.description import Described, Material, OtherEvents, describe
from bids_vlint.inference.published.bootstrap import Refitted
from bids_vlint.inference.published.rule import published_evidence
from bids_vlint.log import step
from bids_vlint.networks.comparisons import Comparison
from bids_vlint.networks.network import seed_of


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
        best_multimodal, best_unimodal: the networks of the highest score at each electrode; best_r: what the best of
        all reaches (where the calibrated tests were asked for).
    notes : tuple of str
    """

    scores: Scores
    evidence: Evidence | None
    described: Described | None
    published: pd.DataFrame | None
    best: pd.DataFrame
    notes: tuple[str, ...]


def fit_alignment(own: Fitting) -> tuple[Encoded | None, Encoded | None, Refitted | None]:
    """Fit the networks in an alignment as far as its tests ask for: choices and block sums as recorded, with the
    stimulus swapped, and the published refitting."""
    calibrated, published = (test in own.protocol.tests for test in (CALIBRATED, PUBLISHED))
    return (
        kept_encoding(own) if calibrated else None,
        kept_swapped(own) if calibrated else None,
        kept_refitting(own) if published else None,
    )


def analyse_alignment(own: Fitting, comparisons: Sequence[Comparison], other: OtherEvents | None = None) -> Analysis:
    """Fit the networks in one alignment, and compare them; `other` are the events of the fit's other alignment."""
    networks, protocol = own.networks, own.protocol
    encoded, moved, refitted = fit_alignment(own)
    found = described = rule = None
    if encoded is not None and moved is not None:
        with step(f"{own.stem}: tests"):
            found = evidence(encoded, networks, comparisons, own.seed, protocol.smallest_effect)
        material = Material(encoded, moved, networks, own.responses, comparisons, found.tests, own.seed,
                            protocol.n_bootstraps, own.alignment, other, own.plan.high_pass)  # fmt: skip
        # one thread: last digits would depend on their number
        with step(f"{own.stem}: descriptions"), threadpool_limits(limits=1, user_api="blas"):
            described = describe(material)
    if refitted is not None:
        bins = np.random.default_rng(seed_of(f"{protocol.seed}/{own.stem}/bins"))
        rule = published_evidence(refitted, networks, comparisons, bins)
    if encoded is not None:
        scores, notes = encoded.scores, encoded.notes
    else:
        assert refitted is not None
        scores, notes = _scores_of(refitted), ()
    best = _best(scores, networks)
    if encoded is not None:
        best["best_r"] = reached_r(encoded, networks)
    return Analysis(scores, found, described, rule, best, notes)


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
