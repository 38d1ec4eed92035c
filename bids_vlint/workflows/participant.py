"""The participant level.

recordings and stimuli -> events -> responses and features -> encoding -> inference -> sites, scores and a report
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from bids_vlint import __version__
from bids_vlint.derivatives.description import describe_atlases, start
from bids_vlint.derivatives.quality_file import write_quality
from bids_vlint.files.exchange import claimed, exchanged, lock_of
from bids_vlint.files.lock import check_free
from bids_vlint.fit import results, reuse
from bids_vlint.fit.analysis import Analysis, analyse_alignment
from bids_vlint.fit.features import compute_features, networks_of_fit
from bids_vlint.fit.fingerprint import inputs_of
from bids_vlint.fit.fitting import fitting_of, kept_responses
from bids_vlint.fit.languages import context_notes, language_notes
from bids_vlint.fit.memory import workers_within
from bids_vlint.fit.preparation import PreparedFit, prepare_fits
from bids_vlint.fit.quality import quality_of_fit
from bids_vlint.fit.record import describe_channels, record_of
from bids_vlint.fit.synchrony import synchrony_of_fit
from bids_vlint.group.export import said_of_exports
from bids_vlint.inference.description import OtherEvents
from bids_vlint.log import logger, remark, remarks, say_remark, step
from bids_vlint.networks.identity import LOW_LEVEL
from bids_vlint.networks.network import check_device
from bids_vlint.reports.pages.participant import participant_report
from bids_vlint.settings import Settings
from bids_vlint.signals.reference import warning
from bids_vlint.stages.stage import alone_in_work
from bids_vlint.study.fits import FitPlan
from bids_vlint.study.stimulus import Alignment
from bids_vlint.study.validation import validate
from bids_vlint.workflows.announce import say_beginning, say_end
from bids_vlint.workflows.cluster import cluster_of
from bids_vlint.workflows.dispatch import on_cluster
from bids_vlint.workflows.execution import attempt_each, exit_code, failure, note_skipped, report_failures, run_all
from bids_vlint.workflows.logbook import logbook
from bids_vlint.workflows.protocols import (
    calibrated_reach,
    encoding_plan,
    event_protocol,
    feature_protocol,
    inference_protocol,
    place_protocol,
    request_of,
    signal_protocol,
)
from bids_vlint.workflows.stop_after import ENCODING, FEATURES, make_stages, say_how_to_go_on
from bids_vlint.workflows.study import Study, fit_names, open_study, plan_all


def run_participants(settings: Settings, words: Sequence[str]) -> int:
    """Analyse each participant; return the exit code."""
    encoding_plan(settings)  # a wrong option is said before anything is read
    place_protocol(settings)
    if settings.dask_scheduler is None:
        check_device(settings.device)
    prepare = partial(prepare_fits, protocol=event_protocol(settings), signals=signal_protocol(settings),
                      reach=calibrated_reach(settings))  # fmt: skip
    with step("the data set's recordings and events"):
        study, runs = open_study(settings)
        plans, failed, skipped = plan_all(study, runs)
    spoken = language_notes((plan for fits in plans.values() for plan in fits), study.models)
    with logbook(settings, words, fit_names(plans)) as book, cluster_of(settings, book.folder) as cluster:
        say_beginning(settings, plans, sum(m.source != LOW_LEVEL for m in study.models.models))
        note_skipped(book, skipped)
        if spreads := warning(settings.reference):
            logger.warning("%s", spreads)
        if not settings.skip_bids_validation:
            with step("the BIDS validator"):
                study = replace(study, warnings=tuple(validate(settings.bids_dir)))
        study = replace(study, warnings=(*context_notes(settings.context), *study.warnings))
        for line in (*study.warnings, *spoken):
            logger.warning("%s", line)
        with step("events of all participants"):
            prepared, unready = attempt_each(plans, partial(_prepared, study, prepare))
        fresh, unread = attempt_each(prepared, partial(_unfeatured, settings))
        compute = partial(compute_features, models=study.models, how=feature_protocol(settings))
        with step("features"):
            ready, blind = attempt_each(fresh, compute)
        failed |= unready | unread | blind
        outcomes = [failure(subject, error) for subject, error in failed.items()]
        report_failures(outcomes, book)
        items = [(subject, fits) for subject, fits in prepared.items() if subject in ready]
        nprocs = workers_within(settings.mem_gb, [fits for _, fits in items], settings.nprocs,
                                len(study.models.models), settings.n_shifts)  # fmt: skip
        work = analyse_participant if settings.stop_after is None else make_stages
        elsewhere = partial(on_cluster, cluster, study) if cluster is not None else None
        outcomes += run_all(partial(work, study), items, nprocs, settings.verbose, book.folder, elsewhere)
        book.exit_code = exit_code(outcomes)
        if settings.stop_after is None:
            say_end(settings, outcomes)
        elif any(outcome.state == "done" for outcome in outcomes):
            say_how_to_go_on(settings)
    return book.exit_code


def _prepared(study: Study, prepare: Callable[..., list[PreparedFit]], fits: Sequence[FitPlan]) -> list[PreparedFit]:
    out, label = study.settings.output_dir, f"sub-{fits[0].name.subject}"
    check_free(lock_of(out, label), f"{label} in {out}")  # said before hours of work
    return prepare(fits, study.models)


def _unfeatured(settings: Settings, fits: Sequence[PreparedFit]) -> list[PreparedFit]:
    """The fits whose features are made before any is analysed."""
    if settings.stop_after is None:
        return reuse.not_there(request_of(settings), fits)
    return list(fits) if settings.stop_after in (FEATURES, ENCODING) else []


def analyse_participant(study: Study, prepared: Sequence[PreparedFit], threads: int) -> list[str]:
    """Analyse a participant: fit what is not there yet, correct over all fits, write sites and report.

    Nobody else works on this participant in the output folder meanwhile, or in the work folder.

    Returns
    -------
    list of str
        The names of the fits that were made; the others were kept.

    Raises
    ------
    InputError
        Another run works on the participant in the same output folder (75), or what any step raises.
    """
    settings, label = study.settings, f"sub-{prepared[0].plan.name.subject}"
    with claimed(settings.output_dir, label), alone_in_work(settings.work_dir, label):
        return _analyse_participant(study, prepared, threads)


def _analyse_participant(study: Study, prepared: Sequence[PreparedFit], threads: int) -> list[str]:
    settings, subject = study.settings, prepared[0].plan.name.subject
    for fit in prepared:
        for run in fit.runs:
            logger.info("%s: %s", run.about["file"], run.about["film"])
        said = language_notes([fit.plan], study.models)  # at the start
        for note in (n for n in fit.notes if n not in said):
            say_remark(fit.plan.name.stem, note)
    with step(f"sub-{subject}: digests of all input"):
        inputs = {fit.plan.name: inputs_of(fit, study.models, study.entries, settings.models_dir,
                                           place_protocol(settings)) for fit in prepared}  # fmt: skip
    recordings = {run.plan.run.file.name for fit in prepared for run in fit.runs}
    fits, gone = reuse.kept_fits(request_of(settings), subject, inputs, recordings)
    for name in inputs.keys() & fits.keys():
        logger.info("%s: kept, the same settings made it", name.stem)
    todo = [fit for fit in prepared if fit.plan.name not in fits]
    for fit in todo[1:]:  # nothing is written where a later fit lacks features or has a wrong table
        check_inputs(study, fit)
    with exchanged(settings.output_dir, f"sub-{subject}") as new:
        for fit in todo:
            fits[fit.plan.name] = analyse_fit(study, fit, inputs[fit.plan.name], new.folder, threads)
        comparisons = [comparison.name for comparison in study.models.comparisons]
        used = results.write_fits(new.folder, fits, comparisons, settings.q, settings.atlas)
        new.gone |= reuse.files_that_go(settings.output_dir, [*gone, *(fit.plan.name for fit in todo)])
        start(settings.output_dir, settings.bids_dir, version=__version__, group=said_of_exports())
        describe_atlases(settings.output_dir, used)
    with step(f"report of sub-{subject}"):
        participant_report(settings.output_dir, subject)
    return [fit.plan.name.stem for fit in todo]


def check_inputs(study: Study, fit: PreparedFit) -> None:
    """Raise InputError where a fit's features or electrodes cannot be used."""
    with remarks():  # they are said when the fit is analysed
        for alignment in fit.alignments:
            networks_of_fit(fit, alignment, study.models, feature_protocol(study.settings))
    describe_channels(fit, fit.channels, place_protocol(study.settings))


