"""`--dry-run`: what would be run, with counts of events, channels and targets; nothing is written to OUTPUT_DIR."""

from __future__ import annotations

from bids_vlint.derivatives.collection import read_fits
from bids_vlint.derivatives.selection import select_fits
from bids_vlint.errors import Exit, InputError
from bids_vlint.fit.preparation import PreparedFit, prepare_fit
from bids_vlint.networks.identity import LOW_LEVEL
from bids_vlint.settings import Settings
from bids_vlint.workflows.execution import exit_code, failure
from bids_vlint.workflows.features import jobs_of
from bids_vlint.workflows.logbook import Attempt
from bids_vlint.workflows.protocols import calibrated_reach, event_protocol, signal_protocol, wanted_fits
from bids_vlint.workflows.study import open_study, plan_all


def dry_run(settings: Settings) -> int:
    """Print the plan; return the exit code that the run's input deserves."""
    # a wrong option is said before anything is read
    protocols = event_protocol(settings), signal_protocol(settings), calibrated_reach(settings)
    study, runs = open_study(settings)
    plans, failed, skipped = plan_all(study, runs)
    outcomes = [failure(subject, error) for subject, error in failed.items()]
    labels = [m.label for m in study.models.models if m.source != LOW_LEVEL]
    print(f"{len(labels)} networks: {', '.join(labels)}; and {LOW_LEVEL}, which every set has")
    for subject, fits in plans.items():
        try:
            for plan in fits:
                _print_fit(prepare_fit(plan, study.models, *protocols), len(study.models.models))
            outcomes.append(Attempt(f"sub-{subject}", "done"))
        except InputError as error:
            outcomes.append(failure(subject, error))
    for subject in skipped:
        print(f"sub-{subject}: skipped, no recording shows a film")
    for outcome in outcomes:
        if outcome.message:
            print(f"{outcome.participant}: {outcome.message}")
    return exit_code(outcomes)


def dry_run_features(settings: Settings) -> int:
    """Print which files `features` would write."""
    study, runs = open_study(settings)
    plans, failed, _ = plan_all(study, runs)
    outcomes = [failure(subject, error) for subject, error in failed.items()]
    for subject, fits in plans.items():
        jobs = [job for job in jobs_of(fits, study.models, event_protocol(settings)) if job[0].source != LOW_LEVEL]
        events = {(e.stimulus.name, e.alignment): len(e.onset) for _, e in jobs}
        print(f"sub-{subject}: {len(jobs)} files of {len({spec.label for spec, _ in jobs})} networks")
        for (stimulus, alignment), n in events.items():
            print(f"  {stimulus}, {alignment}: {n} events")
        outcomes.append(Attempt(f"sub-{subject}", "done"))
    for outcome in outcomes:
        if outcome.message:
            print(f"{outcome.participant}: {outcome.message}")
    return exit_code(outcomes)


def dry_run_group(settings: Settings) -> int:
    """Print which participants' results the group level would join."""
    fits = read_fits(settings.output_dir, names=select_fits(settings.output_dir, wanted_fits(settings)))
    for fit in fits:
        print(f"{fit.name.stem}: {len(fit.sites)} electrodes")
    print(f"{len(fits)} fits of {len({f.name.subject for f in fits})} participants")
    return int(Exit.OK)


def _print_fit(fit: PreparedFit, n_networks: int) -> None:
    files = ", ".join(run.plan.run.file.name for run in fit.runs)
    print(f"{fit.plan.name.stem}: {len(fit.runs)} recordings ({files})")
    print(f"  {len(fit.channels)} channels, {fit.n_targets} targets (channels x bins); {len(fit.dropped)} left out")
    for alignment, log in fit.logs.items():
        dropped = "".join(f"; {n} {reason}" for reason, n in log.dropped.items())
        print(f"  {alignment}: {log.used} of {log.found} events{dropped}")
    n_fits = n_networks * len(fit.alignments)
    print(f"  {n_fits} fits of a set of features, {n_fits * fit.n_targets} scores")
    for note in fit.notes:
        print(f"  note: {note}")
