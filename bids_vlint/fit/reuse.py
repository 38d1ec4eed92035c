"""Results on disk: what can be reused, what is in the way, and what is taken away."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import h5py

from bids_vlint.derivatives import layout
from bids_vlint.derivatives.evidence_tables import read_published, read_tests
from bids_vlint.derivatives.record import FitRecord
from bids_vlint.derivatives.sites_table import read_sites
from bids_vlint.derivatives.whole import faults_of, marks_of
from bids_vlint.errors import Exit, InputError
from bids_vlint.files.tables import NOT_AVAILABLE, read_tsv
from bids_vlint.fit.fingerprint import OF_PLACES
from bids_vlint.fit.preparation import FEWEST_EVENTS, PreparedFit
from bids_vlint.fit.protocols import CALIBRATED, PUBLISHED
from bids_vlint.fit.results import Fit
from bids_vlint.log import logger
from bids_vlint.signals.usability import EventLog
from bids_vlint.study.fits import FitName
from bids_vlint.study.stimulus import ALIGNMENTS, Alignment

# Inputs that the tests depend on, and what is said besides, but no fit.
_OF_TESTS = frozenset({OF_PLACES, "comparisons", "tests of other packages", "descriptions of other packages"})
_ANEW = frozenset({"q", "atlas"})  # settings of what `results.write_fits` makes anew for all fits of a participant


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
    again : frozenset of str
        The settings that concern tests and reports alone: where they differ, results are made again.
    """

    out: Path
    settings: Mapping[str, object]
    tests: tuple[str, ...] = (CALIBRATED,)
    responses: bool = False
    overwrite: bool = False
    again: frozenset[str] = frozenset()


def earlier_fits(out: Path, subject: str) -> dict[FitName, Fit]:
    """A participant's fits on disk that are whole, also those of a version that kept no table of tests.

    A file that is not as it was written is named in the log, and its fit counts as absent.
    """
    fits = {}
    for name in (n for n in layout.find_fits(out) if n.subject == subject):
        for file, wrong in faults_of(out, name).items():
            logger.warning("%s: %s; its fit does not count", file, wrong)
            break
        else:
            try:
                fits[name] = _earlier_fit(out, name)
            except (InputError, KeyError, TypeError, ValueError, AttributeError) as error:  # no digest tells of it
                logger.warning("%s: cannot be used (%s); its fit does not count", layout.sites_tsv(out, name), error)
    return fits


def _earlier_fit(out: Path, name: FitName) -> Fit:
    _, record = read_sites(out, name)
    # cells as they are written: what is kept is written again letter by letter
    cells = read_tsv(layout.sites_tsv(out, name)).astype(object)
    sites = cells.where(cells != NOT_AVAILABLE, None).set_index("name")
    tests = read_tests(out, name)
    return Fit(sites, tests, _with_marks(out, name, _record(record)), read_published(out, name))


def _with_marks(out: Path, name: FitName, record: FitRecord) -> FitRecord:
    """A record with the marks of all files, also where a version wrote none."""
    sidecar = layout.sidecar(layout.sites_tsv(out, name))
    files = (file for file in layout.fit_files(out, name) if file != sidecar)
    return record if record.files else replace(record, files=marks_of(files))


def _record(content: dict[str, Any]) -> FitRecord:
    known = {f.name: content[f.name] for f in fields(FitRecord) if f.name in content}
    empty: dict[str, Any] = {"recordings": [], "stimuli": [], "channels_dropped": [], "events": {}, "models": [],
                             "notes": [], "settings": {}}  # fmt: skip
    record = FitRecord(**(empty | known))
    return replace(record, events={a: EventLog(**log) for a, log in record.events.items()})  # type: ignore[arg-type]


