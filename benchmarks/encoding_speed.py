"""Speed of one network's fit against its bare matrix products and against peers.

    env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE .venv/bin/python benchmarks/encoding_speed.py

One network: 100 channels x 161 bins, 4,000 events, 768 features, 5 folds, 7 penalties. `fit` is factorisation,
projection, validation r at every penalty, choice, test predictions and r; `fit and interval` adds the bootstrap of
1,000 resamples. The floor is the float32 matrix products alone that this way of computing needs. Peers do the same
cross-validation with the library's own solver: himalaya's RidgeCV solver (svd), scikit-learn's Ridge with one solve per
penalty. Ratios are of one run.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
from threadpoolctl import threadpool_limits

from bids_vlint.encoding.fit import ELECTRODES_PER_BLOCK, Design, fit_everywhere
from bids_vlint.encoding.folds import contiguous_folds
from bids_vlint.encoding.ridge import PENALTIES
from bids_vlint.encoding.score import block_ids, resample_counts
from bids_vlint.types import LAGS


def seconds(work: Callable[[], object]) -> float:
    """Time one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def floor(z: np.ndarray, y: np.ndarray, folds: tuple) -> None:
    """The matrix products alone, by blocks of targets as in the fit."""
    width = ELECTRODES_PER_BLOCK * len(LAGS)
    for fold in folds:
        z[fold.train].T @ z[fold.train]
    basis = np.ascontiguousarray(np.eye(z.shape[1], dtype=np.float32)[::-1])
    for k in range(0, y.shape[1], width):
        block = np.ascontiguousarray(y[:, k : k + width])
        for fold in folds:
            held = np.concatenate([fold.validation, fold.test])
            projected = basis @ (z[held].T @ block[held])
            for _ in PENALTIES:
                z[fold.validation] @ projected
            z[fold.test] @ projected


def with_sklearn(z: np.ndarray, y: np.ndarray, folds: tuple) -> None:
    """scikit-learn: one Ridge per fold and penalty, all targets at once."""
    from sklearn.linear_model import Ridge

    for fold in folds:
        for penalty in PENALTIES:
            Ridge(alpha=penalty, solver="cholesky").fit(z[fold.train], y[fold.train]).predict(z[fold.validation])


def with_himalaya(z: np.ndarray, y: np.ndarray, folds: tuple) -> None:
    """himalaya: its ridge solver with a penalty per target, over the same folds."""
    from himalaya.ridge import solve_ridge_cv_svd
    from himalaya.scoring import correlation_score

    splits = [(fold.train, fold.validation) for fold in folds]
    solve_ridge_cv_svd(z, y, alphas=PENALTIES, cv=splits, score_func=correlation_score, n_targets_batch=2576)


def main() -> None:
    """Run and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--channels", type=int, default=100)
    parser.add_argument("--events", type=int, default=4000)
    parser.add_argument("--features", type=int, default=768)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--peers", action="store_true", help="also time himalaya and scikit-learn (minutes)")
    args = parser.parse_args()
    rng = np.random.default_rng(0)
    x = rng.standard_normal((args.events, args.features), np.float32)
    data = rng.standard_normal((args.events, args.channels, len(LAGS)), np.float32)
    folds = contiguous_folds(args.events)
    onset = np.sort(rng.uniform(0, args.events / 2, args.events))
    blocks = [block_ids(onset[f.test], np.full(len(f.test), "1"), np.full(len(f.test), k)) for k, f in enumerate(folds)]
    flat = data.reshape(args.events, -1)

    def design(n_resamples: int) -> Design:
        return Design(data, folds, LAGS >= 0, resample_counts(blocks, n_resamples, rng), args.threads)

    with threadpool_limits(limits=args.threads):
        bare = seconds(lambda: floor(x, flat, folds))
    rows = {"bare matrix products": bare}
    with threadpool_limits(limits=1, user_api="blas"):
        rows["fit"] = seconds(lambda: fit_everywhere({"layer": x}, design(1)))
        rows["fit and interval"] = seconds(lambda: fit_everywhere({"layer": x}, design(1000)))
    if args.peers:
        with threadpool_limits(limits=args.threads):
            rows["himalaya, validation only"] = seconds(lambda: with_himalaya(x, flat, folds))
            rows["scikit-learn, validation only"] = seconds(lambda: with_sklearn(x, flat, folds))
    for name, took in rows.items():
        print(f"{name:32s} {took:8.2f} s  {took / bare:6.2f} x")


if __name__ == "__main__":
    main()
