"""The features of every network for every stimulus, as files that serve machines without the networks."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from bids_vlint import __version__
from bids_vlint.features.extract import key
from bids_vlint.features.families.precomputed import file_of
from bids_vlint.log import logger
from bids_vlint.outputs.feature_files import template_of, write_features, write_model_set
from bids_vlint.runs.execute import Outcome, attempt_each, exit_code, failure, report_failures
from bids_vlint.runs.logbook import logbook
from bids_vlint.runs.measure import compute_features, extraction_of, shown_to
from bids_vlint.runs.prepare import PreparedFit, prepare_fit
from bids_vlint.runs.store import file_in
from bids_vlint.runs.study import open_study, plan_all
from bids_vlint.settings import Settings
from bids_vlint.types import ModelSet, ModelSpec, StimulusEvents


def run_features(settings: Settings, words: Sequence[str]) -> int:
    """Write a file per network, stimulus and alignment, and the model set that reads them; return the exit code."""
    study, runs = open_study(settings)
    plans, failed, skipped = plan_all(study, runs)
    for subject in skipped:
        logger.info("sub-%s is skipped: no recording shows a film", subject)
    with logbook(settings, words):
        prepared, unready = attempt_each(plans, lambda fits: [prepare_fit(f, settings, study.models) for f in fits])
        done, blind = attempt_each(prepared, partial(compute_features, models=study.models, settings=settings))
        outcomes = [failure(subject, error) for subject, error in {**failed, **unready, **blind}.items()]
        report_failures(outcomes)
        if done:
            write_all([fit for subject in done for fit in prepared[subject]], study.models, settings)
    return exit_code([*outcomes, *(Outcome(subject, 0) for subject in done)])  # type: ignore[arg-type]


def write_all(fits: Sequence[PreparedFit], models: ModelSet, settings: Settings) -> None:
    """Write the files of what these fits' participants were shown, and the model set."""
    sources: dict[tuple[ModelSpec, str, str], list[Path]] = {}
    for spec, events in shown_to(fits, models):
        name = (spec, events.stimulus.name, events.alignment)
        source = _source(spec, events, settings)
        if source not in sources.setdefault(name, []):
            sources[name].append(source)
    for (spec, stimulus, alignment), files in sources.items():
        template = template_of(spec).replace("{stimulus}", stimulus).replace("{alignment}", alignment)
        write_features(files, settings.output_dir / template, what=f"{spec.label}, {stimulus} ({alignment})")
    about = [f"Made by bids_vlint {__version__} from the networks of {models.file.name}: context {settings.context},",
             f"seed {settings.seed}, precision {settings.precision}. Give it as --models."]  # fmt: skip
    path = write_model_set(settings.output_dir, models, about)
    logger.info("%d files of features and %s are written", len(sources), path)


def _source(spec: ModelSpec, events: StimulusEvents, settings: Settings) -> Path:
    if spec.source == "precomputed":
        return file_of(spec, events.stimulus, events.alignment)
    how = extraction_of(settings)
    return file_in(how.store, key(spec, events, how))
