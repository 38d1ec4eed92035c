"""Whether the content of all that a participant's fits are made from is there, as far as DataLad or Git LFS keep it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from glob import escape
from pathlib import Path

from bids_vlint.files.access import check_fetched, why_absent
from bids_vlint.networks.family import stored, stored_file
from bids_vlint.networks.model_set import needs_film
from bids_vlint.networks.specification import ModelSet
from bids_vlint.signals.mirror import signal_files
from bids_vlint.study.fits import FitPlan
from bids_vlint.study.sidecars import tables_of
from bids_vlint.study.stimulus import Alignment


def check_all_fetched(plans: Sequence[FitPlan], models: ModelSet, alignments: Sequence[Alignment]) -> None:
    """See that recordings, tables, the films that networks are shown, and stored features have been fetched.

    Raises
    ------
    InputError
        66: it names all that have not.
    """
    check_fetched(file for plan in plans for file in _files(plan, models, alignments))


def _files(plan: FitPlan, models: ModelSet, alignments: Sequence[Alignment]) -> Iterator[Path]:
    for run in plan.runs:
        for part in run.run.files:
            yield from _signals(part)
        yield from tables_of(run.run)
        for stimulus in (presentation.stimulus for presentation in run.presentations):
            if stimulus.video is not None and needs_film(models):
                yield stimulus.video
            for spec in filter(stored, models.models):
                yield from (stored_file(spec, stimulus, alignment) for alignment in alignments)


def _signals(file: Path) -> Iterator[Path]:
    """The files of a recording; those of its name where its header, which names them, has not been fetched."""
    if file.is_dir():  # MEF3
        yield from (one for one in sorted(file.rglob("*")) if not one.is_dir())
    elif why_absent(file) is None:
        yield from signal_files(file)
    else:
        yield file
        yield from (one for one in sorted(file.parent.glob(f"{escape(file.stem)}.*")) if one != file)
