"""Every column of the group's tables of regions and networks: name, kind, unit and meaning."""

from __future__ import annotations

from collections.abc import Sequence

from bids_vlint.files.column import Column, Q
from bids_vlint.inference.calibrated.claims import WORDS
from bids_vlint.nested.prevalence import OWN_LEVEL
from bids_vlint.nested.rest_of_brain import LEAST_PARTICIPANTS, SEED
from bids_vlint.study.stimulus import ALIGNMENTS

_REGION: tuple[Column, ...] = (
    Column("atlas", "string", "Column of electrodes.tsv, or atlas, that the labels come from."),
    Column("region", "string", "Label of the atlas."),
)


_NO_TISSUE = "n/a where the tissue of none of the region is known"


def outcomes(what: str) -> list[str]:
    """The truth columns of a test or word: per alignment, in either, in both."""
    return [*(f"{alignment}_{what}" for alignment in ALIGNMENTS), f"{what}_either", f"{what}_both"]


def region_columns(tests: Sequence[str]) -> list[Column]:
    """The columns of group_regions.tsv, in order."""
    columns = [
        *_REGION,
        Column("n_electrodes", "integer", "Electrodes with this label: nearest within 3 mm, or from a table."),
        Column("n_electrodes_grey", "integer", f"Those of them in grey matter (tissue); {_NO_TISSUE}."),
        Column("n_shafts", "integer", "Shafts, strips and grids that they lie on."),
        Column("n_participants", "integer", "Participants with an electrode of this label."),
    ]
    for what in (*tests, *(word.name for word in WORDS)):
        for outcome in outcomes(what):
            columns += [
                Column(f"{outcome}_tested", "integer", f"Electrodes of the region where {outcome} is not n/a."),
                Column(f"{outcome}_n", "integer", f"Electrodes of the region where {outcome} is true."),
            ]
    return columns


_FEW = f"n/a below {LEAST_PARTICIPANTS} participants with electrodes that were tested (not_tested says it)"
_ENDS = "end of its 95 % interval"

REGION_TEST_COLUMNS: tuple[Column, ...] = (
    *_REGION,
    Column("claim", "string", "Test, comparison or word that the electrodes are counted for."),
    Column("where", "string", "language or vision: the alignment; either: in at least one; both: in each."),
    Column("n_electrodes", "integer", "Electrodes of the region that were tested for the claim."),
    Column("n_shafts", "integer", "Shafts, strips and grids that they lie on."),
    Column("n_participants", "integer", "Participants that they are from."),
    Column("n_sites", "integer", "Electrodes among them of which the claim is true."),
    Column("n_electrodes_grey", "integer", f"Electrodes among n_electrodes that lie in grey matter; {_NO_TISSUE}."),
    Column("n_sites_grey", "integer", f"Electrodes among n_sites that do; {_NO_TISSUE}."),
    Column("proportion", "number", f"n_sites / n_electrodes; {_FEW}."),
    Column("proportion_low", "number", f"Lower {_ENDS}, for other participants: Wilson's, electrodes counted as the "
           "fewer the more those of a participant's region are alike (intraclass correlation over all regions)."),
    Column("proportion_high", "number", f"Upper {_ENDS}."),
    Column("n_positive", "integer", f"Participants whose own electrodes in the region, taken together, have the claim: "
           f"Simes' p of their p is at most {OWN_LEVEL:g}, as it is by chance in at most {100 * OWN_LEVEL:g} of 100. "
           "n/a: the claim has no p of its own."),
    Column("prevalence", "number", "Share of participants with the claim in the region that is most probable, given "
           f"n_positive and what chance makes positive (Ince 2021); {_FEW}."),
    Column("prevalence_low", "number", "Lower end of the narrowest interval that holds 95 % of its posterior."),
    Column("prevalence_high", "number", "Upper end of that interval."),
    Column("difference", "number", "Proportion in the region less that of the participant's other electrodes with a "
           f"label of this atlas, weighted mean over participants; {_FEW}, or where no electrode with a label, or "
           "each, is a site."),
    Column("difference_low", "number", f"Lower {_ENDS}, over participants."),
    Column("difference_high", "number", f"Upper {_ENDS}."),
    Column("p", "number", "One-sided p that the region has more sites than the rest of the brain: moderated t of "
           "participants' differences against arrangements of the shafts within participants "
           f"(docs/regions.md; seed {SEED})."),
    Column("q", "number", "Benjamini-Hochberg q of p; family: the regions of the atlas with a p for the claim."),
    Column("named", "boolean", f"q at most {Q}. n/a: not tested."),
    Column("left_out_q", "number", "The largest q where one participant is left out, each in turn; 1 where too few are "
           "left. n/a: the region is not named."),
    Column("left_out", "string", "The participant whose absence makes it; n/a where several do alike."),
    Column("n_arrangements", "integer", "Arrangements that p comes from."),
    Column("not_tested", "string", "Why there is no p. n/a: there is one."),
)  # fmt: skip

