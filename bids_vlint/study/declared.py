"""What sidecars declare of a recording's time axis: ieeg.json and channels.tsv as they stand, nothing guessed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bids_vlint.files.tables import MISSING, NOT_AVAILABLE
from bids_vlint.log import remark
from bids_vlint.study.channels import Channels
from bids_vlint.study.dataset import Run
from bids_vlint.study.sidecars import metadata


@dataclass(frozen=True)
class Declared:
    """What is declared of a recording; None, or no entry, where nothing is.

    Attributes
    ----------
    rate : float | None
        SamplingFrequency of ieeg.json, Hz.
    channel_rates : mapping
        Channel to its sampling_frequency in channels.tsv, Hz.
    duration : float | None
        RecordingDuration, seconds.
    kind : str | None
        RecordingType in lower case: continuous, discontinuous, epoched.
    epoch : float | None
        EpochLength, seconds.
    last_event : float | None
        Onset of the last event, seconds in the recording.
    channels : int
        Rows of channels.tsv.
    """

    rate: float | None = None
    channel_rates: Mapping[str, float] = field(default_factory=dict)
    duration: float | None = None
    kind: str | None = None
    epoch: float | None = None
    last_event: float | None = None
    channels: int = 0


def declared_of(run: Run, channels: Channels, last_event: float | None = None) -> Declared:
    """What the sidecars of a recording declare.

    Raises
    ------
    InputError
        An ieeg.json that is not valid JSON (65).

    Remarks: values that are no numbers.
    """
    own = metadata(run)
    rates = {str(name): rate for name, text in channels.table["sampling_frequency"].items()
             if (rate := positive(text)) is not None}  # fmt: skip
    for key in ("SamplingFrequency", "RecordingDuration"):
        value = own.get(key, NOT_AVAILABLE)
        if positive(value) is None and str(value).strip().lower() not in MISSING:
            remark(f"{key} of {run.label}_ieeg.json is {str(value)[:40]!r}, no number above zero, and is compared with "
                   "nothing.")  # fmt: skip
    kind = own.get("RecordingType")
    return Declared(
        positive(own.get("SamplingFrequency")),
        rates,
        positive(own.get("RecordingDuration")),
        kind.strip().lower() if isinstance(kind, str) and kind.strip().lower() != "n/a" else None,
        positive(own.get("EpochLength")),
        last_event,
        len(channels.names),
    )


def positive(value: Any) -> float | None:
    """A number above zero, also one in quotes; None for anything else.

    Examples
    --------
    >>> [positive(value) for value in (512, "512.0", "n/a", 0, True, float("inf"))]
    [512.0, 512.0, None, None, None, None]
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if number > 0 and math.isfinite(number) else None
