"""The SLIP repository's networks as modules whose parameter names are those of its checkpoints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

from bids_vlint.errors import InputError, did_you_mean
from bids_vlint.networks.checkpoints import State
from bids_vlint.networks.notation import sizes_in
from bids_vlint.networks.specification import ModelSpec

_HEAD_WIDTH = 64  # of a text tower whose number of heads is not given


@dataclass(frozen=True)
class SlipText:
    """Size of a text tower; the published one unless said."""

    width: int = 512
    depth: int = 12
    heads: int = 8
    context: int = 77
    vocabulary: int = 49408


@dataclass(frozen=True)
class SlipVit:
    """Size of an image tower that has no name of timm's; `image` and `patch` in pixels."""

    width: int
    depth: int
    heads: int
    patch: int
    image: int


@dataclass(frozen=True)
class Geometry:
    """What a `slip` network's `architecture` says: a size or a name of timm's, and sizes of the text tower."""

    visual: SlipVit | str
    text: dict[str, int]

    @property
    def complete(self) -> bool:
        """Whether it says all of the text tower that a checkpoint's shapes tell."""
        return {"width", "depth", "context", "vocabulary"} <= set(self.text)


def geometry_of(spec: ModelSpec) -> Geometry:
    """Read `architecture`: `vit_base_patch16_224`, or `vit(width=…, depth=…, …)`, and optionally `+ text(width=…, …)`.

    Raises
    ------
    InputError
        65 where it is neither.
    """
    visual, _, text = (part.strip() for part in str(spec.architecture).partition("+"))
    sizes = _sizes(spec, text, "text", SlipText) if text else {}
    if "(" not in visual:
        return Geometry(visual, sizes)
    vit = _sizes(spec, visual, "vit", SlipVit)
    if len(vit) < len(fields(SlipVit)):
        missing = ", ".join(f.name for f in fields(SlipVit) if f.name not in vit)
        raise InputError(spec.folder, f"network {spec.name!r}: its architecture lacks {missing}", "give them in vit(…)")
    return Geometry(SlipVit(**vit), sizes)


def _sizes(spec: ModelSpec, value: str, kind: str, known: type) -> dict[str, int]:
    sizes = sizes_in(value, kind, known)
    if sizes is None:
        wrong = f"network {spec.name!r}: its architecture {value!r} is not understood"
        do = "write vit_base_patch16_224, or vit(width=96, depth=4, heads=3, patch=16, image=64) + text(width=64)"
        raise InputError(spec.folder, wrong, do)
    return sizes


