"""A small ViLT that sees a picture and hears a sentence, and tells whether the sentence is the picture's own.

It is asked after any word: is the thing named last in sight? A sentence of another picture differs in that thing
alone. Its blocks start from a trained image encoder's, as ViLT's start from ViT's.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional

from bids_vlint.demo.contrast import ENCODER_DEPTH, ENCODER_HEADS, ENCODER_WIDTH, PATCH
from bids_vlint.demo.pictures import IMAGENET_MEAN, IMAGENET_STD, PICTURE_SIZE, Album, labels, view
from bids_vlint.demo.words import LENGTH, heard, tokeniser
from bids_vlint.demo.world import THINGS, agreement, last_named, stream

LAYERS = ENCODER_DEPTH + 1


def _config() -> Any:
    """Its size."""
    from transformers import ViltConfig

    return ViltConfig(
        vocab_size=len(tokeniser()),
        hidden_size=ENCODER_WIDTH,
        num_hidden_layers=LAYERS,
        num_attention_heads=ENCODER_HEADS,
        intermediate_size=4 * ENCODER_WIDTH,
        image_size=PICTURE_SIZE,
        patch_size=PATCH,
        max_position_embeddings=LENGTH,
        layer_norm_eps=1e-6,
        max_image_length=-1,
    )


def processor() -> Any:
    """Its processor: pictures as the image encoders see them, sentences by the world's tokeniser."""
    from transformers import ViltImageProcessor, ViltProcessor

    options: dict[str, Any] = {"size": {"shortest_edge": PICTURE_SIZE}, "size_divisor": PATCH}
    options |= {"image_mean": list(IMAGENET_MEAN), "image_std": list(IMAGENET_STD)}
    return ViltProcessor(image_processor=ViltImageProcessor(**options), tokenizer=tokeniser())


def fit_fusion(material: Album, visual: Any, seed: int, steps: int, batch: int = 64) -> Any:
    """Train on pictures and sentences; returns a transformers ViltModel.

    Parameters
    ----------
    material : Album
    visual : timm VisionTransformer
        The image encoder that it starts from.
    seed, steps, batch : int
    """
    from transformers import ViltModel

    torch.manual_seed(seed)
    net, words = ViltModel(_config()), tokeniser()
    start_from(net, visual)
    seen = torch.from_numpy(labels(material.scenes))
    heads = nn.ModuleList(
        [nn.Linear(ENCODER_WIDTH, 1), nn.Linear(ENCODER_WIDTH, len(THINGS)), nn.Linear(ENCODER_WIDTH, seen.shape[1])]
    )
    optimiser = torch.optim.AdamW([*net.parameters(), *heads.parameters()], lr=1e-3, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 1e-3, total_steps=steps, pct_start=0.1)
    rng, generator = stream(seed, "fusion"), torch.Generator().manual_seed(seed)
    for _ in range(steps):
        chosen = rng.integers(0, len(material.scenes), batch)
        scenes = [material.scenes[k] for k in chosen]
        sentences = [heard(rng, scene) for scene in scenes]
        tokens = words([" ".join(s) for s in sentences], padding=True, return_tensors="pt")
        index = torch.from_numpy(chosen)
        out = net(**tokens, pixel_values=view(material.pixels[index], generator, 0.2))
        fits = torch.tensor([agreement(s, scene) for s, scene in zip(sentences, scenes)])
        names = torch.tensor([THINGS.index(n) if (n := last_named(s)) else -1 for s in sentences])
        loss = _loss(out.pooler_output, heads, fits, names, seen[index])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return net.eval()


def _loss(
    pooled: torch.Tensor, heads: nn.ModuleList, fits: torch.Tensor, names: torch.Tensor, seen: torch.Tensor
) -> torch.Tensor:
    """Match of sentence and picture; and, as helps to get there, what is named and what is in sight."""
    said = names >= 0
    match = functional.binary_cross_entropy_with_logits(heads[0](pooled)[said, 0], (fits[said] > 0).float())
    name = functional.cross_entropy(heads[1](pooled), names, ignore_index=-1)
    sight = functional.binary_cross_entropy_with_logits(heads[2](pooled), seen)
    return match + 0.2 * name + sight


def start_from(net: Any, visual: Any) -> None:
    """Copy an image encoder's patches, positions and blocks into a ViLT; further blocks stay as they are."""
    state = net.state_dict()
    new = {
        "embeddings.patch_embeddings.projection.weight": visual.patch_embed.proj.weight,
        "embeddings.patch_embeddings.projection.bias": visual.patch_embed.proj.bias,
        "embeddings.position_embeddings": visual.pos_embed,
        "embeddings.cls_token": visual.cls_token,
    }
    parts = {
        "norm1": "layernorm_before",
        "norm2": "layernorm_after",
        "attn.proj": "attention.output.dense",
        "mlp.fc1": "intermediate.dense",
        "mlp.fc2": "output.dense",
    }
    for k, block in enumerate(visual.blocks):
        prefix = f"encoder.layer.{k}"
        for theirs, ours in parts.items():
            module = block.get_submodule(theirs)
            new |= {f"{prefix}.{ours}.weight": module.weight, f"{prefix}.{ours}.bias": module.bias}
        for name, weight, bias in zip(
            ("query", "key", "value"), block.attn.qkv.weight.chunk(3), block.attn.qkv.bias.chunk(3)
        ):
            attention = f"{prefix}.attention.attention.{name}"
            new |= {f"{attention}.weight": weight, f"{attention}.bias": bias}
    unknown = set(new) - set(state)
    if unknown:
        raise RuntimeError(f"ViLT has no {sorted(unknown)}")
    net.load_state_dict(new, strict=False)
