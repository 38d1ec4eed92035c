"""ALBEF: the authors' files at small size and, by name and shape, at real size, against a forward pass of its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torchvision.transforms.functional import normalize

from bids_vlint.errors import Exit, InputError
from bids_vlint.networks.checkpoints import load_state
from bids_vlint.networks.families import albef
from bids_vlint.networks.layers import run_batch, survey
from bids_vlint.networks.network import Network
from bids_vlint.networks.paper.vision_bert import build_vision_bert, resized_positions, used
from bids_vlint.networks.paper.vision_bert_sizes import Bert, Vit, sizes_of
from bids_vlint.networks.specification import ModelSpec
from tests.networks.vision_bert import ALBEF, SMALL_ALBEF, SMALL_ALBEF_SIZES, State, drawn, reference, relative, save
from tests.networks.vision_bert import shapes as shapes_of

LAYER = "text_encoder.bert.encoder.layer"
TEXTS = ["A red ball", "The dog sees a red ball, and then Zoë calls it unaffably.", ""]
RNG = np.random.default_rng(0)
FRAMES = [RNG.integers(0, 255, (50, 70, 3), np.uint8) for _ in TEXTS]


@pytest.fixture(scope="module")
def state() -> State:
    """A small network's weights, 48 px."""
    return drawn(SMALL_ALBEF)


@pytest.fixture(scope="module")
def spec(state: State, tmp_path_factory: pytest.TempPathFactory) -> ModelSpec:
    """A small network whose file tells all but its heads and the image's size."""
    file = save(tmp_path_factory.mktemp("albef") / "albef.pth", state)
    return ModelSpec("albef", "multimodal", "albef", "vit(image=32, heads=4) + bert(heads=3)", file)


def built(spec: ModelSpec) -> Network:
    """The network."""
    (network,) = albef.ALBEF.build(spec, 0, None)
    return network


def saved(spec: ModelSpec, state: State, folder: Path) -> ModelSpec:
    """The network with another checkpoint."""
    return replace(spec, weights=save(folder / "other.pth", state))


@pytest.mark.parametrize("image", [32, 48])  # the position embedding resized, and as it is
def test_equals_an_independent_forward(spec: ModelSpec, state: State, image: int) -> None:
    bare = built(replace(spec, architecture=f"vit(image={image}, heads=4) + bert(heads=3, separator=0)"))
    assert bare.count(TEXTS) == [4, 17, 1]
    network = built(replace(spec, architecture=f"vit(image={image}, heads=4) + bert(heads=3)"))
    inputs = network.prepare(FRAMES, TEXTS, None)
    assert inputs["attention_mask"].sum(1).tolist() == network.count(TEXTS) == [5, 18, 2]
    names = ["visual_encoder", f"{LAYER}.1", f"{LAYER}.3", "vision_proj", "text_proj", "itm_head"]
    found = run_batch(network, FRAMES, TEXTS, names)
    expected = reference(state, SMALL_ALBEF, inputs["image"], inputs["input_ids"], inputs["attention_mask"], (4, 3))
    assert next(iter(found)) == "fused"
    assert relative(found["fused"], expected.fused[:, 0]) < 1e-5
    assert relative(found["visual_encoder"], expected.image) < 1e-5
    for k in range(len(TEXTS)):
        n = network.count(TEXTS)[k]
        assert relative(found[f"{LAYER}.3"][k, :n], expected.fused[k, :n]) < 1e-5
        assert relative(found[f"{LAYER}.1"][k, :n], expected.text[k, :n]) < 1e-5
    for name, tokens in (("vision_proj", expected.image), ("text_proj", expected.text), ("itm_head", expected.fused)):
        head = tokens[:, 0] @ state[f"{name}.weight"].double().T + state[f"{name}.bias"]
        assert relative(found[name], head) < 1e-5


def test_halves_are_what_the_whole_has(spec: ModelSpec) -> None:
    whole = run_batch(built(spec), FRAMES, TEXTS, ["visual_encoder", f"{LAYER}.1"])
    image = run_batch(built(replace(spec, tower="image")), FRAMES, [], [])
    text = run_batch(built(replace(spec, tower="text")), [], TEXTS, [f"{LAYER}.1", f"{LAYER}.2", "text_proj"])
    assert list(image) == ["visual"]
    assert list(text) == ["text", f"{LAYER}.1", "text_proj"]  # no layer that looks at an image
    torch.testing.assert_close(image["visual"], whole["visual_encoder"][:, 0])
    torch.testing.assert_close(text["text"], whole[f"{LAYER}.1"][:, 0])


