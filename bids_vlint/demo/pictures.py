"""Training material: scenes with their pictures and captions, and random views of pictures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image

from bids_vlint.demo.draw import draw
from bids_vlint.demo.world import COLOURS, THINGS, Scene, random_scene, stream

PICTURE_SIZE = 32  # what the networks see; the film has four times as many pixels a side
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class Album:
    """Scenes and their pictures: (n, 3, 32, 32) uint8."""

    scenes: tuple[Scene, ...]
    pixels: torch.Tensor


def album(seed: int, name: str, n: int) -> Album:
    """Draw n random scenes, each at a random moment of its shot."""
    rng = stream(seed, f"album/{name}")
    scenes = tuple(random_scene(rng) for _ in range(n))
    pictures = [
        Image.fromarray(draw(scene, rng.uniform(0, 3))).resize((PICTURE_SIZE, PICTURE_SIZE), 2) for scene in scenes
    ]
    return Album(scenes, torch.from_numpy(np.stack([np.asarray(p) for p in pictures])).permute(0, 3, 1, 2))


def normalise(pixels: torch.Tensor, mean: tuple[float, ...], std: tuple[float, ...]) -> torch.Tensor:
    """Scale uint8 pictures to float32 of the given mean and standard deviation."""
    return (pixels.float() / 255 - torch.tensor(mean)[:, None, None]) / torch.tensor(std)[:, None, None]


def view(pixels: torch.Tensor, generator: torch.Generator, strength: float) -> torch.Tensor:
    """A random view of each picture: cropped, mirrored, its colours shifted, noise added.

    Parameters
    ----------
    pixels : (n, 3, 32, 32) uint8
    generator : torch.Generator
    strength : float
        1: as for contrasting views (crops down to a half of the side); 0.2: hardly changed, never mirrored.

    Returns
    -------
    (n, 3, 32, 32) float32, normalised by ImageNet's statistics
    """
    n = len(pixels)
    scale = 1 - 0.5 * strength * torch.rand(n, generator=generator)
    shift = (1 - scale)[:, None] * (2 * torch.rand(n, 2, generator=generator) - 1)
    mirror = torch.where(torch.rand(n, generator=generator) < (0.5 if strength > 0.5 else 0.0), -1.0, 1.0)
    zero = torch.zeros(n)
    affine = torch.stack([torch.stack([scale * mirror, zero, shift[:, 0]], 1)], 1)
    affine = torch.cat([affine, torch.stack([zero, scale, shift[:, 1]], 1)[:, None]], 1)
    grid = torch.nn.functional.affine_grid(affine, [n, 3, PICTURE_SIZE, PICTURE_SIZE], align_corners=False)
    image = normalise(pixels, IMAGENET_MEAN, IMAGENET_STD)
    image = torch.nn.functional.grid_sample(image, grid, padding_mode="reflection", align_corners=False)
    gain = 1 + strength * (torch.rand(n, 3, 1, 1, generator=generator) - 0.5)
    bias = strength * (torch.rand(n, 3, 1, 1, generator=generator) - 0.5)
    return image * gain + bias + 0.05 * torch.randn(image.shape, generator=generator)


def labels(scenes: tuple[Scene, ...]) -> np.ndarray:
    """What is in sight: (n, things + colours) of 0 and 1."""
    names = (*THINGS, *COLOURS)
    seen = [{*scene.names, *(thing.colour for thing in scene.things)} for scene in scenes]
    return np.array([[name in s for name in names] for s in seen], np.float32)
