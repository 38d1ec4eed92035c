"""What the machine lacks is told from damage, through every reader; what the program did not foresee names a file."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import h5py
import numpy as np
import pytest

from bids_vlint.errors import InputError, cannot_use, naming, sentence_of
from bids_vlint.files.digest import digest_of
from bids_vlint.files.json_file import read_object
from bids_vlint.files.netcdf import read_netcdf
from bids_vlint.files.tables import read_table, read_tsv
from bids_vlint.networks.checkpoints import read_checkpoint
from bids_vlint.networks.store import saving
from bids_vlint.signals import recording

LACKING = [
    (MemoryError(), 75, "memory ran out"),
    (np._core._exceptions._ArrayMemoryError((9, 9), np.dtype("f8")), 75, "memory ran out"),
    (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes."), 75, "memory ran out"),
    (RuntimeError("CUDA out of memory. Tried to allocate 20 GiB."), 75, "memory ran out"),
    (OSError(errno.EMFILE, "Too many open files"), 75, "too many files are open"),
    (OSError(errno.ENOSPC, "No space left on device"), 74, "the disk is full"),
    (RuntimeError("Can't decrement id ref count (errno = 28, error message = 'No space left on device')"), 74, "full"),
    (OSError(errno.EIO, "Input/output error"), 74, "check the disk"),
    (PermissionError(errno.EACCES, "Permission denied"), 66, "permission denied"),
]


@pytest.mark.parametrize("error, code, said", LACKING)
def test_what_the_machine_lacks(error: Exception, code: int, said: str) -> None:
    found = cannot_use("a.h5", error, "is damaged", "make it again")
    assert (found.code, found.where) == (code, "a.h5")
    assert said in str(found)
    later = RuntimeError("a library's own words")
    later.__cause__ = error
    if code != 66:  # a library that tries several places may meet one that it may not read
        assert cannot_use("a.h5", later, "is damaged", "make it again").code == code
        assert sentence_of(later)[0] == code
    assert sentence_of(error)[0] == code


@pytest.mark.parametrize("error", [KeyError("x"), ValueError("bad"), OSError("truncated file"), EOFError()])
def test_damage_is_damage(error: Exception) -> None:
    assert str(cannot_use("a.h5", error, "is damaged", "make it again")) == "a.h5: is damaged; make it again."


def _brainvision(file: Path) -> object:
    return recording._read(file, file.parent)


READERS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "json.loads": ("thing.json", read_object),
    "pathlib.Path.read_bytes": ("thing.tsv", read_table),
    "pandas.read_csv": ("thing.tsv", read_tsv),
    "h5py.File": ("thing.h5", lambda file: read_netcdf(file, kind="x", version=1)),
    "torch.load": ("thing.pt", read_checkpoint),
    "safetensors.torch.load_file": ("thing.safetensors", read_checkpoint),
    "mne_bids.read_raw_bids": ("sub-01_task-film_ieeg.vhdr", _brainvision),
    "hashlib.file_digest": ("thing.bin", digest_of),
}


@pytest.mark.parametrize("error, code", [(MemoryError(), 75), (OSError(errno.EIO, "Input/output error"), 74)])
@pytest.mark.parametrize("place", READERS)
def test_every_reader(place: str, error: Exception, code: int, tmp_path: Path) -> None:
    name, read = READERS[place]
    file = tmp_path / name
    file.write_text("a\tb\n1\t2\n")
    with patch(place, side_effect=error), pytest.raises(InputError) as caught:
        read(file)
    assert caught.value.code == code
    assert name in caught.value.where


def test_a_disk_that_fills_while_features_are_flushed(tmp_path: Path) -> None:
    def write() -> None:
        with saving(tmp_path, "k" * 32, np.arange(3.0), ["a", "b", "c"], source="x"):
            raise RuntimeError("Unable to flush file (errno = 28, error message = 'No space left on device')")

    with pytest.raises(InputError, match="the disk is full") as caught:
        write()
    assert caught.value.code == 74
    assert not list(tmp_path.iterdir())


def test_an_error_of_the_programs_own_names_the_file() -> None:
    def fail() -> None:
        with naming("sub-01_events.tsv"), naming("sub-01_channels.tsv"):
            raise ZeroDivisionError("x")

    with pytest.raises(ZeroDivisionError) as caught:
        fail()
    code, said = sentence_of(caught.value)
    assert code == 1
    assert "sub-01_channels.tsv" in said
    assert h5py.version.version  # loaded before it is patched
