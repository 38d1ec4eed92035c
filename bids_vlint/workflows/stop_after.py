"""`--stop-after`: the stages up to one are made and kept, and no results are written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bids_vlint.derivatives.events_table import write_used_events
from bids_vlint.derivatives.layout import events_tsv
from bids_vlint.fit.analysis import fit_alignment
from bids_vlint.fit.features import networks_of_fit
from bids_vlint.fit.fitting import fitting_of, kept_responses
from bids_vlint.fit.preparation import PreparedFit, used_events
from bids_vlint.log import logger, remarks
from bids_vlint.settings import Settings
from bids_vlint.stages.stage import alone_in_work, stages_folder
from bids_vlint.workflows.protocols import encoding_plan, feature_protocol, inference_protocol, signal_protocol
from bids_vlint.workflows.study import Study

EVENTS, RESPONSES, FEATURES, ENCODING = STOPS = ("events", "responses", "features", "encoding")


def make_stages(study: Study, prepared: Sequence[PreparedFit], threads: int) -> list[str]:
    """Make the stages of a participant up to the one that `--stop-after` names; no results, so that no fit is named.

    The features are there already: they are made for all participants together.
    """
    with alone_in_work(study.settings.work_dir, f"sub-{prepared[0].plan.name.subject}"):
        _make_stages(study, prepared, threads)
    return []


def _make_stages(study: Study, prepared: Sequence[PreparedFit], threads: int) -> None:
    settings = study.settings
    for fit in prepared:
        name, folder = fit.plan.name, stages_folder(settings.work_dir, fit.plan.name.stem)
        for alignment in fit.alignments:
            write_used_events(folder, name, alignment, used_events(fit, alignment))
            logger.info("%s/%s: events: %s", name.stem, alignment, events_tsv(folder, name, alignment))
        if settings.stop_after == EVENTS:
            continue
        with remarks() as notes:
            responses, _, _ = kept_responses(fit, signal_protocol(settings), threads)
            for alignment in fit.alignments if settings.stop_after == ENCODING else ():
                how = feature_protocol(settings)
                networks = networks_of_fit(fit, alignment, study.models, how)
                fit_alignment(fitting_of(fit, alignment, study.models, networks, responses[alignment],
                                         encoding_plan(settings), inference_protocol(settings),
                                         signal_protocol(settings), how, threads))  # fmt: skip
        for note in notes:
            logger.info("%s: %s", name.stem, note)


def say_how_to_go_on(settings: Settings) -> None:
    """Log what was made, where it is, and how to go on."""
    made = STOPS[: STOPS.index(str(settings.stop_after)) + 1]
    places = {f"{settings.work_dir / 'stages'}": [m for m in made if m != FEATURES],
              f"{settings.work_dir}": [m for m in made if m == FEATURES]}  # fmt: skip
    said = "; ".join(f"{', '.join(what)} in {Path(place)}" for place, what in places.items() if what)
    logger.info("Made and kept: %s. The same command without --stop-after goes on from there.", said)
