"""What a model set says: its networks, with their random twins, and the comparisons between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from bids_vlint.networks.comparisons import Comparison
from bids_vlint.networks.identity import network_label

Modality = Literal["vision", "language", "multimodal", "audio", "low_level"]
Shown = Literal["image", "text", "both", "sound"]  # what a network is shown at an event
SHOWN: tuple[Shown, ...] = ("image", "text", "both", "sound")
COMPARED: tuple[Modality, ...] = ("vision", "language", "multimodal")  # among which integration is looked for
MODALITIES: tuple[Modality, ...] = (*COMPARED, "audio")  # of the networks that a model set declares


@dataclass(frozen=True)
class ModelSpec:
    """A `[[model]]` of a model set (a TOML file)."""

    name: str
    modality: Modality
    source: str  # a module of bids_vlint.networks.family
    architecture: str | None = None
    weights: str | None = None  # a file's name or path, or a pretrained tag
    revision: str | None = None
    tower: Literal["image", "text", "both"] | None = None
    trained: bool = True
    layers: tuple[str, ...] | None = None  # None: the family's default layer (precomputed: all)
    path: str | None = None  # precomputed: the template with {stimulus} and {alignment}
    folder: Path = field(default=Path())  # of the TOML file; weights and paths are looked for here first
    twin: int | None = None  # of a random twin: which of several, from 1; None where there is one
    url: str | None = None  # where `models fetch` gets the weights' file
    sha256: str | None = None  # of the weights' file: the whole digest or its beginning
    language: tuple[str, ...] | None = None  # codes of the languages that it reads ("*": any); None: not declared
    context_length: int | None = None  # most tokens of a text, where it is less than the network's own limit
    regions: str | None = None  # the detector whose region features it sees: a folder, a hub id, or "coco"
    shown: Shown | None = None  # of stored features and of parts: what the network was shown; otherwise `shown_to`
    part_of: str | None = None  # name of the network whose run on picture or text alone it is
    parts: Literal["marginal", "blanked"] = "marginal"  # how its runs on picture or text alone are made
    without: tuple[str, ...] = ()  # of the low-level features: families that are left out
    surprisal: ModelSpec | None = None  # of the low-level features: the network that gives the words' surprisal
    cite: tuple[str, ...] = ()  # its references: keys of data/citations.toml, or addresses; no feature depends on it

    @property
    def label(self) -> str:
        """Its name in outputs: a random twin is NAME-random, or NAME-random-2 where there are several."""
        return network_label(self.name, self.trained, self.twin)


@dataclass(frozen=True)
class ModelSet:
    """A model set: random twins included, as specs with `trained=False`."""

    file: Path
    models: tuple[ModelSpec, ...]
    comparisons: tuple[Comparison, ...] = ()
    surprisal: str | None = None  # the network that gives the words' surprisal, where the set names one
