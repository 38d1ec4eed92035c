"""Files of networks of transformers: as the hub has them, of other versions, damaged, incomplete, hostile."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
import torch

from bids_vlint.errors import Exit, InputError
from bids_vlint.networks.families.transformers import TRANSFORMERS as made_by
from bids_vlint.networks.specification import ModelSpec
from tests.networks import hub_networks
from tests.networks.showing import shown


def as_published(folder: str, target: Path) -> str:
    """The same network with the files that older versions of transformers, and the hub's repositories, have."""
    copytree(folder, target)
    both = json.loads((target / "processor_config.json").read_text())
    (target / "processor_config.json").unlink()
    (target / "preprocessor_config.json").write_text(json.dumps(both["image_processor"]))
    if (target / "chat_template.jinja").is_file():
        template = (target / "chat_template.jinja").read_text()
        (target / "chat_template.jinja").unlink()
        (target / "chat_template.json").write_text(json.dumps({"chat_template": template}))
    return str(target)


@pytest.mark.parametrize("name", ["flava", "blip-itm", "bridgetower", "siglip", "siglip2", "xclip", "qwen-vl"])
def test_files_as_the_hub_has_them(hub_specs: dict[str, ModelSpec], tmp_path: Path, name: str) -> None:
    spec = hub_specs[name]
    published = replace(spec, architecture=as_published(str(spec.architecture), tmp_path / "network"))
    for one, other in zip(made_by.build(spec, 0, None), made_by.build(published, 0, None), strict=True):
        (expected,), (found,) = shown(one).values(), shown(other).values()
        torch.testing.assert_close(found, expected)


def test_names_of_an_early_transformers(hub_specs: dict[str, ModelSpec], tmp_path: Path) -> None:
    def change(state: dict[str, Any]) -> None:
        for name in [n for n in state if "LayerNorm" in n]:
            old = name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")
            state[old] = state.pop(name)

    old = edited(hub_specs["xlmr"], tmp_path / "network", change)
    (one,), (other,) = made_by.build(hub_specs["xlmr"], 0, None), made_by.build(old, 0, None)
    torch.testing.assert_close(shown(other)["pooled"], shown(one)["pooled"])


def test_kind_that_cannot_be_run_is_one_sentence(hub_specs: dict[str, ModelSpec]) -> None:
    (network,) = made_by.build(hub_specs["dinov2"], 0, None)
    with pytest.raises(InputError, match="cannot be run on images") as caught:
        network.forward({"pixel_values": None})
    assert "\n" not in str(caught.value)
    refused(replace(hub_specs["dinov2"], modality="multimodal"))
    refused(replace(hub_specs["dinov2"], modality="language"))
    refused(replace(hub_specs["sbert"], modality="vision"))


def refused(spec: ModelSpec, code: Exit = Exit.DATA) -> str:
    """The one sentence that a network is refused with."""
    with pytest.raises(InputError) as caught:
        made_by.build(spec, 0, None)
    assert caught.value.code == code
    assert "\n" not in str(caught.value)
    return str(caught.value)


def edited(spec: ModelSpec, folder: Path, change: Callable[[dict[str, Any]], None]) -> ModelSpec:
    """The same network with another state dict."""
    from safetensors.torch import load_file, save_file

    copytree(str(spec.architecture), folder)
    state = load_file(folder / "model.safetensors")
    change(state)
    save_file(state, folder / "model.safetensors", {"format": "pt"})
    return replace(spec, architecture=str(folder))


def test_weights_that_do_not_fit_are_listed(hub_specs: dict[str, ModelSpec], tmp_path: Path) -> None:
    def change(state: dict[str, Any]) -> None:
        state["flava.extra.weight"] = torch.zeros(2)
        state["flava.text_model.layernorm.weight"] = torch.ones(7)
        del state["flava.image_model.embeddings.cls_token"]

    said = refused(edited(hub_specs["flava"], tmp_path / "flava", change))
    assert "missing: image_model.embeddings.cls_token" in said
    assert "of another shape: text_model.layernorm.weight (7,) for (32,)" in said
    assert "left over: flava.extra.weight" in said
    assert "codebook" not in said  # what its own class is saved with is expected


