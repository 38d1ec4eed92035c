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


# ---- the calibrated engine: cross-fitted halves, cut in stimulus time, one penalty per electrode ----

Cut = tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]  # training events, and the two halves of what is held out


def stimulus_cuts(
    stimulus: list[str],
    movie_time: np.ndarray,
    run: list[str],
    onset: np.ndarray,
    gap: float,
    n_folds: int = N_FOLDS,
) -> list[Cut]:
    """Folds in stimulus time, event by event: two stretches of equal length a fold, pauses counted as at most 5 s.

    Where one would be empty, stretches hold equally many moments.
    """
    places = sorted(set(zip(map(list(dict.fromkeys(stimulus)).index, stimulus), movie_time.tolist())))
    position, at = {}, 0.0
    for k, place in enumerate(places):
        if k:
            other_film = places[k - 1][0] != place[0]
            at += 5.0 if other_film else min(place[1] - places[k - 1][1], 5.0)
        position[place] = at
    films = list(dict.fromkeys(stimulus))
    n_parts = 2 * n_folds
    just = 1 + 1e-9  # the end, and what lies at a boundary, belongs to the part before
    place_of = [(films.index(s), t) for s, t in zip(stimulus, movie_time.tolist())]
    part = [int(position[place] / (at * just) * n_parts) for place in place_of]
    if len(set(part)) < n_parts:
        rank = {place: k + 0.5 for k, place in enumerate(places)}
        part = [int(rank[place] / ((len(places) - 0.5) * just) * n_parts) for place in place_of]
    out: list[Cut] = []
    for fold in range(n_folds):
        halves = tuple([i for i, k in enumerate(part) if k == 2 * fold + h] for h in (0, 1))
        held = [*halves[0], *halves[1]]
        train = []
        for i in range(len(part)):
            near = any(
                (stimulus[i] == stimulus[j] and abs(movie_time[i] - movie_time[j]) < gap)
                or (run[i] == run[j] and abs(onset[i] - onset[j]) < gap)
                for j in held
            )
            if not near:
                train.append(i)
        out.append((np.array(train), (np.array(halves[0]), np.array(halves[1]))))
    return out


def block_numbers(cuts: list[Cut], stimulus: list[str], movie_time: np.ndarray) -> list[list[np.ndarray]]:
    """Per fold and half the block of each held-out event: 5 s of film, counted from the half's first word."""
    out, n = [], 0
    for _, halves in cuts:
        pair = []
        for half in halves:
            first: dict[str, float] = {}
            for i in half:
                first[stimulus[i]] = min(first.get(stimulus[i], np.inf), movie_time[i])
            keys = [(list(first).index(stimulus[i]), int((movie_time[i] - first[stimulus[i]]) / 5)) for i in half]
            number = {key: n + k for k, key in enumerate(sorted(set(keys)))}
            n += len(number)
            pair.append(np.array([number[key] for key in keys]))
        out.append(pair)
    return out


def prepared(bands: list[np.ndarray], weights: tuple[float, ...], width: int | None, train: np.ndarray) -> np.ndarray:
    """Bands z-scored by the training part, cut to leading principal components of it, weighted, side by side."""
    parts = []
    for band, weight in zip(bands, weights):
        z = zscore(np.asarray(band, np.float64), train)
        if width is not None and z.shape[1] > width and len(train) > width:
            z = z @ np.linalg.svd(z[train], full_matrices=False)[2][:width].T
        parts.append(z * weight)
    return np.concatenate(parts, axis=1)


def correlations(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Pearson correlation of each column; 0 where one is constant."""
    a, b = a - a.mean(0), b - b.mean(0)
    size = np.sqrt((a * a).sum(0) * (b * b).sum(0))
    return np.where(size > 0, (a * b).sum(0) / np.where(size > 0, size, 1), 0.0)


def without_slow_part(features: np.ndarray, onset: np.ndarray, cuts: list[Cut], cutoff: float) -> np.ndarray:
    """Features of one run, standardised, less what a zero-phase high-pass of order 2 takes out of a signal.

    Event by event: the mean over the events of the same held-out part, by the filter's impulse response (the inverse
    Fourier transform of its low-pass, 1 - |H|^2) times the half second or less on either side that an event stands for.
    """
    z = (features - features.mean(0)) / np.where(features.std(0) > 0, features.std(0), 1)
    frequency, time = np.arange(0, 40, 1e-3) * cutoff, np.linspace(0, 1.5, 1001) / cutoff
    low = 1 / (1 + (frequency / cutoff) ** 4)
    impulse = np.array([2 * np.trapezoid(low * np.cos(2 * np.pi * frequency * t), frequency) for t in time])
    out = z.copy()
    for _, halves in cuts:
        part = np.sort(np.concatenate(halves))
        gaps = np.minimum(np.diff(onset[part]), 1.0)
        stands_for = (np.concatenate([[1.0], gaps]) + np.concatenate([gaps, [1.0]])) / 2
        for event in part:
            away = onset[part] - onset[event]
            near = np.flatnonzero(np.abs(away) <= 1.5 / cutoff)
            response = np.interp(np.abs(away[near]), time, impulse)
            out[event] -= (response * stands_for[near]) @ z[part[near]]
    return out


def cut_predictions(
    bands: list[np.ndarray], weights: tuple[float, ...], width: int | None, y: np.ndarray, cuts: list[Cut]
) -> list[list[np.ndarray]]:
    """Predictions of every half, [fold][half] (n_penalties, n_half, n_targets), by the normal equations."""
    out = []
    for train, halves in cuts:
        x = prepared(bands, weights, width, train)
        mean = y[train].mean(0)
        pair: list[list[np.ndarray]] = [[], []]
        for penalty in PENALTIES:
            if x.shape[1] > len(train):
                kernel = x[train] @ x[train].T + penalty * np.eye(len(train))
                w = x[train].T @ np.linalg.solve(kernel, y[train] - mean)
            else:
                gram = x[train].T @ x[train] + penalty * np.eye(x.shape[1])
                w = np.linalg.solve(gram, x[train].T @ (y[train] - mean))
            for h in (0, 1):
                pair[h].append(x[halves[h]] @ w + mean)
        out.append([np.stack(pair[0]), np.stack(pair[1])])
    return out


def half_scores(predictions: list[list[np.ndarray]], y: np.ndarray, cuts: list[Cut]) -> np.ndarray:
    """Mean r over folds of each half, (2, n_penalties, n_targets)."""
    return np.stack([
        np.mean([[correlations(p, y[halves[h]]) for p in own[h]] for own, (_, halves) in zip(predictions, cuts)], 0)
        for h in (0, 1)
    ])  # fmt: skip


def contributions(prediction: np.ndarray, response: np.ndarray) -> np.ndarray:
    """What each event adds to r, (n_half, n_targets): its influence on the correlation, plus r; the mean is r."""
    p, y = ((x - x.mean(0)) / np.where(x.std(0) > 0, x.std(0), np.inf) for x in (prediction, response))
    r = (p * y).mean(0)
    return p * y - r * (p * p + y * y) / 2 + r


def t_of(sums: np.ndarray) -> np.ndarray:
    """t of block sums against zero, over the first axis."""
    return sums.sum(0) / np.sqrt(len(sums) * sums.var(0, ddof=1))
