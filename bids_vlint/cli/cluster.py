"""`bids_vlint slurm`, and every other scheduler: the script that submits a study to a cluster."""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bids_vlint.cli.parser import build_parser, given_of, merged, settings_of
from bids_vlint.clusters.scheduler import SCHEDULERS, Resources, Scheduler, checked_directive
from bids_vlint.errors import Exit, InputError
from bids_vlint.settings import BY_NAME, Settings

if TYPE_CHECKING:
    from bids_vlint.clusters.node import Node
    from bids_vlint.clusters.script import Submission
    from bids_vlint.fit.estimate import Estimate
    from bids_vlint.workflows.estimates import StudyEstimate

_ABOUT = """\
Print the script that runs a study on a cluster under {title}: features once, then a task of an array for each
participant, then the group. Time and memory are estimated from the recordings, as --dry-run does. Save it and run it
with bash where jobs are submitted; with the word again it submits those alone who are not done. docs/clusters.md says
more.
"""
# Estimates hold within a factor of two to three.
_TIMES_LONGER, _TIMES_MORE = 3.0, 2.0
_LEAST_GB = 4
_HOUR_S = 3600.0
# Features: libraries and films, and the weights of networks with what they make of a batch.
_FILM_GB, _NETWORKS_GB = 8, 16
# The group: 1.3 GB and 47 s for 60 participants of 200 electrodes (benchmarks/README.md).
_GROUP_GB, _GROUP_EACH_GB = 4, 0.05
_JOBS = ("features", "participants", "group")


def run_cluster(name: str, argv: list[str]) -> int:
    """Run the subcommand; returns the exit code: 1 where some participants are left out, since they would fail.

    Parameters
    ----------
    name : str
        Of the scheduler.
    argv : list of str
        What follows `bids_vlint NAME`.
    """
    scheduler = SCHEDULERS.named(name)
    try:
        space = _parser(scheduler).parse_args(argv)
    except SystemExit as stop:  # --help
        return int(stop.code or 0)
    own = argparse.Namespace(**{key: vars(space).pop(key, default) for key, default in _OWN.items()})
    directives = {
        job: tuple(checked_directive(scheduler, text) for text in (*own.directive, *vars(own)[f"{job}_directive"]))
        for job in _JOBS
    }
    _check(own)
    given = given_of(space)
    from bids_vlint import log
    from bids_vlint.cli.folders import check_bids_dir, check_output_dir, check_work_dir

    check_bids_dir(given.bids_dir)
    check_output_dir(given.output_dir, given.bids_dir, level="participant")
    settings = settings_of(full := merged(given))
    for option in (option for option in BY_NAME.values() if option.command and option.name != "overwrite"):
        if getattr(settings, option.name) != option.default:
            raise InputError(option.flag, "has no meaning for a script that is printed", "leave it out", Exit.USAGE)
    log.setup(verbose=settings.verbose)
    check_work_dir(settings.work_dir, settings.bids_dir, option="-w")
    from bids_vlint.clusters.script import submission_script
    from bids_vlint.workflows.estimates import estimate_study

    expected, code = estimate_study(settings)
    submission = _submission(scheduler, settings, full.options, own, directives, expected)
    print(submission_script(scheduler, submission), end="")
    for job, wanted in (("features", submission.features), ("each participant", submission.participant),
                        ("group", submission.group)):  # fmt: skip
        log.logger.info("%s: %d processors, %d GB, at most %s", job, wanted.wanted.cores, wanted.wanted.memory_gb,
                        wanted.wanted.clock)  # fmt: skip
    log.logger.info("next: save what was printed, and run it with bash where jobs are submitted")
    return code


def _submission(
    scheduler: Scheduler, settings: Settings, said: Mapping[str, Any], own: argparse.Namespace,
    directives: Mapping[str, tuple[str, ...]], expected: StudyEstimate,
) -> Submission:  # fmt: skip
    from bids_vlint.cli.levels import USED_BY_GROUP
    from bids_vlint.cli.words import words_of
    from bids_vlint.clusters.script import ClusterJob, Submission

    bids, out, work = (path.absolute() for path in (settings.bids_dir, settings.output_dir, settings.work_dir))
    folders = (str(bids), str(out))
    common = {**said, "work_dir": work}
    named = tuple(expected.participants)
    if "participant_label" in said:
        common["participant_label"] = named
    options = words_of(common, without=("config",))
    alone = words_of(common, without=("config", "participant_label"))
    features = ("features", *folders, *options, "--stop-after", "features")
    if own.features_container:
        written = work / "features"
        features = ("features", str(bids), str(written), *options)
        alone = words_of({**common, "models": str(written / "models.toml")},
                         without=("config", "participant_label", "models_dir"))  # fmt: skip
    group = words_of({k: v for k, v in common.items() if k in USED_BY_GROUP}, without=("config",))
    resources = _resources(settings, expected)
    nodes = _nodes(settings, said, own, directives["features"])
    words = {
        "features": features,
        "participants": (*folders, "participant", *alone),
        "group": (*folders, "group", *group),
    }
    jobs = {job: ClusterJob(words[job], resources[job], nodes[job], directives[job]) for job in _JOBS}
    return Submission(out, nodes["features"].writable, named, jobs["features"], jobs["participants"], jobs["group"],
                      _about(scheduler, settings, expected.participants), own.at_a_time)  # fmt: skip


