"""Whether each recording follows its film where the film is said to lie, and at which lag it does best."""

from __future__ import annotations

from typing import Any

import pandas as pd

from bids_vlint.files.column import Column
from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.contents.printed import BY_AN_EARLIER_VERSION, Printed
from bids_vlint.reports.figures.alignment import ELSEWHERE, FAR, FOLLOWS, NEAR, NOTHING, draw_alignment
from bids_vlint.signals.synchrony import NEAR_S

_VERDICTS = {True: FOLLOWS, False: ELSEWHERE, None: NOTHING}

_COLUMNS = (
    Column("recording", "string", "Recording."),
    Column("stimulus", "string", "Film."),
    Column("what", "string", "What of the film is followed: sound, or luminance at the cuts."),
    Column("verdict", "string", "What was found.", levels={
        FOLLOWS: f"best between {NEAR_S[0]:g} and {NEAR_S[1]:g} s, as it should",
        ELSEWHERE: "best at another lag: check when the film starts",
        NOTHING: "nothing follows: the alignment could not be checked"}),
    Column("best_lag", "number", "How much later than is said the recording follows the film, where they agree best.",
           "s"),
    Column("z", "number", "Correlation there, in SDs of unrelated series of the same spectra."),
    Column("threshold", "number", "What z has to reach: 1.15 times the largest of all surrogates."),
    Column("curve", "string", "What value is.", levels={
        NEAR: "r of an electrode that follows best, from -10 to 10 s",
        FAR: "largest z of any electrode in a stretch of lags, over all that was searched"}),
    Column("electrode", "string", "The electrode."),
    Column("kind", "string", "high gamma, or the analysed signal."),
    Column("lag", "number", "Seconds by which the recording is laid later than is said.", "s"),
    Column("value", "number", "r or z, as curve says."),
)  # fmt: skip


def _table(contents: Contents) -> pd.DataFrame:
    """Recordings that follow elsewhere come first, then those in which nothing follows."""
    entries = [entry for fit in contents.fits for entry in fit.record.get("synchrony") or [] if entry.get("curves")]
    order = [False, None, True]
    rows = [row for entry in sorted(entries, key=lambda own: order.index(own["follows"])) for row in _rows(entry)]
    return pd.DataFrame(rows, columns=[column.name for column in _COLUMNS])


def _rows(entry: dict[str, Any]) -> list[tuple[Any, ...]]:
    about = (entry["file"], entry["stimulus"], entry["what"], _VERDICTS[entry["follows"]], entry["lag"], entry["z"],
             entry["threshold"])  # fmt: skip
    near = [(*about, NEAR, curve["electrode"], curve["kind"], lag, r)
            for curve in entry["curves"] for lag, r in zip(entry["curve_lag"], curve["r"])]  # fmt: skip
    return near + [(*about, FAR, "n/a", "n/a", lag, z) for lag, z in zip(entry["profile_lag"], entry["profile"])]


def _lacking(contents: Contents) -> str:
    said = [str(entry["said"]) for fit in contents.fits for entry in fit.record.get("synchrony") or []]
    return "; ".join(dict.fromkeys(said)) or BY_AN_EARLIER_VERSION


ALIGNMENT = Printed(
    "alignment",
    "How well the recordings follow their films at every lag",
    _table,
    _COLUMNS,
    draw_alignment,
    140,
    "participant",
    "Look for one peak that stands above the dashed line, in the grey band: there the recording follows the film when "
    "it should; a peak elsewhere means that the film starts at another time than is said, no peak that it could not be "
    "checked.",
    _lacking,
)
