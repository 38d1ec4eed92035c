"""Checkpoints with the names and shapes of the authors' files of ALBEF and BLIP, and a forward pass of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

Shapes = dict[str, tuple[int, ...]]
State = dict[str, Tensor]


@dataclass(frozen=True)
class Kind:
    """A network's sizes; the defaults are the published ones. `fusion` 0: BLIP."""

    fusion: int
    vit: int = 768
    blocks: int = 12
    vit_mlp: int = 3072
    patch: int = 16
    image: int = 224
    bert: int = 768
    layers: int = 12
    mlp: int = 3072
    context: int = 512
    projected: int = 256
    queue: int = 65536

    @property
    def vocabulary(self) -> int:
        """BERT's, and BLIP's two tokens."""
        return 30522 if self.fusion else 30524


ALBEF = Kind(fusion=6, image=256)
BLIP = Kind(fusion=0, queue=57600)
SMALL = {"vit": 32, "blocks": 3, "vit_mlp": 64, "image": 48, "bert": 24, "layers": 4, "mlp": 40, "projected": 8}
SMALL_ALBEF = Kind(fusion=2, queue=4, context=40, **SMALL)
SMALL_BLIP = Kind(fusion=0, queue=4, context=40, **SMALL)
SMALL_SIZES = "vit(width=32, depth=3, heads=4, patch=16, image=32, mlp=64)"
SMALL_ALBEF_SIZES = f"{SMALL_SIZES} + bert(width=24, depth=4, heads=3, mlp=40, context=40, fusion=2)"
SMALL_BLIP_SIZES = f"{SMALL_SIZES} + bert(width=24, depth=4, heads=3, mlp=40, context=40)"
SMALL_NETWORKS = (("albef", SMALL_ALBEF, SMALL_ALBEF_SIZES), ("blip", SMALL_BLIP, SMALL_BLIP_SIZES))


def shapes(kind: Kind) -> Shapes:
    """Names and shapes of all that the authors' file holds."""
    text = dict(_text_encoder(kind))
    once = {f"visual_encoder{k}": v for k, v in _visual_encoder(kind)} | {
        f"text_encoder{k}": v for k, v in text.items()
    }
    once |= dict(_linear("vision_proj", kind.projected, kind.vit)) | dict(
        _linear("text_proj", kind.projected, kind.bert)
    )
    copies = {k.replace(p, f"{p}_m", 1): v for k, v in once.items() for p in [k.split(".")[0]]}
    queue = (kind.projected, kind.queue)
    rest: Shapes = {"temp": (), "image_queue": queue, "text_queue": queue, "queue_ptr": (1,)}
    rest |= dict(_linear("itm_head", 2, kind.bert))
    if not kind.fusion:
        rest |= {f"text_decoder.bert{k}": v for k, v in text.items()}
        rest |= {f"text_decoder.cls{k}": v for k, v in _language_head(kind)}
    return once | copies | rest


