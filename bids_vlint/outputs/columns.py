"""Every column of every table: name, kind, unit and meaning; written into the JSON sidecars."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from bids_vlint.types import ALIGNMENTS

Kind = Literal["string", "number", "integer", "boolean"]

BUILT_IN_TESTS: tuple[str, ...] = ("trained_beats_random", "multimodal_beats_unimodal", "multimodal_beats_linear")

PROVISIONAL_P = (
    "Provisional p, one-sided: of the t statistic of 5 s block sums of each event's contribution to the difference in "
    "held-out r, divided by sqrt(1 + (K - 1) n_test / n_train) because the K folds train each other (Nadeau and "
    "Bengio 2003)."
)


@dataclass(frozen=True)
class Column:
    """A column of a table and what its sidecar says of it."""

    name: str
    kind: Kind
    meaning: str
    units: str | None = None
    levels: dict[str, str] = field(default_factory=dict)

    @property
    def definition(self) -> dict[str, Any]:
        """The column's object in a JSON sidecar."""
        content: dict[str, Any] = {"Description": self.meaning, "Format": self.kind}
        if self.units:
            content["Units"] = self.units
        if self.levels:
            content["Levels"] = dict(self.levels)
        return content


def all_tests(comparisons: Iterable[str]) -> list[str]:
    """The built-in tests, then the comparisons of the model set, each once."""
    return list(dict.fromkeys([*BUILT_IN_TESTS, *comparisons]))


CHANNEL_COLUMNS: tuple[Column, ...] = (
    Column("name", "string", "Channel; a bipolar pair is named by its two contacts, A1-A2."),
    Column("type", "string", "Channel type: SEEG or ECOG."),
    Column("units", "string", "Unit of the recording."),
    Column("low_cutoff", "number", "High-pass cutoff as channels.tsv gives it; carried along, not used.", "Hz"),
    Column("high_cutoff", "number", "Low-pass cutoff as channels.tsv gives it; carried along, not used.", "Hz"),
)

_TEST_MEANINGS = {
    "trained_beats_random": "the best trained network (by validation) beats its own randomly initialised twin (of "
    "several twins, their mean)",
    "multimodal_beats_unimodal": "the best multimodal network beats the best vision or language network",
    "multimodal_beats_linear": "the best multimodal network beats the linear control (the best language network's "
    "features joined with the best vision network's, or either alone where that validates better)",
}


def test_meaning(test: str) -> str:
    """What a test compares, in words."""
    compared = "the best of the comparison's model networks beats the best of its baseline networks"
    return _TEST_MEANINGS.get(test, f"[[comparison]] {test}: {compared}")


# What is counted on the two sides of a test; a comparison's sides are counted alike.
_COUNTED = {
    "trained_beats_random": (
        "every layer of each trained network that has a random twin",
        "every layer of each of these networks' random twins, times seeds (the trained side alone chooses the network, "
        "its twin follows; the twin's layer is chosen, seeds are averaged, not chosen among)",
    ),
    "multimodal_beats_unimodal": (
        "every layer of each trained multimodal network",
        "every layer of each trained vision or language network",
    ),
    "multimodal_beats_linear": (
        "every layer of each trained multimodal network",
        "every layer of each trained language network and of each trained vision network (the best of each are joined)",
    ),
}
_COUNTED_BY_NAME = (
    "every layer of each network that the comparison names as {side}; NAME-random counts the layers of all its seeds "
    "(averaged, not chosen among), linear those of the language and vision networks"
)


def _candidates(prefix: str, test: str, where: str) -> list[Column]:
    """How many candidates each side of a test has."""
    named = tuple(_COUNTED_BY_NAME.format(side=side) for side in ("model", "baseline"))
    sides = zip(("model", "baseline"), _COUNTED.get(test, named))
    return [
        Column(
            f"{prefix}_n_{side}",
            "integer",
            f"Candidates (networks x layers x seeds) on the {side} side: those that its score could come from in this "
            f"fit; {where}. Counted: {counted}. n/a: not tested. Test: {test_meaning(test)}.",
        )
        for side, counted in sides
    ]


