"""Results in words: counts, what a test means, what was planted and found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from bids_vlint.derivatives.candidates import against, candidates_of
from bids_vlint.derivatives.meanings import test_meaning
from bids_vlint.group.regions import tally
from bids_vlint.inference.calibrated.sites import BOTH_MODALITIES, INTEGRATION
from bids_vlint.inference.correction import LEVEL
from bids_vlint.networks.comparisons import BEATS_LINEAR, BEATS_LOW_LEVEL, BEATS_UNIMODAL, GATE
from bids_vlint.study.stimulus import ALIGNMENTS

ONE_FILM = (
    "One film is one sample of stimuli: what holds for the words and scenes of this film need not hold for another, "
    "however many electrodes or participants were recorded."
)

# Which planted kinds a test should find; other kinds found by it are false.
EXPECTED: dict[str, tuple[str, ...]] = {
    INTEGRATION: ("integration", "interaction"),
    "multimodal_beats_unimodal": ("integration", "interaction", "linear"),
    "multimodal_beats_linear": ("integration", "interaction"),
}


def share(n: int, total: int) -> str:
    """N of M electrodes, P %."""
    return f"{n} of {total} electrodes, {100 * n / total:.1f} %" if total else "no electrode was tested"


def number(n: int, noun: str) -> str:
    """A count and its noun: 1 site, 2 sites."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def counts(sites: pd.DataFrame, test: str) -> str:
    """A test's sentence: how many electrodes pass in either alignment, in both, and in each alone."""
    name = spoken(test)
    either, both = (tally(sites, f"{test}_{which}") for which in ("either", "both"))
    if not either[1]:
        return f"{name}: not tested (a side of the comparison is missing)."
    alone = ", ".join(f"{alignment} {_of(tally(sites, f'{alignment}_{test}'))}" for alignment in ALIGNMENTS)
    return f"{name}: {share(*either)}, in either alignment ({alone}); {share(*both)}, in both."


def counts_over_all(sites: pd.DataFrame, what: str) -> str:
    """The sentence of a test or word where the false discovery rate is controlled over all participants together."""
    verdicts = [_over_all(sites, alignment, what) for alignment in ALIGNMENTS]
    either = np.logical_or(*(passed for passed, _ in verdicts))
    tested = np.logical_or(*(known for _, known in verdicts))
    return f"{spoken(what)}: {share(int(either.sum()), int(tested.sum()))}, in either alignment."


def _over_all(sites: pd.DataFrame, alignment: str, what: str) -> tuple[np.ndarray, np.ndarray]:
    """Which electrodes pass in an alignment with q over all participants, and which were tested."""
    if what == INTEGRATION:
        parts = [_over_all(sites, alignment, test) for test in (BEATS_LINEAR, BEATS_LOW_LEVEL)]
        return parts[0][0] & parts[1][0], parts[0][1] & parts[1][1]
    if what == BOTH_MODALITIES:
        passed, known = _over_all(sites, alignment, BEATS_UNIMODAL)
        return passed & ~_over_all(sites, alignment, INTEGRATION)[0], known
    q, diff = (sites[f"{alignment}_{what}_{column}"].to_numpy(float) for column in ("q_group", "diff"))
    positive = (np.nan_to_num(q, nan=1.0) <= LEVEL) & (np.nan_to_num(diff) > 0)
    if what != GATE:
        passed, known = _over_all(sites, alignment, GATE)
        positive &= passed | ~known
    return positive, ~np.isnan(q)


def sides(sites: pd.DataFrame, tests: Sequence[str], *, seeds: int = 1) -> str:
    """Which tests have more candidates on one side than on the other, in a sentence ("" where no number is known)."""
    counted = {test: candidates_of(sites, test) for test in tests}
    if not any(counted.values()):
        return ""
    unequal = {test: pairs for test, pairs in counted.items() if any(a != b for a, b in pairs)}
    if not unequal:
        return "Both sides of every test have as many candidates (networks × layers × seeds)."
    listed = "; ".join(f"{spoken(test)}, {against(pairs)}" for test, pairs in unequal.items())
    averaged = " (seeds of a random twin are averaged, which favours neither)" if seeds > 1 else ""
    return (
        "Where a side has more candidates (networks × layers × seeds), the choice among them favours it"
        f"{averaged}: {listed}. A p from circular shifts does not gain by it, since they repeat every "
        "choice; a p from the corrected t is multiplied by the ratio."
    )


def _of(counted: tuple[int, int]) -> str:
    return f"{counted[0]} of {counted[1]}" if counted[1] else "not tested"


def spoken(test: str) -> str:
    """A test's name, or that of a word, as it is read."""
    return test.replace("_", " ")


def meaning(test: str) -> str:
    """What a test compares."""
    return test_meaning(test)


def found_and_planted(sites: pd.DataFrame, tests: Sequence[str]) -> pd.DataFrame:
    """How many electrodes of each planted kind each test found, in either alignment.

    Parameters
    ----------
    sites : DataFrame
        With the column `planted`.
    tests : sequence of str
    """
    rows = []
    for kind, part in sites.dropna(subset=["planted"]).groupby("planted", sort=True):
        row: dict[str, Any] = {"planted": kind, "electrodes": len(part)}
        for test in tests:
            n, tested = tally(part, f"{test}_either")
            row[spoken(test)] = f"{n} of {tested}" if tested else "n/a"
        rows.append(row)
    return pd.DataFrame(rows)


def misses(sites: pd.DataFrame) -> list[str]:
    """What was planted and not found, and what was found and not planted, per test, in words."""
    sites, sentences = sites.dropna(subset=["planted"]), []
    for test, kinds in EXPECTED.items():
        found = sites[f"{test}_either"].fillna(False).astype(bool)
        planted = sites["planted"].isin(kinds)
        missed, false = _names(sites[planted & ~found]), _names(sites[found & ~planted])
        sentences.append(
            f"{spoken(test)} should find {int(planted.sum())} electrodes and found "
            f"{int((planted & found).sum())} of them. Missed: {missed}. Found but not planted: {false}."
        )
    return sentences


def _names(sites: pd.DataFrame) -> str:
    whose = sites["participant_id"] + " " if "participant_id" in sites else pd.Series("", index=sites.index)
    names = [f"{who}{name} ({kind})" for who, name, kind in zip(whose, sites["name"], sites["planted"])]
    return ", ".join(names) or "none"


def events_sentence(alignment: str, log: Mapping[str, Any]) -> str:
    """How many events were found, used and dropped for which reason."""
    dropped = {str(k): int(v) for k, v in (log.get("dropped") or {}).items() if v}
    reasons = "; ".join(f"{n}: {reason}" for reason, n in dropped.items())
    said = f"{log.get('used', 'n/a')} of {log.get('found', 'n/a')} events were used"
    return f"{alignment}: {said}, {sum(dropped.values())} dropped" + (f" ({reasons})." if reasons else ".")


def kinds_of_sites(sites: pd.DataFrame) -> list[str]:
    """What each electrode is in the brain picture (`style.SITE_COLOURS`)."""
    words = [(sites[f"{w}_either"].fillna(False).astype(bool), spoken(w)) for w in (INTEGRATION, BOTH_MODALITIES)]
    out = ["neither"] * len(sites)
    for truth, word in reversed(words):
        out = [word if true else other for true, other in zip(truth, out)]
    return out
