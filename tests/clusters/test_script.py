"""The script as its scheduler meets it: what each job asks for, waits for, and is submitted for; the program itself is
a stand-in here that notes how it is called."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bids_vlint.clusters.node import Node, preparing_lines
from bids_vlint.clusters.scheduler import SCHEDULERS, Resources, checked_directive, directive_lines
from bids_vlint.clusters.script import ClusterJob, Submission, submission_script
from bids_vlint.errors import InputError
from tests.clusters import slurm

LABELS = ("01", "02", "EMU+3b", "a b$c'd")  # the last is no BIDS label, and must do no harm
WANTED = Resources(2, 6, 5000.0)
# Participants of whom a file $HERE/bad-LABEL tells fail; status prints those who are done.
PROGRAM = """\
#!/bin/bash
printf '%s\\n' "$(printf '%s|' "$@")" >> "$HERE/calls"
case "$1" in
    features) exit "$(cat "$HERE/features-code" 2>/dev/null || echo 0)" ;;
    status)
        [ "${3:-}" = --state ] || exit 1
        [ "$4 $5" = "done skipped" ] || exit 64
        [ -e "$HERE/done" ] || exit 66
        cat "$HERE/done"
        exit 0 ;;
esac
case "$3" in
    participant)
        [ "$OMP_NUM_THREADS" = 2 ] || exit 1
        [ ! -e "$HERE/bad-$5" ] || exit 65
        echo "sub-$5" >> "$HERE/done" ;;
    group) echo group >> "$HERE/done" ;;
esac
"""


def submission(folder: Path, **changed: object) -> Submission:
    out, work = folder / "out put", folder / "work's 100%"
    places = ("/data/my bids", str(out))
    first = ClusterJob(("features", *places, "--models", "demo", "--stop-after", "features"), WANTED, Node())
    each = ClusterJob((*places, "participant", "--models", "demo"), WANTED, Node())
    last = ClusterJob((*places, "group"), Resources(1, 4, 100.0), Node())
    made = Submission(out, (out, work), LABELS, first, each, last, ("4 participants",))
    return replace(made, **changed)  # type: ignore[arg-type]


class Cluster:
    """A folder with a stand-in for Slurm, one for the program, and the script."""

    def __init__(self, folder: Path, **changed: object) -> None:
        self.folder, self.state = folder, folder / "slurm"
        slurm.install(self.state, folder / "bin")
        program = folder / "bin" / "bids_vlint"
        program.write_text(PROGRAM)
        program.chmod(0o755)
        (folder / "submit.sh").write_text(submission_script(SCHEDULERS.named("slurm"), submission(folder, **changed)))

    def submit(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = ["bash", str(self.folder / "submit.sh"), *words]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def run(self) -> list[str]:
        """What ran, without the program's name, and nothing of the calls before."""
        (self.folder / "calls").unlink(missing_ok=True)
        return [name.removeprefix("bids_vlint-") for name in slurm.drain(self.state)]

    @property
    def calls(self) -> list[list[str]]:
        return [line.rstrip("|").split("|") for line in (self.folder / "calls").read_text().splitlines()]


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("HERE", str(tmp_path))
    return Cluster(tmp_path)


def analysed(calls: list[list[str]]) -> list[str]:
    return sorted(call[4] for call in calls if call[2:3] == ["participant"])


def test_features_then_each_participant_then_the_group(cluster: Cluster) -> None:
    first = cluster.submit()
    assert first.returncode == 0, first.stderr
    twice = cluster.submit()
    assert twice.returncode == 75
    assert "job 100 of an earlier submission waits or runs" in twice.stderr
    assert cluster.run() == ["features", "participants", "group"]
    assert analysed(cluster.calls) == sorted(LABELS)
    out = str(cluster.folder / "out put")
    assert cluster.calls[0] == ["features", "/data/my bids", out, "--models", "demo", "--stop-after", "features"]
    assert cluster.calls[-1] == ["/data/my bids", out, "group"]
    jobs = slurm.read_jobs(cluster.state)
    assert {(j["options"]["mem"], j["options"]["time"], j["options"]["cpus-per-task"]) for j in jobs.values()} == {
        ("6G", "01:30:00", "2"), ("4G", "00:30:00", "1")
    }  # fmt: skip
    logs = cluster.folder / "out put" / "logs" / "slurm"
    assert "task 3: sub-EMU+3b on" in (logs / "participants-101_3.log").read_text()
    assert (cluster.folder / "work's 100%").is_dir()
    assert cluster.submit("again").stdout == "everything is done\n"


def test_what_failed_is_submitted_again(cluster: Cluster) -> None:
    """The group is made of those who are done, and again once the others are; features are not."""
    bad = cluster.folder / "bad-02"
    bad.touch()
    cluster.submit()
    assert cluster.run() == ["features", "participants", "group"]
    bad.unlink()
    again = cluster.submit("again")
    assert "1 tasks: 02" in again.stdout
    assert cluster.run() == ["participants", "group"]
    assert analysed(cluster.calls) == ["02"]
    assert cluster.submit("again").stdout == "everything is done\n"
    assert "4 tasks" in cluster.submit().stdout  # without the word: all, since settings may have changed


def test_without_features_nobody_is_analysed(cluster: Cluster) -> None:
    code = cluster.folder / "features-code"
    code.write_text("74")
    cluster.submit()
    assert cluster.run() == ["features", "group"]
    assert slurm.read_jobs(cluster.state)["101"]["state"] == "cancelled"
    code.write_text("1")  # some participants' could not be made
    cluster.submit("again")
    assert cluster.run() == ["features", "participants", "group"]


