"""What a circular shift costs beside the first cross-validation, and the memory of both.

    python benchmarks/shift_speed.py [--events 4000] [--features 768] [--electrodes 100] [--networks 4]
                                     [--layers 1] [--shifts 40]

Prints the CPU time of the bare float32 matrix products that the analysis without shifts needs, that of this analysis
(folds, factorisations, choices, held-out r in all bins with its interval), what each shift adds, their ratio, and the
peak memory of the process.
"""

from __future__ import annotations

import argparse
import resource
import time

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from bids_vlint.encoding.engine import encode
from bids_vlint.encoding.network_features import NetworkFeatures
from bids_vlint.encoding.plan import MOST_FOLDS, EncodingPlan
from bids_vlint.networks.specification import Modality
from bids_vlint.signals.responses import Responses, Track
from bids_vlint.signals.windows import LAGS, STEP_S


def made(args: argparse.Namespace) -> tuple[list[NetworkFeatures], Responses]:
    """Networks and responses without effect."""
    rng = np.random.default_rng(0)
    onset = 3 + 0.5 * np.arange(args.events)
    n_steps = round((onset[-1] + 3) / STEP_S)
    signal = rng.standard_normal((n_steps, args.electrodes)).astype(np.float32)
    at = np.round((onset[:, None] + LAGS) / STEP_S).astype(int)
    data = np.empty((args.events, args.electrodes, len(LAGS)), np.float32)
    for electrode in range(args.electrodes):
        data[:, electrode] = signal[:, electrode][at]
    events = pd.DataFrame({"onset": onset, "run": "1", "stimulus": "film", "movie_time": onset})
    track = Track("1", np.arange(n_steps) * STEP_S, signal)
    channels = tuple(f"E{k}" for k in range(args.electrodes))
    kinds: list[Modality] = ["multimodal", "multimodal", "multimodal", "multimodal"]
    networks = []
    for k in range(args.networks):
        shape = (args.events, args.features)
        layers = {str(layer): rng.standard_normal(shape).astype(np.float32) for layer in range(args.layers)}
        networks.append(NetworkFeatures(f"net{k}", kinds[k % 4], True, layers))
    return networks, Responses(data, channels, LAGS, events, (track,))


def bare_products(args: argparse.Namespace) -> float:
    """CPU time of the products for one network of one layer: responses onto features, and held-out predictions."""
    rng = np.random.default_rng(0)
    n_half, n_bins, penalties = args.events // (2 * MOST_FOLDS), 10, 7
    x = rng.standard_normal((args.events, args.features)).astype(np.float32)
    basis = rng.standard_normal((args.features, args.features)).astype(np.float32)
    start = time.process_time()
    with threadpool_limits(limits=1, user_api="blas"):
        for electrode in range(0, args.electrodes, 16):
            n = min(16, args.electrodes - electrode)
            for targets, times in ((n * n_bins, penalties), (n * len(LAGS), 1)):
                y = x[:, :1] * np.ones(targets, np.float32)
                projected = x.T @ y
                for _ in range(MOST_FOLDS):
                    weights = basis.T @ projected
                    for _ in range(2 * times):
                        x[:n_half] @ weights
    return time.process_time() - start


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("events", 4000), ("features", 768), ("electrodes", 100), ("networks", 4), ("shifts", 40)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--layers", type=int, default=1, help="of each network")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    networks, responses = made(args)
    products = args.networks * bare_products(args)
    print(f"bare products of the analysis without shifts: {products:.1f} s of CPU time", flush=True)
    took = {}
    for n_shifts in (0, args.shifts):
        start = time.process_time()
        encode(networks, responses, EncodingPlan(n_shifts=n_shifts), rng=np.random.default_rng(0), threads=args.threads)
        took[n_shifts] = time.process_time() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(f"{n_shifts} shifts: {took[n_shifts]:.1f} s of CPU time, peak memory {peak:.2f} GB", flush=True)
    each = (took[args.shifts] - took[0]) / args.shifts
    print(f"without shifts {took[0] / products:.2f} of its bare products")
    print(
        f"each shift {each:.2f} s: {each / took[0]:.3f} of that without shifts, {each / products:.2f} of its products"
    )


if __name__ == "__main__":
    main()
