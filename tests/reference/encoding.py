"""The published protocol's ridge regression, written from its description: slow, float64, one target at a time.

Five contiguous folds; the first half (len // 2) of each held-out fold validates, the rest tests. Features are z-scored
by the training part (population SD; a constant column becomes zero), responses are not. Per target: the penalty with
the highest mean validation Pearson r over folds, and the plain mean over folds of the test r at that penalty.
"""

from __future__ import annotations

import numpy as np

PENALTIES = 10.0 ** np.arange(-1, 6)
N_FOLDS = 5


def folds(n_events: int) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """(training, validation, test) indices of each fold."""
    parts = np.array_split(np.arange(n_events), N_FOLDS)
    out = []
    for held in parts:
        half = len(held) // 2
        out.append((np.setdiff1d(np.arange(n_events), held), held[:half], held[half:]))
    return out


def pearson(a: np.ndarray, b: np.ndarray) -> float:
    """Pearson correlation of two vectors."""
    a, b = a - a.mean(), b - b.mean()
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))


def zscore(features: np.ndarray, training: np.ndarray) -> np.ndarray:
    """Standardised by the training part; constant columns are zero."""
    mean, sd = features[training].mean(0), features[training].std(0)
    constant = sd <= 1e-10 * np.maximum(np.abs(mean), 1e-30)
    return np.where(constant, 0.0, (features - mean) / np.where(constant, 1.0, sd))


def fold_scores(features: np.ndarray, responses: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Validation and test r, each (n_penalties, n_folds, n_targets)."""
    features, responses = np.asarray(features, np.float64), np.asarray(responses, np.float64)
    shape = (len(PENALTIES), N_FOLDS, responses.shape[1])
    validation_r, test_r = np.empty(shape), np.empty(shape)
    for f, (training, validation, test) in enumerate(folds(len(features))):
        x = zscore(features, training)
        y_mean = responses[training].mean(0)
        gram = x[training].T @ x[training]
        moment = x[training].T @ (responses[training] - y_mean)
        for p, penalty in enumerate(PENALTIES):
            weights = np.linalg.solve(gram + penalty * np.eye(len(gram)), moment)
            prediction = x @ weights + y_mean
            for t in range(responses.shape[1]):
                validation_r[p, f, t] = pearson(prediction[validation, t], responses[validation, t])
                test_r[p, f, t] = pearson(prediction[test, t], responses[test, t])
    return validation_r, test_r


def protocol_scores(features: np.ndarray, responses: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean validation and mean test r over folds, each (n_penalties, n_targets)."""
    validation_r, test_r = fold_scores(features, responses)
    return validation_r.mean(1), test_r.mean(1)


def accepted_test_r(features: np.ndarray, responses: np.ndarray, near_tie: float = 1e-4) -> np.ndarray:
    """Test r at the best penalty and, where the two best tie within `near_tie`, at the second: (2, n_targets)."""
    validation_r, test_r = protocol_scores(features, responses)
    order = np.argsort(-validation_r, axis=0)
    targets = np.arange(responses.shape[1])
    best, second = order[0], order[1]
    tie = validation_r[best, targets] - validation_r[second, targets] < near_tie
    return np.stack([test_r[best, targets], test_r[np.where(tie, second, best), targets]])
