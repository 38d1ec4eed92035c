"""The published inference: counted bins, a bootstrap over them, and the comparisons of the paper.

Shown by the published code: a bin counts for a model where the lower bound of its validation r's 95 % interval is above
zero; an electrode's score is the mean over the model's counted bins of the mean r over resamples; Benjamini-Hochberg at
0.05 over electrodes and both alignments; both models then need ten counted bins; default winners. Reconstructed from
public text and comments: that the interval is one of percentiles, and the p-value (`bins_p`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from bids_vlint.encoding.network_features import NetworkFeatures, twins_of
from bids_vlint.inference.correction import LEVEL, benjamini_hochberg, significant
from bids_vlint.inference.published.bootstrap import Refitted
from bids_vlint.networks.comparisons import Comparison
from bids_vlint.networks.identity import LINEAR
from bids_vlint.study.stimulus import ALIGNMENTS, Alignment

COUNTED_BINS = 10
BIN_RESAMPLES = 1000
PREFIX = "published"
_PER_TEST = ("diff", "p", "winner", "n_bins_model", "n_bins_baseline")
RECONSTRUCTED = (
    "The published inference is rebuilt from the paper and its public code. Reconstructed, since the code lacks them: "
    "the intervals (percentiles of the resamples), each electrode's best layer (by validation r on the events as "
    "recorded) and the best network of a side (by the score that is compared), and the p-value (a second bootstrap, "
    "over the counted bins of either model; neighbouring bins overlap, so it is too small). The linear control joins "
    "each electrode's best language and vision network by validation r; the code has one fixed pair."
)

# What the columns of a test hold, by their last part ("" is the verdict): kind and meaning.
MEANINGS: dict[str, tuple[str, str]] = {
    "": ("boolean", f"q at most {{q}}, a positive difference, and {COUNTED_BINS} counted bins of both models; n/a "
         "where there is no p"),
    "diff": ("number", "difference of the two scores, each the mean over the model's counted bins (lower bound of the "
             "95 % interval of validation r above 0) of the mean test r over resamples"),
    "p": ("number", "share of resamples of the counted bins in which the difference is not positive (reconstructed; "
          "overlapping bins are taken as a sample, so it is too small); n/a where a model has no counted bin"),
    "q": ("number", "Benjamini-Hochberg q of p; family: one participant's electrodes (all fits), both alignments"),
    "winner": ("boolean", "wins by default: no bin of the other side counts (there is no p)"),
    "n_bins_model": ("integer", "counted bins of the model side's best model"),
    "n_bins_baseline": ("integer", "counted bins of the baseline side's best model"),
}  # fmt: skip

_BEATS_RANDOM = "trained_beats_random"


@dataclass(frozen=True)
class PublishedSide:
    """What stands for one side of a test at each electrode.

    Attributes
    ----------
    present : bool
        Whether the fit has any model of this side.
    score : (n_electrodes,)
        Of the best model, the one with the highest score; NaN where no bin of any model counts.
    r, counted : (n_electrodes, n_lags)
        The best model's mean test r, and which of its bins count.
    model : (n_electrodes,) int
        Its index in the table of models; -1 where none counts.
    """

    present: bool
    score: np.ndarray
    r: np.ndarray
    counted: np.ndarray
    model: np.ndarray


def published_evidence(
    refitted: Refitted,
    networks: Sequence[NetworkFeatures],
    comparisons: Sequence[Comparison],
    rng: np.random.Generator,
    n_resamples: int = BIN_RESAMPLES,
) -> pd.DataFrame:
    """One alignment's scores compared, for every test; one row per electrode.

    Parameters
    ----------
    refitted : Refitted
    networks : sequence of Network
        Of the fit and alignment, random twins included.
    comparisons : sequence of Comparison
        Those of the model set.
    rng : numpy.random.Generator
        Draws the resamples of bins, the same for all electrodes and tests.
    n_resamples : int

    Returns
    -------
    DataFrame
        For every test T: `T_diff` (difference of the scores), `T_p` (both NaN where a model has no counted bin),
        `T_winner` (True: wins by default, since no bin of the other side counts; None: a side is missing),
        `T_n_bins_model`, `T_n_bins_baseline` (counted bins of the two models; NaN where the side is missing).
    """
    u = rng.random((2, n_resamples, len(refitted.lags)))
    table = pd.DataFrame(index=pd.Index(refitted.channels, name="name"))
    for test, model, baseline in _sides(refitted, networks, comparisons):
        diff = np.array([significant(d) for d in model.score - baseline.score])
        p = [significant(_p(model, baseline, e, u)) if np.isfinite(d) else np.nan for e, d in enumerate(diff)]
        both = model.present and baseline.present
        default = np.isfinite(model.score) & np.isnan(baseline.score)
        table[f"{test}_diff"], table[f"{test}_p"] = diff, p
        table[f"{test}_winner"] = np.array([bool(d) if both else None for d in default], object)
        for name, side in (("model", model), ("baseline", baseline)):
            table[f"{test}_n_bins_{name}"] = side.counted.sum(1) if side.present else np.nan
    return table


def _sides(
    refitted: Refitted, networks: Sequence[NetworkFeatures], comparisons: Sequence[Comparison]
) -> Iterator[tuple[str, PublishedSide, PublishedSide]]:
    """Every test with the models that stand for its sides."""
    twins = twins_of(networks)
    trained = {m: [n.label for n in networks if n.trained and n.modality == m] for m in
               ("multimodal", "vision", "language")}  # fmt: skip
    best = _best(refitted, list(twins))
    yield _BEATS_RANDOM, best, _own_twin(refitted, best, twins)
    for name, twin in twins.items():
        yield f"{name}_beats_random", _best(refitted, [name]), _best(refitted, [twin])
    multimodal = _best(refitted, trained["multimodal"])
    yield "multimodal_beats_unimodal", multimodal, _best(refitted, [*trained["vision"], *trained["language"]])
    yield "multimodal_beats_linear", multimodal, _best(refitted, [LINEAR])
    for comparison in comparisons:
        yield comparison.name, _best(refitted, comparison.model), _best(refitted, comparison.baseline)


def scores(refitted: Refitted) -> np.ndarray:
    """Mean over each model's counted bins of its mean test r, (n_models, n_electrodes); NaN where no bin counts."""
    counted = refitted.validation_low > 0
    total = np.where(counted, refitted.r, 0).sum(2, dtype=np.float64)
    return np.divide(total, counted.sum(2), out=np.full(total.shape, np.nan), where=counted.any(2))


