"""Small networks of transformers of every kind, each saved as the hub's repositories are."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from shutil import copytree
from typing import Any

import torch

from bids_vlint.networks.specification import ModelSpec

SIZE = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
WORDS = ["<s>", "<pad>", "</s>", "<unk>", "<image>", "the", "red", "ball", "a", "dog", "cat", "sees", "word", "more"]
WORDS += ["<start>", "<end>", "user", "two", "words", "some", "of", "them", "and"]
TEMPLATE = (
    "{% for m in messages %}<start> user {% for c in m['content'] %}{% if c['type'] == 'image' %}<image> {% else %}"
    "{{ c['text'] }} {% endif %}{% endfor %}<end> {% endfor %}"
)
BERT_LIKE = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS[5:14]]


def save(folder: Path, module: Any, *parts: Any, seed: int = 0) -> str:
    """Save a network, its weights drawn anew with a wider spread, and what it reads and sees with."""
    torch.manual_seed(seed)
    for value in module.parameters():
        value.data = torch.randn_like(value) * 0.2
    module.save_pretrained(folder)
    for part in parts:
        part.save_pretrained(folder)
    return str(folder)


def words(style: str, longest: int = 16, **more: Any) -> Any:
    """Make a word-level tokeniser: as RoBERTa's kin mark texts (roberta), as BERT's (bert), or with an end (siglip)."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    entries = BERT_LIKE if style == "bert" else WORDS
    start, end, pad, unknown = (
        ("[CLS]", "[SEP]", "[PAD]", "[UNK]") if style == "bert" else (*WORDS[::2][:2], *WORDS[1:4:2])
    )
    made = Tokenizer(models.WordLevel({w: k for k, w in enumerate(entries)}, unk_token=unknown))
    made.normalizer, made.pre_tokenizer = normalizers.Lowercase(), pre_tokenizers.WhitespaceSplit()
    shapes = {"bert": f"{start} $A {end}", "roberta": f"{start} $A {end}", "siglip": f"$A {end}", "plain": "$A"}
    numbers = [(w, entries.index(w)) for w in (start, end)]
    made.post_processor = processors.TemplateProcessing(shapes[style], special_tokens=numbers)
    special = {"pad_token": pad, "unk_token": unknown, "cls_token": start, "sep_token": end}
    special |= {} if style == "bert" else {"bos_token": start, "eos_token": end}
    return PreTrainedTokenizerFast(tokenizer_object=made, model_max_length=longest, **special, **more)


def flava(folder: Path) -> str:
    """FLAVA as it is published: with the heads and the codebook of its training."""
    from transformers import FlavaConfig, FlavaForPreTraining, FlavaImageProcessor, FlavaProcessor

    codebook = {"num_groups": 4, "num_blocks_per_group": 1, "hidden_size": 8, "vocab_size": 16, "input_channels": 3}
    config = FlavaConfig(
        text_config=SIZE | {"vocab_size": len(BERT_LIKE), "max_position_embeddings": 16},
        image_config=SIZE | {"image_size": 32, "patch_size": 16},
        multimodal_config=SIZE,
        image_codebook_config=codebook,
        hidden_size=32,
        projection_dim=24,
    )
    pictures = FlavaImageProcessor(size={"height": 32, "width": 32}, crop_size={"height": 32, "width": 32})
    return save(folder, FlavaForPreTraining(config), FlavaProcessor(pictures, words("bert")))


def lxmert(folder: Path) -> str:
    """LXMERT with the heads of its pre-training, for regions of 64 numbers."""
    from transformers import LxmertConfig, LxmertForPreTraining

    size = {k: v for k, v in SIZE.items() if k != "num_hidden_layers"} | {"l_layers": 2, "x_layers": 2, "r_layers": 1}
    more = {"num_qa_labels": 4, "num_object_labels": 5, "num_attr_labels": 3, "max_position_embeddings": 16}
    config = LxmertConfig(vocab_size=len(BERT_LIKE), visual_feat_dim=64, **size, **more)
    return save(folder, LxmertForPreTraining(config), words("bert"))


def visual_bert(folder: Path) -> str:
    """VisualBERT as it is published: without a tokeniser, so with BERT's whole vocabulary."""
    from transformers import VisualBertConfig, VisualBertForPreTraining

    config = VisualBertConfig(visual_embedding_dim=64, max_position_embeddings=16, **SIZE)
    return save(folder, VisualBertForPreTraining(config))


