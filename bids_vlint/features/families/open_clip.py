"""Contrastive image-text networks of open_clip, by name: a checkpoint file, or a tag from the local cache."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bids_vlint.errors import Exit, InputError, did_you_mean
from bids_vlint.features.checkpoints import read_checkpoint
from bids_vlint.features.network import Inputs, Network, Outputs, offline, quiet, seeded
from bids_vlint.inputs.model_files import cached, names_a_file
from bids_vlint.inputs.model_set import reads, sees
from bids_vlint.types import ModelSpec

PACKAGES = ("open_clip_torch", "timm", "torchvision")
HUB_FILES = ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")


def build(spec: ModelSpec, seed: int, models_dir: Path | None) -> tuple[Network, ...]:
    """Build the towers that the spec asks for: the image tower unless `tower` says text or both.

    The default layers are the embeddings that the two towers are compared by (`image_embedding`, `text_embedding`).

    Raises
    ------
    InputError
        65 for an unknown architecture, tag or a checkpoint that does not fit, 66 for weights that are not there.
    """
    module = _create(spec, seed)
    if spec.trained:
        _load(module, files(spec, models_dir)[0])
    module.eval()
    towers = [_image_tower(module)] if sees(spec) else []
    return (*towers, _text_tower(module, spec)) if reads(spec) else tuple(towers)


def files(spec: ModelSpec, models_dir: Path | None) -> list[Path]:
    """List the files that the network is made of; none for a random twin."""
    if not spec.trained:
        return []
    if names_a_file(str(spec.weights)):
        return [Path(str(spec.weights))]
    config = _tag(spec)
    repository, _, name = (config.get("hf_hub") or "").rpartition("/")
    names = [name] if name else [*HUB_FILES, Path(config.get("url") or "").name]
    places = [models_dir / f"{spec.architecture}.{spec.weights}" / n for n in names if models_dir and n]
    places += [p for n in names if n and repository and (p := cached(repository, n, spec.revision))]
    places += [Path.home() / ".cache" / "clip" / n for n in names if n]
    for place in places:
        if place.is_file():
            return [place]
    wrong = f"the pretrained weights of network {spec.name!r} ({spec.architecture}, {spec.weights}) are not here"
    folder = f"{models_dir or '--models-dir'}/{spec.architecture}.{spec.weights}/"
    raise InputError(spec.folder, wrong, f"put {names[0] or 'the file'} into {folder}", Exit.NO_INPUT)


def _tag(spec: ModelSpec) -> dict[str, Any]:
    import open_clip

    known = open_clip.list_pretrained_tags_by_model(str(spec.architecture))
    if spec.weights not in known:
        wrong = f"network {spec.name!r}: {spec.architecture} has no pretrained weights {spec.weights!r}"
        raise InputError(spec.folder, wrong, did_you_mean(str(spec.weights), known))
    return open_clip.get_pretrained_cfg(str(spec.architecture), str(spec.weights))


def _create(spec: ModelSpec, seed: int) -> Any:
    """Build the architecture as its tag says (activation, pixel statistics), with random weights."""
    import open_clip

    architecture = str(spec.architecture)
    if architecture not in open_clip.list_models():
        wrong = f"network {spec.name!r}: open_clip knows no {architecture!r}"
        raise InputError(spec.folder, wrong, did_you_mean(architecture, open_clip.list_models()))
    tag = _tag(spec) if spec.weights and not names_a_file(spec.weights) else {}
    pixels = {k: tag[k] for k in ("mean", "std", "interpolation", "resize_mode") if tag.get(k)}
    try:
        with seeded(f"{seed}/{spec.label}"), offline(), quiet():
            return open_clip.create_model(
                architecture,
                load_weights=False,
                pretrained_text=False,
                force_quick_gelu=bool(tag.get("quick_gelu")),
                force_preprocess_cfg=pixels or None,
            )
    except (OSError, ImportError) as error:  # a text tower of the hub
        wrong = f"network {spec.name!r}: the text tower of {architecture} is not on this machine"
        raise InputError(spec.folder, wrong, "choose another architecture", Exit.NO_INPUT) from error


def _load(module: Any, path: Path) -> None:
    import open_clip

    if path.suffix not in (".npz", ".npy"):
        read_checkpoint(path)  # says what is wrong with a file that holds no weights
    try:
        with quiet():
            open_clip.load_checkpoint(module, str(path), weights_only=True)
    except (RuntimeError, KeyError, ValueError) as error:
        why = "; ".join(line.strip() for line in str(error).splitlines()[1:]) or str(error)
        do = "name the architecture that this checkpoint was made with"
        raise InputError(path, f"this checkpoint does not fit its network ({why[:1500]})", do) from error


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

    return Network(module, sees=True, reads=False, prepare=prepare, forward=forward)


def _text_tower(module: Any, spec: ModelSpec) -> Network:
    import open_clip

    try:
        with offline(), quiet():
            tokenizer = open_clip.get_tokenizer(str(spec.architecture))
    except (OSError, ImportError) as error:
        wrong = f"network {spec.name!r}: the tokenizer of {spec.architecture} is not on this machine"
        raise InputError(spec.folder, wrong, "use tower = image", Exit.NO_INPUT) from error

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
