"""Networks of ALBEF's and BLIP's kind: built from a checkpoint or at random, fed with frames and texts."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bids_vlint.errors import InputError
from bids_vlint.networks.checkpoints import State, load_state, read_checkpoint, state_of
from bids_vlint.networks.network import Inputs, Network, Outputs, seeded
from bids_vlint.networks.paper.vision_bert import build_vision_bert, resized_positions, used
from bids_vlint.networks.paper.vision_bert_sizes import Layout, Sizes, sizes_of
from bids_vlint.networks.shown import reads, sees
from bids_vlint.networks.specification import ModelSpec
from bids_vlint.networks.tokenizers import BERT_VOCABULARY, bert_uncased, count_tokens, padded

_CLIP = {"mean": (0.48145466, 0.4578275, 0.40821073), "std": (0.26862954, 0.26130258, 0.27577711)}


def build_tower(spec: ModelSpec, layout: Layout, seed: int) -> Network:
    """Build the network, or one half of it, from its checkpoint; a random twin with the authors' initialisers.

    A random twin is of the checkpoint's size where that is there, else of the one that `architecture` says.

    Raises
    ------
    InputError
        65 for a checkpoint with weights that are missing, left over or of other shapes.
    """
    if spec.trained and not spec.weights:
        raise InputError(spec.folder, f"network {spec.name!r} has no 'weights'", "name the file of its checkpoint")
    path = next(iter(weights_file(spec)), None)
    state: State = used(layout, state_of(path, read_checkpoint(path))) if path else {}
    sizes = sizes_of(spec, layout, state)
    if reads(spec) and sizes.bert.vocabulary < BERT_VOCABULARY + len(layout.added):
        wrong = (
            f"network {spec.name!r} knows {sizes.bert.vocabulary} tokens and not {BERT_VOCABULARY + len(layout.added)}"
        )
        raise InputError(spec.weights or spec.folder, wrong, "use tower = image")
    module = _random(spec, layout, sizes, seed) if not spec.trained else _trained(spec, layout, sizes, state)
    module.eval()
    return _tower(spec, layout, sizes, module)


def _random(spec: ModelSpec, layout: Layout, sizes: Sizes, seed: int) -> Any:
    with seeded(f"{seed}/{spec.label}"):
        return build_vision_bert(layout, sizes)


def _trained(spec: ModelSpec, layout: Layout, sizes: Sizes, state: State) -> Any:
    import torch

    with torch.device("meta"):  # nothing is drawn that the checkpoint replaces: it has to hold every weight
        module = build_vision_bert(layout, sizes)
    module.to_empty(device="cpu")
    load_state(module, resized_positions(spec, sizes.vit, state), Path(str(spec.weights)))
    return module


def weights_file(spec: ModelSpec) -> list[Path]:
    """List the checkpoint; for a random twin only where it is there."""
    path = Path(str(spec.weights)) if spec.weights else None
    return [path] if path and (spec.trained or path.is_file()) else []


def _tower(spec: ModelSpec, layout: Layout, sizes: Sizes, module: Any) -> Network:
    looks, words = sees(spec), reads(spec)
    tokenizer = bert_uncased(*layout.added, separator=bool(sizes.bert.separator))
    first = tokenizer.token_to_id(layout.first) if looks and layout.first else None
    limit = min(sizes.bert.context, spec.context_length or sizes.bert.context)
    transform = _transform(sizes.vit.image)

    def prepare(frames: list[np.ndarray], texts: list[str], length: int | None) -> Inputs:
        inputs: Inputs = {}
        if looks:
            inputs["image"] = transform(frames)
        if words:
            inputs["input_ids"], inputs["attention_mask"] = padded(tokenizer, texts, limit, length)
            if first is not None:
                inputs["input_ids"][:, 0] = first
        return inputs

    def forward(inputs: Inputs) -> Outputs:
        if not words:
            return {"visual": module.see(inputs["image"])[:, 0]}
        text = inputs["input_ids"], inputs["attention_mask"]
        if not looks:
            return {"text": module.read(*text)[:, 0]}
        return {"fused": module.fuse(inputs["image"], *text)[:, 0]}

    if not words:
        return Network(module, looks, words, prepare, forward)
    count = partial(count_tokens, tokenizer)
    return Network(module, looks, words, prepare, forward, count, limit, "attention_mask", blank=_CLIP["mean"])


def _transform(size: int) -> Any:
    """Frames -> (n, 3, size, size): the whole frame resized bicubically, CLIP's mean and standard deviation."""
    import torch
    from torchvision import transforms

    resize = transforms.Resize((size, size), interpolation=transforms.InterpolationMode.BICUBIC)
    steps = [transforms.ToPILImage(), resize, transforms.ToTensor(), transforms.Normalize(**_CLIP)]
    transform = transforms.Compose(steps)
    return lambda frames: torch.stack([transform(frame) for frame in frames])
