"""events.tsv: what happened when in a recording."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from bids_vlint.errors import Exit, InputError
from bids_vlint.files.tables import numbers, read_table
from bids_vlint.study.dataset import Run
from bids_vlint.study.sidecars import metadata, sidecars
from bids_vlint.study.stim_file import may_name_a_film

_MILLISECONDS = 1000.0
# Onsets in another unit reach far into the recording once they are divided.
_LEAST_REACH = 0.1
_SLACK_S = 1.0
_SAME_RATE = 0.005

# The columns that mean something here.
_COLUMNS = ("onset", "duration", "trial_type", "stim_file", "stim_id", "stim_onset", "word", "sentence", "translation")


def read_events(run: Run) -> tuple[pd.DataFrame, Path] | None:
    """The events.tsv that applies to a run: onset and duration as numbers, the rest as text; None where absent.

    Raises
    ------
    InputError
        A cell that is no number, or onsets that are no seconds, as far as the sidecars tell (65).
    """
    found = sidecars(run, "events", ".tsv")
    if not found:
        return None
    table = read_table(found[0], _COLUMNS)
    table["onset"] = numbers(table, "onset", found[0])
    table["duration"] = numbers(table, "duration", found[0]) if "duration" in table else np.nan
    said = metadata(run)
    rate, duration = (_positive(said.get(key)) for key in ("SamplingFrequency", "RecordingDuration"))
    check_seconds(table, found[0], [rate] if rate else [], duration)
    return table.sort_values("onset", kind="stable").reset_index(drop=True), found[0]


def lost_without_a_film(run: Run) -> bool:
    """Whether a run's events.tsv cannot be read, and what there is of it names no film."""
    try:
        read_events(run)
    except InputError as error:
        file = next(iter(sidecars(run, "events", ".tsv")))
        return error.code == Exit.NO_INPUT or not may_name_a_film(file)
    return False


def _positive(value: object) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 < value < np.inf else None  # type: ignore[operator, arg-type]


def check_seconds(events: pd.DataFrame, file: Path, rates: Sequence[float], duration: float | None) -> None:
    """Raise InputError (65) where onsets are samples or milliseconds.

    They are where they equal the column `sample`, and where most lie beyond the end of the recording, but in it once
    they are divided by a sampling rate or by 1000.

    Parameters
    ----------
    events : DataFrame
        With onset as numbers.
    file : Path
    rates : sequence of Hz
        Of the recording's channels.
    duration : float | None
        Of the recording, seconds; None where it is not known.
    """
    onset, sample = events["onset"].to_numpy(float), _samples(events)
    known = np.isfinite(onset) & np.isfinite(sample)
    if np.count_nonzero(onset[known]) > 1 and np.abs(onset - sample)[known].max() <= 0.5 and max(rates, default=2) > 1:
        raise InputError(file, "gives onsets that equal its column sample, so they are no seconds",
                         "divide them by the sampling rate")  # fmt: skip
    onset = onset[np.isfinite(onset)]
    if duration is None or 2 * np.count_nonzero(onset > duration + _SLACK_S) <= len(onset):
        return
    for factor, unit in [*((rate, f"samples at {rate:g} Hz") for rate in rates), (_MILLISECONDS, "milliseconds")]:
        if _LEAST_REACH * duration <= onset.max() / factor <= duration + _SLACK_S:
            raise InputError(file, f"has {(onset > duration).sum()} of {len(onset)} onsets beyond the end of the "
                             f"recording at {duration:g} s: they look like {unit}", "give seconds")  # fmt: skip


def odd_samples(events: pd.DataFrame, rates: Sequence[float]) -> str | None:
    """What is to be said where the column `sample` counts at another rate than the recording; parameters as in
    `check_seconds`."""
    onset, sample = events["onset"].to_numpy(float), _samples(events)
    known = np.isfinite(sample) & np.isfinite(onset)
    if not known.any() or np.ptp(onset[known]) < _SLACK_S:
        return None
    rate = float(np.polyfit(onset[known], sample[known], 1)[0])  # a recording may not begin with sample 0
    if any(abs(rate - own) <= _SAME_RATE * own for own in rates):
        return None
    return (f"column sample of events.tsv counts at about {rate:.4g} Hz, the recording at "
            f"{', '.join(f'{own:g}' for own in rates)} Hz; onset was used")  # fmt: skip


def _samples(events: pd.DataFrame) -> np.ndarray:
    """The column sample; NaN where it is not there or no number."""
    if "sample" not in events:
        return np.full(len(events), np.nan)
    return pd.to_numeric(events["sample"], errors="coerce").to_numpy(float)
