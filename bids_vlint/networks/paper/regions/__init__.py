"""Region features of frames: what LXMERT and VisualBERT see instead of pixels.

The detector is part of a network's preprocessing. A random twin sees the regions of the same trained detector as the
trained network (only its own weights are random), so a twin, too, needs the detector's files.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bids_vlint.networks.resources import COCO, detector_paths

COCO_NOTE = (
    "Region features are of torchvision's COCO detector (fasterrcnn_resnet50_fpn), a stand-in that is not equivalent "
    "to the Visual Genome detector whose features the published network was trained on."
)


@dataclass(frozen=True)
class Detector:
    """A trained object detector.

    Attributes
    ----------
    module : torch.nn.Module
        In evaluation mode, float32. It runs where its parameters are.
    regions : frames -> (features, boxes)
        Frames are (height, width, 3) uint8 RGB. Features are (n, 36, 2048) float32, boxes (n, 36, 4) float32: x1, y1,
        x2, y2 divided by the frame's width and height; best first. Regions that a frame lacks are zeros in both.
    blank : (red, green, blue)
        Between 0 and 1: the mean of its pictures.
    note : str | None
        What reports say of it; None for the Visual Genome detector.
    """

    module: Any
    regions: Callable[[list[np.ndarray]], tuple[Any, Any]]
    blank: tuple[float, float, float]
    note: str | None


def detector(
    regions: str,
    revision: str | None = None,
    models_dir: Path | None = None,
    *,
    name: str,
    folder: Path | None = None,
) -> Detector:
    """Build the detector that a model set's `regions` names.

    Parameters
    ----------
    regions : str
        The Visual Genome detector, as a hub id (`unc-nlp/frcnn-vg-finetuned`) or a folder with its `config.yaml` and
        `pytorch_model.bin`; or `coco` for torchvision's COCO detector, a stand-in.
    revision : str | None
        Of the hub's repository.
    models_dir, folder : Path | None
        Where its files are looked for: `--models-dir`, the model set's folder.
    name : str
        The network that asks, for messages.

    Raises
    ------
    InputError
        66 where its files are in none of the places; 65 for files that do not fit.
    """
    from bids_vlint.networks.paper.regions import coco, visual_genome

    found = detector_paths(regions, revision, models_dir, folder=folder, name=name)
    return coco.coco_detector(found[0]) if regions == COCO else visual_genome.visual_genome_detector(*found)
