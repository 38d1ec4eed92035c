"""Participants on the workers of a Dask cluster, their long stages cut into units.

What passes between machines are names of files: a participant's plan and every unit's result lie in the work folder,
which all machines see. Every worker has one unit at a time. One that ends in the middle leaves nothing that counts, and
its unit goes to another. What a unit raises is raised again, and said, where the participant is analysed.
"""

from __future__ import annotations

import os
import pickle
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from bids_vlint.fit.units import WorkUnit
from bids_vlint.log import logger, step
from bids_vlint.workflows.cluster import Cluster, gone, left_in
from bids_vlint.workflows.study import Study
from bids_vlint.workflows.units import Places, first_units, joined, make_unit_of
from bids_vlint.workflows.workers import Lost

_R = TypeVar("_R")
_Job = tuple[str, Any, str]  # a participant, the fits that are prepared, its place among all
# The last unit of every participant.
_ANALYSIS = WorkUnit(-1, "analysis")
_LOOK_S = 5.0  # workers come and go
_ALONE = threading.Lock()  # in this process, whoever asks


@dataclass
class _Course:
    """What is left to do for a participant: waves of units, each of which waits for the one before."""

    waves: list[list[WorkUnit]]
    under_way: int = 0
    lost: bool = False

    def ready(self) -> Iterator[WorkUnit]:
        """Hand out units, as long as some can be made now."""
        while self.waves:
            if self.waves[0]:
                self.under_way += 1
                yield self.waves[0].pop(0)
            elif self.under_way:
                return
            else:
                self.waves.pop(0)

    def follow(self, waves: list[list[WorkUnit]]) -> None:
        """Put units in that can be made after those under way, before the analysis."""
        self.waves[1:-1] = joined([self.waves[1:-1], waves])


def on_cluster(
    cluster: Cluster, study: Study, work: Callable[[_Job], _R], jobs: Sequence[_Job]
) -> Iterator[tuple[int, _R | Lost]]:
    """Call a function for every participant on some worker, once the units of its work are made; as `in_workers`.

    Earlier participants go first, so that they are done first.

    Parameters
    ----------
    cluster : Cluster
    study : Study
        Says what the units are.
    work : callable
        Of a module; it raises nothing.
    jobs : sequence of (participant, fits, place)

    Yields
    ------
    index : int
        Of a job, in the order in which they are done.
    found : what the function returned, or Lost

    Raises
    ------
    InputError
        The scheduler is gone (75).
    """
    courses = [_Course([first_units(study, fits), [_ANALYSIS]]) for _, fits, _ in jobs]
    busy: dict[Any, tuple[int, WorkUnit]] = {}
    with _plans(cluster, study, work, jobs) as plans, step("units of work on the cluster") as progress:
        try:
            while any(course.waves or course.under_way for course in courses):
                ready = ((k, unit) for k, course in enumerate(courses) for unit in course.ready())
                for k, unit in islice(ready, max(0, _free(cluster, busy))):
                    key = f"{_name(jobs[k], unit)}-{plans[k].name}"
                    busy[cluster.submit(_make, str(plans[k]), unit, key=key)] = k, unit
                for future in _ended(cluster, busy):
                    k, unit = busy.pop(future)
                    course = courses[k]
                    course.under_way -= 1
                    progress.done += 1
                    error = future.exception() if future.status == "error" else None
                    if error is not None:
                        course.waves = []
                        if not course.lost:
                            course.lost = True
                            yield k, _lost(error, _name(jobs[k], unit))
                    elif unit is _ANALYSIS:
                        yield k, future.result()
                    elif not course.lost:
                        course.follow(future.result())
        finally:
            with suppress(Exception):  # it may be gone
                cluster.client.cancel(list(busy))


def _lost(error: BaseException, name: str) -> Lost:
    """What became of a participant of whom a unit gave no answer: its workers were killed, again and again, or could
    not begin."""
    from distributed import KilledWorker

    if isinstance(error, KilledWorker):
        return Lost(-signal.SIGKILL, f"use workers with more memory ({name})")
    return Lost(1, error=error)


def _free(cluster: Cluster, busy: dict[Any, tuple[int, WorkUnit]]) -> int:
    """How many workers have nothing to do; where there is none at all, wait for one."""
    told = False
    while not (able := cluster.workers()) and not busy:
        if not told:
            logger.warning("no Dask worker can be used: waiting for one")
            told = True
        time.sleep(1.0)
    return len(able) - len(busy)


def _ended(cluster: Cluster, busy: dict[Any, tuple[int, WorkUnit]]) -> list[Any]:
    """The units that have ended, after some time none."""
    from distributed import wait

    try:
        with cluster.client.as_current():
            return list(wait(list(busy), timeout=_LOOK_S, return_when="FIRST_COMPLETED").done)
    except TimeoutError:
        return []
    except (CancelledError, OSError) as error:
        raise gone(error) from error


def _name(job: _Job, unit: WorkUnit) -> str:
    """What the dashboard shows."""
    subject, fits, _ = job
    where = f"sub-{subject}" if unit is _ANALYSIS else fits[unit.fit].plan.name.stem
    return "/".join(filter(None, (where, unit.alignment, unit.stage, unit.model)))


@contextmanager
def _plans(cluster: Cluster, study: Study, work: Callable[[_Job], Any], jobs: Sequence[_Job]) -> Iterator[list[Path]]:
    """Files that say to workers what is to be done for each participant."""
    with ExitStack() as stack:
        files = [stack.enter_context(left_in(cluster.work.absolute(), f"sub-{subject}")) for subject, _, _ in jobs]
        for file, job in zip(files, jobs):
            file.write_bytes(pickle.dumps(_Plan(os.getcwd(), study, work, job)))
        yield files


@dataclass(frozen=True)
class _Plan:
    """A participant's plan, as a worker reads it; `folder` is where relative paths begin."""

    folder: str
    study: Study
    work: Callable[[_Job], Any]
    job: _Job
    places: Places = field(default_factory=dict)


@lru_cache(maxsize=1)
def _read(file: str) -> _Plan:
    plan: _Plan = pickle.loads(Path(file).read_bytes())
    return plan


def _make(file: str, unit: WorkUnit) -> Any:
    """On a worker: make a unit of a participant's plan; of the last one return what the work returns, of others what
    can be made next."""
    with _ALONE:
        plan = _read(file)
        os.chdir(plan.folder)
        if unit == _ANALYSIS:
            plan.places.clear()
            return plan.work(plan.job)
        try:
            return make_unit_of(plan.study, plan.job[1], unit, plan.study.settings.nprocs, plan.places)
        except Exception as error:
            logger.debug("%s: %s", file, error, exc_info=error)
            return []
