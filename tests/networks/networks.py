"""A small network of every family, with a checkpoint in its public format, and a film to show it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from bids_vlint.networks.layers import survey
from bids_vlint.networks.network import Network
from bids_vlint.networks.specification import ModelSpec
from bids_vlint.study.stimulus import Stimulus, StimulusEvents
from tests.film.write_film import write_film
from tests.networks import hub_networks, vision_bert

VIT = "vit(width=32, depth=2, heads=4, patch=16, image=32)"
TEXTS = ("the red ball", "the red ball", "a dog", "a dog sees the red ball", "a cat", "")
ONSETS = np.array([0.0, 0.04, 0.5, 1.0, 1.5, 1.9])
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "red", "ball", "a", "dog", "cat", "sees", "word", "more"]


def catalogue(network: Network) -> dict[str, tuple[int, ...]]:
    """A network's layers and the shape of one item's output; the default layer is first; no duplicates."""
    return {name: layer.shape for name, layer in survey(network).items() if layer.repeats is None}


def scene(number: int) -> np.ndarray:
    """A texture of its own for each dozen of frames, (48, 64, 3) uint8."""
    return np.random.default_rng(number // 12).integers(0, 255, (6, 8, 3), np.uint8).repeat(8, 0).repeat(8, 1)


def events(folder: Path) -> StimulusEvents:
    """Six events: the first two show one scene (one frame differs), the last has no text."""
    film = folder / "film.mkv"
    if not film.exists():
        write_film(film, range(48), draw=scene, codec="ffv1", pix_fmt="bgr0")
    return StimulusEvents(Stimulus("film", film), "language", ONSETS, TEXTS)


def slip_state(*, text: bool, head: bool) -> dict[str, torch.Tensor]:
    """State dict with the SLIP repository's names at small size."""
    from open_clip.transformer import QuickGELU, Transformer
    from timm.models.vision_transformer import VisionTransformer

    torch.manual_seed(1)
    visual = VisionTransformer(32, 16, embed_dim=32, depth=2, num_heads=4, num_classes=0)
    state = {f"visual.{k}": torch.randn_like(v) * 0.2 for k, v in visual.state_dict().items()}
    if text:
        transformer = Transformer(64, 2, 1, act_layer=QuickGELU).state_dict()
        state |= {f"transformer.{k}": torch.randn_like(v) * 0.2 for k, v in transformer.items()}
        state |= {"token_embedding.weight": torch.randn(49408, 64), "positional_embedding": torch.randn(20, 64)}
        state |= {"ln_final.weight": torch.ones(64), "ln_final.bias": torch.zeros(64)}
        state |= {"image_projection": torch.randn(32, 16), "text_projection": torch.randn(64, 16)}
        state |= {"logit_scale": torch.tensor(1.0)}
    if head:
        sizes = {"layer1": (48, 32), "layer2": (48, 48), "layer3": (16, 48)}
        state |= {f"image_mlp.{k}.weight": torch.randn(*size) for k, size in sizes.items()}
    return state


def save_slip(path: Path, state: dict[str, torch.Tensor]) -> str:
    """Write a checkpoint as the SLIP repository does."""
    args = argparse.Namespace(model="SLIP_VITS16", lr=3e-3)
    half = {f"module.{k}": v.half() for k, v in state.items()}
    torch.save({"epoch": 25, "state_dict": half, "optimizer": {}, "scaler": {}, "best_acc1": 30.0, "args": args}, path)
    return str(path)


