"""LXMERT and VisualBERT: text, and the features of the regions that a detector finds in the frame."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bids_vlint.errors import InputError
from bids_vlint.networks.hub.texts import texts_of
from bids_vlint.networks.network import Inputs, Network, Outputs
from bids_vlint.networks.specification import ModelSpec

WIDTHS = {"lxmert": "visual_feat_dim", "visual_bert": "visual_embedding_dim"}  # model type -> where its config says it
_REMEMBERED = 64  # frames, of 0.3 MB each
_PUBLIC = "unc-nlp/frcnn-vg-finetuned"


def region_network(spec: ModelSpec, module: Any, untrained: bool, models_dir: Path | None) -> Network:
    """Make a network of regions and text; the default layer is its pooled output.

    Raises
    ------
    InputError
        65 where the spec names no detector, or one whose features are not as wide as the network's.
    """
    from bids_vlint.networks.paper.regions import detector

    check_regions(spec)
    kind = module.config.model_type
    texts = texts_of(spec, module)
    # `revision` is the network's, and not its detector's
    found = detector(str(spec.regions), None, models_dir, name=spec.name, folder=spec.folder)
    width = int(getattr(module.config, WIDTHS[kind]))

    regions_of = _once(found)

    def prepare(frames: list[Any], items: list[str], length: int | None) -> Inputs:
        found.module.to(module.device)
        features, boxes = regions_of(frames)
        if features.shape[-1] != width:
            wrong = f"network {spec.name!r} wants regions of {width} numbers, this detector's have {features.shape[-1]}"
            raise InputError(str(spec.regions), wrong, f'give regions = "{_PUBLIC}"')
        return texts.encode(items, length) | _visual(kind, features, boxes)

    def forward(inputs: Inputs) -> Outputs:
        output = module(**inputs)
        if kind == "lxmert":
            return {"pooled": output.language_output[:, 0] if untrained else output.pooled_output}
        return {"pooled": output.last_hidden_state[:, 0] if output.pooler_output is None else output.pooler_output}

    return Network(module, True, True, prepare, forward, texts.count, texts.limit, texts.mask, blank=found.blank)


def _once(found: Any) -> Callable[[list[Any]], tuple[Any, Any]]:
    """Find the regions of a frame once, however many of the events around it show it: the last few are remembered."""
    import torch

    known: dict[bytes, tuple[Any, ...]] = {}

    def regions(frames: list[Any]) -> tuple[Any, Any]:
        names = [hashlib.blake2b(np.ascontiguousarray(f).data, digest_size=16).digest() for f in frames]
        for name, frame in zip(names, frames):
            last = known.pop(name) if name in known else tuple(part[0] for part in found.regions([frame]))
            known[name] = last  # at the end: it was seen last
        result = tuple(torch.stack([known[name][k] for name in names]) for k in (0, 1))
        for name in list(known)[: max(len(known) - _REMEMBERED, 0)]:
            del known[name]
        return result[0], result[1]

    return regions


def check_regions(spec: ModelSpec) -> None:
    """Say where a spec names no detector.

    Raises
    ------
    InputError
        65.
    """
    if not spec.regions:
        wrong = f"network {spec.name!r} sees features of regions, and no detector of regions is named"
        raise InputError(str(spec.architecture), wrong, f'give regions = "{_PUBLIC}"')


def _visual(kind: str, features: Any, boxes: Any) -> Inputs:
    """Name the regions as the network does: (n, 36, width) features and (n, 36, 4) boxes."""
    import torch

    if kind == "lxmert":
        return {"visual_feats": features, "visual_pos": boxes}
    ones = torch.ones(features.shape[:2], dtype=torch.long)
    # its authors give every region the token type 1
    return {"visual_embeds": features, "visual_attention_mask": ones.float(), "visual_token_type_ids": ones}
