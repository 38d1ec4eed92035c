"""Workers: one that is killed takes its item alone with it, and none outlives its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bids_vlint.workflows.execution import attempt_each, exit_code, run_all

ROOT = Path(__file__).parents[2]
# A run of two participants whose work never ends; it says the numbers of its processes.
FOREVER = """
import sys
from pathlib import Path
from bids_vlint.stopping import heeding_signals
from bids_vlint.workflows.execution import run_all
from tests.workflows.test_workers import forever
print("here", flush=True)
with heeding_signals():
    run_all(forever, [("01", sys.argv[1]), ("02", sys.argv[1])], int(sys.argv[2]), False, Path(sys.argv[1]))
"""


def forever(folder: str, _threads: int) -> list[str]:
    (Path(folder) / f"pid-{os.getpid()}").touch()
    while True:
        time.sleep(0.05)


def killed_or_not(item: str, _threads: int) -> list[str]:
    if item in ("KILL", "SEGV"):
        os.kill(os.getpid(), signal.Signals[f"SIG{item}"])
    return [item]


def test_a_worker_that_is_killed_takes_no_other_with_it(tmp_path: Path) -> None:
    items = [("01", "fit"), ("02", "KILL"), ("03", "SEGV"), ("04", "another")]
    outcomes = {one.participant: one for one in run_all(killed_or_not, items, 2, False, tmp_path)}
    assert {who: one.exit_code for who, one in outcomes.items()} == {
        "sub-01": 0,
        "sub-02": 75,
        "sub-03": 1,
        "sub-04": 0,
    }
    assert "fewer --nprocs" in outcomes["sub-02"].message
    assert "SIGSEGV" in outcomes["sub-03"].message
    assert '"exit_code": 75' in (tmp_path / "sub-02.json").read_text()
    assert exit_code(list(outcomes.values())) == 1
    assert exit_code([outcomes["sub-02"]]) == 75


def test_an_error_of_the_programs_own_concerns_its_participant() -> None:
    done, failed = attempt_each({"01": 0, "02": 2}, lambda item: 1 / item)
    assert done == {"02": 0.5}
    assert isinstance(failed["01"], ZeroDivisionError)


def alive(number: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{number}/status").read_text()
    except OSError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("how, nprocs", [("TERM", 2), ("HUP", 1), ("KILL", 2)])
def test_nothing_is_left_of_a_run_that_is_ended(tmp_path: Path, how: str, nprocs: int) -> None:
    words = [sys.executable, "-c", FOREVER, str(tmp_path), str(nprocs)]
    run = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        for _ in range(1200):
            numbers = [int(file.name.removeprefix("pid-")) for file in tmp_path.glob("pid-*")]
            if len(numbers) == nprocs:
                break
            time.sleep(0.05)
        run.send_signal(signal.Signals[f"SIG{how}"])
        run.wait(10)
        end = time.monotonic() + 5
        while any(map(alive, numbers)) and time.monotonic() < end:
            time.sleep(0.05)
        assert len(numbers) == nprocs
        assert not any(map(alive, numbers))
    finally:
        run.kill()
        run.communicate()


def test_what_a_parent_ignores_stays_ignored(tmp_path: Path) -> None:
    """As nohup does with HUP; and the exit code is that of the signal that came."""
    code = (
        "import os, signal, sys; from bids_vlint.cli import main as m\n"
        "def run(words):\n"
        "    os.kill(os.getpid(), signal.SIGHUP); print('goes on'); os.kill(os.getpid(), signal.SIGTERM)\n"
        "m._dispatch = run; signal.signal(signal.SIGHUP, signal.SIG_IGN); sys.exit(m.main([]))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (128 + signal.SIGTERM, "goes on\n")
    assert done.stderr == "bids_vlint: stopped; what was finished is kept.\n"


def test_a_process_that_cannot_stop_is_ended(tmp_path: Path) -> None:
    """Python's own handlers wait for a library that does not come back."""
    code = (
        "import os, signal, threading, bids_vlint.stopping as s; s._GRACE_S = 0.3\n"
        "with s.heeding_signals():\n"
        "    try:\n"
        "        os.kill(os.getpid(), signal.SIGTERM); threading.Event().wait(30)\n"
        "    finally:\n"
        "        threading.Event().wait(30)"
    )
    start = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, timeout=60)
    assert done.returncode == 128 + signal.SIGTERM
    assert time.monotonic() - start < 20
