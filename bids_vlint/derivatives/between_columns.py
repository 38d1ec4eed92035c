"""Every column of the group's table of what other brains say of an electrode: name, kind, unit and meaning."""

from __future__ import annotations

from dataclasses import replace

from bids_vlint.derivatives.columns import FIT_COLUMNS
from bids_vlint.files.column import Column
from bids_vlint.inference.description import with_interval
from bids_vlint.study.stimulus import ALIGNMENTS

_WHERE = "{alignment}"
_R, _SHARE = "correlation", "1"

# In an alignment, whose name stands before each.
_BETWEEN: tuple[Column, ...] = (
    Column("between_participants", "integer", "Other participants who saw the same parts of the film, and whose "
           f"responses are at hand; {_WHERE}."),
    *with_interval("between_r", "Held-out r of the prediction from the other participants' electrodes at the same time "
                   "of the film (ridge from up to 20 courses that they share; folds and windows of the tests): a lower "
                   f"bound, since their noise and what is learnt enter; {_WHERE}. n/a: A_between_not_known says why.",
                   _R),
    *with_interval("between_ceiling", "Between-brain ceiling: r that a prediction by the signals that the others share "
                   "with one another would reach, were these known without noise; root of the shared share of the "
                   "variance, with its sign: below zero by chance where nothing is shared; "
                   f"{_WHERE}. n/a: A_between_not_known says why.", _R),
    *with_interval("between_reached", "Held-out r of the best trained network (A_best_r), in the parts of the film "
                   f"that the others saw, too, over A_between_ceiling; {_WHERE}. n/a: not known, or the ceiling's own "
                   "interval includes zero.", _SHARE),
    Column("between_not_known", "string", "Why the ceiling, or what is reached of it, is n/a; "
           f"{_WHERE}. n/a: they are known."),
)  # fmt: skip
SOURCE = Column("source", "string", "Digest of the files of all participants that the row was made from: where it is "
                "another than theirs, the row is made anew or left out.")  # fmt: skip


def between_columns() -> list[Column]:
    """What is said of an electrode in both alignments, in order."""
    return [replace(column, name=f"{a}_{column.name}", meaning=column.meaning.replace(_WHERE, a))
            for a in ALIGNMENTS for column in _BETWEEN]  # fmt: skip


def between_table_columns() -> list[Column]:
    """The columns of group_between_brains.tsv, in order."""
    return [*FIT_COLUMNS, Column("name", "string", "Electrode."), *between_columns(), SOURCE]