def reusable(found: Fit, name: FitName, inputs: Mapping[str, str] | None, request: Request) -> bool:
    """Whether a fit on disk was made by the same settings from the same input, and nothing of it is asked for anew.

    Parameters
    ----------
    inputs : mapping | None
        Digest of every input by name. None: only the settings are compared (a fit that is not part of this run).

    Raises
    ------
    InputError
        It was made otherwise (73), in what is more than tests and reports.
    """
    record, other = found.record, _other_settings(found, request)
    if inputs is not None:
        new = [k for k in {**inputs, **record.inputs} if inputs.get(k) != record.inputs.get(k)]
        tests_change = bool({"inference", "bins", "smallest_effect"} & set(other)) or bool(_OF_TESTS & set(new))
        other = [k for k in other if k not in request.again] + [k for k in new if k not in _OF_TESTS]
    else:  # it cannot be made again here, and its networks are not compared
        tests_change, other = False, [k for k in other if k not in _ANEW]
    if other:
        raise InputError(layout.sites_tsv(request.out, name),
                         f"was made with other settings or from other input ({', '.join(sorted(other)[:5])})",
                         "give another output directory, or --overwrite", Exit.CANNOT_CREATE)  # fmt: skip
    alignments = [a for a in ALIGNMENTS if a in record.events and record.events[a].used >= FEWEST_EVENTS]
    return bool(alignments) and not tests_change and all(_complete(found, name, a, request) for a in alignments)


def _other_settings(found: Fit, request: Request) -> list[str]:
    return [k for k, v in request.settings.items() if found.record.settings.get(k) != _plain(v)]


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _complete(found: Fit, name: FitName, alignment: Alignment, request: Request) -> bool:
    """Whether a fit has every file that is asked for, and the responses where they are."""
    out = request.out
    dense = layout.encoding_h5(out, name, alignment)
    wanted = [dense, layout.events_tsv(out, name, alignment), layout.statistics_tsv(out, name)]
    if CALIBRATED in request.tests:
        wanted.append(layout.inference_h5(out, name, alignment))
    if PUBLISHED in request.tests:
        wanted.append(layout.published_tsv(out, name))
    if not all(file.name in found.record.files for file in wanted):
        return False
    with h5py.File(dense) as content:
        return not request.responses or "responses" in content


def not_there(request: Request, fits: Sequence[PreparedFit]) -> list[PreparedFit]:
    """The fits that have to be run whatever stands on disk."""
    return [f for f in fits if request.overwrite or not layout.sites_tsv(request.out, f.plan.name).is_file()]


def kept_fits(
    request: Request, subject: str, inputs: Mapping[FitName, Mapping[str, str]], recordings: set[str]
) -> tuple[dict[FitName, Fit], list[FitName]]:
    """A participant's fits on disk that stay: of this run or of other sessions and tasks, by the same settings.

    With `--overwrite` the fits of this run are made again; those of other settings go, and so do those of the same
    recordings under another name (runs that were fitted apart before).

    Parameters
    ----------
    request : Request
    subject : str
    inputs : FitName -> digest of every input by name
        Of this run's fits.
    recordings : set of str
        File names of this run's recordings.

    Returns
    -------
    kept : FitName -> Fit
        Their records say the settings of this run, where those do not change them.
    gone : list of FitName
        Those of other names that go once the new ones are there.

    Raises
    ------
    InputError
        One was made by other settings or from other input (73).
    """
    kept, gone = {}, []
    for name, fit in earlier_fits(request.out, subject).items():
        again = name not in inputs and any(r.get("file") in recordings for r in fit.record.recordings)
        if request.overwrite:
            if again or (name not in inputs and set(_other_settings(fit, request)) - _ANEW):
                gone.append(name)
            elif name not in inputs:
                kept[name] = fit
        elif again:
            table = layout.sites_tsv(request.out, name)
            raise InputError(table, "has recordings that are now fitted otherwise",
                             "give another output directory, or --overwrite", Exit.CANNOT_CREATE)  # fmt: skip
        elif reusable(fit, name, inputs.get(name), request):
            kept[name] = _as_asked(fit, request) if name in inputs else fit
    return kept, gone


def check_kept(request: Request, subject: str, names: Collection[FitName], recordings: set[str]) -> None:
    """Raise InputError (73) where results on disk were made by other settings, or fitted otherwise.

    As `kept_fits`, without a look at the input: whether that has changed is not asked.
    """
    there = earlier_fits(request.out, subject)
    inputs = {name: there[name].record.inputs if name in there else {} for name in names}
    kept_fits(request, subject, inputs, recordings)


def _as_asked(fit: Fit, request: Request) -> Fit:
    now = {k: _plain(v) for k, v in request.settings.items() if k in request.again - _ANEW}
    return replace(fit, record=replace(fit.record, settings={**fit.record.settings, **now}))


def files_that_go(out: Path, names: Iterable[FitName]) -> set[Path]:
    """All files of some fits."""
    return {file for name in names for file in layout.fit_files(out, name)}
