"""Choices and block sums of a fit and alignment as they are kept: the whole of `Encoded`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bids_vlint.encoding.blocks import Blocks
from bids_vlint.encoding.engine import Encoded
from bids_vlint.encoding.folds import Fold
from bids_vlint.encoding.score import Scores
from bids_vlint.stages.stage import Form, as_it_lies, in_axes

if TYPE_CHECKING:
    import xarray as xr

_AXES = {
    **dict.fromkeys(("r", "r_low", "r_high", "penalty"), ("model", "electrode", "lag")),
    "layer": ("tested", "model", "electrode"),
    "validation": ("model", "electrode"),
    "sums": ("model", "block", "electrode", "replicate"),
    "score": ("model", "tested", "electrode", "replicate"),
    "bin_r": ("tested", "electrode", "replicate", "bin"),
    "by_bin": ("model", "block", "electrode", "replicate", "bin"),
}
_OWN = ("sums", "score", "bin_r", "by_bin")
_SCORES = [name for name in _AXES if name not in _OWN]
_BY_BLOCK = ("half", "fold", "stimulus", "time")


def _pack(made: Encoded) -> dict[str, xr.Dataset]:
    import xarray as xr

    scores, blocks = made.scores, made.blocks
    said = {"models": scores.models, "channels": scores.channels, "notes": made.notes, "n_shifts": made.n_shifts,
            "per_part": blocks.per_part, "test_to_train": made.test_to_train}  # fmt: skip
    parts = [part for fold in made.folds for part in (fold.train, *fold.halves)]
    arrays = {name: np.asarray(getattr(scores, name)) for name in _SCORES}
    arrays |= {name: values for name in _OWN if (values := getattr(made, name)) is not None}
    variables: dict[str, Any] = {name: as_it_lies(_AXES[name], values) for name, values in arrays.items()}
    variables |= {
        "lag": ("lag", scores.lags),
        "counted": ("lag", made.counted),
        "encoded": ("lag", made.encoded),
        "part": ("event_of_part", np.concatenate(parts)),
        "part_length": ("parts", np.array([len(part) for part in parts])),
        "block": ("event_of_half", np.concatenate([ids for pair in blocks.ids for ids in pair])),
    }
    variables |= {f"block_{name}": ("block_number", np.asarray(getattr(blocks, name))) for name in _BY_BLOCK}
    if made.n_shifts:
        variables["shift_s"] = (("run", "shift"), made.shift_s)
    return {"/": xr.Dataset(variables, attrs={"said": json.dumps({**said, "n_runs": len(made.shift_s)})})}


def _unpack(groups: Mapping[str, xr.Dataset]) -> Encoded:
    root = groups["/"]
    found = {str(name): root[name].values for name in root.variables}
    found |= {name: in_axes(root[name], axes) for name, axes in _AXES.items() if name in root}
    said = json.loads(groups["/"].attrs["said"])
    parts = _cut(found["part"], found["part_length"])
    folds = tuple(Fold(parts[k], (parts[k + 1], parts[k + 2])) for k in range(0, len(parts), 3))
    ids = _cut(found["block"], [len(half) for fold in folds for half in fold.halves])
    columns = {name: found[f"block_{name}"] for name in _BY_BLOCK}
    columns["stimulus"] = columns["stimulus"].astype(str)
    blocks = Blocks(tuple(zip(ids[::2], ids[1::2])), **columns, per_part=said["per_part"])
    arrays = {name: found[name] for name in _SCORES}
    scores = Scores(tuple(said["models"]), tuple(said["channels"]), found["lag"], **arrays)
    shift_s = found["shift_s"] if said["n_shifts"] else np.empty((said["n_runs"], 0))
    return Encoded(scores, found["sums"], found["score"], blocks, found["counted"], found["encoded"],
                   said["test_to_train"], said["n_shifts"], folds, shift_s, found["bin_r"], found.get("by_bin"),
                   tuple(said["notes"]))  # fmt: skip


def _cut(joined: np.ndarray, lengths: Sequence[int] | np.ndarray) -> list[np.ndarray]:
    return np.split(joined, np.cumsum(lengths)[:-1])


ENCODING = Form("encoding stage", 1, _pack, _unpack)
