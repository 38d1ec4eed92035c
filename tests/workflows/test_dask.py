"""`--dask-scheduler`: two local workers, one of which is killed, make what a serial run makes; who cannot is told."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest

from bids_vlint.errors import Exit, InputError
from bids_vlint.fit.units import WorkUnit
from bids_vlint.networks.specification import ModelSet
from bids_vlint.settings import Settings
from bids_vlint.workflows import cluster as cluster_module
from bids_vlint.workflows import dispatch
from bids_vlint.workflows.cluster import cluster_of
from bids_vlint.workflows.dispatch import on_cluster
from bids_vlint.workflows.execution import exit_code, run_all
from bids_vlint.workflows.study import Study
from tests.acceptance import datasets, running
from tests.workflows.test_workers import killed_or_not

distributed = pytest.importorskip("distributed", reason="distributed is not installed")


@pytest.fixture(scope="module")
def local() -> Iterator[Any]:
    """A scheduler with two workers in processes of their own."""
    how = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": ":0", "silence_logs": 60}
    with distributed.LocalCluster(**how) as made:
        yield made


@pytest.fixture
def settings(local: Any, tmp_path: Path) -> Settings:
    for name in ("bids", "out", "work"):
        (tmp_path / name).mkdir()
    return Settings(bids_dir=tmp_path / "bids", output_dir=tmp_path / "out", work_dir=tmp_path / "work",
                    dask_scheduler=local.scheduler_address, stop_after="events")  # fmt: skip


class Killer(distributed.WorkerPlugin):
    """Kills the first worker that is to write a file of a kind, once some of it is written."""

    def __init__(self, kind: str, marker: Path) -> None:
        self.kind, self.marker = kind, marker

    def setup(self, worker: Any) -> None:
        from bids_vlint.stages import stage

        self.write = stage.write_netcdf
        stage.write_netcdf = self.write_or_die  # type: ignore[assignment]

    def write_or_die(self, path: Path, *words: Any, **named: Any) -> None:
        if path.name.startswith(self.kind):
            try:
                os.close(os.open(self.marker, os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                pass
            else:
                (path.parent / f".{path.stem}.abcdefgh.tmp.h5").write_bytes(b"half")
                os.kill(os.getpid(), signal.SIGKILL)
        self.write(path, *words, **named)

    def teardown(self, worker: Any) -> None:
        from bids_vlint.stages import stage

        stage.write_netcdf = self.write


def stages(work: Path) -> dict[str, bytes]:
    """Stages by their names without keys; locks left out."""
    return {file.name.rsplit("-", 1)[0]: file.read_bytes() for file in work.glob("stages/sub-*/*.h5")}


def test_a_killed_workers_unit_is_done_again(analysed: tuple[datasets.Study, Path], local: Any, tmp_path: Path) -> None:
    """What is fitted has the bytes of a serial run, and nothing of the units is left."""
    study, out = analysed
    marker, new = tmp_path / "killed", tmp_path / "new"
    quick = running.ANALYSED | {"skip_bids_validation": True, "stop_after": "encoding", "alignment": "language"}
    with distributed.Client(local, set_as_default=False) as client:
        client.register_plugin(Killer("tested-language", marker), name="killer")
        argv = study.argv(new, dask_scheduler=local.scheduler_address, **quick)
        said = running.succeed(running.run_inside(argv, anew=True)).stderr
        client.unregister_worker_plugin("killer")
    assert marker.is_file(), "nobody was killed"
    assert "2 workers that can be used" in said
    made, serial = (stages(folder.parent / f"{folder.name}-work") for folder in (new, out))
    assert set(made) == {"responses", "encoding-language", "swapped-language"}
    assert {name for name in made if made[name] != serial[name]} == {"responses"}, "which are of one alignment alone"
    left = [file.name for file in (tmp_path / "new-work").rglob("*") if file.suffix == ".tmp" or "-fusion" in file.name]
    assert not left


def test_one_who_kills_his_workers_takes_no_other_with_him(settings: Settings, local: Any, tmp_path: Path) -> None:
    study = Study(settings, ModelSet(tmp_path / "set.toml", (), ()), ())
    items = [("01", "fit"), ("02", "KILL"), ("03", "another")]
    with patch.object(local.scheduler, "allowed_failures", 0), cluster_of(settings, tmp_path / "out") as cluster:
        assert cluster is not None
        elsewhere = partial(on_cluster, cluster, study)
        outcomes = {o.participant: o for o in run_all(killed_or_not, items, 1, False, tmp_path / "out", elsewhere)}
    assert {who: one.exit_code for who, one in outcomes.items()} == {"sub-01": 0, "sub-02": 75, "sub-03": 0}
    assert outcomes["sub-03"].made == ("another",)
    assert "workers with more memory (sub-02/analysis)" in outcomes["sub-02"].message
    assert not [file for file in settings.work_dir.iterdir() if file.suffix == ".tmp"]


def fine_or_not(item: list[Any], _threads: int) -> list[str]:
    if item[0].name == "broken":
        raise ValueError("what a library says")
    return [item[0].name]


def test_an_error_in_a_unit_concerns_its_participant(settings: Settings, local: Any, tmp_path: Path) -> None:
    """Whether a stage raises it, the analysis, or the worker that cannot read what is to be done."""
    study = Study(settings, ModelSet(tmp_path / "set.toml", (), ()), ())
    fit = SimpleNamespace(plan=SimpleNamespace(name=SimpleNamespace(stem="task-movie")))
    items = [(label, [SimpleNamespace(name=name, plan=fit.plan)])
             for label, name in (("01", "fit"), ("02", "broken"), ("03", "unread"), ("04", "another"))]  # fmt: skip
    plans = dispatch._plans

    @contextmanager
    def damaged(*words: Any) -> Iterator[list[Path]]:
        with plans(*words) as files:
            files[2].write_bytes(b"no plan")
            yield files

    units = patch.multiple(dispatch, _plans=damaged, first_units=lambda *_: [WorkUnit(0, "responses")])  # which fails
    with cluster_of(settings, tmp_path / "out") as cluster, units:
        assert cluster is not None
        elsewhere = partial(on_cluster, cluster, study)
        outcomes = {o.participant: o for o in run_all(fine_or_not, items, 1, False, tmp_path / "out", elsewhere)}
    assert {who: one.exit_code for who, one in outcomes.items()} == {"sub-01": 0, "sub-02": 1, "sub-03": 1, "sub-04": 0}
    assert outcomes["sub-04"].made == ("another",)
    assert "own: ValueError: what a library says (--verbose shows where)." in outcomes["sub-02"].message
    assert "own: UnpicklingError: " in outcomes["sub-03"].message
    assert exit_code(list(outcomes.values())) == 1
    assert not [file for file in settings.work_dir.iterdir() if file.suffix == ".tmp"]


def refused(settings: Settings, folder: Path) -> InputError:
    with pytest.raises(InputError) as told, cluster_of(settings, folder):
        pass
    return told.value


def test_workers_of_another_version_or_without_the_files_are_refused(settings: Settings, tmp_path: Path) -> None:
    with patch.object(cluster_module, "__version__", "0.0.1"):
        other = refused(settings, tmp_path)
    assert "of bids_vlint, and this run 0.0.1; install the same there." in str(other)
    assert other.code == Exit.USAGE
    blind = refused(settings, tmp_path / "elsewhere")
    assert f"does not see {tmp_path / 'elsewhere'}" in str(blind)
    assert str(blind).startswith("the Dask worker tcp://")
    assert blind.code == Exit.NO_INPUT


def test_what_is_lacking_is_said(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    with patch.object(cluster_module, "_ANSWER_S", 1):
        silent = refused(replace(settings, dask_scheduler="tcp://127.0.0.1:9"), tmp_path)
    assert "--dask-scheduler tcp://127.0.0.1:9: no Dask scheduler answers there within 1 s" in str(silent)
    assert silent.code == Exit.TEMPORARY
    assert refused(replace(settings, offline=True), tmp_path).code == Exit.USAGE
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    assert "pip install 'bids_vlint[dask]'" in str(refused(settings, tmp_path))
