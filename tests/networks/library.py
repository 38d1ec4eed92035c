"""What the libraries' own classes, called directly, make of one frame and one text: no code of this package's but the
detector of regions, which has a reference of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from bids_vlint.networks.paper.regions import detector
from bids_vlint.networks.specification import ModelSpec
from tests.networks import vision_bert

Call = Callable[[np.ndarray, str], torch.Tensor]
BERT = {"": [], "a dog": [1037, 3899], "the red ball": [1996, 2417, 3608], "a cat": [1037, 4937]}  # uncased numbers
BERT["a dog sees the red ball"] = [*BERT["a dog"], 5927, *BERT["the red ball"]]
BERT |= {"a": [1037], "the red": [1996, 2417], "a dog sees the red": [1037, 3899, 5927, 1996, 2417]}
CLIP = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def loaded(name: str, folder: str, **options: Any) -> Any:
    """One of transformers' classes, from a folder."""
    import transformers

    made = getattr(transformers, name).from_pretrained(folder, **options)
    return made.eval() if hasattr(made, "eval") else made


def pooled(spec: ModelSpec) -> Call:
    """Frame and text -> (1, width): the default layer of a small network that is shown both."""
    return _OF[spec.name](spec)


def _processed(kind: str, processor: str, take: Callable[[Any, Any], torch.Tensor]) -> Callable[[ModelSpec], Call]:
    """A network whose processor takes both."""

    def make(spec: ModelSpec) -> Call:
        folder = str(spec.architecture)
        module, prepare = loaded(kind, folder), loaded(processor, folder)
        return lambda frame, text: take(module, prepare(images=frame, text=text, return_tensors="pt"))

    return make


def _flava(module: Any, inputs: Any) -> torch.Tensor:
    """The multimodal pooler before its tanh."""
    return module.multimodal_model.pooler.dense(module(**inputs).multimodal_embeddings[:, 0])  # type: ignore[no-any-return]


def _lxmert(spec: ModelSpec) -> Call:
    module, tokenizer = (loaded(k, str(spec.architecture)) for k in ("LxmertModel", "AutoTokenizer"))
    regions = detector(str(spec.regions), name="lxmert").regions

    def call(frame: np.ndarray, text: str) -> torch.Tensor:
        features, boxes = regions([frame])
        found = module(**tokenizer(text, return_tensors="pt"), visual_feats=features, visual_pos=boxes)
        return found.pooled_output  # type: ignore[no-any-return]

    return call


def _visual_bert(spec: ModelSpec) -> Call:
    module = loaded("VisualBertModel", str(spec.architecture))
    regions = detector(str(spec.regions), name="visualbert").regions

    def call(frame: np.ndarray, text: str) -> torch.Tensor:
        features, _ = regions([frame])
        ids = torch.tensor([[101, *BERT[text], 102]])
        more = {"attention_mask": torch.ones_like(ids), "visual_attention_mask": torch.ones(1, 36)}
        types = torch.ones(1, 36, dtype=torch.long)
        found = module(input_ids=ids, visual_embeds=features, visual_token_type_ids=types, **more)
        return found.pooler_output  # type: ignore[no-any-return]

    return call


def _qwen(spec: ModelSpec) -> Call:
    return vision_language("Qwen2_5_VLModel", spec, side=448)


def vision_language(kind: str, spec: ModelSpec, side: int | None) -> Call:
    """A vision-language model at the text's last token, the last but one; frames become a square of `side` pixels."""
    from PIL import Image

    folder = str(spec.architecture)
    module, processor = loaded(kind, folder), loaded("AutoProcessor", folder)
    processor.image_processor.do_image_splitting = False

    def call(frame: np.ndarray, text: str) -> torch.Tensor:
        picture = Image.fromarray(frame)
        picture = picture.resize((side, side), Image.Resampling.BICUBIC) if side else picture
        content = [{"type": "image", "image": picture}, {"type": "text", "text": text}]
        ask = {"tokenize": True, "return_dict": True, "return_tensors": "pt"}
        inputs = processor.apply_chat_template([{"role": "user", "content": content}], **ask)
        end = processor.tokenizer("<end>")["input_ids"]
        assert inputs["input_ids"][0, -1:].tolist() == end
        return module(**inputs).last_hidden_state[:, -2]  # type: ignore[no-any-return]

    return call