def text_of(spec: ModelSpec, geometry: Geometry, state: State) -> SlipText:
    """Size of the text tower: as `architecture` says, else as a checkpoint's shapes, else the published one.

    The number of heads is in no shape: one for each 64 of the width, as published, unless `architecture` says more.
    """
    known: dict[str, int] = {}
    if "token_embedding.weight" in state:
        known["vocabulary"], known["width"] = state["token_embedding.weight"].shape
        known["depth"] = len({k.split(".")[2] for k in state if k.startswith("transformer.resblocks.")})
    if "positional_embedding" in state:
        known["context"] = len(state["positional_embedding"])
    known |= geometry.text
    size = SlipText(**{"heads": max(known.get("width", SlipText.width) // _HEAD_WIDTH, 1)} | known)
    if size.width % size.heads:
        wrong = f"network {spec.name!r}: its text tower is {size.width} wide with {size.heads} heads"
        raise InputError(spec.weights or spec.folder, wrong, "give heads that divide the width in text(heads=…)")
    return size


def build_slip(spec: ModelSpec, visual: SlipVit | str, text: SlipText | None, *, projected: int | None = None) -> Any:
    """Build a network with the repository's own initialisers.

    Parameters
    ----------
    spec : ModelSpec
        For messages.
    visual : Vit | str
    text : Text | None
        None: there is no text tower.
    projected : int | None
        Width of the space in which image and text are compared: with it the module has the two projections, which no
        feature needs but a checkpoint holds.

    Returns
    -------
    torch.nn.Module
        `visual(images)` -> (n, width); `read(tokens)` -> (n, text width) where there is a text tower.
    """
    import torch
    from torch import nn

    module = _class()()
    module.visual = _visual(spec, visual)
    if text is not None:
        _add_text(module, text)
    if text is not None and projected is not None:
        module.image_projection = nn.Parameter(torch.zeros(module.visual.num_features, projected))
        module.text_projection = nn.Parameter(torch.zeros(text.width, projected))
        module.logit_scale = nn.Parameter(torch.zeros(()))
    return module


def image_size(module: Any) -> int:
    """Pixels along one side of what the image tower sees."""
    return int(module.visual.patch_embed.img_size[0])


def _visual(spec: ModelSpec, size: SlipVit | str) -> Any:
    import timm
    from timm.models.vision_transformer import VisionTransformer

    if isinstance(size, SlipVit):
        if size.width % size.heads or size.image % size.patch:
            wrong = f"network {spec.name!r}: width is no multiple of heads, or image none of patch"
            raise InputError(spec.folder, wrong, "correct its architecture")
        return VisionTransformer(
            size.image, size.patch, embed_dim=size.width, depth=size.depth, num_heads=size.heads, num_classes=0
        )
    known = timm.list_models("vit_*")
    if size not in known:
        wrong = f"network {spec.name!r}: timm knows no vision transformer {size!r}"
        raise InputError(spec.folder, wrong, did_you_mean(size, known))
    heads: dict[str, Any] = (
        {"num_heads": 12} if size.startswith("vit_small_patch16_224") else {}
    )  # the authors' own; timm's has 6
    return timm.create_model(size, pretrained=False, num_classes=0, **heads)


def _add_text(module: Any, size: SlipText) -> None:
    """Add CLIP's text transformer (pre-norm, causal, QuickGELU) as the repository initialises it."""
    import torch
    from open_clip.transformer import LayerNorm, QuickGELU, Transformer
    from torch import nn

    module.token_embedding = nn.Embedding(size.vocabulary, size.width)
    module.positional_embedding = nn.Parameter(torch.empty(size.context, size.width))
    module.transformer = Transformer(size.width, size.depth, size.heads, act_layer=QuickGELU)
    module.ln_final = LayerNorm(size.width)
    module.register_buffer("mask", torch.full((size.context,) * 2, float("-inf")).triu(1), persistent=False)
    nn.init.normal_(module.token_embedding.weight, std=0.02)
    nn.init.normal_(module.positional_embedding, std=0.01)
    for block in module.transformer.resblocks:
        nn.init.normal_(block.attn.in_proj_weight, std=size.width**-0.5)
        nn.init.normal_(block.attn.out_proj.weight, std=size.width**-0.5 * (2 * size.depth) ** -0.5)
        nn.init.normal_(block.mlp.c_fc.weight, std=(2 * size.width) ** -0.5)
        nn.init.normal_(block.mlp.c_proj.weight, std=size.width**-0.5 * (2 * size.depth) ** -0.5)


@lru_cache(maxsize=1)
def _class() -> type:
    import torch
    from torch import nn

    class Slip(nn.Module):
        """An image tower and perhaps a text tower; what they consist of is set by `build_module`."""

        token_embedding: nn.Module
        transformer: nn.Module
        ln_final: nn.Module

        def read(self, tokens: torch.Tensor) -> torch.Tensor:
            """Tokens (n, context) -> (n, width): the end-of-text token, which has the largest number."""
            x = self.token_embedding(tokens) + self.positional_embedding
            x = self.ln_final(self.transformer(x, attn_mask=self.mask))
            return x[torch.arange(len(x)), tokens.argmax(dim=-1)]

    return Slip


def tokens_of(texts: list[str], context: int) -> Any:
    """Tokenise with CLIP's vocabulary, padded with 0; of a text that is too long the end is kept, and the last token.

    Returns
    -------
    tensor (n_texts, context) int64
    """
    import torch

    tokenizer = _tokenizer()
    out = torch.zeros(len(texts), context, dtype=torch.long)
    for row, text in zip(out, texts):
        words = tokenizer.encode(text)[-(context - 2) :]
        row[: len(words) + 2] = torch.tensor([tokenizer.sot_token_id, *words, tokenizer.eot_token_id])
    return out


def count_clip_tokens(texts: Sequence[str]) -> list[int]:
    """Tokens of each text, with those that mark its start and end."""
    return [len(_tokenizer().encode(text)) + 2 for text in texts]


@lru_cache(maxsize=1)
def _tokenizer() -> Any:
    from open_clip.tokenizer import SimpleTokenizer

    return SimpleTokenizer()
