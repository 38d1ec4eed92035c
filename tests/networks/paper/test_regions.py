"""Region features: the Visual Genome detector against a slow reference, its files, and the stand-in."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml

from bids_vlint.errors import Exit, InputError
from bids_vlint.networks.paper.regions import Detector, detector
from bids_vlint.networks.paper.regions.boxes import best_boxes
from bids_vlint.networks.resources import detector_paths
from tests.networks.paper import frcnn_reference as reference

HUB_ID = "unc-nlp/frcnn-vg-finetuned"


def files(
    regions: str, models_dir: Path, *, name: str, revision: str | None = None, folder: Path | None = None
) -> list[Path]:
    """A detector's files, where they are found."""
    return list(detector_paths(regions, revision, models_dir, folder=folder, name=name))


def picture(height: int, width: int, seed: int = 0) -> np.ndarray:
    """A patchwork, (height, width, 3) uint8."""
    patches = np.random.default_rng(seed).integers(0, 255, (height // 8 + 1, width // 8 + 1, 3), np.uint8)
    return patches.repeat(8, 0).repeat(8, 1)[:height, :width]


def save(folder: Path, tree: dict[str, Any], state: dict[str, torch.Tensor] | None = None) -> Path:
    """Write a detector in its public format."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.yaml").write_text(yaml.safe_dump(tree))
    torch.save(reference.random_state(tree) if state is None else state, folder / "pytorch_model.bin")
    return folder


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small detector."""
    return save(tmp_path_factory.mktemp("detector"), reference.small_config())


def built(folder: Path) -> Detector:
    return detector(str(folder), name="lxmert")


@pytest.mark.parametrize(
    ("height", "width", "before", "after"), [(60, 80, 150, 40), (90, 50, 80, 70), (120, 240, 200, 60)]
)
def test_regions_equal_the_reference(tmp_path: Path, height: int, width: int, before: int, after: int) -> None:
    frame, tree = picture(height, width), reference.small_config()
    tree["rpn"] |= {"pre_nms_topk_test": before, "post_nms_topk_test": after}
    features, boxes = built(save(tmp_path, tree)).regions([frame])
    expected, where = reference.regions(frame, tree, reference.random_state(tree))
    assert features.dtype == boxes.dtype == torch.float32
    assert (features.shape, boxes.shape) == ((1, 36, 64), (1, 36, 4))
    np.testing.assert_allclose(boxes[0], where, atol=1e-5)
    np.testing.assert_allclose(features[0], expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())
    assert np.ptp(where, axis=0).min() > 0.1  # the boxes differ


def test_red_and_blue_are_not_mistaken(small: Path) -> None:
    frame = picture(60, 80)
    found = built(small)
    assert not torch.allclose(found.regions([frame])[0], found.regions([frame[..., ::-1]])[0], rtol=1e-2)


def test_a_batch_gives_what_single_frames_give(small: Path) -> None:
    found, frames = built(small), [picture(60, 80, k) for k in range(3)]
    together = found.regions(frames)
    for k, frame in enumerate(frames):
        for one, all_ in zip(found.regions([frame]), together):
            torch.testing.assert_close(one[0], all_[k], rtol=0, atol=0)
    assert not torch.equal(together[0][0], together[0][1])


def test_black_frame_has_36_regions(small: Path) -> None:
    features, boxes = built(small).regions([np.zeros((60, 80, 3), np.uint8)])
    assert features.shape == (1, 36, 64)
    assert torch.isfinite(features).all()
    assert (boxes[0, :, 2:] > boxes[0, :, :2]).all()
    assert ((boxes >= 0) & (boxes <= 1)).all()


@pytest.mark.parametrize("proposals", [10, 0])
def test_regions_that_a_frame_lacks_are_zeros(tmp_path: Path, proposals: int) -> None:
    tree = reference.small_config()
    tree["rpn"]["post_nms_topk_test"] = proposals
    features, boxes = built(save(tmp_path, tree)).regions([picture(60, 80)])
    assert features.shape == (1, 36, 64)
    assert (features[0, proposals:] == 0).all()
    assert (boxes[0, proposals:] == 0).all()
    assert (features[0, :proposals].abs().amax(dim=1) > 0).all()


def test_best_boxes_take_the_first_threshold_that_leaves_enough() -> None:
    # ten boxes on a line: neighbours overlap by 0.6, the next ones by 1/3
    boxes = torch.tensor([[2.5 * k, 0.0, 2.5 * k + 10, 10.0] for k in range(10)])
    scores = torch.linspace(1, 0.1, 10)
    assert best_boxes(boxes, scores, (0.5, 0.7), 5, 5).tolist() == [0, 2, 4, 6, 8]
    assert best_boxes(boxes, scores, (0.5, 0.7), 6, 6).tolist() == [0, 1, 2, 3, 4, 5]
    assert best_boxes(boxes, scores, (0.5,), 6, 6).tolist() == [0, 2, 4, 6, 8, 1]  # none leaves enough: the rest follow
    assert best_boxes(boxes, scores, (0.5,), 20, 20).tolist() == [0, 2, 4, 6, 8, 1, 3, 5, 7, 9]


def test_real_size_has_the_public_weights_names_and_shapes(tmp_path: Path) -> None:
    from bids_vlint.networks.paper.regions.config import read_detector_config
    from bids_vlint.networks.paper.regions.visual_genome import FasterRCNN

    (tmp_path / "config.yaml").write_text(yaml.safe_dump(reference.full_config()))
    config = read_detector_config(tmp_path / "config.yaml")
    with torch.device("meta"):
        state = FasterRCNN(config).state_dict()
    assert {k: tuple(v.shape) for k, v in state.items()} == reference.shapes(reference.full_config())
    assert config.width == 2048
    size = sum(v.numel() * v.element_size() for v in state.values())
    assert round(size / 1e6) == 262  # MB, as the hub lists the file


def test_anchors_are_those_of_the_weights(small: Path) -> None:
    generator = built(small).module.proposal_generator.anchor_generator
    anchors = generator(2, 3).view(2, 3, 9, 4)
    cell = reference.random_state(reference.small_config())["proposal_generator.anchor_generator.cell_anchors.0"]
    torch.testing.assert_close(anchors[0, 0], cell)
    torch.testing.assert_close(anchors[1, 2], cell + torch.tensor([32.0, 16.0, 32.0, 16.0]))


def test_detector_is_ready_to_run_and_needs_no_note(small: Path) -> None:
    found = built(small)
    assert found.note is None
    assert not found.module.training
    with torch.autocast("cpu", torch.bfloat16):  # regions are preprocessing: full precision always
        low = found.regions([picture(60, 80)])[0]
    torch.testing.assert_close(low, found.regions([picture(60, 80)])[0], rtol=0, atol=0)


def test_counters_of_an_early_torch_are_of_no_matter(small: Path, tmp_path: Path) -> None:
    tree = reference.small_config()
    state = reference.random_state(tree)
    state = {k: v.reshape(1) if k.endswith("num_batches_tracked") else v for k, v in state.items()}
    found, frame = built(save(tmp_path, tree, state)), picture(60, 80)
    assert torch.equal(found.regions([frame])[0], built(small).regions([frame])[0])


def test_weights_that_do_not_fit_are_listed(tmp_path: Path) -> None:
    tree = reference.small_config()
    state = reference.random_state(tree)
    state["roi_heads.mask.weight"] = state.pop("roi_heads.box_predictor.fc_attr.bias")
    state["backbone.stem.conv1.weight"] = torch.zeros(6, 3, 5, 5)
    with pytest.raises(InputError) as caught:
        built(save(tmp_path, tree, state))
    assert caught.value.code == Exit.DATA
    for name in ("fc_attr.bias", "roi_heads.mask.weight", "backbone.stem.conv1.weight (6, 3, 5, 5)"):
        assert name in str(caught.value)


@pytest.mark.parametrize(
    ("section", "key", "value", "said"),
    [
        ("resnets", "norm", "GN", "resnets.norm is GN, not BN"),
        ("resnets", "depth", 34, "resnets.depth is 34, not one of 50, 101, 152"),
        ("rpn", "nms_thresh", "high", "rpn.nms_thresh is 'high', not a number"),
        ("rpn", "nms_thresh", None, "rpn.nms_thresh is None, not a number"),
        ("roi_heads", "num_classes", ..., "lacks roi_heads.num_classes"),
    ],
)
def test_config_of_another_network_is_refused(tmp_path: Path, section: str, key: str, value: Any, said: str) -> None:
    tree = reference.small_config()
    tree[section][key] = value
    if value is ...:
        del tree[section][key]
    with pytest.raises(InputError, match=said) as caught:
        built(save(tmp_path, tree, {}))
    assert caught.value.code == Exit.DATA
    assert str(tmp_path / "config.yaml") in str(caught.value)


@pytest.mark.parametrize("text", ["a: [1", "!!python/object/apply:os.getcwd []", "just words", ""])
def test_config_that_is_none_is_refused_and_never_run(small: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "pytorch_model.bin").write_bytes((small / "pytorch_model.bin").read_bytes())
    (tmp_path / "config.yaml").write_text(text)
    with pytest.raises(InputError, match="get the file of the detector again"):
        built(tmp_path)


def test_files_are_found_in_each_place(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    models, beside, cache = tmp_path / "models", tmp_path / "set", tmp_path / "hub"
    names = ["config.yaml", "pytorch_model.bin"]
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(cache))
    repository = cache / "models--unc-nlp--frcnn-vg-finetuned"
    snapshot = repository / "snapshots" / ("a" * 40)
    snapshot.mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("a" * 40)
    for name in names:
        (snapshot / name).write_bytes((small / name).read_bytes())
    assert files(HUB_ID, models, name="lxmert") == [snapshot / n for n in names]
    assert files(HUB_ID, models, revision="a" * 40, name="lxmert") == [snapshot / n for n in names]
    with pytest.raises(InputError):
        files(HUB_ID, models, revision="b" * 40, name="lxmert")
    save(models / HUB_ID, reference.small_config())
    assert files(HUB_ID, models, name="lxmert", folder=beside) == [models / HUB_ID / n for n in names]
    save(beside / HUB_ID, reference.small_config())
    assert files(HUB_ID, models, name="lxmert", folder=beside) == [beside / HUB_ID / n for n in names]
    assert detector(HUB_ID, "a" * 40, models, name="lxmert").regions([picture(40, 40)])[0].shape == (1, 36, 64)


def test_missing_files_are_one_sentence(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "torch"))
    with pytest.raises(InputError) as caught:
        detector(HUB_ID, None, tmp_path, name="lxmert")
    assert caught.value.code == Exit.NO_INPUT
    assert "'lxmert'" in str(caught.value)
    assert str(tmp_path / HUB_ID) in str(caught.value)
    assert "run: bids_vlint models fetch SET --models-dir DIR" in str(caught.value)
    with pytest.raises(InputError, match=r"fpn_coco-258fb6c6\.pth.*models fetch") as caught:
        detector("coco", None, tmp_path, name="visualbert")
    assert caught.value.code == Exit.NO_INPUT
    (tmp_path / HUB_ID).mkdir(parents=True)
    (tmp_path / HUB_ID / "config.yaml").write_text("a: 1")
    with pytest.raises(InputError, match=r"no pytorch_model\.bin in"):
        files(HUB_ID, tmp_path, name="lxmert")


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, torch.Tensor]]:
    """The stand-in's file as it is published: half precision saves time, and the names are an early torchvision's."""
    from bids_vlint.networks.paper.regions import coco
    from bids_vlint.networks.resources import COCO_FILE

    torch.manual_seed(3)
    state = {k: v.half().float() for k, v in coco.build().state_dict().items()}
    for name in state:
        if name.endswith("bn3.weight") or "cls_score" in name:
            state[name] *= 0.25  # as training leaves them: no block outweighs the others, no class is certain
    path = tmp_path_factory.mktemp("coco") / COCO_FILE
    old = {k.replace("_blocks.0.0.", "_blocks.0.").replace("head.conv.0.0.", "head.conv."): v for k, v in state.items()}
    for level in (1, 2, 3):
        old = {k.replace(f"_blocks.{level}.0.", f"_blocks.{level}."): v for k, v in old.items()}
    torch.save({k: v.half() for k, v in old.items()}, path)
    return path, state


