"""Which of the fits on disk are wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from bids_vlint.derivatives.layout import find_fits
from bids_vlint.errors import Exit, InputError, did_you_mean
from bids_vlint.study.dataset import FLAGS, same_label
from bids_vlint.study.fits import FitName


def select_fits(out: Path, wanted: Mapping[str, Sequence[str]]) -> list[FitName]:
    """The fits on disk with the wanted labels, in the order of their names.

    Parameters
    ----------
    out : Path
        The output folder.
    wanted : mapping
        Entity (subject, session, task, run) to labels without prefix; an empty sequence wants all. A fit of several
        runs has no run of its own.

    Raises
    ------
    InputError
        There is none at all (66); a label that no fit has (the nearest is named), or nothing left (18).
    """
    names = find_fits(out)
    if not names:
        raise InputError(out, "holds no participant's results", "run the participant level first", Exit.NO_INPUT)
    kept = names
    for entity, labels in wanted.items():
        same = same_label if entity == "run" else str.__eq__
        known = sorted({value for name in names if (value := getattr(name, entity))})
        for label in labels:
            if not any(same(label, value) for value in known):
                raise InputError(f"{FLAGS[entity]} {label}", f"no results of such a {entity} are in {out}",
                                 did_you_mean(label, known), Exit.NOTHING_SELECTED)  # fmt: skip
        if labels:
            kept = [name for name in kept if any(same(label, getattr(name, entity) or "") for label in labels)]
    if not kept:
        raise InputError(out, "no fit has all the labels asked for", "use fewer filters", Exit.NOTHING_SELECTED)
    return kept
