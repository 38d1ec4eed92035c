"""BLIP: the authors' files at small size and, by name and shape, at real size, against a forward pass of its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from bids_vlint.errors import InputError
from bids_vlint.networks.checkpoints import load_state
from bids_vlint.networks.families import blip
from bids_vlint.networks.layers import run_batch, survey
from bids_vlint.networks.network import Network
from bids_vlint.networks.paper.vision_bert import build_vision_bert, resized_positions, used
from bids_vlint.networks.paper.vision_bert_sizes import Vit, sizes_of
from bids_vlint.networks.specification import ModelSpec
from tests.networks.vision_bert import BLIP, SMALL_BLIP, SMALL_BLIP_SIZES, Kind, State, drawn, reference, relative, save
from tests.networks.vision_bert import shapes as shapes_of

LAYER = "text_encoder.encoder.layer"
LARGE = replace(BLIP, vit=1024, blocks=24, vit_mlp=4096)
TEXTS = ["A red ball", "The dog sees a red ball, and then Zoë calls it unaffably.", ""]
RNG = np.random.default_rng(0)
FRAMES = [RNG.integers(0, 255, (50, 70, 3), np.uint8) for _ in TEXTS]


@pytest.fixture(scope="module")
def state() -> State:
    """A small network's weights, 48 px."""
    return drawn(SMALL_BLIP)


@pytest.fixture(scope="module")
def spec(state: State, tmp_path_factory: pytest.TempPathFactory) -> ModelSpec:
    """A small network whose file tells all but its heads and the image's size."""
    file = save(tmp_path_factory.mktemp("blip") / "blip.pth", state)
    return ModelSpec("blip", "multimodal", "blip", "vit(image=32, heads=4) + bert(heads=3)", file)


def built(spec: ModelSpec) -> Network:
    """The network."""
    (network,) = blip.BLIP.build(spec, 0, None)
    return network


def with_class_token(ids: torch.Tensor) -> torch.Tensor:
    """Tokens as BERT's own tokeniser begins them."""
    return torch.cat([torch.full_like(ids[:, :1], 101), ids[:, 1:]], 1)


@pytest.mark.parametrize("image", [32, 48])
def test_equals_an_independent_forward(spec: ModelSpec, state: State, image: int) -> None:
    network = built(replace(spec, architecture=f"vit(image={image}, heads=4) + bert(heads=3)"))
    inputs = network.prepare(FRAMES, TEXTS, None)
    assert inputs["input_ids"][:, 0].tolist() == [30523] * 3
    assert inputs["attention_mask"].sum(1).tolist() == network.count(TEXTS) == [5, 18, 2]
    found = run_batch(network, FRAMES, TEXTS, ["visual_encoder", f"{LAYER}.3", "vision_proj", "itm_head", "text_proj"])
    ids = with_class_token(inputs["input_ids"])
    expected = reference(state, SMALL_BLIP, inputs["image"], ids, inputs["attention_mask"], (4, 3))
    assert next(iter(found)) == "fused"
    assert "text_proj" not in found  # a text alone would take a pass of its own
    assert relative(found["fused"], expected.fused[:, 0]) < 1e-5
    assert relative(found["visual_encoder"], expected.image) < 1e-5
    keep = inputs["attention_mask"].bool()
    assert relative(found[f"{LAYER}.3"][keep], expected.fused[keep]) < 1e-5
    for name, tokens in (("vision_proj", expected.image), ("itm_head", expected.fused)):
        head = tokens[:, 0] @ state[f"{name}.weight"].double().T + state[f"{name}.bias"]
        assert relative(found[name], head) < 1e-5


def test_text_encoder_equals_transformers_own(spec: ModelSpec, state: State) -> None:
    from transformers import BlipTextConfig
    from transformers.models.blip.modeling_blip_text import BlipTextModel

    sizes = {"vocab_size": 30524, "hidden_size": 24, "encoder_hidden_size": 32, "intermediate_size": 40}
    sizes |= {"num_hidden_layers": 4, "num_attention_heads": 3, "max_position_embeddings": 40}
    other = BlipTextModel(BlipTextConfig(**sizes), add_pooling_layer=False).eval()
    own = {k.removeprefix("text_encoder."): v for k, v in state.items() if k.startswith("text_encoder.")}
    other.load_state_dict({k: v for k, v in own.items() if not k.endswith("position_ids")})
    network = built(spec)
    inputs = network.prepare(FRAMES, TEXTS, None)
    found = run_batch(network, FRAMES, TEXTS, ["visual_encoder", "text_encoder"])
    with torch.no_grad():
        seen = {"encoder_hidden_states": found["visual_encoder"].clone(), "is_decoder": False}
        expected = other(inputs["input_ids"], attention_mask=inputs["attention_mask"], **seen).last_hidden_state
    torch.testing.assert_close(found["text_encoder"], expected, rtol=1e-4, atol=1e-5)


