"""The files of a transformers network: its folder, the names of its weights, whether it has a tokeniser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bids_vlint.errors import InputError, cannot_use
from bids_vlint.networks.checkpoints import AGAIN, read_checkpoint
from bids_vlint.networks.resources import folder_of
from bids_vlint.networks.specification import ModelSpec

# as transformers prefers them
_WEIGHTS = ("model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json")
_VOCABULARIES = ("tokenizer.json", "vocab.txt", "vocab.json", "tekken.json", "*.model", "*.tiktoken", "*.bpe")
_WITHOUT_VOCABULARY = ("ByT5Tokenizer", "CanineTokenizer", "PerceiverTokenizer")  # read bytes or characters


def has_vocabulary(spec: ModelSpec) -> bool:
    """Whether the folder has a tokeniser's vocabulary: without one transformers makes an empty tokeniser."""
    folder = folder_of(spec)
    if folder is None or any(next(folder.glob(name), None) for name in _VOCABULARIES):
        return True
    config = folder / "tokenizer_config.json"
    return config.is_file() and any(name in config.read_text() for name in _WITHOUT_VOCABULARY)


def weight_names(spec: ModelSpec) -> set[str] | None:
    """Names of the weights in the network's checkpoint; None where there is none.

    Raises
    ------
    InputError
        65 for a file that is damaged or holds code.
    """
    folder = folder_of(spec)
    path = next((folder / name for name in _WEIGHTS if (folder / name).is_file()), None) if folder else None
    if path is None:
        return None
    if path.suffix == ".json":
        return set(_index(path))
    return names_in(path)


def names_in(path: Path) -> set[str]:
    """Names of the weights in a file."""
    from safetensors import SafetensorError, safe_open

    if path.suffix != ".safetensors":
        return set(read_checkpoint(path))
    try:
        with safe_open(path, "pt") as file:
            return set(file.keys())
    except (SafetensorError, OSError) as error:
        raise cannot_use(path, error, "cannot be read as a checkpoint (truncated or damaged)", AGAIN) from error


def check_weights(spec: ModelSpec) -> None:
    """Say which file of the checkpoint is missing or damaged, where one is.

    Raises
    ------
    InputError
        65.
    """
    folder = folder_of(spec)
    for path in sorted(p for name in _WEIGHTS for p in [folder / name] if p.is_file()) if folder else []:
        shards = sorted(set(_index(path).values())) if path.suffix == ".json" else [path.name]
        for shard in (path.parent / name for name in shards):
            if not shard.is_file():
                raise InputError(shard, "this part of a checkpoint is not there", "get the network's files again")
            names_in(shard)


def _index(path: Path) -> dict[str, Any]:
    """Weight -> file, of a checkpoint in several files."""
    try:
        return dict(json.loads(path.read_text())["weight_map"])
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(path, "is no index of a checkpoint's files", AGAIN) from error