def analyse_fit(study: Study, fit: PreparedFit, inputs: dict[str, str], folder: Path, threads: int) -> results.Fit:
    """Encode the responses of one fit with every network, in each alignment, compare the networks, and write what is
    dense to a folder."""
    settings, models, name = study.settings, study.models, fit.plan.name
    stem, plan, signals, how = name.stem, encoding_plan(settings), signal_protocol(settings), feature_protocol(settings)
    with remarks([*fit.notes, *study.warnings]) as notes:
        known = len(notes)
        networks = {a: networks_of_fit(fit, a, models, how) for a in fit.alignments}
        logger.info("%s: reading %d channels of %d recordings", stem, len(fit.channels), len(fit.runs))
        with step(f"{stem}: signals"):
            responses, flat, traces = kept_responses(fit, signals, threads)
        analysed = [n for n in fit.channels if n not in flat]
        channels, of_places = describe_channels(fit, analysed, place_protocol(settings))
        for note in (*list(notes)[known:], *of_places):
            say_remark(stem, note)
        with step(f"{stem}: the film's sound in the recordings"):
            synchrony = synchrony_of_fit(fit, analysed, traces, models, how, settings.seed)
        with step(f"{stem}: spectra and high gamma of the recordings"):
            write_quality(folder, name, quality_of_fit(fit, analysed, traces, signals))
        found: dict[Alignment, Analysis] = {}
        for alignment in fit.alignments:
            n_events, n_electrodes, n_lags = responses[alignment].data.shape
            logger.info("%s: %s, %d events, %d electrodes x %d bins", stem, alignment, n_events, n_electrodes, n_lags)
            own = fitting_of(fit, alignment, models, networks[alignment], responses[alignment], plan,
                             inference_protocol(settings), signals, how, threads)  # fmt: skip
            others = [OtherEvents(responses[a].events, networks[a]) for a in fit.alignments if a != alignment]
            found[alignment] = analyse_alignment(own, models.comparisons, *others)
            remark(*found[alignment].notes)
            results.write_alignment(folder, name, alignment, found[alignment], responses[alignment],
                                    bins=plan.bins, save_responses=settings.save_responses)  # fmt: skip
        remark(*of_places)
    lacking = {str(a): one.evidence.lacking for a, one in found.items() if one.evidence is not None}
    record = record_of(fit, models, dict(request_of(settings).settings), inputs, notes, flat, lacking, synchrony)
    return results.fit_of(channels, found, record)
