"""The ground that faults are tried on: a tiny study, its undisturbed results, and what is compared with them."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tests.acceptance import datasets
from tests.acceptance.datasets import Study

QUICK: dict[str, object] = {"skip_bids_validation": True, "n_bootstraps": 10, "n_shifts": 0, "alignment": "language"}
COUNTS = {"interaction": 1, "null": 1}


def tiny_study(folder: Path, subjects: tuple[str, ...]) -> Study:
    """Two channels, 75 s of film, three precomputed networks."""
    return datasets.small_study(folder / "bids", counts=COUNTS, minutes=1.25, subjects=subjects)


def words_of(study: Study, out: Path, work: Path, **options: object) -> list[str]:
    """The command line of a quick participant run; None and True are flags."""
    given = QUICK | {"work_dir": work} | options
    return study.argv(out, **{k: v if v is None or v is True else str(v) for k, v in given.items()})


def tables(out: Path) -> dict[str, str]:
    """Digest of every table and sidecar of results; reports and logs tell times."""
    files = [f for pattern in ("sub-*/**/*.tsv", "sub-*/**/*.json") for f in out.glob(pattern)]
    return {f.relative_to(out).as_posix(): hashlib.sha256(f.read_bytes()).hexdigest() for f in sorted(files)}


def names(*folders: Path) -> set[str]:
    """Every file, without the folders of single runs, whose names tell times."""
    found = (f.relative_to(folder) for folder in folders for f in folder.rglob("*") if not f.is_dir())
    return {f.as_posix() for f in found if len(f.parts) < 3 or f.parts[0] != "logs"}
