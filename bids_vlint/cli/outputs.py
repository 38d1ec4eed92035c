"""docs/outputs.md, from the definitions of tables and files: `python -m bids_vlint.cli.outputs > docs/outputs.md`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

from bids_vlint.atlas.labelling import ATLASES, Atlas
from bids_vlint.derivatives.columns import EVENT_COLUMNS, sites_columns
from bids_vlint.derivatives.encoding_file import ENCODING_VARIABLES
from bids_vlint.derivatives.inference_file import INFERENCE_VARIABLES
from bids_vlint.derivatives.quality_file import OF_EVENTS, OF_HIGH_GAMMA, OF_SPECTRA, QUALITY_VARIABLES
from bids_vlint.derivatives.statistics_columns import TEST_COLUMNS, published_columns
from bids_vlint.files.column import Column, Q
from bids_vlint.files.variable import Variable
from bids_vlint.group.collected import Collected
from bids_vlint.group.export import EXPORTS
from bids_vlint.inference.description import DESCRIPTIONS
from bids_vlint.networks.comparisons import TESTS, always_made
from bids_vlint.recovery.files import RECOVERY_TABLES
from bids_vlint.recovery.kind import EFFECT_KINDS
from bids_vlint.recovery.summary import TRIAL_COLUMNS
from bids_vlint.reports.contents.figure import FIGURES
from bids_vlint.reports.contents.printed import PRINTED

_EXAMPLE = "multimodal_beats_linear"  # the test whose columns stand for those of all
_QUALITY = {
    OF_SPECTRA: "Spectra of the channels in each recording",
    OF_HIGH_GAMMA: "High gamma around the used events, from traces in steps of 0.1 s (docs/synchrony.md)",
    OF_EVENTS: "What became of the events, in stretches of a hundredth of the film",
}
_START = """# Outputs

Every file of the output folder, with its columns or variables. This page is made from the program's definitions
(`python -m bids_vlint.cli.outputs`); the JSON file beside a table says the same of it.

Tables are tab-separated text with `n/a` where nothing is known. The `.h5` files are NetCDF-4, which is HDF5 with named
axes: xarray, h5py, netCDF tools (`ncdump`), R (ncdf4, hdf5r) and MATLAB (`ncread`) read them. Each names its kind and
the version of its format in the attributes `bids_vlint_kind` and `bids_vlint_format`; a file of a version that the
program does not know is refused. FIT stands for `sub-LABEL[_ses-LABEL]_task-LABEL[_acq-LABEL][_run-LABEL]`, and A for
an alignment: `language` (word onsets) or `vision` (scene cuts).
[Reading the outputs](reading.md) shows how, in Python, R and MATLAB.
"""


def outputs_page() -> str:
    """The page of outputs."""
    collected = Collected(Path(), [])
    parts = [
        _START,
        f"""
## Of a participant