def blip(folder: Path) -> str:
    """BLIP with its matching head."""
    from transformers import BlipConfig, BlipForImageTextRetrieval, BlipImageProcessor, BlipProcessor

    text = SIZE | {"vocab_size": len(BERT_LIKE), "max_position_embeddings": 16, "encoder_hidden_size": 32}
    seen = SIZE | {"image_size": 32, "patch_size": 16}
    config = BlipConfig(text_config=text, vision_config=seen, image_text_hidden_size=16)
    pictures = BlipImageProcessor(size={"height": 32, "width": 32})
    return save(folder, BlipForImageTextRetrieval(config), BlipProcessor(pictures, words("bert")))


def bridgetower(folder: Path) -> str:
    """BridgeTower: a RoBERTa-like text tower, so that two positions hold no token."""
    from transformers import BridgeTowerConfig, BridgeTowerImageProcessor, BridgeTowerModel, BridgeTowerProcessor

    text = SIZE | {"vocab_size": len(WORDS), "max_position_embeddings": 18}
    seen = {"hidden_size": 64, "num_hidden_layers": 2, "image_size": 32, "patch_size": 16}
    size = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = BridgeTowerConfig(text_config=text, vision_config=seen, **size)
    pictures = BridgeTowerImageProcessor(size={"shortest_edge": 32}, crop_size={"shortest_edge": 32}, size_divisor=16)
    return save(folder, BridgeTowerModel(config), BridgeTowerProcessor(pictures, words("roberta", 64)))


def siglip(folder: Path) -> str:
    """SigLIP at a fixed resolution, as SigLIP 2 is published: texts padded to one length, without a mask."""
    from transformers import SiglipConfig, SiglipImageProcessor, SiglipModel, SiglipProcessor

    text = SIZE | {"vocab_size": len(WORDS), "max_position_embeddings": 12, "projection_size": 32}
    seen = SIZE | {"image_size": 32, "patch_size": 16}
    pictures = SiglipImageProcessor(size={"height": 32, "width": 32})
    tokenizer = words("siglip", 64, model_input_names=["input_ids", "attention_mask"])
    return save(
        folder, SiglipModel(SiglipConfig(text_config=text, vision_config=seen)), SiglipProcessor(pictures, tokenizer)
    )


def siglip2(folder: Path) -> str:
    """SigLIP 2 that keeps the frame's shape."""
    from transformers import Siglip2Config, Siglip2ImageProcessor, Siglip2Model, Siglip2Processor

    text = SIZE | {"vocab_size": len(WORDS), "max_position_embeddings": 12, "projection_size": 32}
    seen = SIZE | {"num_patches": 16, "patch_size": 16}
    pictures = Siglip2ImageProcessor(patch_size=16, max_num_patches=16)
    processor = Siglip2Processor(pictures, words("siglip", 64))
    return save(folder, Siglip2Model(Siglip2Config(text_config=text, vision_config=seen)), processor)


def dinov2(folder: Path) -> str:
    """DINOv2, whose pooled output has no weights."""
    from transformers import BitImageProcessor, Dinov2Config, Dinov2Model

    config = Dinov2Config(image_size=28, patch_size=14, **SIZE)
    pictures = BitImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 28, "width": 28})
    return save(folder, Dinov2Model(config), pictures)


def embedder(folder: Path) -> str:
    """A sentence embedder: MPNet with a pooler, the mean as its folder says, 14 pieces at most."""
    from transformers import MPNetConfig, MPNetModel

    config = MPNetConfig(vocab_size=len(WORDS), max_position_embeddings=18, **SIZE)
    save(folder, MPNetModel(config), words("roberta", 64))
    pooling = {"word_embedding_dimension": 32, "pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True}
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
    (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 14, "do_lower_case": False}))
    return str(folder)


def multilingual(folder: Path) -> str:
    """XLM-R without a pooler, the head of its training beside it."""
    from transformers import XLMRobertaConfig, XLMRobertaForMaskedLM

    size = SIZE | {"vocab_size": len(WORDS), "max_position_embeddings": 18, "pad_token_id": 1, "type_vocab_size": 1}
    return save(folder, XLMRobertaForMaskedLM(XLMRobertaConfig(**size)), words("roberta", 64))


def gpt2(folder: Path) -> str:
    """A causal language network without a padding token of its own, in several files."""
    from transformers import GPT2Config, GPT2LMHeadModel

    module = GPT2LMHeadModel(GPT2Config(vocab_size=len(WORDS), n_positions=16, n_embd=32, n_layer=2, n_head=2))
    save(folder, module, words("plain", 64))
    (folder / "model.safetensors").unlink()
    module.save_pretrained(folder, max_shard_size="40KB")
    return str(folder)


