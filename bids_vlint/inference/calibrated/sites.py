"""Integration sites: which electrodes pass which test, in which alignment, corrected over a participant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from bids_vlint.inference.calibrated.claims import INTEGRATION, family_q, is_positive, joined_p, passed, verdicts
from bids_vlint.inference.correction import LEVEL, benjamini_hochberg, benjamini_yekutieli
from bids_vlint.networks.comparisons import gate, passes_gate_first
from bids_vlint.study.stimulus import ALIGNMENTS, Alignment

PER_TEST = ("diff", "low", "high", "p", "q_by", "n_model", "n_baseline")


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


def correct_participant(fits: Sequence[pd.DataFrame], q: float = LEVEL) -> list[pd.DataFrame]:
    """Make a participant's tests claims, and correct their p-values.

    The family of a correction is one participant's electrodes (all fits) and both alignments, per test.

    Parameters
    ----------
    fits : sequence of DataFrame
        From `fit_tests`, or from here: a test's own p is `p_alone` where there is such a column, otherwise `p`.
    q : float
        The level of false discoveries.

    Returns
    -------
    list of DataFrame
        With `p_alone` (the test's own p), `p` (the claim's: the larger of the test's own and the gate's, where the gate
        was tested), `q` (Benjamini-Hochberg) and `q_by` (Benjamini-Yekutieli) of the claim's p, `gate` (whether
        trained networks beat random ones at the electrode; None where that was not tested) and `significant` (q at most
        the level, and a positive difference; None where there is no p).
    """
    tables = [_claims(fit) for fit in fits]
    for test in dict.fromkeys(t for table in tables for t in table["test"]):
        rows = [table["test"] == test for table in tables]
        p = [table.loc[own, "p"].to_numpy(float) for table, own in zip(tables, rows)]
        cuts = np.cumsum([len(x) for x in p])[:-1]
        for column, method in (("q", benjamini_hochberg), ("q_by", benjamini_yekutieli)):
            for table, own, values in zip(tables, rows, np.split(method(np.concatenate(p)), cuts)):
                table.loc[own, column] = values
    return [_decided(table, q) for table in tables]


def _claims(fit: pd.DataFrame) -> pd.DataFrame:
    """A fit's tests with the p of their claims."""
    own = fit["p_alone" if "p_alone" in fit else "p"].to_numpy(float)
    # a gate that was not tested is no part of the claim
    return fit.assign(p_alone=own, p=np.fmax(own, _at_gate(fit, own)), q=np.nan, q_by=np.nan)


def _at_gate(table: pd.DataFrame, values: Sequence[Any] | np.ndarray) -> np.ndarray:
    """The gate's value at each row's electrode and alignment; NaN where it was not tested, or is none of the test's."""
    places = list(zip(table["name"], table["alignment"]))
    known = {place: value for place, value, test in zip(places, values, table["test"]) if test == gate().name}
    found = [known.get(place) if passes_gate_first(test) else None for place, test in zip(places, table["test"])]
    return np.array(found, float)


def _decided(table: pd.DataFrame, level: float) -> pd.DataFrame:
    diff = table["diff"] if "diff" in table else np.full(len(table), np.nan)
    significant = passed(table["q"], level, is_positive(diff) & is_positive(_at_gate(table, np.asarray(diff, float))))
    through = np.empty(len(table), object)
    through[:] = [None if np.isnan(value) else bool(value) for value in _at_gate(table, significant)]
    return table.assign(gate=through, significant=significant)


def participant_sites(
    fits: Sequence[pd.DataFrame], channels: Sequence[Sequence[str]], tests: Sequence[str], q: float = LEVEL
) -> list[pd.DataFrame]:
    """A participant's sites: of each fit a row per electrode.

    Parameters
    ----------
    fits : sequence of DataFrame
        All of the participant's, from `correct_participant`.
    channels : sequence of sequence of str
        The electrodes of each fit.
    tests : sequence of str
        In order.
    q : float
        The level of false discoveries.

    Returns
    -------
    list of DataFrame
        Index name; `A_T` (True, False, or None where not tested), `A_T_diff`, ... for each alignment A and test T;
        `T_either`, `T_both` with `_p` and `_q`; `A_integration` with `_p`, `_q` and `_q_by`, and in either and in both;
        `A_trained_with_language`, in either and in both; `tests_passed` (how many tests are true in either alignment).
        The families are the electrodes of all fits.
    """
    parts = [_values(fit, own, tests) for fit, own in zip(fits, channels)]
    table = {c: np.concatenate([part[c] for part in parts]) for c in parts[0]} if parts else {}
    table |= joined_p(table, tests)
    table |= family_q(table, tests)
    by = benjamini_yekutieli(np.stack([table[f"{a}_{INTEGRATION}_p"] for a in ALIGNMENTS], 1))
    table |= {f"{a}_{INTEGRATION}_q_by": by[:, k] for k, a in enumerate(ALIGNMENTS)}
    table |= verdicts(table, tests, q)
    ends = np.cumsum([len(own) for own in channels])
    table["tests_passed"] = sum((table[f"{t}_either"] == True for t in tests), np.zeros(ends[-1], int))  # noqa: E712
    return [pd.DataFrame({c: v[end - len(own) : end] for c, v in table.items()}, index=pd.Index(own, name="name"))
            for own, end in zip(channels, ends)]  # fmt: skip


def _values(fit: pd.DataFrame, channels: Sequence[str], tests: Sequence[str]) -> dict[str, np.ndarray]:
    """What the long table holds of each electrode, alignment and test; NaN where it holds nothing."""
    fit = fit.reindex(columns=list(dict.fromkeys([*fit, *PER_TEST])))
    found = {key: part.set_index("name").reindex(list(channels)) for key, part in fit.groupby(["alignment", "test"])}
    absent = np.full(len(channels), np.nan)
    return {
        f"{alignment}_{test}_{value}": found[alignment, test][value].to_numpy(float)
        if (alignment, test) in found
        else absent
        for test in tests
        for alignment in ALIGNMENTS
        for value in PER_TEST
    }
