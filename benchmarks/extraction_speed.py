"""Extraction against a bare batched forward of the same network on the same frames, and its memory.

python benchmarks/extraction_speed.py speed    ViT-B/16, all 12 blocks and the embedding: ratio of the speeds
python benchmarks/extraction_speed.py memory   peak memory with 8,000 events over that with 1,000 (a narrow ViT)
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import av
import numpy as np
import torch

from bids_vlint.film.video import frames_at
from bids_vlint.networks.extraction.extract import Extraction, extract_features
from bids_vlint.networks.family import family
from bids_vlint.networks.network import device_of
from bids_vlint.networks.specification import ModelSpec
from bids_vlint.study.stimulus import Stimulus, StimulusEvents

RATE, SIZE = 24, (640, 360)


def film(path: Path, seconds: float) -> Path:
    """Write a film of noise that moves, H.264, 640 x 360."""
    rng = np.random.default_rng(0)
    ground = rng.integers(0, 255, (SIZE[1] // 8 * 3, SIZE[0] // 8 * 3, 3), np.uint8).repeat(8, 0).repeat(8, 1)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for k in range(int(seconds * RATE) + 1):
            y, x = (3 * k) % (2 * SIZE[1]), (5 * k) % (2 * SIZE[0])
            frame = np.ascontiguousarray(ground[y : y + SIZE[1], x : x + SIZE[0]])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())
    return path


def events_of(path: Path, n: int, spacing: float) -> StimulusEvents:
    """Make events a frame's time or more apart."""
    return StimulusEvents(Stimulus("film", path), "vision", np.arange(n) * spacing, ("",) * n)


def speed(n_events: int, device: str) -> None:
    """Print the time of a bare forward, of extraction, and their ratio, the two taking turns."""
    spec = ModelSpec("vit", "vision", "timm", "vit_base_patch16_224", trained=False, layers=("blocks",))
    with tempfile.TemporaryDirectory() as folder:
        path = film(Path(folder) / "film.mp4", n_events * 0.35)
        events = events_of(path, n_events, 0.35)
        (network,) = family("timm").build(spec, 0, None)
        network.module.to(device_of(device))
        where = next(network.module.parameters()).device
        images = network.prepare([frame for _, frame in frames_at(path, events.onset)], [], None)["x"]
        size = network.batch_size if where.type == "cpu" else 256
        bare, whole, made = [], [], []
        for turn in range(3):
            start = time.perf_counter()
            family("timm").build(spec, 0, None)
            made.append(time.perf_counter() - start)
            start = time.perf_counter()
            with torch.inference_mode():
                for batch in images.split(size):
                    network.module(batch.to(where)).cpu()
            bare.append(time.perf_counter() - start)
            start = time.perf_counter()
            extract_features([(spec, events)], Extraction(Path(folder) / str(turn), device=device))
            whole.append(time.perf_counter() - start)
    name = torch.cuda.get_device_name() if where.type == "cuda" else f"{torch.get_num_threads()} threads"
    print(f"{n_events} frames of {SIZE[0]} x {SIZE[1]}, batches of {size}, {name}")
    print(f"bare forward {min(bare):.1f} s, {n_events / min(bare):.1f} frames a second")
    print(f"extraction   {min(whole):.1f} s (decoding, preparing, 13 layers projected and written, weights made)")
    print(f"speed of extraction / bare forward: {min(bare) / min(whole):.3f}")
    print(f"the same where both make the network ({min(made):.1f} s): {(min(bare) + min(made)) / min(whole):.3f}")


def peak(n_events: int) -> None:
    """Print this process's peak memory in bytes after extraction."""
    spec = ModelSpec("vit", "vision", "timm", "vit_tiny_patch16_224", trained=False, layers=("blocks",))
    with tempfile.TemporaryDirectory() as folder:
        path = film(Path(folder) / "film.mp4", n_events / RATE)
        extract_features([(spec, events_of(path, n_events, 1 / RATE))], Extraction(Path(folder) / "store"))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)


def memory() -> None:
    """Compare the peaks of two processes."""
    peaks = [
        int(subprocess.run([sys.executable, __file__, "peak", "--events", str(n)], capture_output=True, text=True,
                           check=True).stdout)
        for n in (1000, 8000)
    ]  # fmt: skip
    print(
        f"peak with 1,000 events {peaks[0] / 1e9:.2f} GB, with 8,000 {peaks[1] / 1e9:.2f} GB: {peaks[1] / peaks[0]:.3f}"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("speed", "memory", "peak"))
    parser.add_argument("--events", type=int, default=400)
    parser.add_argument("--device", default="auto")
    options = parser.parse_args()
    if options.what == "speed":
        speed(options.events, options.device)
    elif options.what == "memory":
        memory()
    else:
        peak(options.events)
