"""The Visual Genome detector once more, slowly: from its state dict and configuration by loops and plain formulas."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch.nn import functional

State = dict[str, torch.Tensor]
Tree = dict[str, Any]
Box = tuple[float, float, float, float]
BLOCKS = {50: (3, 4, 6), 101: (3, 4, 23)}


def small_config() -> Tree:
    """A detector of the published architecture at small sizes, as its `config.yaml` says it."""
    return {
        "model": {"max_pool": True, "pixel_mean": [102.9801, 115.9465, 122.7717], "pixel_std": [1.0, 2.0, 4.0]},
        "input": {"min_size_test": 96, "max_size_test": 150, "format": "BGR"},
        "proposal_generator": {"hidden_channels": 16, "min_size": 0.0},
        "anchor_generator": {"sizes": [[16, 32, 64]], "aspect_ratios": [[0.5, 1.0, 2.0]], "offset": 0},
        "rpn": {
            "pre_nms_topk_test": 150,
            "post_nms_topk_test": 60,
            "in_features": ["res4"],
            "bbox_reg_weights": [1.0, 1.0, 1.0, 1.0],
            "nms_thresh": 0.7,
        },
        "roi_heads": {"num_classes": 7, "in_features": ["res4"], "nms_thresh_test": [0.5, 0.6, 0.7]},
        "roi_box_head": {
            "bbox_reg_weights": [10.0, 10.0, 5.0, 5.0],
            "pooler_resolution": 5,
            "res5halve": False,
            "attr": True,
            "num_attrs": 5,
            "cls_agnostic_bbox_reg": False,
        },
        "resnets": {
            "depth": 50,
            "out_features": ["res4"],
            "num_groups": 1,
            "norm": "BN",
            "width_per_group": 4,
            "stride_in_1x1": True,
            "res2_out_channels": 8,
            "stem_out_channels": 6,
        },
        "size_divisibility": 0,
        "min_detections": 36,
        "max_detections": 36,
    }


def full_config() -> Tree:
    """The published `config.yaml`."""
    tree = small_config()
    tree["model"]["pixel_std"] = [1.0, 1.0, 1.0]
    tree["input"] = {"min_size_test": 800, "max_size_test": 1333, "format": "BGR"}
    tree["proposal_generator"]["hidden_channels"] = 512
    tree["anchor_generator"]["sizes"] = [[64, 128, 256, 512]]
    tree["rpn"] |= {"pre_nms_topk_test": 6000, "post_nms_topk_test": 300}
    tree["roi_heads"]["num_classes"] = 1600
    tree["roi_box_head"] |= {"pooler_resolution": 14, "num_attrs": 400}
    tree["resnets"] |= {"depth": 101, "width_per_group": 64, "res2_out_channels": 256, "stem_out_channels": 64}
    return tree


def shapes(tree: Tree) -> dict[str, tuple[int, ...]]:
    """Parameter names and shapes of the public weights."""
    net, head = tree["resnets"], tree["roi_box_head"]
    found: dict[str, tuple[int, ...]] = {}

    def conv(name: str, outputs: int, inputs: int, size: int) -> None:
        found[f"{name}.weight"] = (outputs, inputs, size, size)
        found.update({f"{name}.norm.{k}": (outputs,) for k in ("weight", "bias", "running_mean", "running_var")})
        found[f"{name}.norm.num_batches_tracked"] = ()

    def dense(name: str, outputs: int, inputs: int, *kernel: int) -> None:
        found[f"{name}.weight"], found[f"{name}.bias"] = (outputs, inputs, *kernel), (outputs,)

    conv("backbone.stem.conv1", net["stem_out_channels"], 3, 7)
    inputs = net["stem_out_channels"]
    for k, blocks in enumerate((*BLOCKS[net["depth"]], 3)):
        name = f"backbone.res{k + 2}" if k < 3 else "roi_heads.res5"
        outputs, middle = net["res2_out_channels"] * 2**k, net["width_per_group"] * 2**k
        for b in range(blocks):
            conv(f"{name}.{b}.conv1", middle, inputs, 1)
            conv(f"{name}.{b}.conv2", middle, middle, 3)
            conv(f"{name}.{b}.conv3", outputs, middle, 1)
            if b == 0:
                conv(f"{name}.{b}.shortcut", outputs, inputs, 1)
            inputs = outputs
    anchors = len(tree["anchor_generator"]["sizes"][0]) * 3
    hidden, res4 = tree["proposal_generator"]["hidden_channels"], 4 * net["res2_out_channels"]
    found["proposal_generator.anchor_generator.cell_anchors.0"] = (anchors, 4)
    dense("proposal_generator.rpn_head.conv", hidden, res4, 3, 3)
    dense("proposal_generator.rpn_head.objectness_logits", anchors, hidden, 1, 1)
    dense("proposal_generator.rpn_head.anchor_deltas", 4 * anchors, hidden, 1, 1)
    classes, width = tree["roi_heads"]["num_classes"], 2 * res4
    dense("roi_heads.box_predictor.cls_score", classes + 1, width)
    dense("roi_heads.box_predictor.bbox_pred", 4 * classes, width)
    found["roi_heads.box_predictor.cls_embedding.weight"] = (classes + 1, width // 8)
    dense("roi_heads.box_predictor.fc_attr", width // 4, width + width // 8)
    dense("roi_heads.box_predictor.attr_score", head["num_attrs"] + 1, width // 4)
    return found


def random_state(tree: Tree, seed: int = 0) -> State:
    """Weights by which regions differ and boxes move."""
    draw = torch.Generator().manual_seed(seed)
    state: State = {}
    for name, shape in shapes(tree).items():
        fan_in = math.prod(shape[1:]) if len(shape) > 1 else 100
        state[name] = torch.randn(shape, generator=draw) * (2 / fan_in) ** 0.5
        if name.endswith(("norm.weight", "running_var")):
            state[name] = 0.5 + torch.rand(shape, generator=draw)
        # a block's part of the sum and the moves of boxes are small, pixels are not
        scales = {"conv3": 0.3, "anchor_deltas": 0.05, "bbox_pred": 0.3, "stem.conv1.weight": 0.02}
        state[name] *= next((v for k, v in scales.items() if k in name), 1)
        if name.endswith("num_batches_tracked"):
            state[name] = torch.tensor(270000)
    corners = [[-w / 2, -h / 2, w / 2, h / 2] for w, h in cells(tree)]
    state["proposal_generator.anchor_generator.cell_anchors.0"] = torch.tensor(corners)
    return state


def cells(tree: Tree) -> list[tuple[float, float]]:
    """Width and height of the anchors of one position: sizes outside, shapes (height over width) inside."""
    anchors = tree["anchor_generator"]
    pairs = [(float(s), r) for s in anchors["sizes"][0] for r in anchors["aspect_ratios"][0]]
    return [(s / math.sqrt(r), s * math.sqrt(r)) for s, r in pairs]


def regions(frame: np.ndarray, tree: Tree, state: State) -> tuple[np.ndarray, np.ndarray]:
    """Features and boxes (fractions of the frame) of the best regions of a frame, (height, width, 3) RGB."""
    image = resize(frame[..., ::-1].astype(np.float64), tree["input"])
    image = (image - tree["model"]["pixel_mean"]) / tree["model"]["pixel_std"]
    height, width = image.shape[:2]
    maps = backbone(torch.tensor(image.transpose(2, 0, 1)[None], dtype=torch.float32), tree, state)
    proposals = propose(maps, (height, width), tree, state)
    features, scores, boxes = heads(maps, proposals, (height, width), tree, state)
    kept = next(k for t in tree["roi_heads"]["nms_thresh_test"] if len(k := suppress(boxes, scores, t)) >= 36)[:36]
    return features[kept], np.array([boxes[k] for k in kept]) / [width, height, width, height]


def resize(image: np.ndarray, limits: dict[str, int]) -> np.ndarray:
    """Bilinear, pixel centres at half, no smoothing."""
    height, width = image.shape[:2]
    scale = limits["min_size_test"] / min(height, width)
    scale = min(scale, limits["max_size_test"] / max(height, width))
    new = [int(n * scale + 0.5) for n in (height, width)]
    for axis, (old, size) in enumerate(zip((height, width), new)):
        at = np.clip((np.arange(size) + 0.5) * old / size - 0.5, 0, None)
        low = np.floor(at).astype(int)
        high = np.minimum(low + 1, old - 1)
        share = np.expand_dims(at - low, tuple(k for k in range(3) if k != axis))
        image = image.take(low, axis) * (1 - share) + image.take(high, axis) * share
    return image


def conv(x: torch.Tensor, state: State, name: str, stride: int = 1, padding: int = 0, dilation: int = 1) -> Any:
    """Convolution and batch norm by the stored statistics."""
    x = functional.conv2d(x, state[f"{name}.weight"], None, stride, padding, dilation)
    gain, bias, mean, var = (
        state[f"{name}.norm.{k}"][:, None, None] for k in ("weight", "bias", "running_mean", "running_var")
    )
    return (x - mean) / torch.sqrt(var + 1e-5) * gain + bias


def stage(x: torch.Tensor, state: State, name: str, blocks: int, stride: int, dilation: int = 1) -> torch.Tensor:
    """Bottleneck blocks; the first block's first convolution has the stride."""
    for b in range(blocks):
        at, step = f"{name}.{b}", stride if b == 0 else 1
        y = conv(x, state, f"{at}.conv1", step).clamp(min=0)
        y = conv(y, state, f"{at}.conv2", 1, dilation, dilation).clamp(min=0)
        y = conv(y, state, f"{at}.conv3")
        x = (y + (conv(x, state, f"{at}.shortcut", step) if b == 0 else x)).clamp(min=0)
    return x


