"""What is cited for a network that was used: its own works, its family's, and the programs that ran it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import Any

from bids_vlint.citations import Reference, cited
from bids_vlint.errors import InputError
from bids_vlint.files.toml_file import read_toml
from bids_vlint.networks.family import FAMILIES
from bids_vlint.networks.identity import LOW_LEVEL
from bids_vlint.networks.model_set import built_in_sets

_RAN_BY = ("torch", "huggingface_hub", "safetensors")  # every network that is computed


def works_of_network(model: Mapping[str, Any]) -> tuple[Reference, ...]:
    """The works of a network, as a fit's record keeps it: its family's, then its own.

    Those that its model set names (`cite`), or else those that a built-in set names for the same source, architecture
    and weights. Of a family that is not installed any more nothing is known.
    """
    keys: Sequence[str] = model.get("cite") or _built_in().get(_identity(model), [])
    named = [work for key in keys if (work := cited(key)) is not None]
    return tuple(dict.fromkeys([*_of_family(str(model.get("source"))), *named]))


def packages_of_network(model: Mapping[str, Any]) -> tuple[str, ...]:
    """The distributions that ran a network; none where its features were given."""
    with suppress(InputError):
        family = FAMILIES.named(str(model.get("source")))
        return (*_RAN_BY, *family.packages) if family.build is not None else ()
    return ()


def _of_family(source: str) -> list[Reference]:
    if source == LOW_LEVEL:
        return []
    with suppress(InputError):
        works = (cited(work) if isinstance(work, str) else work for work in FAMILIES.named(source).works)
        return [work for work in works if work is not None]
    return []


@cache
def _built_in() -> dict[tuple[str, ...], list[str]]:
    rows = [row for file in built_in_sets().values() for row in read_toml(file, "model set")["model"]]
    return {_identity(row): row["cite"] for row in rows if "cite" in row}


def _identity(model: Mapping[str, Any]) -> tuple[str, ...]:
    known = (str(model.get(key) or "n/a") for key in ("source", "architecture", "weights"))
    return tuple(value.rsplit("/", 1)[-1] if k == 2 else value for k, value in enumerate(known))