def tokenizer_in(folder: Path) -> None:
    """Save a word-level tokeniser."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    words = Tokenizer(models.WordLevel({w: k for k, w in enumerate(WORDS)}, unk_token="[UNK]"))
    words.normalizer, words.pre_tokenizer = normalizers.Lowercase(), pre_tokenizers.Whitespace()
    words.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    special = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, mask_token="[MASK]", model_max_length=16, **special)
    tokenizer.save_pretrained(folder)


def bert_in(folder: Path) -> str:
    """Save a small BERT."""
    from transformers import BertConfig, BertModel

    torch.manual_seed(2)
    size = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    BertModel(BertConfig(vocab_size=len(WORDS), max_position_embeddings=16, **size)).save_pretrained(folder)
    tokenizer_in(folder)
    return str(folder)


def vit_in(folder: Path) -> str:
    """Save a small ViT without a pooler."""
    from transformers import ViTConfig, ViTImageProcessor, ViTModel

    torch.manual_seed(3)
    size = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    ViTModel(ViTConfig(image_size=32, patch_size=16, **size), add_pooling_layer=False).save_pretrained(folder)
    ViTImageProcessor(size={"height": 32, "width": 32}).save_pretrained(folder)
    return str(folder)


def vilt_in(folder: Path) -> str:
    """Save a small ViLT with its processor."""
    from transformers import AutoTokenizer, ViltConfig, ViltImageProcessor, ViltModel, ViltProcessor

    torch.manual_seed(4)
    size = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    shape = {"image_size": 32, "patch_size": 16, "max_position_embeddings": 16}
    ViltModel(ViltConfig(vocab_size=len(WORDS), **shape, **size)).save_pretrained(folder)
    tokenizer_in(folder)
    pictures = ViltImageProcessor(size={"shortest_edge": 32}, size_divisor=16)
    ViltProcessor(pictures, AutoTokenizer.from_pretrained(folder)).save_pretrained(folder)
    return str(folder)


def clip_in(folder: Path) -> str:
    """Save a small CLIP of transformers with its processor."""
    from transformers import AutoTokenizer, CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPProcessor

    torch.manual_seed(5)
    size = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    text = size | {"vocab_size": len(WORDS), "max_position_embeddings": 16, "eos_token_id": 3, "bos_token_id": 2}
    seen = size | {"image_size": 32, "patch_size": 16}
    config = CLIPConfig(text_config=text, vision_config=seen, projection_dim=24)
    CLIPModel(config).save_pretrained(folder)
    tokenizer_in(folder)
    pictures = CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    CLIPProcessor(pictures, AutoTokenizer.from_pretrained(folder)).save_pretrained(folder)
    return str(folder)


def timm_file(path: Path) -> str:
    """Save a small timm network's state dict."""
    import timm

    torch.manual_seed(6)
    torch.save(timm.create_model("test_vit").state_dict(), path)
    return str(path)


def open_clip_file(folder: Path) -> str:
    """Make a small architecture known to open_clip, and save a state dict of it."""
    import open_clip

    config = {
        "embed_dim": 24,
        "vision_cfg": {"image_size": 32, "layers": 2, "width": 64, "patch_size": 16, "head_width": 32},
        "text_cfg": {"context_length": 20, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2},
    }
    (folder / "ViT-small-test.json").write_text(json.dumps(config))
    open_clip.add_model_config(folder / "ViT-small-test.json")
    torch.manual_seed(7)
    torch.save({"state_dict": open_clip.create_model("ViT-small-test").state_dict()}, folder / "open_clip.pt")
    return str(folder / "open_clip.pt")


def specs(folder: Path) -> dict[str, ModelSpec]:
    """One network for each family and kind of input."""
    slip = save_slip(folder / "slip.pt", slip_state(text=True, head=True))
    simclr = save_slip(folder / "simclr.pt", slip_state(text=False, head=True))
    at = {name: folder / name for name in ("bert", "vit", "vilt", "clip")}
    bert, vit, vilt, clip = bert_in(at["bert"]), vit_in(at["vit"]), vilt_in(at["vilt"]), clip_in(at["clip"])
    rows = [
        ModelSpec("slip-image", "multimodal", "slip", VIT, slip),
        ModelSpec("slip-text", "multimodal", "slip", f"{VIT} + text(heads=1)", slip, tower="text"),
        ModelSpec("slip-both", "multimodal", "slip", VIT, slip, tower="both"),
        ModelSpec("simclr", "vision", "slip", VIT, simclr),
        ModelSpec("bert", "language", "transformers", bert),
        ModelSpec("vit", "vision", "transformers", vit),
        ModelSpec("vilt", "multimodal", "transformers", vilt),
        ModelSpec("clip", "multimodal", "transformers", clip, tower="both"),
        ModelSpec("clip-image", "multimodal", "transformers", clip, tower="image"),
        ModelSpec("clip-text", "multimodal", "transformers", clip, tower="text"),
        ModelSpec("timm", "vision", "timm", "test_vit", timm_file(folder / "timm.pth")),
        ModelSpec("open_clip", "multimodal", "open_clip", "ViT-small-test", open_clip_file(folder), tower="both"),
    ]
    for name, kind, sizes in vision_bert.SMALL_NETWORKS:
        file = vision_bert.save(folder / f"{name}.pth", vision_bert.drawn(kind))
        rows.append(ModelSpec(name, "multimodal", name, sizes, file))
    rows += hub_networks.specs(folder, hub_networks.CONTRACT)
    return {row.name: row for row in rows}


WIDTHS = {"slip-image": 32, "slip-text": 64, "slip-both": 96, "simclr": 32, "bert": 32, "vit": 32, "vilt": 32}
WIDTHS |= {"clip": 48, "clip-image": 24, "clip-text": 24, "timm": 64, "open_clip": 48}
WIDTHS |= {"albef": 24, "blip": 24}
WIDTHS |= {name: hub_networks.NETWORKS[name][-1] for name in hub_networks.CONTRACT}
