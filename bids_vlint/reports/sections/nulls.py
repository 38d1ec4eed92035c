"""What is kept of every fit's inference, and what its nulls say: swapped stimuli, the stimulus in the brain's place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from bids_vlint.derivatives.collection import FitResult
from bids_vlint.derivatives.inference_file import Inference, read_inference
from bids_vlint.derivatives.layout import inference_h5
from bids_vlint.inference.calibrated.sites import correct_participant
from bids_vlint.networks.comparisons import BEATS_LINEAR, BEATS_LOW_LEVEL, BEATS_UNIMODAL
from bids_vlint.reports.words import spoken
from bids_vlint.study.fits import FitName
from bids_vlint.study.stimulus import ALIGNMENTS, Alignment

Kept = Mapping[tuple[FitName, Alignment], Inference]
TOLD = (BEATS_UNIMODAL, BEATS_LINEAR, BEATS_LOW_LEVEL)


def read_kept(out: Path, fits: Sequence[FitResult]) -> dict[tuple[FitName, Alignment], Inference]:
    """What is on disk of each fit and alignment."""
    names = [(fit.name, alignment) for fit in fits for alignment in ALIGNMENTS]
    return {(n, a): read_inference(out, n, a) for n, a in names if inference_h5(out, n, a).is_file()}


def null_sentences(kept: Kept) -> list[str]:
    """How many sites the swapped stimuli give, and what the stimulus in the brain's place shows."""
    return [*_swapped(kept), *(_stimulus(a, r, kept) for a, r in mean_stimulus(kept).items())]


def _swapped(kept: Kept) -> list[str]:
    counts = swapped_sites(kept)
    if not counts:
        return []
    said = [f"{spoken(test)} {counts[test][0]}" for test in (*TOLD, *counts) if test in counts]
    return [
        "Stimulus swapped: every event is set against what was shown half of the recordings away, so that nothing can "
        f"be found. Of {max(total for _, total in counts.values())} electrodes, in either alignment and corrected as "
        f"the others, so many pass: {', '.join(dict.fromkeys(said))}."
    ]


def swapped_sites(kept: Kept) -> dict[str, tuple[int, int]]:
    """Test -> how many electrodes pass it in either alignment with the stimulus swapped, of how many."""
    counts: dict[str, tuple[int, int]] = {}
    for subject in dict.fromkeys(name.subject for name, _ in kept):
        own = [_long(name, alignment, one) for (name, alignment), one in kept.items() if name.subject == subject]
        whole = pd.concat(own, ignore_index=True)
        if not len(whole):
            continue
        for test, part in correct_participant([whole])[0].groupby("test", sort=False):
            passed = part.groupby("name")["significant"].any()
            n, total = counts.get(str(test), (0, 0))
            counts[str(test)] = n + int(passed.sum()), total + len(passed)
    return counts


def _long(name: FitName, alignment: Alignment, kept: Inference) -> pd.DataFrame:
    """p of the swapped stimuli as the long table of a participant; electrodes are told apart by their fits."""
    whole = [pd.DataFrame({"name": [f"{name.stem} {c}" for c in kept.channels], "alignment": alignment, "test": test,
                           "p": p.astype(float)}) for test, p in kept.swapped.items()]  # fmt: skip
    return pd.concat(whole) if whole else pd.DataFrame(columns=["name", "alignment", "test", "p"])


def mean_stimulus(kept: Kept) -> dict[Alignment, np.ndarray]:
    """The stimulus in the brain's place, the mean over fits, (n_lags,)."""
    curves = {a: [k.stimulus for (_, b), k in kept.items() if a == b and k.stimulus is not None] for a in ALIGNMENTS}
    return {a: np.mean(found, axis=0) for a, found in curves.items() if found}


def _stimulus(alignment: Alignment, r: np.ndarray, kept: Kept) -> str:
    lags = next(k.lags for (_, a), k in kept.items() if a == alignment)
    best, before = int(np.nanargmax(r)), lags <= -0.5
    return (
        f"Stimulus in the brain's place, {alignment}: network features predict the low-level features of the stimulus "
        f"itself with r = {r[best]:.2f} at best ({lags[best]:+.2f} s) and with {np.nanmean(r[before]):.2f} on average "
        "0.5 to 2 s before the event. Where this is above zero, what precedes an event in a time course may be the "
        "stimulus alone."
    )