def test_text_alone_sees_no_image(spec: ModelSpec, state: State) -> None:
    network = built(replace(spec, tower="text"))
    inputs = network.prepare([], TEXTS, None)
    assert inputs["input_ids"][:, 0].tolist() == [101] * 3
    found = run_batch(network, [], TEXTS, ["text_proj", f"{LAYER}.3"])
    expected = reference(
        state, SMALL_BLIP, torch.zeros(3, 3, 32, 32), inputs["input_ids"], inputs["attention_mask"], (4, 3)
    )
    assert relative(found["text"], expected.text[:, 0]) < 1e-5
    projected = expected.text[:, 0] @ state["text_proj.weight"].double().T + state["text_proj.bias"]
    assert relative(found["text_proj"], projected) < 1e-5
    assert not any("crossattention" in name for name in survey(network))


def test_image_half(spec: ModelSpec) -> None:
    (found,) = run_batch(built(replace(spec, tower="image")), FRAMES, [], []).values()
    whole = run_batch(built(spec), FRAMES, TEXTS, ["visual_encoder"])["visual_encoder"]
    torch.testing.assert_close(found, whole[:, 0])


def test_missing_and_left_over_weights_are_listed(spec: ModelSpec, state: State, tmp_path: Path) -> None:
    def refused(weights: State) -> str:
        with pytest.raises(InputError) as caught:
            built(replace(spec, weights=save(tmp_path / "other.pth", weights)))
        return str(caught.value)

    # no layer of BLIP does without cross-attention
    lacking = {k: v for k, v in state.items() if f"{LAYER}.1.crossattention" not in k}
    assert f"missing: {LAYER}.1.crossattention.self.query.weight" in refused(lacking)
    assert "left over: text_encoder.embeddings.token_type" in refused(
        state | {"text_encoder.embeddings.token_type_embeddings.weight": torch.ones(2, 24)}
    )
    of_albef = {k.replace("text_encoder.", "text_encoder.bert."): v for k, v in state.items()}
    assert "missing or of another shape: text_encoder.embeddings.word_embeddings.weight" in refused(of_albef)


def test_random_twin(spec: ModelSpec) -> None:
    twin = replace(spec, trained=False)
    (one,) = run_batch(built(twin), FRAMES, TEXTS, []).values()
    (again,) = run_batch(built(twin), FRAMES, TEXTS, []).values()
    (trained,) = run_batch(built(spec), FRAMES, TEXTS, []).values()
    assert torch.equal(one, again)
    assert (one - trained).abs().max() > 0.1
    alone = built(replace(twin, weights=None, architecture=SMALL_BLIP_SIZES)).module
    assert {k: v.shape for k, v in alone.state_dict().items() if "_proj." not in k} == {
        k: v.shape for k, v in built(spec).module.state_dict().items() if "_proj." not in k
    }


@pytest.mark.parametrize(("kind", "n_tensors"), [(BLIP, 1272), (LARGE, 1560)])
def test_public_files_names_and_shapes_are_accepted(kind: Kind, n_tensors: int) -> None:
    assert len(shapes_of(kind)) == n_tensors
    spec = ModelSpec("blip", "multimodal", "blip", weights="model_base_capfilt_large.pth")
    with torch.device("meta"):
        state = used(blip._LAYOUT, {k: torch.empty(shape) for k, shape in shapes_of(kind).items()})
        sizes = sizes_of(spec, blip._LAYOUT, state)
        module = build_vision_bert(blip._LAYOUT, sizes)
        load_state(module, resized_positions(spec, sizes.vit, state), Path("model_base_capfilt_large.pth"))
    assert sizes.vit == (Vit() if kind is BLIP else Vit(1024, 24, 16, mlp=4096))
    assert sizes.bert == blip._LAYOUT.published
    name = "vit_base_patch16_224" if kind is BLIP else "vit_large_patch16_224"
    assert sizes_of(replace(spec, architecture=name), blip._LAYOUT, {}) == sizes  # of a twin without the file
    names = {k for k in shapes_of(kind) if "_m." not in k and "queue" not in k and "decoder" not in k}
    assert set(module.state_dict()) == names - {"temp", "text_encoder.embeddings.position_ids"}


@pytest.mark.full
def test_real_size_equals_an_independent_forward(tmp_path: Path) -> None:
    state = drawn(BLIP, scale=0.04)
    file = save(tmp_path / "BLIP.pth", state)
    network = built(ModelSpec("blip", "multimodal", "blip", "vit_base_patch16_224", file))
    Path(file).unlink()  # some gigabytes
    inputs = network.prepare(FRAMES, TEXTS, None)
    found = run_batch(network, FRAMES, TEXTS, ["visual_encoder", f"{LAYER}.11"])
    ids = with_class_token(inputs["input_ids"])
    expected = reference(state, BLIP, inputs["image"], ids, inputs["attention_mask"], (12, 12))
    assert relative(found["fused"], expected.fused[:, 0]) < 1e-4
    assert relative(found["visual_encoder"], expected.image) < 1e-4
    keep = inputs["attention_mask"].bool()
    assert relative(found[f"{LAYER}.11"][keep], expected.fused[keep]) < 1e-4
