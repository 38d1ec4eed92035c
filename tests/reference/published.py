"""The published inference, written from the protocol: slow, float64, explicit copies of rows, one target at a time.

Bootstrap: the events are drawn with replacement, the indices sorted, the rows copied, and the whole cross-validation
(tests/reference/encoding.py) is done on the copies. Sites: plain loops over electrodes and tests.
"""

from __future__ import annotations

import numpy as np

from tests.reference.encoding import protocol_scores

COUNTED_BINS = 10


def best_scores(features: np.ndarray, responses: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Validation and test r at the best penalty, and by how much it beats the next in validation; (n_targets,) each."""
    validation, test = protocol_scores(features, responses)
    best = validation.argmax(0)
    at = np.arange(responses.shape[1])
    ordered = np.sort(validation, axis=0)
    return validation[best, at], test[best, at], ordered[-1] - ordered[-2]


def resampled_scores(
    features: np.ndarray, responses: np.ndarray, draws: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """`best_scores` of every resample, (n_resamples, n_targets) each; draws (n_resamples, n_events) are indices."""
    scores = [best_scores(features[np.sort(drawn)], responses[np.sort(drawn)]) for drawn in draws]
    validation, test, margin = (np.array(values) for values in zip(*scores, strict=True))
    return validation, test, margin


def electrode_score(test_r: np.ndarray, lower: np.ndarray) -> float:
    """Mean over counted bins of the mean test r; NaN where no bin counts."""
    counted = [r for r, low in zip(test_r, lower, strict=True) if low > 0]
    return float(np.mean(counted)) if counted else np.nan


def bins_p(model: np.ndarray, baseline: np.ndarray, u_model: np.ndarray, u_baseline: np.ndarray) -> float:
    """Share of resamples of both models' counted bins whose difference of means is not positive.

    u_model, u_baseline: (n_resamples, n_bins or more) uniform numbers; bin k of a resample is floor(u[k] * n_bins).
    """
    not_positive = 0
    for one, two in zip(u_model, u_baseline, strict=True):
        a = np.mean([model[int(u * len(model))] for u in one[: len(model)]])
        b = np.mean([baseline[int(u * len(baseline))] for u in two[: len(baseline)]])
        not_positive += not a - b > 0
    return not_positive / len(u_model)


def benjamini_hochberg_true(p: np.ndarray, level: float = 0.05) -> np.ndarray:
    """Which p-values the step-up procedure rejects; NaN is never rejected and does not count."""
    known = np.sort(p[~np.isnan(p)])
    passing = [value for rank, value in enumerate(known, start=1) if value <= level * rank / len(known)]
    return p <= max(passing) if passing else np.zeros(p.shape, bool)
