"""Networks of transformers from a folder (or the hub's cache): language, vision, video, image with text, sound."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bids_vlint.errors import InputError
from bids_vlint.networks.family import Family
from bids_vlint.networks.hub.chat import chat_image_network, chat_network, is_chat
from bids_vlint.networks.hub.fusion import ONLY_BOTH, fused_network
from bids_vlint.networks.hub.guard import explained, guarded
from bids_vlint.networks.hub.loader import load_module, load_pretrained
from bids_vlint.networks.hub.regions import WIDTHS, check_regions, region_network
from bids_vlint.networks.hub.sounds import sound_network
from bids_vlint.networks.hub.towers import image_network, is_dual, text_network
from bids_vlint.networks.network import Network
from bids_vlint.networks.paper.regions import COCO_NOTE
from bids_vlint.networks.resources import COCO, WEIGHT_SUFFIXES, detector_paths, folder_of
from bids_vlint.networks.shown import hears, reads, sees
from bids_vlint.networks.specification import ModelSpec


def _build(spec: ModelSpec, seed: int, models_dir: Path | None) -> tuple[Network, ...]:
    """Load a network in float32, or make it from its configuration with its own initialiser.

    The default layer is

    - `pooled` of a language network: what the folder's `1_Pooling` says (before `2_Dense` and normalising); else the
      pooler's output where the network has a trained one; else the last token of a causal network, and the mean over
      the tokens of another (T5's and its kin's: of the encoder);
    - `pooled` of a vision network: its pooler's output, else its class token, or the mean over places; of a video
      encoder the mean over the tokens of a clip of 2 s up to the event;
    - `image_embedding` and `text_embedding` of a network that compares images with texts (CLIP, SigLIP): a network per
      tower, both unless `tower` says one;
    - `pooled` of a network that fuses both: the multimodal pooler's output (FLAVA's before its tanh, as published), or
      the first token that BLIP's matching head gets;
    - of a network that hears, as `hub.sounds.sound_network` says;
    - `pooled` of a vision-language model: the last hidden state at the text's last token.

    Of a text that is too long the end is kept.

    Raises
    ------
    InputError
        66 for a network that is not on this machine, 65 for files that do not fit.
    """
    config = load_pretrained(spec, "AutoConfig", "configuration")
    _check_kind(spec, config)
    module, untrained = load_module(spec, config, seed)
    module.eval()
    with explained(spec, config.model_type):
        networks = _networks(spec, module, untrained, models_dir)
    return tuple(guarded(spec, network) for network in networks)


def _files(spec: ModelSpec, models_dir: Path | None) -> list[Path]:
    """List the files that the network is made of, its detector's too; without its weights for a random twin."""
    folder = folder_of(spec)
    chosen = [p for p in sorted(folder.rglob("*")) if p.is_file()] if folder else []
    chosen = [p for p in chosen if spec.trained or p.suffix.lower() not in WEIGHT_SUFFIXES]
    if spec.regions:
        chosen += detector_paths(spec.regions, None, models_dir, name=spec.name, folder=spec.folder)
    return chosen


def _caveats(spec: ModelSpec) -> tuple[str, ...]:
    """What every report has to say of a network: what its detector of regions is, where it is a stand-in."""
    return (f"{spec.name}: {COCO_NOTE}",) if spec.regions == COCO else ()


def _networks(spec: ModelSpec, module: Any, untrained: bool, models_dir: Path | None) -> tuple[Network, ...]:
    if hears(spec):
        return (sound_network(spec, module),)
    if not sees(spec):
        return (text_network(spec, module, untrained, folder_of(spec)),)
    if not reads(spec):
        return (chat_image_network(spec, module) if is_chat(module) else image_network(spec, module, untrained),)
    if module.config.model_type in WIDTHS:
        return (region_network(spec, module, untrained, models_dir),)
    if is_dual(module):
        return image_network(spec, module, untrained), text_network(spec, module, untrained, None)
    if is_chat(module):
        return (chat_network(spec, module),)
    return (fused_network(spec, module, untrained),)


def _check_kind(spec: ModelSpec, config: Any) -> None:
    """Check what can be known before the weights are read."""
    if config.model_type in ONLY_BOTH and not (sees(spec) and reads(spec)):
        wrong = f"network {spec.name!r} ({config.model_type}) can only be run on image and text at once"
        raise InputError(str(spec.architecture), wrong, "make it multimodal and leave tower out")
    if config.model_type in WIDTHS:
        check_regions(spec)


TRANSFORMERS = Family(
    "transformers",
    build=_build,
    files=_files,
    packages=("transformers", "tokenizers", "torchvision"),
    caveats=_caveats,
    needs=("architecture",),
)
