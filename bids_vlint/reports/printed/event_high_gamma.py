"""High gamma around word onsets and scene cuts: all electrodes, and those that follow best."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import t as student

from bids_vlint.derivatives.quality_file import OF_HIGH_GAMMA
from bids_vlint.files.column import Column
from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.contents.printed import BY_AN_EARLIER_VERSION, Printed
from bids_vlint.reports.figures.event_high_gamma import ALL, FOLLOWER, draw_event_high_gamma

if TYPE_CHECKING:
    import xarray as xr

_BEFORE_S, _AFTER_S = (-1.0, -0.1), (0.0, 1.0)
_N_FOLLOWERS = 3
_FEWEST_PARTS = 3
_INTERVAL = "95 % interval over the parts of the recording (t)"

_COLUMNS = (
    Column("fit", "string", "Recordings that are analysed together."),
    Column("alignment", "string", "language (word onsets) or vision (scene cuts)."),
    Column("curve", "string", "Whose mean it is.", levels={
        ALL: "mean over all analysed electrodes and all ten parts of the used events",
        FOLLOWER: f"one of the {_N_FOLLOWERS} electrodes whose high gamma changes most, relative to its spread over "
                  "parts, within 1 s of the events of parts 1, 3, 5, 7 and 9; the curve is of the other five parts"}),
    Column("name", "string", "The electrode, where it is one."),
    Column("n_electrodes", "integer", "Electrodes that are averaged."),
    Column("n_events", "integer", "Events that are averaged: of each part without those within 3.2 s of the part "
           "before."),
    Column("lag", "number", "Time from the event: centre of a window of 0.2 s.", "s"),
    Column("level_db", "number", "Log power from 70 to 150 Hz (each frequency relative to its mean over the recording, "
           "the mains left out) against its mean from -1 to -0.1 s, the mean of the parts' means.", "dB"),
    Column("low_db", "number", f"Lower end of its {_INTERVAL}.", "dB"),
    Column("high_db", "number", "Upper end.", "dB"),
)  # fmt: skip


def _table(contents: Contents) -> pd.DataFrame:
    columns = [column.name for column in _COLUMNS]
    found = [part.assign(fit=fit.name.stem) for fit, quality in contents.quality if OF_HIGH_GAMMA in quality
             for part in _rows(quality[OF_HIGH_GAMMA])]  # fmt: skip
    return pd.concat(found, ignore_index=True)[columns] if found else pd.DataFrame(columns=columns)


def _rows(around: xr.Dataset) -> Iterator[pd.DataFrame]:
    lag, names = around["lag"].to_numpy().astype(float), around["electrode"].to_numpy().astype(str)
    baseline = (lag >= _BEFORE_S[0] - 1e-6) & (lag <= _BEFORE_S[1] + 1e-6)
    for k, alignment in enumerate(around["alignment"].to_numpy().astype(str)):
        level, n_events = around["level"][k].to_numpy().astype(float), around["n_events"][k].to_numpy()
        there = n_events > 0
        electrodes = np.flatnonzero(np.isfinite(level[there]).all(axis=(0, 2))) if there.any() else np.empty(0, int)
        if there.sum() < _FEWEST_PARTS or not len(electrodes):
            continue
        level = level - level[..., baseline].mean(axis=-1, keepdims=True)
        about = {"alignment": alignment, "lag": lag}
        mean = _mean(level[there][:, electrodes].mean(axis=1))
        yield pd.DataFrame({**about, **mean, "curve": ALL, "name": "n/a", "n_electrodes": len(electrodes),
                            "n_events": int(n_events.sum())})  # fmt: skip
        first, second = (there & (np.arange(len(there)) % 2 == half) for half in (0, 1))
        if min(first.sum(), second.sum()) < _FEWEST_PARTS:
            continue
        for e in _followers(level[first][:, electrodes], lag):
            one = _mean(level[second][:, electrodes[e]])
            yield pd.DataFrame({**about, **one, "curve": FOLLOWER, "name": names[electrodes[e]], "n_electrodes": 1,
                                "n_events": int(n_events[second].sum())})  # fmt: skip


def _mean(parts: np.ndarray) -> dict[str, np.ndarray]:
    """The mean over parts, (n_parts, n_lags), with its interval."""
    n, mean = len(parts), parts.mean(axis=0)
    reach = student.ppf(0.975, n - 1) * parts.std(axis=0, ddof=1) / np.sqrt(n)
    return {name: values.round(4) for name, values in
            (("level_db", mean), ("low_db", mean - reach), ("high_db", mean + reach))}  # fmt: skip


def _followers(parts: np.ndarray, lag: np.ndarray) -> list[int]:
    """The electrodes that change most after the event, (n_parts, n_electrodes, n_lags)."""
    after = (lag >= _AFTER_S[0] - 1e-6) & (lag <= _AFTER_S[1] + 1e-6)
    spread = np.sqrt(parts.var(axis=0, ddof=1).mean(axis=-1))
    score = np.abs(parts.mean(axis=0)[:, after]).max(axis=-1) / np.maximum(spread, 1e-12)
    return [int(e) for e in np.argsort(-score, kind="stable")[:_N_FOLLOWERS]]


def _lacking(contents: Contents) -> str:
    if not any(OF_HIGH_GAMMA in quality for _, quality in contents.quality):
        return BY_AN_EARLIER_VERSION
    return ("the recordings hold nothing of 70 to 150 Hz at their sampling rates, or their events lie in fewer than "
            f"{_FEWEST_PARTS} parts that are far enough from each other")  # fmt: skip


EVENT_HIGH_GAMMA = Printed(
    "event_high_gamma",
    "High gamma around word onsets and scene cuts",
    _table,
    _COLUMNS,
    draw_event_high_gamma,
    130,
    "participant",
    "Look for a rise within half a second of the event whose band leaves 0: these electrodes hear the words or see the "
    "cuts. Events that follow each other closely share responses, so that a flat line at words is no proof of silence. "
    "The electrodes with names were chosen by half of the recording and are drawn from the other half.",
    _lacking,
)
