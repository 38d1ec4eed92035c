"""BLIP from its authors' checkpoints (salesforce/BLIP): a ViT, and a BERT of which every layer looks at it."""

from __future__ import annotations

from pathlib import Path

from bids_vlint.networks.family import Family
from bids_vlint.networks.network import Network
from bids_vlint.networks.paper.vision_bert_sizes import Bert, Layout
from bids_vlint.networks.paper.vision_bert_towers import build_tower, weights_file
from bids_vlint.networks.specification import ModelSpec
from bids_vlint.networks.tokenizers import BERT_VOCABULARY

_ADDED = ("[DEC]", "[ENC]")
_LAYOUT = Layout(
    "text_encoder", Bert(vocabulary=BERT_VOCABULARY + len(_ADDED), fusion=0, types=0), added=_ADDED, first="[ENC]"
)


def _build(spec: ModelSpec, seed: int, models_dir: Path | None) -> tuple[Network, ...]:
    """Build BLIP, or one half of it.

    `architecture` is `vit_base_patch16_224` unless said: it gives the image's size, to which the position embedding is
    resized. All other sizes are those of the checkpoint (so that one with a large ViT loads too), but the numbers of
    heads, of which there is one for each 64 of the width unless said: `vit(image=224, heads=12) + bert(heads=12)`.

    The default layers are the class token of the last layer (`fused`), with `tower = image` that of the image encoder
    after its norm (`visual`), with `tower = text` that of a text that sees no image (`text`). A text that sees one
    begins with `[ENC]`, a text alone with `[CLS]`. Momentum copies, queues and the decoder are not used; `text_proj` is
    a layer of the text alone. Fine-tuned files will do as long as they hold both encoders.

    No token-type embedding is added. The text goes to BERT's uncased tokeniser as it is, without the cleaning that the
    authors do to training captions. Frames are resized whole.

    Raises
    ------
    InputError
        65 for an unknown architecture, or a checkpoint with weights that are missing, left over or of other shapes.
    """
    return (build_tower(spec, _LAYOUT, seed),)


BLIP = Family(
    "blip",
    build=_build,
    files=lambda spec, _models_dir: weights_file(spec),
    packages=("timm", "transformers", "tokenizers", "torchvision"),
    needs_trained=("weights",),
    works=("li2022",),
)