def _resources(settings: Settings, expected: StudyEstimate) -> dict[str, Resources]:
    """What each job asks for; `--mem-gb` and `--nprocs` say it of features and participants."""
    from bids_vlint.workflows.estimates import features_seconds

    cores, asked, each = settings.nprocs, settings.mem_gb, expected.participants.values()
    least = max(_LEAST_GB, _TIMES_MORE * max(one.memory_gb for one in each))
    features = _NETWORKS_GB if expected.n_events else _FILM_GB
    group = _GROUP_GB + _GROUP_EACH_GB * len(each)
    longest = _TIMES_LONGER * max(one.seconds for one in each)
    return {
        "features": Resources(cores, math.ceil(asked or features), _HOUR_S + features_seconds(expected.n_events)[1]),
        "participants": Resources(cores, math.ceil(asked or least), longest),
        "group": Resources(1, math.ceil(max(group, least if settings.between_brains else 0)),
                           4 * _HOUR_S if settings.between_brains else _HOUR_S),
    }  # fmt: skip


def _nodes(
    settings: Settings, said: Mapping[str, Any], own: argparse.Namespace, of_features: Sequence[str]
) -> dict[str, Node]:
    """How each job calls the program; containers see what the command line names."""
    from bids_vlint.cli.words import folders_named
    from bids_vlint.clusters.node import Node

    out, work = settings.output_dir.absolute(), settings.work_dir.absolute()
    writable = [out, work]
    if settings.bids_database_dir is not None:
        writable.append(settings.bids_database_dir.absolute())
    elsewhere = ("work_dir", "bids_database_dir", "config")  # the last is written out
    named = folders_named({name: value for name, value in said.items() if name not in elsewhere})
    read = [settings.bids_dir.absolute(), *(f for f in named if not any(f.is_relative_to(other) for other in writable))]

    def node(container: str | None, gpu: bool) -> Node:
        image = container if container is None or "://" in container else str(Path(container).absolute())
        return Node(image, tuple(own.module), tuple(own.setup), tuple(read), tuple(writable), tuple(own.bind), gpu)

    on_gpu = settings.device.startswith("cuda")
    plain = node(own.container, on_gpu)
    first = node(own.features_container or own.container, on_gpu or any("gpu" in option for option in of_features))
    return {"features": first, "participants": plain, "group": plain}


def _about(scheduler: Scheduler, settings: Settings, estimates: Mapping[str, Estimate]) -> tuple[str, ...]:
    from bids_vlint import __version__
    from bids_vlint.log import counted, duration

    n, longest = len(estimates), max(estimates, key=lambda s: estimates[s].seconds)
    return (
        f"{counted(n, 'participant')} of {' '.join(str(settings.bids_dir.absolute()).split())} under {scheduler.title}",
        f"Made by bids_vlint {__version__}. The longest, sub-{longest}, is estimated to take about "
        f"{duration(estimates[longest].seconds)} on a processor and {estimates[longest].memory_gb:.1f} GB, features "
        "apart.",
    )


_OWN: dict[str, Any] = {"container": None, "features_container": None, "module": (), "setup": (), "bind": (),
                        "directive": (), **{f"{job}_directive": () for job in _JOBS}, "at_a_time": None}  # fmt: skip


def _parser(scheduler: Scheduler) -> argparse.ArgumentParser:
    parser = build_parser(about=(scheduler.name, _ABOUT.format(title=scheduler.title)))
    own = parser.add_argument_group("Jobs")
    more: dict[str, Any] = {"nargs": "+", "action": "extend", "type": str}
    own.add_argument("--container", metavar="IMAGE", help="call the program in this image, by Apptainer")
    own.add_argument("--features-container", metavar="IMAGE",
                     help="make features in this image, as files below the work folder, which the other jobs read: "
                          "theirs needs no networks")  # fmt: skip
    own.add_argument("--bind", metavar="PATH[:TO[:ro]]", **more,
                     help="what the container sees besides the folders that the command line names")  # fmt: skip
    own.add_argument("--module", metavar="NAME", **more, help="load these modules first")
    own.add_argument("--setup", metavar="LINE", **more, help="lines of bash that come before the program's call")
    own.add_argument("--directive", metavar="OPTION", **more,
                     help="options of every job, as account=NAME; dashes in front may be left out")  # fmt: skip
    for job in _JOBS:
        own.add_argument(f"--{job}-directive", metavar="OPTION", **more, help=f"the same, of the job {job} alone")
    own.add_argument("--at-a-time", metavar="N", type=int, help="participants that may be run at once")
    return parser


def _check(own: argparse.Namespace) -> None:
    """Refuse what would spoil the script."""
    if own.at_a_time is not None and own.at_a_time < 1:
        raise InputError("--at-a-time", f"{own.at_a_time} is below 1", "give 1 or more", Exit.USAGE)
    for flag in ("module", "setup", "bind", "container", "features_container"):
        values = getattr(own, flag)
        for value in (values,) if isinstance(values, str) else values or ():
            if not value.strip() or "\n" in value or value.strip() == "END_OF_JOB":
                raise InputError(f"--{flag.replace('_', '-')}", f"{value!r} is no single line", "give one", Exit.USAGE)
    if own.bind and not (own.container or own.features_container):
        raise InputError("--bind", "has no meaning without a container", "give --container, too", Exit.USAGE)
