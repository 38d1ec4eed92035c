"""The transformers family: features against transformers' own classes, texts and limits, files that are wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from shutil import copytree
from typing import Any

import numpy as np
import pytest
import torch

from bids_vlint.networks.families.transformers import TRANSFORMERS as made_by
from bids_vlint.networks.layers import run_batch, survey
from bids_vlint.networks.paper.regions import detector
from bids_vlint.networks.specification import ModelSpec
from tests.networks import hub_networks
from tests.networks.networks import catalogue
from tests.networks.showing import FRAMES, TEXTS, clip, shown

Vectors = list[torch.Tensor]


def of_each(function: Callable[[np.ndarray, str], torch.Tensor]) -> Vectors:
    """Each item alone, without padding."""
    with torch.inference_mode():
        return [function(frame, text)[0] for frame, text in zip(FRAMES, TEXTS)]


def close(found: torch.Tensor, expected: Vectors) -> None:
    assert len(found) == len(expected) == 3
    for one, other in zip(found, expected):
        assert torch.isfinite(other).all()
        torch.testing.assert_close(one[: len(other)], other, rtol=1e-4, atol=1e-4 * float(other.abs().max()))
    first, second = (e.flatten()[:32] for e in expected[:2])
    assert float((first - second).abs().max()) > 1e-3 * float(first.abs().max())


def loaded(name: str, folder: str, **options: Any) -> Any:
    import transformers

    return getattr(transformers, name).from_pretrained(folder, **options)


def test_flava(hub_specs: dict[str, ModelSpec]) -> None:
    folder = str(hub_specs["flava"].architecture)
    module, processor = loaded("FlavaModel", folder).eval(), loaded("FlavaProcessor", folder)

    def pooled(frame: np.ndarray, text: str) -> torch.Tensor:
        return module(**processor(images=frame, text=text, return_tensors="pt")).multimodal_output.pooler_output

    (network,) = made_by.build(hub_specs["flava"], 0, None)
    found = shown(network, ("multimodal_model.pooler.dense", "multimodal_model.pooler"))
    close(found["multimodal_model.pooler"], of_each(pooled))
    close(found["pooled"].tanh(), of_each(pooled))
    torch.testing.assert_close(found["multimodal_model.pooler.dense"], found["pooled"])
    assert not any("codebook" in name for name, _ in network.module.named_modules())


def test_flava_sees_red_as_red(hub_specs: dict[str, ModelSpec]) -> None:
    (network,) = made_by.build(hub_specs["flava"], 0, None)
    red = np.zeros((32, 32, 3), np.uint8)
    red[..., 0] = 255
    pixels = network.prepare([red], ["a dog"], None)["pixel_values"][0].mean((1, 2))
    assert pixels[0] > 1
    assert (pixels[1:] < -1).all()


def test_lxmert(hub_specs: dict[str, ModelSpec]) -> None:
    spec = hub_specs["lxmert"]
    module, tokenizer = (loaded(k, str(spec.architecture)) for k in ("LxmertModel", "AutoTokenizer"))
    regions = detector(str(spec.regions), name="lxmert").regions

    def pooled(frame: np.ndarray, text: str) -> torch.Tensor:
        features, boxes = regions([frame])
        return module(**tokenizer(text, return_tensors="pt"), visual_feats=features, visual_pos=boxes).pooled_output

    (network,) = made_by.build(spec, 0, None)
    found = shown(network, ("pooler", "encoder.x_layers.1"))
    close(found["pooled"], of_each(pooled))
    close(found["pooler"], of_each(pooled))
    assert found["encoder.x_layers.1"].shape == (3, 8, 32)
    assert Path(str(spec.regions)) / "config.yaml" in made_by.files(replace(spec, trained=False), None)


def test_visualbert_reads_with_berts_vocabulary(hub_specs: dict[str, ModelSpec]) -> None:
    spec = hub_specs["visualbert"]
    module = loaded("VisualBertModel", str(spec.architecture)).eval()
    regions = detector(str(spec.regions), name="visualbert").regions
    numbers = {"a dog": [1037, 3899], "the red ball": [1996, 2417, 3608]}  # of BERT base, uncased
    numbers["a dog sees the red ball"] = [*numbers["a dog"], 5927, *numbers["the red ball"]]

    def pooled(frame: np.ndarray, text: str) -> torch.Tensor:
        features, _ = regions([frame])
        ids = torch.tensor([[101, *numbers[text], 102]])
        more = {"attention_mask": torch.ones_like(ids), "visual_attention_mask": torch.ones(1, 36)}
        types = torch.ones(1, 36, dtype=torch.long)
        return module(input_ids=ids, visual_embeds=features, visual_token_type_ids=types, **more).pooler_output

    (network,) = made_by.build(spec, 0, None)
    found = shown(network, ("pooler",))
    close(found["pooled"], of_each(pooled))
    close(found["pooler"], of_each(pooled))
    assert network.count is not None
    assert network.count(TEXTS) == [4, 5, 8]


def test_blip(hub_specs: dict[str, ModelSpec]) -> None:
    folder = str(hub_specs["blip-itm"].architecture)
    module, processor = loaded("BlipForImageTextRetrieval", folder).eval(), loaded("BlipProcessor", folder)

    def tokens(frame: np.ndarray, text: str) -> torch.Tensor:
        inputs = processor(images=frame, text=text, return_tensors="pt")
        return module(**inputs, use_itm_head=True).question_embeds

    (network,) = made_by.build(hub_specs["blip-itm"], 0, None)
    found = shown(network, ("text_encoder", "text_encoder.encoder.layer.1"))
    close(found["text_encoder"], of_each(tokens))
    close(found["text_encoder.encoder.layer.1"], of_each(tokens))
    close(found["pooled"], [t[0] for t in of_each(tokens)])


def test_blip_towers(hub_specs: dict[str, ModelSpec]) -> None:
    folder = str(hub_specs["blip-itm"].architecture)
    module, processor = loaded("BlipForImageTextRetrieval", folder).eval(), loaded("BlipProcessor", folder)
    (image,) = made_by.build(replace(hub_specs["blip-itm"], tower="image"), 0, None)
    (text,) = made_by.build(replace(hub_specs["blip-itm"], tower="text"), 0, None)
    seen = of_each(lambda f, _: module.vision_model(**processor(images=f, return_tensors="pt")).pooler_output)
    read = of_each(lambda _, t: module.text_encoder(**processor(text=t, return_tensors="pt")).last_hidden_state[:, 0])
    close(shown(image)["pooled"], seen)
    close(shown(text)["pooled"], read)


def test_bridgetower(hub_specs: dict[str, ModelSpec]) -> None:
    folder = str(hub_specs["bridgetower"].architecture)
    module, processor = loaded("BridgeTowerModel", folder).eval(), loaded("BridgeTowerProcessor", folder)

    def pooled(frame: np.ndarray, text: str) -> torch.Tensor:
        return module(**processor(images=frame, text=text, return_tensors="pt")).pooler_output

    (network,) = made_by.build(hub_specs["bridgetower"], 0, None)
    close(shown(network)["pooled"], of_each(pooled))
    assert network.limit == 16  # of 18 positions two hold no token


def test_siglip_reads_as_it_was_trained(hub_specs: dict[str, ModelSpec]) -> None:
    folder = str(hub_specs["siglip"].architecture)
    module, tokenizer = loaded("SiglipModel", folder).eval(), loaded("AutoTokenizer", folder)

    def pooled(_frame: np.ndarray, text: str) -> torch.Tensor:
        ids = tokenizer(text, padding="max_length", max_length=12, return_tensors="pt")["input_ids"]
        return module.get_text_features(input_ids=ids).pooler_output

    (network,) = made_by.build(hub_specs["siglip"], 0, None)
    close(shown(network)["text_embedding"], of_each(pooled))
    assert (network.mask, network.limit) == (None, 12)
    (shorter,) = made_by.build(replace(hub_specs["siglip"], context_length=8), 0, None)
    assert shorter.limit == 8
    close(shown(shorter)["text_embedding"], of_each(pooled))


def test_siglip2_keeps_the_frames_shape(hub_specs: dict[str, ModelSpec]) -> None:
    folder = str(hub_specs["siglip2"].architecture)
    module, images = loaded("Siglip2Model", folder).eval(), loaded("Siglip2ImageProcessor", folder)
    (network,) = made_by.build(hub_specs["siglip2"], 0, None)
    expected = of_each(lambda f, _: module.get_image_features(**images(images=f, return_tensors="pt")).pooler_output)
    close(shown(network)["image_embedding"], expected)


def test_two_towers_are_two_networks(hub_specs: dict[str, ModelSpec]) -> None:
    image, text = made_by.build(replace(hub_specs["siglip2"], tower="both"), 0, None)
    assert (image.sees, image.reads, text.sees, text.reads) == (True, False, False, True)
    assert [next(iter(shown(n))) for n in (image, text)] == ["image_embedding", "text_embedding"]


def test_dinov2(hub_specs: dict[str, ModelSpec]) -> None:
    folder = str(hub_specs["dinov2"].architecture)
    module, images = loaded("Dinov2Model", folder).eval(), loaded("BitImageProcessor", folder)
    (network,) = made_by.build(hub_specs["dinov2"], 0, None)
    expected = of_each(lambda f, _: module(**images(images=f, return_tensors="pt")).last_hidden_state[:, 0])
    close(shown(network)["pooled"], expected)


def test_vit_mae_sees_all_patches(hub_specs: dict[str, ModelSpec]) -> None:
    folder = str(hub_specs["vit-mae"].architecture)
    module, images = loaded("ViTMAEModel", folder, mask_ratio=0.0).eval(), loaded("ViTImageProcessor", folder)
    (network,) = made_by.build(hub_specs["vit-mae"], 0, None)
    expected = of_each(lambda f, _: module(**images(images=f, return_tensors="pt")).last_hidden_state[:, 0])
    close(shown(network)["pooled"], expected)


def test_sentence_embedder(hub_specs: dict[str, ModelSpec]) -> None:
    folder = str(hub_specs["sbert"].architecture)
    module, tokenizer = loaded("MPNetModel", folder).eval(), loaded("AutoTokenizer", folder)
    (network,) = made_by.build(hub_specs["sbert"], 0, None)
    found = shown(network, ("pooler", "pooler.dense"))
    mean = of_each(lambda _, t: module(**tokenizer(t, return_tensors="pt")).last_hidden_state.mean(1))
    tanh = of_each(lambda _, t: module(**tokenizer(t, return_tensors="pt")).pooler_output)
    close(found["pooled"], mean)
    close(found["pooler"], tanh)
    assert network.limit == 14


@pytest.mark.parametrize("rule", ["cls", "max", "lasttoken"])
def test_other_ways_to_pool(hub_specs: dict[str, ModelSpec], tmp_path: Path, rule: str) -> None:
    folder = Path(copytree(str(hub_specs["sbert"].architecture), tmp_path / "network"))
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode": rule}))
    module, tokenizer = loaded("MPNetModel", str(folder)).eval(), loaded("AutoTokenizer", str(folder))
    (network,) = made_by.build(replace(hub_specs["sbert"], architecture=str(folder)), 0, None)
    pick = {"cls": lambda x: x[:, 0], "max": lambda x: x.amax(1), "lasttoken": lambda x: x[:, -1]}[rule]
    expected = of_each(lambda _, t: pick(module(**tokenizer(t, return_tensors="pt")).last_hidden_state))
    close(shown(network)["pooled"], expected)


def test_multilingual_of_an_old_file(hub_specs: dict[str, ModelSpec], tmp_path: Path) -> None:
    new = hub_specs["xlmr"]
    old = replace(new, architecture=hub_networks.old_file(str(new.architecture), tmp_path / "old"))
    module = loaded("XLMRobertaModel", str(new.architecture), add_pooling_layer=False).eval()
    tokenizer = loaded("AutoTokenizer", str(new.architecture))
    expected = of_each(lambda _, t: module(**tokenizer(t, return_tensors="pt")).last_hidden_state.mean(1))
    for spec in (new, old):
        (network,) = made_by.build(spec, 0, None)
        close(shown(network)["pooled"], expected)
        assert network.limit == 16  # of 18 positions
        assert "pooler" not in catalogue(network)  # the checkpoint has none, nor has the twin
        (twin,) = made_by.build(replace(spec, trained=False), 0, None)
        assert list(catalogue(twin)) == list(catalogue(network))


def test_causal_network_is_read_at_its_last_token(hub_specs: dict[str, ModelSpec]) -> None:
    folder = str(hub_specs["gpt2"].architecture)
    assert len(list(Path(folder).glob("model-*.safetensors"))) > 1
    module, tokenizer = loaded("GPT2Model", folder).eval(), loaded("AutoTokenizer", folder)
    (network,) = made_by.build(hub_specs["gpt2"], 0, None)
    expected = of_each(lambda _, t: module(**tokenizer(t, return_tensors="pt")).last_hidden_state[:, -1])
    close(shown(network)["pooled"], expected)


def test_encoder_of_t5(hub_specs: dict[str, ModelSpec]) -> None:
    folder = str(hub_specs["t5"].architecture)
    module, tokenizer = loaded("T5EncoderModel", folder).eval(), loaded("AutoTokenizer", folder)
    (network,) = made_by.build(hub_specs["t5"], 0, None)

    def mean(_frame: np.ndarray, text: str) -> torch.Tensor:
        return module(input_ids=tokenizer(text, return_tensors="pt")["input_ids"]).last_hidden_state.mean(1)

    close(shown(network)["pooled"], of_each(mean))


@pytest.mark.parametrize(
    ("name", "kind", "processor"),
    [("videomae", "VideoMAEModel", "VideoMAEVideoProcessor"), ("vjepa2", "VJEPA2Model", "VJEPA2VideoProcessor")],
)
def test_video(hub_specs: dict[str, ModelSpec], name: str, kind: str, processor: str) -> None:
    folder = str(hub_specs[name].architecture)
    module, videos = loaded(kind, folder).eval(), loaded(processor, folder)
    (network,) = made_by.build(hub_specs[name], 0, None)
    assert network.clip == (-2.0, -1.333333, -0.666667, 0.0)
    with torch.inference_mode():
        clips = [videos(videos=list(clip(network.clip, k)), return_tensors="pt") for k in range(3)]
        close(shown(network)["pooled"], [module(**one).last_hidden_state[0].mean(0) for one in clips])
    assert not any(n.startswith("predictor") for n in catalogue(network))  # what only pre-training needs is not run


def test_xclip(hub_specs: dict[str, ModelSpec]) -> None:
    folder = str(hub_specs["xclip"].architecture)
    module, images = loaded("XCLIPModel", folder).eval(), loaded("CLIPImageProcessor", folder)
    (network,) = made_by.build(hub_specs["xclip"], 0, None)
    assert network.clip == (-2.0, 0.0)
    with torch.inference_mode():
        clips = [images(images=clip(network.clip, k), return_tensors="pt")["pixel_values"][None] for k in range(3)]
        close(shown(network)["image_embedding"], [module.get_video_features(one).pooler_output[0] for one in clips])


@pytest.mark.parametrize(
    ("name", "kind"), [("qwen-vl", "Qwen2_5_VLModel"), ("llava", "LlavaModel"), ("smolvlm", "SmolVLMModel")]
)
def test_vision_language(hub_specs: dict[str, ModelSpec], name: str, kind: str) -> None:
    from PIL import Image

    folder = str(hub_specs[name].architecture)
    module, processor = loaded(kind, folder).eval(), loaded("AutoProcessor", folder)
    processor.image_processor.do_image_splitting = False

    def last(frame: np.ndarray, text: str) -> torch.Tensor:
        if name == "qwen-vl":
            frame = np.array(Image.fromarray(frame).resize((448, 448), Image.Resampling.BICUBIC))
        content = [{"type": "image", "image": Image.fromarray(frame)}, {"type": "text", "text": text}]
        ask = {"tokenize": True, "return_dict": True, "return_tensors": "pt"}
        inputs = processor.apply_chat_template([{"role": "user", "content": content}], **ask)
        word = processor.tokenizer(text)["input_ids"][-1]
        assert inputs["input_ids"][0, -2] == word  # <end> is the last
        return module(**inputs).last_hidden_state[:, -2]

    (network,) = made_by.build(hub_specs[name], 0, None)
    close(shown(network)["pooled"], of_each(last))
    assert network.count is not None
    assert network.count(TEXTS) == [2, 3, 6]


def test_vision_language_sizes_do_not_depend_on_the_film(hub_specs: dict[str, ModelSpec]) -> None:
    (network,) = made_by.build(hub_specs["qwen-vl"], 0, None)
    wide, tall = np.zeros((40, 96, 3), np.uint8), np.zeros((300, 200, 3), np.uint8)
    sizes = {network.prepare([frame], ["a dog"], 8)["input_ids"].shape for frame in (wide, tall)}
    longer = network.prepare([wide, wide], ["a dog", "the red ball"], 8)["input_ids"].shape
    assert sizes == {(1, longer[1])}


def test_parts_of_a_vision_language_network(hub_specs: dict[str, ModelSpec]) -> None:
    folder = str(hub_specs["llava"].architecture)
    module, processor = loaded("LlavaModel", folder).eval(), loaded("AutoProcessor", folder)
    (text,) = made_by.build(replace(hub_specs["llava"], tower="text"), 0, None)
    (image,) = made_by.build(replace(hub_specs["llava"], tower="image"), 0, None)
    read = of_each(lambda _, t: module(**processor.tokenizer(t, return_tensors="pt")).last_hidden_state[:, -1])
    pixels = [processor.image_processor(images=f, return_tensors="pt")["pixel_values"] for f in FRAMES]
    with torch.inference_mode():
        seen = [module.get_image_features(p).pooler_output[0].mean(0) for p in pixels]
    close(shown(text)["pooled"], read)
    close(shown(image)["pooled"], seen)


def test_vilt_sees_its_patches_in_order(tmp_path: Path) -> None:
    from tests.networks.networks import vilt_in

    folder = vilt_in(tmp_path)
    module, processor = loaded("ViltModel", folder).eval(), loaded("ViltProcessor", folder)
    (network,) = made_by.build(ModelSpec("vilt", "multimodal", "transformers", folder), 0, None)
    found = shown(network, ("encoder.layer.1",))

    def pooled(frame: np.ndarray, text: str) -> torch.Tensor:
        return module(**processor(images=frame, text=text, return_tensors="pt")).pooler_output

    close(found["pooled"], of_each(pooled))
    patches = [
        run_batch(network, [f], [t], ("encoder.layer.1",), 8)["encoder.layer.1"][0, 8:] for f, t in zip(FRAMES, TEXTS)
    ]
    close(found["encoder.layer.1"][:, 8:], patches)


def test_limits_and_counts(hub_specs: dict[str, ModelSpec]) -> None:
    for name, limit in {"flava": 16, "lxmert": 16, "sbert": 14, "gpt2": 16, "t5": 16, "qwen-vl": 512}.items():
        (network,) = made_by.build(hub_specs[name], 0, None)
        assert network.limit == limit, name
    (network,) = made_by.build(replace(hub_specs["sbert"], context_length=5), 0, None)
    assert network.limit == 5
    long = network.prepare([], ["a dog sees the red ball", "a dog"], None)
    assert long["input_ids"].shape == (2, 5)
    assert [hub_networks.WORDS[k] for k in long["input_ids"][0]] == ["<s>", "the", "red", "ball", "</s>"]


@pytest.mark.parametrize("name", sorted(hub_networks.NETWORKS))
def test_twin_has_the_same_layers(hub_specs: dict[str, ModelSpec], name: str) -> None:
    trained = made_by.build(hub_specs[name], 0, None)
    twin = made_by.build(replace(hub_specs[name], trained=False), 0, None)
    for one, other in zip(trained, twin, strict=True):
        layers, others = survey(one), survey(other)
        assert [(k, v.shape) for k, v in layers.items()] == [(k, v.shape) for k, v in others.items()]
    assert {v.dtype for n in trained for v in n.module.state_dict().values() if v.is_floating_point()} == {
        torch.float32
    }
