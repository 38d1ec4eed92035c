"""The programs that results were made with, and the references of networks, as the fits' records tell them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from bids_vlint.citations import Reference, of_packages
from bids_vlint.derivatives.collection import FitResult
from bids_vlint.networks.identity import LOW_LEVEL
from bids_vlint.networks.works import packages_of_network, works_of_network

_ALWAYS = ("numpy", "scipy", "array-api-compat", "pandas", "xarray", "h5py", "h5netcdf", "mne", "mne-bids", "pybids",
           "matplotlib", "jinja2", "pillow", "filelock", "pathspec", "threadpoolctl", "tomli_w", "tqdm")  # fmt: skip
_VALIDATOR = "bids-validator-deno"


class Seen(NamedTuple):
    """What tells which readers were used: endings of files, notes, whether there was a film, whether words, and whether
    electrodes have a place."""

    endings: frozenset[str]
    notes: str
    film: bool
    words: bool
    placed: bool


_WHERE: Mapping[str, Callable[[Seen], bool]] = {
    "pymef": lambda seen: "mefd" in seen.endings,
    "pymatreader": lambda seen: "set" in seen.endings,
    "pysubs2": lambda seen: bool({"srt", "vtt", "ass", "ssa"} & seen.endings),
    "praatio": lambda seen: "textgrid" in seen.endings,
    "av": lambda seen: seen.film,
    "scenedetect-headless": lambda seen: "PySceneDetect" in seen.notes,
    "wordfreq": lambda seen: seen.words,
    "langcodes": lambda seen: seen.words,
    "nibabel": lambda seen: seen.placed,
    "nilearn": lambda seen: seen.placed,
}


class NetworkWorks(NamedTuple):
    """A network that was compared, and what is cited for it."""

    name: str
    works: tuple[Reference, ...]


def networks_cited(fits: Sequence[FitResult]) -> list[NetworkWorks]:
    """The trained networks, each once and whole, in the order of the records."""
    found: dict[str, tuple[Reference, ...]] = {}
    for model in _models(fits):
        if model.get("trained") and model.get("part_of") in (None, "n/a"):
            found.setdefault(str(model["name"]), works_of_network(model))
    return [NetworkWorks(*one) for one in found.items()]


def programs_used(fits: Sequence[FitResult]) -> list[Reference]:
    """The programs that took part, in the order of their keys.

    Those that a record does not tell of (who wrote the input, what ran before) are not among them.
    """
    if not fits:
        return of_packages(_ALWAYS)
    seen = _seen(fits)
    names = [*_ALWAYS, *(name for name, used in _WHERE.items() if used(seen))]
    names += [name for model in _models(fits) for name in packages_of_network(model)]
    return of_packages([*names, *([_VALIDATOR] if "BIDS validator reports" in seen.notes else [])])


def _models(fits: Sequence[FitResult]) -> list[Mapping[str, object]]:
    return [model for fit in fits for model in fit.record.get("models", []) if model.get("modality") != LOW_LEVEL]


def _seen(fits: Sequence[FitResult]) -> Seen:
    records = [fit.record for fit in fits]
    files = [str(name) for record in records for name in record.get("inputs") or {}]
    files += [str(run.get("file", "")) for record in records for run in record.get("recordings", [])]
    stimuli = [stimulus for record in records for stimulus in record.get("stimuli", [])]
    return Seen(
        frozenset(name.rsplit(".", 1)[-1].lower() for name in files if "." in name),
        "\n".join(str(note) for record in records for note in record.get("notes", [])),
        any(stimulus.get("file") not in (None, "n/a") for stimulus in stimuli),
        any(stimulus.get("words") for stimulus in stimuli),
        any(bool(fit.sites["mni_x"].notna().any()) for fit in fits),
    )
