"""What is kept of a stage comes back bit by bit; what is damaged, cut or of something else is made again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bids_vlint.encoding.models import bench_of, bins_of, choose, held_out_of
from bids_vlint.signals.responses import Track
from bids_vlint.signals.traces import TRACE_KINDS, Trace
from bids_vlint.signals.windows import LAGS
from bids_vlint.stages.encoding import ENCODING
from bids_vlint.stages.models import CHOICE, HELD_OUT
from bids_vlint.stages.published import REFITTED
from bids_vlint.stages.responses import RESPONSES, FromSignals
from bids_vlint.stages.stage import Form, Shelf, made_once, shelf_of
from tests.encoding.recordings import PLAN, run, study
from tests.reports import fabricate


def same(one: Any, other: Any, where: str = "") -> None:
    """Assert that two values are equal bit by bit, whatever they are made of."""
    if is_dataclass(one) and not isinstance(one, type):
        assert type(one) is type(other), where
        for f in fields(one):
            same(getattr(one, f.name), getattr(other, f.name), f"{where}.{f.name}")
    elif isinstance(one, tuple | list):
        assert type(one) is type(other), where
        assert len(one) == len(other), where
        for k, (a, b) in enumerate(zip(one, other)):
            same(a, b, f"{where}[{k}]")
    elif isinstance(one, dict):
        assert list(one) == list(other), where
        for key in one:
            same(one[key], other[key], f"{where}[{key}]")
    elif isinstance(one, np.ndarray):
        text = one.dtype.kind in "OSU"
        assert one.shape == other.shape, where
        assert text or (one.dtype == other.dtype and one.tobytes() == other.tobytes()), where
        assert text or 0 in one.strides or order(one) == order(other), f"{where} lies otherwise in memory"
        assert not text or one.tolist() == other.tolist(), where
    else:
        assert (type(one), one) == (type(other), other), where


def order(array: np.ndarray) -> list[int]:
    return sorted(range(array.ndim), key=lambda axis: -array.strides[axis])


def encoded(n_shifts: int) -> Any:
    return run(*study(low_level=True, n=200), n_shifts=n_shifts)


def from_signals() -> FromSignals:
    rng = np.random.default_rng(0)
    time = np.arange(7) * 0.025
    tracks = tuple(Track(run, time + k, rng.random((7, 2), np.float32)) for k, run in enumerate(("1", "é")))
    data = rng.random((5, 2, len(LAGS)), np.float32)
    data = data[:, [1, 0]]  # lies in memory by electrode
    traces = (Trace("1", {kind: rng.random((9, 2), np.float32) for kind in TRACE_KINDS}),)
    both = {"language": data, "vision": np.ascontiguousarray(data[:3])}
    return FromSignals(both, ("A1", "A'2"), LAGS, tracks, ("B1",), ("Flat.",), traces)


def model(tested: bool) -> Any:
    """The choice of a model, or held-out results of one that are kept by bin."""
    networks, responses = study(n=200, n_electrodes=2)
    bench = bench_of(networks, responses, PLAN, rng=np.random.default_rng(0), by_bin=True)
    choices = {label: choose(bench, label) for label in ("eye", "ear")}
    return held_out_of(bench, "ear", choices, bins_of(bench, choices)[1]) if tested else choices["ear"]


MADE: dict[str, tuple[Callable[[], Any], Form[Any]]] = {
    "encoding": (lambda: encoded(10), ENCODING),
    "without shifts": (lambda: encoded(0), ENCODING),
    "responses": (from_signals, RESPONSES),
    "chosen": (lambda: model(False), CHOICE),
    "tested": (lambda: model(True), HELD_OUT),
    "published": (lambda: fabricate.refitted_of(fabricate.scores(1, 4)), REFITTED),
}


@pytest.mark.parametrize("what", MADE)
def test_what_is_kept_comes_back_bit_by_bit(what: str, tmp_path: Path) -> None:
    make, form = MADE[what]
    made = make()
    shelf = shelf_of(tmp_path, "sub-01_task-movie", "encoding", {"seed": 0}, "language")
    assert made_once(shelf, form, lambda: made) is made
    same(made, made_once(shelf, form, never))


def never() -> Any:
    raise AssertionError("it was made again")


@pytest.fixture
def kept(tmp_path: Path) -> Shelf:
    shelf = shelf_of(tmp_path, "sub-01_task-movie", "responses", {"band": "broadband"})
    made_once(shelf, RESPONSES, from_signals)
    return shelf


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def flipped(content: bytes) -> bytes:
    at = content.index(from_signals().data["language"][:, 1].tobytes())
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


@pytest.mark.parametrize("spoil", [cut, flipped, lambda _: b"", lambda _: b"no HDF5"])
def test_damage_is_made_again(kept: Shelf, spoil: Callable[[bytes], bytes], caplog: pytest.LogCaptureFixture) -> None:
    whole = kept.file.read_bytes()
    kept.file.write_bytes(spoil(whole))
    with caplog.at_level("INFO", "bids_vlint"):
        same(from_signals(), made_once(kept, RESPONSES, from_signals))
    assert kept.file.read_bytes() == whole
    assert "damaged" in caplog.text
    assert "sub-01_task-movie: responses: made" in caplog.text


def test_another_form_is_made_again(kept: Shelf) -> None:
    refitted = fabricate.refitted_of(fabricate.scores(1, 4))
    assert made_once(kept, REFITTED, lambda: refitted) is refitted


def test_one_file_per_stage(kept: Shelf, tmp_path: Path) -> None:
    """Old ones go once the new one is there; what a killed run began goes, too; other stages stay."""
    other = shelf_of(tmp_path, "sub-01_task-movie", "responses", {"band": "high-gamma"})
    beside = shelf_of(tmp_path, "sub-01_task-movie", "responses", {}, "language")
    made_once(beside, RESPONSES, from_signals)
    begun = kept.folder / f".{kept.file.stem}.abc.tmp.h5"
    begun.write_bytes(b"half")
    with pytest.raises(ZeroDivisionError):
        made_once(other, RESPONSES, lambda: 1 / 0)  # type: ignore[arg-type, return-value]
    assert kept.file.is_file()
    made_once(other, RESPONSES, from_signals)
    assert {f.name for f in kept.folder.glob("*.h5")} == {other.file.name, beside.file.name}
    assert not begun.exists()
