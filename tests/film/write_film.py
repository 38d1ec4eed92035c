"""Films whose every frame tells its own number, written with PyAV."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

SIZE = (64, 48)  # width, height
BITS = 8


def picture(number: int) -> np.ndarray:
    """Make a frame, (48, 64, 3) uint8: eight columns, black or white, are the digits of its number."""
    digits = [(number >> bit) & 1 for bit in range(BITS)]
    return np.tile(np.repeat(np.array(digits, np.uint8) * 255, SIZE[0] // BITS)[None, :, None], (SIZE[1], 1, 3))


def number_of(frame: np.ndarray) -> int:
    """Read a frame's number back."""
    columns = frame.mean(axis=(0, 2)).reshape(BITS, -1).mean(axis=1)
    return sum(int(value > 128) << bit for bit, value in enumerate(columns))


def write_film(
    path: Path,
    pts: Sequence[int],
    *,
    time_base: Fraction = Fraction(1, 24),
    draw: Callable[[int], np.ndarray] = picture,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    rotation: int | None = None,
    aspect: Fraction | None = None,
    curve: int | None = None,
    options: dict[str, str] | None = None,
) -> Path:
    """Write a film with a frame at each of `pts` (in units of `time_base`), and return its path; `aspect`: a pixel's
    width over its height, `curve`: the transfer curve by its number in H.273."""
    height, width = draw(0).shape[:2]
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=Fraction(1, 1) / time_base, options=options or {})
        stream.width, stream.height, stream.pix_fmt = width, height, pix_fmt
        stream.time_base = stream.codec_context.time_base = time_base
        if aspect is not None:
            stream.codec_context.sample_aspect_ratio = aspect
        if curve is not None:
            stream.codec_context.color_trc = curve
        if rotation is not None:
            stream.set_display_rotation(rotation)
        for number, time in enumerate(pts):
            frame = av.VideoFrame.from_ndarray(draw(number), format="rgb24")
            frame.pts, frame.time_base = time, time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path
