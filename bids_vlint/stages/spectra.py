"""The spectra of a fit as they are kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from bids_vlint.stages.stage import Form

if TYPE_CHECKING:
    import xarray as xr

_GROUP = "spectra"


def _pack(made: xr.Dataset) -> dict[str, xr.Dataset]:
    import xarray as xr

    return {"/": xr.Dataset(), _GROUP: made}


def _unpack(groups: Mapping[str, xr.Dataset]) -> xr.Dataset:
    return groups[_GROUP]


SPECTRA_FORM = Form("spectra", 1, _pack, _unpack)
