"""What is done, missing, failed, interrupted or damaged in an output folder: from its logs and its files.

What each key means stands in docs/status.md.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bids_vlint.derivatives import layout
from bids_vlint.derivatives.whole import faults_of
from bids_vlint.errors import Exit, InputError
from bids_vlint.files.lock import WORKED_ON
from bids_vlint.files.tables import read_tsv
from bids_vlint.log import progress
from bids_vlint.study.fits import FitName
from bids_vlint.workflows.group_status import group_status
from bids_vlint.workflows.logbook import Attempt, RunLog, read_logs

FORMAT = 1
# A participant is in the state of its worst fit, the worst first.
STATES = ("failed", "interrupted", "damaged", "missing", "running", "waiting", "done", "skipped")
_FINE = ("done", "skipped")
_SPOILT = ("damaged", "outdated")


@dataclass(frozen=True)
class _Tried:
    """A run that was to analyse a participant: the fits that it planned (none where it failed before it knew them),
    and how far it came (None: it did not begin with the participant)."""

    run: RunLog
    fits: tuple[str, ...]
    attempt: Attempt | None


def status_of(out: Path) -> dict[str, Any]:
    """The state of an output folder, as `bids_vlint status --json` prints it.

    Raises
    ------
    InputError
        Where it is not there or holds neither results nor logs (66).
    """
    runs, traces = read_logs(out), layout.find_traces(out)
    if not runs and not traces:
        raise InputError(out, "holds neither results nor logs of bids_vlint", "give the OUTPUT_DIR of a run",
                         Exit.NO_INPUT)  # fmt: skip
    tried: dict[str, list[_Tried]] = defaultdict(list)
    for run in (run for run in runs if run.about.get("level") == "participant"):
        planned = run.about.get("participants", {})
        for who in dict.fromkeys([*planned, *run.attempts]):
            tried[who].append(_Tried(run, tuple(planned.get(who, ())), run.attempts.get(who)))
    on_disk: dict[str, list[FitName]] = defaultdict(list)
    for name in traces:
        on_disk[f"sub-{name.subject}"].append(name)
    everybody = sorted({*tried, *on_disk})
    watched = progress(everybody, total=len(everybody), label="reading results")
    participants = [_participant(out, who, _that_counts(tried[who]), on_disk[who]) for who in watched]
    group = group_status(out)
    fine = bool(participants) and all(p["state"] in _FINE for p in participants) and group["state"] not in _SPOILT
    return {
        "format": FORMAT,
        "output_dir": str(out.absolute()),
        "done": fine,
        "counts": {state: n for state in STATES if (n := Counter(p["state"] for p in participants)[state])},
        "participants": participants,
        "group": group,
        "runs": [_run(run) for run in runs],
    }


def _run(run: RunLog) -> dict[str, Any]:
    about = run.about
    kept = ("level", "command", "start", "end", "seconds", "exit_code", "message")
    return {"folder": f"logs/{run.folder.name}", "state": run.state, **{key: about.get(key) for key in kept}}


def _that_counts(tried: Sequence[_Tried]) -> list[_Tried]:
    """Without the runs that did not begin with a participant because another was at it, if there is that other."""
    own = [one for one in tried if one.attempt is None or WORKED_ON not in one.attempt.message]
    return own or list(tried)


def _participant(out: Path, who: str, tried: Sequence[_Tried], names: Sequence[FitName]) -> dict[str, Any]:
    by_stem = {name.stem: name for name in names}
    stems = sorted({*by_stem, *(stem for one in tried for stem in one.fits)})
    fits = [_fit(out, stem, by_stem.get(stem), [t for t in tried if stem in t.fits or not t.fits]) for stem in stems]
    if fits:
        worst = min(fits, key=lambda fit: STATES.index(fit["state"]))
        state, why = worst["state"], worst["why"]
    else:
        state, why = _came_to(tried[-1])
    made = [t for t in tried if t.attempt is not None and t.attempt.made]
    last = next(reversed(made or tried), None)
    attempt = last.attempt if last is not None else None
    report = layout.participant_html(out, who.removeprefix("sub-"))
    return {
        "participant": who,
        "state": state,
        "why": why,
        "start": attempt.start if attempt else None,
        "end": attempt.end if attempt else None,
        "seconds": attempt.seconds if attempt else None,
        "peak_memory_bytes": attempt.peak_memory_bytes if attempt else None,
        "memory_shared": attempt.memory_shared if attempt else None,
        "exit_code": tried[-1].attempt.exit_code if tried and tried[-1].attempt else None,
        "run": f"logs/{last.run.folder.name}" if last is not None else None,
        "report": report.name if report.is_file() else None,
        "fits": fits,
    }


def _came_to(tried: _Tried) -> tuple[str, str]:
    """The state that a run left a participant in, and why."""
    run, attempt = tried.run, tried.attempt
    if attempt is not None and attempt.state != "running":
        return attempt.state, attempt.message
    if run.state == "running":
        return ("running", "") if attempt is not None else ("waiting", "")
    if run.state == "interrupted":
        when = "while it was worked on" if attempt is not None else "before its turn came"
        return "interrupted", f"The run of {run.about.get('start')} stopped {when}, and left no word of why."
    return "failed", str(run.about.get("message") or "The run ended without it.")


def _fit(out: Path, stem: str, name: FitName | None, tried: Sequence[_Tried]) -> dict[str, Any]:
    """A fit: what the last run that planned it came to, and whether what is on disk is whole."""
    whole = name is not None and layout.sites_tsv(out, name).is_file()
    files = {file.name: f"{wrong}." for file, wrong in faults_of(out, name).items()} if name and whole else {}
    state, why = _came_to(tried[-1]) if tried else ("done", "")
    begun = bool(tried) and tried[-1].attempt is not None
    if state == "done" or (whole and not files and not begun and state in ("waiting", "interrupted")):
        stop = tried[-1].run.about.get("stop_after") if tried else None
        absent = f"The last run was to stop after {stop}." if stop else "Its table of sites is not there."
        state, why = ("done", "") if whole else ("missing", absent)
        if files:
            state, why = "damaged", "; ".join(f"{file} {wrong}" for file, wrong in files.items())
    sites = layout.sites_tsv(out, name) if name is not None and whole and not files else None
    return {
        "fit": stem,
        "state": state,
        "why": why,
        "electrodes": len(read_tsv(sites)) if sites is not None else None,
        "damaged_files": dict(files),
    }