def _test_columns(alignment: str, test: str) -> list[Column]:
    meaning = test_meaning(test)
    prefix, where = f"{alignment}_{test}", f"{alignment} alignment"
    family = "one participant's electrodes (all fits), both alignments"
    return [
        Column(
            prefix, "boolean", f"Whether {meaning}: q below 0.05 and a positive difference; {where}. n/a: not tested."
        ),
        Column(
            f"{prefix}_diff",
            "number",
            f"Difference in held-out r, mean over bins at or after onset; {where}. Test: {meaning}.",
            "correlation",
        ),
        Column(f"{prefix}_p", "number", f"{PROVISIONAL_P} {where.capitalize()}. Test: {meaning}."),
        Column(f"{prefix}_q", "number", f"Benjamini-Hochberg q of {prefix}_p; family: {family}."),
        *_candidates(prefix, test, where),
    ]


def _alignment_columns(alignment: str, tests: Sequence[str]) -> list[Column]:
    return [
        *(column for test in tests for column in _test_columns(alignment, test)),
        Column(
            f"{alignment}_best_multimodal", "string", f"Multimodal network with the best validation r; {alignment}."
        ),
        Column(
            f"{alignment}_best_unimodal",
            "string",
            f"Vision or language network with the best validation r; {alignment}.",
        ),
        Column(
            f"{alignment}_peak_lag",
            "number",
            f"Lag from the event's onset at which the best trained network's held-out r is highest; {alignment}.",
            "s",
        ),
    ]


def _summary_columns(tests: Sequence[str]) -> list[Column]:
    columns = []
    for test in tests:
        columns += [
            Column(f"{test}_either", "boolean", f"{test} is true in at least one alignment. n/a: not tested."),
            Column(f"{test}_both", "boolean", f"{test} is true in each alignment. n/a: not tested."),
        ]
    return [*columns, Column("tests_passed", "integer", "Number of tests that are true in at least one alignment.")]


PLACE_COLUMNS: tuple[Column, ...] = (
    Column(
        "region",
        "string",
        "The first atlas column of electrodes.tsv (DKT, Desikan, Destrieux, region, label, in this order), else the "
        "label at the MNI152 coordinates in the atlas that region_atlas names. The two contacts of a bipolar pair "
        "with different labels give both, A / B.",
    ),
    Column("region_atlas", "string", "Column of electrodes.tsv, or atlas, that region was taken from."),
    Column("x", "number", "Coordinate as in electrodes.tsv (a bipolar pair: the midpoint), in coordinate_units."),
    Column("y", "number", "Coordinate as in electrodes.tsv (a bipolar pair: the midpoint), in coordinate_units."),
    Column("z", "number", "Coordinate as in electrodes.tsv (a bipolar pair: the midpoint), in coordinate_units."),
    Column("space", "string", "Frame of x, y, z as coordsystem.json declares it. n/a: undeclared."),
    Column("coordinate_units", "string", "Unit of x, y, z as coordsystem.json declares it. n/a: undeclared."),
    Column("mni_x", "number", "Coordinate in MNI152 space; n/a where the declared frame does not lead there.", "mm"),
    Column("mni_y", "number", "Coordinate in MNI152 space; n/a where the declared frame does not lead there.", "mm"),
    Column("mni_z", "number", "Coordinate in MNI152 space; n/a where the declared frame does not lead there.", "mm"),
)

_OTHER_SPACE = re.compile(r"([xyz])_(\w+)")
_CARRIED = {
    "planted": Column("planted", "string", "What a simulated electrode was made to respond to; carried along."),
    "hemisphere": Column("hemisphere", "string", "Hemisphere, as in electrodes.tsv."),
    "group": Column("group", "string", "Shaft, strip or grid, as in electrodes.tsv or channels.tsv."),
    "size": Column("size", "string", "Surface area as in electrodes.tsv.", "mm^2"),
}


def carried(name: str) -> Column:
    """The definition of a column that is carried along from electrodes.tsv or channels.tsv."""
    other = _OTHER_SPACE.fullmatch(name)
    if other:
        meaning = f"Coordinate {other[1]} in the further frame {other[2]}, as electrodes.tsv gives it."
        return Column(name, "number", meaning)
    plain = f"{name.removeprefix('electrodes_')}, as in electrodes.tsv or channels.tsv; carried along."
    return _CARRIED.get(name, Column(name, "string", plain))


