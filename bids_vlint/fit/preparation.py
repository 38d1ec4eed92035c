"""Everything about a fit that can be known without reading its signals: events, channels, what is dropped and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from bids_vlint.encoding.plan import folds_of, too_close
from bids_vlint.errors import InputError
from bids_vlint.fit.contacts import channels_of, remark_on_signals, units_of
from bids_vlint.fit.coverage import where_film_lies
from bids_vlint.fit.fetched import check_all_fetched
from bids_vlint.fit.languages import language_notes
from bids_vlint.fit.outcomes import outcomes_of, outside_of
from bids_vlint.fit.protocols import EventProtocol, SignalProtocol
from bids_vlint.fit.stimuli import shown_in_run
from bids_vlint.log import remark, remarks
from bids_vlint.networks.specification import ModelSet
from bids_vlint.signals.finding import Finding
from bids_vlint.signals.recording import nothing_left, open_recording
from bids_vlint.signals.reference import Derivation, warning
from bids_vlint.signals.usability import LEAVES, OUTSIDE, EventLog, bad_rows, why_dropped
from bids_vlint.signals.windows import LAGS
from bids_vlint.study.clock import pauses
from bids_vlint.study.events import in_recording
from bids_vlint.study.events_file import check_seconds, odd_samples, read_events
from bids_vlint.study.fits import FitPlan, RunPlan
from bids_vlint.study.moments import NOTHING_SAID, SILENCE_S, SILENT
from bids_vlint.study.presentation import Presentation
from bids_vlint.study.sidecars import line_frequency
from bids_vlint.study.stimulus import Alignment, StimulusEvents
from bids_vlint.study.transcript import SENTENCE

FEWEST_EVENTS = 20
_MANY = 0.05  # of all events: more are no rim


@dataclass(frozen=True)
class PreparedRun:
    """A recording with its events.

    Attributes
    ----------
    events : alignment -> DataFrame of the events that can be used
    shown : alignment -> {index of the presentation: its events in movie time}
    logs : alignment -> how many events were found and used
    interruptions : (k,) seconds in the recording; no filter reaches across
    derivations : per device, in order of sampling rate
    dropped : contacts without a channel -> why
    line_freq : Hz, None where the sidecar does not say
    checked : what was compared with what is declared of the recording
    outcomes : alignment -> DataFrame of every event that is known of the films: stimulus, movie_time (s), outcome (""
        where it can be used, else why not)
    """

    plan: RunPlan
    events: dict[Alignment, pd.DataFrame]
    shown: dict[Alignment, dict[int, StimulusEvents]]
    logs: dict[Alignment, EventLog]
    interruptions: np.ndarray
    derivations: tuple[tuple[Derivation, ...], ...]
    dropped: dict[str, str]
    line_freq: float | None
    about: dict[str, object]
    checked: tuple[Finding, ...] = ()
    outcomes: dict[Alignment, pd.DataFrame] = field(default_factory=dict)


@dataclass(frozen=True)
class PreparedFit:
    """A fit that is ready to run; `derivations` are those that every run has."""

    plan: FitPlan
    runs: tuple[PreparedRun, ...]
    derivations: tuple[Derivation, ...]
    alignments: tuple[Alignment, ...]
    logs: dict[Alignment, EventLog]
    dropped: list[dict[str, str]]
    notes: tuple[str, ...] = ()

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the analysed channels."""
        return tuple(d.name for d in self.derivations)

    @property
    def n_targets(self) -> int:
        """Electrodes times bins."""
        return len(self.derivations) * len(LAGS)


def used_events(fit: PreparedFit, alignment: Alignment) -> pd.DataFrame:
    """The events of all runs of a fit that are analysed, as `Responses.events`."""
    events = pd.concat([run.events[alignment] for run in fit.runs], ignore_index=True)
    return events.drop(columns="presentation")


def prepare_fits(
    plans: Sequence[FitPlan],
    models: ModelSet,
    protocol: EventProtocol,
    signals: SignalProtocol,
    reach: float | None = None,
) -> list[PreparedFit]:
    """All fits of a participant; parameters and errors as `prepare_fit`, but that all files to be fetched are named."""
    check_all_fetched(plans, models, protocol.alignments)
    return [prepare_fit(plan, models, protocol, signals, reach) for plan in plans]


