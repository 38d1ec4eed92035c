"""Tables and arrays of studies, made and kept."""

from __future__ import annotations

import hashlib
import json
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import h5py
import numpy as np

from benchmarks.acceptance_tables import ARRAYS
from benchmarks.acceptance_tables.studies import STUDIES, Runner


def kept(folder: Path, pattern: str) -> Iterator[Path]:
    """Files of an output folder, logs apart."""
    return (p for p in sorted(folder.rglob(pattern)) if "logs" not in p.relative_to(folder).parts)


def described(values: np.ndarray) -> dict[str, object]:
    """Shape, type, and sums (of floats) or a checksum (of what is no float)."""
    entry: dict[str, object] = {"shape": list(values.shape), "dtype": str(values.dtype)}
    if values.dtype.kind == "f":
        finite = values[np.isfinite(values)].astype(np.float64)
        sums = {"sum": finite.sum(), "sum_abs": np.abs(finite).sum()}
        entry |= {key: f"{float(value):.9g}" for key, value in sums.items()}
        return entry | {"not_finite": int(values.size - finite.size)}
    if values.dtype.kind in "OSU":
        text = [v.decode() if isinstance(v, bytes) else str(v) for v in values.ravel().tolist()]
        return entry | {"sha256": hashlib.sha256("\n".join(text).encode()).hexdigest()}
    return entry | {"sha256": hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()}


def arrays_of(path: Path) -> dict[str, dict[str, object]]:
    """Each data set of an HDF5 or npz file."""
    if path.suffix == ".npz":
        with np.load(path) as file:
            return {name: described(file[name]) for name in sorted(file.files)}
    found: dict[str, dict[str, object]] = {}

    def visit(name: str, item: h5py.Dataset | h5py.Group) -> None:
        if isinstance(item, h5py.Dataset):
            found[name] = described(np.asarray(item[()]))

    with h5py.File(path) as file:
        file.visititems(visit)
    return dict(sorted(found.items()))


def keep(runner: Runner, folder: Path) -> None:
    """Copy the tables of every output, and describe its arrays."""
    shutil.rmtree(folder, ignore_errors=True)
    arrays = {}
    for out in runner.outputs:
        for path in kept(out, "*.tsv"):
            target = folder / path.relative_to(runner.folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        for path in [*kept(out, "*.h5"), *kept(out, "*.npz")]:
            arrays[path.relative_to(runner.folder).as_posix()] = arrays_of(path)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ARRAYS).write_text(json.dumps(arrays, indent=1) + "\n")


def cpu_seconds() -> float:
    """CPU time of this process and those it waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def make(out: Path, nprocs: int, only: Sequence[str]) -> int:
    """Make the studies one by one."""
    program = [sys.executable, "-c", "import bids_vlint; print(bids_vlint.__file__)"]
    print("program:", subprocess.run(program, capture_output=True, text=True, check=True).stdout.strip(), flush=True)
    out, total = out.absolute(), 0.0
    for name in only or STUDIES:
        start, used = time.monotonic(), cpu_seconds()
        folder = out / "studies" / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        runner = Runner(folder, nprocs)
        STUDIES[name](runner)
        keep(runner, out / name)
        shutil.rmtree(folder)
        tables = len(list((out / name).rglob("*.tsv")))
        total += cpu_seconds() - used
        took = f"{time.monotonic() - start:6.1f} s, {cpu_seconds() - used:6.1f} s of CPU"
        print(f"{name:12s}{took}, {tables} tables", flush=True)
    shutil.rmtree(out / "studies")
    print(f"{total:.0f} s of CPU")
    return 0