def _linear(name: str, out: int, into: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield f"{name}.weight", (out, into)
    yield f"{name}.bias", (out,)


def _norm(name: str, width: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield f"{name}.weight", (width,)
    yield f"{name}.bias", (width,)


def _visual_encoder(kind: Kind) -> Iterator[tuple[str, tuple[int, ...]]]:
    w = kind.vit
    yield ".cls_token", (1, 1, w)
    yield ".pos_embed", (1, (kind.image // kind.patch) ** 2 + 1, w)
    yield ".patch_embed.proj.weight", (w, 3, kind.patch, kind.patch)
    yield ".patch_embed.proj.bias", (w,)
    for k in range(kind.blocks):
        yield from _norm(f".blocks.{k}.norm1", w)
        yield from _linear(f".blocks.{k}.attn.qkv", 3 * w, w)
        yield from _linear(f".blocks.{k}.attn.proj", w, w)
        yield from _norm(f".blocks.{k}.norm2", w)
        yield from _linear(f".blocks.{k}.mlp.fc1", kind.vit_mlp, w)
        yield from _linear(f".blocks.{k}.mlp.fc2", w, kind.vit_mlp)
    yield from _norm(".norm", w)


def _text_encoder(kind: Kind) -> Iterator[tuple[str, tuple[int, ...]]]:
    """BERT, below `.bert` in ALBEF, whose file holds its language-model head too."""
    w, at = kind.bert, ".bert" if kind.fusion else ""
    yield f"{at}.embeddings.position_ids", (1, kind.context)
    yield f"{at}.embeddings.word_embeddings.weight", (kind.vocabulary, w)
    yield f"{at}.embeddings.position_embeddings.weight", (kind.context, w)
    if kind.fusion:
        yield f"{at}.embeddings.token_type_embeddings.weight", (2, w)
    yield from _norm(f"{at}.embeddings.LayerNorm", w)
    for k in range(kind.layers):
        layer = f"{at}.encoder.layer.{k}"
        yield from _attention(f"{layer}.attention", w, w)
        if k >= kind.fusion:
            yield from _attention(f"{layer}.crossattention", w, kind.vit)
        yield from _linear(f"{layer}.intermediate.dense", kind.mlp, w)
        yield from _linear(f"{layer}.output.dense", w, kind.mlp)
        yield from _norm(f"{layer}.output.LayerNorm", w)
    if kind.fusion:
        for name, shape in _language_head(kind):
            yield f".cls{name}", shape


def _attention(name: str, width: int, seen: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield from _linear(f"{name}.self.query", width, width)
    yield from _linear(f"{name}.self.key", width, seen)
    yield from _linear(f"{name}.self.value", width, seen)
    yield from _linear(f"{name}.output.dense", width, width)
    yield from _norm(f"{name}.output.LayerNorm", width)


def _language_head(kind: Kind) -> Iterator[tuple[str, tuple[int, ...]]]:
    yield ".predictions.bias", (kind.vocabulary,)
    yield from _linear(".predictions.transform.dense", kind.bert, kind.bert)
    yield from _norm(".predictions.transform.LayerNorm", kind.bert)
    yield from _linear(".predictions.decoder", kind.vocabulary, kind.bert)


def drawn(kind: Kind, scale: float = 0.2) -> State:
    """Weights at random, of a size at which everything counts; copies and heads share theirs."""
    generator = torch.Generator().manual_seed(8)
    words = torch.randn(kind.vocabulary, kind.bert, generator=generator) * 0.5
    state: State = {}
    for name, shape in shapes(kind).items():
        if name.endswith("position_ids"):
            state[name] = torch.arange(kind.context)[None]
        elif name == "queue_ptr":
            state[name] = torch.zeros(shape, dtype=torch.long)
        elif shape == tuple(words.shape):
            state[name] = words
        else:
            near_one = "orm" in name and name.endswith("weight")
            state[name] = near_one + scale * torch.randn(shape, generator=generator)
    return state


def save(path: Path, state: State) -> str:
    """Write a checkpoint as the authors do."""
    torch.save({"model": state, "optimizer": {"state": {}}, "config": {"image_res": 256}, "epoch": 29}, path)
    return str(path)


@dataclass(frozen=True)
class Tokens:
    """What the reference makes of a batch."""

    image: Tensor
    text: Tensor  # alone
    fused: Tensor


def reference(state: State, kind: Kind, image: Tensor, ids: Tensor, mask: Tensor, heads: tuple[int, int]) -> Tokens:
    """Run a network as its authors describe it, in float64, on its state dict; `heads` of the ViT and of BERT.

    `ids` begin with `[CLS]`.
    """
    s = {k: v.double() for k, v in state.items() if "_m." not in k and v.is_floating_point() and "queue" not in k}
    seen = _see(s, kind, image.double(), heads[0])
    keep = mask.bool()[:, None, None, :]
    at = "text_encoder.bert" if kind.fusion else "text_encoder"
    x = _embed(s, f"{at}.embeddings", ids)
    if not kind.fusion:
        with_image = ids.clone()
        with_image[:, 0] = 30523
        fused = _embed(s, f"{at}.embeddings", with_image)
        for k in range(kind.layers):
            x = _layer(s, f"{at}.encoder.layer.{k}", x, keep, None, heads[1])
            fused = _layer(s, f"{at}.encoder.layer.{k}", fused, keep, seen, heads[1])
        return Tokens(seen, x, fused)
    for k in range(kind.fusion):
        x = _layer(s, f"{at}.encoder.layer.{k}", x, keep, None, heads[1])
    fused = x
    for k in range(kind.fusion, kind.layers):
        fused = _layer(s, f"{at}.encoder.layer.{k}", fused, keep, seen, heads[1])
    return Tokens(seen, x, fused)


def _dense(s: State, name: str, x: Tensor) -> Tensor:
    return x @ s[f"{name}.weight"].T + s[f"{name}.bias"]


def _normed(s: State, name: str, x: Tensor, epsilon: float) -> Tensor:
    x = x - x.mean(-1, keepdim=True)
    return x / (x.square().mean(-1, keepdim=True) + epsilon).sqrt() * s[f"{name}.weight"] + s[f"{name}.bias"]


def _gelu(x: Tensor) -> Tensor:
    return x * 0.5 * (1 + torch.erf(x / 2**0.5))


def _attend(q: Tensor, k: Tensor, v: Tensor, heads: int, keep: Tensor | None) -> Tensor:
    q, k, v = (t.unflatten(-1, (heads, -1)).transpose(1, 2) for t in (q, k, v))
    scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5
    scores = scores if keep is None else scores.masked_fill(~keep, -10000.0)
    return (scores.softmax(-1) @ v).transpose(1, 2).flatten(2)


def _see(s: State, kind: Kind, image: Tensor, heads: int) -> Tensor:
    at = "visual_encoder"
    x = functional.conv2d(image, s[f"{at}.patch_embed.proj.weight"], s[f"{at}.patch_embed.proj.bias"], kind.patch)
    side = x.shape[-1]
    x = torch.cat([s[f"{at}.cls_token"].expand(len(x), -1, -1), x.flatten(2).transpose(1, 2)], 1)
    old = kind.image // kind.patch
    grid = s[f"{at}.pos_embed"][0, 1:].T.reshape(1, -1, old, old)
    grid = functional.interpolate(grid, (side, side), mode="bicubic", align_corners=False) if side != old else grid
    x = x + torch.cat([s[f"{at}.pos_embed"][:, :1], grid[0].flatten(1).T[None]], 1)
    for k in range(kind.blocks):
        q, key, v = _dense(s, f"{at}.blocks.{k}.attn.qkv", _normed(s, f"{at}.blocks.{k}.norm1", x, 1e-6)).chunk(3, -1)
        x = x + _dense(s, f"{at}.blocks.{k}.attn.proj", _attend(q, key, v, heads, None))
        inner = _gelu(_dense(s, f"{at}.blocks.{k}.mlp.fc1", _normed(s, f"{at}.blocks.{k}.norm2", x, 1e-6)))
        x = x + _dense(s, f"{at}.blocks.{k}.mlp.fc2", inner)
    return _normed(s, f"{at}.norm", x, 1e-6)


def _embed(s: State, at: str, ids: Tensor) -> Tensor:
    x = s[f"{at}.word_embeddings.weight"][ids] + s[f"{at}.position_embeddings.weight"][: ids.shape[1]]
    if f"{at}.token_type_embeddings.weight" in s:
        x = x + s[f"{at}.token_type_embeddings.weight"][0]
    return _normed(s, f"{at}.LayerNorm", x, 1e-12)


def _layer(s: State, at: str, x: Tensor, keep: Tensor, seen: Tensor | None, heads: int) -> Tensor:
    x = _block(s, f"{at}.attention", x, x, keep, heads)
    if seen is not None:
        x = _block(s, f"{at}.crossattention", x, seen, None, heads)
    inner = _gelu(_dense(s, f"{at}.intermediate.dense", x))
    return _normed(s, f"{at}.output.LayerNorm", x + _dense(s, f"{at}.output.dense", inner), 1e-12)


def _block(s: State, at: str, x: Tensor, seen: Tensor, keep: Tensor | None, heads: int) -> Tensor:
    q, k, v = _dense(s, f"{at}.self.query", x), _dense(s, f"{at}.self.key", seen), _dense(s, f"{at}.self.value", seen)
    out = _dense(s, f"{at}.output.dense", _attend(q, k, v, heads, keep))
    return _normed(s, f"{at}.output.LayerNorm", x + out, 1e-12)


def relative(found: Tensor, expected: Tensor) -> float:
    """Largest difference, relative to the largest value."""
    return float((found.double() - expected).abs().max() / expected.abs().max())
