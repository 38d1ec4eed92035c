"""The tests with the stimulus swapped (`calibrated.swap`), a null that the data make themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bids_vlint.files.variable import Variable, labelled
from bids_vlint.inference.calibrated.swap import swapped_tests
from bids_vlint.inference.description import ELECTRODE, Description, Material

if TYPE_CHECKING:
    import xarray as xr


def _compute(material: Material) -> xr.Dataset | None:
    if not len(material.tests):
        return None
    p = swapped_tests(material.swapped, material.networks, material.comparisons, material.tests, material.seed)
    if not p:
        return None
    values = {"test": list(p), "electrode": material.electrodes, "p": np.stack([*p.values()])}
    return labelled(SWAPPED.variables, values)


SWAPPED = Description(
    "swapped",
    "the stimulus swapped",
    _compute,
    (
        Variable("test", ("test",), "Test"),
        ELECTRODE,
        Variable("p", ("test", "electrode"), "p of the test with every event set against what was shown half of the "
                 "recordings away, where nothing can be found", "1"),
    ),
    "p of every test with the stimulus swapped",
    methods="As a null, recordings were set against another part of what was seen",
    references=("harris2020",),
    place=50,
)  # fmt: skip