def _best(refitted: Refitted, labels: Sequence[str]) -> PublishedSide:
    """At each electrode the model with the highest score among some; those that the fit lacks are passed over."""
    known = [refitted.models.index(label) for label in labels if label in refitted.models]
    if not known:
        return _side(refitted, np.full(len(refitted.channels), -1), present=False)
    score = np.nan_to_num(scores(refitted)[known], nan=-np.inf)
    best = np.where(np.isfinite(score.max(0)), np.array(known)[score.argmax(0)], -1)
    return _side(refitted, best, present=True)


def _own_twin(refitted: Refitted, side: PublishedSide, twins: Mapping[str, str]) -> PublishedSide:
    """The twins of the networks that stand for a side."""
    models = refitted.models
    model = np.array([models.index(twins[models[k]]) if k >= 0 else -1 for k in side.model])
    return _side(refitted, model, side.present)


def _side(refitted: Refitted, model: np.ndarray, present: bool) -> PublishedSide:
    electrodes = np.arange(len(model))
    if not present:
        shape = (len(model), len(refitted.lags))
        return PublishedSide(present, np.full(len(model), np.nan), np.zeros(shape), np.zeros(shape, bool), model)
    counted = (refitted.validation_low > 0)[model, electrodes] & (model >= 0)[:, None]
    score = np.where(model >= 0, scores(refitted)[model, electrodes], np.nan)
    return PublishedSide(present, score, refitted.r[model, electrodes], counted, model)


def _p(model: PublishedSide, baseline: PublishedSide, electrode: int, u: np.ndarray) -> float:
    values = [side.r[electrode][side.counted[electrode]] for side in (model, baseline)]
    return bins_p(values[0], values[1], u[0], u[1])