def test_stand_in_has_torchvisions_names_and_shapes() -> None:
    from torchvision.models.detection import fasterrcnn_resnet50_fpn
    from torchvision.ops import FrozenBatchNorm2d

    from bids_vlint.networks.paper.regions import coco

    with torch.device("meta"):
        ours, own = coco.build(), fasterrcnn_resnet50_fpn(weights=None, weights_backbone=None)
    theirs = {k: v.shape for k, v in own.state_dict().items() if not k.endswith("num_batches_tracked")}
    assert {k: v.shape for k, v in ours.state_dict().items()} == theirs
    assert {m.eps for m in ours.modules() if isinstance(m, FrozenBatchNorm2d)} == {0.0}


def test_stand_in(stand_in: tuple[Path, dict[str, torch.Tensor]]) -> None:
    from bids_vlint.networks.paper.regions import COCO_NOTE, coco

    path, state = stand_in
    assert files("coco", path.parent, name="lxmert") == [path]
    frame = picture(120, 200)
    found = coco.coco_detector(path, coco.build(shortest=120, longest=200))
    features, boxes = found.regions([frame, np.zeros_like(frame)])
    assert (features.shape, boxes.shape) == ((2, 36, 2048), (2, 36, 4))
    assert torch.isfinite(features).all()
    assert ((boxes >= 0) & (boxes <= 1)).all()
    assert found.note == COCO_NOTE
    assert "stand-in that is not equivalent to the Visual Genome detector" in COCO_NOTE

    whole = coco.build(shortest=120, longest=200).eval()
    whole.load_state_dict(state)
    image = torch.from_numpy(frame).permute(2, 0, 1) / 255
    whole.roi_heads.score_thresh = 0.0
    with torch.no_grad():
        best = whole([image])[0]["boxes"][0]  # torchvision's own best box is our first
        batch = whole.transform([image])[0]
        layer4 = list(whole.backbone.body(batch.tensors).values())[-1][0]
    scale = torch.tensor([200.0, 120.0, 200.0, 120.0])
    torch.testing.assert_close(boxes[0, 0] * scale, best, rtol=1e-4, atol=1e-2)
    assert layer4.shape[0] == 2048
    torch.testing.assert_close(features[0, 0], averaged(layer4, best / 32), rtol=1e-3, atol=1e-3 * float(layer4.max()))


