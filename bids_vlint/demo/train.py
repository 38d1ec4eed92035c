"""Train the demo's networks from scratch: `python -m bids_vlint.demo.train` writes bids_vlint/demo/weights.

Every network is trained by one thread, so that the same seed gives the same weights; two run at a time.
"""

from __future__ import annotations

import argparse
import json
import time
from functools import partial
from pathlib import Path
from typing import Any

import joblib
import torch

from bids_vlint.demo import contrast, fusion, listener
from bids_vlint.demo.pictures import album
from bids_vlint.demo.probes import measure
from bids_vlint.log import logger, setup

WEIGHTS_FOLDER = Path(__file__).parent / "weights"
PICTURES = 8000
_STEPS = {"contrast": 500, "listener": 500, "fusion": 900}


def train_contrast(name: str, folder: Path, seed: int, steps: int) -> None:
    """Train one image encoder and write its checkpoint."""
    torch.set_num_threads(1)
    net = contrast.fit_encoder(name, album(seed, "train", PICTURES), seed, steps)
    contrast.save(net, name, steps, folder / f"{name}.pt")


def train_listener(folder: Path, seed: int, steps: int) -> None:
    """Train the language network and write its folder."""
    torch.set_num_threads(1)
    _save(listener.fit_listener(seed, steps), listener.tokeniser(), folder / "listener")


def train_fusion(folder: Path, seed: int, steps: int) -> None:
    """Train the fusion network, from the labelled encoder, and write its folder."""
    torch.set_num_threads(1)
    visual = contrast.load_visual(folder / "labelled.pt")
    _save(fusion.fit_fusion(album(seed, "train", PICTURES), visual, seed, steps), fusion.processor(), folder / "fusion")


def _save(net: Any, processor: Any, folder: Path) -> None:
    net.half().save_pretrained(folder)
    processor.save_pretrained(folder)
    for file in folder.iterdir():  # safetensors are written for the owner alone
        file.chmod(0o644)


def train_all(argv: list[str] | None = None) -> int:
    """Train, save, measure on scenes that were not trained on."""
    parser = argparse.ArgumentParser(prog="python -m bids_vlint.demo.train", description=__doc__)
    parser.add_argument("--out", type=Path, default=WEIGHTS_FOLDER, help="folder to write")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the usual steps (to try it out)")
    options = parser.parse_args(argv)
    setup(verbose=False)
    folder, seed, start = options.out, options.seed, time.monotonic()
    steps = {name: max(20, round(options.scale * n)) for name, n in _STEPS.items()}
    folder.mkdir(parents=True, exist_ok=True)
    first = [partial(train_contrast, name, folder, seed, steps["contrast"]) for name in contrast.LOSSES]
    first.insert(2, partial(train_listener, folder, seed, steps["listener"]))
    joblib.Parallel(n_jobs=2)(joblib.delayed(job)() for job in first)
    logger.info("image encoders and listener: %.0f s", time.monotonic() - start)
    train_fusion(folder, seed, steps["fusion"])
    logger.info("all networks: %.0f s", time.monotonic() - start)
    metrics = {"seed": seed, "steps": steps} | measure(folder, seed)
    (folder / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n")
    logger.info("%s", json.dumps(metrics))
    return 0


if __name__ == "__main__":
    raise SystemExit(train_all())
