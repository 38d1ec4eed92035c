"""The output and the work folder, which several runs may use at once: who is alone takes away what killed ones left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bids_vlint.files.leftovers import take_away
from bids_vlint.files.lock import sharing

# Where files may lie under temporary names; the last two are of features.
_IN_OUTPUT = ("*", "logs/*/*", "figures/*", "exports/*", "recovery/*", "sub-*/*/*", "sub-*/ses-*/*/*",
              "*/.*_language.*", "*/.*_vision.*")  # fmt: skip
_IN_WORK = ("*", "stages/*/*")


@contextmanager
def output_in_use(out: Path) -> Iterator[None]:
    """Use an output folder beside other runs while the body runs."""
    with sharing(out / "logs", lambda: take_away(out, _IN_OUTPUT)):
        yield


@contextmanager
def work_in_use(work: Path) -> Iterator[None]:
    """Use a work folder beside other runs while the body runs.

    Raises
    ------
    InputError
        It cannot be made (73).
    """
    with sharing(work, lambda: take_away(work, _IN_WORK)):
        yield