def prepare_fit(
    plan: FitPlan, models: ModelSet, protocol: EventProtocol, signals: SignalProtocol, reach: float | None = None
) -> PreparedFit:
    """Open the recordings' headers, build the event tables and the channels.

    Parameters
    ----------
    plan : FitPlan
    models : ModelSet
    protocol : EventProtocol
    signals : SignalProtocol
    reach : float | None
        Seconds between training and held-out events: an alignment whose events cannot be cut into folds so far apart
        is left out. None: it is not (the calibrated tests alone need folds).

    Raises
    ------
    InputError
        Where the fit cannot be run: a file that is not there or cannot be read, no channel left (18), no alignment
        with 20 usable events (65).
    """
    with remarks() as notes:
        if text := warning(signals.reference):
            remark(text)
        remark(*language_notes([plan], models))
        remark(*(note for run in plan.runs for note in run.notes))
        runs = tuple(_prepare_run(run, plan, models, protocol, signals) for run in plan.runs)
        derivations, dropped = _common_channels(plan, runs)
        logs = {a: _total([run.logs[a] for run in runs]) for a in protocol.alignments}
        left_out = _left_out(runs, logs, reach)
        remark(*left_out.values())
        if statusless := sorted({n for run in plan.runs for n in run.channels.no_status}):
            remark(f"{len(statusless)} channels have no status and count as good ({', '.join(statusless[:5])}"
                   f"{', ...' if len(statusless) > 5 else ''}).")  # fmt: skip
    if len(left_out) == len(logs):
        many = any(log.used >= FEWEST_EVENTS for log in logs.values())
        do = "use a longer recording" if many else "check that the film's start and the events fit the recording"
        raise InputError(plan.runs[0].run.file.name, list(left_out.values())[-1].rstrip("."), do)
    usable = tuple(a for a in logs if a not in left_out)
    reasons = [{"name": n, "reason": r} for n, r in dropped.items()]
    return PreparedFit(plan, runs, derivations, usable, logs, reasons, tuple(notes))


def _common_channels(plan: FitPlan, runs: Sequence[PreparedRun]) -> tuple[tuple[Derivation, ...], dict[str, str]]:
    """The channels that every run has, and the others with the reason why they are not."""
    dropped = dict(plan.bad)
    for name, reason in (item for run in runs for item in run.dropped.items()):
        dropped.setdefault(name, reason)
    common = set.intersection(*({d.name for part in run.derivations for d in part} for run in runs))
    order = {name: k for k, name in enumerate(plan.contacts)}  # devices apart would not keep the file's order
    derivations = tuple(sorted((d for part in runs[0].derivations for d in part if d.name in common),
                               key=lambda d: order[d.place[0]]))  # fmt: skip
    for run in runs:
        for derivation in (d for part in run.derivations for d in part if d.name not in common):
            dropped.setdefault(derivation.name, "not in every run")
    if not derivations:
        raise nothing_left(plan.runs[0].channels.file, _commonest(dropped))
    return derivations, dropped


def _left_out(
    runs: Sequence[PreparedRun], logs: Mapping[Alignment, EventLog], reach: float | None
) -> dict[Alignment, str]:
    """The alignments that cannot be analysed, with a sentence that says why."""
    out = {a: f"The {a} alignment is left out: {log.used} usable events of {log.found}, fewer than "
           f"{FEWEST_EVENTS}{_why(log)}." for a, log in logs.items() if log.used < FEWEST_EVENTS}  # fmt: skip
    if reach is None:
        return out
    for alignment in (a for a in logs if a not in out):
        events = pd.concat([run.events[alignment] for run in runs], ignore_index=True)
        if folds_of(events, reach) is None:
            out[alignment] = f"The {alignment} alignment is left out: {too_close(len(events), reach)}."
    return out


