"""Region proposals: where in a frame an object of any kind may be."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision.ops import clip_boxes_to_image, nms

from bids_vlint.networks.paper.regions.boxes import corrected
from bids_vlint.networks.paper.regions.config import Config
from bids_vlint.networks.paper.regions.resnet import Backbone


class Anchors(nn.Module):
    """Boxes of every size and shape at every position; the public weights hold those of one position."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        sides = []
        for size in config.anchor_sizes:
            for ratio in config.anchor_ratios:
                width = (size**2 / ratio) ** 0.5
                sides.append((width, ratio * width))
        half = torch.tensor(sides) / 2
        self.cell_anchors = nn.ParameterList([nn.Parameter(torch.cat((-half, half), dim=1), requires_grad=False)])
        self.offset = config.anchor_offset

    def forward(self, height: int, width: int) -> Tensor:
        """Anchors of (height, width) positions, (height · width · n_anchors, 4) in pixels of the resized frame."""
        cell = self.cell_anchors[0]
        steps = [(torch.arange(n, device=cell.device) + self.offset) * Backbone.stride for n in (height, width)]
        y, x = torch.meshgrid(*steps, indexing="ij")
        shifts = torch.stack((x, y, x, y), dim=-1).reshape(-1, 1, 4)
        return (shifts + cell).reshape(-1, 4)


class ProposalHead(nn.Module):
    """Per anchor, how likely it holds an object, and the correction of its box."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        inputs, anchors = 4 * config.res2_width, len(config.anchor_sizes) * len(config.anchor_ratios)
        hidden = inputs if config.hidden == -1 else config.hidden
        self.conv = nn.Conv2d(inputs, hidden, 3, padding=1)
        self.objectness_logits = nn.Conv2d(hidden, anchors, 1)
        self.anchor_deltas = nn.Conv2d(hidden, 4 * anchors, 1)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """(1, c, h, w) to scores (h · w · n_anchors,) and corrections (h · w · n_anchors, 4), in the anchors' order."""
        x = functional.relu(self.conv(features))
        scores, deltas = self.objectness_logits(x)[0], self.anchor_deltas(x)[0]
        return scores.permute(1, 2, 0).flatten(), deltas.permute(1, 2, 0).reshape(-1, 4)


class Proposals(nn.Module):
    """The best boxes of a frame."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.anchor_generator = Anchors(config)
        self.rpn_head = ProposalHead(config)
        self.config = config

    def forward(self, features: Tensor, size: tuple[int, int]) -> Tensor:
        """Propose boxes in a frame of `size` (height, width) pixels.

        Parameters
        ----------
        features : (1, c, h, w)

        Returns
        -------
        (at most after_nms, 4) float32
            Best first.
        """
        scores, deltas = self.rpn_head(features)
        anchors = self.anchor_generator(*features.shape[-2:])
        scores, order = scores.sort(descending=True, stable=True)
        scores, order = scores[: self.config.before_nms], order[: self.config.before_nms]
        boxes = corrected(anchors[order], deltas[order], self.config.proposal_weights)
        boxes = clip_boxes_to_image(boxes, size)
        there = ((boxes[:, 2:] - boxes[:, :2]) > self.config.proposal_side).all(dim=1)
        boxes, scores = boxes[there], scores[there]
        return boxes[nms(boxes, scores, self.config.proposal_nms)[: self.config.after_nms]]