In `sub-LABEL/[ses-LABEL/]ieeg/`; the report `sub-LABEL.html` stands at the top. Columns that begin with `language_` are
there for `vision_` as well, and those of `{_EXAMPLE}` for every test and comparison.
""",
        _table("FIT_desc-sites_channels.tsv", "A row per electrode. The JSON beside it holds, under `Fit`, what was "
               "read, what was dropped and why, and the settings. Further columns of electrodes.tsv and channels.tsv "
               "are carried along at the end.", sites_columns([])),
        _table("FIT_desc-tests_statistics.tsv", "A row per electrode, alignment and test.", TEST_COLUMNS),
        _table("FIT_desc-published_channels.tsv", "A row per electrode, with `--inference published` only; first the "
               "columns of the channel, then:", published_columns([_EXAMPLE])),
        _table("FIT_desc-A_events.tsv", "The events that were used.", EVENT_COLUMNS),
        _file("FIT_desc-A_encoding.h5", "Dense scores, and with `--save-responses` the responses.", ENCODING_VARIABLES),
        _file("FIT_desc-A_inference.h5", "What the tests come from; not with `--inference published` alone.",
              INFERENCE_VARIABLES),
        *(_file(f"FIT_desc-A_inference.h5, group {one.name}", f"{_upper(one.holds)}, where it could be made.",
                one.variables) for one in DESCRIPTIONS.everything),
        *(_file(f"FIT_desc-recordings_quality.h5, group {group}", f"{_upper(_QUALITY[group])}.", variables)
          for group, variables in QUALITY_VARIABLES.items()),
        "## Of the group\n\nAt the top of the output folder, beside the report `group.html`.\n",
        *(_table(one.file, f"{_upper(one.said)}.", one.columns(collected)) for one in EXPORTS.everything),
        "## Of a recovery\n\nBy `bids_vlint recover`, in `recovery/`: of each participant (`sub-LABEL_`) and of all of "
        "them (`study_`); beside them `methods.md` and `recovery.svg`, `.pdf`, `.png` ([recovery.md](recovery.md)).\n",
        *(_table(f"recovery/*_{name}.tsv", said, columns) for name, (said, columns) in RECOVERY_TABLES.items()),
        _table("recovery/sub-LABEL_trials.tsv", "Every electrode in every replicate, and every claim.", TRIAL_COLUMNS),
        _END,
        *_choices(),
    ]  # fmt: skip
    return "\n".join(parts)


def _choices() -> list[str]:
    """What there may be more of, as it is installed here."""
    tests = [
        f"| `{one.name}` | {_upper(one.meaning)}. | {'; against: '.join(one.counted)} |" for one in TESTS.everything
    ]
    atlases = [f"| `{one.name}` | {_column_of(one)} | {one.image.name if one.image else ''} |" for one in
               ATLASES.everything]  # fmt: skip
    kinds = [f"| `{one.name}` | {_upper(one.follows)}. |" for one in EFFECT_KINDS.everything]
    figures = [f"| {one.name} | {', '.join(one.places)} |" for one in FIGURES.everything]
    printed = [f"| `{'sub-LABEL/' if one.page == 'participant' else ''}figures/{one.name}` | {one.title} |"
               for one in sorted(PRINTED.everything, key=lambda one: one.page)]  # fmt: skip
    return [
        "## Tests, atlases, sections of reports\n\nMore of each may be added by one file ([architecture.md]"
        "(architecture.md)).\n",
        _block("Tests", f"Made at every electrode; each has the columns that `{_EXAMPLE}` has above.",
               "| test | it is true where | candidates that are counted |\n|---|---|---|", tests),
        _block("Atlases", "Of the regions, by `--atlas`, in the order in which they are looked for.",
               "| atlas | columns of electrodes.tsv | image, as `region_atlas` names it |\n|---|---|---|", atlases),
        _block("Planted kinds", "By `bids_vlint recover`.", "| kind | an electrode follows |\n|---|---|", kinds),
        _block("Sections of the reports", "Figures, tables and words, and the pages that they stand on.",
               "| section | pages |\n|---|---|", figures),
        _block("Figures for print", "Of the group and of each participant, as .svg, .pdf and .png beside the table "
               "(.tsv) that each is drawn from, whose columns a .json file defines; a line of Python draws it again: "
               "`from bids_vlint import redraw; redraw(\"figures/sitemap.tsv\").savefig(\"again.pdf\")`, or of a "
               "participant `redraw(\"sub-01/figures/spectra.tsv\")`. Of more than five recordings the first five "
               "are drawn; a table that is cut to others draws those. A figure of which nothing could be computed is "
               "not there, and the report says why. `figures/brain.html` holds the electrodes in a brain that turns.",
               "| file | shows |\n|---|---|", printed),
    ]  # fmt: skip


def _column_of(atlas: Atlas) -> str:
    """Which columns hold its labels, in words."""
    if atlas.column is None:
        return ""
    within = atlas.column.removeprefix(".*").removesuffix(".*")
    return f"`{within}`" if within == atlas.column else f"any whose name has `{within}`"


_END = """## Of the folder

- `dataset_description.json`, `README`, `.bidsignore`: what the folder says of itself.
- `exports/`: all electrodes for other programs, by the group level: `sites.csv` (20 columns that most people use, of
  those of `group_sites.tsv`), `sites.node` (BrainNet Viewer; colour 1: integration, 2: trained with language, 3:
  neither, 4: not tested), `electrodes.csv` and `values.csv` (threeBrain and RAVE: on fsaverage, `Subject` is the
  template, `SubjectCode` the participant, coordinates in MNI305 and MNI152), `sites.nii.gz` (MNI152, 2 mm: how many
  integration sites lie within 3 mm of a voxel).
- `sub-LABEL_methods.md`, `group_methods.md`: the methods paragraph of a report as Markdown.
- `sub-LABEL_references.bib`, `group_references.bib`: the references that it cites, of methods, networks and programs,
  as BibTeX. `pandoc --citeproc` joins both.
- `logs/`: a folder per run with its settings (`--config` takes them), versions, command line, messages, and what became
  of each participant ([status.md](status.md)).
"""


def _upper(text: str) -> str:
    return text[0].upper() + text[1:]


def _shown(columns: Iterable[Column]) -> list[Column]:
    """Of both alignments the first, of all tests one."""
    tests = "|".join(test for test in always_made() if test != _EXAMPLE)
    other = re.compile(rf"(published_)?(vision_|(language_)?({tests})(_|$))")
    return [column for column in columns if not other.match(column.name)]


def _table(file: str, said: str, columns: Iterable[Column]) -> str:
    rows = [f"| `{c.name}` | {c.kind} | {c.units or ''} | {_cell(c.meaning, c.levels)} |" for c in _shown(columns)]
    return _block(file, said, "| column | kind | unit | meaning |\n|---|---|---|---|", rows)


def _file(file: str, said: str, variables: Iterable[Variable]) -> str:
    rows = [f"| `{v.name}` | {', '.join(v.dims)} | {v.units or ''} | {_cell(v.meaning)} |" for v in variables]
    return _block(file, said, "| variable | axes | unit | meaning |\n|---|---|---|---|", rows)


def _block(file: str, said: str, head: str, rows: Iterable[str]) -> str:
    return "\n".join([f"### {file}", "", said, "", head, *rows, ""])


def _cell(meaning: str, levels: Mapping[str, str] = MappingProxyType({})) -> str:
    """A meaning in a cell; the level of false discoveries is that of the run (`--q`)."""
    listed = "; ".join(f"{level}: {said}" for level, said in levels.items())
    return (meaning + (f" {listed}." if listed else "")).replace(Q, "`--q`").replace("|", "\\|")


if __name__ == "__main__":
    print(outputs_page(), end="")
