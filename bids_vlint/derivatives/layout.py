"""Every file name of the output folder."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from bids_vlint.study.fits import FitName
from bids_vlint.study.stimulus import Alignment

GROUP_REPORT = "group.html"
FIGURES_FOLDER = "figures"
FIGURE_ENDINGS = ("svg", "pdf", "png")

# What BIDS has no name for; a folder would stand here without its trailing slash.
BIDSIGNORE = (
    "*_encoding.h5",
    "*_inference.h5",
    "*_quality.h5",
    "*_statistics.tsv",
    "*_statistics.json",
    "*.html",
    "exports",
    "figures",
    "recovery",
    "work",
    "*_methods.md",
    "*_references.bib",
    "group_*.tsv",
    "group_*.json",
    "atlas-*_description.json",  # of BIDS 1.11; its validator (3.0.2) takes them for sidecars without data
)

_SITES = "_desc-sites_channels"
_FIT = re.compile(
    r"sub-(?P<subject>[^_]+)(?:_ses-(?P<session>[^_]+))?(?:_task-(?P<task>[^_]+))?(?:_acq-(?P<acquisition>[^_]+))?"
    r"(?:_run-(?P<run>[^_]+))?(?P<others>(?:_(?!desc-)[^_-]+-[^_]+)*)_desc-[^_]+_[^_.]+\.[^.]+"
)


def _file(out: Path, name: FitName, ending: str) -> Path:
    return out / name.folder / f"{name.stem}{ending}"


def sites_tsv(out: Path, name: FitName) -> Path:
    """A row per electrode of a fit."""
    return _file(out, name, f"{_SITES}.tsv")


def statistics_tsv(out: Path, name: FitName) -> Path:
    """A row per electrode, alignment and test of a fit."""
    return _file(out, name, "_desc-tests_statistics.tsv")


def published_tsv(out: Path, name: FitName) -> Path:
    """A row per electrode of a fit with the published inference."""
    return _file(out, name, "_desc-published_channels.tsv")


def inference_h5(out: Path, name: FitName, alignment: Alignment) -> Path:
    """What the tests of a fit and alignment come from."""
    return _file(out, name, f"_desc-{alignment}_inference.h5")


def encoding_h5(out: Path, name: FitName, alignment: Alignment) -> Path:
    """Dense scores of a fit and alignment."""
    return _file(out, name, f"_desc-{alignment}_encoding.h5")


def quality_h5(out: Path, name: FitName) -> Path:
    """How the recordings of a fit are: spectra, high gamma around events, events over the film."""
    return _file(out, name, "_desc-recordings_quality.h5")


def events_tsv(out: Path, name: FitName, alignment: Alignment) -> Path:
    """The events that a fit and alignment used."""
    return _file(out, name, f"_desc-{alignment}_events.tsv")


def sidecar(tsv: Path) -> Path:
    """The JSON file that defines a table's columns."""
    return tsv.with_suffix(".json")


def atlas_json(out: Path, label: str) -> Path:
    """The description of an atlas that regions are from."""
    return out / f"atlas-{label}_description.json"


def participant_html(out: Path, subject: str) -> Path:
    """A participant's report."""
    return out / f"sub-{subject}.html"


def methods_md(page: Path) -> Path:
    """The methods paragraph of a report as Markdown."""
    return page.with_name(f"{page.stem}_methods.md")


def references_bib(page: Path) -> Path:
    """The references of a report's methods paragraph as BibTeX."""
    return page.with_name(f"{page.stem}_references.bib")


def figure_file(out: Path, name: str, ending: str, subject: str | None = None) -> Path:
    """A figure for print of a participant, or (None) of the group; its table ends in tsv, what defines it in json."""
    whose = out if subject is None else out / f"sub-{subject}"
    return whose / FIGURES_FOLDER / f"{name}.{ending}"


def program_file(out: Path, name: str) -> Path:
    """A file of the group level for another program."""
    return out / "exports" / name


def group_file(out: Path, name: str) -> Path:
    """A file of the group level (the report, or one of `group.export`)."""
    return out / name


def dataset_description(out: Path) -> Path:
    """What the output folder says of itself."""
    return out / "dataset_description.json"


def fit_files(out: Path, name: FitName) -> list[Path]:
    """All files of a fit that are on disk, in the order of their names."""
    return sorted((out / name.folder).glob(f"{name.stem}_desc-*"))


def find_fits(out: Path) -> list[FitName]:
    """The fits whose sites, or their sidecar, are on disk, in the order of their names."""
    return _named(out, f"{_SITES}.*")


def find_traces(out: Path) -> list[FitName]:
    """The fits of which any file is on disk, in the order of their names."""
    return _named(out, "_desc-*")


def without_sites(out: Path) -> list[str]:
    """Participants of whom a file or a report is there, but no sites, with `sub-`: they were taken away."""
    there = {f"sub-{name.subject}" for name in find_traces(out)} | {page.stem for page in out.glob("sub-*.html")}
    return sorted(there - {f"sub-{name.subject}" for name in find_fits(out)})


def _named(out: Path, ending: str) -> list[FitName]:
    files = {*out.glob(f"sub-*/ieeg/*{ending}"), *out.glob(f"sub-*/ses-*/ieeg/*{ending}")}
    matches = (_FIT.fullmatch(file.name) for file in sorted(files))
    return list(dict.fromkeys(_name(match.groupdict()) for match in matches if match))


def _name(parts: dict[str, Any]) -> FitName:
    others = [part.split("-", 1) for part in parts.pop("others").split("_") if part]
    return FitName(**parts, others=tuple((entity, label) for entity, label in others))
