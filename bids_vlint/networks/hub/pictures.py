"""Frames and clips for a transformers network, through its own image or video processor."""

from __future__ import annotations

from typing import Any

import numpy as np

from bids_vlint.networks.hub.loader import load_pretrained
from bids_vlint.networks.network import Inputs
from bids_vlint.networks.specification import ModelSpec

_CLIP_S = 2.0  # seconds of the film, up to the event, that a video encoder sees
FRAMES = {"input_data_format": "channels_last", "return_tensors": "pt"}


def clip_of(config: Any) -> tuple[float, ...]:
    """Times of a video encoder's frames relative to the event, in seconds; empty for networks that see one frame.

    As many as its configuration says, evenly spaced over 2 s, the last at the event.
    """
    vision = getattr(config, "vision_config", None)
    for part in (config, vision):
        for name in ("frames_per_clip", "num_frames"):
            number = getattr(part, name, None)
            if isinstance(number, int) and number > 1:
                return tuple(np.linspace(-_CLIP_S, 0, number).round(6).tolist())
    return ()


def image_reader(spec: ModelSpec) -> Any:
    """Return a function that makes inputs of frames."""
    processor = load_pretrained(spec, "AutoImageProcessor", "image processor")

    def read(frames: list[np.ndarray]) -> Inputs:
        return dict(processor(images=frames, **FRAMES))

    return read


def clip_reader(spec: ModelSpec, config: Any) -> Any:
    """Return a function that makes inputs of clips, each a list of frames."""
    if config.model_type == "xclip":  # it has a processor of frames alone
        of_frames = image_reader(spec)
        return lambda clips: {
            name: value.unflatten(0, (len(clips), -1))
            for name, value in of_frames([frame for clip in clips for frame in clip]).items()
        }
    processor = load_pretrained(spec, "AutoVideoProcessor", "video processor")

    def read(clips: list[list[np.ndarray]]) -> Inputs:
        videos = [np.stack(clip) for clip in clips]
        return dict(processor(videos=videos, do_sample_frames=False, **FRAMES))

    return read
