"""A ViT of timm and a BERT of transformers with cross-attention to its tokens: what ALBEF and BLIP consist of."""

from __future__ import annotations

import re
from functools import lru_cache
from math import isqrt
from pathlib import Path
from typing import Any

from bids_vlint.errors import InputError
from bids_vlint.networks.checkpoints import State
from bids_vlint.networks.paper.vision_bert_sizes import Bert, Layout, Sizes, Vit
from bids_vlint.networks.specification import ModelSpec

# what no feature is made of: momentum copies, queues, language-model heads, decoders, classifiers
_UNUSED = re.compile(
    r"(visual_encoder|text_encoder|vision_proj|text_proj|text_decoder)_m\..*"
    r"|temp|(image|text|idx)_queue|queue_ptr|ptr_queue|(text_decoder|cls_head)\..*"
    r"|text_encoder\.(bert\.)?(cls|pooler)\..*|text_encoder\.(bert\.)?embeddings\.position_ids"
)
_POSITIONS = "visual_encoder.pos_embed"


def used(layout: Layout, state: State) -> State:
    """Take what features are made of from a checkpoint; fine-tuned ALBEF files lack the `bert.` of the pretrained."""
    state = {k: v for k, v in state.items() if not _UNUSED.fullmatch(k)}
    bert = f"{layout.bert}."
    if not any(k.startswith(bert) for k in state):
        state = {re.sub(r"^text_encoder\.", bert, k): v for k, v in state.items()}
    return state


def build_vision_bert(layout: Layout, sizes: Sizes) -> Any:
    """Build a network with the authors' initialisers.

    The ViT's weights and its class token are drawn from a truncated normal distribution (SD 0.02), BERT's from a
    normal one (SD 0.02), biases are 0; the patches' convolution and the projections are torch's own.

    Returns
    -------
    torch.nn.Module
        Parameters are named as in the checkpoints. `see(image)` -> (n, n_patches + 1, width), normed;
        `read(ids, mask)` and `fuse(image, ids, mask)` -> (n, n_tokens, width): a text alone, and with an image.
    """
    from timm.layers import trunc_normal_
    from torch import nn

    vision_bert, bert_class = _classes()
    module = vision_bert(layout.bert, text_first=sizes.bert.fusion > 0)
    module.visual_encoder = _visual(sizes.vit)
    trunc_normal_(module.visual_encoder.cls_token, std=0.02)
    bert = bert_class(sizes.bert, sizes.vit.width)
    bert.apply(_normal)
    module.text_encoder = bert
    if layout.bert == "text_encoder.bert":
        module.text_encoder = nn.Module()
        module.text_encoder.bert = bert
    for name, width in sizes.heads.items():
        setattr(module, name, nn.Linear(sizes.vit.width if name == "vision_proj" else sizes.bert.width, width))
    return module


def _visual(size: Vit) -> Any:
    from timm.models.vision_transformer import VisionTransformer

    shape: dict[str, Any] = {"embed_dim": size.width, "depth": size.depth, "num_heads": size.heads}
    shape["mlp_ratio"] = (size.mlp + 0.5) / size.width  # timm rounds their product down
    return VisionTransformer(size.image, size.patch, num_classes=0, global_pool="", **shape)  # all tokens, normed


def _normal(module: Any) -> None:
    from torch import nn

    if isinstance(module, (nn.Linear, nn.Embedding)):
        nn.init.normal_(module.weight, std=0.02)
    if isinstance(module, nn.Linear):
        nn.init.zeros_(module.bias)