def test_padding_does_not_matter(spec: ModelSpec) -> None:
    network = built(spec)
    (short,) = run_batch(network, FRAMES[:1], TEXTS[:1], [], None).values()
    (long,) = run_batch(network, FRAMES[:1], TEXTS[:1], [], 30).values()
    torch.testing.assert_close(short, long)
    layer = survey(network)[f"{LAYER}.3"]
    assert layer.padded
    assert layer.shape[1:] == (24,)


def test_frames_are_resized_whole(spec: ModelSpec) -> None:
    from PIL import Image

    (found,) = built(spec).prepare(FRAMES[:1], ["a"], None)["image"]
    pixels = np.asarray(Image.fromarray(FRAMES[0]).resize((32, 32), Image.Resampling.BICUBIC)) / np.float32(255)
    mean, sd = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
    torch.testing.assert_close(found, normalize(torch.from_numpy(pixels).permute(2, 0, 1), mean, sd))


def test_long_text_keeps_its_end(spec: ModelSpec) -> None:
    network = built(replace(spec, context_length=5))
    assert network.limit == 5
    assert built(spec).limit == 40
    ids = network.prepare(FRAMES[:1], ["the dog sees a red ball"], None)["input_ids"]
    assert ids.tolist() == [[101, 1037, 2417, 3608, 102]]
    assert network.prepare(FRAMES[:1], ["a"], 5)["input_ids"].shape == (1, 5)


def test_missing_and_left_over_weights_are_listed(spec: ModelSpec, state: State, tmp_path: Path) -> None:
    lacking = {k: v for k, v in state.items() if k != f"{LAYER}.3.crossattention.self.key.weight"}
    with pytest.raises(InputError, match=rf"missing: {LAYER}\.3\.crossattention\.self\.key\.weight") as caught:
        built(saved(spec, lacking, tmp_path))
    assert caught.value.code == Exit.DATA
    with pytest.raises(InputError, match=r"left over: visual_encoder\.head\.weight, temperature"):
        built(
            saved(spec, state | {"visual_encoder.head.weight": torch.ones(2), "temperature": torch.ones(1)}, tmp_path)
        )
    with pytest.raises(
        InputError, match=r"of another shape: visual_encoder\.blocks\.2\.norm1\.bias \(31,\) for \(32,\)"
    ):
        built(saved(spec, state | {"visual_encoder.blocks.2.norm1.bias": torch.ones(31)}, tmp_path))


def test_another_network_is_refused(spec: ModelSpec, state: State, tmp_path: Path) -> None:
    other = {"visual.cls_token": torch.ones(1, 1, 8), "token_embedding.weight": torch.ones(9, 8)}
    with pytest.raises(InputError, match=r"missing.*word_embeddings.*left over: visual\.cls_token, token_embedding"):
        built(saved(spec, other, tmp_path))
    with pytest.raises(InputError, match="not of a class token and a square"):
        built(saved(spec, state | {"visual_encoder.pos_embed": torch.ones(1, 9, 32)}, tmp_path))
    small = {k: v[:900] if k.endswith("word_embeddings.weight") else v for k, v in state.items()}
    with pytest.raises(InputError, match="knows 900 tokens and not 30522"):
        built(saved(spec, small, tmp_path))
    with pytest.raises(InputError, match="has no 'weights'"):
        built(replace(spec, weights=None))


@pytest.mark.parametrize(
    ("architecture", "wrong"),
    [
        ("vit_bse_patch16_224", "did you mean vit_base_patch16_224"),
        ("vit(image=32, hats=4)", "not understood"),
        ("vit(image=32) + text(heads=3)", "not understood"),
        ("vit(image=32, heads=5) + bert(heads=3)", "give heads that divide the width in vit"),
        ("vit(image=32, heads=4) + bert(heads=5)", "give heads that divide the width in bert"),
        ("vit_base_patch16_225", "cannot cut an image of 225 pixels into patches of 16"),
        ("vit(image=32, width=64) + bert(heads=3)", "of another shape: visual_encoder.cls_token"),
    ],
)
def test_wrong_architectures(spec: ModelSpec, architecture: str, wrong: str) -> None:
    with pytest.raises(InputError) as caught:
        built(replace(spec, architecture=architecture))
    assert wrong in str(caught.value)


def test_fine_tuned_files(spec: ModelSpec, state: State, tmp_path: Path) -> None:
    """Without `bert.` and heads, with other queues, a decoder or a classifier: retrieval, VQA, visual entailment."""
    tuned = {k.replace("text_encoder.bert.", "text_encoder."): v for k, v in state.items() if ".cls." not in k}
    tuned = {k: v for k, v in tuned.items() if not k.startswith(("itm_head", "text_proj"))}
    tuned |= {"idx_queue": torch.ones(1, 4), "text_decoder.bert.x": torch.ones(2), "cls_head.0.weight": torch.ones(2)}
    network = built(saved(spec, tuned, tmp_path))
    assert "text_proj" not in survey(network)
    (found,) = run_batch(network, FRAMES, TEXTS, []).values()
    (expected,) = run_batch(built(spec), FRAMES, TEXTS, []).values()
    torch.testing.assert_close(found, expected)


