"""What is to be run: which recordings are fitted together, with which channels and stimuli."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bids_vlint.errors import Exit, InputError, naming
from bids_vlint.files.access import NOT_FETCHED, check_fetched
from bids_vlint.log import logger, remarks
from bids_vlint.study.channels import Channels, read_channels
from bids_vlint.study.convention import by_convention
from bids_vlint.study.dataset import Run
from bids_vlint.study.events_file import lost_without_a_film
from bids_vlint.study.presentation import Presentation
from bids_vlint.study.recordings import check_recordings, each_recording
from bids_vlint.study.sidecars import sidecars, tables_of
from bids_vlint.study.stimuli_file import StimulusEntry
from bids_vlint.study.stimuli_tables import from_file
from bids_vlint.study.transcript import TO_WORD

# What has its own place in a fit's name, or none: files of one recording are joined, and desc- is the results' own.
_IN_NAME = ("subject", "task", "session", "acquisition", "run", "split", "desc")


@dataclass(frozen=True)
class FitName:
    """The entities that name a fit's files (a fit of several runs has no run).

    Attributes
    ----------
    subject, task, session, acquisition, run : str | None
        Labels; None where the recordings have none.
    others : tuple of (entity, label)
        All others, as they are written: ("proc", "filtered").

    Examples
    --------
    >>> name = FitName("01", "film", session="a")
    >>> name.stem, name.folder.as_posix()
    ('sub-01_ses-a_task-film', 'sub-01/ses-a/ieeg')
    """

    subject: str
    task: str | None = None
    session: str | None = None
    acquisition: str | None = None
    run: str | None = None
    others: tuple[tuple[str, str], ...] = ()

    @property
    def stem(self) -> str:
        """BIDS file name without desc and suffix: sub-01_ses-a_task-film_acq-x_run-1."""
        parts = {"sub": self.subject, "ses": self.session, "task": self.task}
        parts |= {"acq": self.acquisition, "run": self.run, **dict(self.others)}
        return "_".join(f"{k}-{v}" for k, v in parts.items() if v is not None)

    @property
    def folder(self) -> Path:
        """Folder below the output directory."""
        session = [f"ses-{self.session}"] if self.session else []
        return Path(f"sub-{self.subject}", *session, "ieeg")


@dataclass(frozen=True)
class RunPlan:
    """A recording that shows a stimulus; notes say how its tables were read, where that was not plain."""

    run: Run
    channels: Channels
    presentations: tuple[Presentation, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class FitPlan:
    """Recordings that are fitted together.

    Attributes
    ----------
    contacts : tuple of str
        Intracranial channels that are good in every run, in the first run's order.
    bad : dict
        Channel to the reason why it is not analysed.
    """

    name: FitName
    runs: tuple[RunPlan, ...]
    contacts: tuple[str, ...]
    bad: dict[str, str]


def plan_participant(
    runs: Sequence[Run], entries: Sequence[StimulusEntry] | None, *, per_run: bool, context: str = TO_WORD
) -> list[FitPlan]:
    """Group a participant's movie recordings into fits.

    Runs of one session, task and acquisition that share their channels (names and types) are one fit.

    Parameters
    ----------
    runs : sequence of Run
        One participant's, in order.
    entries : sequence of Entry | None
        Of the stimuli file; None for the convention.
    per_run : bool
        One fit for each run.
    context : str
        What of a transcript is shown at each event; as in `bids_vlint.study.transcript.transcript`.

    Returns
    -------
    list of FitPlan
        Empty where no recording shows a stimulus.

    Raises
    ------
    InputError
        Where a movie run cannot be used: no channels.tsv (66), no intracranial channel in any of them (18), no word
        in a fit (65).
    """
    try:
        return _planned(runs, entries, per_run=per_run, context=context)
    except InputError as error:
        if error.wrong == NOT_FETCHED:  # all that is wanted next, not the first alone
            check_fetched([Path(error.where), *(file for run in runs for file in tables_of(run))])
        raise


def _planned(
    runs: Sequence[Run], entries: Sequence[StimulusEntry] | None, *, per_run: bool, context: str
) -> list[FitPlan]:
    shown, unread = [], []
    for run in each_recording(runs):
        try:
            with remarks() as notes:
                if presentations := _presentations(run, entries, context):
                    shown.append((run, presentations, notes))
        except InputError as error:
            if entries is not None or not lost_without_a_film(run):
                raise
            unread.append((run, error))
    _check_unread(unread, [run for run, *_ in shown])
    check_recordings([run for run, *_ in shown])
    plans, refused = [], []
    for run, presentations, notes in shown:
        try:
            with naming(run.file), remarks(notes) as told:
                plans.append(RunPlan(run, read_channels(run), tuple(presentations), tuple(told)))
        except InputError as error:
            if error.code != Exit.NOTHING_SELECTED:
                raise
            refused.append(error)  # a recording without intracranial channels beside one that has them
    if shown and not plans:
        raise refused[0]
    groups: dict[object, list[RunPlan]] = {}
    for k, plan in enumerate(plans):
        groups.setdefault(k if per_run else _shares(plan), []).append(plan)
    return _named([_fit(group) for group in groups.values()])


def _check_unread(unread: Sequence[tuple[Run, InputError]], shown: Sequence[Run]) -> None:
    """Say that recordings of other tasks than the films' are left out, whose events cannot be read; raise for any
    other, which may be of a film."""
    for run, error in unread:
        if not shown or run.get("task") in {film.get("task") for film in shown}:
            raise error
        logger.warning("%s is left out, whose task (%s) shows no film elsewhere and whose events cannot be read: %s",
                       run.file.name, run.get("task") or "n/a", error)  # fmt: skip


def _presentations(run: Run, entries: Sequence[StimulusEntry] | None, context: str) -> list[Presentation]:
    if entries is None:
        with naming(next(iter(sidecars(run, "events", ".tsv")), run.file)):
            return by_convention(run, context)
    shown = []
    for entry in (e for e in entries if e.matches(run)):
        with naming(entry.file):
            shown.append(from_file(run, entry, context))
    starts = Counter((p.stimulus.path, float(p.showings[0].recording[0])) for p in shown)
    twice = [path for (path, _), n in starts.items() if n > 1]
    if twice:
        raise InputError(run.file.name, f"two [[stimulus]] of the stimuli file start {twice[0].name} at the same time",
                         "keep one of them for this recording")  # fmt: skip
    return shown


def _shares(plan: RunPlan) -> object:
    """What runs of one fit have in common: all entities but the run, and the channels' names and types."""
    entities = tuple((k, v) for k, v in plan.run.entities if k not in ("run", "split"))
    table = plan.channels.table
    return entities, frozenset(zip(table.index, table["type"]))


