"""Speed of one refit of the published bootstrap against its bare matrix products and against himalaya.

    env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE .venv/bin/python benchmarks/refit_speed.py

One resample: 2,000 events drawn with replacement and sorted, 768 features, 6,000 targets, 5 folds, 7 penalties. A refit
gives, for every target, the validation r at the best penalty and the test r at it. All times are of one run on the same
resample; every row is the least of `--repeats`, the rows taking turns. On a busy machine compare processor time.

himalaya is given the copied rows, standardised per training part beforehand (not timed):
- `validation`: its cross-validation over penalties alone (the solver of `RidgeCV`, without the last fit); no test r.
- `refit`: the same, then the test r with its solver: `solve_ridge_svd` on each fold's training part, for the targets of
  each chosen penalty (with a penalty per target its memory is the product of features, events and targets).
- `one pass`: both halves held out together, a score function of our own that keeps the test r aside.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
from threadpoolctl import threadpool_limits

from bids_vlint.encoding.ridge import PENALTIES
from bids_vlint.inference.published.bootstrap import resampled_counts
from bids_vlint.inference.published.correlation import correlations, prepare
from bids_vlint.inference.published.resample import Resample, sorted_resample, standardised

TARGETS_PER_BLOCK = 8 * 161
Parts = list[tuple[np.ndarray, np.ndarray, np.ndarray]]


def refit(z: np.ndarray, y: np.ndarray, resample: Resample) -> tuple[np.ndarray, np.ndarray]:
    """Validation and test r of every target, as in the bootstrap."""
    fitted = prepare(z, resample)
    blocks = range(0, y.shape[1], TARGETS_PER_BLOCK)
    found = [correlations(fitted, y[:, k : k + TARGETS_PER_BLOCK].take(resample.events, axis=0)) for k in blocks]
    return tuple(np.concatenate(parts) for parts in zip(*found))


def floor(z: np.ndarray, y: np.ndarray, resample: Resample) -> None:
    """The float32 products with the targets that no way of computing in the features' space can do without."""
    rows = z[resample.events]
    for k in range(0, y.shape[1], TARGETS_PER_BLOCK):
        block = y[: len(rows), k : k + TARGETS_PER_BLOCK]
        for fold in range(5):
            product = rows[resample.held_out(fold)].T @ block[resample.held_out(fold)]
            held = rows[resample.validation(fold)]
            np.concatenate([held] * len(PENALTIES)) @ product
            rows[resample.test(fold)] @ product