_RANKED: tuple[Column, ...] = (
    Column("r_mean", "number", "r_trained averaged over participants' own means, each weighted by its precision; n/a "
           f"below {LEAST_PARTICIPANTS} participants.", "correlation"),
    Column("r_low", "number", "Lower end of its 95 % interval, for other participants.", "correlation"),
    Column("r_high", "number", "Upper end of that interval.", "correlation"),
    Column("rank", "integer", "Rank among the trained networks (linear control and low-level features apart) by the "
           f"plain mean of participants' means, 1 the best; n/a below {LEAST_PARTICIPANTS} participants with all of "
           "them."),
    Column("rank_low", "integer", "Best rank within the error: 1 + the networks that are better (paired t over "
           "participants, Holm's correction over all pairs, 5 %)."),
    Column("rank_high", "integer", "Worst rank within the error: all networks less those that are worse."),
)  # fmt: skip

MODEL_COLUMNS: tuple[Column, ...] = (
    Column("alignment", "string", "language or vision."),
    Column(
        "model",
        "string",
        "Network; `linear` is the linear control. NAME-random-1, -2, ... are the single random twins of a network with "
        "several seeds.",
    ),
    Column("modality", "string", "vision, language, multimodal, audio, linear, low_level or hearing."),
    Column(
        "r_trained",
        "number",
        "Mean held-out r over electrodes and bins at or after onset; n/a in the row of a single random twin.",
        "correlation",
    ),
    Column(
        "r_random",
        "number",
        "The same for the randomly initialised twin, the mean over seeds where there are several; n/a where there is "
        "none.",
        "correlation",
    ),
    Column("difference", "number", "r_trained - r_random over the electrodes that have both.", "correlation"),
    *_RANKED,
    Column("n_electrodes", "integer", "Electrodes that r_trained (of a single random twin: r_random) is the mean of."),
    Column("n_participants", "integer", "Participants that these electrodes are from."),
)

REGION_MODEL_COLUMNS: tuple[Column, ...] = (
    *_REGION,
    *MODEL_COLUMNS[:3],
    Column("r_trained", "number", "Mean held-out r over the region's electrodes and bins at or after onset.",
           "correlation"),
    *_RANKED,
    Column("n_electrodes", "integer", "Electrodes of the region that r_trained is the mean of."),
    MODEL_COLUMNS[-1],
)  # fmt: skip

REGION_LATENCY_COLUMNS: tuple[Column, ...] = (
    *_REGION,
    Column("alignment", "string", "language or vision: lags are from word onsets or scene cuts."),
    Column("latency", "string", "Which one.", levels={
        "first_lag": "when the deconvolved course has reached half of its height", "peak_lag": "when it is highest"}),
    Column("n_electrodes", "integer", "Electrodes of the region that are called integration in the alignment and have "
           "the latency."),
    Column("n_participants", "integer", "Participants that they are from."),
    Column("mean", "number", "Mean over participants, each weighted by its precision; n/a below "
           f"{LEAST_PARTICIPANTS} participants.", "s"),
    Column("low", "number", "Lower end of its 95 % interval, for other participants.", "s"),
    Column("high", "number", "Upper end of that interval.", "s"),
)  # fmt: skip
