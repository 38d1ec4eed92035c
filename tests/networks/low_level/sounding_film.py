"""Films with sound, written with PyAV."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

SIZE = 64


def write_film(
    path: Path,
    seconds: float,
    draw: Callable[[float], np.ndarray] | None,
    sound: Callable[[np.ndarray], np.ndarray] | None,
    *,
    fps: int = 24,
    rate: int = 44100,
    codec: str = "aac",
    layout: str = "stereo",
    sound_from: float = 0.0,
) -> Path:
    """Write a film of what is drawn, (SIZE, SIZE) uint8 grey, and what sounds, from -1 to 1, at each second."""
    with av.open(str(path), "w") as container:
        picture = container.add_stream("libx264", rate=fps) if draw else None
        voice = container.add_stream(codec, rate=rate, layout=layout) if sound else None
        if picture is not None and draw is not None:
            picture.width = picture.height = SIZE
            picture.pix_fmt, picture.time_base = "yuv420p", Fraction(1, fps)
            for k in range(round(seconds * fps)):
                frame = av.VideoFrame.from_ndarray(np.repeat(draw(k / fps)[..., None], 3, axis=2), format="rgb24")
                frame.pts = k
                container.mux(picture.encode(frame))
            container.mux(picture.encode(None))
        if voice is not None and sound is not None:
            time = np.arange(round(sound_from * rate), round(seconds * rate)) / rate
            wave = sound(time).astype(np.float32)
            kind = "s16" if codec.startswith("pcm") else "fltp"
            wave = (wave * 32767).astype(np.int16) if kind == "s16" else wave
            channels = 2 if layout == "stereo" else 1
            for start in range(0, len(wave), 1024):
                piece = np.tile(wave[start : start + 1024], (channels, 1))
                piece = piece.T.reshape(1, -1) if kind == "s16" else piece
                heard = av.AudioFrame.from_ndarray(np.ascontiguousarray(piece), format=kind, layout=layout)
                heard.sample_rate, heard.pts = rate, start + round(sound_from * rate)
                heard.time_base = Fraction(1, rate)
                container.mux(voice.encode(heard))
            container.mux(voice.encode(None))
    return path


def grey(value: float) -> np.ndarray:
    """A picture of one luminance, 0 to 1."""
    return np.full((SIZE, SIZE), round(255 * value), np.uint8)


def loudness(time: np.ndarray) -> np.ndarray:
    """A slow amplitude."""
    return 0.3 * (1 + 0.9 * np.sin(2 * np.pi * 0.7 * time))


def noise(time: np.ndarray) -> np.ndarray:
    """Noise of that amplitude."""
    wave = np.random.default_rng(1).standard_normal(len(time)) * loudness(time)
    return np.clip(wave / 3, -1, 1)
