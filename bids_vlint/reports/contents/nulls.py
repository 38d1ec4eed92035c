"""What is kept of every fit's inference, and what its nulls say: swapped stimuli, the stimulus in the brain's place."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bids_vlint.derivatives.collection import FitResult
from bids_vlint.derivatives.inference_file import read_inference
from bids_vlint.derivatives.layout import inference_h5
from bids_vlint.group.regions import Tally, tally
from bids_vlint.inference.calibrated.sites import correct_participant, participant_sites
from bids_vlint.inference.correction import LEVEL
from bids_vlint.study.fits import FitName
from bids_vlint.study.stimulus import ALIGNMENTS, Alignment

if TYPE_CHECKING:
    import xarray as xr

Inference = Mapping[str, "xr.Dataset"]  # group -> what it holds (`read_inference`)
Kept = Mapping[tuple[FitName, Alignment], Inference]
OF_NULLS = ("p", "r")  # the variables that `swapped_sites` and `mean_stimulus` take


def read_kept(
    out: Path, fits: Sequence[FitResult], only: Collection[str] | None = None
) -> dict[tuple[FitName, Alignment], Inference]:
    """What is on disk of each fit and alignment, or some of its variables."""
    names = [(fit.name, alignment) for fit in fits for alignment in ALIGNMENTS]
    return {(n, a): read_inference(out, n, a, only) for n, a in names if inference_h5(out, n, a).is_file()}


def swapped_sites(kept: Kept, q: float = LEVEL) -> dict[str, Tally]:
    """Test -> how many electrodes pass it in either alignment with the stimulus swapped, of how many."""
    counts: dict[str, Tally] = {}
    for subject in dict.fromkeys(name.subject for name, _ in kept):
        own = [_long(name, alignment, one) for (name, alignment), one in kept.items() if name.subject == subject]
        whole = pd.concat(own, ignore_index=True)
        if not len(whole):
            continue
        tests, electrodes = (list(dict.fromkeys(whole[column])) for column in ("test", "name"))
        (sites,) = participant_sites(correct_participant([whole], q), [electrodes], tests, q)
        for test in tests:
            (n, total), (more, tested) = counts.get(test, Tally(0, 0)), tally(sites, f"{test}_either")
            counts[test] = Tally(n + more, total + tested)
    return counts


def _long(name: FitName, alignment: Alignment, kept: Inference) -> pd.DataFrame:
    """p of the swapped stimuli as the long table of a participant; electrodes are told apart by their fits."""
    if "swapped" not in kept:
        return pd.DataFrame(columns=["name", "alignment", "test", "p"])
    p = kept["swapped"]["p"].astype(float)
    names = [f"{name.stem} {electrode}" for electrode in p["electrode"].to_numpy()]
    return pd.concat([pd.DataFrame({"name": names, "alignment": alignment, "test": str(test), "p": own})
                      for test, own in zip(p["test"].to_numpy(), p.to_numpy())])  # fmt: skip


def mean_stimulus(kept: Kept) -> dict[Alignment, np.ndarray]:
    """The stimulus in the brain's place, the mean over fits, (n_lags,)."""
    curves = {
        a: [k["stimulus"]["r"].to_numpy() for (_, b), k in kept.items() if a == b and "stimulus" in k]
        for a in ALIGNMENTS
    }
    return {a: np.mean(found, axis=0) for a, found in curves.items() if found}


def descriptions_of(kept: Kept) -> set[str]:
    """The descriptions that were made in any fit and alignment."""
    return {group for groups in kept.values() for group in groups if group != "/"}
