"""A cross-validated choice on a card, against the rate at which the card multiplies float32 matrices.

    python -m benchmarks.card_speed [--device cuda] [--events 6000] [--features 768] [--targets 25000]

Ten folds with a gap of 28 events on either side, 7 penalties, as in `choice_speed`. Prints the seconds of the whole
choice (features and responses on their way to the card, factorisations, choices on their way back), of its part with
the targets alone, and how many operations the products that it cannot do without take per second: each event of each
target once, and the predictions of every penalty. Beside it the rate of a bare product of large square matrices, in the
same run, and by how much r differs from numpy's (of the first 500 targets). `--device cpu` is torch's processor.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from benchmarks.choice_speed import folds_of
from bids_vlint.encoding.arrays import OnDevice, in_memory, to_numpy
from bids_vlint.encoding.choice import validation_r
from bids_vlint.encoding.design import CARD_BLOCK_BYTES
from bids_vlint.encoding.folds import Fold
from bids_vlint.encoding.ridge import PENALTIES, band_moments, factorise

_COMPARED = 500


def seconds_of(work: Callable[[], Any], device: torch.device, times: int = 3) -> float:
    """The least of several runs; the first of all is not counted."""
    took = []
    for _ in range(times + 1):
        wait(device)
        start = time.perf_counter()
        work()
        wait(device)
        took.append(time.perf_counter() - start)
    return min(took[1:])


def wait(device: torch.device) -> None:
    """Until the card has done everything."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def choice(x: np.ndarray, blocks: list[Any], folds: list[Fold], on: OnDevice) -> np.ndarray:
    """Index of each target's penalty."""
    layer = factorise(band_moments(x, folds, on=on))
    return np.concatenate([to_numpy(validation_r(layer, folds, on(y))).mean(0).argmax(0) for y in blocks])


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda")
    for flag, default in (("--events", 6000), ("--features", 768), ("--targets", 25000), ("--folds", 10),
                          ("--square", 8192)):  # fmt: skip
        parser.add_argument(flag, type=int, default=default)
    args = parser.parse_args()
    device = torch.device(args.device)

    def on(array: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(array).to(device)

    rng = np.random.default_rng(0)
    x = rng.standard_normal((args.events, args.features), np.float32)
    y = x[:, :20] @ rng.standard_normal((20, args.targets), np.float32) * np.float32(0.1)
    y += rng.standard_normal(y.shape, np.float32)
    y -= y.mean(0)
    step = max(1, CARD_BLOCK_BYTES // (4 * args.events))
    blocks = [np.ascontiguousarray(y[:, k : k + step]) for k in range(0, args.targets, step)]
    folds = folds_of(args.events, args.folds)

    square = torch.randn((args.square, args.square), device=device)
    rate = 2 * args.square**3 / seconds_of(lambda: square @ square, device)
    layer, moved = factorise(band_moments(x, folds, on=on)), [on(block) for block in blocks]
    alone = seconds_of(lambda: [validation_r(layer, folds, block) for block in moved], device)
    whole = seconds_of(lambda: choice(x, blocks, folds, on), device, times=1)
    products = 2 * args.events * args.features * args.targets * (1 + len(PENALTIES))
    few = np.ascontiguousarray(y[:, :_COMPARED])
    ours = validation_r(factorise(band_moments(x, folds, on=in_memory)), folds, few)
    apart = np.abs(ours - to_numpy(validation_r(layer, folds, on(few)))).max()

    print(f"{torch.cuda.get_device_name(device) if device.type == 'cuda' else 'torch on processors'}")
    print(f"bare product of {args.square} x {args.square}: {rate / 1e12:.2f} million million operations a second")
    for name, took in (("choice, targets alone", alone), ("choice, whole", whole)):
        print(f"{name}: {took:.3f} s, {products / took / 1e12:.2f}, {products / took / rate:.2f} of the bare rate")
    print(f"r differs from numpy's by at most {apart:.1e}")


if __name__ == "__main__":
    main()
