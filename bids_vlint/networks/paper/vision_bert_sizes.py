"""Sizes of ALBEF and BLIP: what `architecture` says, else what a checkpoint's shapes tell, else the published ones."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from itertools import count
from pathlib import Path

from bids_vlint.errors import InputError, did_you_mean, few
from bids_vlint.networks.checkpoints import State
from bids_vlint.networks.notation import sizes_in
from bids_vlint.networks.specification import ModelSpec

_HEAD_WIDTH = 64  # of the published networks; the number of heads is in no shape
_NAMES = {"tiny": (192, 12), "small": (384, 12), "base": (768, 12), "large": (1024, 24)}  # of timm's ViTs: width, depth
_DEFAULT = "vit_base_patch16_224"
_VIT_BLOCK = "visual_encoder.blocks.{}.mlp.fc1.weight"
_HEADS = {"vision_proj": 256, "text_proj": 256, "itm_head": 2}  # published widths of what follows the encoders


@dataclass(frozen=True)
class Vit:
    """Size of the image encoder; `patch` and `image` in pixels, `mlp` is the width inside its blocks."""

    width: int = 768
    depth: int = 12
    heads: int = 12
    patch: int = 16
    image: int = 224
    mlp: int = 3072


@dataclass(frozen=True)
class Bert:
    """Size of the text encoder; layers from number `fusion` on attend to the image, `separator` is 0 without [SEP]."""

    width: int = 768
    depth: int = 12
    heads: int = 12
    mlp: int = 3072
    vocabulary: int = 30522
    context: int = 512
    fusion: int = 6
    types: int = 2
    separator: int = 1


@dataclass(frozen=True)
class Layout:
    """In what the families differ.

    Attributes
    ----------
    bert : str
        Module path of the text encoder's BERT.
    published : Bert
        Its `types` are 0 where no token-type embedding is added; its `fusion` is 0 where every layer attends to the
        image if there is one.
    added : tuple of str
        Tokens beyond BERT's vocabulary.
    first : str | None
        The token that a text begins with where an image is seen; None: `[CLS]` as always.
    """

    bert: str
    published: Bert
    added: tuple[str, ...] = ()
    first: str | None = None


@dataclass(frozen=True)
class Sizes:
    """Size of a network; `heads` are the widths of `vision_proj`, `text_proj` and `itm_head` where it has them."""

    vit: Vit
    bert: Bert
    heads: dict[str, int]


def sizes_of(spec: ModelSpec, layout: Layout, state: State) -> Sizes:
    """Size of a network.

    Parameters
    ----------
    spec : ModelSpec
        `architecture` is timm's name of the image encoder, which gives the image's size (and the encoder's, where there
        is no checkpoint), or `vit(image=32, heads=4) + bert(heads=2)`; every field of `Vit` and `Bert` may be given.
    layout : Layout
    state : State
        Of the checkpoint; empty where there is none.

    Raises
    ------
    InputError
        65 for an architecture that is not understood, a checkpoint that lacks the parts that tell its size, or sizes
        that do not go together.
    """
    named, said_vit, said_bert = _said(spec)
    told_vit, told_bert, heads = _told(spec, layout, state) if state else ({}, {}, _HEADS)
    published = {f.name: getattr(layout.published, f.name) for f in fields(Bert) if f.name != "heads"}
    vit = Vit(**_with_heads(named | told_vit | said_vit))
    bert = Bert(**_with_heads(published | told_bert | said_bert))
    _check(spec, vit, bert)
    return Sizes(vit, bert, heads)


def _with_heads(sizes: dict[str, int]) -> dict[str, int]:
    return {"heads": max(sizes.get("width", Vit.width) // _HEAD_WIDTH, 1)} | sizes


def _said(spec: ModelSpec) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    """Read `architecture`: what a name stands for, and the fields given of the image and of the text encoder."""
    parts = [part.strip() for part in (spec.architecture or _DEFAULT).split("+")]
    named: dict[str, int] = {}
    vit: dict[str, int] = {}
    if not parts[0].startswith(("vit(", "bert(")):
        named, vit = _named(spec, parts.pop(0))
    elif parts[0].startswith("vit("):
        vit = _fields(spec, parts.pop(0), "vit", Vit)
    bert = _fields(spec, parts.pop(0), "bert", Bert) if parts else {}
    if parts:
        raise _not_understood(spec)
    return named, vit, bert


def _named(spec: ModelSpec, name: str) -> tuple[dict[str, int], dict[str, int]]:
    found = re.fullmatch(r"vit_(\w+?)_patch(\d+)_(\d+)", name)
    if found is None or found[1] not in _NAMES or 0 in (int(found[2]), int(found[3])):
        wrong = f"network {spec.name!r}: its architecture {name!r} is not known"
        raise InputError(spec.folder, wrong, did_you_mean(name, [f"vit_{n}_patch16_224" for n in _NAMES]))
    width, depth = _NAMES[found[1]]
    return {"width": width, "depth": depth, "mlp": 4 * width, "patch": int(found[2])}, {"image": int(found[3])}


def _fields(spec: ModelSpec, value: str, kind: str, known: type) -> dict[str, int]:
    sizes = sizes_in(value, kind, known, may_be_zero=("fusion", "types", "separator"))
    if sizes is None:
        raise _not_understood(spec)
    return sizes


def _not_understood(spec: ModelSpec) -> InputError:
    wrong = f"network {spec.name!r}: its architecture {spec.architecture!r} is not understood"
    return InputError(spec.folder, wrong, f"write {_DEFAULT}, or vit(image=224, heads=12) + bert(heads=12)")


def _told(spec: ModelSpec, layout: Layout, state: State) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    """What a checkpoint's shapes tell of the image encoder, of the text encoder and of what follows them."""
    bert = layout.bert
    anchors = {
        "visual_encoder.patch_embed.proj.weight": 4,
        _VIT_BLOCK.format(0): 2,
        f"{bert}.embeddings.word_embeddings.weight": 2,
        f"{bert}.embeddings.position_embeddings.weight": 2,
        f"{bert}.encoder.layer.0.intermediate.dense.weight": 2,
    }
    _check_anchors(spec, layout, state, anchors)
    patch, vit_mlp, words, positions, mlp = (tuple(state[k].shape) for k in anchors)
    depth = _depth(state, f"{bert}.encoder.layer.{{}}.intermediate.dense.weight")
    told = {"width": words[1], "vocabulary": words[0], "context": positions[0], "mlp": mlp[0], "depth": depth}
    types = f"{bert}.embeddings.token_type_embeddings.weight"
    if layout.published.types and types in state:
        told["types"] = len(state[types])
    if layout.published.fusion:
        crossed = [k for k in range(depth) if f"{bert}.encoder.layer.{k}.crossattention.self.query.weight" in state]
        told["fusion"] = min(crossed, default=min(layout.published.fusion, depth - 1))
    vit = {"width": patch[0], "patch": patch[3], "mlp": vit_mlp[0], "depth": _depth(state, _VIT_BLOCK)}
    return vit, told, {k: len(state[f"{k}.weight"]) for k in _HEADS if f"{k}.weight" in state}


