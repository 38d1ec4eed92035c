"""The script that submits a study: features once, an array of a task for each participant, the group after them.

Every job stands in it whole, as the scheduler gets it.
"""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from bids_vlint.clusters.node import Node, preparing_lines
from bids_vlint.clusters.scheduler import Resources, Scheduler, directive_lines

# States that leave nothing to do, as `bids_vlint status` says them. A participant that seems to be worked on though no
# job is in the queue was killed within the last minutes.
_SETTLED = ("done", "skipped")
_END = "END_OF_JOB"
_SUBMITTING = """\
again=${1:-}
if [ -n "$again" ] && [ "$again" != again ]; then
    echo "usage: bash $0 [again]" >&2
    exit 64
fi
mkdir -p "$logs" "${folders[@]}"
if [ -e "$logs"/jobs ]; then
    while read -r id; do
        if in_queue "$id" < /dev/null; then
            echo "job $id of an earlier submission waits or runs: let it end, or cancel it" >&2
            exit 75
        fi
    done < "$logs"/jobs
fi

over=''
if [ -n "$again" ]; then over=$(settled); fi
todo=()
for label in "${participants[@]}"; do
    if ! grep -qxF -e "sub-$label" <<< "$over"; then todo+=("$label"); fi
done
if [ "${#todo[@]}" -eq 0 ] && grep -qxF group <<< "$over"; then
    echo 'everything is done'
    exit 0
fi

: > "$logs"/jobs
before=''
after=''
if [ "${#todo[@]}" -gt 0 ]; then
    if [ -z "$again" ] || [ ! -e "$features_done" ]; then
        rm -f "$features_done"
        before=$(features_job | submit features '' '' '')
        echo "$before" >> "$logs"/jobs
        echo "features: job $before"
    fi
    after=$(participants_job "${todo[@]}" | submit participants "${#todo[@]}" "${before:+afterok}" "$before")
    echo "$after" >> "$logs"/jobs
    echo "participants: job $after, ${#todo[@]} tasks: ${todo[*]}"
fi
last=$(group_job | submit group '' "${after:+afterany}" "$after")
echo "$last" >> "$logs"/jobs
echo "group: job $last"
echo "logs are in $logs"
"""


@dataclass(frozen=True)
class ClusterJob:
    """A job of the script.

    Attributes
    ----------
    words : tuple of str
        What follows the program's name.
    wanted : Resources
    node : Node
    directives : tuple of str
        What a user gives for it.
    """

    words: tuple[str, ...]
    wanted: Resources
    node: Node
    directives: tuple[str, ...] = ()


@dataclass(frozen=True)
class Submission:
    """What a script submits.

    Attributes
    ----------
    out : Path
        The output folder.
    folders : tuple of Path
        Those that have to be there when jobs begin.
    participants : tuple of str
        Labels.
    features, participant, group : ClusterJob
        The participant's words lack `--participant-label`.
    about : tuple of str
        Lines that say what this is.
    at_a_time : int | None
        How many participants may be run at once.
    """

    out: Path
    folders: tuple[Path, ...]
    participants: tuple[str, ...]
    features: ClusterJob
    participant: ClusterJob
    group: ClusterJob
    about: tuple[str, ...] = ()
    at_a_time: int | None = None


def submission_script(scheduler: Scheduler, submission: Submission) -> str:
    """The script, in bash.

    Called without a word it submits everything, with `again` what `bids_vlint status` does not call settled.
    """
    logs = submission.out / "logs" / scheduler.name
    which = hashlib.sha256(shlex.join(submission.features.words).encode()).hexdigest()[:8]
    done = logs / f"features-{which}.done"  # other features, other name
    head = [
        "#!/usr/bin/env bash",
        *(f"# {line}" for line in submission.about),
        "#   bash THIS_FILE         submits everything; what the same settings made already is kept",
        "#   bash THIS_FILE again   submits those alone who are not done, as bids_vlint status says",
        "set -euo pipefail",
        "",
        f"out={shlex.quote(str(submission.out))}",
        f"logs={shlex.quote(str(logs))}",
        f"folders=({shlex.join(map(str, submission.folders))})",
        f"features_done={shlex.quote(str(done))}",
        f"at_a_time={submission.at_a_time or ''}",
        "participants=(",
        *(f"    {shlex.quote(label)}" for label in submission.participants),
        ")",
    ]
    return "\n".join([
        *head, "",
        *_features_job(scheduler, submission.features, done), "",
        *_participants_job(scheduler, submission.participant, logs, done), "",
        *_group_job(scheduler, submission.group, submission.out), "",
        *_submitting(scheduler, submission.group),
    ]) + "\n"  # fmt: skip


