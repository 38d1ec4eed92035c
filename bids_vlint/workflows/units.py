"""Units of a participant's work for machines that share no memory: what of `bids_vlint.fit.units` a study asks for."""

from __future__ import annotations

from collections.abc import Sequence

from bids_vlint.fit.features import networks_of_fit
from bids_vlint.fit.fitting import fitting_of, kept_responses
from bids_vlint.fit.preparation import PreparedFit
from bids_vlint.fit.units import RESPONSES, Workplace, WorkUnit, make_unit, units_after_responses
from bids_vlint.log import remarks
from bids_vlint.study.stimulus import Alignment
from bids_vlint.workflows.protocols import encoding_plan, feature_protocol, inference_protocol, signal_protocol
from bids_vlint.workflows.stop_after import ENCODING
from bids_vlint.workflows.study import Study

# What a process that makes units has put together: of one fit at a time.
Places = dict[tuple[int, Alignment], Workplace]


def first_units(study: Study, prepared: Sequence[PreparedFit]) -> list[WorkUnit]:
    """The units with which a participant begins."""
    if study.settings.stop_after not in (None, RESPONSES, ENCODING):
        return []
    return [WorkUnit(k, RESPONSES) for k in range(len(prepared))]


def make_unit_of(
    study: Study, prepared: Sequence[PreparedFit], unit: WorkUnit, threads: int, places: Places
) -> list[list[WorkUnit]]:
    """Make a unit; return those that can be made next, wave after wave.

    Parameters
    ----------
    study : Study
    prepared : sequence of PreparedFit
        The participant's fits.
    unit : WorkUnit
    threads : int
        Results do not depend on it.
    places : dict
        What this process put together for units before; it is kept for the next ones.
    """
    fit = prepared[unit.fit]
    with remarks():  # they are said where the participant is analysed
        if (unit.fit, unit.alignment or fit.alignments[0]) not in places:
            places.clear()
            places.update(_workplaces(study, fit, unit.fit, threads))
    if unit.alignment is not None:
        make_unit(unit, places[unit.fit, unit.alignment])
        return []
    if study.settings.stop_after == RESPONSES:
        return []
    waves = [units_after_responses(places[unit.fit, alignment].own, unit.fit) for alignment in fit.alignments]
    return joined(waves)


def joined(waves: Sequence[Sequence[list[WorkUnit]]]) -> list[list[WorkUnit]]:
    """Waves of several parts as one: the first of all, then the second of all."""
    most = max(map(len, waves), default=0)
    return [[unit for own in waves if k < len(own) for unit in own[k]] for k in range(most)]


def _workplaces(study: Study, fit: PreparedFit, number: int, threads: int) -> Places:
    """Read, or make, the responses of a fit, and what its networks saw."""
    settings, how, signals = study.settings, feature_protocol(study.settings), signal_protocol(study.settings)
    responses, _, _ = kept_responses(fit, signals, threads)
    plan, protocol = encoding_plan(settings), inference_protocol(settings)
    if settings.stop_after == RESPONSES:
        return {}
    return {
        (number, a): Workplace(fitting_of(fit, a, study.models, networks_of_fit(fit, a, study.models, how),
                                          responses[a], plan, protocol, signals, how, threads))
        for a in fit.alignments
    }  # fmt: skip