def test_a_scheduler_that_refuses_stops_the_script(cluster: Cluster) -> None:
    script = cluster.folder / "submit.sh"
    text = script.read_text()
    script.write_text(text.replace("#SBATCH --mem=6G", "#SBATCH --memory=6G"))
    refused = cluster.submit()
    assert refused.returncode != 0
    assert "unrecognized option '--memory=6G'" in refused.stderr
    assert slurm.read_jobs(cluster.state) == {}
    assert cluster.submit("agian").returncode == 64


@pytest.mark.parametrize("broken", ["afterok", "afterany"])
def test_the_stand_in_sees_a_job_that_does_not_wait(cluster: Cluster, broken: str) -> None:
    script = cluster.folder / "submit.sh"
    script.write_text(re.sub(rf"\${{\w+:\+{broken}}}", "", script.read_text()))
    cluster.submit()
    assert cluster.run() != ["features", "participants", "group"]


@pytest.mark.parametrize("name", SCHEDULERS.of_here)
def test_every_script_is_good_bash(name: str, tmp_path: Path) -> None:
    node = Node(
        "/images/a b.sif", ("apptainer/1.3",), ("export A=1",), (Path("/data/my bids"),), (Path("/o"),), (), True
    )
    made = submission(tmp_path, at_a_time=3)
    made = replace(made, participant=replace(made.participant, node=node))
    script = submission_script(SCHEDULERS.named(name), made)
    subprocess.run(["bash", "-n"], input=script, text=True, check=True)
    for job in re.findall(r"<<'END_OF_JOB'\n(.*?)^END_OF_JOB$", script, re.DOTALL | re.MULTILINE):
        subprocess.run(["bash", "-n"], input=job, text=True, check=True)
    shellcheck = shutil.which("shellcheck", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if shellcheck is None:
        pytest.skip("shellcheck is not installed")
    done = subprocess.run(
        [shellcheck, "--exclude=SC2016", "-"], input=script, text=True, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout


# What qsub is given: words before the job on its standard input.
QSUB = '#!/bin/bash\nprintf "%s\\n" "$(printf "%s|" "$@")" >> "$HERE/submitted"\ncat >> "$HERE/jobs"\necho {answer}\n'


@pytest.mark.parametrize(("name", "answer", "words", "lines"), [
    ("pbs", "7[].server", [["-o", "LOGS"], ["-o", "LOGS", "-J", "1-4%3", "-W", "depend=afterok:7[].server"],
                           ["-o", "LOGS", "-W", "depend=afterany:7[].server"]],
     ["#PBS -l select=1:ncpus=2:mem=6gb", "#PBS -l walltime=01:30:00", "task=${PBS_ARRAY_INDEX:-1}"]),
    ("sge", "7.1-4:1", [["-terse", "-o", "LOGS"], ["-terse", "-o", "LOGS", "-t", "1-4", "-tc", "3", "-hold_jid", "7"],
                        ["-terse", "-o", "LOGS", "-hold_jid", "7"]],
     ["#$ -pe smp 2", "#$ -l h_rt=01:30:00", "#$ -l mem_free=6G", "task=${SGE_TASK_ID}"]),
])  # fmt: skip
def test_what_the_other_schedulers_are_given(
    name: str, answer: str, words: list[list[str]], lines: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("HERE", str(tmp_path))
    (tmp_path / "qsub").write_text(QSUB.format(answer=f"'{answer}'"))
    (tmp_path / "qsub").chmod(0o755)
    script = submission_script(SCHEDULERS.named(name), submission(tmp_path, at_a_time=3))
    subprocess.run(["bash"], input=script, text=True, check=True, capture_output=True)
    logs = f"{tmp_path / 'out put' / 'logs' / name}/"
    submitted = [line.rstrip("|").split("|") for line in (tmp_path / "submitted").read_text().splitlines()]
    assert submitted == [[word.replace("LOGS", logs) for word in one] for one in words]
    jobs = (tmp_path / "jobs").read_text().splitlines()
    assert set(lines) <= set(jobs)
    assert jobs.count("#!/bin/bash") == 3


def test_directives_take_the_place_of_the_estimate() -> None:
    scheduler = SCHEDULERS.named("slurm")
    given = [
        checked_directive(scheduler, text) for text in ("account=lab", "--mem-per-cpu=3G", "t 2:00:00", "exclusive")
    ]
    lines = directive_lines(scheduler, "name", WANTED, given)
    assert {"#SBATCH --account=lab", "#SBATCH --mem-per-cpu=3G", "#SBATCH -t 2:00:00", "#SBATCH --exclusive"} < set(
        lines
    )
    assert not [line for line in lines if "--mem=" in line or "--time=" in line]
    for text, said in (
        ("array=1-2", "is set by the script itself"),
        ("a\nb=c", "is no option of Slurm"),
        ("", "no option"),
    ):
        with pytest.raises(InputError, match=said):
            checked_directive(scheduler, text)


def test_what_a_container_sees() -> None:
    read = (Path("/data/bids"), Path("/data/bids/code"), Path("/models"))
    lines = preparing_lines(Node("/a.sif", (), (), read, (Path("/data/bids/derivatives/o"),), ("/x:/y:ro",)), 4)
    binds = [line.split("--bind ")[1] for line in lines if "--bind" in line]
    out = "/data/bids/derivatives/o"  # after the folder that it lies in
    assert binds == ["/data/bids:/data/bids:ro", "/models:/models:ro", f"{out}:{out}", "/x:/y:ro"]
    assert 'program=("$apptainer" run --cleanenv --env OMP_NUM_THREADS=4' in lines
    with pytest.raises(InputError, match="colon or a comma"):
        preparing_lines(Node("/a.sif", read_only=(Path("/data/a:b"),)), 1)
