"""`--dry-run`: what would be run, with counts of events, channels and targets; nothing is written to OUTPUT_DIR."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

from bids_vlint.cli.folders import nearest_existing
from bids_vlint.derivatives.collection import read_fits
from bids_vlint.derivatives.selection import select_fits
from bids_vlint.errors import Exit
from bids_vlint.fit.estimate import Estimate, spoken_bytes
from bids_vlint.fit.preparation import PreparedFit, prepare_fits
from bids_vlint.fit.reuse import check_kept
from bids_vlint.fit.trial import try_films, try_inputs
from bids_vlint.log import counted, duration, remarks
from bids_vlint.networks.extraction.extract import Job
from bids_vlint.networks.family import stored
from bids_vlint.networks.identity import LOW_LEVEL
from bids_vlint.networks.network import check_device, warn_of_slow
from bids_vlint.settings import Settings
from bids_vlint.signals.finding import summary
from bids_vlint.study.fits import FitPlan
from bids_vlint.workflows.estimates import features_seconds, missing_features, participant_estimate, shown_events
from bids_vlint.workflows.execution import attempt_each, exit_code, failure
from bids_vlint.workflows.features import jobs_of
from bids_vlint.workflows.logbook import Attempt
from bids_vlint.workflows.protocols import (
    calibrated_reach,
    encoding_plan,
    event_protocol,
    feature_protocol,
    place_protocol,
    request_of,
    signal_protocol,
    wanted_fits,
)
from bids_vlint.workflows.study import Study, open_study, plan_all


def dry_run(settings: Settings) -> int:
    """Print the plan; return the exit code that the run's input deserves."""
    # a wrong option is said before anything is read
    encoding_plan(settings)
    places = place_protocol(settings)
    if settings.dask_scheduler is None:
        check_device(settings.device)
    protocols = event_protocol(settings), signal_protocol(settings), calibrated_reach(settings)
    study, runs = open_study(settings)
    plans, failed, skipped = plan_all(study, runs)
    outcomes = [failure(subject, error) for subject, error in failed.items()]
    labels = [m.label for m in study.models.models if m.source != LOW_LEVEL]
    print(f"{len(labels)} networks: {', '.join(labels)}; and {LOW_LEVEL}, which every set has")
    estimates, missing = list[Estimate](), list[Job]()
    for subject, plan_of in plans.items():
        try:
            missing += missing_features(study, plan_of)
            if missing:
                warn_of_slow(settings.precision, settings.device)
            fits = prepare_fits(plan_of, study.models, *protocols)
            recordings = {run.plan.run.file.name for fit in fits for run in fit.runs}
            check_kept(request_of(settings), subject, [fit.plan.name for fit in fits], recordings)
            for fit in fits:
                said = try_inputs(fit, study.models, protocols[1], feature_protocol(settings), places)
                _print_fit(fit, len(study.models.models), said)
            estimates.append(participant_estimate(fits, settings, study.models))
            print(f"  sub-{subject} takes about {_said(estimates[-1], settings)}")
            outcomes.append(Attempt(f"sub-{subject}", "done"))
        except Exception as error:
            outcomes.append(failure(subject, error))
    for subject in skipped:
        print(f"sub-{subject}: skipped, no recording shows a film")
    for outcome in outcomes:
        if outcome.message:
            print(f"{outcome.participant}: {outcome.message}")
    if estimates:
        _print_missing(missing)
        _print_total(estimates, settings)
    return exit_code(outcomes)


def _said(estimate: Estimate, settings: Settings, n_workers: int = 1) -> str:
    disk = (f"{spoken_bytes(estimate.out_bytes)} in {settings.output_dir}, {spoken_bytes(estimate.work_bytes)} in "
            f"{settings.work_dir}")  # fmt: skip
    return f"{duration(estimate.seconds)}, {estimate.memory_gb * n_workers:.1f} GB of memory, {disk}"


