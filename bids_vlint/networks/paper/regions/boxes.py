"""Boxes x1, y1, x2, y2: from a network's corrections to boxes, and the best that overlap little."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional
from torchvision.ops import nms

_MOST_GROWTH = math.log(1000 / 16)  # of a side, as a logarithm: Detectron's limit


def corrected(boxes: Tensor, deltas: Tensor, weights: tuple[float, ...]) -> Tensor:
    """Apply corrections to boxes (Faster R-CNN's parametrisation).

    Parameters
    ----------
    boxes, deltas : (n, 4) float32
        A delta is the shift of the centre in widths and heights, and the logarithm of the growth of both sides.
    weights : four numbers
        That the deltas were multiplied with in training.

    Returns
    -------
    (n, 4) float32
    """
    sides = boxes[:, 2:] - boxes[:, :2]
    centres = boxes[:, :2] + 0.5 * sides
    moved = deltas / deltas.new_tensor(weights)
    centres = moved[:, :2] * sides + centres
    sides = moved[:, 2:].clamp(max=_MOST_GROWTH).exp() * sides
    return torch.cat((centres - 0.5 * sides, centres + 0.5 * sides), dim=1)


def best_boxes(boxes: Tensor, scores: Tensor, thresholds: tuple[float, ...], fewest: int, most: int) -> Tensor:
    """Choose the best boxes of a frame by non-maximum suppression that ignores classes.

    The first threshold that leaves at least `fewest` boxes is used, as in the published code. Where none does, that
    code has no answer; here the suppressed boxes follow those that the last threshold leaves, best first.

    Parameters
    ----------
    boxes : (n, 4) float32
    scores : (n,) float32
    thresholds : intersections over union above which the worse box is dropped, in order

    Returns
    -------
    (n_chosen,) int64
        Their numbers, at most `most`.
    """
    kept = torch.empty(0, dtype=torch.int64, device=boxes.device)
    for threshold in thresholds:
        kept = nms(boxes, scores, threshold)
        if len(kept) >= fewest:
            break
    order = scores.argsort(descending=True, stable=True)
    rest = order[~torch.isin(order, kept)]
    return torch.cat((kept, rest))[:most]


def fractions(size: tuple[int, int], like: Tensor) -> Tensor:
    """What pixels of a frame of `size` (height, width) are divided by: (4,)."""
    height, width = size
    return like.new_tensor([width, height, width, height])


def filled(rows: Tensor, count: int) -> Tensor:
    """Add rows of zeros up to `count`."""
    return functional.pad(rows, (0, 0, 0, count - len(rows)))
