"""Grid Engine (Sun, Univa, Altair, Open): `qsub`."""

from __future__ import annotations

from bids_vlint.clusters.scheduler import Resources, Scheduler


def _directives(job: str, wanted: Resources) -> tuple[str, ...]:
    slots = (f"-pe smp {wanted.cores}",) if wanted.cores > 1 else ()
    return (
        f"-N {job}",
        "-S /bin/bash",
        "-j y",
        "-V",
        "-r y",
        *slots,
        f"-l h_rt={wanted.clock}",
        f"-l mem_free={wanted.memory_gb}G",
    )


# It waits for the end of a job alone, however that ended: the jobs look themselves whether the features are there.
_SUBMIT = """\
    local options=(-terse -o "$logs/") id
    if [ -n "$2" ]; then options+=(-t "1-$2" ${at_a_time:+-tc "$at_a_time"}); fi
    if [ -n "$3" ]; then options+=(-hold_jid "$4"); fi
    id=$(qsub "${options[@]}") || return 1
    printf '%s\\n' "${id%%.*}"
"""

SGE = Scheduler(
    name="sge",
    title="Grid Engine",
    prefix="#$",
    directives=_directives,
    task="SGE_TASK_ID",
    submit=_SUBMIT,
    queued='qstat -j "$1" >/dev/null 2>&1',
    reserved=("-o", "-t", "-tc", "-hold_jid", "-terse"),
)
