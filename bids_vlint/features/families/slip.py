"""The SLIP repository's networks (SLIP, CLIP, SimCLR at small, base, large), from its checkpoints as they are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bids_vlint.errors import InputError
from bids_vlint.features.checkpoints import load_state, read_checkpoint, state_of
from bids_vlint.features.network import Inputs, Network, Outputs, seeded
from bids_vlint.features.slip_module import (
    Geometry,
    Text,
    build_module,
    geometry_of,
    image_size,
    text_of,
    tokens_of,
)
from bids_vlint.inputs.model_set import reads, sees
from bids_vlint.types import ModelSpec

PACKAGES = ("timm", "open_clip_torch", "torchvision")
IMAGENET = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}


def build(spec: ModelSpec, seed: int, models_dir: Path | None) -> tuple[Network, ...]:
    """Build the towers that the spec asks for: the image tower unless `tower` says text or both.

    `architecture` is timm's name of the image tower (`vit_base_patch16_224`; a small one has 12 heads, as its authors
    gave it), or `vit(width=96, depth=4, heads=3, patch=16, image=64)`, with `+ text(width=64, depth=2, heads=2,
    context=32, vocabulary=49408)` where the text tower is not the published one. The default layers are the class
    token after the final norm (`visual`) and the end-of-text token after the text tower's (`text`).

    Raises
    ------
    InputError
        65 for an unknown architecture, or a checkpoint with weights that are missing, left over or of other shapes.
    """
    geometry = geometry_of(spec)
    if spec.trained:
        module, text = _trained(spec, geometry)
    else:
        text = _text_of_twin(spec, geometry) if reads(spec) else None
        with seeded(f"{seed}/{spec.label}"):
            module = build_module(spec, replace(geometry, text=text))
    module.eval()
    towers = [_image_tower(module)] if sees(spec) else []
    return (*towers, _text_tower(spec, module, text or Text())) if reads(spec) else tuple(towers)


def files(spec: ModelSpec, models_dir: Path | None) -> list[Path]:
    """List the files that the network is made of; a random twin's text tower may take its size from one."""
    shapes = reads(spec) and spec.weights is not None and geometry_of(spec).text is None
    return [Path(str(spec.weights))] if spec.trained or shapes else []


def _trained(spec: ModelSpec, geometry: Geometry) -> tuple[Any, Text | None]:
    path = Path(str(spec.weights))
    state = state_of(path, read_checkpoint(path))
    text = text_of(state, geometry.text) if "token_embedding.weight" in state else None
    projection = state.get("text_projection")
    projected = None if text is None else 512 if projection is None else int(projection.shape[-1])
    if text is None and reads(spec):
        raise InputError(path, f"this checkpoint has no text tower for network {spec.name!r}", "use tower = image")
    if text is not None and text.width % text.heads:
        raise InputError(path, f"its text tower is {text.width} wide", "give a number of heads that divides it")
    module = build_module(spec, replace(geometry, text=text), projected=projected)
    load_state(module, state, path, unused=("image_mlp.",))  # the head of SimCLR's loss: no feature is made of it
    return module, text


def _text_of_twin(spec: ModelSpec, geometry: Geometry) -> Text:
    """Size of a random text tower: as `architecture` says, else as the checkpoint's shapes, else the published one."""
    if geometry.text is None and spec.weights is not None:
        state = state_of(Path(spec.weights), read_checkpoint(Path(spec.weights)))
        return text_of(state, None) if "token_embedding.weight" in state else Text()
    return geometry.text or Text()


def _image_tower(module: Any) -> Network:
    """Frames: shorter side to the network's size, centre crop, ImageNet statistics, as its authors evaluate it."""
    import torch
    from torchvision import transforms

    size = image_size(module)
    steps = [transforms.ToPILImage(), transforms.Resize(size), transforms.CenterCrop(size)]
    transform = transforms.Compose([*steps, transforms.ToTensor(), transforms.Normalize(**IMAGENET)])

    def prepare(frames: list[np.ndarray], _texts: list[str], _length: int | None) -> Inputs:
        return {"image": torch.stack([transform(frame) for frame in frames])}

    def forward(inputs: Inputs) -> Outputs:
        return {"visual": module.visual(inputs["image"])}

    return Network(module, sees=True, reads=False, prepare=prepare, forward=forward)


def _text_tower(spec: ModelSpec, module: Any, text: Text) -> Network:
    if text.vocabulary < Text.vocabulary:
        wrong = f"network {spec.name!r} knows {text.vocabulary} tokens and not CLIP's {Text.vocabulary}"
        raise InputError(spec.weights or spec.folder, wrong, "use tower = image")

    def prepare(_frames: list[np.ndarray], texts: list[str], _length: int | None) -> Inputs:
        return {"tokens": tokens_of(texts, text.context)}

    def forward(inputs: Inputs) -> Outputs:
        return {"text": module.read(inputs["tokens"])}

    return Network(module, sees=False, reads=True, prepare=prepare, forward=forward)
