"""Image networks of timm, by name: a checkpoint file, or a pretrained tag from the hub's local cache."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import numpy as np

from bids_vlint.errors import InputError, cannot_use, did_you_mean
from bids_vlint.networks.checkpoints import State, load_state, read_checkpoint, state_of
from bids_vlint.networks.family import Family
from bids_vlint.networks.network import Inputs, Network, Outputs, seeded
from bids_vlint.networks.resources import names_a_file, weights_path
from bids_vlint.networks.specification import ModelSpec


def _build(spec: ModelSpec, seed: int, models_dir: Path | None) -> tuple[Network, ...]:
    """Build the network with its weights, or as its own initialiser leaves it.

    The default layer is `pooled`: what the classifier would get. Frames are prepared as the network's own
    configuration says.

    Raises
    ------
    InputError
        65 for an unknown architecture or a checkpoint that does not fit, 66 for weights that are not there.
    """
    import torch
    from timm.data import create_transform, resolve_model_data_config
    from torchvision.transforms.functional import to_pil_image

    module = _create(spec, seed)
    if spec.trained:
        path = _files(spec, models_dir)[0]
        state = _state(module, path)
        load_state(module, state, path, unused=_classifier(module))
    module.eval()
    transform = create_transform(**resolve_model_data_config(module), is_training=False)

    def prepare(frames: list[np.ndarray], _texts: list[str], _length: int | None) -> Inputs:
        return {"x": torch.stack([transform(to_pil_image(frame)) for frame in frames])}

    def forward(inputs: Inputs) -> Outputs:
        return {"pooled": module.forward_head(module.forward_features(inputs["x"]), pre_logits=True)}

    return (Network(module, sees=True, reads=False, prepare=prepare, forward=forward),)


def _files(spec: ModelSpec, models_dir: Path | None) -> list[Path]:
    """List the files that the network is made of; none for a random twin."""
    return [weights_path(spec, models_dir)] if spec.trained else []


def _name(spec: ModelSpec) -> str:
    """Architecture with its pretrained tag, which also says how frames are prepared."""
    tag = spec.weights if spec.weights and not names_a_file(spec.weights) else None
    return f"{spec.architecture}.{tag}" if tag else str(spec.architecture)


def _create(spec: ModelSpec, seed: int) -> Any:
    import timm

    try:
        with seeded(f"{seed}/{spec.label}"):
            return timm.create_model(_name(spec), pretrained=False)
    except RuntimeError as error:  # an unknown architecture or tag
        known = timm.list_models() if "." not in _name(spec) else timm.list_pretrained()
        wrong = f"network {spec.name!r}: timm knows no {_name(spec)!r}"
        raise InputError(spec.folder, wrong, did_you_mean(_name(spec), known)) from error


def _classifier(module: Any) -> tuple[str, ...]:
    """Beginnings of the classifier's parameter names: it is not used, and may have any number of classes."""
    names = module.pretrained_cfg.get("classifier") or ()
    return tuple(f"{n}." for n in ((names,) if isinstance(names, str) else names))


def _state(module: Any, path: Path) -> State:
    """Read a checkpoint under timm's parameter names."""
    state = state_of(path, read_checkpoint(path))
    if "_conv_stem.weight" in state:
        return _from_efficientnet_pytorch(module, state)
    convert = getattr(sys.modules[type(module).__module__], "checkpoint_filter_fn", None)
    if convert is None:
        return state
    try:  # as timm does with every file: other names, buffers that are no weights
        return dict(convert(state, module))
    except Exception as error:
        wrong = f"this checkpoint does not fit its network ({type(error).__name__}: {error})"
        raise cannot_use(path, error, wrong, "name the architecture that this checkpoint was made with") from error


def _from_efficientnet_pytorch(module: Any, state: State) -> State:
    """Rename the parameters of the package efficientnet_pytorch, which numbers blocks through all stages."""
    flat = [(s, b) for s, stage in enumerate(module.blocks) for b in range(len(stage))]
    top = {"_conv_stem": "conv_stem", "_bn0": "bn1", "_conv_head": "conv_head", "_bn1": "bn2", "_fc": "classifier"}
    expanded = {"_expand_conv": "conv_pw", "_bn0": "bn1", "_depthwise_conv": "conv_dw", "_bn1": "bn2"}
    expanded |= {"_project_conv": "conv_pwl", "_bn2": "bn3"}
    separable = {"_depthwise_conv": "conv_dw", "_bn1": "bn1", "_project_conv": "conv_pw", "_bn2": "bn2"}
    squeeze = {"_se_reduce": "se.conv_reduce", "_se_expand": "se.conv_expand"}
    out = {}
    for name, value in state.items():
        match = re.fullmatch(r"_blocks\.(\d+)\.(\w+)\.(\w+)", name)
        if not match or int(match[1]) >= len(flat):
            first, _, rest = name.partition(".")
            out[f"{top.get(first, first)}.{rest}"] = value
            continue
        stage, block = flat[int(match[1])]
        inside = (expanded if hasattr(module.blocks[stage][block], "conv_pwl") else separable) | squeeze
        out[f"blocks.{stage}.{block}.{inside.get(match[2], match[2])}.{match[3]}"] = value
    return out


TIMM = Family("timm", build=_build, files=_files, packages=("timm", "torchvision"), needs=("architecture",))
