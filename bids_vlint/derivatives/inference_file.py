"""What the tests of a fit and alignment come from: the t of every shift, and a group of each description."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bids_vlint.derivatives import layout
from bids_vlint.files.netcdf import read_netcdf, write_netcdf
from bids_vlint.files.variable import Variable, labelled, narrowed
from bids_vlint.inference.description import DESCRIPTIONS, ELECTRODE, Described
from bids_vlint.log import remark
from bids_vlint.study.fits import FitName
from bids_vlint.study.stimulus import Alignment

if TYPE_CHECKING:
    import xarray as xr

_KIND, _VERSION = "inference", 1

INFERENCE_VARIABLES: tuple[Variable, ...] = (
    Variable("test", ("test",), "Test"),
    ELECTRODE,
    Variable("shown", ("shown",), "What networks were shown: image, text or both"),
    Variable("bin", ("bin",), "Centre of a window that counts, from the event", "s"),
    Variable("null_t", ("test", "electrode", "shift"), "t of the test under each circular shift of the responses; none "
             "where there was no room for shifts", "1"),
    Variable("network", ("shown",), "Network that stands for all that were shown the same in what is said besides the "
             "tests; a run on one part of what it can be shown is NAME:image or NAME:text"),
)  # fmt: skip


def write_inference(
    out: Path,
    name: FitName,
    alignment: Alignment,
    electrodes: tuple[str, ...],
    bins: np.ndarray,
    null: Mapping[str, np.ndarray],
    described: Described | None = None,
) -> None:
    """Write what the tests of a fit and alignment come from; the same values make the same bytes.

    Parameters
    ----------
    out : Path
    name : FitName
    alignment : Alignment
    electrodes : tuple of str
    bins : (n_bins,) seconds
        Centres of the windows that count.
    null : test -> (n_electrodes, n_shifts)
    described : Described | None
        A group for each description that was made; what was not is absent.
    """
    values: dict[str, Any] = {"electrode": list(electrodes), "bin": bins}
    if null:
        values |= {"test": list(null), "null_t": np.stack([*null.values()])}
    if described is not None and described.networks:
        values |= {"shown": list(described.networks), "network": list(described.networks.values())}
    groups = {"/": labelled(INFERENCE_VARIABLES, values)} | dict(described.found if described else {})
    narrow = {group: narrowed(dataset) for group, dataset in groups.items()}
    write_netcdf(layout.inference_h5(out, name, alignment), narrow, kind=_KIND, version=_VERSION)


def read_inference(
    out: Path, name: FitName, alignment: Alignment, only: Collection[str] | None = None
) -> dict[str, xr.Dataset]:
    """Read what the tests of a fit and alignment come from.

    Parameters
    ----------
    out : Path
        The output folder.
    name : FitName
    alignment : Alignment
    only : collection of str | None
        Variables that are wanted, with the labels of their axes. None: all.

    Returns
    -------
    group -> Dataset
        "/": variables as `INFERENCE_VARIABLES`; a description's name: its own. What was not made is absent, and so is
        a group of a description that is not installed, which a remark names.

    Raises
    ------
    InputError
        The file is not there (66), or is no such file, or of a format that this version does not know (65).
    """
    path = layout.inference_h5(out, name, alignment)
    groups = read_netcdf(path, kind=_KIND, version=_VERSION, only=only)
    for group in [group for group in groups if group != "/" and group not in DESCRIPTIONS.names]:
        remark(f"{path.name} holds {group}, a description that is not installed here; it is left out.")
        del groups[group]
    return groups
