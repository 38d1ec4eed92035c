"""The paper's networks of transformers at their real sizes: names and shapes on the meta device, features in full."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers

from bids_vlint.networks.families.transformers import TRANSFORMERS as made_by
from bids_vlint.networks.hub.leftovers import unexpected
from bids_vlint.networks.hub.loader import class_of
from bids_vlint.networks.hub.texts import _bert
from bids_vlint.networks.layers import run_batch
from bids_vlint.networks.paper.regions import Detector
from bids_vlint.networks.specification import ModelSpec
from tests.networks.hub_networks import words

Shapes = dict[str, tuple[int, ...]]
Row = tuple[Callable[[], Any], str, str, Shapes]


def blip_config() -> Any:
    return transformers.BlipConfig(vision_config={"image_size": 384}, text_config={"num_attention_heads": 12})


# name -> configuration, class that its public checkpoint was saved from, layer compared, some of its weights
PAPER: dict[str, Row] = {
    "flava": (
        transformers.FlavaConfig,
        "FlavaForPreTraining",
        "multimodal_model.pooler.dense",
        {
            "flava.multimodal_model.pooler.dense.weight": (768, 768),
            "flava.multimodal_model.encoder.layer.5.output.dense.weight": (768, 3072),
            "flava.image_model.embeddings.position_embeddings": (1, 197, 768),
            "flava.text_model.embeddings.word_embeddings.weight": (30522, 768),
        },
    ),
    "lxmert": (
        transformers.LxmertConfig,
        "LxmertForPreTraining",
        "pooler",
        {
            "lxmert.pooler.dense.weight": (768, 768),
            "lxmert.encoder.visn_fc.visn_fc.weight": (768, 2048),
            "lxmert.encoder.visn_fc.box_fc.weight": (768, 4),
            "lxmert.encoder.x_layers.4.visual_attention.att.query.weight": (768, 768),
            "lxmert.encoder.layer.8.output.dense.weight": (768, 3072),
        },
    ),
    "visualbert": (
        lambda: transformers.VisualBertConfig(visual_embedding_dim=2048),
        "VisualBertForPreTraining",
        "pooler",
        {
            "visual_bert.pooler.dense.weight": (768, 768),
            "visual_bert.embeddings.visual_projection.weight": (768, 2048),
            "visual_bert.encoder.layer.11.output.dense.weight": (768, 3072),
        },
    ),
    "sbert": (
        lambda: transformers.MPNetConfig(max_position_embeddings=514),
        "MPNetModel",
        "pooler",
        {
            "pooler.dense.weight": (768, 768),
            "embeddings.word_embeddings.weight": (30527, 768),
            "encoder.relative_attention_bias.weight": (32, 12),
        },
    ),
    "simcse": (
        transformers.BertConfig,
        "BertModel",
        "pooler",
        {"pooler.dense.weight": (768, 768), "embeddings.word_embeddings.weight": (30522, 768)},
    ),
    "blip": (
        blip_config,
        "BlipForImageTextRetrieval",
        "text_encoder",
        {
            "vision_model.embeddings.position_embedding": (1, 577, 768),
            "text_encoder.embeddings.word_embeddings.weight": (30524, 768),
            "text_encoder.encoder.layer.11.crossattention.self.key.weight": (768, 768),
            "itm_head.weight": (2, 768),
        },
    ),
}


@pytest.mark.parametrize("name", PAPER)
def test_names_and_shapes(name: str) -> None:
    make, saved_from, layer, shapes = PAPER[name]
    config = make()
    config.architectures = [saved_from]
    spec = ModelSpec(name, "multimodal", "transformers", name)
    with torch.device("meta"):
        module, saved = class_of(spec, config)(config), getattr(transformers, saved_from)(config)
    state = {k: tuple(v.shape) for k, v in saved.state_dict().items()}
    assert shapes.items() <= state.items()
    assert layer in dict(module.named_modules())
    prefix = f"{module.base_model_prefix}."
    own = {k: tuple(v.shape) for k, v in module.state_dict().items()}
    assert own.items() <= {k.removeprefix(prefix): v for k, v in state.items()}.items() | state.items()
    left = {k for k in state if k not in own and k.removeprefix(prefix) not in own}
    assert unexpected(left, config, module) == []
    assert unexpected(left | {"more.weight"}, config, module) == ["more.weight"]


def parts(name: str) -> list[Any]:
    """What a network reads and sees with, as it is published."""
    if name == "flava":
        return [transformers.FlavaProcessor(transformers.FlavaImageProcessor(), _bert())]
    if name == "blip":
        return [transformers.BlipProcessor(transformers.BlipImageProcessor(), _bert())]
    return [words("roberta", 512) if name == "sbert" else _bert()] if name != "visualbert" else []


def reference(name: str, module: Any, processor: Any, frame: np.ndarray, text: str, seen: Any) -> torch.Tensor:
    """The layer that the paper compares, by transformers' own output."""
    if name == "flava":
        inputs = processor(images=frame, text=text, return_tensors="pt")
        return module(**inputs).multimodal_output.pooler_output[0].atanh()
    if name == "blip":
        return module(**processor(images=frame, text=text, return_tensors="pt")).question_embeds[0]
    inputs = processor(text, return_tensors="pt")
    if name == "lxmert":
        return module(**inputs, visual_feats=seen[0], visual_pos=seen[1]).pooled_output[0]
    if name == "visualbert":
        ones = torch.ones(1, 36, dtype=torch.long)
        more = {"visual_embeds": seen[0], "visual_token_type_ids": ones, "visual_attention_mask": ones}
        return module(**inputs, **more).pooler_output[0]
    return module(**inputs).pooler_output[0]


@pytest.mark.full
@pytest.mark.parametrize("name", PAPER)
def test_real_size(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make, saved_from, layer, _ = PAPER[name]
    torch.manual_seed(0)
    getattr(transformers, saved_from)(make()).save_pretrained(tmp_path)
    for part in parts(name):
        part.save_pretrained(tmp_path)
    frame = np.random.default_rng(0).integers(0, 255, (240, 320, 3), np.uint8)
    seen = torch.rand(1, 36, 2048) * 2, torch.rand(1, 36, 4)
    found = Detector(torch.nn.Identity(), lambda frames: seen, None)
    monkeypatch.setattr("bids_vlint.networks.paper.regions.detector", lambda *_, **__: found)
    language = name in ("sbert", "simcse")
    regions = "fake" if name in ("lxmert", "visualbert") else None
    spec = ModelSpec(name, "language" if language else "multimodal", "transformers", str(tmp_path), regions=regions)
    (network,) = made_by.build(spec, 0, None)
    text = "the red ball sees a dog"
    got = run_batch(network, [] if language else [frame], [text], (layer,))[layer][0]
    module = class_of(spec, network.module.config).from_pretrained(tmp_path, dtype=torch.float32).eval()
    kind = "AutoProcessor" if name in ("flava", "blip") else "AutoTokenizer"
    processor = _bert() if name == "visualbert" else getattr(transformers, kind).from_pretrained(tmp_path)
    with torch.inference_mode():
        expected = reference(name, module, processor, frame, text, seen)
    torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-4 * float(expected.abs().max()))