def backbone(x: torch.Tensor, tree: Tree, state: State) -> torch.Tensor:
    """To res4; the pooling has no padding and keeps windows that reach over the far edges."""
    x = conv(x, state, "backbone.stem.conv1", 2, 3).clamp(min=0)
    down, right = (1 - n % 2 for n in x.shape[-2:])
    x = functional.pad(x, (0, right, 0, down), value=float("-inf")).unfold(2, 3, 2).unfold(3, 3, 2).amax((-1, -2))
    for k, blocks in enumerate(BLOCKS[tree["resnets"]["depth"]]):
        x = stage(x, state, f"backbone.res{k + 2}", blocks, 1 if k == 0 else 2)
    return x


def propose(maps: torch.Tensor, size: tuple[int, int], tree: Tree, state: State) -> list[Box]:
    """Anchors position by position, corrected, the best scores first."""
    rpn, at = tree["rpn"], "proposal_generator.rpn_head"
    hidden = functional.conv2d(maps, state[f"{at}.conv.weight"], state[f"{at}.conv.bias"], padding=1).clamp(min=0)
    layers = ("objectness_logits", "anchor_deltas")
    logits, deltas = (functional.conv2d(hidden, state[f"{at}.{k}.weight"], state[f"{at}.{k}.bias"])[0] for k in layers)
    found: list[tuple[float, Box]] = []
    for y in range(maps.shape[2]):
        for x in range(maps.shape[3]):
            for a, (w, h) in enumerate(cells(tree)):
                anchor = (16 * x - w / 2, 16 * y - h / 2, 16 * x + w / 2, 16 * y + h / 2)
                delta = deltas[4 * a : 4 * a + 4, y, x].tolist()
                found.append((float(logits[a, y, x]), correct(anchor, delta, rpn["bbox_reg_weights"], size)))
    found.sort(key=lambda pair: -pair[0])
    found = [(s, b) for s, b in found[: rpn["pre_nms_topk_test"]] if b[2] > b[0] and b[3] > b[1]]
    boxes, scores = [b for _, b in found], [s for s, _ in found]
    return [boxes[k] for k in suppress(boxes, scores, rpn["nms_thresh"])[: rpn["post_nms_topk_test"]]]


