"""Whether each recording of a fit follows its film where the film is said to lie: found, and said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bids_vlint.fit.coverage import where_film_lies
from bids_vlint.fit.preparation import PreparedFit, PreparedRun
from bids_vlint.log import WARNING, logger, remark
from bids_vlint.networks.extraction.extract import Extraction
from bids_vlint.networks.identity import LOW_LEVEL
from bids_vlint.networks.low_level.features import series_for
from bids_vlint.networks.low_level.followed import followed
from bids_vlint.networks.network import seed_of
from bids_vlint.networks.specification import ModelSet
from bids_vlint.signals.synchrony import N_SURROGATES, NEAR_S, Synchrony, synchrony_of
from bids_vlint.signals.traces import TRACE_STEP_S, Trace
from bids_vlint.study.presentation import Presentation

_DRIFT_S = 0.5


def synchrony_of_fit(
    fit: PreparedFit, channels: Sequence[str], traces: Sequence[Trace], models: ModelSet, how: Extraction, seed: int
) -> list[dict[str, Any]]:
    """Compare every recording with what it is said to show.

    Remarks: a film that is followed at another time than is said, or at a speed of its own.

    Parameters
    ----------
    fit : PreparedFit
    channels : sequence of str
        Of the traces.
    traces : sequence of Trace
        Of each run.
    models : ModelSet
    how : Extraction
        Where series of sound and picture are kept.
    seed : int

    Returns
    -------
    list of dict
        As `FitRecord.synchrony`, for each film of each recording.
    """
    spec = next(spec for spec in models.models if spec.source == LOW_LEVEL)
    out = []
    for run, trace in zip(fit.runs, traces):
        for k, presentation in enumerate(run.plan.presentations):
            shown = [run.shown[a][k] for a in fit.alignments if k in run.shown[a]]
            if not shown:
                continue
            name, file = presentation.stimulus.name, run.plan.run.file.name
            level = followed(series_for(spec, shown, how.store), shown[0].cuts, TRACE_STEP_S)
            own = seed_of(f"{seed}/{file}/{name}/synchrony")
            found = None if level is None else _found(presentation, level[1], trace, channels, own)
            entry = {
                "file": file,
                "stimulus": name,
                "film": where_film_lies(presentation, float(str(run.about["duration"]))),
                "what": level[0] if level else None,
                "seed": own,
                "surrogates": N_SURROGATES,
                **({} if found is None else _plain(found)),
            }
            entry["said"] = _said(entry, found)
            out.append(entry)
            _tell(run, entry, found)
    return out


def _found(
    presentation: Presentation, level: np.ndarray, trace: Trace, channels: Sequence[str], seed: int
) -> Synchrony | None:
    """Lay a level of the film on the steps of the recording, as it is said to be shown, and compare."""
    end = len(level) * TRACE_STEP_S
    parts = [(s, s.to_recording(np.array([s.movie[0], min(s.movie[-1], end)])))
             for s in presentation.showings if s.movie[0] < end]  # fmt: skip
    if not parts:
        return None
    first, last = (round(f(t for _, times in parts for t in times) / TRACE_STEP_S) for f in (min, max))
    time, shown = np.arange(first, last + 1) * TRACE_STEP_S, np.full(last + 1 - first, -1)
    for showing, _ in parts:
        step = np.round(np.nan_to_num(showing.to_movie(time), nan=-1.0) / TRACE_STEP_S).astype(int)
        on = (step >= 0) & (step < len(level))
        shown[on] = step[on]
    return synchrony_of(trace.data, channels, level, shown, first, seed)


def _plain(found: Synchrony) -> dict[str, Any]:
    """What was found, as JSON."""
    curves = [{"electrode": e, "kind": kind, "r": _rounded(r)} for (e, kind), r in found.curves.items()]
    return {
        "follows": found.follows, "lag": round(found.lag, 3), "electrode": found.electrode, "kind": found.kind,
        "r": round(found.r, 4), "z": round(found.z, 3), "threshold": round(found.threshold, 3), "p": round(found.p, 4),
        "searched": _rounded(np.array(found.searched)), "thirds": list(found.thirds),
        "curve_lag": _rounded(found.curve_lag), "curves": curves,
        "profile_lag": _rounded(found.profile_lag), "profile": _rounded(found.profile),
    }  # fmt: skip


def _rounded(x: np.ndarray) -> list[float]:
    return [round(float(v), 4) + 0.0 for v in x]


def _said(entry: dict[str, Any], found: Synchrony | None) -> str:
    """One sentence on a film of a recording."""
    film, what = entry["stimulus"], entry["what"]
    if what is None:
        return f"neither sound nor cuts of {film} are known: the alignment could not be checked"
    if found is None:
        return f"too little of {film} lies in the recording, or nothing varies: the alignment could not be checked"
    if found.follows is None:
        return f"nothing follows the {what} of {film}: the alignment could not be checked"
    best = f"{found.electrode}, {found.kind}, r = {found.r:.2f}"
    if found.follows:
        return f"the recording follows the {what} of {film} best at {found.lag:+.1f} s ({best}), as it should"
    when = f"{abs(found.lag):.1f} s {'later' if found.lag > 0 else 'earlier'}"
    return (f"the recording follows the {what} of {film} best {when} than the film is said to be on ({best}), "
            f"not between {NEAR_S[0]:g} and {NEAR_S[1]:+g} s: check when it starts")  # fmt: skip


def _tell(run: PreparedRun, entry: dict[str, Any], found: Synchrony | None) -> None:
    """Log a sentence; what a reader must know is a remark."""
    name, label = entry["file"], run.plan.run.label
    if found is not None and found.follows is False:
        logger.warning("%s: %s", name, entry["said"])
        remark(f"{WARNING}{label}: {entry['said']}.")
    else:
        logger.info("%s: %s", name, entry["said"])
    if found is not None and found.thirds and abs(found.thirds[-1] - found.thirds[0]) > _DRIFT_S:
        drift = (f"the last third of {entry['stimulus']} is followed {found.thirds[-1] - found.thirds[0]:+.1f} s later "
                 "than the first: the clocks of film and recording drift apart, give a sync table")  # fmt: skip
        logger.warning("%s: %s", name, drift)
        remark(f"{WARNING}{label}: {drift}.")
