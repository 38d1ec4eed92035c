"""What is claimed of electrodes, each with one p: a test, a word, either in any alignment or in each.

A test's claim is that its difference is there and that training matters at the electrode, so that its p is the larger
of its own and the gate's (`sites.correct_participant`). A word needs several claims, and its p is the largest of theirs
(an intersection-union test: Berger 1982, doi 10.1080/00401706.1982.10487790). That a claim holds in any alignment has
Simes' p over the alignments (1986, doi 10.1093/biomet/73.3.751), that it holds in each the largest. Each of these p has
one correction over the electrodes of a family: an AND, or an OR, of sets that were each corrected keeps no rate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bids_vlint.inference.correction import benjamini_hochberg, simes
from bids_vlint.networks.comparisons import gate, passes_gate_first
from bids_vlint.networks.tests.beats_low_level import BEATS_LOW_LEVEL
from bids_vlint.networks.tests.multimodal_beats_linear import MULTIMODAL_BEATS_LINEAR
from bids_vlint.networks.tests.multimodal_beats_unimodal import MULTIMODAL_BEATS_UNIMODAL
from bids_vlint.study.stimulus import ALIGNMENTS

INTEGRATION, WITH_LANGUAGE = "integration", "trained_with_language"
SiteColumns = Mapping[str, Any]  # a table of sites: name of a column -> (n_electrodes,)


@dataclass(frozen=True)
class SiteWord:
    """A word for what an electrode is, in an alignment.

    Attributes
    ----------
    name : str
        As in columns' names.
    tests : tuple of str
        Whose claims it needs, all of them.
    unless : str | None
        The word that goes before it. Such a word is what that one leaves of its test, and has no p of its own.
    plain, silent : str
        For the glossary of the reports, in plain words: what it says, and what it does not say.
    """

    name: str
    tests: tuple[str, ...]
    unless: str | None = None
    plain: str = ""
    silent: str = ""

    @property
    def claim(self) -> str:
        """The claim whose p and q are the word's."""
        return self.tests[0] if self.unless else self.name

    @property
    def meaning(self) -> str:
        """Its definition in words."""
        name, needs = self.name.replace("_", " "), " and ".join(self.tests)
        if self.unless:
            return f"{name}: {needs} is true, and {self.unless} is not"
        return f"{name}: {needs} hold together, which has one p, the largest of theirs"


WORDS = (
    SiteWord(
        INTEGRATION,
        (MULTIMODAL_BEATS_LINEAR.name, BEATS_LOW_LEVEL.name),
        plain="a network that is shown picture and text together predicts the electrode better than everything that is "
        "shown only one of them, added up; its training matters; and it adds to sound, picture and the rhythm of the "
        "words",
        silent="that the brain computes what this network does; that it would hold for another film",
    ),
    SiteWord(
        WITH_LANGUAGE,
        (MULTIMODAL_BEATS_UNIMODAL.name,),
        unless=INTEGRATION,
        plain="a network trained with pictures and texts beats those trained with pictures alone or texts alone, and "
        "the electrode is not called integration",
        silent="integration",
    ),
)


def lacking_of_words(lacking: Mapping[str, str]) -> dict[str, str]:
    """Why words were not tested, from what the tests lack: word -> what is lacking."""
    reasons = {word.name: dict.fromkeys(lacking[test] for test in word.tests if test in lacking) for word in WORDS}
    return {name: ", and ".join(own) for name, own in reasons.items() if own}


def claims_of(tests: Sequence[str]) -> list[str]:
    """What has a p of its own: some tests, and the words that are more than the rest of a test."""
    return [*tests, *(word.name for word in WORDS if not word.unless)]


def joined_p(table: SiteColumns, tests: Sequence[str]) -> dict[str, np.ndarray]:
    """The p of every claim that is made of others, from a table with `A_T_p` of some tests.

    Returns
    -------
    dict
        `A_word_p`; `what_either_p` (of one alignment alone where the other was not tested) and `what_both_p` of tests
        and words; NaN where a claim that is needed has no p.
    """
    n = len(table[f"{ALIGNMENTS[0]}_{tests[0]}_p"]) if tests else 0
    found: dict[str, np.ndarray] = {}
    for word in (own for own in WORDS if not own.unless):
        for alignment in ALIGNMENTS:
            columns = [table.get(f"{alignment}_{test}_p") for test in word.tests]
            known = [np.full(n, np.nan) if p is None else np.asarray(p, float) for p in columns]
            found[f"{alignment}_{word.name}_p"] = np.max(known, axis=0)
    for what in claims_of(tests):
        p = _by_alignment({**table, **found}, what, "p")
        found |= {f"{what}_either_p": simes(p), f"{what}_both_p": p.max(1)}
    return found