def averaged(maps: torch.Tensor, box: torch.Tensor) -> torch.Tensor:
    """Mean of 14 × 14 bilinear samples in a box given in the maps' positions."""
    x1, y1, x2, y2 = box.tolist()
    w, h = max(x2 - x1, 1.0), max(y2 - y1, 1.0)
    total = torch.zeros(len(maps))
    for i in range(14):
        for j in range(14):
            y, x = y1 + (i + 0.5) * h / 14, x1 + (j + 0.5) * w / 14
            y, x = (min(max(v, 0.0), n - 1.0) for v, n in ((y, maps.shape[1]), (x, maps.shape[2])))
            top, left = int(y), int(x)
            down, right = min(top + 1, maps.shape[1] - 1), min(left + 1, maps.shape[2] - 1)
            above = maps[:, top, left] * (1 - (x - left)) + maps[:, top, right] * (x - left)
            below = maps[:, down, left] * (1 - (x - left)) + maps[:, down, right] * (x - left)
            total += above * (1 - (y - top)) + below * (y - top)
    return total / 14**2


@pytest.mark.full
def test_real_size_equals_the_reference(tmp_path: Path) -> None:
    tree = reference.full_config()
    state, frame = reference.random_state(tree), picture(720, 1280)
    found = built(save(tmp_path, tree, state))
    start = time.perf_counter()
    features, boxes = found.regions([frame])
    print(f"Visual Genome detector: {time.perf_counter() - start:.1f} s per frame on the processor")
    assert (features.shape, boxes.shape) == ((1, 36, 2048), (1, 36, 4))
    expected, where = (torch.from_numpy(v).float() for v in reference.regions(frame, tree, state))
    # rounding may tip the choice of a box among 6,000 that overlap by nearly the threshold, and with it the order
    distance, row = torch.cdist(boxes[0], where, p=float("inf")).min(dim=1)
    same = distance < 1e-4
    assert same.sum() >= 33
    error = (features[0] - expected[row]).norm(dim=1) / expected[row].norm(dim=1)
    assert error[same].max() < 1e-4