def sites_columns(comparisons: Iterable[str], present: Iterable[str] = ()) -> list[Column]:
    """The columns of a sites table, in order.

    Parameters
    ----------
    comparisons : iterable of str
        Names of the model set's comparisons.
    present : iterable of str
        The columns at hand; those not known here come last, as carried along.
    """
    tests = all_tests(comparisons)
    columns = [
        *CHANNEL_COLUMNS,
        *(column for alignment in ALIGNMENTS for column in _alignment_columns(alignment, tests)),
        *_summary_columns(tests),
        *PLACE_COLUMNS,
    ]
    known = {column.name for column in columns}
    return [*columns, *(carried(name) for name in present if name not in known)]


EVENT_COLUMNS: tuple[Column, ...] = (
    Column("onset", "number", "Onset of the event in its recording.", "s"),
    Column("duration", "number", "Duration of the event; n/a where unknown.", "s"),
    Column("trial_type", "string", "word (language alignment) or scene_cut (vision alignment)."),
    Column("run", "string", "Run of the recording that the event is in."),
    Column("stimulus", "string", "Film or sound file, without its extension."),
    Column("movie_time", "number", "Onset of the event in the film.", "s"),
    Column(
        "text",
        "string",
        "What was said, as networks that read were given it. Language: the sentence up to and including the word. "
        "Vision: the nearest preceding sentence, as far as it had been said. With --context sentence the whole "
        "sentence, with a number that many words before the last one, too. n/a: no text, see text_status.",
    ),
    Column(
        "text_status",
        "string",
        "What the text is.",
        levels={
            "spoken": "what is being said or was said last, at most 30 s ago",
            "silence": "nothing was said in the 30 s before (silence, credits): networks got no text, but with "
            "--context sentence the nearest preceding sentence",
            "none": "nothing was said before: networks got no text",
        },
    ),
    Column(
        "translation",
        "string",
        "The text in the translation's language, for networks that know that language and not the transcript's.",
    ),
)

FIT_COLUMNS: tuple[Column, ...] = (
    Column("participant_id", "string", "Participant."),
    Column("session", "string", "Session of the fit."),
    Column("task", "string", "Task of the fit."),
    Column("acquisition", "string", "Acquisition of the fit."),
    Column("run", "string", "Run of the fit; n/a for a fit of several runs or of an unnumbered one."),
)


def group_q(alignment: str, test: str) -> Column:
    """The column of q over all participants."""
    meaning = (
        f"Benjamini-Hochberg q of {alignment}_{test}_p; family: all electrodes of all participants, both alignments."
    )
    return Column(f"{alignment}_{test}_q_group", "number", meaning)


def region_columns(tests: Sequence[str]) -> list[Column]:
    """The columns of group_regions.tsv, in order."""
    columns = [
        Column("atlas", "string", "Column of electrodes.tsv, or atlas, that the labels come from."),
        Column("region", "string", "Label of the atlas."),
        Column("n_electrodes", "integer", "Electrodes with this label."),
        Column("n_participants", "integer", "Participants with an electrode of this label."),
    ]
    for test in tests:
        for outcome in (*(f"{alignment}_{test}" for alignment in ALIGNMENTS), f"{test}_either", f"{test}_both"):
            columns += [
                Column(f"{outcome}_tested", "integer", f"Electrodes of the region where {outcome} is not n/a."),
                Column(f"{outcome}_n", "integer", f"Electrodes of the region where {outcome} is true."),
                Column(
                    f"{outcome}_proportion", "number", f"{outcome}_n / {outcome}_tested; n/a where none was tested."
                ),
            ]
    return columns


MODEL_COLUMNS: tuple[Column, ...] = (
    Column("alignment", "string", "language or vision."),
    Column(
        "model",
        "string",
        "Network; `linear` is the linear control. NAME-random-1, -2, ... are the single random twins of a network with "
        "several seeds.",
    ),
    Column("modality", "string", "vision, language, multimodal or linear."),
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
    Column("n_electrodes", "integer", "Electrodes that r_trained (of a single random twin: r_random) is the mean of."),
    Column("n_participants", "integer", "Participants that these electrodes are from."),
)


def sidecar_of(columns: Iterable[Column]) -> dict[str, Any]:
    """The content of a JSON sidecar."""
    return {column.name: column.definition for column in columns}
