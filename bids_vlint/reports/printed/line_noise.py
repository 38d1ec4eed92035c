"""How far the mains stand out of each channel's spectrum, before and after they are taken out."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bids_vlint.derivatives.quality_file import OF_SPECTRA
from bids_vlint.files.column import Column
from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.contents.printed import BY_AN_EARLIER_VERSION, Printed
from bids_vlint.reports.figures.line_noise import draw_line_noise
from bids_vlint.signals.spectra import above_neighbours, harmonics

_COLUMNS = (
    Column("recording", "string", "Recording."),
    Column("name", "string", "Channel."),
    Column("analysed", "boolean", "Whether it is analysed; the others are bad, and taken as recorded."),
    Column("line", "integer", "1: the mains; 2 and more: the harmonic."),
    Column("frequency", "number", "Of the line.", "Hz"),
    Column("before_db", "number", "Largest power within 0.5 Hz of the line against the median of that 2 to 5 Hz away, "
           "before the notch.", "dB"),
    Column("after_db", "number", "The same after the notch; below 0 there is a gap in its place.", "dB"),
)  # fmt: skip


def _table(contents: Contents) -> pd.DataFrame:
    rows = []
    for _, quality in contents.quality:
        if OF_SPECTRA not in quality:
            continue
        spectra = quality[OF_SPECTRA]
        names, kept = spectra["channel"].to_numpy().astype(str), spectra["kept"].to_numpy().astype(bool)
        for k, recording in enumerate(spectra["recording"].to_numpy().astype(str)):
            lines, rates = (spectra[name][k].to_numpy().astype(float) for name in ("line_freq", "sfreq"))
            power = spectra["power"][k].to_numpy().astype(float)
            for c in np.flatnonzero(np.isfinite(lines)):
                for number, hertz in enumerate(harmonics(lines[c], rates[c]), 1):
                    before, after = above_neighbours(power[c], hertz).round(2)
                    if np.isfinite(power[c]).any() and (power[c] > 0).any():
                        rows.append((recording, names[c], bool(kept[c]), number, float(hertz), before, after))
    return pd.DataFrame(rows, columns=[column.name for column in _COLUMNS])


def _lacking(contents: Contents) -> str:
    found = [quality[OF_SPECTRA] for _, quality in contents.quality if OF_SPECTRA in quality]
    if not found:
        return BY_AN_EARLIER_VERSION
    if not any(np.isfinite(spectra["line_freq"].to_numpy()).any() for spectra in found):
        return "no PowerLineFrequency is given, and no peak at 50 or 60 Hz was found, so that no mains were taken out"
    return "the recordings are too short, or sampled too slowly, for a spectrum around the mains"


LINE_NOISE = Printed(
    "line_noise",
    "The mains in each channel, before and after they are taken out",
    _table,
    _COLUMNS,
    draw_line_noise,
    120,
    "participant",
    "Look for channels whose filled dot, after the notch, still lies 3 dB and more above 0: there line noise remains.",
    _lacking,
)
