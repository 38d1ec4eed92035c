"""What all participants share, and who of them has something to analyse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from bids_vlint.errors import Exit, InputError
from bids_vlint.fit.languages import check_languages
from bids_vlint.log import logger
from bids_vlint.networks.low_level.family import left_out
from bids_vlint.networks.model_set import read_model_set, with_low_level
from bids_vlint.networks.parts import as_encoded
from bids_vlint.networks.specification import ModelSet
from bids_vlint.settings import Settings
from bids_vlint.study.dataset import (
    Run,
    check_subject,
    find_runs,
    read_filter_file,
    select_runs,
    unreadable_subjects,
)
from bids_vlint.study.fits import FitPlan, plan_participant
from bids_vlint.study.orphans import orphans
from bids_vlint.study.stimuli_file import StimulusEntry, read_stimuli_file
from bids_vlint.workflows.execution import attempt_each
from bids_vlint.workflows.protocols import wanted_fits


@dataclass(frozen=True)
class Study:
    """Settings, networks, and the stimuli file's entries (None: the convention holds)."""

    settings: Settings
    models: ModelSet
    entries: tuple[StimulusEntry, ...] | None
    warnings: tuple[str, ...] = ()


def open_study(settings: Settings, *, to_encode: bool = True) -> tuple[Study, dict[str, list[Run]]]:
    """Read the settings files, then find the recordings that the filters select.

    Parameters
    ----------
    settings : Settings
    to_encode : bool
        Leave out the parts of random twins that no comparison reads (`parts.as_encoded`).

    Returns
    -------
    study : Study
    runs : dict
        Participant to recordings; a participant who was named but has none is there, too.
    """
    without = left_out(settings.without_low_level)
    models = with_low_level(read_model_set(settings.models or "", settings.models_dir), without)
    models = as_encoded(models) if to_encode else models
    entries = read_stimuli_file(settings.stimuli, settings.bids_dir) if settings.stimuli else None
    for said in orphans(settings.bids_dir, settings.participant_label):
        logger.warning("%s", said)
    runs = _selected(settings)
    closed = [] if settings.participant_label else unreadable_subjects(settings.bids_dir)
    by_subject: dict[str, list[Run]] = {
        subject: [] for subject in sorted({*(r.subject for r in runs), *settings.participant_label, *closed})
    }
    for run in runs:
        by_subject[run.subject].append(run)
    return Study(settings, models, entries), by_subject


def _selected(settings: Settings) -> list[Run]:
    """The recordings that the filters select."""
    filters = read_filter_file(settings.bids_filter_file) if settings.bids_filter_file else {}
    find = partial(find_runs, settings.bids_dir, database=settings.bids_database_dir, filters=filters)
    wanted = wanted_fits(settings)
    if settings.participant_label:  # an array of jobs, one for each participant, does not look at all of them each time
        with suppress(InputError):  # what is wrong is said in view of them all
            return select_runs(find(subjects=settings.participant_label), wanted, settings.bids_dir)
    return select_runs(find(), wanted, settings.bids_dir)


def plan_all(
    study: Study, runs: Mapping[str, Sequence[Run]]
) -> tuple[dict[str, list[FitPlan]], dict[str, Exception], list[str]]:
    """Plan every participant's fits, and see that the networks know the languages of what was said.

    Returns
    -------
    plans : participant -> fits
    failed : participant -> what is wrong
    skipped : participants who saw no film and were not named

    Raises
    ------
    InputError
        Where nobody saw a film (18).
    """
    settings, plans, skipped = study.settings, {}, []

    def plan(subject: str) -> list[FitPlan]:
        own = runs[subject]
        check_subject(settings.bids_dir, subject)
        fits = plan_participant(own, study.entries, per_run=settings.fit == "run", context=settings.context)
        check_languages(fits, study.models, allow_mismatch=settings.allow_language_mismatch)
        return fits

    planned, failed = attempt_each({subject: subject for subject in runs}, plan)
    for subject, fits in planned.items():
        if fits:
            plans[subject] = fits
        elif subject in settings.participant_label:
            failed[subject] = _no_film(f"sub-{subject}", study)
        else:
            skipped.append(subject)
    if not plans and not failed:
        raise _no_film(str(settings.bids_dir), study)
    return plans, failed, skipped


def fit_names(plans: Mapping[str, Sequence[FitPlan]]) -> dict[str, list[str]]:
    """What each participant's fits are called."""
    return {subject: [fit.name.stem for fit in fits] for subject, fits in plans.items()}


def _no_film(where: str, study: Study) -> InputError:
    if study.entries is not None:
        file = study.settings.stimuli
        return InputError(where, f"has no iEEG recording that a [[stimulus]] of {file} matches",
                          "correct its tasks, participants, sessions, runs or acquisitions",
                          Exit.NOTHING_SELECTED)  # fmt: skip
    return InputError(where, "has no iEEG recording of a movie (no events.tsv names a video in stim_file)",
                      "add stim_file to events.tsv, or give a stimuli file with --stimuli",
                      Exit.NOTHING_SELECTED)  # fmt: skip
