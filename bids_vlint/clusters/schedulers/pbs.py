"""PBS Professional and OpenPBS: `qsub`."""

from __future__ import annotations

from bids_vlint.clusters.scheduler import Resources, Scheduler


def _directives(job: str, wanted: Resources) -> tuple[str, ...]:
    return (
        f"-N {job}",
        "-S /bin/bash",
        "-j oe",
        "-V",
        "-r y",
        f"-l select=1:ncpus={wanted.cores}:mem={wanted.memory_gb}gb",
        f"-l walltime={wanted.clock}",
    )


# PBS knows no array of one task.
_SUBMIT = """\
    local options=(-o "$logs/")
    if [ "${2:-1}" -gt 1 ]; then options+=(-J "1-$2${at_a_time:+%$at_a_time}"); fi
    if [ -n "$3" ]; then options+=(-W "depend=$3:$4"); fi
    qsub "${options[@]}"
"""

PBS = Scheduler(
    name="pbs",
    title="PBS",
    prefix="#PBS",
    directives=_directives,
    task="PBS_ARRAY_INDEX:-1",
    submit=_SUBMIT,
    queued='qstat "$1" >/dev/null 2>&1',
    reserved=("-o", "-J", "-W"),
)