def gpt2_of_bytes(folder: Path, said: str, *, begin: bool = True, **more: Any) -> str:
    """GPT-2 with a tokeniser of bytes and of frequent strings of a text, with a token for beginnings or none."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

    made, mark = Tokenizer(models.BPE()), "<|endoftext|>"
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    letters = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=300, special_tokens=[mark], initial_alphabet=letters, show_progress=False)
    made.train_from_iterator([said] * 3, trainer)
    special = {"bos_token": mark, "eos_token": mark} if begin else {"pad_token": mark}
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=made, model_max_length=1024, **special)
    config = GPT2Config(vocab_size=len(tokenizer), n_embd=32, n_layer=2, n_head=2, **more)
    return save(folder, GPT2LMHeadModel(config), tokenizer)


def t5(folder: Path) -> str:
    """T5, of which the encoder alone is run."""
    from transformers import T5Config, T5Model

    size = {"d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 2, "num_heads": 4}
    config = T5Config(vocab_size=len(WORDS), decoder_start_token_id=1, pad_token_id=1, **size)
    return save(folder, T5Model(config), words("siglip", 16))


def videomae(folder: Path) -> str:
    """VideoMAE with the decoder of its pre-training."""
    from transformers import VideoMAEConfig, VideoMAEForPreTraining, VideoMAEImageProcessor

    decoder = {"decoder_num_attention_heads": 2, "decoder_hidden_size": 16, "decoder_num_hidden_layers": 1}
    shape = {"image_size": 32, "patch_size": 16, "num_frames": 4, "tubelet_size": 2, "decoder_intermediate_size": 32}
    pictures = VideoMAEImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    return save(folder, VideoMAEForPreTraining(VideoMAEConfig(**SIZE, **shape, **decoder)), pictures)


def vjepa2(folder: Path) -> str:
    """V-JEPA 2, whose predictor makes no feature."""
    from transformers import VJEPA2Config, VJEPA2Model, VJEPA2VideoProcessor

    size = {"hidden_size": 48, "num_attention_heads": 2, "num_hidden_layers": 2, "mlp_ratio": 2.0}
    shape = {"crop_size": 32, "patch_size": 16, "frames_per_clip": 4, "tubelet_size": 2}
    predictor = {"pred_hidden_size": 24, "pred_num_attention_heads": 1, "pred_num_hidden_layers": 1}
    pictures = VJEPA2VideoProcessor(size={"shortest_edge": 36}, crop_size={"height": 32, "width": 32})
    return save(folder, VJEPA2Model(VJEPA2Config(**size, **shape, **predictor)), pictures)


def xclip(folder: Path) -> str:
    """X-CLIP: clips and texts compared."""
    from transformers import CLIPImageProcessor, XCLIPConfig, XCLIPModel, XCLIPProcessor

    text = SIZE | {"vocab_size": len(WORDS), "max_position_embeddings": 16, "eos_token_id": 2}
    seen = SIZE | {"image_size": 32, "patch_size": 16, "num_frames": 2, "mit_hidden_size": 32}
    seen |= {"mit_intermediate_size": 64, "mit_num_hidden_layers": 1, "mit_num_attention_heads": 2}
    config = XCLIPConfig(text_config=text, vision_config=seen, projection_dim=32, prompt_num_attention_heads=2)
    pictures = CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    return save(folder, XCLIPModel(config), XCLIPProcessor(pictures, words("roberta", 16)))


def qwen_vl(folder: Path) -> str:
    """Qwen2.5-VL: as many tokens as a frame is large."""
    from transformers import (
        Qwen2_5_VLConfig,
        Qwen2_5_VLForConditionalGeneration,
        Qwen2_5_VLProcessor,
        Qwen2VLImageProcessor,
        Qwen2VLVideoProcessor,
    )

    rope = {"rope_type": "default", "mrope_section": [2, 3, 3], "rope_theta": 10000.0}
    text = SIZE | {"vocab_size": len(WORDS), "num_key_value_heads": 2, "rope_parameters": rope, "head_dim": 16}
    text |= {"max_position_embeddings": 512, "bos_token_id": 0, "eos_token_id": 2, "pad_token_id": 1}
    seen = {"depth": 2, "hidden_size": 32, "num_heads": 2, "intermediate_size": 64, "out_hidden_size": 32}
    seen |= {"patch_size": 56, "window_size": 112, "fullatt_block_indexes": [1]}
    image = WORDS.index("<image>")
    config = Qwen2_5_VLConfig(text_config=text, vision_config=seen, image_token_id=image, video_token_id=3)
    tokenizer = words("plain", 1024, extra_special_tokens={"image_token": "<image>", "video_token": "<unk>"})
    size = {"shortest_edge": 112 * 112, "longest_edge": 448 * 448}
    pictures, clips = Qwen2VLImageProcessor(patch_size=56, size=size), Qwen2VLVideoProcessor(patch_size=56)
    processor = Qwen2_5_VLProcessor(pictures, tokenizer, clips, chat_template=TEMPLATE)
    return save(folder, Qwen2_5_VLForConditionalGeneration(config), processor)


def llava(folder: Path) -> str:
    """LLaVA: one number of tokens for every frame."""
    from transformers import CLIPImageProcessor, LlavaConfig, LlavaForConditionalGeneration, LlavaProcessor

    text = SIZE | {"vocab_size": len(WORDS), "model_type": "llama", "max_position_embeddings": 64}
    seen = SIZE | {"image_size": 32, "patch_size": 16, "model_type": "clip_vision_model"}
    config = LlavaConfig(text_config=text, vision_config=seen, image_token_index=WORDS.index("<image>"))
    pictures = CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    more = {"patch_size": 16, "vision_feature_select_strategy": "default", "image_token": "<image>"}
    more |= {"num_additional_image_tokens": 1, "chat_template": TEMPLATE}
    tokenizer = words("plain", 1024, extra_special_tokens={"image_token": "<image>"})
    return save(folder, LlavaForConditionalGeneration(config), LlavaProcessor(pictures, tokenizer, **more))


def smolvlm(folder: Path) -> str:
    """SmolVLM, whose processor would cut a frame into tiles."""
    from transformers import (
        SmolVLMConfig,
        SmolVLMForConditionalGeneration,
        SmolVLMImageProcessor,
        SmolVLMProcessor,
        SmolVLMVideoProcessor,
    )

    text = SIZE | {"vocab_size": len(WORDS), "model_type": "llama", "num_key_value_heads": 2}
    seen = SIZE | {"image_size": 64, "patch_size": 16}
    image = WORDS.index("<image>")
    config = SmolVLMConfig(vision_config=seen, text_config=text, image_token_id=image, scale_factor=2)
    special = {"image_token": "<image>", "fake_image_token": "<start>", "end_of_utterance_token": "<end>"}
    tokenizer = words("plain", 1024, extra_special_tokens=special | {"global_image_token": "<unk>"})
    pictures = SmolVLMImageProcessor(size={"longest_edge": 128}, max_image_size={"longest_edge": 64})
    more = {"image_seq_len": 4, "chat_template": TEMPLATE}
    processor = SmolVLMProcessor(pictures, tokenizer, SmolVLMVideoProcessor(), **more)
    return save(folder, SmolVLMForConditionalGeneration(config), processor)


def vit_mae(folder: Path) -> str:
    """ViT-MAE, which hides patches unless it is told not to."""
    from transformers import ViTImageProcessor, ViTMAEConfig, ViTMAEModel

    pictures = ViTImageProcessor(size={"height": 32, "width": 32})
    return save(folder, ViTMAEModel(ViTMAEConfig(image_size=32, patch_size=8, **SIZE)), pictures)


def detector(folder: Path) -> str:
    """A small Visual Genome detector, whose regions are 64 numbers."""
    import yaml

    from tests.networks.paper import frcnn_reference as reference

    tree = reference.small_config()
    tree["input"] |= {"min_size_test": 48, "max_size_test": 64}
    tree["rpn"] |= {"pre_nms_topk_test": 100, "post_nms_topk_test": 40}
    folder.mkdir()
    (folder / "config.yaml").write_text(yaml.safe_dump(tree))
    torch.save(reference.random_state(tree), folder / "pytorch_model.bin")
    return str(folder)


# name -> what makes it, modality, tower, width of its default layer
Row = tuple[Callable[[Path], str], str, str | None, int]
NETWORKS: dict[str, Row] = {
    "flava": (flava, "multimodal", None, 32),
    "lxmert": (lxmert, "multimodal", None, 32),
    "visualbert": (visual_bert, "multimodal", None, 32),
    "blip-itm": (blip, "multimodal", None, 32),
    "bridgetower": (bridgetower, "multimodal", None, 64),
    "siglip": (siglip, "multimodal", "text", 32),
    "siglip2": (siglip2, "multimodal", "image", 32),
    "dinov2": (dinov2, "vision", None, 32),
    "sbert": (embedder, "language", None, 32),
    "xlmr": (multilingual, "language", None, 32),
    "gpt2": (gpt2, "language", None, 32),
    "t5": (t5, "language", None, 32),
    "videomae": (videomae, "vision", None, 32),
    "vjepa2": (vjepa2, "vision", None, 48),
    "xclip": (xclip, "vision", None, 32),
    "qwen-vl": (qwen_vl, "multimodal", None, 32),
    "llava": (llava, "multimodal", None, 32),
    "smolvlm": (smolvlm, "multimodal", None, 32),
    "vit-mae": (vit_mae, "vision", None, 32),
}

# those that every contract is tested on
CONTRACT = ("flava", "lxmert", "visualbert", "blip-itm", "bridgetower", "siglip2", "dinov2", "sbert")
CONTRACT += ("xlmr", "videomae", "qwen-vl")


def specs(folder: Path, names: Sequence[str]) -> list[ModelSpec]:
    """Save networks, each in a folder of its name, and a detector for those that see regions."""
    regions = detector(folder / "detector")
    rows = []
    for name in names:
        make, modality, tower, _ = NETWORKS[name]
        spec = ModelSpec(name, modality, "transformers", make(folder / name), tower=tower)
        rows.append(replace(spec, regions=regions) if name in ("lxmert", "visualbert") else spec)
    return rows


def old_file(folder: str, target: Path) -> str:
    """The same network as a `pytorch_model.bin` with what older versions saved."""
    from safetensors.torch import load_file

    copytree(folder, target)
    state = load_file(target / "model.safetensors") | {"roberta.embeddings.position_ids": torch.arange(18)[None]}
    (target / "model.safetensors").unlink()
    torch.save(state, target / "pytorch_model.bin")
    return str(target)


CONVOLUTIONS = {"conv_dim": (8,) * 7, "num_conv_pos_embeddings": 16, "num_conv_pos_embedding_groups": 2}


def wav2vec2(folder: Path) -> str:
    """wav2vec 2.0 as it is published: with the codebook of its training."""
    from transformers import Wav2Vec2Config, Wav2Vec2FeatureExtractor, Wav2Vec2ForPreTraining

    codebook = {"codevector_dim": 8, "proj_codevector_dim": 8, "num_codevectors_per_group": 4}
    module = Wav2Vec2ForPreTraining(Wav2Vec2Config(**SIZE, **CONVOLUTIONS, **codebook))
    return save(folder, module, Wav2Vec2FeatureExtractor())


def hubert(folder: Path) -> str:
    """HuBERT."""
    from transformers import HubertConfig, HubertModel, Wav2Vec2FeatureExtractor

    return save(folder, HubertModel(HubertConfig(**SIZE, **CONVOLUTIONS)), Wav2Vec2FeatureExtractor())


def whisper(folder: Path) -> str:
    """Whisper, of which the encoder is run."""
    from transformers import WhisperConfig, WhisperFeatureExtractor, WhisperForConditionalGeneration

    sides = {f"{side}_{key}": value for side in ("encoder", "decoder") for key, value in
             {"layers": 2, "attention_heads": 2, "ffn_dim": 32}.items()}  # fmt: skip
    special = {"pad_token_id": 1, "bos_token_id": 2, "eos_token_id": 3, "decoder_start_token_id": 4}
    none = {"begin_suppress_tokens": None, "suppress_tokens": None}
    config = WhisperConfig(d_model=16, vocab_size=20, **sides, **special, **none)
    return save(folder, WhisperForConditionalGeneration(config), WhisperFeatureExtractor())


def clap(folder: Path) -> str:
    """CLAP, of which the audio tower is run; it hears at 48 kHz."""
    from transformers import ClapConfig, ClapFeatureExtractor, ClapModel

    text = {**SIZE, "vocab_size": 20, "projection_dim": 16}
    audio = {"patch_embeds_hidden_size": 8, "depths": [1, 1], "num_attention_heads": [2, 2], "hidden_size": 16,
             "projection_dim": 16}  # fmt: skip
    config = ClapConfig(text_config=text, audio_config=audio, projection_dim=16)
    return save(folder, ClapModel(config), ClapFeatureExtractor(truncation="rand_trunc"))
