"""The features of every network for every stimulus, as files that serve machines without the networks."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from bids_vlint import __version__
from bids_vlint.errors import Exit, InputError
from bids_vlint.files.atomic import write_text
from bids_vlint.fit.features import compute_jobs
from bids_vlint.fit.protocols import EventProtocol
from bids_vlint.fit.stimuli import each_once, is_blind, shown_in_run
from bids_vlint.log import logger, progress, remarks, step
from bids_vlint.networks.extraction.export import MODEL_SET, check_folder, model_set_text, template_of, write_features
from bids_vlint.networks.extraction.extract import Job, key
from bids_vlint.networks.family import stored, stored_file
from bids_vlint.networks.identity import LOW_LEVEL
from bids_vlint.networks.low_level.features import beside, series_for
from bids_vlint.networks.low_level.measurement import read_measured, write_measured
from bids_vlint.networks.low_level.surprisal import surprisal_beside, surprisal_of, write_surprisals
from bids_vlint.networks.specification import ModelSet, ModelSpec
from bids_vlint.networks.store import file_in
from bids_vlint.settings import Settings
from bids_vlint.study.fits import FitPlan
from bids_vlint.study.stimulus import StimulusEvents
from bids_vlint.workflows.announce import say_features
from bids_vlint.workflows.execution import attempt_each, exit_code, failure, note_skipped, report_failures
from bids_vlint.workflows.logbook import Attempt, logbook, note_attempt, now
from bids_vlint.workflows.protocols import event_protocol, feature_protocol
from bids_vlint.workflows.study import fit_names, open_study, plan_all


def run_features(settings: Settings, words: Sequence[str]) -> int:
    """Write a file per network, stimulus and alignment, and the model set that reads them; return the exit code.

    Only what was shown matters: the recordings' signals are not needed. With `--stop-after features` they are made in
    the work folder, those that the participant level reads, and no file is written.
    """
    kept = settings.stop_after is not None
    with step("the data set's recordings and events"):
        study, runs = open_study(settings, to_encode=kept)
        plans, failed, skipped = plan_all(study, runs)
    text = model_set_text(study.models, _about(study.models, settings))
    if not kept:
        check_folder(settings.output_dir, text, overwrite=settings.overwrite)
    with logbook(settings, words, fit_names(plans)) as book:
        note_skipped(book, skipped)
        events = event_protocol(settings)
        with step("features"):
            jobs, unready = attempt_each(plans, lambda fits: jobs_of(fits, study.models, events))
            if not kept:
                _check_names([events for own in jobs.values() for _, events in own])
            done, blind = attempt_each(jobs, partial(compute_jobs, how=feature_protocol(settings)))
        outcomes = [failure(subject, error) for subject, error in {**failed, **unready, **blind}.items()]
        report_failures(outcomes, book)
        if done and kept:
            logger.info("Made and kept in %s: the features that the participant level reads.", settings.work_dir)
        elif done:
            write_all([job for subject in done for job in jobs[subject]], settings)
            write_text(settings.output_dir / MODEL_SET, text)
            say_features(settings, settings.output_dir / MODEL_SET)
        for subject in done:
            outcomes.append(Attempt(f"sub-{subject}", "done", int(Exit.OK), end=now()))
            note_attempt(book.folder, outcomes[-1])
        book.exit_code = exit_code(outcomes)
    return book.exit_code


def jobs_of(fits: Sequence[FitPlan], models: ModelSet, protocol: EventProtocol) -> list[Job]:
    """Every network with the events of every stimulus that it can be shown."""
    with remarks() as notes:
        shown = [
            events
            for fit in fits
            for run in fit.runs
            for alignment in protocol.alignments
            for events in shown_in_run(run, alignment, protocol, models).values()
        ]
    for note in notes:
        logger.info("%s", note)
    return each_once((spec, events) for spec in models.models for events in shown if not is_blind(spec, events))


def write_all(jobs: Sequence[Job], settings: Settings) -> None:
    """Write the files of what some participants were shown, and the series that low-level features are made from.

    Raises
    ------
    InputError
        73 where a file is in the way.
    """
    sources: dict[tuple[ModelSpec, str, str], list[Path]] = {}
    measured: dict[str, list[Job]] = {}
    for spec, events in each_once(jobs):
        name = events.stimulus.name
        if spec.source == LOW_LEVEL:
            measured.setdefault(name, []).append((spec, events))
            continue
        own = sources.setdefault((spec, name, events.alignment), [])
        if (source := _source(spec, events, settings)) not in own:
            own.append(source)
    for (spec, name, alignment), files in progress(sources.items(), total=len(sources), label="files of features"):
        template = template_of(spec).replace("{stimulus}", name).replace("{alignment}", alignment)
        what = f"{spec.label}, {name} ({alignment})"
        write_features(files, settings.output_dir / template, what=what, overwrite=settings.overwrite)
    for shown in measured.values():
        _write_series(shown, settings)


def _check_names(shown: Sequence[StimulusEvents]) -> None:
    """Raise InputError (65) where two stimuli have one name."""
    paths: dict[str, Path] = {}
    for events in shown:
        name, path = events.stimulus.name, events.stimulus.path
        if paths.setdefault(name, path) != path:
            raise InputError(path, f"has the name of {paths[name]}, and features are told by it", "rename one of them")


def _write_series(jobs: Sequence[Job], settings: Settings) -> None:
    """Write the series of sound and picture of one stimulus, unless those that are there reach further, and the
    surprisal of its words.

    They serve machines without the film, whatever events it has there.
    """
    spec, events = jobs[0]
    made = series_for(spec, [e for _, e in jobs], feature_protocol(settings).store)
    path = beside(settings.output_dir, events.stimulus)
    there = None if settings.overwrite else read_measured(path)
    if there is not None and there.made_from != made.made_from:
        raise InputError(path, "was made from another film", "give another output directory, or --overwrite",
                         Exit.CANNOT_CREATE)  # fmt: skip
    if not made.empty and (there is None or there.until < made.until):
        write_measured(made, path)
    if spec.surprisal is not None:
        how, own = feature_protocol(settings), surprisal_beside(settings.output_dir, events.stimulus)
        write_surprisals([surprisal_of(spec, e, how.store, how.device) for _, e in jobs], own,
                         overwrite=settings.overwrite)  # fmt: skip


def _about(models: ModelSet, settings: Settings) -> list[str]:
    return [f"Made by bids_vlint {__version__} from the networks of {models.file.name}: context {settings.context},",
            f"seed {settings.seed}, precision {settings.precision}. Give it as --models."]  # fmt: skip


def _source(spec: ModelSpec, events: StimulusEvents, settings: Settings) -> Path:
    if stored(spec):
        return stored_file(spec, events.stimulus, events.alignment)
    how = feature_protocol(settings)
    return file_in(how.store, key(spec, events, how))
