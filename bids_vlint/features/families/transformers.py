"""Networks of transformers from a folder (or the hub's local cache): language, vision, and both fused."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bids_vlint.errors import Exit, InputError
from bids_vlint.features.network import Inputs, Network, Outputs, offline, quiet, seeded
from bids_vlint.features.pooling import pooled, pooling_rule
from bids_vlint.inputs.model_files import WEIGHT_SUFFIXES, cached
from bids_vlint.inputs.model_set import reads, sees
from bids_vlint.types import ModelSpec

PACKAGES = ("transformers", "tokenizers", "torchvision")
LONGEST = 512  # tokens, where neither tokenizer nor configuration give a limit


def build(spec: ModelSpec, seed: int, models_dir: Path | None) -> tuple[Network, ...]:
    """Load a network in float32, or make it from its configuration with its own initialiser.

    The default layer, `pooled`, is what the folder's `1_Pooling` says; else the pooler's output where the network has a
    trained one; else the class token of a multimodal or image network, and the mean over the tokens of a language
    network. Of a text that is too long the end is kept.

    Raises
    ------
    InputError
        66 for a network that is not on this machine, 65 for files that do not fit.
    """
    module, untrained = _model(spec, seed)
    prepare, count, limit = _preparation(spec, module.config)
    rule = pooling_rule(_folder(spec))
    module.eval()

    def forward(inputs: Inputs) -> Outputs:
        return {"pooled": pooled(module, inputs, rule=rule, untrained=untrained, sees=sees(spec), reads=reads(spec))}

    mask = "attention_mask" if reads(spec) else None
    return (Network(module, sees(spec), reads(spec), prepare, forward, count, limit, mask),)


def files(spec: ModelSpec, models_dir: Path | None) -> list[Path]:
    """List the files that the network is made of; without the weights for a random twin."""
    folder = _folder(spec)
    chosen = [p for p in sorted(folder.rglob("*")) if p.is_file()] if folder else []
    return [p for p in chosen if spec.trained or p.suffix.lower() not in WEIGHT_SUFFIXES]


def _folder(spec: ModelSpec) -> Path | None:
    """Find the folder of the network's files; None where it is only a name."""
    if Path(str(spec.architecture)).is_dir():
        return Path(str(spec.architecture))
    config = cached(str(spec.architecture), "config.json", spec.revision)
    return config.parent if config else None


def _load(spec: ModelSpec, kind: str, what: str, **options: Any) -> Any:
    """Call `from_pretrained` of one of transformers' Auto classes on what is on this machine."""
    import transformers
    from transformers.utils import logging

    logging.disable_progress_bar()
    loader = getattr(transformers, kind)
    try:
        with offline(), quiet():
            options |= {"local_files_only": True, "revision": spec.revision or "main"}
            return loader.from_pretrained(spec.architecture, trust_remote_code=False, **options)
    except OSError as error:
        wrong = f"the {what} of network {spec.name!r} is missing or damaged ({_first_line(error)})"
        code = Exit.DATA if _folder(spec) else Exit.NO_INPUT
        raise InputError(str(spec.architecture), wrong, "put all of its files there", code) from error
    except Exception as error:  # whatever a library raises for files that do not fit each other
        wrong = f"the {what} of network {spec.name!r} cannot be used ({_first_line(error)})"
        raise InputError(str(spec.architecture), wrong, "get its files again or name another network") from error


def _first_line(error: Exception) -> str:
    return next((line.strip().rstrip(".") for line in str(error).splitlines() if line.strip()), type(error).__name__)


def _model(spec: ModelSpec, seed: int) -> tuple[Any, bool]:
    """Load or initialise the network; also say whether its pooler is untrained."""
    import torch
    from transformers import AutoModel

    if not spec.trained:
        config = _load(spec, "AutoConfig", "configuration")
        with quiet(), seeded(f"{seed}/{spec.label}"):
            return AutoModel.from_config(config, dtype=torch.float32), not _pooler_is_trained(spec)
    module, report = _load(spec, "AutoModel", "checkpoint", dtype=torch.float32, output_loading_info=True)
    missing = sorted(k for k in report["missing_keys"] if "pooler." not in k)
    other = sorted(str(k) for k in report["mismatched_keys"])
    if missing or other:
        listing = ", ".join((missing + other)[:12])
        wrong = f"the checkpoint of network {spec.name!r} lacks weights or has them in another shape: {listing}"
        raise InputError(str(spec.architecture), wrong, "get its files again")
    return module, any("pooler." in k for k in report["missing_keys"])


def _pooler_is_trained(spec: ModelSpec) -> bool:
    """Whether a random twin's trained network has a pooler: both get the same layer. No weights are read."""
    from safetensors import safe_open

    folder = _folder(spec)
    index = folder / "model.safetensors.index.json" if folder else None
    if index is not None and index.is_file():
        return "pooler." in index.read_text()
    path = folder / "model.safetensors" if folder else None
    if path is None or not path.is_file():
        return True
    with safe_open(path, "pt") as file:
        names = file.keys()
    return any("pooler." in name for name in names)


def _preparation(
    spec: ModelSpec, config: Any
) -> tuple[Callable[..., Inputs], Callable[[Sequence[str]], list[int]] | None, int | None]:
    """Make `prepare`, `count` and `limit` of a Network from its own tokeniser, image processor or processor of both."""
    import torch

    if not reads(spec):
        images = _load(spec, "AutoImageProcessor", "image processor")
        return lambda frames, _texts, _length: dict(images(images=frames, return_tensors="pt")), None, None
    processor = _load(spec, "AutoProcessor", "processor") if sees(spec) else None
    tokenizer = processor.tokenizer if processor else _load(spec, "AutoTokenizer", "tokeniser")
    tokenizer.truncation_side, tokenizer.padding_side = "left", "right"
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    limit = _limit(spec, tokenizer, config)

    def count(texts: Sequence[str]) -> list[int]:
        return [len(ids) for ids in tokenizer(list(texts))["input_ids"]]

    def prepare(frames: list[np.ndarray], texts: list[str], length: int | None) -> Inputs:
        padding = {"padding": "max_length" if length else True, "max_length": length or limit, "truncation": True}
        if processor is None:
            inputs = tokenizer(texts, return_tensors="pt", **padding)
        else:
            inputs = processor(images=frames, text=texts, return_tensors="pt", **padding)
        return {k: v for k, v in inputs.items() if isinstance(v, torch.Tensor)}

    return prepare, count, limit


def _limit(spec: ModelSpec, tokenizer: Any, config: Any) -> int:
    """Return how many tokens the network takes at most."""
    text = getattr(config, "text_config", config)
    limits = [spec.context_length, tokenizer.model_max_length, getattr(text, "max_position_embeddings", None)]
    folder = _folder(spec)
    path = folder / "sentence_bert_config.json" if folder else None
    if path is not None and path.is_file():
        limits.append(json.loads(path.read_text()).get("max_seq_length"))
    return min([int(n) for n in limits if isinstance(n, int) and 0 < n < 1_000_000] or [LONGEST])
