"""Which network of a model set gives the surprisal of the words: a causal language network with the head it was
trained with."""

from __future__ import annotations

import json

from bids_vlint.errors import InputError, did_you_mean
from bids_vlint.networks.family import stored
from bids_vlint.networks.resources import folder_of
from bids_vlint.networks.specification import ModelSet, ModelSpec

LOW_LEVEL_FAMILY = "surprisal"  # the family of low-level features
_HEADS = ("ForCausalLM", "LMHeadModel")


def giver_of(models: ModelSet) -> ModelSpec | None:
    """The network that gives the words' surprisal.

    The one that the set names (`surprisal = "NAME"` above all networks), else the first trained language network whose
    checkpoint predicts the next token; None where there is none.

    Raises
    ------
    InputError
        65 where the named one is not there, or no such network.
    """
    trained = {spec.name: spec for spec in models.models if spec.trained and spec.part_of is None}
    if models.surprisal is None:
        return next((spec for spec in trained.values() if foretells(spec)), None)
    if (named := trained.get(models.surprisal)) is None:
        raise InputError(models.file, f"'surprisal' names an unknown network {models.surprisal!r}",
                         did_you_mean(str(models.surprisal), trained))  # fmt: skip
    if not (foretells(named) or (stored(named) and named.modality == "language")):
        wrong = f"'surprisal' names {named.name!r}, which is no language network that predicts the next token"
        raise InputError(models.file, wrong, "name a causal one, such as GPT-2 (source transformers)")
    return named


def foretells(spec: ModelSpec) -> bool:
    """Whether a network reads, and nothing else, and its checkpoint has the head that predicts the next token."""
    if spec.modality != "language" or spec.source != "transformers":
        return False
    folder = folder_of(spec)
    if folder is None or not (folder / "config.json").is_file():
        return False
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        heads = [str(name) for name in config.get("architectures") or ()]
    except (ValueError, AttributeError, OSError):  # whoever loads it says so
        return False
    return config.get("is_decoder", True) and any(name.endswith(_HEADS) for name in heads)
