"""Runs of data sets that are spoiled on purpose."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance import running
from tests.acceptance.datasets import Study

QUICK: dict[str, object] = {"skip_bids_validation": True, "n_bootstraps": 30, "n_shifts": 0}


def run(study: Study, **options: object) -> tuple[running.Result, Path]:
    out = study.root.parent / "out"
    return running.run_inside(study.argv(out, **(QUICK | options))), out


def events_file(study: Study) -> Path:
    return next(study.root.rglob("*_events.tsv"))
