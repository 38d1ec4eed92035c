"""Kept features are used where nothing that they depend on has changed, and only then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.random_projection import SparseRandomProjection
from torch import tensor

from bids_vlint.errors import Exit, InputError
from bids_vlint.files.digest import digest_of, key_of
from bids_vlint.networks.extraction import extract
from bids_vlint.networks.extraction.extract import Extraction, features_of
from bids_vlint.networks.extraction.projection import project_layer, sparse_random_matrix, target_size
from bids_vlint.networks.specification import ModelSpec
from bids_vlint.networks.store import load_features, saving
from bids_vlint.study.stimulus import StimulusEvents
from tests.networks import networks

ONSET = np.array([0.1, 0.2])


def save(folder: Path, layers: dict[str, np.ndarray]) -> None:
    """Keep some layers of two events as k."""
    with saving(folder, "k", ONSET, ["a word", ""], source="net", notes=["a note"]) as writer:
        for name, data in layers.items():
            writer.add(name, data.shape[1])
            writer.write(name, [0, 1], slice(0, data.shape[1]), data)


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    layers = {"b": np.ones((2, 3), np.float32), "a": np.zeros((2, 1), np.float32)}
    save(tmp_path, layers)
    found = load_features(tmp_path, "k")
    assert found is not None
    assert (list(found.layers), found.source, found.notes) == (["b", "a"], "net", ("a note",))
    assert found.layers.widths == {"b": 3, "a": 1}
    np.testing.assert_array_equal(found.layers["b"], layers["b"])
    assert load_features(tmp_path, "other") is None
    assert [p.name for p in tmp_path.iterdir()] == ["k.h5"]


def test_what_is_not_finished_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), saving(tmp_path, "k", ONSET, ["", ""], source="net"):
        raise KeyboardInterrupt
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("where", [0.2, 0.5, 0.8])
@pytest.mark.parametrize("cut", [True, False])
def test_damaged_file_is_not_used(tmp_path: Path, where: float, cut: bool) -> None:
    save(tmp_path, {"a": np.random.default_rng(0).normal(size=(2, 5000)).astype(np.float32)})
    path = tmp_path / "k.h5"
    data = bytearray(path.read_bytes())
    at = int(len(data) * where)
    if cut:
        del data[at:]
    else:
        data[at : at + 8] = bytes(b ^ 255 for b in data[at : at + 8])
    path.write_bytes(data)
    assert load_features(tmp_path, "k") is None


def test_folder_that_cannot_be_made(tmp_path: Path, shown: StimulusEvents, specs: dict[str, ModelSpec]) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError) as caught:
        features_of(specs["bert"], shown, Extraction(tmp_path / "file" / "s"))
    assert caught.value.code == Exit.CANNOT_CREATE


def test_digests_follow_content(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a").write_text("1")
    (tmp_path / "b").write_text("1")
    first = digest_of(folder)
    assert digest_of(folder / "a") == digest_of(tmp_path / "b")
    (folder / "a").write_text("22")
    assert digest_of(folder) != first
    assert key_of({"a": 1, "b": [2.5]}) == key_of({"b": [2.5], "a": 1}) != key_of({"a": 1, "b": [2.25]})


CHANGES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "onset": lambda c: c.update(shown=replace(c["shown"], onset=c["shown"].onset + 0.01)),
    "text": lambda c: c.update(shown=replace(c["shown"], text=("a dog",) * 6)),
    "layers": lambda c: c.update(spec=replace(c["spec"], layers=("default",))),
    "twin": lambda c: c.update(spec=replace(c["spec"], trained=False)),
    "seed": lambda c: c.update(seed=1),
    "weights": lambda c: c.update(spec=replace(c["spec"], weights=c["other"])),
    "film": lambda c: c.update(shown=replace(c["shown"], stimulus=c["film"])),
}


@pytest.mark.parametrize("change", CHANGES)
def test_each_dependency_makes_features_anew(
    change: str, specs: dict[str, ModelSpec], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "first").mkdir()
    (tmp_path / "second").mkdir()
    monkeypatch.setattr(networks, "scene", lambda k: np.full((48, 64, 3), 9, np.uint8))
    other = networks.events(tmp_path / "second").stimulus
    monkeypatch.undo()
    state = networks.slip_state(text=True, head=False)
    state["visual.cls_token"] = state["visual.cls_token"] + 1
    weights = networks.save_slip(tmp_path / "slip.pt", state)
    case = {"spec": specs["slip-both"], "shown": networks.events(tmp_path / "first"), "seed": 0}
    runs: list[str] = []
    run = extract._run_together
    monkeypatch.setattr(extract, "_run_together", lambda *a, **k: runs.append("") or run(*a, **k))
    for _ in range(2):
        features_of(case["spec"], case["shown"], Extraction(tmp_path / "store", seed=case["seed"]))
    assert len(runs) == 1
    case |= {"other": weights, "film": other}
    CHANGES[change](case)
    features_of(case["spec"], case["shown"], Extraction(tmp_path / "store", seed=case["seed"]))
    assert len(runs) == 2


def test_text_does_not_matter_to_what_only_sees(
    specs: dict[str, ModelSpec], shown: StimulusEvents, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    features_of(specs["simclr"], shown, Extraction(tmp_path))
    monkeypatch.setattr(extract, "_run_together", None)
    features_of(specs["simclr"], replace(shown, text=("other",) * 6), Extraction(tmp_path))


def test_wide_layers_are_projected_and_keep_distances() -> None:
    size = target_size(100)
    assert size == 3947
    wide = np.random.default_rng(0).normal(size=(20, 100, 90)).astype(np.float32)
    small = project_layer(tensor(wide), size, 0)
    assert small.shape == (20, size)
    flat = wide.reshape(20, -1)
    before, after = (np.linalg.norm(x[:, None] - x[None], axis=2)[np.triu_indices(20, 1)] for x in (flat, small))
    assert np.abs(after / before - 1).max() < 0.1
    np.testing.assert_allclose(project_layer(tensor(wide[3:4]), size, 0)[0], small[3], rtol=1e-3, atol=1e-2)
    assert np.abs(project_layer(tensor(wide), size, 1) - small).max() > 1
    broken = wide.copy()
    broken[0, 0, 0] = np.nan
    assert np.isnan(project_layer(tensor(broken), size, 0)[0]).any()  # said by whoever asked for them
    narrow = flat[:, :50]
    np.testing.assert_array_equal(project_layer(tensor(narrow), size, 0), narrow)


def test_what_is_missing_at_the_end_counts_as_zero() -> None:
    data = tensor(np.random.default_rng(0).normal(size=(3, 4, 50)).astype(np.float32))
    longer = torch.cat([data, torch.zeros(3, 2, 50)], dim=1)
    np.testing.assert_array_equal(project_layer(data, 120, 0, width=300), project_layer(longer, 120, 0))
    assert project_layer(data, 1000, 0, width=300).shape == (3, 300)


def test_matrix_is_that_of_scikit_learn_in_distribution() -> None:
    own = sparse_random_matrix(2000, 10_000, np.random.default_rng(0))
    other = SparseRandomProjection(2000, random_state=0).fit(np.zeros((1, 10_000))).components_
    assert own.nnz == pytest.approx(other.nnz, rel=0.01)
    np.testing.assert_allclose(np.unique(np.abs(own.data)), np.unique(np.abs(other.data)), rtol=1e-6)
    for matrix in (own, other):  # as many in each row as binomial draws, as many of each sign
        counts = np.diff(matrix.indptr)
        assert counts.mean() == pytest.approx(100, abs=1)
        assert counts.std() == pytest.approx(10, abs=0.7)
        assert np.sign(matrix.data).mean() == pytest.approx(0, abs=0.01)
    assert all(len(set(row)) == len(row) for row in np.split(own.indices, own.indptr[1:-1]))
