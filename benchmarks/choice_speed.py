"""Speed of a cross-validated choice of the penalty against its bare matrix products, himalaya and scikit-learn.

    env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE .venv/bin/python benchmarks/choice_speed.py

4,000 events, 768 features, 12,000 targets, ten folds with a gap of 28 events on either side, 7 penalties: for every
target the penalty whose predictions have the highest mean r over the halves of all held-out parts. All times are of
one run, one after the other; on a busy machine compare processor time.

himalaya and scikit-learn are given features standardised per training part beforehand (not timed):
- himalaya: the cross-validation of its `RidgeCV` (`solve_group_ridge_random_search`), without the last fit, with the
  same mean over halves as score function.
- scikit-learn: `Ridge` for every fold and penalty (its `RidgeCV` has no penalty per target with folds of one's own).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
from threadpoolctl import threadpool_limits

from bids_vlint.encoding.choice import validation_r
from bids_vlint.encoding.folds import Fold
from bids_vlint.encoding.ridge import PENALTIES, band_moments, factorise
from bids_vlint.encoding.stats import pearson, unit_columns

TARGETS_PER_BLOCK = 1040
GAP = 28


def folds_of(n: int, n_folds: int) -> list[Fold]:
    """Contiguous held-out parts in halves, with a gap to the training events."""
    folds = []
    for held in np.array_split(np.arange(n), n_folds):
        train = np.delete(np.arange(n), np.arange(max(0, held[0] - GAP), min(n, held[-1] + 1 + GAP)))
        folds.append(Fold(train, (held[: len(held) // 2], held[len(held) // 2 :])))
    return folds


def choice(x: np.ndarray, y: np.ndarray, folds: list[Fold]) -> np.ndarray:
    """Index of each target's penalty, as the engine finds it."""
    layer = factorise(band_moments(x, folds))
    blocks = range(0, y.shape[1], TARGETS_PER_BLOCK)
    return np.concatenate(
        [validation_r(layer, folds, y[:, k : k + TARGETS_PER_BLOCK]).mean(0).argmax(0) for k in blocks]
    )


def floor(x: np.ndarray, y: np.ndarray, folds: list[Fold]) -> None:
    """The float32 products with the targets: of each event once, and the predictions of every penalty."""
    for k in range(0, y.shape[1], TARGETS_PER_BLOCK):
        block = y[:, k : k + TARGETS_PER_BLOCK]
        for fold in folds:
            held = x[np.concatenate(fold.halves)]
            product = held.T @ block[: len(held)]
            np.concatenate([held] * len(PENALTIES)) @ product


def mean_r(true: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Mean r of both halves of a held-out part."""
    n = len(true) // 2
    halves = (slice(0, n), slice(n, None))
    return np.mean([pearson(unit_columns(predicted[h]), unit_columns(true[h])) for h in halves], axis=0)


def of_himalaya(scaled: list[np.ndarray], y: np.ndarray, folds: list[Fold]) -> np.ndarray:
    """The same by himalaya's cross-validation, fold by fold."""
    from himalaya.ridge import solve_group_ridge_random_search

    kept: list[np.ndarray] = []

    def score(true: np.ndarray, predicted: np.ndarray) -> np.ndarray:
        kept.append(np.stack([mean_r(true, own) for own in predicted]))
        return kept[-1]

    total = np.zeros((len(PENALTIES), y.shape[1]))
    for z, fold in zip(scaled, folds):
        solve_group_ridge_random_search([z], y, n_iter=np.ones((1, 1), np.float32),
                                        alphas=PENALTIES.astype(np.float32),
                                        cv=[(fold.train, np.concatenate(fold.halves))], score_func=score,
                                        n_targets_batch=TARGETS_PER_BLOCK, return_weights=False,
                                        progress_bar=False)  # fmt: skip
        total += np.concatenate(kept, axis=1)
        kept.clear()
    return total.argmax(0)


def of_sklearn(scaled: list[np.ndarray], y: np.ndarray, folds: list[Fold]) -> np.ndarray:
    """The same by scikit-learn."""
    from sklearn.linear_model import Ridge

    total = np.zeros((len(PENALTIES), y.shape[1]))
    for z, fold in zip(scaled, folds):
        train, targets, held = z[fold.train], y[fold.train], np.concatenate(fold.halves)
        for k, penalty in enumerate(PENALTIES):
            model = Ridge(alpha=penalty, fit_intercept=False, solver="cholesky").fit(train, targets)
            total[k] += mean_r(y[held], model.predict(z[held]))
    return total.argmax(0)


def main() -> None:
    """Run and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("events", 4000), ("features", 768), ("targets", 12000), ("folds", 10), ("threads", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--others", type=int, help="folds of the others (their time is multiplied); default: all")
    args = parser.parse_args()
    rng = np.random.default_rng(0)
    x = rng.standard_normal((args.events, args.features), np.float32)
    y = x[:, :20] @ rng.standard_normal((20, args.targets), np.float32) * np.float32(0.1)
    y += rng.standard_normal(y.shape, np.float32)
    y -= y.mean(0)
    folds = folds_of(args.events, args.folds)

    scaled = [(x - x[fold.train].mean(0)) / x[fold.train].std(0) for fold in folds]
    few, some = (y[:, :2], folds[:1]), folds[: args.others or args.folds]
    of_himalaya(scaled, *few), of_sklearn(scaled, *few)  # so that no import is timed
    work: dict[str, Callable[[], np.ndarray | None]] = {
        "bare matrix products": lambda: floor(x, y, folds),
        "choice": lambda: choice(x, y, folds),
        "himalaya": lambda: of_himalaya(scaled, y, some),
        "scikit-learn": lambda: of_sklearn(scaled, y, some),
    }
    rows, found = {}, {}
    with threadpool_limits(limits=args.threads):
        for name, do in work.items():
            start = np.array([time.perf_counter(), time.process_time()])
            found[name] = do()
            rows[name] = np.array([time.perf_counter(), time.process_time()]) - start
            print(f"{name}: {rows[name][1]:.1f} s of CPU time", flush=True)
    for name in ("himalaya", "scikit-learn"):
        if len(some) < len(folds):
            rows[name] *= len(folds) / len(some)
            print(f"{name}: {len(some)} of {len(folds)} folds, times {len(folds) / len(some):g}")
            continue
        print(f"{name} chooses the same penalty for {(found[name] == found['choice']).mean():.2%} of the targets")
    print(f"{'':24s} {'seconds':>9s} {'x choice':>9s} {'CPU s':>9s} {'x choice':>9s}")
    for name, took in rows.items():
        ratio = took / rows["choice"]
        print(f"{name:24s} {took[0]:9.2f} {ratio[0]:9.2f} {took[1]:9.2f} {ratio[1]:9.2f}")


if __name__ == "__main__":
    main()
