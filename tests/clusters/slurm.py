"""A stand-in for Slurm: `sbatch` and `squeue` as programs, and the queue that they fill.

It is as strict as the real one where a wrong script would go unnoticed otherwise: options that it does not know, values
of another form and dependencies on jobs that are not there are refused. Of the jobs that may run, the queue takes the
latest first, so that one that was to wait for another and does not say so comes too early. Each task of an array is a
process.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

_VALUE = {
    "job-name": r"[\w.-]+",
    "nodes": r"\d+",
    "ntasks": r"\d+",
    "cpus-per-task": r"\d+",
    "mem": r"\d+[KMGT]?",
    "time": r"(\d+-)?\d+(:\d\d){1,2}",
    "requeue": None,
    "open-mode": "append|truncate",
    "account": r"\w+",
    "partition": r"[\w,]+",
    "gres": r"[\w:]+",
    "output": r"/.+",
    "array": r"\d+-\d+(%\d+)?",
    "dependency": r"after(ok|any):\d+",
    "kill-on-invalid-dep": "yes|no",
    "parsable": None,
}
ENDED = ("done", "failed", "cancelled")


def options_of(words: list[str]) -> dict[str, str]:
    """Read options; anything that is none is refused."""
    options = {}
    for word in words:
        found = re.fullmatch(r"--([a-z-]+)(?:=(.*))?", word)
        if not found or found[1] not in _VALUE:
            raise SystemExit(f"sbatch: unrecognized option '{word}'")
        form, value = _VALUE[found[1]], found[2]
        if (form is None) != (value is None) or (form and not re.fullmatch(form, value or "")):
            raise SystemExit(f"sbatch: invalid value of '{word}'")
        options[found[1]] = value or ""
    return options


def directives_of(text: str) -> list[str]:
    """The options at the head of a job: lines after its first command do not count, as for the real one."""
    lines = text.splitlines()
    if not lines or not lines[0].startswith("#!/"):
        raise SystemExit("sbatch: error: This does not look like a batch script.")
    found = []
    for line in lines[1:]:
        if line.startswith("#SBATCH "):
            found.append(line.removeprefix("#SBATCH ").strip())
        elif line.strip() and not line.startswith("#"):
            break
    return found


def sbatch(state: Path, words: list[str]) -> str:
    """Put the job on standard input into the queue; what is printed."""
    text = sys.stdin.read()
    options = options_of([*directives_of(text), *words])  # those of the command line overrule the job's own
    if not Path(options["output"]).parent.is_dir():
        raise SystemExit("sbatch: error: the folder of --output is not there")
    jobs = read_jobs(state)
    if "dependency" in options and options["dependency"].split(":")[1] not in jobs:
        raise SystemExit("sbatch: error: Batch job submission failed: Job dependency problem")
    number = str(100 + len(jobs))
    (state / f"{number}.sh").write_text(text)
    _write(state, number, {"options": options, "state": "pending"})
    return f"{number};cluster" if "parsable" in options else f"Submitted batch job {number}"


def read_jobs(state: Path) -> dict[str, dict]:
    """Every job by its number."""
    return {file.stem: json.loads(file.read_text()) for file in sorted(state.glob("*.json"))}


def _write(state: Path, number: str, job: dict) -> None:
    (state / f"{number}.json").write_text(json.dumps(job))


def drain(state: Path, watch: Callable[[dict, list[subprocess.Popen]], None] = lambda _job, _tasks: None) -> list[str]:
    """Run what is in the queue until nothing more can; the names of the jobs in the order in which they ran.

    Parameters
    ----------
    state : Path
    watch : callable
        Is given each job with the processes of its tasks, once they are started.
    """
    order = []
    while True:
        jobs = read_jobs(state)
        ready = [number for number, job in jobs.items() if job["state"] == "pending" and _may_run(jobs, job)]
        for number, job in jobs.items():
            if job["state"] == "pending" and _never(jobs, job):
                assert job["options"]["kill-on-invalid-dep"] == "yes", "it would stay in the queue for ever"
                _write(state, number, job | {"state": "cancelled"})
                break
        else:
            if not ready:
                return order
            number = ready[-1]
            order.append(jobs[number]["options"]["job-name"])
            codes = _run(state, number, jobs[number], watch)
            _write(state, number, jobs[number] | {"state": "failed" if any(codes) else "done", "codes": codes})


def _awaited(jobs: dict[str, dict], job: dict) -> tuple[str, str]:
    kind, _, number = job["options"].get("dependency", "").partition(":")
    return kind, jobs[number]["state"] if number else "done"


def _may_run(jobs: dict[str, dict], job: dict) -> bool:
    kind, awaited = _awaited(jobs, job)
    return awaited == "done" or (kind == "afterany" and awaited in ENDED)


def _never(jobs: dict[str, dict], job: dict) -> bool:
    kind, awaited = _awaited(jobs, job)
    return kind == "afterok" and awaited in ("failed", "cancelled")


def _run(state: Path, number: str, job: dict, watch: Callable[[dict, list[subprocess.Popen]], None]) -> list[int]:
    options, tasks = job["options"], []
    first, last = map(int, re.findall(r"\d+", options.get("array", "0-0"))[:2])
    for index in range(first, last + 1):
        environment = {**os.environ, "SLURM_JOB_ID": number, "SLURM_CPUS_PER_TASK": options["cpus-per-task"]}
        if "array" in options:
            environment |= {"SLURM_ARRAY_JOB_ID": number, "SLURM_ARRAY_TASK_ID": str(index)}
        names = {"%%": "%", "%j": number, "%A": number, "%a": str(index)}
        log = "".join(names.get(part, part) for part in re.split("(%.)", options["output"]))
        with open(log, "a", encoding="utf-8") as stream:
            command = ["bash", str(state / f"{number}.sh")]
            tasks.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT,
                                          env=environment))  # fmt: skip
    watch(job, tasks)
    return [task.wait() for task in tasks]


def squeue(state: Path, words: list[str]) -> str:
    """A line for each named job that waits or runs."""
    named = next(word for word in words if word.startswith("--jobs=")).removeprefix("--jobs=").split(",")
    jobs = read_jobs(state)
    if not set(named) <= set(jobs):
        raise SystemExit("slurm_load_jobs error: Invalid job id specified")
    return "\n".join(number for number in named if jobs[number]["state"] == "pending")


def install(state: Path, folder: Path) -> None:
    """Write `sbatch` and `squeue` into a folder."""
    state.mkdir()
    folder.mkdir(exist_ok=True)
    for name in ("sbatch", "squeue"):
        program = folder / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{__file__}" {name} "{state}" "$@"\n')
        program.chmod(0o755)


if __name__ == "__main__":
    print({"sbatch": sbatch, "squeue": squeue}[sys.argv[1]](Path(sys.argv[2]), sys.argv[3:]))
