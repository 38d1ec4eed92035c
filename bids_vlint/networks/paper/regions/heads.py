"""Per proposal: the feature, the class, and the box of that class."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torchvision.ops import roi_pool

from bids_vlint.networks.paper.regions.config import Config
from bids_vlint.networks.paper.regions.resnet import Backbone, stage

_AT_ONCE = 64  # proposals in one pass of res5, which at full size takes some 8 MB for each


class Predictor(nn.Module):
    """Class scores (the last is the background) and a correction of the box for each class."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        width, classes = config.width, config.classes
        self.cls_score = nn.Linear(width, classes + 1)
        self.bbox_pred = nn.Linear(width, 4 * classes)
        # attributes were learnt along with the classes; no feature is made of them, but the public weights have them
        self.cls_embedding = nn.Embedding(classes + 1, width // 8)
        self.fc_attr = nn.Linear(width + width // 8, width // 4)
        self.attr_score = nn.Linear(width // 4, config.attributes + 1)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Find the best class: (n, width) to its probability (n,) and its correction (n, 4)."""
        scores, classes = self.cls_score(features).softmax(dim=1)[:, :-1].max(dim=1)
        deltas = self.bbox_pred(features).view(len(features), self.bbox_pred.out_features // 4, 4)
        return scores, deltas[torch.arange(len(features), device=features.device), classes]


class RegionHead(nn.Module):
    """The feature of a proposal is res5 on what the box holds, averaged over its positions."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        # for Visual Genome res5 keeps the resolution: no stride, and its convolutions are dilated instead
        how = {"stride": 2} if config.halve_res5 else {"stride": 1, "dilation": 2}
        self.res5 = stage(config, 5, 3, **how)
        self.box_predictor = Predictor(config)
        self.pooled = config.pooled

    def forward(self, features: Tensor, boxes: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Describe proposals.

        Parameters
        ----------
        features : (1, c, h, w)
        boxes : (n, 4)
            In pixels of the resized frame.

        Returns
        -------
        tuple of Tensor
            Features (n, width), probabilities of the best class (n,), corrections of the boxes (n, 4).
        """
        parts = [roi_pool(features, [b], self.pooled, 1 / Backbone.stride) for b in boxes.split(_AT_ONCE)]
        pooled = torch.cat([self.res5(p).mean(dim=(2, 3)) for p in parts])
        return (pooled, *self.box_predictor(pooled))
