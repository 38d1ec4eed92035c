"""Every column of the tables of sites and events: name, kind, unit and meaning.

The long table of tests and the published inference have theirs in `statistics_columns`, the tables of regions and
networks in `group_columns`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bids_vlint.atlas.freesurfer import TISSUE
from bids_vlint.atlas.labelling import ALSO, ATLASES, NATIVE, native_named
from bids_vlint.derivatives.meanings import CLAIM_P, FAMILY, P_MEANING, all_tests, candidate_meanings, meaning_of
from bids_vlint.files.column import Column, Kind, Q
from bids_vlint.inference.calibrated.claims import INTEGRATION, WORDS, SiteWord, claims_of
from bids_vlint.inference.calibrated.share import LEAST_R
from bids_vlint.inference.description import description_columns
from bids_vlint.networks.tests.multimodal_beats_linear import MULTIMODAL_BEATS_LINEAR
from bids_vlint.study.stimulus import ALIGNMENTS, Alignment

CHANNEL_COLUMNS: tuple[Column, ...] = (
    Column("name", "string", "Channel; a bipolar pair is named by its two contacts, A1-A2."),
    Column("type", "string", "Channel type: SEEG or ECOG."),
    Column("units", "string", "Unit of the recording."),
    Column("low_cutoff", "number", "High-pass cutoff as channels.tsv gives it; carried along, not used.", "Hz"),
    Column("high_cutoff", "number", "Low-pass cutoff as channels.tsv gives it; carried along, not used.", "Hz"),
)

# How a test's columns start from the test's: name's ending, kind, meaning, unit. {test} and {where} are filled in.
_PER_TEST: tuple[tuple[str, Kind, str, str | None], ...] = (
    ("diff", "number", "Difference in held-out r, the mean over the windows that count (--bins), weighted by how well "
     "the electrode is predicted there on the other half; {where}. Test: {test}.", "correlation"),
    ("low", "number", "Lower end of the 95 % interval of {prefix}_diff: bootstrap of 5 s blocks within each held-out "
     "half, widened by the spread of the null.", "correlation"),
    ("high", "number", "Upper end of the 95 % interval of {prefix}_diff.", "correlation"),
    ("p", "number", "{claim} Of the test alone: {p} {where}. Test: {test}.", None),
    ("q", "number", "Benjamini-Hochberg q of {prefix}_p; family: {family}.", None),
    ("q_by", "number", "Benjamini-Yekutieli q of {prefix}_p, which holds under any dependence between tests; the same "
     "family.", None),
)  # fmt: skip


def _test_columns(alignment: str, test: str) -> list[Column]:
    prefix, where = f"{alignment}_{test}", f"{alignment} alignment"
    said = {"prefix": prefix, "where": where, "test": meaning_of(test), "p": P_MEANING, "claim": CLAIM_P,
            "family": FAMILY}  # fmt: skip
    verdict = (
        f"Whether {meaning_of(test)}: q at most {Q}, of a p that says that trained networks beat random ones, too, "
        f"where that was tested; {where}. n/a: not tested."
    )
    candidates = [
        Column(
            f"{prefix}_n_{side}",
            "integer",
            f"Candidates (networks x layers x seeds) on the {side} side: those that its score could come from in this "
            f"fit; {where}. Counted: {what}. n/a: not tested. Test: {meaning_of(test)}.",
        )
        for side, what in candidate_meanings(test).items()
    ]
    return [
        Column(prefix, "boolean", verdict),
        *(Column(f"{prefix}_{end}", kind, text.format(**said), unit) for end, kind, text, unit in _PER_TEST),
        *candidates,
    ]


def _alignment_columns(alignment: Alignment, tests: Sequence[str]) -> list[Column]:
    both = "; where the halves of the held-out parts chose differently, both (A | B)"
    columns = [column for test in tests for column in _test_columns(alignment, test)]
    columns += [column for word in WORDS for column in _word_columns(alignment, word)]
    columns += [
        Column(f"{alignment}_best_multimodal", "string",
               f"Multimodal network with the best validation r{both}; {alignment}."),
        Column(f"{alignment}_best_unimodal", "string",
               f"Vision or language network with the best validation r{both}; {alignment}."),
        Column(f"{alignment}_best_r", "number", "Held-out r of the electrode's best trained network (chosen on the "
               f"other half), the mean over the windows that count, weighted as in the differences; {alignment}. "
               "n/a without calibrated tests.", "correlation"),
        Column(f"{alignment}_{INTEGRATION}_share", "number",
               f"{alignment}_{MULTIMODAL_BEATS_LINEAR.name}_diff as a share of {alignment}_best_r. n/a: not tested, or "
               f"{alignment}_best_r is below {LEAST_R:g}."),
    ]  # fmt: skip
    return [*columns, *description_columns(alignment)]


def _word_columns(alignment: str, word: SiteWord) -> list[Column]:
    """Whether the word is true in an alignment; and its p and q, where it has its own."""
    name, tests = f"{alignment}_{word.name}", " and ".join(f"{alignment}_{test}" for test in word.tests)
    if word.unless:
        meaning = f"Called {word.meaning}; {alignment} alignment. Its p and q are those of {tests}. n/a: not tested."
        return [Column(name, "boolean", meaning)]
    lacking = "n/a: one of them was not tested"
    return [
        Column(name, "boolean", f"Called {word.meaning}: q at most {Q}; {alignment} alignment. {lacking}."),
        Column(f"{name}_p", "number", f"p of {name}: the largest of those of {tests}. {lacking}."),
        Column(f"{name}_q", "number", f"Benjamini-Hochberg q of {name}_p; family: {FAMILY}."),
        Column(f"{name}_q_by", "number", f"Benjamini-Yekutieli q of {name}_p; the same family."),
    ]


def _summary_columns(tests: Sequence[str]) -> list[Column]:
    columns = []
    for what in claims_of(tests):
        alone = "n/a: not tested; of one alignment alone where the other was not"
        both = "n/a: one was not tested"
        columns += [
            Column(f"{what}_either", "boolean", f"{what} is true in at least one alignment: {what}_either_q at most "
                   f"{Q}. {alone}."),
            Column(f"{what}_either_p", "number", f"p that {what} is true in at least one alignment: Simes' p of both. "
                   f"{alone}."),
            Column(f"{what}_either_q", "number", f"Benjamini-Hochberg q of {what}_either_p; family: one participant's "
                   "electrodes (all fits)."),
            Column(f"{what}_both", "boolean", f"{what} is true in each alignment: {what}_both_q at most {Q}. {both}."),
            Column(f"{what}_both_p", "number", f"p that {what} is true in each alignment: the larger of both p. "
                   f"{both}."),
            Column(f"{what}_both_q", "number", f"Benjamini-Hochberg q of {what}_both_p; family: one participant's "
                   "electrodes (all fits)."),
        ]  # fmt: skip
    for word in (own for own in WORDS if own.unless):
        (test,) = word.tests
        columns += [
            Column(f"{word.name}_{way}", "boolean", f"{test}_{way} is true, and {word.unless} is in no alignment. "
                   f"n/a: {said}.") for way, said in (("either", "not tested"), ("both", "one was not tested"))
        ]  # fmt: skip
    return [*columns, Column("tests_passed", "integer", "Number of tests that are true in at least one alignment.")]


_PLACE_COLUMNS: tuple[Column, ...] = (
    Column("region_name", "string", "region in words; a label that is not known keeps its own."),
    Column(
        "region_atlas",
        "string",
        "Column of electrodes.tsv, atlas, or the participant's own volume "
        f"({NATIVE}ATLAS), that region was taken from.",
    ),
    Column(
        "tissue",
        "string",
        "Tissue at the coordinates: by the participant's own volume, else by the atlas's labels, "
        "else the likelier in the tissue maps of MNI152 2009a.",
        levels={
            "grey": "grey matter: cortex, nuclei, brain stem",
            "white": "white matter",
            "outside": "neither: fluid, vessels, outside the brain",
            "unknown": "no coordinates that lead to an image, or no map is installed",
        },
    ),
    Column(
        "distance_mm",
        "number",
        "Distance to the nearest label of grey matter in the image that region is from: 0 "
        "within one. n/a: more than 10 mm, or region is not from an image.",
        "mm",
    ),
    Column(
        "region_share",
        "number",
        "How sure the region is: of the voxels within 3 mm that have a label, the share that "
        "has this one. n/a: region is not from an image.",
    ),
    Column("x", "number", "Coordinate as in electrodes.tsv (a bipolar pair: the midpoint), in coordinate_units."),
    Column("y", "number", "Coordinate as in electrodes.tsv (a bipolar pair: the midpoint), in coordinate_units."),
    Column("z", "number", "Coordinate as in electrodes.tsv (a bipolar pair: the midpoint), in coordinate_units."),
    Column("space", "string", "Frame of x, y, z as coordsystem.json declares it. n/a: undeclared."),
    Column("coordinate_units", "string", "Unit of x, y, z as coordsystem.json declares it. n/a: undeclared."),
    Column("mni_x", "number", "Coordinate in MNI152 space; n/a where the declared frame does not lead there.", "mm"),
    Column("mni_y", "number", "Coordinate in MNI152 space; n/a where the declared frame does not lead there.", "mm"),
    Column("mni_z", "number", "Coordinate in MNI152 space; n/a where the declared frame does not lead there.", "mm"),
    Column("mni_from", "string", "The frame that mni_x, mni_y, mni_z come from, and how."),
)


def _region_column() -> Column:
    columns = ", ".join(atlas.said for atlas in ATLASES.everything if atlas.column)
    return Column(
        "region",
        "string",
        f"The first atlas column of electrodes.tsv ({columns}, in this order), else the label in the participant's own "
        "volume (--fs-subjects-dir), else that at the MNI152 coordinates in the atlas that region_atlas names "
        "(--atlas: of the atlases that it names, in its order, the column, else the label). Of an image: the label of "
        "grey matter at the place, else the nearest within 3 mm, else the place's own. A bipolar pair is at its "
        "midpoint; its two contacts with different labels in a column give both, A / B.",
    )


_OTHER_SPACE = re.compile(r"([xyz])_(\w+)")
_CARRIED = {
    "hemisphere": Column("hemisphere", "string", "Hemisphere, as in electrodes.tsv."),
    "group": Column("group", "string", "Shaft, strip or grid, as in electrodes.tsv or channels.tsv."),
    "size": Column("size", "string", "Surface area as in electrodes.tsv.", "mm^2"),
}


_NATIVE = re.compile(rf"{NATIVE}(?P<atlas>\w+?)(?P<what>_mm|_share)?")


def _native(name: str) -> Column | None:
    """The definition of a column of the participant's own volumes."""
    found = _NATIVE.fullmatch(name)
    if name == TISSUE:
        return Column(name, "string", "Tissue in the participant's own volume.")
    if found is None or native_named(f"{NATIVE}{found['atlas']}") is None:
        return None
    volume = f"in the participant's own {found['atlas']} volume"
    if found["what"] is None:
        return Column(name, "string", f"Label {volume}, as region.")
    if found["what"] == "_mm":
        return Column(name, "number", f"Distance to the nearest label of grey matter {volume}, as distance_mm.", "mm")
    return Column(name, "number", f"Share of the label of {NATIVE}{found['atlas']} {volume}, as region_share.")


