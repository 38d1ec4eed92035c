"""Where a recording is interrupted or marked as bad, by what its files say."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bids_vlint.signals.axis import Axis

_SAME_S = 1e-3
_BREAKS = ("bad boundary", "edge boundary", "boundary", "new segment", "bad_acq_skip")


@dataclass(frozen=True)
class Interruptions:
    """Stretches of a recording.

    Attributes
    ----------
    bad : (n, 2) float64
        Start and stop of what is annotated BAD, seconds in the recording.
    breaks : (m, 2) float64
        From when to when the signal was interrupted, seconds; both the same where nothing tells for how long.
    """

    bad: np.ndarray
    breaks: np.ndarray


def interruptions_of(raws: Sequence[Any], axis: Axis, stretch: float = 1.0) -> Interruptions:
    """What the annotations of a recording's files and its clock say.

    Parameters
    ----------
    raws : sequence of mne.io.BaseRaw
        One per file.
    axis : Axis
        Annotations of EDF+ are in time of its clock, others in seconds of signal.
    stretch : float
        Seconds of the recording for a second of `raws`, whose sampling rate may be a rounded one.
    """
    bad, breaks, before = [], [], 0.0
    for raw, begin in zip(raws, axis.starts):
        annotations = raw.annotations
        first = raw.first_time if raw.info["meas_date"] is not None else 0.0
        stamped = len(axis.clock.time) > len(raws) and str(raw.filenames[0]).lower().endswith(".edf")
        if stamped:  # in time of the recording; mne leaves out what lies beyond the seconds of signal
            annotations, first = _all_of(raw), 0.0
        for onset, duration, what in zip(annotations.onset, annotations.duration, annotations.description):
            at, length = (float(onset) - first) * stretch, float(duration) * stretch
            start = begin + at if stamped else float(axis.clock.to_recording(np.array(before + at)))
            low = str(what).lower()
            if low.startswith(_BREAKS):
                ends = [start, start + length] if low.startswith("bad_acq_skip") else [start]
                breaks += [(t, t) for t in ends if begin < t < axis.clock.end - 1 / raw.info["sfreq"]]
            if low.startswith("bad") or low.rsplit("/", 1)[-1].startswith("bad"):  # BrainVision: Comment/BAD_...
                bad.append((start, start + length))
        before += raw.n_times / raw.info["sfreq"] * stretch
    gaps = [(float(a), float(b)) for a, b in axis.clock.gaps]
    breaks = [(t, u) for t, u in breaks if not any(a - _SAME_S <= t <= b + _SAME_S for a, b in gaps)]
    both = [*sorted(set(breaks)), *gaps]
    return Interruptions(np.array(bad, float).reshape(-1, 2), np.array(both, float).reshape(-1, 2))


def _all_of(raw: Any) -> Any:
    import mne

    file = Path(raw.filenames[0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return mne.read_annotations(file)
        except UnicodeDecodeError:
            return mne.read_annotations(file, encoding="latin1")
