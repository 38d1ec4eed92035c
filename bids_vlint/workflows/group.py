"""The group level: from the derivatives alone, without the data set."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from bids_vlint.derivatives.collection import read_fits, settings_differing
from bids_vlint.derivatives.layout import find_fits, without_sites
from bids_vlint.derivatives.selection import select_fits
from bids_vlint.errors import few
from bids_vlint.files.exchange import as_they_stand, claimed, finish_all
from bids_vlint.group.export import write_exports
from bids_vlint.group.for_programs import write_for_programs
from bids_vlint.log import counted, logger, step
from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.page import Section
from bids_vlint.reports.pages.group import group_report


def run_group(
    out: Path,
    wanted: Mapping[str, Sequence[str]] = MappingProxyType({}),
    extra: Sequence[Section] = (),
    *,
    between_brains: bool = False,
) -> Path:
    """Put the results of all participants together, or of those that are wanted.

    Parameters
    ----------
    out : Path
        The output folder of the participant level.
    wanted : mapping
        Entity to labels, as `select_fits` takes them.
    extra : sequence of Section
        Of the report, the caller's own.
    between_brains : bool
        Whether between-brain ceilings are made; those on disk stay as long as they are of the same results.

    Returns
    -------
    Path
        The group's report.

    Raises
    ------
    InputError
        No participant has results (66), or a file of one is not there (66) or not as it was written (65); what is
        wanted is not there (18).
    """
    finish_all(out)
    select_fits(out, wanted)  # where there is nothing, nothing is left either
    with claimed(out, "group"), as_they_stand(out), _few_collections():
        return _run_group(out, wanted, extra, between_brains)


@contextmanager
def _few_collections() -> Iterator[None]:
    """Let Python look seldom for what can be freed besides: of millions of cells that stay, that is a tenth of the
    time."""
    before = gc.get_threshold()
    gc.set_threshold(100_000, 50, 1000)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _run_group(out: Path, wanted: Mapping[str, Sequence[str]], extra: Sequence[Section], between_brains: bool) -> Path:
    names, n_all = select_fits(out, wanted), len(find_fits(out))
    logger.info("the group of %s, %s (%s)", counted(len({name.subject for name in names}), "participant"),
                counted(len(names), "fit"), few([name.stem for name in names]))  # fmt: skip
    if absent := without_sites(out):
        logger.warning("not in the group: %s; files or a report are there, but no sites", few(absent))
    whose = "all participants" if len(names) == n_all else f"{len(names)} of {n_all} fits"
    fits = read_fits(out, names=names)
    for setting, values in settings_differing(fits).items():
        said = "; ".join(f"{value}: {few(subjects)}" for value, subjects in values.items())
        logger.warning("participants were not analysed alike: %s (%s)", setting, said)
    with step("the group's tables and report"):
        contents = Contents(out, fits, whose, between_brains)
        write_exports(contents)
        write_for_programs(out, contents.sites)
        return group_report(out, extra, names, contents)
