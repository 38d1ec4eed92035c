"""`--dry-run` fails where the run would, and leaves nothing behind."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import numpy as np
import pytest

from bids_vlint.errors import InputError
from bids_vlint.signals.device import Piece
from tests.acceptance import datasets, running
from tests.acceptance.datasets import Study
from tests.acceptance.spoiling import run
from tests.acceptance.test_errors_stimuli import needs_the_film

POINTER = "/annex/objects/SHA256E-s174080--0a1b2c\n"


@pytest.fixture
def study(small_study: Study, tmp_path: Path) -> Study:
    """A copy to spoil."""
    return datasets.copy_of(small_study, tmp_path)


def electrodes(study: Study) -> None:
    next(study.root.rglob("*_electrodes.tsv")).write_text(POINTER)


def coordinate_system(study: Study) -> None:
    next(study.root.rglob("*_coordsystem.json")).write_text(POINTER)


def features(study: Study) -> None:
    next(study.models.parent.rglob("*_language_*.h5")).write_bytes(b"no HDF5")


def film(study: Study) -> None:
    needs_the_film(study)
    next(study.root.rglob("*.mp4")).write_bytes(b"no film" * 1000)


@pytest.mark.parametrize("spoil, code, said", [
    (electrodes, 66, "_electrodes.tsv: has not been fetched"),
    (coordinate_system, 66, "_coordsystem.json: has not been fetched"),
    (features, 65, "is no readable HDF5 file"),
    (film, 65, "cannot be decoded"),
])  # fmt: skip
def test_what_the_run_would_read_is_opened(study: Study, spoil: Callable[[Study], None], code: int, said: str) -> None:
    spoil(study)
    result, out = run(study, dry_run=True)
    assert result.code == code
    assert said in result.stdout
    assert not out.exists()


def test_what_features_are_made_of_is_opened(study: Study, tmp_path: Path) -> None:
    film(study)
    argv = ["features", str(study.root), str(tmp_path / "features"), "--models", str(study.models), "--dry-run"]
    result = running.run_inside([*argv, "-w", str(tmp_path / "work")])
    assert result.code == 65
    assert "cannot be decoded" in result.stdout
    assert not (tmp_path / "features").exists()


class Broken:
    """A recording on a damaged disk."""

    n_times = 10

    def get_data(self, **_: object) -> np.ndarray:
        raise OSError(errno.EIO, "Input/output error")


def test_a_block_of_the_signals_is_read(study: Study, tmp_path: Path) -> None:
    piece = Piece(Broken(), np.zeros(1, int), np.ones(1), tmp_path / "sub-01_ieeg.edf")
    with pytest.raises(InputError, match=r"sub-01_ieeg\.edf: reading or writing failed") as caught:
        piece.read([0], 0, 1)
    with patch.object(Piece, "read", side_effect=caught.value):
        result, _ = run(study, dry_run=True)
    assert result.code == 74
    assert "sub-01_ieeg.edf: reading or writing failed" in result.stdout


def test_results_of_other_settings_and_full_disks(analysed: tuple[Study, Path]) -> None:
    study, out = analysed
    same = running.ANALYSED | {"skip_bids_validation": True, "dry_run": True}
    with patch("bids_vlint.cli.dry_run.shutil.disk_usage", return_value=SimpleNamespace(free=2e6)):
        full = running.succeed(running.run_inside(study.argv(out, **same)))
    assert f"{out} has 2 MB left, and the run needs about" in full.stdout
    other = running.run_inside(study.argv(out, high_pass=0.5, **same))
    assert other.code == 73
    assert "was made with other settings" in other.stdout
