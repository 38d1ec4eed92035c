"""What can be read, linearly, from the demo's networks, on scenes and sentences that they were not trained on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from bids_vlint.demo import contrast
from bids_vlint.demo.pictures import IMAGENET_MEAN, IMAGENET_STD, Album, album, labels, normalise
from bids_vlint.demo.words import heard
from bids_vlint.demo.world import COLOURS, THINGS, agreement, last_named, stream

N = 3000
_ALPHAS = tuple(10.0**k for k in range(-1, 6))


def measure(folder: Path, seed: int, n: int = N) -> dict[str, Any]:
    """Probe each network and the pairs of one of vision with one of language.

    Returns
    -------
    dict
        `in_sight`, `colours`, `named`: mean held-out R² of what is shown and what is said; `agreement`: held-out
        accuracy of whether the thing named last is in sight (chance 0.5).
    """
    held_out, rng = album(seed, "held-out", n), stream(seed, "held-out")
    sentences = [heard(rng, scene) for scene in held_out.scenes]
    fits = np.array([agreement(words, scene) for words, scene in zip(sentences, held_out.scenes)])
    features = _features(folder, held_out, [" ".join(words) for words in sentences])
    features["labelled + listener"] = np.hstack([features["labelled"], features["listener"]])
    features["simclr + listener"] = np.hstack([features["simclr"], features["listener"]])
    shown = labels(held_out.scenes)
    named = np.array([[last_named(words) == thing for thing in THINGS] for words in sentences], float)
    return {
        name: {
            "in_sight": round(float(r2(x, shown[:, : len(THINGS)])), 3),
            "colours": round(float(r2(x, shown[:, -len(COLOURS) :])), 3),
            "named": round(float(r2(x, named)), 3),
            "agreement": round(accuracy(x[fits != 0], fits[fits != 0]), 3),
        }
        for name, x in features.items()
    }


def _features(folder: Path, material: Album, texts: list[str]) -> dict[str, np.ndarray]:
    """Features of every network in the folder: (n, width)."""
    from transformers import AutoTokenizer, BertModel, ViltModel

    out: dict[str, np.ndarray] = {}
    pixels = normalise(material.pixels, IMAGENET_MEAN, IMAGENET_STD)
    with torch.inference_mode():
        for name in contrast.LOSSES:
            out[name] = contrast.load_visual(folder / f"{name}.pt")(pixels).numpy()
        tokens = AutoTokenizer.from_pretrained(folder / "listener")(texts, padding=True, return_tensors="pt")
        listener = BertModel.from_pretrained(folder / "listener", dtype=torch.float32).eval()
        out["listener"] = listener(**tokens).pooler_output.numpy()
        fusion = ViltModel.from_pretrained(folder / "fusion", dtype=torch.float32).eval()
        out["fusion"] = fusion(**tokens, pixel_values=pixels).pooler_output.numpy()
    return out


def _predict(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ridge regression on the first half; predictions and truth of the second."""
    from sklearn.linear_model import RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    half = len(x) // 2
    fitted = make_pipeline(StandardScaler(), RidgeCV(_ALPHAS)).fit(x[:half], y[:half])
    return fitted.predict(x[half:]), y[half:]


def r2(x: np.ndarray, y: np.ndarray) -> float:
    """Mean held-out coefficient of determination over the columns of y."""
    guess, truth = _predict(x, y)
    return float((1 - ((guess - truth) ** 2).mean(0) / truth.var(0)).mean())


def accuracy(x: np.ndarray, y: np.ndarray) -> float:
    """Held-out share of right signs."""
    guess, truth = _predict(x, y.astype(float))
    return float((np.sign(guess) == truth).mean())
