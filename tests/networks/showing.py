"""Three frames and three texts, and what a network makes of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from bids_vlint.networks.layers import run_batch
from bids_vlint.networks.network import Network

TEXTS = ["a dog", "the red ball", "a dog sees the red ball"]
FRAMES = [np.random.default_rng(k).integers(0, 255, (6, 8, 3), np.uint8).repeat(8, 0).repeat(8, 1) for k in range(3)]


def shown(network: Network, layers: tuple[str, ...] = (), texts: list[str] | None = None) -> dict[str, torch.Tensor]:
    """Three items in one batch."""
    frames: list[Any] = FRAMES
    if network.clip:
        frames = [clip(network.clip, k) for k in range(3)]
    given = TEXTS if texts is None else texts
    return run_batch(network, frames if network.sees else [], given if network.reads else [], layers)


def clip(times: tuple[float, ...], number: int) -> list[np.ndarray]:
    """A clip of frames that differ."""
    return [FRAMES[(number + k) % 3] for k in range(len(times))]
