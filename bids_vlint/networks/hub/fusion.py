"""Networks that see a frame and read a text at once: FLAVA, BLIP, ViLT, BridgeTower and their like."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bids_vlint.errors import InputError
from bids_vlint.networks.hub.loader import load_pretrained
from bids_vlint.networks.hub.pictures import FRAMES, blank_of, image_reader
from bids_vlint.networks.hub.texts import texts_of
from bids_vlint.networks.hub.vilt import in_order
from bids_vlint.networks.network import Inputs, Network, Outputs
from bids_vlint.networks.specification import ModelSpec

ONLY_BOTH = ("vilt", "bridgetower", "lxmert", "visual_bert")  # cannot be run on a frame or a text alone


def fused_network(spec: ModelSpec, module: Any, untrained: bool) -> Network:
    """Make a network of frame and text, from its processor and its pass."""
    processor = load_pretrained(spec, "AutoProcessor", "processor")
    apart = not hasattr(processor, "image_processor")  # a tokeniser: transformers has no processor of both for it
    texts = texts_of(spec, module, processor if apart else processor.tokenizer)
    run = _PASSES.get(module.config.model_type, _any)
    if apart:
        see, blank = image_reader(spec)
    else:
        _mend(processor)
        blank = blank_of(processor.image_processor)

    def prepare(frames: list[Any], items: list[str], length: int | None) -> Inputs:
        if apart:
            return see(frames) | texts.encode(items, length)
        return texts.kept(processor(images=frames, text=items, **FRAMES, **texts.padding(length)))

    def forward(inputs: Inputs) -> Outputs:
        return {"pooled": run(spec, module, inputs, untrained)}

    return Network(module, True, True, prepare, forward, texts.count, texts.limit, texts.mask, blank=blank)


def _mend(processor: Any) -> None:
    """Give BridgeTower's crop by its side: transformers 5 reads older files' height and width, and fails on them."""
    images = processor.image_processor
    if type(images).__name__.startswith("BridgeTower") and images.crop_size.shortest_edge is None:
        images.crop_size = type(images.crop_size)(shortest_edge=images.crop_size.height)


def _flava(_spec: ModelSpec, module: Any, inputs: Inputs, untrained: bool) -> Any:
    """Multimodal pooler before its tanh, as the paper compares; its class token where the pooler is not trained."""
    token = module(**inputs).multimodal_embeddings[:, 0]
    return token if untrained else module.multimodal_model.pooler.dense(token)


def _blip(_spec: ModelSpec, module: Any, inputs: Inputs, _untrained: bool) -> Any:
    """First token of the text, to which the image was shown: what the matching head gets.

    As `BlipForImageTextRetrieval` computes it, whose own pass leaves the image's mask on the processor. The first token
    is the tokeniser's, [CLS]: transformers puts no [ENC] in its place.
    """
    import torch

    seen = module.vision_model(pixel_values=inputs["pixel_values"]).last_hidden_state
    output = module.text_encoder(
        input_ids=inputs["input_ids"],
        attention_mask=inputs["attention_mask"],
        encoder_hidden_states=seen,
        encoder_attention_mask=torch.ones(seen.shape[:2], dtype=torch.long, device=seen.device),
    )
    return output.last_hidden_state[:, 0]


def _vilt(_spec: ModelSpec, module: Any, inputs: Inputs, untrained: bool) -> Any:
    """Pooler's output, the patches in order."""
    output = module(**in_order(module, inputs))
    return output.last_hidden_state[:, 0] if untrained else output.pooler_output


def _any(spec: ModelSpec, module: Any, inputs: Inputs, untrained: bool) -> Any:
    """Pooler's output where there is one, else the first token."""
    output = module(**inputs)
    together = getattr(output, "multimodal_embeds", None)
    if together is not None:
        return together[:, 0]
    found = None if untrained else getattr(output, "pooler_output", None)
    if found is not None:
        return found.flatten(1)
    if getattr(output, "last_hidden_state", None) is None:
        wrong = f"network {spec.name!r} ({module.config.model_type}) returns no vector of image and text"
        raise InputError(str(spec.architecture), wrong, "take one of its towers with tower = image or tower = text")
    return output.last_hidden_state[:, 0]


_PASSES: dict[str, Callable[[ModelSpec, Any, Inputs, bool], Any]] = {"flava": _flava, "blip": _blip, "vilt": _vilt}
