"""The Visual Genome detector: Faster R-CNN on ResNet-101 (C4) with 1,600 classes and 400 attributes.

The network of Anderson et al. (2018, "Bottom-up and top-down attention"), whose features LXMERT and VisualBERT were
trained on, with the parameter names of the public weights `unc-nlp/frcnn-vg-finetuned`, so that these load as they
are. Steps and numbers are those of the published code (huggingface/transformers, examples/research_projects/lxmert)
and of the weights' `config.yaml`.

Frames enter in the order blue, green, red, in which the network was trained and its `pixel_mean` is given; the
published script does the same with images from the web (`input.format` BGR), and swaps red and blue of local files.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision.ops import clip_boxes_to_image

from bids_vlint.networks.checkpoints import load_state, read_checkpoint, state_of
from bids_vlint.networks.paper.regions import Detector
from bids_vlint.networks.paper.regions.boxes import best_boxes, corrected, filled, fractions
from bids_vlint.networks.paper.regions.config import Config, read_detector_config
from bids_vlint.networks.paper.regions.heads import RegionHead
from bids_vlint.networks.paper.regions.proposals import Proposals
from bids_vlint.networks.paper.regions.resnet import Backbone


class FasterRCNN(nn.Module):
    """The detector; module paths are the public weights'."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.backbone = Backbone(config)
        self.proposal_generator = Proposals(config)
        self.roi_heads = RegionHead(config)
        self.config = config

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Find the regions of one prepared frame.

        Parameters
        ----------
        image : (1, 3, height, width) float32

        Returns
        -------
        tuple of Tensor
            Features (most, width) and boxes (most, 4) in fractions of the frame; zeros where there are fewer.
        """
        config, size = self.config, (image.shape[2], image.shape[3])
        maps = self.backbone(image)
        proposals = self.proposal_generator(maps, size)
        features, scores, deltas = self.roi_heads(maps, proposals)
        boxes = clip_boxes_to_image(corrected(proposals, deltas, config.region_weights), size)
        chosen = best_boxes(boxes, scores, config.region_nms, config.fewest, config.most)
        return filled(features[chosen], config.most), filled(boxes[chosen] / fractions(size, boxes), config.most)


def size_within(height: int, width: int, shortest: int, longest: int) -> tuple[int, int]:
    """Height and width of a frame whose shorter edge becomes `shortest` and whose longer is at most `longest`."""
    scale = shortest / min(height, width)
    new: tuple[float, float] = (shortest, scale * width) if height < width else (scale * height, shortest)
    if max(new) > longest:
        scale = longest / max(new)
        new = (new[0] * scale, new[1] * scale)
    return int(new[0] + 0.5), int(new[1] + 0.5)


def prepared(frame: np.ndarray, config: Config, device: torch.device) -> Tensor:
    """Resize and normalise a frame, (height, width, 3) uint8 RGB, to (1, 3, new height, new width) in BGR."""
    image = torch.from_numpy(np.ascontiguousarray(frame[..., ::-1])).to(device).permute(2, 0, 1)[None].float()
    size = size_within(frame.shape[0], frame.shape[1], config.shortest, config.longest)
    image = functional.interpolate(image, size, mode="bilinear", align_corners=False)
    mean, std = (image.new_tensor(v).view(3, 1, 1) for v in (config.mean, config.std))
    return (image - mean) / std


def visual_genome_detector(config_file: Path, weights: Path) -> Detector:
    """Build the detector from its two files.

    Raises
    ------
    InputError
        65 for a file that cannot be read, and for weights that are missing, left over or of another shape.
    """
    config = read_detector_config(config_file)
    module = FasterRCNN(config)
    state = state_of(weights, read_checkpoint(weights))
    # a counter of training steps that evaluation has no use for; files differ in its shape
    load_state(module, {k: v for k, v in state.items() if not k.endswith("num_batches_tracked")}, weights)
    module.eval().requires_grad_(False)

    def regions(frames: list[np.ndarray]) -> tuple[Tensor, Tensor]:
        device = next(module.parameters()).device
        # frame by frame: a frame fills a machine as it is, and its regions cannot depend on the others'
        with torch.no_grad(), torch.autocast(device.type, enabled=False):
            found = [module(prepared(frame, config, device)) for frame in frames]
        return torch.stack([f for f, _ in found]), torch.stack([b for _, b in found])

    blue, green, red = (value / 255 for value in config.mean)
    return Detector(module, regions, (red, green, blue), None)
