"""Vision-language models: a frame and a text through the chat template of the network's own processor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bids_vlint.networks.hub.loader import load_pretrained
from bids_vlint.networks.hub.pictures import FRAMES, blank_of
from bids_vlint.networks.hub.texts import Texts, texts_of
from bids_vlint.networks.network import Inputs, Network, Outputs
from bids_vlint.networks.specification import ModelSpec

_SIDE = 448  # pixels of the square that frames become, for networks that take as many tokens as a frame is large
_TRIAL = ((256, 512), (_SIDE, _SIDE))  # frames that tell whether it does
_BATCH = 2  # items per pass on a processor
_PER_ITEM = "per_item/"  # marks inputs whose first axis the network wants joined with the second


def is_chat(module: Any) -> bool:
    """Whether a network puts an image's tokens in place of a token of its text."""
    import transformers

    config = module.config
    token = getattr(config, "image_token_id", getattr(config, "image_token_index", None))
    return token is not None and type(config) in transformers.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING


def chat_network(spec: ModelSpec, module: Any) -> Network:
    """Make a network of frame and text; the default layer is the last hidden state at the text's last token.

    Frames are not cut into tiles, and are resized to a square where their size would set the number of tokens: so that
    every item of every film has as many. `limit` and `count` are of the text's own tokens.
    """
    processor = load_pretrained(spec, "AutoProcessor", "processor")
    _whole(processor.image_processor)
    texts = texts_of(spec, module, processor.tokenizer)
    square = _depends_on_size(processor)
    base, tail = _length(processor, square, (_SIDE, _SIDE)), _tail(processor)

    def count(items: Sequence[str]) -> list[int]:
        empty = len(texts.tokenizer(_prompt(processor, ""), verbose=False)["input_ids"])
        return [len(texts.tokenizer(_prompt(processor, item), verbose=False)["input_ids"]) - empty for item in items]

    def prepare(frames: list[np.ndarray], items: list[str], length: int | None) -> Inputs:
        padding = {"padding": "max_length", "max_length": base + length} if length else {"padding": True}
        return _inputs(processor, texts, [_sized(f, square) for f in frames], items, padding)

    def forward(inputs: Inputs) -> Outputs:
        import torch

        tokens = module(**joined_items(inputs)).last_hidden_state
        at = inputs["attention_mask"].sum(1) - 1 - tail
        return {"pooled": tokens[torch.arange(len(tokens), device=tokens.device), at]}

    blank = blank_of(processor.image_processor)
    return Network(module, True, True, prepare, forward, count, texts.limit, texts.mask, batch_size=_BATCH, blank=blank)


def chat_image_network(spec: ModelSpec, module: Any) -> Network:
    """Make the image tower of a vision-language model: the mean over the tokens that it gives for a frame."""
    from bids_vlint.networks.pooling import one_vector

    images = load_pretrained(spec, "AutoImageProcessor", "image processor")
    _whole(images)
    pixels = {images(images=[[np.zeros((*s, 3), np.uint8)]], **FRAMES)["pixel_values"].numel() for s in _TRIAL}

    def prepare(frames: list[np.ndarray], _items: list[str], _length: int | None) -> Inputs:
        return _per_item(images(images=[[_sized(f, len(pixels) > 1)] for f in frames], **FRAMES), len(frames))

    def forward(inputs: Inputs) -> Outputs:
        output = module.get_image_features(**joined_items(inputs))
        return {"pooled": one_vector(getattr(output, "pooler_output", output))}

    return Network(module, True, False, prepare, forward, batch_size=_BATCH)


def joined_items(inputs: Inputs) -> Inputs:
    """Join the first two axes of what the network wants so."""
    return {k.removeprefix(_PER_ITEM): v.flatten(0, 1) if k.startswith(_PER_ITEM) else v for k, v in inputs.items()}


def _inputs(processor: Any, texts: Texts, frames: list[Any], items: list[str], padding: dict[str, Any]) -> Inputs:
    prompts = [_prompt(processor, item) for item in items]
    found = processor(images=[[f] for f in frames], text=prompts, **FRAMES, **padding)
    return _per_item(texts.kept(found), len(items))


def _per_item(found: Any, n: int) -> Inputs:
    """Give every input an axis of items: some networks have the patches of all frames in one row."""
    many = {k for k, v in found.items() if len(v) != n}
    return {
        f"{_PER_ITEM}{k}" if k in many else k: v.unflatten(0, (n, -1)) if k in many else v for k, v in found.items()
    }


def _prompt(processor: Any, text: str) -> str:
    """Write a text with the token that stands for the frame, as the network was trained to read them."""
    if not processor.chat_template:
        return f"{getattr(processor, 'image_token', '<image>')}\n{text}"
    content = [{"type": "image"}, {"type": "text", "text": text}]
    return str(processor.apply_chat_template([{"role": "user", "content": content}], tokenize=False))


def _length(processor: Any, square: bool, size: tuple[int, int]) -> int:
    """Tokens of a prompt without text, for a frame of a size."""
    frame = _sized(np.zeros((*size, 3), np.uint8), square)
    return int(processor(images=[[frame]], text=[_prompt(processor, "")], **FRAMES)["input_ids"].shape[1])


def _depends_on_size(processor: Any) -> bool:
    """Whether a wide frame has another number of tokens than a square one."""
    return len({_length(processor, False, size) for size in _TRIAL}) > 1


def _whole(images: Any) -> None:
    """Keep an image processor from cutting a frame into tiles."""
    if getattr(images, "do_image_splitting", False):
        images.do_image_splitting = False


def _sized(frame: np.ndarray, square: bool) -> np.ndarray:
    from PIL import Image

    if not square:
        return frame
    return np.array(Image.fromarray(frame).resize((_SIDE, _SIDE), Image.Resampling.BICUBIC))


def _tail(processor: Any) -> int:
    """Tokens that follow the text in the template."""
    text = "a word"
    prompt = _prompt(processor, text)
    end = prompt.rindex(text) + len(text)
    spans = processor.tokenizer(prompt, return_offsets_mapping=True)["offset_mapping"]
    inside = [k for k, (start, stop) in enumerate(spans) if stop > start and start < end]
    return len(spans) - 1 - inside[-1]
