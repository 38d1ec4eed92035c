"""Both inferences side by side, and what a reader needs to judge a yes and a no."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bids_vlint.derivatives.collection import FitResult
from bids_vlint.group.regions import tally
from bids_vlint.inference.calibrated.detectable import POWER, family_level, noncentrality
from bids_vlint.inference.calibrated.evidence import CORRECTED
from bids_vlint.inference.calibrated.sites import BOTH_MODALITIES, INTEGRATION
from bids_vlint.inference.correction import LEVEL
from bids_vlint.inference.published.rule import PREFIX, RECONSTRUCTED
from bids_vlint.inference.published.summary import published_summary
from bids_vlint.networks.comparisons import BEATS_LINEAR, BEATS_LOW_LEVEL, BEATS_UNIMODAL, TESTS
from bids_vlint.reports.html import bullets, paragraph, table
from bids_vlint.reports.words import spoken
from bids_vlint.study.stimulus import ALIGNMENTS

WAYS = (*ALIGNMENTS, "either", "both")
NO_SUCH = "no such test"
TOLD = (BEATS_UNIMODAL, BEATS_LINEAR, BEATS_LOW_LEVEL)


def both_inferences(fits: Sequence[FitResult], sites: pd.DataFrame, tests: Sequence[str]) -> str:
    """The table of both inferences, and the published summary in its own words."""
    published = [fit.published for fit in fits if fit.published is not None]
    content = table(side_by_side(fits, sites, tests))
    if not published:
        said = "The published inference was not run; --inference calibrated published runs both."
        return content + paragraph(said)
    electrodes = sum(map(len, published))
    content += paragraph(
        f"The published rule, in its own words ({electrodes} electrodes). It counts bins whose intervals take "
        "neighbouring events as independent, so it also finds sites where there are none; it stands here for "
        "comparison."
    )
    own = [t for t in tests if t not in TESTS and all(f"{PREFIX}_{t}_either" in p for p in published)]
    return content + bullets(published_summary(published, own)) + paragraph(RECONSTRUCTED)


def side_by_side(fits: Sequence[FitResult], sites: pd.DataFrame, tests: Sequence[str]) -> pd.DataFrame:
    """How many electrodes each inference that was run finds: a row for each test or word and inference."""
    published = [fit.published for fit in fits if fit.published is not None]
    rows = []
    for what in (*tests, INTEGRATION, BOTH_MODALITIES):
        calibrated = {way: calibrated_cell(sites, what, way) for way in WAYS}
        rows.append({"test": spoken(what), "inference": "calibrated", **calibrated})
        if published:
            cells = dict(zip(WAYS, published_cells(published, what)))
            rows.append({"test": spoken(what), "inference": "published", **cells})
    return pd.DataFrame(rows)


def calibrated_cell(sites: pd.DataFrame, what: str, way: str) -> str:
    """N of M (P %)."""
    return _share(*tally(sites, f"{way}_{what}" if way in ALIGNMENTS else f"{what}_{way}"))


def published_cells(published: Sequence[pd.DataFrame], what: str) -> list[str]:
    """N of M (P %) per alignment, in either and in both; M are all electrodes, as the published summary counts."""
    columns = [f"{PREFIX}_{way}_{what}" if way in ALIGNMENTS else f"{PREFIX}_{what}_{way}" for way in WAYS]
    known = [t for t in published if columns[0] in t]
    if not known:
        return [NO_SUCH, "–", "–", "–"]
    total = sum(map(len, known))
    return [_share(sum(int((t[c] == True).sum()) for t in known), total) for c in columns]  # noqa: E712


def _share(n: int, total: int) -> str:
    return f"{n} of {total} ({100 * n / total:.1f} %)" if total else "not tested"


def methods_of(fits: Sequence[FitResult]) -> set[str]:
    """Where the calibrated p come from."""
    return {str(method) for fit in fits for method in fit.tests["method"]}


def judgement(fits: Sequence[FitResult]) -> list[str]:
    """What was too short, how large a difference would have been found, and how many sites replicate, in words."""
    tests = {fit.name.stem: fit.tests for fit in fits if len(fit.tests)}
    if not tests:
        return []
    whole = pd.concat(tests, names=["fit"]).reset_index("fit")
    return [*_fallbacks(whole, fits), *_detectable(whole), *_replicated(whole)]


def _fallbacks(tests: pd.DataFrame, fits: Sequence[FitResult]) -> list[str]:
    """Where p comes from the corrected t, with the numbers and the reason that the fit noted."""
    short = tests[tests["method"] == CORRECTED]
    if short.empty:
        return []
    said = []
    for (fit, alignment), part in short.groupby(["fit", "alignment"], sort=False):
        blocks, spread = int(part["n_blocks"].iloc[0]), part["null_sd"].median()
        said.append(f"{fit}, {alignment} ({blocks} blocks of 5 s in all, t divided by {spread:.2f})")
    reasons = dict.fromkeys(str(n) for fit in fits for n in fit.record.get("notes", []) if "corrected t" in str(n))
    n_all = tests.groupby(["fit", "alignment"]).ngroups
    return [
        f"Corrected t: in {len(said)} of {n_all} analyses p does not come from circular shifts but from the corrected "
        f"t, which finds less: {'; '.join(said)}. {' '.join(reasons)}".strip()
    ]


def _detectable(tests: pd.DataFrame) -> list[str]:
    """The smallest differences, the median over electrodes, uncorrected and for a single site of a family."""
    said = []
    for test in TOLD:
        own = tests[(tests["test"] == test) & (tests["detectable"] > 0)]
        if len(own):
            own = own.assign(single=own["detectable"] * _times(own))
            medians = own.groupby("alignment")[["detectable", "single"]].median()
            each = (f"{a} {row['detectable']:.3f} ({row['single']:.3f} for a single site after the correction)"
                    for a, row in medians.iterrows())  # fmt: skip
            said.append(f"{spoken(test)} {', '.join(each)}")
    if not said:
        return []
    return [
        "Smallest detectable difference: a difference of this size would be found in 80 of 100 such recordings, so a "
        f"no speaks only against clearly larger ones. At a one-sided p of {LEVEL} the median over electrodes is, in "
        f"held-out r: {'; '.join(said)}."
    ]


def _times(own: pd.DataFrame) -> np.ndarray:
    """How much larger a difference has to be to be the only discovery in a participant's family."""
    mean, sd = (own[c].to_numpy(float) for c in ("null_mean", "null_sd"))
    raised = np.maximum(mean, 0) - mean
    family = own.groupby(own["fit"].str.split("_").str[0])["p"].transform("size")
    cases = list(zip(own["df"].astype(int), family))
    known = {(d, n): [noncentrality(d, level, POWER) for level in (family_level(n), LEVEL)] for d, n in set(cases)}
    needed, plain = np.array([known[case] for case in cases]).T
    times: np.ndarray = (sd * needed + raised) / (sd * plain + raised)
    return times


def _replicated(tests: pd.DataFrame) -> list[str]:
    """Of the sites, how many show in each half of the film."""
    said = []
    for test in TOLD:
        own = tests[(tests["test"] == test) & (tests["significant"] == True)]  # noqa: E712
        if len(own):
            known = [v for v in own["replicated"] if v is not None]
            short = f" ({len(own) - len(known)} too short to say)" if len(known) < len(own) else ""
            said.append(f"{spoken(test)} {sum(map(bool, known))} of {len(own)}{short}")
    if not said:
        return []
    return [
        "Split halves: sites (electrode and alignment) that show in each half of the film alone, the difference "
        f"positive with p below 0.05: {'; '.join(said)}."
    ]
