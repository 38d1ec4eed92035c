"""Slurm: `sbatch`."""

from __future__ import annotations

from bids_vlint.clusters.scheduler import Resources, Scheduler


def _directives(job: str, wanted: Resources) -> tuple[str, ...]:
    return (
        f"--job-name={job}",
        "--nodes=1",
        "--ntasks=1",
        f"--cpus-per-task={wanted.cores}",
        f"--mem={wanted.memory_gb}G",
        f"--time={wanted.clock}",
        "--requeue",
        "--open-mode=append",
    )


# A job whose dependency can never be met is taken out of the queue.
_SUBMIT = """\
    local options=(--parsable --output="${logs//%/%%}/$1-%j.log") id
    if [ -n "$2" ]; then
        options=(--parsable --output="${logs//%/%%}/$1-%A_%a.log" --array="1-$2${at_a_time:+%$at_a_time}")
    fi
    if [ -n "$3" ]; then options+=(--dependency="$3:$4" --kill-on-invalid-dep=yes); fi
    id=$(sbatch "${options[@]}") || return 1
    printf '%s\\n' "${id%%;*}"
"""

SLURM = Scheduler(
    name="slurm",
    title="Slurm",
    prefix="#SBATCH",
    directives=_directives,
    task="SLURM_ARRAY_TASK_ID",
    submit=_SUBMIT,
    queued='[ -n "$(squeue --noheader --jobs="$1" 2>/dev/null)" ]',
    reserved=("--output", "-o", "--array", "-a", "--dependency", "-d", "--parsable", "--wrap"),
    alike={
        "-J": "--job-name",
        "-N": "--nodes",
        "-n": "--ntasks",
        "-c": "--cpus-per-task",
        "-t": "--time",
        "--mem-per-cpu": "--mem",
        "--mem-per-gpu": "--mem",
        "--no-requeue": "--requeue",
    },
)