def _prepare_run(
    plan: RunPlan, fit: FitPlan, models: ModelSet, protocol: EventProtocol, signals: SignalProtocol
) -> PreparedRun:
    stopped = _pauses(plan)
    tables = read_events(plan.run)
    line = line_frequency(plan.run)
    with open_recording(plan.run, plan.channels, signals.work_dir, last_onset(plan)) as recording:
        remark(*recording.notes)
        derivations, dropped = channels_of(recording, fit, signals, plan)
        remark_on_signals(recording, fit, plan)
        breaks, bad, duration = recording.interruptions.breaks, recording.interruptions.bad, recording.clock.end
        checked = [*recording.findings, *units_of(recording, fit, signals, plan)]
        rates = sorted({d.sfreq for d in recording.devices}, reverse=True)
    if tables is not None:
        check_seconds(*tables, rates, duration)
        if odd := odd_samples(tables[0], rates):
            remark(f"{plan.run.label}: {odd}.")
        bad = np.concatenate([bad, bad_rows(tables[0])])
    events, shown, logs, outcomes = {}, {}, {}, {}
    for alignment in protocol.alignments:
        shown[alignment] = shown_in_run(plan, alignment, protocol, models)
        table = in_recording(plan.presentations, shown[alignment], alignment, plan.run.get("run") or "n/a",
                             protocol.context)  # fmt: skip
        why = why_dropped(table["onset"].to_numpy(float), duration=duration, pauses=stopped, breaks=breaks, bad=bad)
        reasons = Counter(str(w) for w in why if w)
        if reasons[LEAVES] > _MANY * len(table):
            remark(f"{plan.run.label}: the recording of {duration:.6g} s does not hold {reasons[LEAVES]} of "
                   f"{len(table)} events of the {alignment} alignment: it is shorter than what it shows, or begins "
                   "later.")  # fmt: skip
        outcomes[alignment] = outcomes_of(plan, shown[alignment], table.assign(outcome=why))
        outside = outside_of(plan, alignment, shown[alignment])
        reasons.update({OUTSIDE: outside} if outside else {})
        events[alignment] = table[why == ""].reset_index(drop=True)
        logs[alignment] = EventLog(len(table) + outside, len(events[alignment]), dict(reasons))
    for k, presentation in enumerate(plan.presentations):
        remark(*_remarks_on(presentation, protocol.context, shown.get("vision", {}).get(k)))
        if len(presentation.showings) > 1:
            remark(f"{plan.run.label}: {presentation.stimulus.name} was on in {len(presentation.showings)} stretches.")
    lies = [where_film_lies(p, duration) for p in plan.presentations]
    if len(lies) > 1:
        lies = [f"{p.stimulus.name}: {text}" for p, text in zip(plan.presentations, lies)]
    about = {"file": plan.run.file.name, "duration": round(duration, 3), "sampling_frequency": rates,
             "channels": len(plan.channels.table), "discontinuities": len(breaks),
             "film": "; ".join(lies)}  # fmt: skip
    cuts = np.unique(np.concatenate([breaks.ravel(), stopped]))
    return PreparedRun(plan, events, shown, logs, cuts, derivations, dropped, line, about, tuple(checked), outcomes)


def last_onset(plan: RunPlan) -> float | None:
    """Onset of the last word that a recording shows, seconds; None where there is none."""
    onsets = [float(p.heard["onset"].max()) for p in plan.presentations if len(p.heard)]
    return max(onsets, default=None)


def _pauses(plan: RunPlan) -> np.ndarray:
    times = [pauses(p.showings) for p in plan.presentations]
    return np.unique(np.concatenate(times)) if times else np.empty(0)


def _remarks_on(presentation: Presentation, context: str, cuts: StimulusEvents | None) -> list[str]:
    """What is to be said of a transcript: rows that are no words, cuts at which nothing was said."""
    name, notes = presentation.stimulus.name, []
    if n := presentation.annotations:
        notes.append(f"{n} rows of the transcript of {name} are annotations such as [music] and count as no words.")
    if cuts is None:
        return notes
    status = presentation.before(cuts.onset, context)["status"]
    if n := int((status == NOTHING_SAID).sum()):
        notes.append(f"{n} of {len(status)} scene cuts of {name} come before the first word and have no text.")
    if n := int((status == SILENT).sum()):
        told = "are given it all the same (--context sentence)" if context == SENTENCE else "have no text"
        notes.append(f"{n} of {len(status)} scene cuts of {name} come more than {SILENCE_S:g} s after the end of the "
                     f"sentence before (silence, credits) and {told}.")  # fmt: skip
    return notes


def _total(parts: list[EventLog]) -> EventLog:
    reasons: Counter[str] = Counter()
    for part in parts:
        reasons.update(part.dropped)
    return EventLog(sum(p.found for p in parts), sum(p.used for p in parts), dict(reasons))


def _why(log: EventLog) -> str:
    listed = ", ".join(f"{n} {reason}" for reason, n in log.dropped.items())
    return f" ({listed})" if listed else ""


def _commonest(dropped: Mapping[str, str]) -> str:
    return Counter(dropped.values()).most_common(1)[0][0] if dropped else "none is in the recording"
