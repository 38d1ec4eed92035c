"""Clips: the frames that belong to one event."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


class Clips:
    """Frames that belong together: the clip of each event, whole once its last frame has come.

    Parameters
    ----------
    n_frames : int
        Of a clip.
    """

    def __init__(self, n_frames: int) -> None:
        self.n_frames = n_frames
        self.waiting: dict[int, dict[int, tuple[np.ndarray, bytes]]] = {}

    def add(self, event: int, k: int, frame: np.ndarray, digest: bytes) -> tuple[Sequence[np.ndarray], bytes] | None:
        """Add frame `k` of an event's clip; return the clip and its digest when it is whole."""
        parts = self.waiting.setdefault(event, {})
        parts[k] = (frame, digest)
        if len(parts) < self.n_frames:
            return None
        whole = [parts[j] for j in range(self.n_frames)]
        del self.waiting[event]
        return [frame for frame, _ in whole], b"".join(d for _, d in whole)
