"""Files of one recording put together, copies left alone, and twins told apart, by their names.

A recording may go on in `split-` files, may have processed copies (`proc-`, `desc-`) beside it, or lie there in two
formats; each would otherwise count as a recording of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bids_vlint.errors import Exit, InputError
from bids_vlint.log import logger
from bids_vlint.study.dataset import Run, entities_of, same_label
from bids_vlint.study.sidecars import sidecars

_PROCESSED = ("proc", "desc")
_SPLIT = "split"


def each_recording(runs: Sequence[Run]) -> list[Run]:
    """The recordings of a participant, from the files that were found.

    Processed copies of a recording that is there are left alone, which is logged; `split-` files are one recording.

    Examples
    --------
    >>> from pathlib import Path
    >>> from bids_vlint.study.dataset import entities_of
    >>> names = ["sub-01_task-a_split-02_ieeg.edf", "sub-01_task-a_split-01_ieeg.edf"]
    >>> runs = [Run(Path(n), Path(), tuple(entities_of(Path(n)).items())) for n in names]
    >>> [file.name for file in each_recording(runs)[0].files]
    ['sub-01_task-a_split-01_ieeg.edf', 'sub-01_task-a_split-02_ieeg.edf']
    """
    raw = {_named(run, (*_PROCESSED, _SPLIT)) for run in runs if not _is_processed(run)}
    copies = [run for run in runs if _is_processed(run) and _named(run, (*_PROCESSED, _SPLIT)) in raw]
    for run in copies:
        logger.info("%s is a processed copy of a recording that lies beside it, and is left alone", run.file.name)
    groups: dict[object, list[Run]] = {}
    for run in (run for run in runs if run not in copies):
        own = run.file if run.get(_SPLIT) is None else (run.file.suffix.lower(), _named(run, (_SPLIT,)))
        groups.setdefault(own, []).append(run)
    return [_joined(group) for group in groups.values()]


def check_recordings(runs: Sequence[Run]) -> None:
    """Refuse recordings that differ in nothing but their format, and files of one recording that do not make it whole.

    Raises
    ------
    InputError
        Two files of one name, `split-` files with events of their own (65), one that is not there (66).
    """
    first: dict[object, Run] = {}
    for run in runs:
        twin = first.setdefault(_named(run, (_SPLIT,)), run)
        if twin is not run:
            choose = (" or choose with --bids-filter-file (as in {\"ieeg\": {\"extension\": "
                      f'"{run.file.suffix}"}}}})') if run.file.suffix != twin.file.suffix else ""  # fmt: skip
            raise InputError(run.file, f"is the same recording as {twin.file.name} by its name",
                             f"keep one of them{choose}")  # fmt: skip
        if run.get(_SPLIT) is not None:
            _check_split(run)


def _check_split(run: Run) -> None:
    numbers = [entities_of(file)[_SPLIT] for file in run.files]
    start = 0 if numbers[0].strip("0") == "" else 1
    for k, (number, file) in enumerate(zip(numbers, run.files), start):
        if not same_label(number, str(k)):
            raise InputError(file, f"is part of a recording whose file split-{k} is not there",
                             "add it, or number the files one after the other", Exit.NO_INPUT)  # fmt: skip
        part = replace(run, file=file, entities=tuple(sorted(entities_of(file).items())), more=())
        events = next(iter(sidecars(part, "events", ".tsv")), None)
        if file != run.file and events is not None and _SPLIT in entities_of(events):
            raise InputError(events, f"is a table of its own for a part of {run.file.name}",
                             "put all events in one, with onsets from the start of the first file")  # fmt: skip


def _is_processed(run: Run) -> bool:
    return any(run.get(entity) is not None for entity in _PROCESSED)


def _named(run: Run, without: Sequence[str]) -> object:
    """What names a recording; numbers of runs compare as numbers."""
    entities = {k: v for k, v in run.entities if k not in without}
    number = entities.get("run", "")
    return frozenset((entities | ({"run": str(int(number))} if number.isdigit() else {})).items())


def _joined(parts: Sequence[Run]) -> Run:
    """Files of one recording, in order of their numbers."""
    ordered = sorted(parts, key=lambda part: ((part.get(_SPLIT) or "").zfill(9), part.file.name))
    return replace(ordered[0], more=tuple(part.file for part in ordered[1:]))
