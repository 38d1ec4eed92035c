"""Where in the film events were used, and where they were dropped and why, in each recording."""

from __future__ import annotations

import pandas as pd

from bids_vlint.derivatives.quality_file import OF_EVENTS, QUALITY_VARIABLES, USED
from bids_vlint.files.column import Column
from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.contents.printed import BY_AN_EARLIER_VERSION, Printed
from bids_vlint.reports.figures.dropped_events import draw_dropped_events
from bids_vlint.signals.usability import BREAK, LEAVES, MARKED_BAD, OUTSIDE, PAUSE

_COLUMNS = (
    Column("recording", "string", "Recording."),
    Column("stimulus", "string", "Film."),
    Column("alignment", "string", "language (word onsets) or vision (scene cuts)."),
    Column("outcome", "string", "What became of the events.", levels={
        USED: "they are analysed", LEAVES: "the 4 s around them are not all recorded",
        PAUSE: "the film was paused within 2.1 s", BREAK: "the recording was interrupted within 2.1 s",
        MARKED_BAD: "a row of events.tsv whose trial_type begins with BAD touches the 4 s around them",
        OUTSIDE: "they are in a part of the film that was not on in this recording"}),
    Column("start", "number", "First second of a stretch of the film (a hundredth, in whole seconds).", "s"),
    Column("stop", "number", "Last second of the stretch.", "s"),
    Column("n", "integer", "Events of this outcome in the stretch; stretches without any have no row."),
)  # fmt: skip


def _table(contents: Contents) -> pd.DataFrame:
    names = [variable.name for variable in QUALITY_VARIABLES[OF_EVENTS]]
    events = [quality[OF_EVENTS] for _, quality in contents.quality if OF_EVENTS in quality]
    found = [pd.DataFrame({name: own[name].to_numpy() for name in names}) for own in events if own.sizes["row"]]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=names)


DROPPED_EVENTS = Printed(
    "dropped_events",
    "Where in the film events were used and dropped",
    _table,
    _COLUMNS,
    draw_dropped_events,
    150,
    "participant",
    "Look for stretches without grey: nothing of the film is analysed there, for the reason that the colour says.",
    lambda _contents: BY_AN_EARLIER_VERSION,
)
