"""Results on disk: what can be reused, what is in the way, and what is taken away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import h5py

from bids_vlint.derivatives import layout
from bids_vlint.derivatives.evidence_tables import read_published, read_tests
from bids_vlint.derivatives.record import FitRecord
from bids_vlint.derivatives.sites_table import read_sites
from bids_vlint.errors import Exit, InputError
from bids_vlint.files.tables import NOT_AVAILABLE, read_tsv
from bids_vlint.fit.preparation import FEWEST_EVENTS, PreparedFit
from bids_vlint.fit.protocols import CALIBRATED, PUBLISHED
from bids_vlint.fit.results import Fit
from bids_vlint.signals.usability import EventLog
from bids_vlint.study.fits import FitName
from bids_vlint.study.stimulus import ALIGNMENTS, Alignment


@dataclass(frozen=True)
class Request:
    """What a run asks of the results on disk.

    Attributes
    ----------
    out : Path
        The output folder.
    settings : mapping
        Those that numbers depend on, and the version, as records keep them.
    tests : tuple of CALIBRATED, PUBLISHED
        Whose results must be there.
    responses : bool
        Whether responses must be there, too.
    overwrite : bool
        Whether fits of this run are made again, whatever is there.
    """

    out: Path
    settings: Mapping[str, object]
    tests: tuple[str, ...] = (CALIBRATED,)
    responses: bool = False
    overwrite: bool = False


def earlier_fits(out: Path, subject: str) -> dict[FitName, Fit]:
    """A participant's fits on disk, also those of a version that kept no table of tests."""
    fits = {}
    for name in layout.find_fits(out):
        if name.subject == subject:
            _, record = read_sites(out, name)
            # cells as they are written: what is kept is written again letter by letter
            cells = read_tsv(layout.sites_tsv(out, name)).astype(object)
            sites = cells.where(cells != NOT_AVAILABLE, None).set_index("name")
            tests = read_tests(out, name)
            fits[name] = Fit(sites, tests, _record(record), read_published(out, name))
    return fits


def _record(content: dict[str, Any]) -> FitRecord:
    known = {f.name: content[f.name] for f in fields(FitRecord) if f.name in content}
    empty: dict[str, Any] = {"recordings": [], "stimuli": [], "channels_dropped": [], "events": {}, "models": [],
                             "notes": [], "settings": {}}  # fmt: skip
    record = FitRecord(**(empty | known))
    return replace(record, events={a: EventLog(**log) for a, log in record.events.items()})  # type: ignore[arg-type]


def reusable(found: Fit, name: FitName, inputs: Mapping[str, str] | None, request: Request) -> bool:
    """Whether a fit on disk was made by the same settings from the same input.

    Parameters
    ----------
    inputs : mapping | None
        Digest of every input by name. None: only the settings are compared (a fit that is not part of this run).

    Raises
    ------
    InputError
        It was made otherwise (73).
    """
    record = found.record
    other = _other_settings(found, request)
    if not other and inputs is not None:
        other = [k for k in {**inputs, **record.inputs} if inputs.get(k) != record.inputs.get(k)]
    if other:
        raise InputError(layout.sites_tsv(request.out, name),
                         f"was made with other settings or from other input ({', '.join(sorted(other)[:5])})",
                         "give another output directory, or --overwrite", Exit.CANNOT_CREATE)  # fmt: skip
    alignments = [a for a in ALIGNMENTS if a in record.events and record.events[a].used >= FEWEST_EVENTS]
    return bool(alignments) and all(_complete(request, name, a) for a in alignments)


def _other_settings(found: Fit, request: Request) -> list[str]:
    return [k for k, v in request.settings.items() if found.record.settings.get(k) != _plain(v)]


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _complete(request: Request, name: FitName, alignment: Alignment) -> bool:
    out = request.out
    dense = layout.encoding_h5(out, name, alignment)
    wanted = [dense, layout.events_tsv(out, name, alignment), layout.statistics_tsv(out, name)]
    if CALIBRATED in request.tests:
        wanted.append(layout.inference_h5(out, name, alignment))
    if PUBLISHED in request.tests:
        wanted.append(layout.published_tsv(out, name))
    if not all(file.is_file() for file in wanted):
        return False
    try:
        for file in (f for f in wanted if f.suffix == ".h5"):
            with h5py.File(file) as content:
                if file == dense and request.responses and "responses" not in content:
                    return False
    except OSError:
        return False
    return True


def not_there(request: Request, fits: Sequence[PreparedFit]) -> list[PreparedFit]:
    """The fits that have to be run whatever stands on disk."""
    return [f for f in fits if request.overwrite or not layout.sites_tsv(request.out, f.plan.name).is_file()]


def kept_fits(
    request: Request, subject: str, inputs: Mapping[FitName, Mapping[str, str]], recordings: set[str]
) -> dict[FitName, Fit]:
    """A participant's fits on disk that stay: of this run or of other sessions and tasks, by the same settings.

    With `--overwrite` the fits of this run are made again; those of other settings are taken away, and so are those of
    the same recordings under another name (runs that were fitted apart before).

    Parameters
    ----------
    request : Request
    subject : str
    inputs : FitName -> digest of every input by name
        Of this run's fits.
    recordings : set of str
        File names of this run's recordings.

    Raises
    ------
    InputError
        One was made by other settings or from other input (73).
    """
    kept = {}
    for name, fit in earlier_fits(request.out, subject).items():
        again = name not in inputs and any(r.get("file") in recordings for r in fit.record.recordings)
        if request.overwrite:
            if again or (name not in inputs and _other_settings(fit, request)):
                remove(request.out, name)
            elif name not in inputs:
                kept[name] = fit
        elif again:
            table = layout.sites_tsv(request.out, name)
            raise InputError(table, "has recordings that are now fitted otherwise",
                             "give another output directory, or --overwrite", Exit.CANNOT_CREATE)  # fmt: skip
        elif reusable(fit, name, inputs.get(name), request):
            kept[name] = fit
    return kept


def remove(out: Path, name: FitName) -> None:
    """Take a fit away that other settings made (with `--overwrite`)."""
    tables = [layout.sites_tsv(out, name), layout.statistics_tsv(out, name), layout.published_tsv(out, name)]
    tables += [layout.events_tsv(out, name, alignment) for alignment in ALIGNMENTS]
    files = [file for table in tables for file in (table, layout.sidecar(table))]
    for alignment in ALIGNMENTS:
        files += [layout.encoding_h5(out, name, alignment), layout.inference_h5(out, name, alignment)]
    for file in files:
        file.unlink(missing_ok=True)
