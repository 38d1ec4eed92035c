"""What was found of what was planted: shares at each size, the smallest size that is found, false ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy import stats

from bids_vlint.files.column import Column
from bids_vlint.inference.correction import LEVEL
from bids_vlint.recovery.assignment import NOISE, SIZES, SOURCES
from bids_vlint.recovery.curve import clustered_interval, design_effect, on_curve, rising_curve, smallest_found
from bids_vlint.recovery.kind import EffectKind

# Electrodes that a word on power, or on false ones, is said of.
FEWEST = 20
_WHAT = (
    Column("kind", "string", "What electrodes follow."),
    Column("source", "string", "Where that comes from.", levels=SOURCES),
    Column("claim", "string", "The test, or the word that is made of tests."),
    Column("alignment", "string", "Around what the recording was cut; either: in at least one alignment."),
)
TRIAL_COLUMNS = (
    Column("replicate", "integer", "Which of several shifts set the recording against another part of the film."),
    Column("fit", "string", "The recordings that were fitted together."),
    Column("name", "string", "Electrode."),
    *_WHAT[:2],
    Column("size", "number", "Share of the variance of the planted response in the bins that count; 0: noise alone."),
    *_WHAT[3:], *_WHAT[2:3],
    Column("found", "boolean", "Whether it was called true, after the correction over all electrodes and alignments."),
    Column("p", "number", "Of the claim."),
    Column("q", "number", "Of the claim."),
    Column("p_alone", "number", "Of the test alone; n/a where the claim is made of several, or of alignments."),
    Column("diff", "number", "Difference in held-out r.", "correlation"),
    Column("detectable", "number", "Smallest difference that would have been found in 80 of 100 such recordings, one "
           "electrode alone.", "correlation"),
    Column("df", "number", "Degrees of freedom of the test."),
)  # fmt: skip
RECOVERY_COLUMNS = (
    *_WHAT[:2], TRIAL_COLUMNS[5], *_WHAT[2:],
    Column("true", "boolean", "Whether the claim is true of such an electrode: then share is power; otherwise it is "
           "that of false ones. n/a: it depends on what the networks hold."),
    Column("n", "integer", "Electrodes, over all replicates, that this was planted into."),
    Column("found", "integer", "How many of them were called so."),
    Column("share", "number", "found / n."),
    Column("low", "number", "Lower end of the 95 % interval of share (Wilson; electrodes of a replicate count as "
           "fewer where replicates differ more than by chance)."),
    Column("high", "number", "Upper end of it."),
    Column("fitted", "number", "Share on the rising curve through all sizes of the same kind, source, claim and "
           "alignment."),
    Column("p_share", "number", "Share with p < .05, before the correction over electrodes."),
    Column("diff", "number", "Median difference in held-out r.", "correlation"),
    Column("detectable", "number", "Median of the smallest difference that would have been found in 80 of 100.",
           "correlation"),
    Column("not_tested", "string", "Why it could not be planted."),
)  # fmt: skip
SMALLEST_COLUMNS = (
    *_WHAT,
    Column("smallest", "number", "Smallest size that was found with 80 % power, on the rising curve; the smallest of "
           "the planted sizes where that was found so often; n/a: not even the largest was, or n is below "
           f"{FEWEST}."),
    Column("n", "integer", "Electrodes, over all replicates and sizes."),
    Column("detectable", "number", "Median, over all sizes, of the smallest difference in held-out r that would have "
           "been found in 80 of 100 such recordings.", "correlation"),
)  # fmt: skip
FALSE_COLUMNS = (
    *_WHAT[2:],
    Column("n", "integer", "Electrodes of which the claim is false, of all kinds and sizes."),
    Column("found", "integer", "How many of them were called so."),
    Column("share", "number", "found / n."),
    Column("low", "number", "Lower end of the 95 % interval of share."),
    Column("high", "number", "Upper end of it."),
    Column("p_share", "number", "Share of them with p < .05, which should be 5 % or less."),
    Column("p_low", "number", "Lower end of the 95 % interval of p_share."),
    Column("p_high", "number", "Upper end of it."),
    Column("worst_kind", "string", "The kind, source and size with the largest p_share for its number."),
    Column("believed", "boolean", "False: more than 5 % of such electrodes, by more than chance, are called so or have "
           "p < .05, all together or of one kind and source: the claim is not to be believed on this recording; n/a: "
           f"fewer than {FEWEST} electrodes to tell from."),
)  # fmt: skip
# One-sided; of one kind and source among several, divided by their number.
_BEYOND_CHANCE = 0.01


def recovery_table(trials: pd.DataFrame, kinds: Mapping[str, EffectKind], lacking: Mapping[str, str]) -> pd.DataFrame:
    """A row per kind, source, size, claim and alignment.

    Parameters
    ----------
    trials : DataFrame
        From `trials_of`; of several participants, with a column `participant`.
    kinds : name -> EffectKind
    lacking : name -> str
        Kinds that could not be planted, and why.
    """
    rows = []
    for (kind, source, claim, alignment), part in trials.groupby(["kind", "source", "claim", "alignment"], sort=False):
        curve = _curve(part)
        for size, own in part.groupby("size", sort=True):
            found, cluster = called(own), _cluster(own)
            low, high = clustered_interval(found, cluster)
            rows.append({
                "kind": kind, "source": source, "size": size, "claim": claim, "alignment": alignment,
                "true": kinds[str(kind)].truth(str(claim)), "n": len(own), "found": int(found.sum()),
                "share": found.mean(), "low": low, "high": high,
                "fitted": on_curve(curve, float(str(size))) if curve is not None and source != NOISE else np.nan,
                "p_share": (own["p"] < LEVEL).mean(), "diff": own["diff"].median(),
                "detectable": own["detectable"].median(), "not_tested": None,
            })  # fmt: skip
    rows += [{"kind": kind, "n": 0, "not_tested": why} for kind, why in lacking.items()]
    table = pd.DataFrame(rows, columns=[c.name for c in RECOVERY_COLUMNS])
    return _ordered(table, kinds, ["claim", "alignment", "kind", "source", "size"])


def smallest_table(trials: pd.DataFrame, kinds: Mapping[str, EffectKind]) -> pd.DataFrame:
    """The smallest size that is found, of each kind and claim that is not known to be false of it."""
    rows = []
    for (kind, source, claim, alignment), part in trials.groupby(["kind", "source", "claim", "alignment"], sort=False):
        if kinds[str(kind)].truth(str(claim)) is not False:
            smallest = smallest_found(_curve(part), SIZES) if len(part) >= FEWEST else np.nan
            rows.append((kind, source, claim, alignment, smallest, len(part), part["detectable"].median()))
    table = pd.DataFrame(rows, columns=[c.name for c in SMALLEST_COLUMNS])
    return _ordered(table, kinds, ["claim", "alignment", "kind", "source"])


def false_table(trials: pd.DataFrame, kinds: Mapping[str, EffectKind]) -> pd.DataFrame:
    """Of each claim how often it is made of electrodes of which it is false, and whether it is to be believed."""
    rows = []
    false = np.array([kinds[k].truth(c) is False for k, c in zip(trials["kind"], trials["claim"])], bool)
    for (claim, alignment), part in trials[false].groupby(["claim", "alignment"], sort=False):
        own = [group for _, group in part.groupby(["kind", "source"])]
        p_values = np.array([_beyond(group, group["p"] < LEVEL) for group in own])
        worst = own[int(p_values.argmin())]
        found, small, cluster = called(part), (part["p"] < LEVEL).to_numpy(), _cluster(part)
        believed = (_beyond(part, found) > _BEYOND_CHANCE and _beyond(part, small) > _BEYOND_CHANCE
                    and p_values.min() > _BEYOND_CHANCE / len(own))  # fmt: skip
        name = f"{worst['kind'].iloc[0]}, {worst['source'].iloc[0]}: {(worst['p'] < LEVEL).mean():.3f} of {len(worst)}"
        rows.append((claim, alignment, len(part), int(found.sum()), found.mean(), *clustered_interval(found, cluster),
                     small.mean(), *clustered_interval(small, cluster), name,
                     bool(believed) if len(part) >= FEWEST else None))  # fmt: skip
    return _ordered(pd.DataFrame(rows, columns=[c.name for c in FALSE_COLUMNS]), kinds, ["claim", "alignment"])


def called(trials: pd.DataFrame) -> np.ndarray:
    """Which were called so, (n,) bool."""
    return np.array([value is True or value == "true" for value in trials["found"]], bool)


def _beyond(part: pd.DataFrame, true: np.ndarray | pd.Series) -> float:
    """The probability of as many as there are, or more, where 5 % are expected (one-sided binomial)."""
    true = np.asarray(true, bool)
    n = len(true) / design_effect(true, _cluster(part))
    return float(stats.beta.cdf(LEVEL, max(true.mean() * n, 1e-9), (1 - true.mean()) * n + 1))


def _cluster(part: pd.DataFrame) -> np.ndarray:
    own = part["replicate"].astype(str)
    return (own if "participant" not in part else part["participant"].astype(str) + "/" + own).to_numpy(str)


def _curve(part: pd.DataFrame) -> tuple[float, float] | None:
    known = part["size"].to_numpy(float) > 0
    return rising_curve(part["size"].to_numpy(float)[known], called(part)[known])


def _ordered(table: pd.DataFrame, kinds: Mapping[str, EffectKind], by: Sequence[str]) -> pd.DataFrame:
    """Kinds and claims in their own order, sizes rising."""
    claims = list(dict.fromkeys(table["claim"].dropna())) if len(table) else []
    place = {"kind": {name: k for k, name in enumerate(kinds)}, "claim": {name: k for k, name in enumerate(claims)}}

    def key(column: pd.Series) -> pd.Series:
        known = place.get(str(column.name))
        return column.map(known) if known is not None else column

    return table.sort_values(list(by), key=key, kind="stable", ignore_index=True)
