"""Features: what a network makes of the events of a stimulus."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np


class Layers(Mapping[str, np.ndarray]):
    """Layers of a network, (n_events, n_features) float32 each, read when they are asked for.

    Parameters
    ----------
    widths : name -> n_features
    read : name -> array
    """

    def __init__(self, widths: Mapping[str, int], read: Callable[[str], np.ndarray]) -> None:
        self.widths, self._read = dict(widths), read

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self.widths:
            raise KeyError(name)
        return self._read(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.widths)

    def __len__(self) -> int:
        return len(self.widths)


@dataclass(frozen=True)
class Features:
    """Features of one network for the events of one stimulus and alignment.

    Attributes
    ----------
    onset : (n_events,) float64, seconds in movie time
    layers : Layers
    source : where they come from, for messages
    notes : what reports should say of them
    """

    onset: np.ndarray
    layers: Layers
    source: str
    notes: tuple[str, ...] = ()