def _depth(state: State, part: str) -> int:
    """How many layers of a series have a part, from the first on."""
    return next(n for n in count() if part.format(n) not in state)


def _check_anchors(spec: ModelSpec, layout: Layout, state: State, anchors: dict[str, int]) -> None:
    lacking = [k for k, n in anchors.items() if k not in state or state[k].ndim != n]
    if not lacking:
        return
    own = ("visual_encoder.", f"{layout.bert}.", *(f"{k}." for k in _HEADS))
    left = [k for k in state if not k.startswith(own)]
    wrong = f"missing or of another shape: {', '.join(lacking)}"
    wrong += f"; left over: {few(left, 12)}" if left else ""
    wrong = f"this checkpoint does not fit network {spec.name!r} of source {spec.source} ({wrong})"
    raise InputError(Path(str(spec.weights)), wrong, "name another source or get the authors' file")


def _check(spec: ModelSpec, vit: Vit, bert: Bert) -> None:
    where, name = spec.weights or spec.folder, f"network {spec.name!r}"
    for part, width, heads in (("vit", vit.width, vit.heads), ("bert", bert.width, bert.heads)):
        if width % heads:
            wrong = f"{name} is {width} wide with {heads} heads"
            raise InputError(where, wrong, f"give heads that divide the width in {part}(heads=…)")
    if vit.image % vit.patch:
        wrong = f"{name} cannot cut an image of {vit.image} pixels into patches of {vit.patch}"
        raise InputError(where, wrong, "give a multiple in vit(image=…)")
    if bert.fusion >= bert.depth:
        wrong = f"{name} has {bert.depth} text layers and none from number {bert.fusion} on to attend to the image"
        raise InputError(where, wrong, "give a smaller number in bert(fusion=…)")