def carried(name: str) -> Column:
    """The definition of a column that is carried along from electrodes.tsv or channels.tsv."""
    if native := _native(name):
        return native
    if name.startswith(ALSO):
        further = f"Label in a further atlas that --atlas names, {name.removeprefix(ALSO)}, looked up as region is."
        return Column(name, "string", further)
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
        _region_column(),
        *_PLACE_COLUMNS,
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
    Column(
        "acquisition", "string", "Acquisition of the fit, and what else names its recordings (such as proc-filtered)."
    ),
    Column("run", "string", "Run of the fit; n/a for a fit of several runs or of an unnumbered one."),
)

SHAFT_COLUMNS: tuple[Column, ...] = (
    Column("shaft", "string", "Shaft, strip or grid that the electrode (of a bipolar pair: its first contact) lies on, "
           "where shaft_from says; empty names are of contacts that are numbered and nothing else."),
    Column("shaft_from", "string", "Where shaft was read.",
           levels={"group": "column group of electrodes.tsv or channels.tsv",
                   "name": "the contact's name without its number: A1, A2, ... lie on A"}),
)  # fmt: skip

GROUP_Q = "q_group"  # the ending of the columns of q over all participants


def group_q(tests: Sequence[str]) -> list[Column]:
    """The columns of q over all participants."""
    everybody = "all electrodes of all participants"
    columns = []
    for what in claims_of(tests):
        named = {f"{alignment}_{what}": f"{everybody}, both alignments" for alignment in ALIGNMENTS}
        named |= {f"{what}_{way}": everybody for way in ("either", "both")}
        columns += [Column(f"{name}_{GROUP_Q}", "number", f"Benjamini-Hochberg q of {name}_p; family: {family}.")
                    for name, family in named.items()]  # fmt: skip
    return columns
