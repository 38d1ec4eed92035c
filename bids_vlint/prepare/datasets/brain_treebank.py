"""Brain Treebank (Wang et al. 2024): nm000253's recordings with the words, clocks and places of neuroprobe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bids_vlint.prepare.checks import SessionChecks
from bids_vlint.prepare.preparation import Ask, Preparation

if TYPE_CHECKING:
    from bids_vlint.prepare.treebank.recording import TreebankRecording
    from bids_vlint.prepare.treebank.session import Session
    from bids_vlint.study.dataset import Run

_TITLE = "Brain Treebank"
_ABOUT = """\
Make a data set that both levels run on, from the recordings of Brain Treebank (NEMAR nm000253, which has no events, no
films and no clock) and the tables of the package neuroprobe: links to the signals, words with the text so far, sync
tables, coordinates in MNI152, models.toml and stimuli.toml, and a report of what was checked. Nothing is written to
NM000253. A session whose data would lie is refused, with the cause; the others are prepared. docs/brain_treebank.md
leads from nothing to the paper's table.
"""


def _prepare(recordings: Path, out: Path, asked: Mapping[str, Any]) -> tuple[SessionChecks, ...]:
    """Look at every session, and write those that are as they should be (all of them to the report)."""
    from contextlib import nullcontext

    from bids_vlint.log import logger
    from bids_vlint.prepare.report import write_checks
    from bids_vlint.prepare.root import describe_root, report_root, second_root

    alone = bool(asked.get("check_only"))
    with nullcontext(report_root(out, recordings)) if alone else second_root(out, recordings) as folder:
        checks, sessions = _looked_at(recordings, asked)
        ready = [session for session in sessions if not session.checks.refused]
        if not alone and ready:
            _write(folder, recordings, ready)
        write_checks(folder, _TITLE, checks)
        describe_root(folder, recordings, _TITLE, {"URL": "https://nemar.org/dataset/nm000253"})
        logger.info("%d of %d sessions can be prepared", len(ready), len(checks))
    return tuple(checks)


def _looked_at(recordings: Path, asked: Mapping[str, Any]) -> tuple[list[SessionChecks], list[Session]]:
    """What was checked of every session, and the sessions whose tables can be read."""
    from itertools import groupby

    from bids_vlint.log import progress
    from bids_vlint.prepare.treebank.authors import authors_files
    from bids_vlint.prepare.treebank.films import films_folder
    from bids_vlint.prepare.treebank.neuroprobe import find_neuroprobe
    from bids_vlint.prepare.treebank.recording import find_recordings, read_recording
    from bids_vlint.prepare.treebank.session import Sources, bad_contacts, look_at
    from bids_vlint.study.dataset import select_runs

    labels = [str(label).removeprefix("sub-") for label in asked.get("participant_label") or ()]
    runs = select_runs(find_recordings(recordings), {"subject": labels}, recordings)
    sources = Sources(find_neuroprobe(asked.get("words")),
                      authors_files(asked.get("authors"), recordings, asked.get("labels")),
                      films_folder(asked.get("films")), bool(asked.get("correct_films")))  # fmt: skip
    checks: list[SessionChecks] = []
    found: list[Session] = []
    needed = not asked.get("check_only")
    for _, own in groupby(progress(runs, total=len(runs), label="sessions"), key=lambda run: run.subject):
        theirs: dict[Run, TreebankRecording] = {}
        refused: dict[Run, SessionChecks] = {}
        shown = list(own)
        for run in shown:
            with _refusing(run, refused):
                theirs[run] = read_recording(run)
        bad: set[str] | None = None
        for run in shown:  # a list of bad contacts that cannot be read refuses all of the participant's
            with _refusing(run, refused):
                bad = bad_contacts(theirs.values(), sources.authors) if bad is None else bad
                if run in theirs:
                    found.append(look_at(theirs[run], sources, bad, needed=needed))
        known = {session.recording.run: session.checks for session in found}
        checks += [refused.get(run) or known[run] for run in shown]
    return checks, found


@contextmanager
def _refusing(run: Run, refused: dict[Run, SessionChecks]) -> Iterator[None]:
    """Refuse a session of which something cannot be read."""
    from bids_vlint.errors import InputError
    from bids_vlint.prepare.treebank.session import unreadable

    try:
        yield
    except InputError as error:
        refused.setdefault(run, unreadable(run, error))


def _write(folder: Path, recordings: Path, ready: list[Session]) -> None:
    from itertools import groupby

    from bids_vlint.prepare.treebank.write import write_participant, write_session, write_told

    sound = all(session.sound is not None for session in ready)  # the same columns for all, or none
    stimuli = [write_session(folder, session, sound=sound) for session in ready]
    for _, own in groupby(ready, key=lambda session: session.recording.run.file.parent):
        write_participant(folder, list(own))
    write_told(folder, recordings, stimuli, films=all(session.video is not None for session in ready))


BRAIN_TREEBANK = Preparation(
    "brain_treebank",
    _ABOUT,
    "NM000253",
    (
        Ask("--words", "the package neuroprobe: its wheel or folder; by default where it is installed", "NEUROPROBE"),
        Ask("--films", "folder of your films, named by title", "DIR"),
        Ask("--labels", "electrode_labels.json of the participant whose channels have no names (sub-01)", "FILE"),
        Ask("--authors", "folder of the authors' own files (subject_timings, transcripts, electrode_labels, "
            "movie_frames, corrupted_elec.json; unpacked or zipped), which are taken before the package's", "DIR"),
        Ask("--correct-films", "move the words to a film that movie_frames say is off by a constant time, instead of "
            "refusing it"),
        Ask("--participant-label", "participants to prepare, with or without sub-", "LABEL", several=True),
    ),
    _prepare,
)  # fmt: skip
