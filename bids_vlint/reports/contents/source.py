"""What a report is made from, in one digest: a page that was made from the same is not drawn again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import bids_vlint
from bids_vlint.atlas.labelling import ATLASES
from bids_vlint.derivatives.description import simulated_source
from bids_vlint.derivatives.layout import fit_files
from bids_vlint.files.digest import digest_of
from bids_vlint.inference.description import DESCRIPTIONS
from bids_vlint.networks.comparisons import TESTS
from bids_vlint.registry import Registry
from bids_vlint.reports.contents.figure import FIGURES
from bids_vlint.reports.contents.printed import PRINTED
from bids_vlint.reports.page import Section
from bids_vlint.study.fits import FitName
from bids_vlint.version import version_of

_PROGRAM = (".py", ".html", ".css", ".js", ".toml")
_BROUGHT: tuple[Registry[Any], ...] = (ATLASES, DESCRIPTIONS, FIGURES, PRINTED, TESTS)
_DRAWN_BY = ("matplotlib", "nilearn", "numpy", "pandas", "pillow", "jinja2")


def source_of(out: Path, names: Iterable[FitName], extra: Sequence[Section], tables: Iterable[Path] = ()) -> str:
    """The digest of the program, of what other packages bring, of all files of some fits, of tables that are read
    again, and of the sections that come from elsewhere."""
    brought = [thing for registry in _BROUGHT for thing in registry.of_others]
    digest = hashlib.sha256("\0".join([_program(), *brought]).encode())
    digest.update((simulated_source(out) or "").encode())
    for name in names:
        for file in fit_files(out, name):
            digest.update(f"{file.name} {digest_of(file)}".encode())
    for file in (table for table in tables if table.is_file()):
        digest.update(f"{file.name} {digest_of(file)}".encode())
    for section in extra:
        digest.update("\0".join((section.part, section.title, section.content)).encode())
    return digest.hexdigest()


@cache
def _program() -> str:
    """The digest of the program's own files and of the versions of what draws."""
    root = Path(bids_vlint.__file__).parent
    digest = hashlib.sha256(" ".join(version_of(package) for package in _DRAWN_BY).encode())
    for file in sorted(file for file in root.rglob("*") if file.suffix in _PROGRAM):
        digest.update(file.relative_to(root).as_posix().encode() + file.read_bytes())
    return digest.hexdigest()
