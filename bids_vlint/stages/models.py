"""Models of a fit and alignment that were made one by one, as they are kept until the encoding is whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from bids_vlint.encoding.choice import Choice
from bids_vlint.encoding.models import Tested
from bids_vlint.encoding.prediction import HeldOut
from bids_vlint.stages.stage import Form, as_it_lies, in_axes

if TYPE_CHECKING:
    import xarray as xr

_COLUMN = ("half", "electrode", "replicate")
_CHOICE = {**dict.fromkeys(("score", "layer", "penalty"), _COLUMN), "r": (*_COLUMN, "bin")}
_HELD = {
    **dict.fromkeys(("r", "low", "high"), ("electrode", "lag")),
    "sums": ("block", "electrode", "replicate"),
    "by_bin": ("block", "electrode", "replicate", "bin"),
}
_CHOSEN = "chosen_"  # both hold an r


def _packed(value: Any, axes: Mapping[str, tuple[str, ...]], prefix: str = "") -> dict[str, Any]:
    there = {name: np.asarray(own) for name in axes if (own := getattr(value, name)) is not None}
    return {prefix + name: as_it_lies(axes[name], own) for name, own in there.items()}


def _read(group: xr.Dataset, axes: Mapping[str, tuple[str, ...]], prefix: str = "") -> dict[str, Any]:
    return {name: in_axes(group[prefix + name], own) for name, own in axes.items() if prefix + name in group}


def _pack_choice(made: Choice) -> dict[str, xr.Dataset]:
    import xarray as xr

    return {"/": xr.Dataset(_packed(made, _CHOICE))}


def _unpack_choice(groups: Mapping[str, xr.Dataset]) -> Choice:
    return Choice(**_read(groups["/"], _CHOICE))


def _pack_tested(made: Mapping[str, Tested]) -> dict[str, xr.Dataset]:
    import xarray as xr

    said = {label: one.names for label, one in made.items()}
    groups = {"/": xr.Dataset(attrs={"said": json.dumps(said)})}
    for k, one in enumerate(made.values()):
        groups[f"model_{k}"] = xr.Dataset(_packed(one.held, _HELD) | _packed(one.choice, _CHOICE, _CHOSEN))
    return groups


def _unpack_tested(groups: Mapping[str, xr.Dataset]) -> dict[str, Tested]:
    out = {}
    for k, (label, names) in enumerate(json.loads(groups["/"].attrs["said"]).items()):
        own = groups[f"model_{k}"]
        out[label] = Tested(Choice(**_read(own, _CHOICE, _CHOSEN)), HeldOut(**_read(own, _HELD)), tuple(names))
    return out


CHOICE: Form[Choice] = Form("choice of a model", 1, _pack_choice, _unpack_choice)
HELD_OUT: Form[Mapping[str, Tested]] = Form("held-out results of a model", 1, _pack_tested, _unpack_tested)