@lru_cache(maxsize=1)
def _classes() -> tuple[type, type]:
    """Define the modules once torch is needed: the network and its BERT."""
    import torch
    from torch import nn

    class Embeddings(nn.Module):
        """BERT's embeddings, with or without that of the token's type."""

        def __init__(self, size: Bert) -> None:
            super().__init__()
            self.word_embeddings = nn.Embedding(size.vocabulary, size.width)
            self.position_embeddings = nn.Embedding(size.context, size.width)
            if size.types:
                self.token_type_embeddings = nn.Embedding(size.types, size.width)
            self.LayerNorm = nn.LayerNorm(size.width, eps=_config(size).layer_norm_eps)

        def forward(self, ids: torch.Tensor) -> torch.Tensor:
            """Tokens (n, n_tokens) -> (n, n_tokens, width)."""
            x = self.word_embeddings(ids)
            if hasattr(self, "token_type_embeddings"):
                x = x + self.token_type_embeddings(torch.zeros_like(ids))
            return self.LayerNorm(x + self.position_embeddings(torch.arange(ids.shape[1], device=ids.device)))

    class Encoder(nn.Module):
        """BERT's layers; those from number `fusion` on attend to an image."""

        def __init__(self, size: Bert, seen_width: int) -> None:
            super().__init__()
            self.alone = size.fusion or size.depth  # layers that a text without an image passes
            self.layer = nn.ModuleList(_layer(size, seen_width, k >= size.fusion) for k in range(size.depth))

        def forward(
            self, x: torch.Tensor, mask: torch.Tensor, seen: torch.Tensor | None
        ) -> tuple[torch.Tensor, torch.Tensor]:
            """Tokens (n, n_tokens, width), mask (n, 1, 1, n_tokens), image tokens (n, n_seen, seen_width) or None.

            Returns the tokens, and what they were before any layer that no text passes alone.
            """
            text = x
            for number, layer in enumerate(self.layer if seen is not None else self.layer[: self.alone]):
                out = layer(x, attention_mask=mask, encoder_hidden_states=seen)
                x = out if isinstance(out, torch.Tensor) else out[0]
                text = x if number < self.alone else text
            return x, text

    class SeeingBert(nn.Module):
        """BERT that may look at an image."""

        def __init__(self, size: Bert, seen_width: int) -> None:
            super().__init__()
            self.embeddings = Embeddings(size)
            self.encoder = Encoder(size, seen_width)

        def forward(
            self, ids: torch.Tensor, mask: torch.Tensor, seen: torch.Tensor | None = None
        ) -> tuple[torch.Tensor, torch.Tensor]:
            """Tokens and mask (n, n_tokens), image tokens or None; returns what the encoder does."""
            return self.encoder(self.embeddings(ids), mask[:, None, None, :].bool(), seen)

    class VisionBert(nn.Module):
        """Image and text encoder, and what follows them; set by `build_module`."""

        visual_encoder: nn.Module

        def __init__(self, bert: str, *, text_first: bool) -> None:
            super().__init__()
            self.bert, self.text_first = bert, text_first

        def see(self, image: torch.Tensor) -> torch.Tensor:
            """(n, 3, size, size) -> (n, n_patches + 1, width)."""
            tokens = self.visual_encoder(image)
            self.follow("vision_proj", tokens)
            return tokens

        def read(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            """Text alone: (n, n_tokens) -> (n, n_tokens, width)."""
            tokens, _ = self.get_submodule(self.bert)(ids, mask)
            self.follow("text_proj", tokens)
            return tokens

        def fuse(self, image: torch.Tensor, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            """Text that looks at an image: (n, n_tokens, width)."""
            tokens, text = self.get_submodule(self.bert)(ids, mask, self.see(image))
            if self.text_first:  # else a text alone would take a pass of its own
                self.follow("text_proj", text)
            self.follow("itm_head", tokens)
            return tokens

        def follow(self, name: str, tokens: torch.Tensor) -> None:
            """Let what follows an encoder get its class token, so that its output can be a layer."""
            if hasattr(self, name):
                getattr(self, name)(tokens[:, 0])

    return VisionBert, SeeingBert


def _config(size: Bert, **options: Any) -> Any:
    from transformers import BertConfig

    sizes: dict[str, Any] = {
        "vocab_size": size.vocabulary,
        "hidden_size": size.width,
        "num_attention_heads": size.heads,
        "intermediate_size": size.mlp,
        "max_position_embeddings": size.context,
        "type_vocab_size": size.types or 1,
        "attn_implementation": "sdpa",
    }
    return BertConfig(**sizes, **options)


def _layer(size: Bert, seen_width: int, crossed: bool) -> Any:
    """Build a layer of BERT, with cross-attention to tokens of another width where `crossed`."""
    from torch import nn
    from transformers.models.bert.modeling_bert import BertLayer

    if not crossed:
        return BertLayer(_config(size))
    layer = BertLayer(_config(size, is_decoder=True, add_cross_attention=True))
    layer.attention.self.is_causal = False  # it is a decoder's in that it looks at an image, but it reads both ways
    if seen_width != size.width:
        layer.crossattention.self.key = nn.Linear(seen_width, size.width)
        layer.crossattention.self.value = nn.Linear(seen_width, size.width)
    return layer


def resized_positions(spec: ModelSpec, vit: Vit, state: State) -> State:
    """Resize the position embedding to the image's number of patches, bicubically as the authors do.

    Raises
    ------
    InputError
        65 for an embedding that is of no square grid and a class token.
    """
    import torch

    positions = state.get(_POSITIONS)
    if positions is None:
        return state
    old, new = isqrt(max(positions.shape[1] - 1, 0)) if positions.ndim == 3 else 0, vit.image // vit.patch
    if old == 0 or old * old + 1 != positions.shape[1]:
        wrong = f"{_POSITIONS} {tuple(positions.shape)} is not of a class token and a square of patches"
        raise InputError(Path(str(spec.weights)), wrong, "get the file again")
    if old == new:
        return state
    grid = positions[:, 1:].reshape(1, old, old, -1).permute(0, 3, 1, 2)
    grid = torch.nn.functional.interpolate(grid, size=(new, new), mode="bicubic", align_corners=False)
    return state | {_POSITIONS: torch.cat([positions[:, :1], grid.permute(0, 2, 3, 1).flatten(1, 2)], dim=1)}