def family_q(table: SiteColumns, tests: Sequence[str], end: str = "q") -> dict[str, np.ndarray]:
    """Benjamini-Hochberg q of every claim where the electrodes of a table are one family.

    Parameters
    ----------
    table : mapping
        With the p of tests and those of `joined_p`.
    tests : sequence of str
    end : str
        Of the columns' names.

    Returns
    -------
    dict
        `A_what_q` (one family over both alignments), `what_either_q`, `what_both_q` of tests and words.
    """
    found: dict[str, np.ndarray] = {}
    for what in claims_of(tests):
        q = benjamini_hochberg(_by_alignment(table, what, "p"))
        found |= {f"{alignment}_{what}_{end}": q[:, k] for k, alignment in enumerate(ALIGNMENTS)}
        for way in ("either", "both"):
            found[f"{what}_{way}_{end}"] = benjamini_hochberg(np.asarray(table[f"{what}_{way}_p"], float))
    return found


def verdicts(table: SiteColumns, tests: Sequence[str], level: float, end: str = "q") -> dict[str, np.ndarray]:
    """What is true of each electrode: q at most the level, and every difference that the claim needs positive.

    Parameters
    ----------
    table : mapping
        With `A_T_diff` and the q of `family_q`.
    tests : sequence of str
    level : float
        Of false discoveries.
    end : str
        As in `family_q`.

    Returns
    -------
    dict
        `A_what`, `what_either`, `what_both` of tests and words: True, False, or None where there is no p.
    """
    needs = {test: (test,) for test in tests} | {word.name: word.tests for word in WORDS}
    found: dict[str, np.ndarray] = {}
    for what in claims_of(tests):
        known = ~np.isnan(_by_alignment(table, what, end))
        positive = np.ones(known.shape, bool)
        for k, alignment in enumerate(ALIGNMENTS):
            first = (gate().name,) if passes_gate_first(what) else ()
            diffs = [table.get(f"{alignment}_{test}_diff") for test in (*needs[what], *first)]
            positive[:, k] = np.all(
                [positive[:, k], *(is_positive(diff) for diff in diffs if diff is not None)], axis=0
            )
        columns = dict(zip((f"{alignment}_{what}" for alignment in ALIGNMENTS), positive.T))
        columns[f"{what}_either"] = np.any(positive & known, axis=1)
        columns[f"{what}_both"] = np.all(positive, axis=1)
        found |= {name: passed(table[f"{name}_{end}"], level, own) for name, own in columns.items()}
    for word in (own for own in WORDS if own.unless):
        (test,) = word.tests
        for alignment in ALIGNMENTS:
            found[f"{alignment}_{word.name}"] = _unless(found, f"{alignment}_{test}", f"{alignment}_{word.unless}")
        for way in ("either", "both"):  # of an electrode that is called the other word in any alignment it is not said
            found[f"{word.name}_{way}"] = _unless(found, f"{test}_{way}", f"{word.unless}_either")
    return found


def passed(q: Any, level: float, positive: np.ndarray) -> np.ndarray:
    """Whether q is at most the level, and the difference positive: True, False, or None where there is no q."""
    q = np.asarray(q, float)
    return _objects([None if np.isnan(x) else bool(x <= level and more) for x, more in zip(q, positive)])


def is_positive(diff: Any) -> np.ndarray:
    """Whether differences are above zero; one that is not known stands in no way."""
    return ~(np.asarray(diff, float) <= 0)


def _by_alignment(table: SiteColumns, what: str, end: str) -> np.ndarray:
    """A claim's values, (n_electrodes, n_alignments)."""
    return np.stack([np.asarray(table[f"{alignment}_{what}_{end}"], float) for alignment in ALIGNMENTS], 1)


def _unless(found: SiteColumns, what: str, before: str) -> np.ndarray:
    absent = _objects([None] * len(found[before]))
    pairs = zip(found.get(what, absent), found[before])
    return _objects([None if true is None else true and first is not True for true, first in pairs])


def _objects(values: Sequence[bool | None]) -> np.ndarray:
    """Truth values, None among them, as objects: pandas would turn a column without None into another kind."""
    out = np.empty(len(values), object)
    out[:] = values
    return out
