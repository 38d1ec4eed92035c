"""What the best network reaches, block by block, and the folds that it was tested in: what comparing it with anything
else in the same parts of the film takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bids_vlint.files.variable import Variable, labelled
from bids_vlint.inference.calibrated.share import reached_sums
from bids_vlint.inference.description import ELECTRODE, Description, Material

if TYPE_CHECKING:
    import xarray as xr


def _compute(material: Material) -> xr.Dataset | None:
    encoded = material.encoded
    sums = reached_sums(encoded, material.networks)
    if sums is None:
        return None
    train = np.zeros((len(encoded.folds), len(material.responses.data)), np.int8)
    held = np.full(len(material.responses.data), -1)
    for own, fold, ids in zip(train, encoded.folds, encoded.blocks.ids):
        own[fold.train] = 1
        for rows, numbers in zip(fold.halves, ids):
            held[rows] = numbers
    blocks = encoded.blocks
    values = {"electrode": material.electrodes, "sums": sums.T, "train": train, "event_block": held,
              "block_fold": blocks.fold, "block_half": blocks.half, "block_time": blocks.time}  # fmt: skip
    return labelled(REACHED.variables, values)


REACHED = Description(
    "reached",
    "what the best network reaches",
    _compute,
    (
        ELECTRODE,
        Variable("sums", ("block", "electrode"), "Each 5 s block's contribution to the held-out r of the best trained "
                 "network (A_best_r), chosen on the other half; the sum over blocks is that r", "1"),
        Variable("train", ("fold", "event"), "Whether an event is trained on where a fold is held out: 1 or 0"),
        Variable("event_block", ("event",), "Block of each event, from 0; -1: held out in no fold"),
        Variable("block_fold", ("block",), "Fold that a block is held out in, from 0"),
        Variable("block_half", ("block",), "Half of the held-out part that it lies in, 0 or 1"),
        Variable("block_time", ("block",), "Where in the film it begins", "s"),
    ),
    "what the best network reaches in each block, and the folds",
    place=60,
)  # fmt: skip
