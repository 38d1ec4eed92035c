"""The demo's networks: they load by the ordinary sources, and what they know is what the demo needs."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from bids_vlint.demo import contrast
from bids_vlint.demo.pictures import album
from bids_vlint.demo.probes import accuracy, measure
from bids_vlint.demo.train import WEIGHTS_FOLDER, train_all, train_contrast, train_listener
from bids_vlint.demo.words import heard
from bids_vlint.demo.world import agreement, stream
from bids_vlint.networks.family import family
from bids_vlint.networks.layers import run_batch
from bids_vlint.networks.model_set import read_model_set

OWN = ("slip-combo", "slip-clip", "slip-simclr", "vit-labelled", "bert-listener", "vilt-fusion")


@pytest.fixture(scope="module")
def probed() -> dict:
    """What can be read from the networks on unseen scenes."""
    return measure(WEIGHTS_FOLDER, seed=1, n=1200)


def test_weights_are_small_and_their_measures_are_kept() -> None:
    assert sum(p.stat().st_size for p in WEIGHTS_FOLDER.rglob("*") if p.is_file()) < 9e6
    kept = json.loads((WEIGHTS_FOLDER / "metrics.json").read_text())
    assert kept["fusion"]["agreement"] > 0.85


@pytest.mark.parametrize("name", OWN)
def test_ordinary_sources_load_them_trained_and_random(name: str) -> None:
    rng = stream(0, "frames")
    frames = [rng.integers(0, 255, (128, 128, 3), np.uint8) for _ in range(3)]
    texts = ["here comes a red fish", "look at", "the cat sees a"]
    outputs = {}
    for spec in (s for s in read_model_set("demo", None).models if s.name == name):
        (network,) = family(spec.source).build(spec, 0, None)
        seen, read = frames if network.sees else [], texts if network.reads else []
        (outputs[spec.trained],) = run_batch(network, seen, read, (), None).values()
    assert outputs[True].shape == outputs[False].shape
    assert outputs[True].shape[0] == 3
    assert torch.isfinite(outputs[True]).all()
    assert not torch.allclose(outputs[True], outputs[False])


def test_agreement_is_read_from_the_fusion_network_alone(probed: dict) -> None:
    assert probed["fusion"]["agreement"] > 0.85
    for name in set(probed) - {"fusion"}:
        assert abs(probed[name]["agreement"] - 0.5) < 0.08, name


def test_networks_of_one_modality_know_it_at_least_as_well_as_the_multimodal_ones(probed: dict) -> None:
    assert probed["labelled"]["in_sight"] > max(probed[name]["in_sight"] for name in ("slip", "clip", "fusion"))
    assert probed["listener"]["named"] > probed["fusion"]["named"]
    assert probed["listener"]["in_sight"] < 0.05
    assert probed["labelled"]["named"] < 0.05


def test_pictures_through_the_ordinary_source_still_tell_agreement() -> None:
    from bids_vlint.demo.draw import draw

    rng, material = stream(0, "film"), album(5, "film", 700)
    spec = next(s for s in read_model_set("demo", None).models if s.name == "vilt-fusion" and s.trained)
    (network,) = family(spec.source).build(spec, 0, None)
    words = [heard(rng, scene) for scene in material.scenes]
    fits = np.array([agreement(w, scene) for w, scene in zip(words, material.scenes)])
    frames = [draw(scene, rng.uniform(0, 3)).copy() for scene in material.scenes]
    x = next(iter(run_batch(network, frames, [" ".join(w) for w in words], (), None).values())).numpy()
    assert accuracy(x[fits != 0], fits[fits != 0]) > 0.8


def test_checkpoint_has_the_public_keys() -> None:
    with torch.serialization.safe_globals([contrast.Namespace]):
        found = torch.load(WEIGHTS_FOLDER / "slip.pt", weights_only=True)
    assert {"epoch", "state_dict", "args"} <= set(found)
    keys = {key.removeprefix("module.") for key in found["state_dict"]}
    assert all(key.startswith("module.") for key in found["state_dict"])
    whole = {"image_projection", "text_projection", "logit_scale", "positional_embedding", "token_embedding.weight"}
    assert whole | {"transformer.resblocks.0.attn.in_proj_weight", "ln_final.weight", "image_mlp.layer1.weight"} <= keys
    assert found["state_dict"]["module.token_embedding.weight"].shape[0] == 49408


@pytest.mark.full
def test_training_gives_the_same_weights_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bids_vlint.demo.train.PICTURES", 100)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        train_contrast("slip", tmp_path / name, 0, 3)
        train_listener(tmp_path / name, 0, 3)
    files = [p.relative_to(tmp_path / "a") for p in (tmp_path / "a").rglob("*") if p.is_file()]
    assert {"slip.pt", "listener/model.safetensors", "listener/config.json"} <= {str(file) for file in files}
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes(), file


@pytest.mark.full
def test_training_script_runs_whole(tmp_path: Path) -> None:
    assert train_all(["--out", str(tmp_path), "--scale", "0"]) == 0
    assert set(json.loads((tmp_path / "metrics.json").read_text())) >= {"slip", "clip", "simclr", "listener", "fusion"}
