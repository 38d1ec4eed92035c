"""Find the recordings of a BIDS data set, and the sidecars that apply to them (inheritance principle)."""

from __future__ import annotations

import os
import re
import shutil
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bids_vlint.errors import Exit, InputError, cannot_use, did_you_mean
from bids_vlint.files.json_file import read_object
from bids_vlint.files.lock import only_one
from bids_vlint.log import counted, logger
from bids_vlint.study.folders import Folder, check_readable, walked
from bids_vlint.study.ignored import ignored_in

# The recordings of BIDS iEEG that are read, and those that are found (.nwb, so that it can be refused in words).
READ = (".vhdr", ".edf", ".set", ".mefd")
EXTENSIONS = (*READ, ".EDF", ".nwb")

_DATABASE = "layout_index.sqlite"  # as pybids calls it

# Hidden folders, other modalities, the inside of MEF3 recordings, and what lies beside the participants.
_NOT_INDEXED = tuple(
    re.compile(pattern)
    for pattern in (r"/\.", r"/(anat|func|dwi|fmap|perf|meg|eeg|pet|micr|nirs|motion|beh)/", r"\.mefd/",
                    r"^/(stimuli|sourcedata|code|derivatives|phenotype|logs)(/|$)")
)  # fmt: skip

_RECORDING = re.compile(rf"(?:[^.]*_)?ieeg({'|'.join(map(re.escape, EXTENSIONS))})")


@dataclass(frozen=True)
class Run:
    """One recording and its entities (long names, as in pybids).

    Attributes
    ----------
    file : Path
    root : Path
        The data set.
    entities : tuple of (name, label)
    more : tuple of Path
        Files that it goes on in (`split-`), in order.
    """

    file: Path
    root: Path
    entities: tuple[tuple[str, str], ...]
    more: tuple[Path, ...] = ()

    @property
    def files(self) -> tuple[Path, ...]:
        """All files of signals, in order."""
        return (self.file, *self.more)

    def get(self, entity: str) -> str | None:
        """The value of an entity."""
        return dict(self.entities).get(entity)

    @property
    def subject(self) -> str:
        """Participant label, without sub-."""
        return dict(self.entities)["subject"]

    @property
    def label(self) -> str:
        """File name up to the suffix."""
        return self.file.name.rsplit("_", 1)[0]


def find_runs(
    root: Path,
    *,
    database: Path | None = None,
    filters: Mapping[str, Any] | None = None,
    subjects: Sequence[str] = (),
) -> list[Run]:
    """Every iEEG recording that .bidsignore does not name, in order of participant, session, task, acquisition and run.

    Parameters
    ----------
    root : Path
        The data set.
    database : Path | None
        Folder of a pybids database, made if absent.
    filters : mapping
        pybids filters on entities.
    subjects : sequence of str
        Whose folders are gone into; empty: everybody's. A database is of everybody.

    Returns
    -------
    list of Run
    """
    root = Path(os.path.abspath(root))  # links are not followed; inheritance ends at this folder
    no_interest = _NOT_INDEXED if database is not None or not subjects else (*_NOT_INDEXED, _others_than(subjects))
    folders = list(walked(root, lambda folder: any(pattern.search(folder) for pattern in no_interest)))
    files = {file for folder in folders for file in _recordings_in(folder)}
    if database is not None or filters:  # pybids takes .03 s for each participant
        closed = [re.compile(f"^/{re.escape(Path(folder.path).relative_to(root).as_posix())}(/|$)")
                  for folder in folders if folder.closed is not None]  # fmt: skip
        # a MEF3 recording is a folder, which pybids does not list
        files = {f for f in files if f.suffix == ".mefd" and _passes(entities_of(f), filters or {})}
        files |= _asked_of_pybids(root, database, filters or {}, [*no_interest, *closed])
    if left_out := sorted(filter(ignored_in(root), files)):
        logger.info("%s left out, as .bidsignore says: %s", counted(len(left_out), "recording"),
                    ", ".join(f.name for f in left_out[:5]))  # fmt: skip
        files -= set(left_out)
    runs = [Run(f, root, tuple(sorted(entities_of(f).items()))) for f in files]
    return sorted((r for r in runs if r.get("subject")), key=_order)


def _recordings_in(folder: Folder) -> Iterator[Path]:
    """The recordings of a folder, by their names."""
    if os.path.basename(folder.path) != "ieeg":
        return
    for name in folder.inside:
        found = _RECORDING.fullmatch(name)
        if found and (found[1] == ".mefd" or name not in folder.folders):
            yield Path(folder.path, name)


def _asked_of_pybids(
    root: Path, database: Path | None, filters: Mapping[str, Any], ignore: Sequence[re.Pattern[str]]
) -> set[Path]:
    """The recordings that pass pybids' filters, or that its database holds."""
    from bids import BIDSLayout, BIDSLayoutIndexer

    # only recordings are wanted: metadata and other modalities would make indexing slow
    indexer = BIDSLayoutIndexer(validate=False, index_metadata=False, ignore=list(ignore))
    try:
        with warnings.catch_warnings(), _whole_database(database) as place:
            warnings.simplefilter("ignore")
            layout = BIDSLayout(root, validate=False, derivatives=False, indexer=indexer, database_path=place)
            query = {"suffix": "ieeg", "extension": [e for e in EXTENSIONS if e != ".mefd"]}
            found = {Path(f) for f in layout.get(return_type="filename", **(query | dict(filters)))}
    except InputError:
        raise
    except Exception as error:
        wrong = f"could not be indexed ({type(error).__name__}: {error})"
        do = "check dataset_description.json, --bids-filter-file and --bids-database-dir"
        raise cannot_use(root, error, wrong, do) from error
    return {f for f in found if f.parent.name == "ieeg" and not f.name.startswith(".") and f.suffix in EXTENSIONS}


