"""Parts: the runs on the picture alone, and on the text alone, of a network that is shown both at once.

What such a network knows of one of them alone is what its parts know; what only its joint run knows is what it makes of
both together. A part has the same weights (that of a random twin the very weights of the twin) and the same layers;
what stands for the other input says `bids_vlint.networks.extraction.others`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Literal

from bids_vlint.errors import InputError, did_you_mean
from bids_vlint.networks.family import stored
from bids_vlint.networks.identity import LOW_LEVEL, part_name, twin_label
from bids_vlint.networks.shown import shown_to
from bids_vlint.networks.specification import ModelSet, ModelSpec

_ALONE: tuple[Literal["image", "text"], ...] = ("image", "text")


def whole_spec(spec: ModelSpec) -> ModelSpec:
    """The network whose run a computed part is; of any other network, that itself."""
    if spec.part_of is None or stored(spec):
        return spec
    return replace(spec, name=spec.part_of, shown=None, part_of=None)


def with_parts(specs: Iterable[ModelSpec]) -> list[ModelSpec]:
    """Every network and its random twins, followed by their parts where they are computed and shown both."""
    out: list[ModelSpec] = []
    for _, group in groupby(specs, key=lambda spec: spec.name):
        own = list(group)
        out += own
        whole = [s for s in own if s.source != LOW_LEVEL and not stored(s) and shown_to(s) == "both"]
        out += [replace(s, name=part_name(s.name, a), shown=a, part_of=s.name) for a in _ALONE for s in whole]
    return out


def as_encoded(models: ModelSet) -> ModelSet:
    """A model set without the parts of random twins that no comparison names.

    No other test reads them, and what a network costs in a fit is the same for all: with three twins they would be six
    of every twelve networks that are shown both.
    """
    named = {label for c in models.comparisons for label in (*c.model, *c.baseline)}
    kept = (s for s in models.models if s.part_of is None or s.trained or {s.label, twin_label(s.name)} & named)
    return replace(models, models=tuple(kept))


def check_parts(file: Path, specs: Sequence[ModelSpec]) -> None:
    """Check that every part is of a network that is there, is shown both, and has no other such part.

    Raises
    ------
    InputError
        65.
    """
    wholes = {s.name: s for s in specs if s.part_of is None}
    seen: dict[tuple[object, ...], str] = {}
    for spec in (s for s in specs if s.part_of is not None):
        where, whole = f"[[model]] {spec.label!r}", wholes.get(str(spec.part_of))
        if whole is None or shown_to(whole) != "both":
            known = [name for name, s in wholes.items() if shown_to(s) == "both"]
            why = "is not in this set" if whole is None else f"is shown the {shown_to(whole)} alone"
            do = did_you_mean(str(spec.part_of), known) if known else "name a network that is shown both at once"
            raise InputError(file, f"{where} is part of {spec.part_of!r}, which {why}", do)
        if whole.modality != spec.modality:
            wrong = f"{where} is part of {spec.part_of!r} and differs from it in modality"
            raise InputError(file, wrong, f'give it modality = "{whole.modality}"')
        first = seen.setdefault((spec.part_of, spec.shown, spec.trained, spec.twin), spec.label)
        if first != spec.label:
            wrong = f"{first!r} and {spec.label!r} are both the run of {spec.part_of!r} on the {spec.shown} alone"
            raise InputError(file, wrong, "leave one of them out")