def correct(box: Box, delta: list[float], weights: list[float], size: tuple[int, int]) -> Box:
    """Move and stretch a box, and clip it to the frame."""
    w, h = box[2] - box[0], box[3] - box[1]
    dx, dy, dw, dh = (d / k for d, k in zip(delta, weights))
    x, y = box[0] + w / 2 + dx * w, box[1] + h / 2 + dy * h
    w, h = (s * math.exp(min(d, math.log(1000 / 16))) for s, d in ((w, dw), (h, dh)))
    corners = ((x - w / 2, size[1]), (y - h / 2, size[0]), (x + w / 2, size[1]), (y + h / 2, size[0]))
    x1, y1, x2, y2 = (min(max(v, 0.0), float(most)) for v, most in corners)
    return x1, y1, x2, y2


def suppress(boxes: list[Box], scores: list[float], threshold: float) -> list[int]:
    """Non-maximum suppression, best first."""
    kept: list[int] = []
    for k in sorted(range(len(boxes)), key=lambda i: -scores[i]):
        if all(overlap(boxes[k], boxes[j]) <= threshold for j in kept):
            kept.append(k)
    return kept


def overlap(a: Box, b: Box) -> float:
    """Intersection over union."""
    w, h = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    both = max(w, 0) * max(h, 0)
    either = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both
    return both / either if either > 0 else 0.0


def pool(maps: np.ndarray, box: Box, cells_: int) -> np.ndarray:
    """RoI pooling: the maximum of each cell of a box, of whole positions."""
    channels, height, width = maps.shape
    left, top, right, bottom = (math.floor(v / 16 + 0.5) for v in box)
    w, h = max(right - left + 1, 1), max(bottom - top + 1, 1)
    out = np.zeros((channels, cells_, cells_), maps.dtype)
    for i in range(cells_):
        for j in range(cells_):
            y0, y1 = (min(max(top + v, 0), height) for v in (i * h // cells_, -(-(i + 1) * h // cells_)))
            x0, x1 = (min(max(left + v, 0), width) for v in (j * w // cells_, -(-(j + 1) * w // cells_)))
            if y1 > y0 and x1 > x0:
                out[:, i, j] = maps[:, y0:y1, x0:x1].max((1, 2))
    return out


def heads(
    maps: torch.Tensor, proposals: list[Box], size: tuple[int, int], tree: Tree, state: State
) -> tuple[np.ndarray, list[float], list[Box]]:
    """Features, probabilities of the best class (the background is the last), boxes of that class."""
    head, at = tree["roi_box_head"], "roi_heads.box_predictor"
    pooled = np.stack([pool(maps[0].numpy(), b, head["pooler_resolution"]) for b in proposals])
    features = stage(torch.from_numpy(pooled), state, "roi_heads.res5", 3, 1, dilation=2).mean((2, 3))
    layers = ("cls_score", "bbox_pred")
    logits, deltas = (features @ state[f"{at}.{k}.weight"].T + state[f"{at}.{k}.bias"] for k in layers)
    scores, boxes = [], []
    for proposal, chance, delta in zip(proposals, logits.softmax(1), deltas):
        best = int(chance[:-1].argmax())
        scores.append(float(chance[best]))
        boxes.append(correct(proposal, delta[4 * best : 4 * best + 4].tolist(), head["bbox_reg_weights"], size))
    return features.numpy(), scores, boxes
