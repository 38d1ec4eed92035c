"""Integration sites: which electrodes pass which test, in which alignment, corrected over a participant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from bids_vlint.inference.correction import LEVEL, benjamini_hochberg, benjamini_yekutieli
from bids_vlint.networks.comparisons import gate
from bids_vlint.networks.tests.beats_low_level import BEATS_LOW_LEVEL
from bids_vlint.networks.tests.multimodal_beats_linear import MULTIMODAL_BEATS_LINEAR
from bids_vlint.networks.tests.multimodal_beats_unimodal import MULTIMODAL_BEATS_UNIMODAL
from bids_vlint.study.stimulus import ALIGNMENTS, Alignment

PER_TEST = ("diff", "low", "high", "p", "q", "q_by", "n_model", "n_baseline")
INTEGRATION, BOTH_MODALITIES = "integration", "both_modalities"


@dataclass(frozen=True)
class SiteWord:
    """A word for what an electrode is, in an alignment.

    Attributes
    ----------
    name : str
        As in columns' names.
    tests : tuple of str
        All of which it passes.
    unless : str | None
        The word that goes before it.
    """

    name: str
    tests: tuple[str, ...]
    unless: str | None = None

    @property
    def meaning(self) -> str:
        """Its definition in words."""
        true = f"{' and '.join(self.tests)} {'are both' if len(self.tests) > 1 else 'is'} true"
        return f"{self.name.replace('_', ' ')}: {true}" + (f", and not {self.unless}" if self.unless else "")


WORDS = (
    SiteWord(INTEGRATION, (MULTIMODAL_BEATS_LINEAR.name, BEATS_LOW_LEVEL.name)),
    SiteWord(BOTH_MODALITIES, (MULTIMODAL_BEATS_UNIMODAL.name,), unless=INTEGRATION),
)


def fit_tests(by_alignment: Mapping[Alignment, pd.DataFrame]) -> pd.DataFrame:
    """One fit's tests of both alignments, with a column `alignment` after the electrode's name."""
    parts = []
    for alignment in ALIGNMENTS:
        part = by_alignment.get(alignment)
        if part is not None and len(part):
            copy = part.copy()
            copy.insert(1, "alignment", alignment)
            parts.append(copy)
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["name", "alignment", "test", "p"])


def correct_participant(
    fits: Sequence[pd.DataFrame], q: float = LEVEL, *, corrected: bool = False
) -> list[pd.DataFrame]:
    """Correct a participant's p-values.

    The family of a correction is one participant's electrodes (all fits) and both alignments, per test.

    Parameters
    ----------
    fits : sequence of DataFrame
        From `fit_tests`.
    q : float
        The level of false discoveries.
    corrected : bool
        Whether the tables hold the q of this family already, which stand: p as written has fewer digits than it had.

    Returns
    -------
    list of DataFrame
        With `q` (Benjamini-Hochberg), `q_by` (Benjamini-Yekutieli), `gate` (whether trained networks beat random ones
        at the electrode; None where that was not tested) and `significant` (q at most the level, a positive difference,
        and not stopped by the gate).
    """
    tables = [fit.copy() for fit in fits]
    if corrected:
        return [_decided(table, q) for table in tables]
    for table in tables:
        table["q"], table["q_by"] = np.nan, np.nan
    for test in dict.fromkeys(t for table in tables for t in table["test"]):
        rows = [table["test"] == test for table in tables]
        p = [table.loc[own, "p"].to_numpy(float) for table, own in zip(tables, rows)]
        cuts = np.cumsum([len(x) for x in p])[:-1]
        for column, method in (("q", benjamini_hochberg), ("q_by", benjamini_yekutieli)):
            for table, own, values in zip(tables, rows, np.split(method(np.concatenate(p)), cuts)):
                table.loc[own, column] = values
    return [_decided(table, q) for table in tables]


def _decided(table: pd.DataFrame, level: float) -> pd.DataFrame:
    q, diff = table["q"].to_numpy(float), table.get("diff", pd.Series(np.nan, table.index)).to_numpy(float)
    passed = (np.nan_to_num(q, nan=1.0) <= level) & (np.nan_to_num(diff, nan=1.0) > 0)
    places = list(zip(table["name"], table["alignment"]))
    at_gate = (table["test"] == gate().name).to_numpy()
    known = at_gate & ~np.isnan(q)
    through = {place: bool(ok) for place, ok, own in zip(places, passed, known) if own}
    table["gate"] = _objects([through.get(place) for place in places])
    open_ = np.array([through.get(place, True) for place in places], bool)
    table["significant"] = _objects([
        None if np.isnan(value) else bool(ok and (way or own)) for value, ok, way, own in zip(q, passed, open_, at_gate)
    ])  # fmt: skip
    return table


def wide(tests: pd.DataFrame, channels: Sequence[str], names: Sequence[str]) -> pd.DataFrame:
    """The sites of one fit: a row per electrode.

    Parameters
    ----------
    tests : DataFrame
        From `correct_participant`.
    channels : sequence of str
    names : sequence of str
        The tests, in order.

    Returns
    -------
    DataFrame
        Index name; `A_T` (True, False, or None where not tested), `A_T_diff`, ... for each alignment A and test T;
        `T_either`, `T_both`, `T_both_p` (the larger p); `A_integration` and `A_both_modalities` with `_either` and
        `_both`; `tests_passed` (how many tests are true in either alignment).
    """
    columns: dict[str, Any] = {}
    found = {key: part.set_index("name").reindex(list(channels)) for key, part in tests.groupby(["alignment", "test"])}
    for test in names:
        for alignment in ALIGNMENTS:
            part = found.get((alignment, test))
            columns[f"{alignment}_{test}"] = _objects([None] * len(channels) if part is None else part["significant"])
            for value in PER_TEST:
                columns[f"{alignment}_{test}_{value}"] = np.nan if part is None else part[value].to_numpy(float)
        columns |= _over_alignments(columns, test)
        p = np.stack([np.broadcast_to(columns[f"{a}_{test}_p"], len(channels)) for a in ALIGNMENTS])
        columns[f"{test}_both_p"] = p.max(0)  # NaN where one is
    none = _objects([None] * len(channels))
    for alignment, word in ((a, w) for a in ALIGNMENTS for w in WORDS):
        parts = zip(*(columns.get(f"{alignment}_{test}", none) for test in word.tests))
        before = columns[f"{alignment}_{word.unless}"] if word.unless else none
        columns[f"{alignment}_{word.name}"] = _objects([
            None if true is None else true and first is not True for true, first in zip(map(_all, parts), before)
        ])  # fmt: skip
    for word in WORDS:
        columns |= _over_alignments(columns, word.name)
    passed = [[columns[f"{t}_either"][e] is True for t in names] for e in range(len(channels))]
    columns["tests_passed"] = [sum(row) for row in passed]
    return pd.DataFrame(columns, index=pd.Index(channels, name="name"))


def _over_alignments(columns: Mapping[str, Any], what: str) -> dict[str, np.ndarray]:
    """In either alignment (None where neither was tested), and in both (None where one was not)."""
    pairs = list(zip(*(columns[f"{a}_{what}"] for a in ALIGNMENTS)))
    either = [None if all(v is None for v in pair) else any(v is True for v in pair) for pair in pairs]
    both = [None if any(v is None for v in pair) else all(pair) for pair in pairs]
    return {f"{what}_either": _objects(either), f"{what}_both": _objects(both)}


def _all(values: Sequence[bool | None]) -> bool | None:
    """Whether all are true; False as soon as one is, otherwise None where one is not known."""
    if any(v is False for v in values):
        return False
    return None if any(v is None for v in values) else True


def _objects(values: Any) -> np.ndarray:
    """True, False or None (not tested), as objects: pandas would turn a column without None into another kind."""
    out = np.empty(len(values), object)
    for k, value in enumerate(values):
        out[k] = None if value is None or value is pd.NA or value != value else bool(value)
    return out
