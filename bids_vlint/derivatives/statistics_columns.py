"""The columns of the long table of tests and of the published inference."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bids_vlint.derivatives.meanings import CLAIM_P, FAMILY, P_MEANING, meaning_of
from bids_vlint.files.column import Column, Kind, Q
from bids_vlint.inference.published.rule import MEANINGS, PREFIX
from bids_vlint.networks.tests.multimodal_beats_linear import MULTIMODAL_BEATS_LINEAR
from bids_vlint.networks.tests.multimodal_beats_unimodal import MULTIMODAL_BEATS_UNIMODAL
from bids_vlint.study.stimulus import ALIGNMENTS

_R = "correlation"

TEST_COLUMNS: tuple[Column, ...] = (
    Column("name", "string", "Electrode, as in the table of sites."),
    Column("alignment", "string", "language or vision."),
    Column("test", "string", "The test; what it compares stands in the sidecar of the table of sites."),
    Column("model", "string", "Model that stands on the model side at the electrode; A | B: of each tested half."),
    Column("baseline", "string", "Model that stands on the baseline side; A | B: of each tested half."),
    Column("diff", "number", "Difference in held-out r, mean over the windows that count, weighted by how well the "
           "electrode is predicted there on the other half.", _R),
    Column("low", "number", "Lower end of the difference's 95 % interval: bootstrap of 5 s blocks within each "
           "held-out half, widened by null_sd where that exceeds 1, and to what the difference varies over shifts "
           "where that is more.", _R),
    Column("high", "number", "Upper end of the difference's 95 % interval.", _R),
    Column("against", "number", "Difference that diff is tested against (--smallest-effect).", _R),
    Column("t", "number", "Studentised difference: diff less against, over the standard error of its block sums; 0 "
           "where both sides are the same."),
    Column("null_mean", "number", "Mean of t under the null, shrunk to that of all electrodes; it is taken off only "
           "where positive."),
    Column("null_sd", "number", "SD of t under the null, shrunk to that of all electrodes, of the upper tail "
           "where nulls are skewed to the right; for the corrected t sqrt(1 + (K - 1) n_test / n_train)."),
    Column("df", "number", "Degrees of freedom of the standardised t; of trained_beats_random with several random "
           "twins by Satterthwaite, from the shifts and the twins. n/a: infinitely many (normal)."),
    Column("p_alone", "number", P_MEANING),
    Column("p", "number", CLAIM_P),
    Column("q", "number", f"Benjamini-Hochberg q of p; family: {FAMILY}, per test."),
    Column("q_by", "number", "Benjamini-Yekutieli q of p, which holds under any dependence; the same family."),
    Column("gate", "boolean", "Whether trained_beats_random is significant at the electrode. n/a: not tested."),
    Column("significant", "boolean", f"q at most {Q}, and a positive difference."),
    Column("n_folds", "integer", "Folds of the cross-validation."),
    Column("n_blocks", "integer", "Blocks of 5 s of film, over all held-out halves."),
    Column("n_shifts", "integer", "Circular shifts of the responses; 0: there was no room for them."),
    Column("method", "string", "Where p comes from.", levels={
        "circular shifts": "t against its shifts",
        "corrected t": "t over sqrt(1 + (K - 1) n_test / n_train); p times n_model / n_baseline where that is above 1",
    }),
    Column("n_model", "integer", "Candidates (networks x layers x seeds) on the model side."),
    Column("n_baseline", "integer", "Candidates on the baseline side."),
    Column("n_draws", "integer", "Random twins of each network on the baseline side, whose spread is in null_sd and "
           "df; 1: nothing is known of another draw; 0: no test against random twins."),
    Column("detectable", "number", "The smallest difference that would be found at this electrode with 80 % power at "
           "a one-sided p of 0.05, uncorrected.", _R),
    Column("diff_first_half", "number", "Difference in the first half of the film, on the scale of diff.", _R),
    Column("diff_second_half", "number", "Difference in the second half of the film, on the scale of diff.", _R),
    Column("replicated", "boolean", "Whether the difference is positive with p below 0.05 in each half of the film "
           "alone. n/a: too few blocks."),
)  # fmt: skip

_COLUMN = re.compile(rf"{PREFIX}_(?:{'|'.join(ALIGNMENTS)})_(.+)_n_bins_model")


# The published rule compares by what networks were trained with, whatever they are shown, and knows no runs on parts.
_PUBLISHED = {
    MULTIMODAL_BEATS_LINEAR.name: "the best multimodal network beats the linear control (the best language network's "
    "features joined with the best vision network's)",
    MULTIMODAL_BEATS_UNIMODAL.name: "the best multimodal network beats the best vision or language network",
}


def published_tests_of(columns: Iterable[str]) -> list[str]:
    """The tests of a table of the published inference, in order."""
    found = (_COLUMN.fullmatch(str(column)) for column in columns)
    return list(dict.fromkeys(match[1] for match in found if match))


def published_columns(tests: Iterable[str]) -> list[Column]:
    """The columns of the published inference, in order, without those of the channels."""
    columns: list[Column] = []
    for test in tests:
        for alignment in ALIGNMENTS:
            for kind, (dtype, meaning) in MEANINGS.items():
                name = f"{PREFIX}_{alignment}_{test}" + (f"_{kind}" if kind else "")
                columns.append(_column(name, dtype, f"Published: {meaning}; {alignment}. Test: {_meaning(test)}."))
        columns += [
            _column(f"{PREFIX}_{test}_either", "boolean", f"Published: {test} is true in at least one alignment."),
            _column(f"{PREFIX}_{test}_both", "boolean", f"Published: {test} is true in each alignment."),
        ]
    return columns


def _column(name: str, dtype: str, meaning: str) -> Column:
    kinds: dict[str, Kind] = {"number": "number", "integer": "integer", "boolean": "boolean", "string": "string"}
    return Column(name, kinds[dtype], meaning)


def _meaning(test: str) -> str:
    own = test.removesuffix("_beats_random")
    if own != test and own != "trained":
        return f"{own} beats its own randomly initialised twin"
    return _PUBLISHED.get(test) or meaning_of(test)