def _features_job(scheduler: Scheduler, job: ClusterJob, done: Path) -> list[str]:
    return [
        "features_job() {",
        f"    cat <<'{_END}'",
        *_head(scheduler, job, "bids_vlint-features"),
        "code=0",
        *_call(job.words, "", " || code=$?"),
        "# 1: some participants' features could not be made; their own jobs say why, the others go on",
        '[ "$code" -le 1 ] || exit "$code"',
        f": > {shlex.quote(str(done))}",
        _END,
        "}",
    ]


def _participants_job(scheduler: Scheduler, job: ClusterJob, logs: Path, done: Path) -> list[str]:
    lacking = f"the job of the features failed: see {logs}"
    return [
        "participants_job() {  # labels: the first is that of task 1",
        f"    cat <<'{_END}'",
        *_head(scheduler, job, "bids_vlint-participants"),
        _END,
        "    printf 'participants=(%s )\\n' \"$(printf ' %q' \"$@\")\"",
        f"    cat <<'{_END}'",
        f"task=${{{scheduler.task}}}",
        "label=${participants[$((task - 1))]}",
        'echo "task $task: sub-$label on $(hostname)"',
        f"[ -e {shlex.quote(str(done))} ] || {{ echo {shlex.quote(lacking)} >&2; exit 75; }}",
        *_call(job.words, "exec ", "", ' --participant-label "$label"'),
        _END,
        "}",
    ]


def _group_job(scheduler: Scheduler, job: ClusterJob, out: Path) -> list[str]:
    return [
        "group_job() {",
        f"    cat <<'{_END}'",
        *_head(scheduler, job, "bids_vlint-group"),
        "# who is done, for this job's log: the group is made of them",
        f'"${{program[@]}}" status {shlex.quote(str(out))} || true',
        *_call(job.words, "exec ", ""),
        _END,
        "}",
    ]


def _head(scheduler: Scheduler, job: ClusterJob, name: str) -> list[str]:
    """A job up to the program's call; a login shell knows `module` where a scheduler's own does not."""
    shell = "#!/bin/bash -l" if job.node.modules else "#!/bin/bash"
    directives = directive_lines(scheduler, name, job.wanted, job.directives)
    return [shell, *directives, *preparing_lines(job.node, job.wanted.cores)]


def _call(words: Sequence[str], before: str, after: str, more: str = "") -> list[str]:
    """The program's call, a line for each option."""
    starts = [0, *(k for k, word in enumerate(words) if word.startswith("--")), len(words)]
    first, *options = (shlex.join(words[k:end]) for k, end in pairwise(starts))
    lines = [f'{before}"${{program[@]}}" {first}{more}', *(f"    {option}" for option in options)]
    return [*(f"{line} \\" for line in lines[:-1]), f"{lines[-1]}{after}"]


def _submitting(scheduler: Scheduler, group: ClusterJob) -> list[str]:
    settled = f'"${{program[@]}}" status "$out" --state {" ".join(map(repr, _SETTLED))}'
    return [
        "submit() {  # what it is, tasks of its array, afterok or afterany, that job's id; prints the new job's id",
        *scheduler.submit.rstrip("\n").split("\n"),
        "}",
        "",
        "in_queue() {",
        f"    {scheduler.queued}",
        "}",
        "",
        "settled() (  # who is done; in a shell of its own, since it prepares as a job does",
        *(f"    {line}" for line in preparing_lines(group.node, group.wanted.cores)),
        f"    {settled} || [ $? -eq 66 ]  # 66: nothing is there yet",
        ")",
        "",
        *_SUBMITTING.splitlines(),
    ]
