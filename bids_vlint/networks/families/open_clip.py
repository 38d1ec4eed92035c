"""Contrastive image-text networks of open_clip, by name: a checkpoint file, or a tag from the local cache."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bids_vlint.errors import Exit, InputError, cannot_use, did_you_mean
from bids_vlint.networks.checkpoints import read_checkpoint
from bids_vlint.networks.family import Family
from bids_vlint.networks.network import Inputs, Network, Outputs, offline, quiet, seeded
from bids_vlint.networks.resources import fetch_hint, names_a_file, tag_of, weights_path
from bids_vlint.networks.shown import reads, sees
from bids_vlint.networks.specification import ModelSpec


def _build(spec: ModelSpec, seed: int, models_dir: Path | None) -> tuple[Network, ...]:
    """Build the towers that the spec asks for: the image tower unless `tower` says text or both.

    The default layers are the embeddings that the two towers are compared by (`image_embedding`, `text_embedding`).

    Raises
    ------
    InputError
        65 for an unknown architecture, tag or a checkpoint that does not fit, 66 for weights that are not there.
    """
    module = _create(spec, seed, models_dir)
    if spec.trained:
        _load(module, _files(spec, models_dir)[0])
    module.eval()
    towers = [_image_tower(module)] if sees(spec) else []
    return (*towers, _text_tower(module, spec, models_dir)) if reads(spec) else tuple(towers)


def _files(spec: ModelSpec, models_dir: Path | None) -> list[Path]:
    """List the files that the network is made of; none for a random twin."""
    return [weights_path(spec, models_dir)] if spec.trained else []


def _tag(spec: ModelSpec) -> dict[str, Any]:
    import open_clip

    tag_of(spec)  # says what is unknown
    return open_clip.get_pretrained_cfg(str(spec.architecture), str(spec.weights))


def _create(spec: ModelSpec, seed: int, models_dir: Path | None) -> Any:
    """Build the architecture as its tag says (activation, pixel statistics), with random weights."""
    import open_clip

    architecture = str(spec.architecture)
    if architecture not in open_clip.list_models():
        wrong = f"network {spec.name!r}: open_clip knows no {architecture!r}"
        raise InputError(spec.folder, wrong, did_you_mean(architecture, open_clip.list_models()))
    tag = _tag(spec) if spec.weights and not names_a_file(spec.weights) else {}
    text = _text_config(architecture, models_dir)
    pixels = {k: tag[k] for k in ("mean", "std", "interpolation", "resize_mode") if tag.get(k)}
    try:
        with seeded(f"{seed}/{spec.label}"), offline(), quiet():
            return open_clip.create_model(
                architecture,
                load_weights=False,
                pretrained_text=False,
                force_quick_gelu=bool(tag.get("quick_gelu")),
                force_preprocess_cfg=pixels or None,
                **({"text_cfg": text} if text.get("hf_model_name") else {}),
            )
    except (OSError, ImportError) as error:  # a text tower of the hub
        wrong = f"network {spec.name!r}: the text tower of {architecture} is not on this machine"
        raise InputError(spec.folder, wrong, fetch_hint(models_dir), Exit.NO_INPUT) from error


def _text_config(architecture: str, models_dir: Path | None) -> dict[str, Any]:
    """Read what an architecture says of its text tower; parts of the hub that lie in `--models-dir` by their folder."""
    import open_clip

    text = dict((open_clip.get_model_config(architecture) or {}).get("text_cfg", {}))
    for key in ("hf_tokenizer_name", "hf_model_name"):
        folder = models_dir / text[key] if models_dir and text.get(key) else None
        if folder and folder.is_dir():
            text[key] = str(folder)
    return text


def _load(module: Any, path: Path) -> None:
    import open_clip

    if path.suffix not in (".npz", ".npy"):
        read_checkpoint(path)  # says what is wrong with a file that holds no weights
    try:
        with quiet():
            open_clip.load_checkpoint(module, str(path), weights_only=True)
    except (RuntimeError, KeyError, ValueError, AttributeError) as error:
        why = "; ".join(line.strip() for line in str(error).splitlines()[1:]) or str(error)
        do = "name the architecture that this checkpoint was made with"
        raise cannot_use(path, error, f"this checkpoint does not fit its network ({why[:1500]})", do) from error


def _image_tower(module: Any) -> Network:
    import torch
    from open_clip.transform import PreprocessCfg, image_transform_v2
    from torchvision.transforms.functional import to_pil_image

    config = asdict(PreprocessCfg()) | module.visual.preprocess_cfg
    transform = image_transform_v2(PreprocessCfg(**config), is_train=False)

    def prepare(frames: list[np.ndarray], _texts: list[str], _length: int | None) -> Inputs:
        return {"image": torch.stack([transform(to_pil_image(frame)) for frame in frames])}

    def forward(inputs: Inputs) -> Outputs:
        return {"image_embedding": module.encode_image(inputs["image"])}

    return Network(module, sees=True, reads=False, prepare=prepare, forward=forward, blank=tuple(config["mean"]))


def _tokenizer(spec: ModelSpec, models_dir: Path | None) -> Any:
    import open_clip
    from open_clip.tokenizer import HFTokenizer

    text = _text_config(str(spec.architecture), models_dir)
    name, length = text.get("hf_tokenizer_name"), text.get("context_length", open_clip.tokenizer.DEFAULT_CONTEXT_LENGTH)
    try:
        with offline(), quiet():
            if name and Path(name).is_dir():
                return HFTokenizer(name, context_length=length, **text.get("tokenizer_kwargs", {}))
            return open_clip.get_tokenizer(str(spec.architecture))
    except (OSError, ImportError) as error:
        wrong = f"network {spec.name!r}: the tokenizer of {spec.architecture} is not on this machine"
        do = f"use tower = image, or {fetch_hint(models_dir)}"
        raise InputError(spec.folder, wrong, do, Exit.NO_INPUT) from error


def _text_tower(module: Any, spec: ModelSpec, models_dir: Path | None) -> Network:
    tokenizer = _tokenizer(spec, models_dir)

    def prepare(_frames: list[np.ndarray], texts: list[str], _length: int | None) -> Inputs:
        return {"text": tokenizer(texts)}

    def forward(inputs: Inputs) -> Outputs:
        return {"text_embedding": module.encode_text(inputs["text"])}

    length = int(tokenizer.context_length or module.context_length)
    limit = min(length, spec.context_length or length)
    return Network(module, False, True, prepare, forward, count=partial(_count, tokenizer), limit=limit)


def _count(tokenizer: Any, texts: Sequence[str]) -> list[int]:
    """Tokens of each text, with those that mark its start and end."""
    if hasattr(tokenizer, "encode"):  # CLIP's own byte pairs
        return [len(tokenizer.encode(text)) + 2 for text in texts]
    clean = [tokenizer.clean_fn(text) for text in texts]
    return [len(ids) for ids in tokenizer.tokenizer(clean)["input_ids"]]


OPEN_CLIP = Family(
    "open_clip",
    build=_build,
    files=_files,
    packages=("open_clip_torch", "timm", "torchvision"),
    needs=("architecture",),
    needs_trained=("weights",),
    image_tower_first=True,
    works=("radford2021", "cherti2023"),
)
