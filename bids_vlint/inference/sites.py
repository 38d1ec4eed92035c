"""Integration sites: which electrodes pass which test, in which alignment.

A test compares, at each electrode, the best network of one side with the best of the other; the best is chosen by
validation score, the difference is that of the held-out test scores.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from bids_vlint.encoding.encode import Encoded
from bids_vlint.encoding.linear import LINEAR
from bids_vlint.encoding.network import Network, average_label
from bids_vlint.inference.candidates import candidates
from bids_vlint.inference.compare import block_t
from bids_vlint.inference.correct import LEVEL, benjamini_hochberg
from bids_vlint.types import ALIGNMENTS, Alignment, Comparison

TESTS = ("trained_beats_random", "multimodal_beats_unimodal", "multimodal_beats_linear")
PER_TEST = ("diff", "p", "n_model", "n_baseline")
Side = np.ndarray  # (n_electrodes,) index of the network that stands for the side, -1 where it has none


def evidence(encoded: Encoded, networks: Sequence[Network], comparisons: Sequence[Comparison]) -> pd.DataFrame:
    """One alignment's difference and p for every test, best networks and peak lag; one row per electrode.

    Parameters
    ----------
    encoded : Encoded
    networks : sequence of Network
    comparisons : sequence of Comparison
        Those of the model set, beside the built-in tests.

    Returns
    -------
    DataFrame
        Columns `T_diff`, `T_p` for every test T (NaN where a side is missing), `T_n_model`, `T_n_baseline` (how many
        candidates each side has; NaN where p is), `best_multimodal`, `best_unimodal` (None where missing), `peak_lag`
        (seconds).
    """
    multimodal, unimodal = _labels(networks, {"multimodal"}), _labels(networks, {"vision", "language"})
    twins = _twins(networks)
    pools: dict[str, tuple[Sequence[str], Sequence[str]]] = {
        "trained_beats_random": (list(twins), list(twins.values())),
        "multimodal_beats_unimodal": (multimodal, unimodal),
        "multimodal_beats_linear": (multimodal, [LINEAR]),
    }
    pools |= {c.name: (c.model, c.baseline) for c in comparisons}
    table = pd.DataFrame(index=pd.Index(encoded.scores.channels, name="name"))
    for test, (model, baseline) in pools.items():
        best = _best(encoded, model)
        other = _own_twin(encoded, best, twins) if test == "trained_beats_random" else _best(encoded, baseline)
        diff, p = _compare(encoded, best, other)
        # rounded as written, so that q is the same when it is computed from the table
        table[f"{test}_diff"], table[f"{test}_p"] = _significant(diff), _significant(p)
        for side, labels in (("model", model), ("baseline", baseline)):
            table[f"{test}_n_{side}"] = np.where(np.isnan(p), np.nan, candidates(labels, networks))
    table["best_multimodal"] = _name(encoded, _best(encoded, multimodal))
    table["best_unimodal"] = _name(encoded, _best(encoded, unimodal))
    table["peak_lag"] = _peak_lag(encoded, _best(encoded, _labels(networks, {"multimodal", "vision", "language"})))
    return table


def _labels(networks: Sequence[Network], modalities: set[str]) -> list[str]:
    return [n.label for n in networks if n.trained and n.modality in modalities]


def _best(encoded: Encoded, labels: Sequence[str]) -> Side:
    """Index of each electrode's best network among some, by validation."""
    known = [encoded.scores.models.index(label) for label in labels if label in encoded.scores.models]
    if not known:
        return np.full(len(encoded.scores.channels), -1)
    return np.array(known)[encoded.scores.validation[known].argmax(0)]


def _twins(networks: Sequence[Network]) -> dict[str, str]:
    """Every trained network that has a twin, and what its twin, or the average of its twins, is called."""
    untrained = {n.name for n in networks if not n.trained}
    return {n.label: average_label(n.name) for n in networks if n.trained and n.name in untrained}


def _own_twin(encoded: Encoded, side: Side, twins: Mapping[str, str]) -> Side:
    """The twins of the networks that stand for a side."""
    models = encoded.scores.models
    return np.array([models.index(twins[models[k]]) if k >= 0 else -1 for k in side])