def parts_of(n: int) -> Parts:
    """Training, validation and test rows of the copied resample."""
    held = np.array_split(np.arange(n), 5)
    return [(np.setdiff1d(np.arange(n), h), h[: len(h) // 2], h[len(h) // 2 :]) for h in held]


def _data(x: np.ndarray, y: np.ndarray, parts: Parts) -> list[tuple[np.ndarray, np.ndarray]]:
    """Each fold's rows, standardised by its training part."""
    folds = []
    for training, _, _ in parts:
        own = (x - x[training].mean(0)) / x[training].std(0)
        folds.append((own, y - y[training].mean(0)))
    return folds


def cross_validate(x: np.ndarray, y: np.ndarray, rows: tuple[np.ndarray, np.ndarray], score: Callable) -> None:
    """himalaya's cross-validation over penalties on one fold, without its last fit to all rows."""
    from himalaya.ridge import solve_group_ridge_random_search

    solve_group_ridge_random_search([x], y, n_iter=np.ones((1, 1), np.float32), alphas=PENALTIES.astype(np.float32),
                                    cv=[rows], score_func=score, n_targets_batch=2576, return_weights=False,
                                    progress_bar=False)  # fmt: skip


def validation(folds: list[tuple[np.ndarray, np.ndarray]], parts: Parts) -> np.ndarray:
    """himalaya's cross-validation over penalties; index of each target's penalty."""
    from himalaya.scoring import correlation_score

    kept: list[np.ndarray] = []

    def score(true: np.ndarray, predicted: np.ndarray) -> np.ndarray:
        kept.append(correlation_score(true, predicted))
        return kept[-1]

    for (x, y), (training, held, _) in zip(folds, parts):
        cross_validate(x, y, (training, held), score)
    return _mean(kept, len(folds)).argmax(0)


def _mean(kept: list[np.ndarray], n_folds: int) -> np.ndarray:
    """Mean over folds of r that was kept block by block, (n_penalties, n_targets)."""
    return np.concatenate(kept, axis=1).reshape(len(PENALTIES), n_folds, -1).mean(1)


def with_test(folds: list[tuple[np.ndarray, np.ndarray]], parts: Parts) -> np.ndarray:
    """Then the test r at the chosen penalties, with himalaya's solver."""
    from himalaya.ridge import solve_ridge_svd
    from himalaya.scoring import correlation_score

    choice = validation(folds, parts)
    r = np.zeros(len(choice))
    for (x, y), (training, _, test) in zip(folds, parts):
        for k in np.unique(choice):
            at = choice == k
            weights = solve_ridge_svd(x[training], y[training][:, at], PENALTIES[k])
            r[at] += correlation_score(y[test][:, at], x[test] @ weights) / len(parts)
    return r


def one_pass(folds: list[tuple[np.ndarray, np.ndarray]], parts: Parts) -> np.ndarray:
    """himalaya's cross-validation with a score function that also keeps the test r of every penalty."""
    from himalaya.scoring import correlation_score

    scores: list[list[np.ndarray]] = [[], []]
    for (x, y), (training, held, test) in zip(folds, parts):
        n = len(held)

        def score(true: np.ndarray, predicted: np.ndarray, n: int = n) -> np.ndarray:
            for kept, rows in zip(scores, (slice(n), slice(n, None))):
                kept.append(correlation_score(true[rows], predicted[:, rows]))
            return scores[0][-1]

        cross_validate(x, y, (training, np.concatenate([held, test])), score)
    r = [_mean(kept, len(folds)) for kept in scores]
    return r[1][r[0].argmax(0), np.arange(r[0].shape[1])]


def main() -> None:
    """Run and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=2000)
    parser.add_argument("--features", type=int, default=768)
    parser.add_argument("--targets", type=int, default=6000)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args()
    rng = np.random.default_rng(0)
    x = rng.standard_normal((args.events, args.features), np.float32)
    y = x[:, :20] @ rng.standard_normal((20, args.targets), np.float32) * np.float32(0.1)
    y += rng.standard_normal(y.shape, np.float32)
    counts = resampled_counts(args.events, 1, rng)[0]
    z, resample, copies = (
        standardised(x, np.float32),
        sorted_resample(counts),
        np.repeat(np.arange(args.events), counts),
    )
    parts = parts_of(args.events)
    folds = _data(x[copies], y[copies], parts)
    work: dict[str, Callable[[], object]] = {
        "bare matrix products": lambda: floor(z, y, resample),
        "refit": lambda: refit(z, y, resample),
        "himalaya, validation": lambda: validation(folds, parts),
        "himalaya, one pass": lambda: one_pass(folds, parts),
        "himalaya, refit": lambda: with_test(folds, parts),
    }
    least = {name: np.full(2, np.inf) for name in work}
    with threadpool_limits(limits=args.threads):
        for _ in range(args.repeats):
            for name, do in work.items():
                start = np.array([time.perf_counter(), time.process_time()])
                found = do()
                took = np.array([time.perf_counter(), time.process_time()]) - start
                least[name] = np.minimum(least[name], took)
                if name == "refit":
                    test = found[1]  # type: ignore[index]
                elif isinstance(found, np.ndarray) and name != "himalaya, validation":
                    away = np.mean(np.abs(found - test) > 1e-4)
                    print(f"{name}: {1 - away:.2%} of the targets have the same test r to 1e-4")
    print(f"{'':24s} {'seconds':>9s} {'x refit':>8s} {'CPU s':>9s} {'x refit':>8s}")
    for name, took in least.items():
        ratio = took / least["refit"]
        print(f"{name:24s} {took[0]:9.2f} {ratio[0]:8.2f} {took[1]:9.2f} {ratio[1]:8.2f}")


if __name__ == "__main__":
    main()
