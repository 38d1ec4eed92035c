"""The refitting bootstrap of the published inference as it is kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bids_vlint.inference.published.bootstrap import ARRAYS, Refitted
from bids_vlint.stages.stage import Form, as_it_lies, in_axes

if TYPE_CHECKING:
    import xarray as xr

_AXES = ("model", "electrode", "lag")


def _pack(made: Refitted) -> dict[str, xr.Dataset]:
    import xarray as xr

    variables: dict[str, Any] = {name: as_it_lies(_AXES, getattr(made, name)) for name in ARRAYS}
    variables |= {"lag": ("lag", made.lags), "layer": (_AXES[:2], made.layer)}
    said = json.dumps({"models": made.models, "channels": made.channels})
    return {"/": xr.Dataset(variables, attrs={"said": said})}


def _unpack(groups: Mapping[str, xr.Dataset]) -> Refitted:
    found, said = groups["/"], json.loads(groups["/"].attrs["said"])
    arrays = {name: in_axes(found[name], _AXES) for name in ARRAYS} | {"layer": found["layer"].values}
    return Refitted(tuple(said["models"]), tuple(said["channels"]), found["lag"].values, **arrays)


REFITTED = Form("published refit", 1, _pack, _unpack)
