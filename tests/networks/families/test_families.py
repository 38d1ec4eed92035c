"""What holds for every family: shapes, determinism, batches, twins, layers, checkpoints, no network."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bids_vlint.errors import Exit, InputError
from bids_vlint.networks.extraction.extract import Extraction, features_of
from bids_vlint.networks.family import family, sources
from bids_vlint.networks.layers import blocks
from bids_vlint.networks.shown import reads, sees
from bids_vlint.networks.specification import ModelSpec
from bids_vlint.study.stimulus import StimulusEvents
from tests.networks.making import made
from tests.networks.networks import TEXTS, WIDTHS, catalogue

OWN = {"visual", "end_of_text", "pooled", "fused", "text", "image_embedding", "text_embedding"}  # not of a module
BLOCKS = {  # the last block of each tower
    "slip-both": ["transformer.resblocks.1", "transformer.resblocks.1"],
    "simclr": ["visual.blocks.1"],
    "bert": ["encoder.layer.1"],
    "timm": ["blocks.5"],
}


@pytest.fixture(params=sorted(WIDTHS))
def spec(request: pytest.FixtureRequest, specs: dict[str, ModelSpec]) -> ModelSpec:
    """Each network in turn."""
    return specs[request.param]


Default = Callable[[ModelSpec], dict[str, np.ndarray]]


@pytest.fixture(scope="session")
def default(shown: StimulusEvents) -> Default:
    """The features of a network's default layer, made once; `test_runs_are_identical` makes them again."""
    known: dict[str, dict[str, np.ndarray]] = {}

    def find(spec: ModelSpec) -> dict[str, np.ndarray]:
        if spec.name not in known:
            known[spec.name] = made(spec, shown)
        return known[spec.name]

    return find


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any attempt to reach another machine is an error."""

    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError(f"the network was asked for: {args}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return


def test_every_source_has_a_small_network(specs: dict[str, ModelSpec]) -> None:
    assert {s.source for s in specs.values()} | {"precomputed"} == set(sources())


def test_default_layer(spec: ModelSpec, default: Default) -> None:
    layers = default(spec)
    ((_, data),) = layers.items()
    assert data.shape == (6, WIDTHS[spec.name])
    assert data.dtype == np.float32
    assert np.isfinite(data).all()
    assert np.ptp(data[:5], axis=0).max() > 1e-4  # events differ


def test_same_inputs_same_rows(spec: ModelSpec, default: Default) -> None:
    (data,) = default(spec).values()
    assert TEXTS[0] == TEXTS[1]
    np.testing.assert_array_equal(data[0], data[1])  # the same scene, the same text
    if sees(spec):
        assert np.abs(data[1] - data[2]).max() > 1e-4


def test_event_without_text_is_zero_for_what_reads(spec: ModelSpec, default: Default) -> None:
    (data,) = default(spec).values()
    last = data[-1]
    if spec.tower == "both":  # of two towers, the text half
        width = 32 if spec.source == "slip" else 24
        assert (last[width:] == 0).all()
        assert np.abs(last[:width]).min() > 0
    else:
        assert (last == 0).all() == reads(spec)


def test_runs_are_identical(spec: ModelSpec, shown: StimulusEvents, default: Default) -> None:
    first, second = default(spec), made(spec, shown)
    for name, data in first.items():
        np.testing.assert_array_equal(data, second[name])


def test_batch_size_does_not_matter(spec: ModelSpec, shown: StimulusEvents) -> None:
    (one,), (all_,) = made(spec, shown, batch_size=1).values(), made(spec, shown, batch_size=64).values()
    np.testing.assert_allclose(one, all_, rtol=1e-4, atol=1e-5 * np.abs(all_).max())


def test_twin_differs_from_trained_and_follows_its_seed(
    spec: ModelSpec, shown: StimulusEvents, default: Default
) -> None:
    twin = replace(spec, trained=False)
    ((layer, trained),) = default(spec).items()
    ((name, random),) = made(twin, shown).items()
    assert (name, random.shape) == (layer, trained.shape)
    assert np.abs(random - trained).max() > 1e-3
    np.testing.assert_array_equal(random, *made(twin, shown).values())
    assert np.abs(random - next(iter(made(twin, shown, seed=1).values()))).max() > 1e-3


def test_twin_needs_no_weights(spec: ModelSpec, shown: StimulusEvents, tmp_path: Path) -> None:
    twin = replace(spec, trained=False)
    if spec.source == "transformers":
        from shutil import copytree, ignore_patterns

        folder = copytree(str(spec.architecture), tmp_path / "twin", ignore=ignore_patterns("*.safetensors"))
        alone = replace(twin, architecture=str(folder))
        assert not list(Path(folder).glob("*.safetensors"))
        if spec.name == "vit":  # whether it has a pooler is in its weights alone
            return
    else:
        alone = replace(twin, weights=None, architecture=f"{spec.architecture}")
        if spec.name in ("slip-text", "slip-both"):
            alone = replace(alone, architecture=f"{spec.architecture.split('+')[0]}+ text(width=64, depth=2, heads=1)")
    (data,) = made(alone, shown).values()
    assert data.shape == (6, WIDTHS[spec.name])


def test_hidden_layers_come_from_the_same_pass(spec: ModelSpec, shown: StimulusEvents, default: Default) -> None:
    tower = family(spec.source).build(spec, 0, None)[0]
    names = list(catalogue(tower))
    chosen = [names[len(names) // 3], names[-1]]
    layers = made(replace(spec, layers=("default", *chosen)), shown)
    assert set(chosen) <= set(layers)
    for name in chosen:
        assert layers[name].shape[0] == 6
        assert np.ptp(layers[name][:5], axis=0).max() > 0
    (alone,) = default(spec).values()
    given = next(iter(layers.values()))
    np.testing.assert_allclose(given, alone[:, : given.shape[1]], atol=1e-4 * np.abs(alone).max())


def test_hidden_layers_do_not_depend_on_batches(spec: ModelSpec, shown: StimulusEvents) -> None:
    names = list(catalogue(family(spec.source).build(spec, 0, None)[0]))
    asked = replace(spec, layers=(names[len(names) // 2],))
    one, all_ = made(asked, shown, batch_size=1), made(asked, shown, batch_size=64)
    for name, data in all_.items():
        np.testing.assert_allclose(one[name], data, rtol=1e-4, atol=1e-5 * np.abs(data).max())


def test_layer_names_are_module_paths_and_stable(spec: ModelSpec) -> None:
    towers = family(spec.source).build(spec, 0, None)
    twins = family(spec.source).build(replace(spec, trained=False), 1, None)
    assert [list(catalogue(n)) for n in towers] == [list(catalogue(n)) for n in twins]
    for network in towers:
        own, *others = catalogue(network)
        assert own in OWN
        assert set(others) - OWN <= {name for name, _ in network.module.named_modules()}
        assert blocks(network)
    if spec.name in BLOCKS:
        assert [blocks(network)[-1] for network in towers] == BLOCKS[spec.name]


def test_blocks_of_every_network(spec: ModelSpec, shown: StimulusEvents, default: Default) -> None:
    layers = made(replace(spec, layers=("blocks",)), shown)
    assert len(layers) >= 3  # two blocks at least, and the embedding
    assert list(made(replace(spec, layers=("last",)), shown)) == list(default(spec))


def test_unknown_layer_names_the_nearest(spec: ModelSpec, shown: StimulusEvents) -> None:
    name = list(catalogue(family(spec.source).build(spec, 0, None)[0]))[-1]
    with pytest.raises(InputError, match="did you mean") as caught:
        made(replace(spec, layers=(f"{name}x",)), shown)
    assert name in str(caught.value)
    assert caught.value.code == Exit.DATA


def test_truncated_weights(spec: ModelSpec, shown: StimulusEvents, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        made(_damaged(spec, tmp_path, cut=True), shown)
    assert caught.value.code == Exit.DATA
    assert "\n" not in str(caught.value)


def _damaged(spec: ModelSpec, folder: Path, *, cut: bool) -> ModelSpec:
    """The same network with half of its weights' file."""
    from shutil import copytree

    if spec.source == "transformers":
        copy = Path(copytree(str(spec.architecture), folder / "network"))
        file, spec = copy / "model.safetensors", replace(spec, architecture=str(copy))
    else:
        file = folder / Path(str(spec.weights)).name
        file.write_bytes(Path(str(spec.weights)).read_bytes())
        spec = replace(spec, weights=str(file))
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    return spec


def test_features_are_kept_and_found(
    spec: ModelSpec, shown: StimulusEvents, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    how = Extraction(tmp_path)
    first = features_of(spec, shown, how)
    monkeypatch.setattr("bids_vlint.networks.extraction.extract.build_networks", None)  # it would fail if needed
    second = features_of(spec, shown, how)
    assert list(first.layers) == list(second.layers)
    for name, data in first.layers.items():
        np.testing.assert_array_equal(data, second.layers[name])
    np.testing.assert_array_equal(second.onset, shown.onset)
