"""CPU time of the operators of two joined bands of features, at every mixture of their penalties.

    .venv/bin/python -m benchmarks.joined_speed

Ten folds, seven penalties, three mixtures, one thread: together, as a pair of the linear control or a network joined
with the low-level features needs them, and one mixture after the other.
"""

from __future__ import annotations

import time

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.choice_speed import folds_of
from bids_vlint.encoding.joint import FIRST_FREER, MIXTURES
from bids_vlint.encoding.ridge import band_moments, factorise_mixtures

SIZES = ((1868, (768, 768), MIXTURES), (4000, (768, 768), MIXTURES), (4000, (30, 768), FIRST_FREER))


def main() -> None:
    """Measure."""
    rng = np.random.default_rng(0)
    print("| events | features | together, s | one by one, s |\n|---|---|---|---|")
    with threadpool_limits(1, user_api="blas"):
        for n_events, widths, mixtures in SIZES:
            bands = [rng.standard_normal((n_events, p)).astype(np.float32) for p in widths]
            sums = band_moments(bands, folds_of(n_events, 10))
            start = time.process_time()
            factorise_mixtures(sums, mixtures)
            together = time.process_time()
            for mixture in mixtures:
                factorise_mixtures(sums, [mixture])
            alone = time.process_time() - together
            print(f"| {n_events} | {' + '.join(map(str, widths))} | {together - start:.1f} | {alone:.1f} |", flush=True)


if __name__ == "__main__":
    main()
