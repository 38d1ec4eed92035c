"""What networks are shown, and the commands that list them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from bids_vlint.cli import models as command
from bids_vlint.errors import Exit, InputError
from bids_vlint.features.extract import compute, features_of
from bids_vlint.features.families import family
from bids_vlint.features.network import Network, seeded
from bids_vlint.types import ModelSpec, Stimulus, StimulusEvents


def counting(network: Network, seen: list[int]) -> Network:
    """The same network, noting the size of each batch."""

    def forward(inputs: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        seen.append(len(next(iter(inputs.values()))))
        return network.forward(inputs)

    return replace(network, forward=forward)


def test_same_frame_and_text_are_run_once(specs: dict[str, ModelSpec], shown: StimulusEvents) -> None:
    for name, items in {"simclr": 4, "bert": 4, "vilt": 4}.items():  # of six events
        spec, sizes = specs[name], []
        towers = tuple(counting(t, sizes) for t in family(spec.source).build(spec, 0, None))
        compute(spec, shown, towers, seed=0, device="cpu")
        assert sum(sizes) == items, name


def test_wide_layers_are_projected(
    specs: dict[str, ModelSpec], shown: StimulusEvents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bids_vlint.features.extract.target_size", lambda: 1000)
    spec = replace(specs["timm"], layers=("blocks.0", "patch_embed"))
    layers = compute(spec, shown, family("timm").build(spec, 0, None), seed=0, device="cpu")
    assert {d.shape for d in layers.values()} == {(6, 1000)}


def test_no_event_with_text_gives_zeros(specs: dict[str, ModelSpec], shown: StimulusEvents) -> None:
    silent = replace(shown, text=("",) * 6)
    for name in ("bert", "vilt"):
        spec = specs[name]
        (data,) = compute(spec, silent, family(spec.source).build(spec, 0, None), seed=0, device="cpu").values()
        assert data.shape == (6, 32)
        assert not data.any()


def test_sound_has_no_picture(specs: dict[str, ModelSpec], shown: StimulusEvents, tmp_path: Path) -> None:
    podcast = replace(shown, stimulus=Stimulus("podcast", audio=tmp_path / "podcast.wav"))
    args = {"seed": 0, "device": "cpu", "store": tmp_path, "models_dir": None}
    assert features_of(specs["bert"], podcast, **args).layers["pooled"].shape == (6, 32)
    with pytest.raises(InputError, match="no picture") as caught:
        features_of(specs["simclr"], podcast, **args)
    assert caught.value.code == Exit.DATA


def test_film_that_is_not_there(specs: dict[str, ModelSpec], shown: StimulusEvents, tmp_path: Path) -> None:
    absent = replace(shown, stimulus=Stimulus("film", tmp_path / "film.mp4"))
    with pytest.raises(InputError, match="not there") as caught:
        features_of(specs["simclr"], absent, seed=0, device="cpu", store=tmp_path, models_dir=None)
    assert caught.value.code == Exit.NO_INPUT


def test_device_that_is_not_there(specs: dict[str, ModelSpec], shown: StimulusEvents, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--device") as caught:
        features_of(specs["simclr"], shown, seed=0, device="abacus", store=tmp_path, models_dir=None)
    assert caught.value.code == Exit.USAGE


def test_random_streams_are_named_and_leave_no_trace() -> None:
    torch.manual_seed(5)
    expected = torch.rand(2)
    torch.manual_seed(5)
    with seeded("a"):
        first = torch.rand(1)
    with seeded("b"):
        second = torch.rand(1)
    with seeded("a"):
        again = torch.rand(1)
    assert first == again != second
    np.testing.assert_array_equal(torch.rand(2), expected)


def model_set(folder: Path, spec: ModelSpec) -> str:
    """Write a model set with one network."""
    keys = {"name": spec.name, "modality": spec.modality, "source": spec.source}
    keys |= {"architecture": spec.architecture, "weights": spec.weights}
    (folder / "set.toml").write_text("[[model]]\n" + "".join(f"{k} = '{v}'\n" for k, v in keys.items() if v))
    return str(folder / "set.toml")


def test_layers_command(specs: dict[str, ModelSpec], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    value = model_set(tmp_path, specs["simclr"])
    assert command.main(["layers", value, "simclr"]) == Exit.OK
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["visual", "32"]
    assert ["visual.blocks.1", "5", "×", "32"] in [line.split() for line in lines]
    with pytest.raises(InputError, match="did you mean simclr") as caught:
        command.main(["layers", value, "simclt"])
    assert caught.value.code == Exit.USAGE


def test_listing_command(
    specs: dict[str, ModelSpec], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = Path(model_set(tmp_path, specs["simclr"]))
    monkeypatch.setattr(command, "built_in_sets", lambda: {"small": file})
    assert command.main([]) == Exit.OK
    first, second = capsys.readouterr().out.splitlines()
    assert first == "small"
    assert second.split()[:3] == ["simclr", "vision", "slip"]


@pytest.mark.parametrize("words", [["no-such-action"], ["layers"], ["--no-such-option"]])
def test_wrong_words(words: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        command.main(words)
    assert caught.value.code == Exit.USAGE