def _others_than(subjects: Sequence[str]) -> re.Pattern[str]:
    """The folders of other participants."""
    return re.compile(f"^/sub-(?!({'|'.join(map(re.escape, subjects))})(/|$))")


@contextmanager
def _whole_database(folder: Path | None) -> Iterator[Path | None]:
    """Where to index to: beside a database that is not there yet, which then takes its place whole.

    One that a killed run left half-made would lack recordings without a word.
    """
    if folder is None or (folder / _DATABASE).is_file():
        yield folder
        return
    with only_one(folder, "index"):
        new = folder / "index.new"
        shutil.rmtree(new, ignore_errors=True)
        if (folder / _DATABASE).is_file():  # another run has made it meanwhile
            yield folder
            return
        yield new
        os.replace(new / _DATABASE, folder / _DATABASE)
        shutil.rmtree(new, ignore_errors=True)


def _of_no_interest(folder: str) -> bool:
    """Whether a folder, as /sub-01/ieeg/, holds no recordings of this kind."""
    return any(pattern.search(folder) for pattern in _NOT_INDEXED)


def unreadable_subjects(root: Path) -> list[str]:
    """Participants of whom it cannot be told whether they have recordings, since their folder may not be read."""
    folders = (folder for folder in root.glob("sub-*") if not os.access(folder, os.R_OK | os.X_OK))
    return sorted(folder.name.removeprefix("sub-") for folder in folders if folder.exists())


def check_subject(root: Path, subject: str) -> None:
    """Raise InputError (66) where a folder of a participant's may not be read."""
    folder = root / f"sub-{subject}"
    if folder.exists():
        check_readable(folder, _of_no_interest)


# What selects by each entity on the command line.
FLAGS = {"subject": "--participant-label", "session": "--session-label", "task": "--task", "run": "--run"}


def entities_of(file: Path) -> dict[str, str]:
    """Entities by file name alone: sub-, ses-, task-, acq-, run- and others.

    Examples
    --------
    >>> entities_of(Path("sub-01_ses-a_task-film_ieeg.edf"))
    {'subject': '01', 'session': 'a', 'task': 'film'}
    """
    long = {"sub": "subject", "ses": "session", "acq": "acquisition"}
    parts = [p.split("-", 1) for p in file.name.split("_") if "-" in p]
    return {long.get(k, k): v for k, v in parts}


def _passes(entities: Mapping[str, str], filters: Mapping[str, Any]) -> bool:
    for key, wanted in filters.items():
        values = wanted if isinstance(wanted, list) else [wanted]
        if key in ("suffix", "datatype"):
            continue
        if key == "extension":
            if ".mefd" not in values:
                return False
            continue
        if not any(same_label(entities.get(key, ""), str(v)) for v in values):
            return False
    return True


def _order(run: Run) -> tuple[Any, ...]:
    e = dict(run.entities)
    number = e.get("run", "")
    return (e.get("subject", ""), e.get("session", ""), e.get("task", ""), e.get("acquisition", ""),
            int(number) if number.isdigit() else -1, number, run.file.name)  # fmt: skip


def same_label(one: str, other: str) -> bool:
    """Whether two labels are the same; whole numbers compare as numbers (01 = 1).

    Examples
    --------
    >>> same_label("01", "1"), same_label("a", "A")
    (True, False)
    """
    if one.isdigit() and other.isdigit():
        return int(one) == int(other)
    return one == other


def select_runs(runs: Sequence[Run], wanted: Mapping[str, Sequence[str]], root: Path) -> list[Run]:
    """Keep the runs with the wanted labels.

    Parameters
    ----------
    runs : sequence of Run
    wanted : mapping
        Entity (subject, session, task, run) to labels without prefix; an empty sequence wants all.

    Raises
    ------
    InputError
        Exit code 18: a label that no recording has (the nearest is named), or nothing left.
    """
    if not runs:
        raise InputError(root, "holds no iEEG recording", "check the data set and --bids-filter-file",
                         Exit.NOTHING_SELECTED)  # fmt: skip
    kept = list(runs)
    known_subjects = {f.name.removeprefix("sub-") for f in root.glob("sub-*")} | {r.subject for r in runs}
    for entity, labels in wanted.items():
        same = same_label if entity == "run" else str.__eq__
        known = known_subjects if entity == "subject" else {v for r in runs if (v := r.get(entity))}
        for label in labels:
            if not any(same(label, k) for k in known):
                raise InputError(f"{FLAGS[entity]} {label}", f"no such {entity} in {root}", did_you_mean(label, known),
                                 Exit.NOTHING_SELECTED)  # fmt: skip
        if labels:
            kept = [r for r in kept if any(same(label, r.get(entity) or "") for label in labels)]
    if not kept:
        raise InputError(root, "no recording has all the labels asked for", "use fewer filters",
                         Exit.NOTHING_SELECTED)  # fmt: skip
    return kept


def read_filter_file(file: Path) -> dict[str, Any]:
    """Read `--bids-filter-file`: {"ieeg": {entity: value}}.

    Raises
    ------
    InputError
        Where it is not there (66) or not of this form (65).
    """
    content = read_object(file)
    if not isinstance(content.get("ieeg"), dict):
        raise InputError(file, "has no filters for ieeg", 'write {"ieeg": {"entity": "value"}}')
    long = {"sub": "subject", "ses": "session", "acq": "acquisition"}
    return {long.get(k, k): v for k, v in content["ieeg"].items() if k not in ("datatype", "suffix")}
