"""About how long a run takes, and how much memory: what `--dry-run` says, and what jobs on a cluster ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from bids_vlint.fit.estimate import Estimate, estimate_of
from bids_vlint.fit.features import foreseen_networks
from bids_vlint.fit.memory import samples_at_a_time
from bids_vlint.fit.preparation import PreparedFit, prepare_fits
from bids_vlint.fit.stimuli import each_once
from bids_vlint.log import logger, step
from bids_vlint.networks.extraction.extract import Job, key
from bids_vlint.networks.family import stored
from bids_vlint.networks.identity import LOW_LEVEL
from bids_vlint.networks.specification import ModelSet
from bids_vlint.networks.store import file_in
from bids_vlint.settings import Settings
from bids_vlint.study.fits import FitPlan
from bids_vlint.workflows.announce import say_failures
from bids_vlint.workflows.execution import attempt_each, exit_code, failure
from bids_vlint.workflows.features import jobs_of
from bids_vlint.workflows.logbook import Attempt
from bids_vlint.workflows.protocols import (
    calibrated_reach,
    encoding_plan,
    event_protocol,
    feature_protocol,
    place_protocol,
    signal_protocol,
)
from bids_vlint.workflows.study import Study, open_study, plan_all

# Seconds that a network takes for an event on a processor: a small one, and a ViT-B/16 with all its blocks.
_LEAST_S, _MOST_S = 0.007, 0.25


@dataclass(frozen=True)
class StudyEstimate:
    """What the participants of a study take.

    Attributes
    ----------
    participants : label -> Estimate
        Features apart; those alone who can be analysed.
    n_events : int
        How many events networks have to be shown before.
    """

    participants: dict[str, Estimate]
    n_events: int


def estimate_study(settings: Settings) -> tuple[StudyEstimate, int]:
    """What every participant takes, and the exit code: who cannot be analysed is named in the log, and left out.

    Raises
    ------
    Exception
        What is wrong with the first participant, where none can be analysed.
    """
    encoding_plan(settings)  # a wrong option is said before anything is read
    place_protocol(settings)
    study, runs = open_study(settings)
    plans, failed, skipped = plan_all(study, runs)
    prepare = partial(prepare_fits, models=study.models, protocol=event_protocol(settings),
                      signals=signal_protocol(settings), reach=calibrated_reach(settings))  # fmt: skip
    prepared, unready = attempt_each(plans, prepare)
    wrong = {**failed, **unready}
    if not prepared:
        raise next(iter(wrong.values()))
    outcomes = [failure(subject, error) for subject, error in wrong.items()]
    say_failures(outcomes)
    for subject in skipped:
        logger.info("sub-%s is left out: no recording shows a film", subject)
    outcomes += [Attempt(f"sub-{subject}", "done") for subject in prepared]
    missing = [job for subject in prepared for job in missing_features(study, plans[subject])]
    each = {subject: participant_estimate(fits, settings, study.models) for subject, fits in prepared.items()}
    return StudyEstimate(each, shown_events(missing)), exit_code(outcomes)


def participant_estimate(fits: Sequence[PreparedFit], settings: Settings, models: ModelSet) -> Estimate:
    """What a participant takes, features apart."""
    samples, how = samples_at_a_time(settings.mem_gb, settings.nprocs), feature_protocol(settings)
    networks = [{a: foreseen_networks(fit, a, models, how) for a in fit.alignments} for fit in fits]
    return estimate_of(fits, networks, encoding_plan(settings), settings.inference, samples,
                       save_responses=settings.save_responses)  # fmt: skip


def missing_features(study: Study, plans: Sequence[FitPlan]) -> list[Job]:
    """The features that have to be made first."""
    how = feature_protocol(study.settings)
    with step("features that are there"):
        return [(spec, events) for spec, events in jobs_of(plans, study.models, event_protocol(study.settings))
                if spec.source != LOW_LEVEL and not stored(spec)
                and not file_in(how.store, key(spec, events, how)).is_file()]  # fmt: skip


def shown_events(missing: Sequence[Job]) -> int:
    """How many events networks have to be shown; participants who saw the same share them."""
    return sum(len(events.onset) for _, events in each_once(missing))


def features_seconds(n_events: int) -> tuple[float, float]:
    """Seconds on a processor for so many events that are shown to networks: to small ones, and to large ones."""
    return _LEAST_S * n_events, _MOST_S * n_events