def test_damaged_old_file(hub_specs: dict[str, ModelSpec], tmp_path: Path) -> None:
    folder = Path(hub_networks.old_file(str(hub_specs["xlmr"].architecture), tmp_path / "old"))
    file, spec = folder / "pytorch_model.bin", replace(hub_specs["xlmr"], architecture=str(folder))
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    assert "pytorch_model.bin: cannot be read as a checkpoint" in refused(spec)
    torch.save({"a": Code(tmp_path / "run")}, file)
    assert "holds code, which is never run" in refused(spec)
    assert not (tmp_path / "run").exists()
    file.unlink()
    assert "checkpoint" in refused(spec)


class Code:
    """What writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.path,))


def test_part_of_a_checkpoint_is_missing(hub_specs: dict[str, ModelSpec], tmp_path: Path) -> None:
    folder = Path(copytree(str(hub_specs["gpt2"].architecture), tmp_path / "gpt2"))
    spec = replace(hub_specs["gpt2"], architecture=str(folder))
    second = sorted(folder.glob("model-*.safetensors"))[1]
    whole = second.read_bytes()
    second.write_bytes(whole[: len(whole) // 2])
    assert f"{second.name}: cannot be read" in refused(spec)
    second.unlink()
    assert f"{second.name}: this part of a checkpoint is not there" in refused(spec)


def test_code_in_a_folder_is_not_run(hub_specs: dict[str, ModelSpec], tmp_path: Path) -> None:
    folder = Path(copytree(str(hub_specs["dinov2"].architecture), tmp_path / "network"))
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "own", "auto_map": {"AutoConfig": "own.Own", "AutoModel": "own.Own"}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "own.py").write_text(f"open({str(tmp_path / 'run')!r}, 'w')")
    refused(replace(hub_specs["dinov2"], architecture=str(folder)))
    assert not (tmp_path / "run").exists()


def test_network_without_tokeniser(hub_specs: dict[str, ModelSpec], tmp_path: Path) -> None:
    folder = Path(copytree(str(hub_specs["sbert"].architecture), tmp_path / "network"))
    (folder / "tokenizer.json").unlink()
    assert "has no tokeniser" in refused(replace(hub_specs["sbert"], architecture=str(folder)))


def test_network_that_is_not_here() -> None:
    said = refused(ModelSpec("x", "vision", "transformers", "someone/something"), Exit.NO_INPUT)
    assert "bids_vlint models fetch" in said


def test_regions_have_to_be_named_and_fit(hub_specs: dict[str, ModelSpec], tmp_path: Path) -> None:
    said = refused(replace(hub_specs["lxmert"], regions=None))
    assert 'regions = "unc-nlp/frcnn-vg-finetuned"' in said
    folder = Path(copytree(str(hub_specs["lxmert"].architecture), tmp_path / "network"))
    wide = edit_config(folder, visual_feat_dim=2048)
    spec = replace(hub_specs["lxmert"], architecture=str(wide), trained=False)
    with pytest.raises(InputError, match="wants regions of 2048 numbers"):
        shown(*made_by.build(spec, 0, None))


def edit_config(folder: Path, **values: Any) -> Path:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | values))
    return folder


def test_stand_in_detector_is_named_in_reports(hub_specs: dict[str, ModelSpec]) -> None:
    assert made_by.caveats(hub_specs["lxmert"]) == ()
    (said,) = made_by.caveats(replace(hub_specs["lxmert"], regions="coco"))
    assert "stand-in" in said


@pytest.mark.parametrize("name", ["lxmert", "visualbert", "bridgetower"])
def test_network_that_needs_both(hub_specs: dict[str, ModelSpec], name: str) -> None:
    assert "image and text at once" in refused(replace(hub_specs[name], tower="text"))