def _clip(spec: ModelSpec) -> Call:
    module, prepare = (loaded(k, str(spec.architecture)) for k in ("CLIPModel", "CLIPProcessor"))

    def call(frame: np.ndarray, text: str) -> torch.Tensor:
        inputs = prepare(images=frame, text=text, return_tensors="pt")
        seen = module.get_image_features(pixel_values=inputs.pop("pixel_values")).pooler_output
        return torch.cat([seen, module.get_text_features(**inputs).pooler_output], 1)

    return call


def _open_clip(spec: ModelSpec) -> Call:
    import open_clip
    from PIL import Image

    module, _, transform = open_clip.create_model_and_transforms(str(spec.architecture), pretrained=spec.weights)
    module.eval()
    read = open_clip.get_tokenizer(str(spec.architecture))
    return lambda frame, text: torch.cat(
        [module.encode_image(transform(Image.fromarray(frame))[None]), module.encode_text(read([text]))], 1
    )


def _slip(spec: ModelSpec) -> Call:
    """The image tower by timm; the text's by open_clip's tokeniser and transformer, as the SLIP repository has it."""
    from open_clip import tokenize
    from open_clip.transformer import QuickGELU, Transformer
    from timm.models.vision_transformer import VisionTransformer

    saved = torch.load(str(spec.weights), weights_only=False)["state_dict"]
    state = {k.removeprefix("module."): v.float() for k, v in saved.items()}
    visual = VisionTransformer(32, 16, embed_dim=32, depth=2, num_heads=4, num_classes=0).eval()
    blocks = Transformer(64, 2, 1, act_layer=QuickGELU).eval()
    for module, at in ((visual, "visual."), (blocks, "transformer.")):
        module.load_state_dict({k.removeprefix(at): v for k, v in state.items() if k.startswith(at)})
    mask = torch.full((20, 20), float("-inf")).triu(1)

    def call(frame: np.ndarray, text: str) -> torch.Tensor:
        ids = tokenize([text], context_length=20)
        x = blocks(state["token_embedding.weight"][ids] + state["positional_embedding"], attn_mask=mask)
        x = torch.nn.functional.layer_norm(x, (64,), state["ln_final.weight"], state["ln_final.bias"])
        at_end = x[:, ids[0].argmax()]
        return torch.cat([visual(_pixels(frame, 32, IMAGENET, whole=False)), at_end], 1)

    return call


def _vision_bert(spec: ModelSpec) -> Call:
    """ALBEF and BLIP by the formulas of their papers."""
    kind = {name: kind for name, kind, _ in vision_bert.SMALL_NETWORKS}[spec.name]
    state = torch.load(str(spec.weights), weights_only=True)["model"]

    def call(frame: np.ndarray, text: str) -> torch.Tensor:
        ids = torch.tensor([[101, *BERT[text], 102]])
        seen = _pixels(frame, 32, CLIP, whole=True)
        return vision_bert.reference(state, kind, seen, ids, torch.ones_like(ids), (4, 3)).fused[:, 0].float()

    return call


def _pixels(frame: np.ndarray, side: int, statistics: Any, *, whole: bool) -> torch.Tensor:
    """A frame as (1, 3, side, side): squeezed, or its shorter edge to the side and its middle cut out."""
    from PIL import Image

    picture = Image.fromarray(frame)
    if whole:
        picture = picture.resize((side, side), Image.Resampling.BICUBIC)
    else:
        scale = side / min(picture.size)
        width, height = (int(scale * n) for n in picture.size)
        left, top = (round((n - side) / 2) for n in (width, height))
        picture = picture.resize((width, height), Image.Resampling.BILINEAR)
        picture = picture.crop((left, top, left + side, top + side))
    mean, sd = (torch.tensor(values).view(3, 1, 1) for values in statistics)
    return ((torch.from_numpy(np.asarray(picture) / np.float32(255)).permute(2, 0, 1) - mean) / sd)[None]


_OF: dict[str, Callable[[ModelSpec], Call]] = {
    "flava": _processed("FlavaModel", "FlavaProcessor", _flava),
    "blip-itm": _processed("BlipForImageTextRetrieval", "BlipProcessor",
                           lambda module, inputs: module(**inputs, use_itm_head=True).question_embeds[:, 0]),
    "bridgetower": _processed("BridgeTowerModel", "BridgeTowerProcessor", lambda m, inputs: m(**inputs).pooler_output),
    "vilt": _processed("ViltModel", "ViltProcessor", lambda module, inputs: module(**inputs).pooler_output),
    "lxmert": _lxmert,
    "visualbert": _visual_bert,
    "qwen-vl": _qwen,
    "clip": _clip,
    "open_clip": _open_clip,
    "slip-both": _slip,
    "albef": _vision_bert,
    "blip": _vision_bert,
}  # fmt: skip
