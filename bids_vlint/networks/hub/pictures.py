"""Frames and clips for a transformers network, through its own image or video processor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bids_vlint.networks.hub.loader import load_pretrained
from bids_vlint.networks.network import Inputs
from bids_vlint.networks.specification import ModelSpec

_CLIP_S = 2.0  # seconds of the film, up to the event, that a video encoder sees
FrameReader = Callable[[list[Any]], Inputs]
Color = tuple[float, float, float]
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


def blank_of(processor: Any) -> Color:
    """Return `Network.blank`: the mean that an image or video processor takes off; grey where it says none."""
    mean = np.ravel(getattr(processor, "image_mean", None) or 0.5).astype(float)
    red, green, blue = (mean if len(mean) == 3 else np.repeat(mean[:1], 3)).tolist()
    return red, green, blue


def image_reader(spec: ModelSpec) -> tuple[FrameReader, Color]:
    """Return a function that makes inputs of frames, and `Network.blank`."""
    processor = load_pretrained(spec, "AutoImageProcessor", "image processor")

    def read(frames: list[np.ndarray]) -> Inputs:
        return dict(processor(images=frames, **FRAMES))

    return read, blank_of(processor)


def clip_reader(spec: ModelSpec, config: Any) -> tuple[FrameReader, Color]:
    """Return a function that makes inputs of clips, each a list of frames, and `Network.blank`."""
    if config.model_type == "xclip":  # it has a processor of frames alone
        of_frames, blank = image_reader(spec)

        def each(clips: list[list[np.ndarray]]) -> Inputs:
            inputs = of_frames([frame for clip in clips for frame in clip])
            return {name: value.unflatten(0, (len(clips), -1)) for name, value in inputs.items()}

        return each, blank
    processor = load_pretrained(spec, "AutoVideoProcessor", "video processor")

    def read(clips: list[list[np.ndarray]]) -> Inputs:
        videos = [np.stack(clip) for clip in clips]
        return dict(processor(videos=videos, do_sample_frames=False, **FRAMES))

    return read, blank_of(processor)