def test_no_code_is_run_and_truncated_files_are_refused(spec: ModelSpec, tmp_path: Path) -> None:
    class Bad:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return Path.touch, (tmp_path / "run",)  # type: ignore[return-value]

    torch.save({"model": {"x": torch.ones(1)}, "config": Bad()}, tmp_path / "bad.pth")
    with pytest.raises(InputError, match="holds code, which is never run"):
        built(replace(spec, weights=str(tmp_path / "bad.pth")))
    assert not (tmp_path / "run").exists()
    whole = Path(str(spec.weights)).read_bytes()
    (tmp_path / "cut.pth").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="truncated or damaged"):
        built(replace(spec, weights=str(tmp_path / "cut.pth")))


def test_random_twin_has_the_checkpoints_size_and_the_authors_initialisers(spec: ModelSpec) -> None:
    twin = replace(spec, trained=False)
    module, again = built(twin).module, built(twin).module
    trained = built(spec).module.state_dict()
    assert {k: v.shape for k, v in module.state_dict().items()} == {k: v.shape for k, v in trained.items()}
    for name, value in module.state_dict().items():
        assert torch.equal(value, again.state_dict()[name])
        assert name.endswith(("bias", "norm.weight")) or not torch.equal(value, trained[name])
    other = built(replace(twin, twin=2)).module.state_dict()
    drawn_ones = [k for k, v in module.state_dict().items() if v.ndim > 1 and "patch_embed" not in k]
    for name in (k for k in drawn_ones if k.split(".")[0] not in ("vision_proj", "text_proj", "itm_head")):
        value = module.state_dict()[name]
        assert 0.01 < float(value.std()) < 0.03, name
        assert not torch.equal(value, other[name])
    assert module.text_encoder.bert.encoder.layer[2].crossattention.self.key.bias.abs().max() == 0
    assert albef.ALBEF.files(twin, None) == albef.ALBEF.files(spec, None) == [Path(str(spec.weights))]
    assert albef.ALBEF.files(replace(twin, weights="not-there.pth"), None) == []
    alone = built(replace(twin, weights=None, architecture=SMALL_ALBEF_SIZES)).module.state_dict()
    assert alone["visual_encoder.blocks.0.mlp.fc1.weight"].shape == (64, 32)
    assert torch.equal(alone["visual_encoder.cls_token"], module.state_dict()["visual_encoder.cls_token"])


def test_public_files_names_and_shapes_are_accepted() -> None:
    assert len(shapes_of(ALBEF)) == 844
    spec = ModelSpec("albef", "multimodal", "albef", weights="ALBEF.pth")
    with torch.device("meta"):
        state = used(albef._LAYOUT, {k: torch.empty(shape) for k, shape in shapes_of(ALBEF).items()})
        sizes = sizes_of(spec, albef._LAYOUT, state)
        module = build_vision_bert(albef._LAYOUT, sizes)
        assert (sizes.vit, sizes.bert) == (Vit(), Bert()) == (sizes_of(spec, albef._LAYOUT, {}).vit, Bert())
        load_state(module, resized_positions(spec, sizes.vit, state), Path("ALBEF.pth"))
    assert module.visual_encoder.pos_embed.shape == (1, 197, 768)
    names = {k for k in shapes_of(ALBEF) if "_m." not in k and "queue" not in k and ".cls." not in k}
    assert set(module.state_dict()) == names - {"temp", "text_encoder.bert.embeddings.position_ids"}


@pytest.mark.full
def test_real_size_equals_an_independent_forward(tmp_path: Path) -> None:
    state = drawn(ALBEF, scale=0.04)
    file = save(tmp_path / "ALBEF.pth", state)
    network = built(ModelSpec("albef", "multimodal", "albef", "vit_base_patch16_224", file))
    Path(file).unlink()  # some gigabytes
    inputs = network.prepare(FRAMES, TEXTS, None)
    found = run_batch(network, FRAMES, TEXTS, ["visual_encoder", f"{LAYER}.11"])
    expected = reference(state, ALBEF, inputs["image"], inputs["input_ids"], inputs["attention_mask"], (12, 12))
    assert relative(found["fused"], expected.fused[:, 0]) < 1e-4
    assert relative(found["visual_encoder"], expected.image) < 1e-4
    keep = inputs["attention_mask"].bool()
    assert relative(found[f"{LAYER}.11"][keep], expected.fused[keep]) < 1e-4
