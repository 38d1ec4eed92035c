"""Schedulers of clusters: one file of `clusters.schedulers` each, or a package of others (`registry`)."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bids_vlint.errors import Exit, InputError
from bids_vlint.registry import Registry


@dataclass(frozen=True)
class Resources:
    """What a job asks for.

    Attributes
    ----------
    cores : int
    memory_gb : int
    seconds : float
        The longest that it may take.
    """

    cores: int
    memory_gb: int
    seconds: float

    @property
    def clock(self) -> str:
        """The longest time as schedulers read it, whole half hours.

        Examples
        --------
        >>> Resources(1, 4, 100.0).clock, Resources(1, 4, 100_000.0).clock
        ('00:30:00', '28:00:00')
        """
        half_hours = max(1, math.ceil(self.seconds / 1800))
        return f"{half_hours // 2:02d}:{half_hours % 2 * 30:02d}:00"


@dataclass(frozen=True)
class Scheduler:
    """How a scheduler is spoken to.

    Attributes
    ----------
    name : str
        Of the command: `bids_vlint NAME`.
    title : str
        What it is called.
    prefix : str
        Of a directive's line in a job: `#SBATCH`.
    directives : (job's name, Resources) -> options of a job
        Without the prefix.
    task : str
        What bash puts an array task's number for, from 1.
    submit : str
        Lines of a bash function `submit WHAT TASKS KIND ID`, whose input is a job: it submits it and prints the job's
        id. TASKS is empty where it is no array; KIND is empty, `afterok` or `afterany`, of the job ID. It knows `$logs`
        and `$at_a_time` (tasks that may run at once, or empty).
    queued : str
        A bash command that is true while the job of id `$1` waits or runs.
    reserved : tuple of str
        Options that `submit` sets: nobody else may.
    alike : option's name -> the one of `directives` whose place it takes
    """

    name: str
    title: str
    prefix: str
    directives: Callable[[str, Resources], tuple[str, ...]]
    task: str
    submit: str
    queued: str
    reserved: tuple[str, ...]
    alike: Mapping[str, str] = field(default_factory=dict)


SCHEDULERS = Registry("scheduler", Scheduler, "bids_vlint.clusters.schedulers", "bids_vlint.schedulers",
                      "scheduler of a cluster")  # fmt: skip


def directive_lines(scheduler: Scheduler, job: str, wanted: Resources, given: Sequence[str]) -> list[str]:
    """The lines at the head of a job: what a user gives takes the place of what stands for the same otherwise.

    Parameters
    ----------
    scheduler : Scheduler
    job : str
        The job's name.
    wanted : Resources
    given : sequence of str
        Options of the scheduler, the later overruling the earlier.
    """
    by_key = {}
    for option in (*scheduler.directives(job, wanted), *given):
        name = option_name(option)
        by_key[scheduler.alike.get(name, name)] = option
    return [f"{scheduler.prefix} {option}" for option in by_key.values()]


def option_name(option: str) -> str:
    """What an option sets.

    Examples
    --------
    >>> [option_name(option) for option in ("--time=1:00:00", "-l walltime=1:00:00", "-A lab", "--requeue")]
    ['--time', '-l walltime', '-A', '--requeue']
    """
    found = re.match(r"--[\w-]+|-l \w+|-\w+", option)
    return found[0] if found else option


def checked_directive(scheduler: Scheduler, text: str) -> str:
    """An option as a job says it: its dashes, which may be left out, put in front.

    Raises
    ------
    InputError
        64 where it is more than one line, or set by the script itself.
    """
    option = text.strip()
    if not option.startswith("-"):
        option = ("--" if re.match(r"[\w-]{2,}(=|$)", option) else "-") + option
    if not re.fullmatch(r"[^\n\r]{2,}", option):
        raise InputError("--directive", f"{text!r} is no option of {scheduler.title}", "give one, as account=NAME",
                         Exit.USAGE)  # fmt: skip
    if option_name(option) in scheduler.reserved:
        raise InputError("--directive", f"{option_name(option)} is set by the script itself", "leave it out",
                         Exit.USAGE)  # fmt: skip
    return option