def bins_p(model: np.ndarray, baseline: np.ndarray, u_model: np.ndarray, u_baseline: np.ndarray) -> float:
    """Share of resamples of both models' counted bins in which the difference of means is not positive.

    Reconstructed. Bins are taken as a sample although neighbours share most of their signal, so it is too small.

    Parameters
    ----------
    model, baseline : (n_bins,) of each
        Mean test r of the counted bins.
    u_model, u_baseline : (n_resamples, at least n_bins)
        Uniform numbers that say which bins a resample has.

    Returns
    -------
    float
    """
    means = []
    for values, u in ((model, u_model), (baseline, u_baseline)):
        drawn = (u[:, : len(values)] * len(values)).astype(int)
        means.append(values.astype(np.float64)[drawn].mean(1))
    return float(np.mean(~(means[0] - means[1] > 0)))


def published_of_fit(
    by_alignment: Mapping[Alignment, pd.DataFrame], channels: Sequence[str], tests: Sequence[str]
) -> pd.DataFrame:
    """Join the alignments of one fit.

    Returns
    -------
    DataFrame
        Columns `published_A_T_diff`, ... for both alignments A; NaN (the default winner: None) where one is absent.
    """
    table = pd.DataFrame(index=pd.Index(channels, name="name"))
    for alignment in ALIGNMENTS:
        part = by_alignment.get(alignment, table[[]])
        for column in (f"{test}_{kind}" for test in tests for kind in _PER_TEST):
            values = part[column].reindex(table.index).to_numpy() if column in part else np.full(len(table), np.nan)
            if column.endswith("_winner"):
                values = np.array([v if isinstance(v, bool) else None for v in values], object)
            table[f"{PREFIX}_{alignment}_{column}"] = values
    return table


def correct_published(
    fits: Sequence[pd.DataFrame], tests: Sequence[str], q: float = LEVEL, *, corrected: bool = False
) -> list[pd.DataFrame]:
    """Correct a participant's p-values over electrodes (all fits) and alignments, then ask for ten counted bins.

    Parameters
    ----------
    fits : sequence of DataFrame
        From `published_of_fit`.
    tests : sequence of str
    q : float
        The level of false discoveries.
    corrected : bool
        Whether the tables hold the q of this family already, which stand: p as written has fewer digits than it had.

    Returns
    -------
    list of DataFrame
        With `published_A_T_q`, `published_A_T` (True, False; None where there is no p), `published_T_either` (in at
        least one alignment) and `published_T_both` (in each).
    """
    tables = [fit.copy() for fit in fits]
    for test in tests:
        columns = [f"{PREFIX}_{a}_{test}_{'q' if corrected else 'p'}" for a in ALIGNMENTS]
        family = np.concatenate([t[columns].to_numpy(float).ravel() for t in tables])
        cuts = np.cumsum([t[columns].size for t in tables])[:-1]
        own = np.split(family if corrected else benjamini_hochberg(family), cuts)
        for table, values in zip(tables, own):
            _decide(table, test, values.reshape(len(table), len(ALIGNMENTS)), q)
    return tables


def _decide(table: pd.DataFrame, test: str, q: np.ndarray, level: float) -> None:
    """Write q, the verdict of each alignment, either and both."""
    true, known = np.zeros(q.shape, bool), ~np.isnan(q)
    for k, alignment in enumerate(ALIGNMENTS):
        name = f"{PREFIX}_{alignment}_{test}"
        bins = table[[f"{name}_n_bins_model", f"{name}_n_bins_baseline"]].to_numpy(float)
        positive = table[f"{name}_diff"].to_numpy(float) > 0
        true[:, k] = (np.nan_to_num(q[:, k], nan=1) <= level) & positive & (bins >= COUNTED_BINS).all(1)
        table[f"{name}_q"], table[name] = q[:, k], _verdict(true[:, k], known[:, k])
    table[f"{PREFIX}_{test}_either"] = _verdict(np.any(true, axis=1), np.any(known, axis=1))
    table[f"{PREFIX}_{test}_both"] = _verdict(np.all(true, axis=1), np.all(known, axis=1))


def _verdict(true: Any, known: Any) -> np.ndarray:
    """True, False or None (no p), as objects: pandas would turn a column without None into another kind."""
    return np.array([bool(t) if k else None for t, k in zip(true, known)], dtype=object)
