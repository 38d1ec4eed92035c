"""Run the program as a user would, and read what it wrote."""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import h5py
import numpy as np
import pandas as pd

from bids_vlint.workflows.participant import analyse_participant as _ANALYSE
from tests.remembered import DESCRIPTIONS, FITS, remembering

TESTS = ("trained_beats_random", "beats_low_level", "multimodal_beats_unimodal", "multimodal_beats_linear")
STANDARD = ["name", "type", "units", "low_cutoff", "high_cutoff"]
RESULTS = ("sub-*", "group*", "*.html", "*.h5")  # what must not be there after bad input
ANALYSED: dict[str, object] = {"n_bootstraps": 50, "n_shifts": 10, "save_responses": True}  # the study of `analysed`
REPORTS = tuple(f"bids_vlint.workflows.{place}_report" for place in
                ("participant.participant", "report.participant", "group.group"))  # fmt: skip
OUTLINES = "nilearn.plotting.displays._axes.plot_brain_schematics"  # of the glass brain: the same whatever the data
WORK = "bids_vlint.workflows.participant.analyse_participant"


@dataclass(frozen=True)
class Result:
    """How a run ended."""

    code: int
    stdout: str
    stderr: str
    seconds: float


def run_outside(argv: Sequence[str], *, cwd: Path | None = None, timeout: float = 900) -> Result:
    """Run it in a process of its own."""
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "bids_vlint", *argv],
        capture_output=True,
        text=True,
        cwd=cwd,
        timeout=timeout,
        check=False,
    )
    return Result(done.returncode, done.stdout, done.stderr, time.monotonic() - start)


def run_inside(argv: Sequence[str], *, reports: bool = False, courses: bool = False, anew: bool = False) -> Result:
    """Run it in this process; reports and deconvolved courses, half of a run's time, are made only where a test asks
    for them, and reports then with one of the pages that are made in one way for every site, and without the outline of
    the brain. What was computed from the same signals before is remembered, unless fits must be made `anew`."""
    from bids_vlint.cli.main import main

    start, out, err = time.monotonic(), io.StringIO(), io.StringIO()
    with contextlib.ExitStack() as stack:
        stack.enter_context(remembering(DESCRIPTIONS if anew else FITS + DESCRIPTIONS))
        stack.enter_context(_lean(reports=reports, courses=courses))
        if not reports:  # neither are they made in processes of the run's own
            stack.enter_context(patch(WORK, partial(_without_reports, courses)))
        stack.enter_context(contextlib.redirect_stdout(out))
        stack.enter_context(contextlib.redirect_stderr(err))
        code = main(list(argv))
    return Result(code, out.getvalue(), err.getvalue(), time.monotonic() - start)


@contextlib.contextmanager
def _lean(*, reports: bool, courses: bool) -> Iterator[None]:
    """Within, no reports are made, or fewer pages; and no courses."""
    with contextlib.ExitStack() as stack:
        if reports:
            stack.enter_context(patch("bids_vlint.reports.sections.evidence.MOST_PAGES", 1))
            stack.enter_context(patch(OUTLINES, lambda *_, **__: (-80, 80, -110, 80)))
        if not courses:
            stack.enter_context(patch("bids_vlint.inference.descriptions.course._leaders", lambda _: []))
        for place in () if reports else REPORTS:
            stack.enter_context(patch(place, lambda out, *_, **__: out))
        yield


def _without_reports(courses: bool, *words: Any) -> list[str]:
    """`analyse_participant`, wherever it runs."""
    with _lean(reports=False, courses=courses):
        return _ANALYSE(*words)


def succeed(result: Result) -> Result:
    """Fail the test with what was said, unless the run ended well."""
    assert result.code == 0, f"exit {result.code}\n{result.stdout[-2000:]}\n{result.stderr[-4000:]}"
    assert "Traceback" not in result.stderr
    return result


def refused(result: Result, code: int, output: Path, *words: str) -> str:
    """The sentence that says what is wrong, once the exit code, its words and the absence of results were checked."""
    said = result.stderr.strip()
    assert result.code == code, f"exit {result.code} instead of {code}\n{said[-3000:]}"
    assert "Traceback" not in said
    assert "Error(" not in said
    lines = [line for line in said.splitlines() if all(w.lower() in line.lower() for w in words)]
    assert lines, f"no line with {words} in:\n{said[-3000:]}"
    if output.is_dir():
        left = [str(p) for pattern in RESULTS for p in output.rglob(pattern) if "logs" not in p.parts]
        assert not left, f"results in spite of an error: {left}"
    return lines[-1]


def read_table(path: Path) -> pd.DataFrame:
    """A TSV file as text."""
    assert path.is_file(), f"{path} is missing; there: {[p.name for p in path.parent.glob('*')]}"
    return pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)


def sites_files(output: Path) -> list[Path]:
    """Every table of sites."""
    return sorted(output.glob("sub-*/**/*_desc-sites_channels.tsv"))


def sites(output: Path, subject: str, *parts: str) -> pd.DataFrame:
    """The one table of sites of a participant whose name holds all parts."""
    files = [f for f in sites_files(output) if f.name.startswith(f"sub-{subject}_") and all(p in f.name for p in parts)]
    assert len(files) == 1, f"{len(files)} tables of sites for sub-{subject} {parts}: {[f.name for f in files]}"
    return read_table(files[0])


def dense(path: Path) -> tuple[dict[str, np.ndarray], dict[str, list]]:
    """Data sets of an encoding file, and the labels of its axes."""
    assert path.is_file(), f"{path} is missing"
    with h5py.File(path) as file:
        data = {key: value.asstr()[()] if value.dtype.kind in "OS" else value[()] for key, value in file.items()}
    return data, {axis: data[axis].tolist() for axis in ("model", "electrode", "lag")}


def same_tables(first: Path, second: Path) -> None:
    """Assert that two output folders hold the same tables, byte for byte, and the same dense numbers; tables of figures
    come with reports."""
    apart = {"logs", "figures"}
    names = sorted(str(p.relative_to(first)) for p in first.rglob("*.tsv") if not apart & set(p.parts))
    others = sorted(str(p.relative_to(second)) for p in second.rglob("*.tsv") if not apart & set(p.parts))
    assert names == others, set(names) ^ set(others)
    assert names
    for name in names:
        assert (first / name).read_bytes() == (second / name).read_bytes(), f"{name} differs"
    for file in first.rglob("*_encoding.h5"):
        one, other = dense(file)[0], dense(second / file.relative_to(first))[0]
        for key in one:
            np.testing.assert_array_equal(one[key], other[key], err_msg=f"{file.name}: {key}")


def validator_errors(root: Path) -> list[str]:
    """What the official validator calls an error."""
    program = Path(sys.executable).parent / "bids-validator-deno"
    done = subprocess.run([str(program), "--format", "json", str(root)], capture_output=True, text=True, check=False)
    report = json.loads(done.stdout[done.stdout.index("{") :])
    return [
        f"{issue.get('code')} {issue.get('subCode', '')} {issue.get('location')} {issue.get('issueMessage', '')}"
        for issue in report["issues"]["issues"]
        if issue["severity"] == "error"
    ]
