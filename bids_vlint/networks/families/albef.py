"""ALBEF from its authors' checkpoints (salesforce/ALBEF): a ViT, and a BERT whose last 6 of 12 layers look at it."""

from __future__ import annotations

from pathlib import Path

from bids_vlint.networks.family import Family
from bids_vlint.networks.network import Network
from bids_vlint.networks.paper.vision_bert_sizes import Bert, Layout
from bids_vlint.networks.paper.vision_bert_towers import build_tower, weights_file
from bids_vlint.networks.specification import ModelSpec

_LAYOUT = Layout("text_encoder.bert", Bert())


def _build(spec: ModelSpec, seed: int, models_dir: Path | None) -> tuple[Network, ...]:
    """Build ALBEF, or one half of it.

    `architecture` is `vit_base_patch16_224` unless said: it gives the image's size, to which the position embedding is
    resized (the public files were trained with 256 pixels). All other sizes are those of the checkpoint, but the
    numbers of heads, of which there is one for each 64 of the width unless said: `vit(image=224, heads=12) +
    bert(heads=12)`.

    The default layers are the class token of the last layer (`fused`), with `tower = image` that of the image encoder
    after its norm (`visual`), with `tower = text` that of the layers before those that look at the image (`text`).
    Momentum copies, queues and the language-model head are not used. Fine-tuned files will do as long as they hold both
    encoders.

    The authors' network is followed where LAVIS departs from it: the token-type embedding is added to the words'. A
    text is `[CLS]`, its pieces and `[SEP]`, as in LAVIS and the paper; the authors' own tokeniser leaves `[SEP]` out
    ("of negligible effect"), and so does `+ bert(separator=0)`. The text goes to the tokeniser as it is, without the
    cleaning that the authors do to training captions. Frames are resized whole.

    Raises
    ------
    InputError
        65 for an unknown architecture, or a checkpoint with weights that are missing, left over or of other shapes.
    """
    return (build_tower(spec, _LAYOUT, seed),)


ALBEF = Family(
    "albef",
    build=_build,
    files=lambda spec, _models_dir: weights_file(spec),
    packages=("timm", "transformers", "tokenizers", "torchvision"),
    needs_trained=("weights",),
    works=("li2021",),
)
