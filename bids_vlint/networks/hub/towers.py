"""Networks that get a text, a frame or a clip alone, and the two towers of those that compare text and image."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bids_vlint.networks.hub.pictures import clip_of, clip_reader, image_reader
from bids_vlint.networks.hub.texts import accepted, texts_of
from bids_vlint.networks.network import Inputs, Network, Outputs
from bids_vlint.networks.pooling import one_vector, over_tokens, pooling_rule
from bids_vlint.networks.specification import ModelSpec

_BATCH, _CLIP_BATCH = 8, 1  # frames and clips per pass on a processor


def is_dual(module: Any) -> bool:
    """Whether a network compares an image's vector with a text's, and does not fuse them."""
    both = hasattr(module, "get_text_features") and bool(_sight(module))
    return both and module.config.model_type not in ("flava", "blip", "blip-2")


def text_network(spec: ModelSpec, module: Any, untrained: bool, folder: Path | None) -> Network:
    """Make a network that reads: a language network, or the text tower of another."""
    texts = texts_of(spec, module)
    rule = pooling_rule(folder)
    name = "text_embedding" if is_dual(module) else "pooled"

    def prepare(_frames: list[Any], items: list[str], length: int | None) -> Inputs:
        return texts.encode(items, length)

    def forward(inputs: Inputs) -> Outputs:
        return {name: _of_text(module, inputs, rule, untrained)}

    return Network(module, False, True, prepare, forward, texts.count, texts.limit, texts.mask)


def image_network(spec: ModelSpec, module: Any, untrained: bool) -> Network:
    """Make a network that sees: of one frame, or of a clip before the event."""
    clip = clip_of(module.config)
    read, blank = clip_reader(spec, module.config) if clip else image_reader(spec)
    name = "image_embedding" if is_dual(module) else "pooled"

    def prepare(frames: list[Any], _items: list[str], _length: int | None) -> Inputs:
        return read(frames)

    def forward(inputs: Inputs) -> Outputs:
        return {name: _of_image(module, inputs, untrained, video=bool(clip))}

    size = _CLIP_BATCH if clip else _BATCH
    return Network(module, True, False, prepare, forward, clip=clip, batch_size=size, blank=blank)


def _of_text(module: Any, inputs: Inputs, rule: str | None, untrained: bool) -> Any:
    mask = inputs.get("attention_mask")
    if module.config.model_type == "blip":
        return module.text_encoder(**accepted(module.text_encoder.forward, inputs)).last_hidden_state[:, 0]
    if module.config.model_type == "flava":  # its `get_text_features` projects all tokens
        return module.text_model(**inputs).last_hidden_state[:, 0]
    if hasattr(module, "get_text_features"):
        return _vector(module.get_text_features(**inputs))
    part = module.get_encoder() if module.config.is_encoder_decoder else module
    output = part(**accepted(part.forward, inputs))
    found = None if untrained or rule else getattr(output, "pooler_output", None)
    if found is not None:
        return found.flatten(1)
    return over_tokens(output.last_hidden_state, mask, rule or ("last" if is_causal(module.config) else "mean"))


def is_causal(config: Any) -> bool:
    """Whether each token of a language network sees only those before it: the last one then knows the whole text."""
    import transformers

    kinds = (type(config), type(config.get_text_config()))
    causal = any(kind in transformers.MODEL_FOR_CAUSAL_LM_MAPPING for kind in kinds)
    causal = causal or any(kind in transformers.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING for kind in kinds)
    return causal and not any(kind in transformers.MODEL_FOR_MASKED_LM_MAPPING for kind in kinds)


def _of_image(module: Any, inputs: Inputs, untrained: bool, *, video: bool) -> Any:
    if module.config.model_type == "blip":
        return module.vision_model(**inputs).pooler_output
    if module.config.model_type == "flava":
        return module.image_model(**inputs).last_hidden_state[:, 0]
    if _sight(module):
        return _vector(_sight(module)(**inputs))
    output = module(**inputs, **accepted(module.forward, _whole(module, inputs)))
    found = None if untrained else getattr(output, "pooler_output", None)
    if found is not None:
        return found.flatten(1)
    tokens = output.last_hidden_state
    return one_vector(tokens) if video or tokens.ndim != 3 else tokens[:, 0]


def _whole(module: Any, inputs: Inputs) -> Inputs:
    """Inputs that keep a network to what makes features: V-JEPA 2 from predicting, ViT-MAE from hiding patches."""
    import torch

    more: Inputs = {"skip_predictor": True}
    if module.config.model_type == "vit_mae":
        module.config.mask_ratio = 0.0
        n = module.embeddings.patch_embeddings.num_patches
        order = torch.arange(n, dtype=torch.float32, device=inputs["pixel_values"].device)
        more["noise"] = order.expand(len(inputs["pixel_values"]), n)  # by which it would shuffle them
    return more


def _sight(module: Any) -> Any:
    """Return the method that makes the image's or the clip's vector, None where there is none."""
    names = ("get_video_features", "get_image_features") if clip_of(module.config) else ("get_image_features",)
    return next((getattr(module, name) for name in names if hasattr(module, name)), None)


def _vector(output: Any) -> Any:
    found = output if hasattr(output, "shape") or isinstance(output, (list, tuple)) else output.pooler_output
    return one_vector(found)
