"""torchvision's COCO detector: a stand-in for the Visual Genome detector where that is not at hand.

A region is one of the 36 best boxes, chosen as with the Visual Genome detector (best class of each proposal, then
non-maximum suppression at 0.5, 0.6 or 0.7 over all classes). Its feature is the last stage of the ResNet-50 under the
feature pyramid (layer4, 2,048 channels, a thirty-second of the size), averaged over the box by RoIAlign (7 × 7 cells of
2 × 2 samples).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torchvision.models.detection import FasterRCNN
from torchvision.models.detection.backbone_utils import resnet_fpn_backbone
from torchvision.ops import FrozenBatchNorm2d, clip_boxes_to_image, roi_align

from bids_vlint.networks.checkpoints import State, load_state, read_checkpoint, state_of
from bids_vlint.networks.paper.regions import COCO_NOTE, Detector
from bids_vlint.networks.paper.regions.boxes import best_boxes, corrected, filled, fractions

_REGIONS = 36
_NMS = (0.5, 0.6, 0.7)
_CLASSES = 91  # the first is the background


def build(shortest: int = 800, longest: int = 1333) -> FasterRCNN:
    """Build torchvision's `fasterrcnn_resnet50_fpn` as for its published weights, without any weights."""
    backbone = resnet_fpn_backbone(backbone_name="resnet50", weights=None, norm_layer=FrozenBatchNorm2d)
    module = FasterRCNN(backbone, _CLASSES, min_size=shortest, max_size=longest)
    for part in module.modules():
        if isinstance(part, FrozenBatchNorm2d):
            part.eps = 0.0  # as torchvision sets it for these weights, which were made before there was one
    return module


def renamed(state: State) -> State:
    """Give a state dict of an early torchvision, as the published file is, today's names."""
    names = {k: re.sub(r"(fpn\.(?:inner|layer)_blocks\.\d+)\.(weight|bias)$", r"\1.0.\2", k) for k in state}
    names = {k: re.sub(r"(rpn\.head\.conv)\.(weight|bias)$", r"\1.0.0.\2", v) for k, v in names.items()}
    return {names[k]: v for k, v in state.items() if not k.endswith("num_batches_tracked")}


def coco_detector(weights: Path, module: FasterRCNN | None = None) -> Detector:
    """Build the stand-in from its file; errors as `visual_genome_detector`."""
    module = module or build()
    load_state(module, renamed(state_of(weights, read_checkpoint(weights))), weights)
    module.eval().requires_grad_(False)

    def regions(frames: list[np.ndarray]) -> tuple[Tensor, Tensor]:
        device = next(module.parameters()).device
        with torch.no_grad(), torch.autocast(device.type, enabled=False):
            found = [_regions(module, torch.from_numpy(np.ascontiguousarray(f)).to(device)) for f in frames]
        return torch.stack([f for f, _ in found]), torch.stack([b for _, b in found])

    red, green, blue = module.transform.image_mean
    return Detector(module, regions, (red, green, blue), COCO_NOTE)


def _regions(module: Any, frame: Tensor) -> tuple[Tensor, Tensor]:
    """Regions of a frame, (height, width, 3) uint8: features (36, 2048) and boxes (36, 4) in fractions of it."""
    images, _ = module.transform([frame.permute(2, 0, 1).float() / 255])
    (size,) = images.image_sizes
    stages = module.backbone.body(images.tensors)
    maps = module.backbone.fpn(stages)
    (proposals,), _ = module.rpn(images, maps)
    heads = module.roi_heads
    scores, deltas = _best_class(heads.box_predictor, heads.box_head(heads.box_roi_pool(maps, [proposals], [size])))
    boxes = clip_boxes_to_image(corrected(proposals, deltas, heads.box_coder.weights), size)
    boxes = boxes[best_boxes(boxes, scores, _NMS, _REGIONS, _REGIONS)]
    *_, last = stages.values()
    pooled = roi_align(last, [boxes], 7, spatial_scale=1 / 32, sampling_ratio=2).mean(dim=(2, 3))
    return filled(pooled, _REGIONS), filled(boxes / fractions(size, boxes), _REGIONS)


def _best_class(predictor: nn.Module, hidden: Tensor) -> tuple[Tensor, Tensor]:
    logits, deltas = predictor(hidden)
    scores, classes = logits.softmax(dim=1)[:, 1:].max(dim=1)
    rows = torch.arange(len(logits), device=logits.device)
    return scores, deltas.view(len(logits), -1, 4)[rows, classes + 1]
