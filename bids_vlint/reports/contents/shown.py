"""What the networks of fits were shown, and what could not be tested with them, as the fits' records say it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bids_vlint.derivatives.collection import FitResult
from bids_vlint.study.stimulus import ALIGNMENTS

_BY_MODALITY = {"vision": "image", "language": "text", "multimodal": "both", "audio": "sound"}
_ALONE = {"image": "pictures", "text": "text"}


def shown_networks(fits: Sequence[FitResult]) -> dict[str, list[str]]:
    """The trained networks by what they were shown: `both` at once, the `image` alone, the `text` alone, the `sound`.

    Runs of a network on one of both are named as such, after the networks that are shown nothing else.
    """
    found: dict[str, dict[str, None]] = {"both": {}, "image": {}, "text": {}, "sound": {}}
    models = [m for fit in fits for m in fit.record.get("models", []) if m.get("trained")]
    for model in sorted(models, key=lambda m: _part_of(m) is not None):
        shown, whole = _shown(model), _part_of(model)
        if shown in found:
            found[shown][f"{whole}'s own run on {_ALONE[shown]}" if whole else str(model["name"])] = None
    return {shown: list(names) for shown, names in found.items()}


def trained_kinds(fits: Sequence[FitResult]) -> list[str]:
    """What the trained networks were trained with: vision, language, multimodal, audio, as far as there are any."""
    known = {m.get("modality") for fit in fits for m in fit.record.get("models", []) if m.get("trained")}
    return [kind for kind in _BY_MODALITY if kind in known]


def why_untested(fits: Sequence[FitResult], what: str, alignments: Sequence[str] = ALIGNMENTS) -> str:
    """Why a test or word was not tested in some alignments of the fits that lack it: each reason once."""
    reasons = {_lacking(fit, what, alignment): None for fit in fits for alignment in alignments}
    said = [reason for reason in reasons if reason is not None]
    return "; ".join(said) or "this alignment was not analysed"


def _lacking(fit: FitResult, what: str, alignment: str) -> str | None:
    if not len(fit.tests):
        return "the calibrated tests were not made"
    column = f"{alignment}_{what}"
    tested = column in fit.sites and fit.sites[column].notna().any()
    if tested or alignment not in set(fit.tests["alignment"]):
        return None
    reasons: Mapping[str, str] = (fit.record.get("lacking") or {}).get(alignment, {})
    return reasons.get(what, "a side of the comparison is missing")


def _shown(model: Mapping[str, Any]) -> str:
    return str(model.get("shown") or _BY_MODALITY.get(str(model.get("modality")), ""))


def _part_of(model: Mapping[str, Any]) -> str | None:
    whole = model.get("part_of")
    return None if whole in (None, "n/a") else str(whole)
