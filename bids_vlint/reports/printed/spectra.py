"""Power spectra of the channels of each recording, before and after the mains are taken out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bids_vlint.derivatives.quality_file import OF_SPECTRA
from bids_vlint.files.column import Column
from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.contents.printed import BY_AN_EARLIER_VERSION, Printed
from bids_vlint.reports.figures.recording_spectra import AFTER_NOTCH, BAD, KEPT, ODD, draw_spectra

if TYPE_CHECKING:
    import xarray as xr

_ALL_UP_TO_HZ = 65.0  # above, every second frequency
_MOST_ODD, _ODD = 3, 3.0
_LEAST_SD_DB = 1.0
_OF = "the analysed channels"

_COLUMNS = (
    Column("recording", "string", "Recording."),
    Column("stage", "string", "Before or after the notch that takes out the mains."),
    Column("channels", "string", "Whose spectrum it is.", levels={
        KEPT: _OF, BAD: "contacts that are bad and not analysed, as recorded",
        ODD: f"one of {_OF}, of those that differ most (up to {_MOST_ODD}): over all frequencies their spectrum before "
             f"the notch is on average more than {_ODD:g} robust SDs (at least {_LEAST_SD_DB:g} dB) away from the "
             "median over channels"}),
    Column("name", "string", "The channel, where it is one."),
    Column("n_channels", "integer", "Channels whose spectrum is known."),
    Column("frequency", "number", "Frequency.", "Hz"),
    Column("power_db", "number", "Power spectral density (Welch, windows of 2 s, the median over up to 12 stretches of "
           "30 s spread over the recording), the median over channels.", "dB re 1 µV²/Hz"),
    Column("low_db", "number", "The lowest channel.", "dB re 1 µV²/Hz"),
    Column("high_db", "number", "The highest channel.", "dB re 1 µV²/Hz"),
)  # fmt: skip


def _table(contents: Contents) -> pd.DataFrame:
    found = [part for _, quality in contents.quality if OF_SPECTRA in quality for part in _rows(quality[OF_SPECTRA])]
    columns = [column.name for column in _COLUMNS]
    return pd.concat(found, ignore_index=True)[columns] if found else pd.DataFrame(columns=columns)


def _rows(spectra: xr.Dataset) -> Iterator[pd.DataFrame]:
    hertz = spectra["frequency"].to_numpy().astype(float)
    shown = (hertz <= _ALL_UP_TO_HZ) | (hertz % 1 == 0)
    kept, names = spectra["kept"].to_numpy().astype(bool), spectra["channel"].to_numpy().astype(str)
    for recording in range(spectra.sizes["recording"]):
        power = spectra["power"][recording].to_numpy().astype(float)[:, :, shown]
        with np.errstate(divide="ignore"):
            level = np.where(power > 0, 10 * np.log10(power), np.nan)
        known = np.isfinite(level).any(axis=(1, 2))
        odd = _odd_ones(level[:, 0], kept & known)
        for stage, said in enumerate(spectra["stage"].to_numpy().astype(str)):
            groups = [(KEPT, "n/a", kept & known), (BAD, "n/a", ~kept & known)]
            groups += [(ODD, names[k], np.arange(len(names)) == k) for k in odd]
            for channels, name, which in groups:
                if which.any():
                    yield _curve(level[which, stage], hertz[shown]).assign(
                        recording=str(spectra["recording"].to_numpy()[recording]), stage=said, channels=channels,
                        name=name)  # fmt: skip


def _curve(level: np.ndarray, hertz: np.ndarray) -> pd.DataFrame:
    """The median and the range over channels, (n_channels, n_frequencies), where they are known."""
    known = np.isfinite(level).any(axis=0)
    own, one = level[:, known], len(level) == 1
    middle, low, high = np.nanmedian(own, axis=0), np.nanmin(own, axis=0), np.nanmax(own, axis=0)
    return pd.DataFrame({"n_channels": len(level), "frequency": hertz[known], "power_db": middle.round(2),
                         "low_db": np.nan if one else low.round(2),
                         "high_db": np.nan if one else high.round(2)})  # fmt: skip


def _odd_ones(level: np.ndarray, kept: np.ndarray) -> list[int]:
    """The channels whose spectrum differs most from that of the others, (n_channels, n_frequencies)."""
    rows = np.flatnonzero(kept)
    own = level[rows][:, np.isfinite(level[rows]).all(axis=0)]
    if len(rows) < 4 or not own.size:
        return []
    away = np.abs(own - np.median(own, axis=0))
    spread = np.maximum(1.4826 * np.median(away, axis=0), _LEAST_SD_DB)
    score = (away / spread).mean(axis=1)
    return [int(rows[k]) for k in np.argsort(-score, kind="stable")[:_MOST_ODD] if score[k] > _ODD]


def _lacking(contents: Contents) -> str:
    if not any(OF_SPECTRA in quality for _, quality in contents.quality):
        return BY_AN_EARLIER_VERSION
    return "no recording has 14 s without an interruption and with numbers in all samples"


SPECTRA = Printed(
    "spectra",
    "Power spectra of the channels, before and after the mains are taken out",
    _table,
    _COLUMNS,
    draw_spectra,
    110,
    "participant",
    f"Look for a peak at the mains and its harmonics that is gone {AFTER_NOTCH}, and for a range or a named channel "
    "far from the median: a loose contact lies high and flat, a dead one low.",
    _lacking,
)
