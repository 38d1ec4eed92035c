"""Pictures of scenes: 128 x 128 pixels, drawn from polygons and ellipses."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from PIL import Image, ImageDraw

from bids_vlint.demo.world import COLOURS, Scene

FRAME_SIZE = 128
_DARK = (25, 25, 30)
_SKY_AND_GROUND = {
    "meadow": ((150, 205, 240), (90, 160, 80)),
    "sea": ((190, 220, 235), (50, 120, 150)),
    "night": ((30, 30, 60), (60, 60, 80)),
    "desert": ((235, 205, 160), (200, 160, 100)),
}
Colour = tuple[int, int, int]
Pen = Callable[[ImageDraw.ImageDraw, float, float, Colour], None]


def _points(x: float, y: float, *offsets: tuple[float, float]) -> list[tuple[float, float]]:
    return [(x + dx, y + dy) for dx, dy in offsets]


def _cat(d: ImageDraw.ImageDraw, x: float, y: float, c: Colour) -> None:
    d.ellipse((x - 20, y - 14, x + 20, y + 22), c, _DARK)
    for side in (-1, 1):
        d.polygon(_points(x, y, (side * 20, -28), (side * 18, 0), (side * 4, -12)), c, _DARK)
        d.ellipse((x + side * 8 - 3, y - 2, x + side * 8 + 3, y + 4), _DARK)


def _fish(d: ImageDraw.ImageDraw, x: float, y: float, c: Colour) -> None:
    d.polygon(_points(x, y, (8, 0), (28, -16), (28, 16)), c, _DARK)
    d.ellipse((x - 26, y - 13, x + 14, y + 13), c, _DARK)
    d.ellipse((x - 18, y - 5, x - 13, y), _DARK)


def _bird(d: ImageDraw.ImageDraw, x: float, y: float, c: Colour) -> None:
    d.polygon(_points(x, y, (-28, -22), (-8, -10), (0, 6), (-6, 8)), c, _DARK)
    d.polygon(_points(x, y, (28, -22), (8, -10), (0, 6), (6, 8)), c, _DARK)
    d.ellipse((x - 7, y - 8, x + 7, y + 18), c, _DARK)


def _tree(d: ImageDraw.ImageDraw, x: float, y: float, c: Colour) -> None:
    d.rectangle((x - 4, y + 4, x + 4, y + 28), (100, 70, 40))
    for top, half in ((-28, 14), (-16, 19), (-4, 24)):
        d.polygon(_points(x, y, (0, top), (-half, top + 18), (half, top + 18)), c, _DARK)


def _house(d: ImageDraw.ImageDraw, x: float, y: float, c: Colour) -> None:
    d.rectangle((x - 20, y - 4, x + 20, y + 26), c, _DARK)
    d.polygon(_points(x, y, (-26, -4), (0, -28), (26, -4)), c, _DARK)
    d.rectangle((x - 5, y + 8, x + 5, y + 26), _DARK)


def _car(d: ImageDraw.ImageDraw, x: float, y: float, c: Colour) -> None:
    d.polygon(_points(x, y, (-14, -14), (10, -14), (18, 0), (-18, 0)), c, _DARK)
    d.rectangle((x - 28, y, x + 28, y + 14), c, _DARK)
    for dx in (-16, 16):
        d.ellipse((x + dx - 8, y + 8, x + dx + 8, y + 24), _DARK)


def _boat(d: ImageDraw.ImageDraw, x: float, y: float, c: Colour) -> None:
    d.polygon(_points(x, y, (-28, 10), (28, 10), (16, 26), (-16, 26)), c, _DARK)
    d.polygon(_points(x, y, (2, -28), (2, 6), (22, 6)), c, _DARK)
    d.line(_points(x, y, (0, -28), (0, 10)), _DARK, 2)


def _star(d: ImageDraw.ImageDraw, x: float, y: float, c: Colour) -> None:
    angle = np.pi * (np.arange(10) / 5 - 0.5)
    radius = np.where(np.arange(10) % 2 == 0, 28, 11)
    d.polygon(_points(x, y, *zip(radius * np.cos(angle), radius * np.sin(angle))), c, _DARK)


PENS: dict[str, Pen] = {
    "cat": _cat,
    "fish": _fish,
    "bird": _bird,
    "tree": _tree,
    "house": _house,
    "car": _car,
    "boat": _boat,
    "star": _star,
}


@cache
def _background(place: str) -> Image.Image:
    sky, ground = _SKY_AND_GROUND[place]
    image = Image.new("RGB", (FRAME_SIZE, FRAME_SIZE), sky)
    ImageDraw.Draw(image).rectangle((0, 88, FRAME_SIZE, FRAME_SIZE), ground)
    return image


def draw(scene: Scene, time: float = 0.0) -> np.ndarray:
    """Draw a scene; its things rock gently.

    Parameters
    ----------
    scene : Scene
        What is in sight.
    time : float
        Seconds since the shot began.

    Returns
    -------
    (128, 128, 3) uint8, RGB
    """
    image = _background(scene.place).copy()
    pen = ImageDraw.Draw(image)
    for k, thing in enumerate(scene.things):
        x, y = thing.centre
        sway = 2.5 * np.sin(2 * np.pi * 0.7 * time + 2 * k), 2.0 * np.sin(2 * np.pi * 0.9 * time + k)
        PENS[thing.name](pen, x + sway[0], y + sway[1], COLOURS[thing.colour])
    return np.asarray(image)