def _compare(encoded: Encoded, model: Side, baseline: Side) -> tuple[np.ndarray, np.ndarray]:
    diff, p = np.full((2, len(model)), np.nan)
    both = np.flatnonzero((model >= 0) & (baseline >= 0))
    if len(both):
        shares = encoded.contributions
        paired = shares[model[both], :, both] - shares[baseline[both], :, both]  # (n_electrodes, n_test)
        result = block_t(paired.T, encoded.blocks, encoded.test_to_train)
        diff[both], p[both] = result.diff, result.p
    return diff, p


def _significant(values: np.ndarray, digits: int = 6) -> np.ndarray:
    return np.array([float(f"{v:.{digits}g}") for v in values])


def _name(encoded: Encoded, side: Side) -> list[str | None]:
    return [encoded.scores.models[k] if k >= 0 else None for k in side]


def _peak_lag(encoded: Encoded, side: Side) -> np.ndarray:
    after = encoded.scores.lags >= 0
    lags = encoded.scores.lags[after]
    return np.array([
        lags[encoded.scores.r[k, e][after].argmax()] if k >= 0 else np.nan for e, k in enumerate(side)
    ])  # fmt: skip


def sites_of_fit(
    by_alignment: Mapping[Alignment, pd.DataFrame], channels: Sequence[str], tests: Sequence[str]
) -> pd.DataFrame:
    """Join the alignments of one fit: columns `A_T_diff`, `A_T_p`, ... for both alignments (NaN where absent)."""
    table = pd.DataFrame(index=pd.Index(channels, name="name"))
    columns = [f"{t}_{v}" for t in tests for v in PER_TEST] + ["best_multimodal", "best_unimodal", "peak_lag"]
    for alignment in ALIGNMENTS:
        part = by_alignment.get(alignment)
        for column in columns:
            table[f"{alignment}_{column}"] = np.nan if part is None else part[column]
    return table


def correct_participant(fits: Sequence[pd.DataFrame], tests: Sequence[str]) -> list[pd.DataFrame]:
    """Correct a participant's p-values and say which electrodes pass.

    The family of a correction is one participant's electrodes (all fits) and both alignments, per test.

    Parameters
    ----------
    fits : sequence of DataFrame
        From `sites_of_fit`.
    tests : sequence of str

    Returns
    -------
    list of DataFrame
        With `A_T_q`, `A_T` (True, False or None), `T_either`, `T_both` and `tests_passed` (how many tests are true in
        either alignment).
    """
    tables = [fit.copy() for fit in fits]
    for test in tests:
        columns = [f"{a}_{test}_p" for a in ALIGNMENTS]
        family = np.concatenate([t[columns].to_numpy(float).ravel() for t in tables])
        q = np.split(benjamini_hochberg(family), np.cumsum([t[columns].size for t in tables])[:-1])
        for table, values in zip(tables, q):
            per_alignment = values.reshape(len(table), len(ALIGNMENTS))
            for a, column in zip(ALIGNMENTS, per_alignment.T):
                table[f"{a}_{test}_q"] = column
                table[f"{a}_{test}"] = _verdict(np.nan_to_num(column, nan=1.0) <= LEVEL, ~np.isnan(column))
            known = ~np.isnan(per_alignment)
            true = known & (np.nan_to_num(per_alignment, nan=1.0) <= LEVEL)
            table[f"{test}_either"] = _verdict(true.any(1), known.any(1))
            table[f"{test}_both"] = _verdict(true.all(1), known.all(1))
    for table in tables:
        table["tests_passed"] = [
            sum(row[f"{t}_either"] is True for t in tests) for row in table.to_dict("records")
        ]  # fmt: skip
    return tables


def _verdict(true: np.ndarray, known: np.ndarray) -> np.ndarray:
    """True, False or None (not tested), as objects: pandas would turn a column without None into another kind."""
    return np.array([bool(t) if k else None for t, k in zip(true, known)], dtype=object)