def _fit(runs: list[RunPlan]) -> FitPlan:
    first = runs[0].run
    bad: dict[str, str] = {}
    for plan in runs:
        table = plan.channels.table
        for name in table.index[table["status"] == "bad"]:
            bad.setdefault(name, f"bad in {plan.channels.file.name}")
        for name, kind in plan.channels.other_types.items():
            bad.setdefault(name, f"type {kind} in {plan.channels.file.name}, neither SEEG nor ECOG")
    contacts = tuple(n for n in runs[0].channels.good if n not in bad)
    heard = sum(len(p.heard) for plan in runs for p in plan.presentations)
    if not heard:
        why = "; ".join(dict.fromkeys(p.wordless for plan in runs for p in plan.presentations if p.wordless))
        raise InputError(first.file.name, f"has no words ({why}), and both alignments need text",
                         "add word rows to its events.tsv, or a stimuli file with a words table")  # fmt: skip
    name = FitName(
        subject=first.subject,
        task=first.get("task"),
        session=first.get("session"),
        acquisition=first.get("acquisition"),
        run=first.get("run") if len(runs) == 1 else None,
        others=tuple((k, v) for k, v in first.entities if k not in _IN_NAME),
    )
    return FitPlan(name, tuple(runs), contacts, bad)


def _named(fits: list[FitPlan]) -> list[FitPlan]:
    """Fits of several runs carry no run, unless two would then have one name."""
    counts = Counter(fit.name for fit in fits)
    out = []
    for fit in fits:
        if counts[fit.name] > 1 and fit.name.run is None:
            fit = replace(fit, name=replace(fit.name, run=fit.runs[0].run.get("run")))
        out.append(fit)
    first = {fit.name: fit for fit in reversed(out)}
    for fit in out:
        if (twin := first[fit.name]) is not fit:
            raise InputError(fit.runs[0].run.file, f"would be called {fit.name.stem}, as {twin.runs[0].run.file.name}",
                             "give them names that differ in more than desc-, or run them one by one")  # fmt: skip
    return out
