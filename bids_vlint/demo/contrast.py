"""Image encoders of one architecture, trained by captions (CLIP), by views (SimCLR), by both (SLIP), or by labels.

The modules bear the names of the SLIP repository's checkpoints, so that what is saved is in its format.
"""

from __future__ import annotations

import io
import zipfile
from argparse import Namespace
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import torch
from open_clip.transformer import QuickGELU, Transformer
from timm.models.vision_transformer import VisionTransformer
from torch import nn
from torch.nn import functional

from bids_vlint.demo.pictures import PICTURE_SIZE, Album, labels, view
from bids_vlint.demo.world import COLOURS, THINGS, random_caption, stream, vocabulary

ENCODER_WIDTH, ENCODER_DEPTH, ENCODER_HEADS, PATCH = 128, 3, 2, 8
_TEXT_WIDTH, _TEXT_DEPTH, _TEXT_HEADS, _CONTEXT, _VOCABULARY = 64, 2, 2, 32, 49408
_EMBEDDING, _MLP, _VIEWS = 64, 256, 64
_TEMPERATURE, _PEAK_RATE = 0.1, 1.5e-3
_N_LABELS = len(THINGS) + len(COLOURS)
LOSSES = {"slip": ("captions", "views"), "clip": ("captions",), "simclr": ("views",), "labelled": ("labels",)}


class Contrastive(nn.Module):
    """A SLIP network at small size: `losses` decides which of its parts exist."""

    def __init__(self, losses: tuple[str, ...]) -> None:
        super().__init__()
        self.visual = VisionTransformer(
            PICTURE_SIZE,
            PATCH,
            num_classes=0,
            embed_dim=ENCODER_WIDTH,
            depth=ENCODER_DEPTH,
            num_heads=ENCODER_HEADS,
            norm_layer=partial(nn.LayerNorm, eps=1e-6),
        )
        if "captions" in losses:
            self._add_text()
        if "views" in losses:
            self.image_mlp = _image_mlp()

    def _add_text(self) -> None:
        self.token_embedding = nn.Embedding(_VOCABULARY, _TEXT_WIDTH)
        self.positional_embedding = nn.Parameter(0.01 * torch.randn(_CONTEXT, _TEXT_WIDTH))
        self.transformer = Transformer(_TEXT_WIDTH, _TEXT_DEPTH, _TEXT_HEADS, act_layer=QuickGELU)
        self.ln_final = nn.LayerNorm(_TEXT_WIDTH)
        self.image_projection = nn.Parameter(ENCODER_WIDTH**-0.5 * torch.randn(ENCODER_WIDTH, _EMBEDDING))
        self.text_projection = nn.Parameter(_TEXT_WIDTH**-0.5 * torch.randn(_TEXT_WIDTH, _EMBEDDING))
        self.logit_scale = nn.Parameter(torch.tensor(np.log(1 / 0.07)).float())
        nn.init.normal_(self.token_embedding.weight, std=0.02)

    def encode_text(self, tokens: torch.Tensor) -> torch.Tensor:
        """Tokens (n, length) -> (n, 64), read at the end-of-text token."""
        length = tokens.shape[1]
        x = self.token_embedding(tokens) + self.positional_embedding[:length]
        mask = torch.full((length, length), float("-inf")).triu(1)
        x = self.ln_final(self.transformer(x, attn_mask=mask))
        return x[torch.arange(len(x)), tokens.argmax(-1)] @ self.text_projection


def _image_mlp() -> nn.Sequential:
    """The head of the views' loss, named as in the SLIP repository."""
    mlp = nn.Sequential()
    mlp.add_module("layer1", nn.Linear(ENCODER_WIDTH, _MLP))
    mlp.add_module("bn1", nn.BatchNorm1d(_MLP))
    mlp.add_module("relu1", nn.ReLU(inplace=True))
    mlp.add_module("layer2", nn.Linear(_MLP, _MLP))
    mlp.add_module("bn2", nn.BatchNorm1d(_MLP))
    mlp.add_module("relu2", nn.ReLU(inplace=True))
    mlp.add_module("out", nn.Linear(_MLP, _VIEWS))
    return mlp


