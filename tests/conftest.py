"""One thread per worker: test data are small, and the suite shares its machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest
from hypothesis import settings

from tests import plug_ins
from tests.sharing import Shared

if TYPE_CHECKING:
    from tests.acceptance.datasets import Study

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")
os.environ.setdefault("MPLBACKEND", "agg")
# No example is timed: a busy machine is no fault.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    """Threads of torch that wait for each other on a busy machine make a small pass take a hundred times as long."""
    with patch("bids_vlint.networks.network._MOST_THREADS", 1):
        yield


@pytest.fixture(scope="session", autouse=True)
def _figures_unsaved() -> Iterator[None]:
    """Figures for print, most of a report's time, are drawn, and laid out and saved by their own tests alone."""

    def save(_figure: Any, path: Path) -> None:
        path.write_bytes(b"left out")

    with patch.multiple("bids_vlint.reports.contents.printed", save_figure=save, laid_out=lambda figure: figure):
        yield


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Shared:
    """What the workers of this session share."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "shared"
    folder.mkdir(exist_ok=True)
    return Shared(folder)


@pytest.fixture(scope="session", autouse=True)
def _remembered(shared: Shared) -> Iterator[None]:
    """What was computed from the same signals before is remembered by `running.run_inside`."""
    with patch("tests.remembered.SHARED", [shared]):
        yield


@pytest.fixture(scope="session")
def analysed(shared: Shared) -> tuple[Study, Path]:
    """A small study and the results of its participant, responses among them; nobody may change them."""
    from tests.acceptance import datasets, models, running

    def make(folder: Path) -> tuple[Study, Path]:
        study = datasets.small_study(folder / "bids", networks=models.SMALL | models.PARTS)
        out = folder / "out"
        how = running.ANALYSED | {"skip_bids_validation": True}
        running.succeed(running.run_inside(study.argv(out, **how), courses=True))
        return study, out

    return shared.made("analysed", make)


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[plug_ins.Install]:
    """Installs the package lab-package, one module, whose `THING` an entry point `group: name` names."""
    from bids_vlint import registry

    folder = tmp_path / "site"

    def install(point: str, content: str) -> None:
        group, name = point.split(": ")
        plug_ins.install(folder, "lab-package", "lab_thing", content, {group: f"{name} = lab_thing:THING"})
        monkeypatch.syspath_prepend(str(folder))
        registry.look_again()

    sys.modules.pop("lab_thing", None)
    yield install
    monkeypatch.undo()
    sys.modules.pop("lab_thing", None)
    registry.look_again()
