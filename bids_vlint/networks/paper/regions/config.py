"""The Visual Genome detector's `config.yaml`: every size, threshold and statistic of the network."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bids_vlint.errors import InputError

_AGAIN = "get the file of the detector again"
DEPTHS = {50: (3, 4, 6), 101: (3, 4, 23), 152: (3, 8, 36)}  # blocks of res2, res3 and res4

# field of Config -> its place in the file
_NUMBERS = {
    "depth": "resnets.depth",
    "groups": "resnets.num_groups",
    "group_width": "resnets.width_per_group",
    "stem_width": "resnets.stem_out_channels",
    "res2_width": "resnets.res2_out_channels",
    "shortest": "input.min_size_test",
    "longest": "input.max_size_test",
    "hidden": "proposal_generator.hidden_channels",
    "anchor_offset": "anchor_generator.offset",
    "before_nms": "rpn.pre_nms_topk_test",
    "after_nms": "rpn.post_nms_topk_test",
    "proposal_nms": "rpn.nms_thresh",
    "proposal_side": "proposal_generator.min_size",
    "classes": "roi_heads.num_classes",
    "attributes": "roi_box_head.num_attrs",
    "pooled": "roi_box_head.pooler_resolution",
    "fewest": "min_detections",
    "most": "max_detections",
}
_FLAGS = {
    "stride_in_1x1": "resnets.stride_in_1x1",
    "caffe_pooling": "model.max_pool",
    "halve_res5": "roi_box_head.res5halve",
}
_LISTS = {
    "mean": "model.pixel_mean",
    "std": "model.pixel_std",
    "anchor_sizes": "anchor_generator.sizes",
    "anchor_ratios": "anchor_generator.aspect_ratios",
    "proposal_weights": "rpn.bbox_reg_weights",
    "region_weights": "roi_box_head.bbox_reg_weights",
    "region_nms": "roi_heads.nms_thresh_test",
}
# what this architecture is, where the file says it
_FIXED = {
    "resnets.norm": "BN",
    "resnets.out_features": ["res4"],
    "rpn.in_features": ["res4"],
    "roi_heads.in_features": ["res4"],
    "roi_box_head.attr": True,
    "roi_box_head.cls_agnostic_bbox_reg": False,
    "size_divisibility": 0,
}


@dataclass(frozen=True)
class Config:
    """The detector's numbers.

    Attributes
    ----------
    mean, std : of the pixels 0 to 255, in the order blue, green, red
    shortest, longest : int
        Pixels of a resized frame's shorter edge, and the most of its longer.
    anchor_sizes, anchor_ratios : square roots of the anchors' areas in pixels; height over width
    before_nms, after_nms : proposals that enter and at most leave the non-maximum suppression
    region_nms : thresholds, tried in order until at least `fewest` regions are left
    fewest, most : how many regions a frame should have; it gets `most`
    """

    depth: int
    groups: int
    group_width: int
    stem_width: int
    res2_width: int
    stride_in_1x1: bool
    caffe_pooling: bool
    mean: tuple[float, ...]
    std: tuple[float, ...]
    shortest: int
    longest: int
    hidden: int
    anchor_sizes: tuple[float, ...]
    anchor_ratios: tuple[float, ...]
    anchor_offset: float
    before_nms: int
    after_nms: int
    proposal_nms: float
    proposal_side: float
    proposal_weights: tuple[float, ...]
    classes: int
    attributes: int
    pooled: int
    halve_res5: bool
    region_weights: tuple[float, ...]
    region_nms: tuple[float, ...]
    fewest: int
    most: int

    @property
    def width(self) -> int:
        """Width of a region's feature: that of res5."""
        return 8 * self.res2_width


def read_detector_config(path: Path) -> Config:
    """Read a `config.yaml`.

    Raises
    ------
    InputError
        65 for a file that is no YAML mapping, lacks a value, or describes another architecture.
    """
    import yaml

    try:
        tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(path, "cannot be read as YAML", _AGAIN) from error
    found = _flat(tree)
    needed = [*_NUMBERS.values(), *_FLAGS.values(), *_LISTS.values()]
    missing = [k for k in needed if k not in found]
    if missing:
        raise InputError(path, f"lacks {', '.join(missing)}", _AGAIN)
    other = [f"{k} is {found[k]}, not {v}" for k, v in _FIXED.items() if k in found and found[k] != v]
    depth = _number(path, "resnets.depth", found["resnets.depth"])
    if depth not in DEPTHS:
        other.append(f"resnets.depth is {depth}, not one of {', '.join(map(str, DEPTHS))}")
    if other:
        raise InputError(path, f"describes another network ({'; '.join(other)})", _AGAIN)
    values: dict[str, Any] = {f: _number(path, k, found[k]) for f, k in _NUMBERS.items()}
    values |= {f: bool(found[k]) for f, k in _FLAGS.items()}
    values |= {f: _numbers(path, k, found[k]) for f, k in _LISTS.items()}
    return Config(**values)


def _flat(tree: Any, above: str = "") -> dict[str, Any]:
    """Values by their dotted place."""
    found: dict[str, Any] = {}
    for key, value in tree.items() if isinstance(tree, dict) else ():
        place = f"{above}{str(key).lower()}"
        found |= _flat(value, f"{place}.") if isinstance(value, dict) else {place: value}
    return found


def _number(path: Path, key: str, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(path, f"{key} is {value!r}, not a number", _AGAIN)
    return int(value) if float(value).is_integer() else value


def _numbers(path: Path, key: str, value: Any) -> tuple[Any, ...]:
    """Numbers of a list, of a list's only list (one level of features), or the only number."""
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], list):
        value = value[0]
    listed = value if isinstance(value, list) and value else [value]
    return tuple(_number(path, key, v) for v in listed)
