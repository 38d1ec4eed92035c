"""The built-in model sets: every entry is what the published study and the libraries call it."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import torch

from bids_vlint.networks.comparisons import AUDIO
from bids_vlint.networks.family import family, sources
from bids_vlint.networks.layers import choose_layers
from bids_vlint.networks.model_set import built_in_sets, declared_set
from bids_vlint.networks.resources import TAGGED, tag_of
from bids_vlint.networks.shown import reads, sees, shown_to
from bids_vlint.networks.specification import ModelSpec
from tests.acceptance.running import run_inside, succeed
from tests.networks import hub_networks

SLIP = "https://dl.fbaipublicfiles.com/slip/"
DIGESTS = {  # beginnings, as the networks' own hubconf.py gives them
    "clip_small_25ep": "5d54c95a", "clip_base_25ep": "201382ca", "clip_large_25ep": "a8c4f7e3",
    "simclr_small_25ep": "11acf52e", "simclr_base_25ep": "c597f769", "simclr_large_25ep": "952bc376",
    "slip_small_25ep": "0e78b02f", "slip_base_25ep": "a37da619", "slip_large_25ep": "ca86c4de",
    "clip_base_cc3m_40ep": "f017d438", "clip_base_cc12m_35ep": "44e869f1",
    "slip_base_cc3m_40ep": "d3215d15", "slip_base_cc12m_35ep": "d8a0150a",
}  # fmt: skip
PAPER = {  # name: modality, what it sees and reads, its file or repository
    "slip-combo": ("multimodal", "sees", "slip_base_25ep.pt"),
    "slip-clip": ("multimodal", "sees", "clip_base_25ep.pt"),
    "slip-simclr": ("vision", "sees", "simclr_base_25ep.pt"),
    "slip-combo-language": ("multimodal", "reads", "slip_base_25ep.pt"),
    "slip-clip-language": ("multimodal", "reads", "clip_base_25ep.pt"),
    "albef": ("multimodal", "both", "ALBEF.pth"),
    "blip": ("multimodal", "both", "model_base_capfilt_large.pth"),
    "flava": ("multimodal", "both", "facebook/flava-full"),
    "lxmert": ("multimodal", "both", "unc-nlp/lxmert-base-uncased"),
    "visualbert": ("multimodal", "both", "uclanlp/visualbert-vqa-coco-pre"),
    "beit": ("vision", "sees", "timm/beit_base_patch16_224.in22k_ft_in22k_in1k"),
    "convnext": ("vision", "sees", "timm/convnext_base.fb_in22k"),
    "sbert": ("language", "reads", "sentence-transformers/all-mpnet-base-v2"),
    "simcse": ("language", "reads", "princeton-nlp/sup-simcse-bert-base-uncased"),
}
URLS = {
    "ALBEF.pth": "https://storage.googleapis.com/sfr-pcl-data-research/ALBEF/ALBEF.pth",
    "model_base_capfilt_large.pth": "https://storage.googleapis.com/sfr-vision-language-research/BLIP/models/"
    "model_base_capfilt_large.pth",
}
SETS = ("paper", "controlled", "modern", "demo")


@lru_cache
def trained(name: str) -> dict[str, ModelSpec]:
    """The networks of a set."""
    return {s.name: s for s in declared_set(name).models if s.trained and s.part_of is None}


def every() -> list[Any]:
    """Each network of each set."""
    return [pytest.param(s, id=f"{n}-{s.name}") for n in SETS for s in trained(n).values()]


def test_the_sets() -> None:
    assert set(built_in_sets()) == set(SETS)


@pytest.mark.parametrize("spec", every())
def test_entry_is_well_formed(spec: ModelSpec) -> None:
    assert spec.source in sources()
    assert spec.name == spec.name.lower()
    if reads(spec) and spec not in trained("demo").values():
        assert spec.language
    if spec.url:
        assert spec.url.startswith("https://")
        assert spec.url.endswith(f"/{spec.weights}")
    if spec.url and spec.url.startswith(SLIP):
        assert spec.sha256 == DIGESTS[str(spec.weights).removesuffix(".pt")]
    if spec.source == "transformers" and not str(spec.architecture).startswith(("package:", ".")):
        assert spec.revision == "main"  # pinned by the lock


def test_the_paper_has_all_networks_of_the_study() -> None:
    found = {}
    for name, spec in trained("paper").items():
        where = tag_of(spec).repository if spec.source in TAGGED else spec.weights or spec.architecture
        shown = "both" if sees(spec) and reads(spec) else "sees" if sees(spec) else "reads"
        found[name] = (spec.modality, shown, where)
        if spec.weights in URLS:
            assert spec.url == URLS[spec.weights]
    assert found == PAPER
    (comparison,) = declared_set("paper").comparisons
    assert comparison.name == "slip_beats_simclr"
    assert (comparison.model, comparison.baseline) == (("slip-combo", "slip-clip"), ("slip-simclr",))


def test_controlled_comparisons_differ_in_training_alone() -> None:
    specs = trained("controlled")
    assert {str(s.weights).removesuffix(".pt") for s in specs.values()} == set(DIGESTS)
    comparisons = declared_set("controlled").comparisons
    assert {f"slip_beats_simclr_{size}" for size in ("small", "base", "large")} <= {c.name for c in comparisons}
    for comparison in comparisons:
        sides = [specs[n] for n in (*comparison.model, *comparison.baseline)]
        assert len({s.architecture for s in sides}) == 1
        assert len({s.name.rpartition("-")[2] for s in sides}) == 1  # of one size, or one set of pictures


def test_modern_has_what_a_laboratory_would_add() -> None:
    specs = trained("modern")
    kinds = {
        "yfcc15m",
        "datacomp",
        "laion",
        "siglip2",
        "dinov2",
        "bridgetower",
        "vilt",
        "videomae",
        "qwen",
        "multilingual",
        "wav2vec2",
    }
    text = " ".join(f"{s.architecture} {s.weights}".lower() for s in specs.values())
    assert {k for k in kinds if k in text} == kinds
    assert specs["multilingual-mpnet"].language == ("*",)
    assert shown_to(specs["wav2vec2"]) == "sound"
    (heard,) = (c for c in declared_set("modern").comparisons if c.name == AUDIO)
    assert (heard.model, heard.baseline) == (("wav2vec2",), ("wav2vec2-random",))
    for spec in (s for s in specs.values() if s.source in TAGGED):
        assert tag_of(spec).repository


def test_the_page_names_every_network() -> None:
    page = (Path(__file__).parents[2] / "docs" / "models.md").read_text()
    for name in SETS:
        own = page.split(f"### `{name}`")[1].split("\n##")[0]
        assert [n for n in trained(name) if n not in own] == []
        assert [c.name for c in declared_set(name).comparisons if c.name.rpartition("_")[2] not in own] == []


def module_of(spec: ModelSpec, tmp_path: Path) -> Any:
    """Build the real architecture without memory for its weights."""
    import transformers

    if spec.source != "transformers":
        with torch.device("meta"):
            return family(spec.source).build(replace(spec, trained=False, weights=None), 0, tmp_path)[0].module
    kinds = {"flava": "Flava", "lxmert": "Lxmert", "visualbert": "VisualBert", "sbert": "MPNet", "simcse": "Bert"}
    config = getattr(transformers, f"{kinds[spec.name]}Config")()
    with torch.device("meta"):
        return transformers.AutoModel.from_config(config)


@pytest.mark.parametrize("spec", [p for p in every() if p.values[0].layers])
def test_layers_exist_in_the_real_architecture(spec: ModelSpec, tmp_path: Path) -> None:
    known = dict(module_of(spec, tmp_path).named_modules())
    assert spec.layers is not None
    assert set(spec.layers) <= set(known), spec.layers


def test_layers_are_found_in_the_hubs_networks(tmp_path: Path) -> None:
    names = ("flava", "lxmert", "visualbert", "sbert")
    for spec in hub_networks.specs(tmp_path, names):  # small ones
        wanted = trained("paper")[spec.name].layers
        towers = family("transformers").build(replace(spec, layers=wanted), 0, tmp_path)
        (chosen,) = choose_layers(replace(spec, layers=wanted), towers)
        assert chosen is not None
        assert [(layer.name,) for layer in chosen] == [wanted]
        assert len(chosen[0].shape) == 1


def test_listing() -> None:
    said = succeed(run_inside(["models"])).stdout
    lines = said.splitlines()
    assert [line for line in lines if not line.startswith(" ")] == list(SETS)
    rows = {tuple(line.split()[:5]) for line in lines}
    assert ("slip-simclr", "vision", "image", "slip", "to") in rows  # to be fetched
    assert ("bert-listener", "language", "text", "transformers", "here") in rows
    assert ("vilt-fusion", "multimodal", "both", "transformers", "here") in rows
    assert [said.count(word) for word in ("vilt-fusion", "NAME:image")] == [1, 3]  # of the sets with such networks
    assert succeed(run_inside(["models", "list", "paper"])).stdout.splitlines()[0] == "paper"


def test_layers_of_a_network_by_name_alone_and_in_its_set(tmp_path: Path) -> None:
    alone = succeed(run_inside(["models", "layers", "vit-labelled"])).stdout
    assert alone == succeed(run_inside(["models", "layers", "demo", "vit-labelled"])).stdout
    assert alone == succeed(run_inside(["models", "layers", "vit-labelled", "--models", "demo"])).stdout
    rows = [line.split() for line in alone.splitlines()]
    assert rows[0][:3] == ["visual", "128", "default"]
    assert [r[0] for r in rows if "block" in r] == [f"visual.blocks.{k}" for k in range(3)]
    text = '[[model]]\nname = "mine"\nmodality = "multimodal"\nsource = "slip"\nweights = "none.pt"\ntower = "text"\n'
    text += 'architecture = "vit(width=32, depth=1, heads=2, patch=16, image=32) + text(width=64, depth=2, heads=1)"\n'
    (tmp_path / "own.toml").write_text(text + 'layers = "ln_final"\n')
    mine = succeed(run_inside(["models", "layers", "mine", "--models", str(tmp_path / "own.toml")])).stdout
    assert [line.split()[0] for line in mine.splitlines() if "default" in line] == ["ln_final"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["slip-comb"], 64, "did you mean slip-combo"),
        (["paper", "slip-comb"], 64, "did you mean slip-combo"),
        (["papr", "slip-combo"], 64, "did you mean paper"),
        (["a", "b", "c"], 64, "SET NAME"),
        ([], 64, "required"),
        (["flava"], 66, "run: bids_vlint models fetch paper --models-dir DIR --name flava"),
    ],
)
def test_layers_that_cannot_be_listed(words: list[str], code: int, said: str) -> None:
    result = run_inside(["models", "layers", *words])
    assert (result.code, said in result.stderr) == (code, True), result.stderr


@pytest.mark.full
@pytest.mark.parametrize("name", ["slip-combo", "slip-combo-language", "albef", "blip", "beit", "convnext"])
def test_layers_of_real_networks(name: str) -> None:
    lines = succeed(run_inside(["models", "layers", "paper", name])).stdout.splitlines()
    (default,) = [line for line in lines if "default" in line]
    layers = trained("paper")[name].layers
    assert default.split()[0] == (layers[0] if layers else lines[0].split()[0])
    assert sum("block" in line.split() for line in lines) in (12, 24, 36)
