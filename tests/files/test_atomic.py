"""Whole files or the old ones; the same values, the same bytes."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bids_vlint.errors import Exit, InputError
from bids_vlint.files.atomic import atomic
from bids_vlint.files.json_file import write_json
from bids_vlint.files.tables import cell, read_tsv, write_tsv


def test_failure_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), atomic(path) as temporary:
        temporary.write_text(f"half {1 // 0}")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_kill_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("old")
    code = f"""
        import sys, time
        from pathlib import Path
        from bids_vlint.files.atomic import atomic
        with atomic(Path({str(path)!r})) as temporary:
            temporary.write_text("half")
            print("ready", flush=True)
            time.sleep(60)
    """
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert path.read_text() == "old"


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, Exit.IO),
        (errno.EACCES, Exit.CANNOT_CREATE),
        (errno.EROFS, Exit.CANNOT_CREATE),
        (errno.EIO, Exit.IO),
    ],
)
def test_what_the_system_says_becomes_a_sentence(tmp_path: Path, number: int, code: Exit) -> None:
    with pytest.raises(InputError, match=r"a\.tsv") as caught, atomic(tmp_path / "a.tsv"):
        raise OSError(number, os.strerror(number))
    assert caught.value.code == code
    assert not list(tmp_path.iterdir())


def test_full_device(tmp_path: Path) -> None:
    """A real full disk: the kernel's own."""
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with pytest.raises(InputError) as caught, atomic(tmp_path / "a.tsv"), open("/dev/full", "w") as full:
        full.write("x" * 100_000)
    assert caught.value.code == Exit.IO


def test_a_file_where_a_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "sub-01").write_text("")
    with pytest.raises(InputError) as caught:
        write_json(tmp_path / "sub-01" / "ieeg" / "a.json", {})
    assert caught.value.code == Exit.CANNOT_CREATE


def test_an_error_about_another_file_is_not_blamed_on_this_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), atomic(tmp_path / "a.tsv"):
        Path("/nowhere/else").read_text()


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "n/a"),
        (np.nan, "n/a"),
        (pd.NA, "n/a"),
        (float("inf"), "n/a"),
        ("", "n/a"),
        (True, "true"),
        (np.bool_(False), "false"),
        (3, "3"),
        (np.int64(-2), "-2"),
        (0.123456789, "0.123457"),
        (1.5e-17, "1.5e-17"),
        (5873.123456, "5873.1235"),
        (100000.0, "100000"),
        (-0.0, "0"),
        ("a\tb\nc", "a b c"),
    ],
)
def test_cells(value: object, shown: str) -> None:
    assert cell(value) == shown


def test_tables_come_back(tmp_path: Path) -> None:
    table = pd.DataFrame({"name": ["NA", "1", 'say "hi"'], "value": [0.1, np.nan, 1e5], "ok": [True, None, False]})
    write_tsv(tmp_path / "a.tsv", table)
    first = (tmp_path / "a.tsv").read_bytes()
    write_tsv(tmp_path / "a.tsv", table)
    assert (tmp_path / "a.tsv").read_bytes() == first
    again = read_tsv(tmp_path / "a.tsv")
    assert again["name"].tolist() == ["NA", "1", 'say "hi"']
    assert again["ok"].tolist() == ["true", None, "false"]


def test_json_of_numpy_and_missing(tmp_path: Path) -> None:
    content = {"a": np.float32(1.5), "b": np.nan, "c": Path("x"), "d": np.arange(2), "e": (1, "ü"), "f": np.bool_(True)}
    write_json(tmp_path / "a.json", content)
    text = (tmp_path / "a.json").read_text(encoding="utf-8")
    assert json.loads(text) == {"a": 1.5, "b": None, "c": "x", "d": [0, 1], "e": [1, "ü"], "f": True}
    assert "ü" in text
    assert text.endswith("}\n")
