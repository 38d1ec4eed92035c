"""Features from files: matched by onset, and refused in one sentence where they are wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from bids_vlint.errors import Exit, InputError
from bids_vlint.networks.extraction.extract import Extraction, features_of
from bids_vlint.networks.extraction.match import rows_of
from bids_vlint.networks.families.precomputed import vision_onsets
from bids_vlint.networks.features import Features
from bids_vlint.networks.specification import ModelSet, ModelSpec
from bids_vlint.study.stimulus import Stimulus, StimulusEvents

ONSET = np.array([0.5, 1.25, 2.0, 7.125])
RNG = np.random.default_rng(0)
LAYERS = {"one": RNG.normal(size=(4, 3)), "two.b": RNG.normal(size=(4, 5)).astype(np.float16)}


def spec_in(folder: Path, layers: tuple[str, ...] | None = None) -> ModelSpec:
    """Name the files of a folder."""
    path = "features/{stimulus}_{alignment}_net.h5"
    return ModelSpec("net", "vision", "precomputed", path=path, folder=folder, layers=layers)


def write(folder: Path, alignment: str = "language", **data: Any) -> Path:
    """Write a features file for the film `a._b.mp4`."""
    path = folder / "features" / f"a._b_{alignment}_net.h5"
    path.parent.mkdir(exist_ok=True)
    with h5py.File(path, "w") as file:
        for name, values in data.items():
            file[name] = values
    return path


def read(folder: Path, layers: tuple[str, ...] | None = None) -> Features:
    """Read them as the program does."""
    shown = StimulusEvents(Stimulus("a._b", folder / "a._b.mp4"), "language", ONSET, ("x",) * 4)
    return features_of(spec_in(folder, layers), shown, Extraction(folder / "s"))


def test_layers_are_float32(tmp_path: Path) -> None:
    write(tmp_path, onset=ONSET, flat=np.arange(4), **LAYERS)
    found = read(tmp_path)
    assert set(found.layers) == {"one", "two.b", "flat"}
    assert {d.dtype for d in found.layers.values()} == {np.dtype(np.float32)}
    np.testing.assert_allclose(found.layers["one"], LAYERS["one"], rtol=1e-6)
    assert found.layers["flat"].shape == (4, 1)
    assert not (tmp_path / "s").exists()


def test_layers_by_name_and_pattern(tmp_path: Path) -> None:
    write(tmp_path, onset=ONSET, text=["seen"] * 4, **LAYERS)
    assert list(read(tmp_path, ("two*",)).layers) == ["two.b"]
    with pytest.raises(InputError, match=r"did you mean two\.b") as caught:
        read(tmp_path, ("two.c",))
    assert caught.value.code == Exit.DATA


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d.pop("onset"), "no data set 'onset'"),
        (lambda d: [d.pop("one"), d.pop("two.b")], "no layer"),
        (lambda d: d.update(one=LAYERS["one"][:3]), "shape (3, 3) for 4 onsets"),
        (lambda d: d.update(one=np.zeros((4, 3, 2))), "shape (4, 3, 2)"),
        (lambda d: d.update(one=np.zeros((4, 0))), "shape (4, 0)"),
        (lambda d: d.update(one=np.full((4, 3), np.nan)), "not finite"),
        (lambda d: d.update(one=np.full((4, 3), 1e300)), "not finite"),
        (lambda d: d.update(one=["a", "b", "c", "d"]), "does not hold real numbers"),
        (lambda d: d.update(one=np.zeros((4, 3), complex)), "does not hold real numbers"),
        (lambda d: d.update(onset=np.zeros((4, 2))), "'onset' has shape (4, 2)"),
        (lambda d: d.update(onset=np.array([0, 1, np.inf, 2])), "'onset' holds values"),
    ],
)
def test_wrong_content(tmp_path: Path, change: Callable[[dict[str, Any]], Any], said: str) -> None:
    data: dict[str, Any] = {"onset": ONSET, **LAYERS}
    change(data)
    path = write(tmp_path, **data)
    with pytest.raises(InputError) as caught:
        read(tmp_path)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)
    assert caught.value.code == Exit.DATA


@pytest.mark.parametrize("size", [1, 100, 2000])
def test_truncated_or_no_hdf5(tmp_path: Path, size: int) -> None:
    path = write(tmp_path, onset=ONSET, one=RNG.normal(size=(4, 3000)))
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(InputError, match="no readable HDF5 file") as caught:
        read(tmp_path)
    assert caught.value.code == Exit.DATA


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\._b_language_net\.h5.*missing") as caught:
        read(tmp_path)
    assert caught.value.code == Exit.DATA


def test_rows_are_found_in_any_order_within_a_millisecond() -> None:
    onset = np.array([3.0, 1.0, 2.0, 2.0015])
    found = Features(onset, {}, "file.h5")
    rows = rows_of(found, np.array([1.0009, 2.0004, 2.001, 3.001, 1.0]), model="net")
    np.testing.assert_array_equal(rows, [1, 2, 3, 0, 1])


def test_event_without_features_is_named() -> None:
    found = Features(np.array([1.0, 2.0]), {}, "file.h5")
    for wanted in (1.0012, 0.5, 9.0, np.nan):
        with pytest.raises(InputError) as caught:
            rows_of(found, np.array([1.0, wanted]), model="net")
        assert f"{wanted:.3f} s" in str(caught.value)
        assert "file.h5" in str(caught.value)
        assert caught.value.code == Exit.DATA


def test_cuts_from_the_first_network_that_has_them(tmp_path: Path) -> None:
    film = Stimulus("a._b", tmp_path / "a._b.mp4")
    other = ModelSpec("other", "vision", "precomputed", path="no_{stimulus}.h5", folder=tmp_path)
    models = ModelSet(tmp_path / "set.toml", (other, spec_in(tmp_path)))
    assert vision_onsets(models, film) is None
    write(tmp_path, "vision", onset=ONSET[::-1], one=np.zeros(4))
    np.testing.assert_array_equal(vision_onsets(models, film), ONSET)


def test_the_row_of_an_events_text(tmp_path: Path) -> None:
    onset = np.array([0.5, 0.5, 1.25, 2.0, 7.125])
    text = ["cat", "the cat", "x", "end of it", "n/a"]
    write(tmp_path, onset=onset, text=np.array(text, h5py.string_dtype()), layer=np.arange(5.0))
    shown = StimulusEvents(
        Stimulus("a._b", tmp_path / "a._b.mp4"), "language", ONSET, ("the cat", "y", "the end of it", "")
    )
    found = features_of(spec_in(tmp_path), shown, Extraction(tmp_path / "s"))
    np.testing.assert_array_equal(found.onset, ONSET)
    np.testing.assert_array_equal(found.layers["layer"][:, 0], [1, 2, 3, 4])
    assert found.notes == (
        "net: at 1 of 4 events of a._b (language) the features were made from another text (another --context?).",
    )


def test_a_set_that_does_not_say_what_a_network_was_shown(tmp_path: Path) -> None:
    """It decides the sides of integration: what is taken for granted is said."""
    write(tmp_path, onset=ONSET, **LAYERS)
    events = StimulusEvents(Stimulus("a._b", tmp_path / "a._b.mp4"), "language", ONSET, ("x",) * 4)
    for shown, said in ((None, ["net: the model set does not say what it was shown (`shown`): taken as picture and "
                                "text."]), ("image", [])):  # fmt: skip
        spec = replace(spec_in(tmp_path), modality="multimodal", shown=shown)
        assert [*features_of(spec, events, Extraction(tmp_path / "s")).notes] == said


def soft_loop(path: Path) -> None:
    with h5py.File(path, "a") as file:
        file["loop"] = h5py.SoftLink("/loop")


def external_link(path: Path) -> None:
    other = write(path.parent.parent, "vision", onset=ONSET, deep=LAYERS["one"])
    with h5py.File(path, "a") as file:
        file["deep"] = h5py.ExternalLink(other.name, "/deep")


def virtual(path: Path) -> None:
    other = write(path.parent.parent, "vision", deep=LAYERS["one"])
    layout = h5py.VirtualLayout((4, 3), "f8")
    layout[:] = h5py.VirtualSource(other, "deep", (4, 3))
    with h5py.File(path, "a") as file:
        file.create_virtual_dataset("deep", layout)


def stored_outside(path: Path) -> None:
    with h5py.File(path, "a") as file:
        file.create_dataset("deep", (4, 3), "f8", external=[(str(path.with_suffix(".raw")), 0, 96)])


def damaged_header(path: Path) -> None:
    with h5py.File(path, "r") as file:
        at = h5py.h5o.get_info(file["one"].id).addr
    content = bytearray(path.read_bytes())
    content[at : at + 24] = b"\xff" * 24
    path.write_bytes(content)


@pytest.mark.parametrize("spoil, said", [(soft_loop, "damaged"), (damaged_header, "damaged"),
                                         (external_link, "'deep' lies in another file"),
                                         (virtual, "'deep' lie in another file"),
                                         (stored_outside, "'deep' lie in another file")])  # fmt: skip
def test_links_and_damaged_objects(tmp_path: Path, spoil: Callable[[Path], None], said: str) -> None:
    path = write(tmp_path, onset=ONSET, **LAYERS)
    read(tmp_path)
    spoil(path)
    with pytest.raises(InputError, match=said) as caught:
        read(tmp_path)
    assert (caught.value.where, caught.value.code) == (str(path), Exit.DATA)


def test_features_that_were_not_fetched(tmp_path: Path) -> None:
    path = write(tmp_path, onset=ONSET)
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    with pytest.raises(InputError, match="git lfs pull") as caught:
        read(tmp_path)
    assert caught.value.code == Exit.NO_INPUT
