"""The smallest differences that fits could have shown, from their long tables of tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from bids_vlint.derivatives.collection import FitResult
from bids_vlint.inference.calibrated.detectable import LEVEL, POWER, family_level, noncentrality
from bids_vlint.networks.comparisons import telling


class Detectable(NamedTuple):
    """The smallest difference in held-out r, median over electrodes: at an uncorrected p of 0.05, and where it would be
    the only discovery of its family."""

    plain: float
    single: float


ByAlignment = Mapping[str, Detectable]


def all_tests_of(fits: Sequence[FitResult]) -> pd.DataFrame:
    """The tests of all fits, with the name of each."""
    tests = {fit.name.stem: fit.tests for fit in fits if len(fit.tests)}
    return pd.concat(tests, names=["fit"]).reset_index("fit") if tests else pd.DataFrame()


def detectable_in(fits: Sequence[FitResult], q: float) -> dict[str, ByAlignment]:
    """Test -> alignment -> what would be found with 80 % power, at a level of false discoveries of q."""
    tests = all_tests_of(fits)
    found: dict[str, ByAlignment] = {}
    known = set(tests["test"]) if len(tests) else set()
    for test in (*telling(), *sorted(known - set(telling()))) if len(tests) else ():
        own = tests[(tests["test"] == test) & (tests["detectable"] > 0)]
        if len(own):
            above = own["against"].fillna(0) if "against" in own else 0.0
            own = own.assign(single=above + (own["detectable"] - above) * _times(own, q))
            medians = own.groupby("alignment")[["detectable", "single"]].median()
            found[test] = {str(a): Detectable(float(plain), float(single)) for a, plain, single in medians.itertuples()}
    return found


def _times(own: pd.DataFrame, q: float) -> np.ndarray:
    """How much larger a difference has to be to be the only discovery in a participant's family."""
    mean, sd = (own[c].to_numpy(float) for c in ("null_mean", "null_sd"))
    raised = np.maximum(mean, 0) - mean
    family = own.groupby(own["fit"].str.split("_").str[0])["p"].transform("size")
    cases = list(zip(own["df"].astype(int), family))
    known = {(d, n): [noncentrality(d, level, POWER) for level in (family_level(n, q), LEVEL)] for d, n in set(cases)}
    needed, plain = np.array([known[case] for case in cases]).T
    times: np.ndarray = (sd * needed + raised) / (sd * plain + raised)
    return times