def _print_total(estimates: Sequence[Estimate], settings: Settings) -> None:
    """All participants together, each processor with one at a time."""
    workers = max(1, min(settings.nprocs, len(estimates)))
    rounds = -(-len(estimates) // workers)
    longest = max(e.seconds for e in estimates)
    total = Estimate(max(sum(e.seconds for e in estimates) / workers, longest if rounds == 1 else 0.0),
                     max(e.memory_gb for e in estimates), sum(e.out_bytes for e in estimates),
                     sum(e.work_bytes for e in estimates))  # fmt: skip
    print(f"all {counted(len(estimates), 'participant')} on {counted(settings.nprocs, 'processor')}: about "
          f"{_said(total, settings, workers)}, besides features; such estimates hold within a factor of two to "
          "three")  # fmt: skip
    for folder, wanted in ((settings.output_dir, total.out_bytes), (settings.work_dir, total.work_bytes)):
        free = shutil.disk_usage(nearest_existing(folder)).free
        if wanted > free:
            print(f"note: {folder} has {spoken_bytes(free)} left, and the run needs about {spoken_bytes(wanted)}")


def _print_missing(missing: Sequence[Job]) -> None:
    """How many features have to be made: the one thing whose time cannot be told from counts."""
    n = shown_events(missing)
    if not n:
        print("features: all are there")
        return
    networks, (least, most) = len({spec.label for spec, _ in missing}), map(duration, features_seconds(n))
    print(f"features: {counted(networks, 'network')} will be shown {n} events, which takes {least} (small networks) to "
          f"{most} (large ones) on a processor")  # fmt: skip


def dry_run_features(settings: Settings) -> int:
    """Print which files `features` would write."""
    study, runs = open_study(settings, to_encode=False)
    plans, failed, _ = plan_all(study, runs)
    outcomes = [failure(subject, error) for subject, error in failed.items()]
    shown, unready = attempt_each(plans, lambda fits: _tried(study, fits))
    outcomes += [failure(subject, error) for subject, error in unready.items()]
    for subject, own in shown.items():
        jobs = [job for job in own if job[0].source != LOW_LEVEL]
        if any(not stored(spec) for spec, _ in jobs):
            check_device(settings.device)
            warn_of_slow(settings.precision, settings.device)
        events = {(e.stimulus.name, e.alignment): len(e.onset) for _, e in jobs}
        print(f"sub-{subject}: {len(jobs)} files of {len({spec.label for spec, _ in jobs})} networks")
        for (stimulus, alignment), n in events.items():
            print(f"  {stimulus}, {alignment}: {n} events")
        outcomes.append(Attempt(f"sub-{subject}", "done"))
    for outcome in outcomes:
        if outcome.message:
            print(f"{outcome.participant}: {outcome.message}")
    return exit_code(outcomes)


def _tried(study: Study, plans: Sequence[FitPlan]) -> list[Job]:
    """What a participant's networks are shown, once their films and their files were found to be there."""
    with remarks():
        try_films(plans, study.models)
    missing_features(study, plans)
    return jobs_of(plans, study.models, event_protocol(study.settings))


def dry_run_group(settings: Settings) -> int:
    """Print which participants' results the group level would join."""
    fits = read_fits(settings.output_dir, names=select_fits(settings.output_dir, wanted_fits(settings)))
    for fit in fits:
        print(f"{fit.name.stem}: {len(fit.sites)} electrodes")
    print(f"{len(fits)} fits of {len({f.name.subject for f in fits})} participants")
    return int(Exit.OK)


def _print_fit(fit: PreparedFit, n_networks: int, said: Sequence[str]) -> None:
    files = ", ".join(run.plan.run.file.name for run in fit.runs)
    print(f"{fit.plan.name.stem}: {len(fit.runs)} recordings ({files})")
    for run in fit.runs:
        print(f"  {run.about['file']}: {run.about['film']}")
    print(f"  {len(fit.channels)} channels, {fit.n_targets} targets (channels x bins); {len(fit.dropped)} left out")
    for alignment, log in fit.logs.items():
        dropped = "".join(f"; {n} {reason}" for reason, n in log.dropped.items())
        print(f"  {alignment}: {log.used} of {log.found} events{dropped}")
    n_fits = n_networks * len(fit.alignments)
    print(f"  {n_fits} fits of a set of features, {n_fits * fit.n_targets} scores")
    for run in fit.runs:
        print(f"  checked, {run.plan.run.label}: {summary(run.checked)}")
    for note in dict.fromkeys((*fit.notes, *said)):
        print(f"  note: {note}")
