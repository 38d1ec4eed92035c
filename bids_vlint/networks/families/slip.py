"""The SLIP repository's networks (SLIP, CLIP, SimCLR at small, base, large), from its checkpoints as they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from bids_vlint.errors import InputError
from bids_vlint.networks.checkpoints import State, load_state, read_checkpoint, state_of
from bids_vlint.networks.family import Family
from bids_vlint.networks.network import Inputs, Network, Outputs, seeded
from bids_vlint.networks.paper.slip_module import (
    SlipText,
    build_slip,
    count_clip_tokens,
    geometry_of,
    image_size,
    text_of,
    tokens_of,
)
from bids_vlint.networks.shown import reads, sees
from bids_vlint.networks.specification import ModelSpec

_TEXT_KEYS = ("token_embedding.", "positional_embedding", "transformer.", "ln_final.", "text_projection")
_PROJECTED = 512  # width of the space in which image and text are compared, as published
_IMAGENET = {"mean": (0.485, 0.456, 0.406), "std": (0.229, 0.224, 0.225)}


def _build(spec: ModelSpec, seed: int, models_dir: Path | None) -> tuple[Network, ...]:
    """Build the towers that the spec asks for: the image tower unless `tower` says text or both.

    `architecture` is timm's name of the image tower (`vit_base_patch16_224`; a small one has 12 heads, as its authors
    gave it), or `vit(width=96, depth=4, heads=3, patch=16, image=64)`, with `+ text(width=64, depth=2, heads=2,
    context=32, vocabulary=49408)` where the text tower is not the published one. The default layers are the class
    token after the final norm (`visual`) and the end-of-text token after the text tower's (`end_of_text`).

    Raises
    ------
    InputError
        65 for an unknown architecture, or a checkpoint with weights that are missing, left over or of other shapes.
    """
    if spec.trained:
        module, text = _trained(spec)
    else:
        module, text = _random(spec, seed)
    module.eval()
    towers = [_image_tower(module)] if sees(spec) else []
    return (*towers, _text_tower(spec, module, text or SlipText())) if reads(spec) else tuple(towers)


def _files(spec: ModelSpec, models_dir: Path | None) -> list[Path]:
    """List the files that the network is made of; a random twin's text tower may take its size from one."""
    shapes = reads(spec) and spec.weights is not None and not geometry_of(spec).complete
    return [Path(str(spec.weights))] if spec.trained or shapes else []


def _trained(spec: ModelSpec) -> tuple[Any, SlipText | None]:
    geometry, path = geometry_of(spec), Path(str(spec.weights))
    state = state_of(path, read_checkpoint(path))
    if reads(spec) and "token_embedding.weight" not in state:
        raise InputError(path, f"this checkpoint has no text tower for network {spec.name!r}", "use tower = image")
    # a text tower that is there has to fit too, used or not: SimCLR's checkpoints alone have none
    text = text_of(spec, geometry, state) if any(k.startswith(_TEXT_KEYS) for k in state) else None
    projection = state.get("text_projection")
    projected = _PROJECTED if projection is None else int(projection.shape[-1])
    module = build_slip(spec, geometry.visual, text, projected=projected)
    load_state(module, state, path, unused=("image_mlp.",))  # the head of SimCLR's loss: no feature is made of it
    return module, text


def _random(spec: ModelSpec, seed: int) -> tuple[Any, SlipText | None]:
    geometry = geometry_of(spec)
    state: State = {}
    for path in _files(spec, None):
        state = state_of(path, read_checkpoint(path))
    text = text_of(spec, geometry, state) if reads(spec) else None
    with seeded(f"{seed}/{spec.label}"):
        return build_slip(spec, geometry.visual, text), text


def _image_tower(module: Any) -> Network:
    """Frames: shorter side to the network's size, centre crop, ImageNet statistics, as its authors evaluate it."""
    import torch
    from torchvision import transforms

    size = image_size(module)
    steps = [transforms.ToPILImage(), transforms.Resize(size), transforms.CenterCrop(size)]
    transform = transforms.Compose([*steps, transforms.ToTensor(), transforms.Normalize(**_IMAGENET)])

    def prepare(frames: list[np.ndarray], _texts: list[str], _length: int | None) -> Inputs:
        return {"image": torch.stack([transform(frame) for frame in frames])}

    def forward(inputs: Inputs) -> Outputs:
        return {"visual": module.visual(inputs["image"])}

    return Network(module, sees=True, reads=False, prepare=prepare, forward=forward, blank=_IMAGENET["mean"])


def _text_tower(spec: ModelSpec, module: Any, text: SlipText) -> Network:
    if text.vocabulary < SlipText.vocabulary:
        wrong = f"network {spec.name!r} knows {text.vocabulary} tokens and not CLIP's {SlipText.vocabulary}"
        raise InputError(spec.weights or spec.folder, wrong, "use tower = image")

    def prepare(_frames: list[np.ndarray], texts: list[str], _length: int | None) -> Inputs:
        return {"tokens": tokens_of(texts, text.context)}

    def forward(inputs: Inputs) -> Outputs:
        return {"end_of_text": module.read(inputs["tokens"])}

    limit = min(text.context, spec.context_length or text.context)
    return Network(module, False, True, prepare, forward, count=count_clip_tokens, limit=limit)


SLIP = Family(
    "slip",
    build=_build,
    files=_files,
    packages=("timm", "open_clip_torch", "torchvision"),
    needs=("architecture",),
    needs_trained=("weights",),
    image_tower_first=True,
    works=("mu2022",),
)