def caption_loss(net: Contrastive, image: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of each picture among the batch's captions, and the reverse."""
    seen = functional.normalize(net.visual(image) @ net.image_projection, dim=-1)
    read = functional.normalize(net.encode_text(tokens), dim=-1)
    logits = net.logit_scale.clamp(max=np.log(100)).exp() * seen @ read.T
    target = torch.arange(len(logits))
    return (functional.cross_entropy(logits, target) + functional.cross_entropy(logits.T, target)) / 2


def view_loss(net: Contrastive, first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of each view's other view among all views of the batch."""
    z = functional.normalize(net.image_mlp(net.visual(torch.cat([first, second]))), dim=-1)
    n = len(first)
    logits = (z @ z.T / _TEMPERATURE).masked_fill(torch.eye(2 * n, dtype=torch.bool), float("-inf"))
    return functional.cross_entropy(logits, torch.arange(2 * n).roll(n))


def fit_encoder(name: str, material: Album, seed: int, steps: int, batch: int = 64) -> Contrastive:
    """Train one of `LOSSES`: the same pictures in the same order for each.

    Parameters
    ----------
    name : str
        slip, clip, simclr, or labelled (to name what is in sight: a network of vision alone at its best).
    material : Album
    seed : int
    steps, batch : int
    """
    torch.manual_seed(seed)
    net, head, seen = (
        Contrastive(LOSSES[name]),
        nn.Linear(ENCODER_WIDTH, _N_LABELS),
        torch.from_numpy(labels(material.scenes)),
    )
    parameters = [*net.parameters(), *head.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=_PEAK_RATE, betas=(0.9, 0.98), weight_decay=0.05, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _PEAK_RATE, total_steps=steps, pct_start=0.1)
    for chosen, tokens, number in _batches(material, seed, steps, batch):
        loss, pixels = torch.zeros(()), material.pixels[chosen]
        mild, first, second = (partial(view, pixels, _views(seed, number, k)) for k in ("mild", "first", "second"))
        if "captions" in LOSSES[name]:
            loss = loss + caption_loss(net, mild(0.2), tokens)
        if "views" in LOSSES[name]:
            loss = loss + view_loss(net, first(1.0), second(1.0))
        if "labels" in LOSSES[name]:
            loss = loss + functional.binary_cross_entropy_with_logits(head(net.visual(mild(0.2))), seen[chosen])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return net.eval()


def _views(seed: int, number: int, name: str) -> torch.Generator:
    """The stream of a batch's views: the same for every network."""
    return torch.Generator().manual_seed(int(stream(seed, f"view/{name}/{number}").integers(2**62)))


def _batches(material: Album, seed: int, steps: int, batch: int) -> Iterator[tuple[torch.Tensor, torch.Tensor, int]]:
    """Which pictures, their captions' tokens, and the batch's number."""
    from open_clip import tokenize

    rng = stream(seed, "contrast/batches")
    for number in range(steps):
        chosen = rng.integers(0, len(material.scenes), batch)
        captions = [random_caption(rng, material.scenes[k]) for k in chosen]
        yield torch.from_numpy(chosen), tokenize(captions, context_length=_CONTEXT)[:, :20], number


def save(net: Contrastive, name: str, steps: int, path: Path) -> None:
    """Write a checkpoint in the SLIP repository's format, in float16, compressed.

    Tokens that no caption of the world holds are zero, so that most of the embedding takes no room.
    """
    state = {k: v.detach().half() if v.is_floating_point() else v for k, v in net.state_dict().items()}
    if "token_embedding.weight" in state:
        state["token_embedding.weight"] = state["token_embedding.weight"] * _known_tokens()[:, None]
    args = Namespace(model=f"{name.upper()}_DEMO", ssl_mlp_dim=_MLP, ssl_emb_dim=_VIEWS, seed=0)
    content = io.BytesIO()
    torch.save({"epoch": steps, "state_dict": {f"module.{k}": v for k, v in state.items()}, "args": args}, content)
    _compress(content, path)


def _compress(content: io.BytesIO, path: Path) -> None:
    """Deflate the entries of a `torch.save` archive, which `torch.load` reads as well; dates are left out."""
    with zipfile.ZipFile(content) as plain, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for entry in plain.infolist():
            packed.writestr(zipfile.ZipInfo(entry.filename), plain.read(entry), zipfile.ZIP_DEFLATED, 9)


def _known_tokens() -> torch.Tensor:
    """Which of CLIP's tokens the world's captions use: (49408,) bool."""
    from open_clip import tokenize

    known = torch.zeros(_VOCABULARY, dtype=torch.bool)
    known[tokenize([" ".join(vocabulary()[k : k + 8]) for k in range(0, len(vocabulary()), 8)]).unique()] = True
    return known


def load_visual(path: Path) -> VisionTransformer:
    """Read the image encoder of a checkpoint, in float32."""
    with torch.serialization.safe_globals([Namespace]):
        state = torch.load(path, weights_only=True)["state_dict"]
    visual = Contrastive(()).visual
    visual.load_state_dict({k.removeprefix("module.visual."): v for k, v in state.items() if ".visual." in k})
    return visual.eval()
