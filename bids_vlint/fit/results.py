"""Results on disk: what can be reused, what is in the way, and what is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import pandas as pd

from bids_vlint.derivatives import layout
from bids_vlint.derivatives.encoding_file import write_encoding
from bids_vlint.derivatives.events_table import write_used_events
from bids_vlint.derivatives.evidence_tables import read_published, read_tests, write_published, write_tests
from bids_vlint.derivatives.inference_file import inference_of, write_inference
from bids_vlint.derivatives.meanings import all_tests
from bids_vlint.derivatives.record import FitRecord
from bids_vlint.derivatives.sites_table import read_sites, write_sites
from bids_vlint.derivatives.statistics_columns import published_tests_of
from bids_vlint.encoding.plan import counted_bins
from bids_vlint.errors import Exit, InputError
from bids_vlint.files.tables import NOT_AVAILABLE, read_tsv
from bids_vlint.fit.analysis import Tested, plan_of
from bids_vlint.fit.prepare import FEWEST_EVENTS, PreparedFit
from bids_vlint.inference.calibrated.sites import correct_participant, tests_of_fit, wide
from bids_vlint.inference.descriptions.description import description_columns
from bids_vlint.inference.published.rule import correct_published, published_of_fit
from bids_vlint.networks.comparisons import Comparison
from bids_vlint.settings import Settings
from bids_vlint.signals.responses import Responses
from bids_vlint.signals.usability import EventLog
from bids_vlint.study.fits import FitName
from bids_vlint.study.stimulus import ALIGNMENTS, Alignment


@dataclass(frozen=True)
class Fit:
    """A fit's results, before or after the correction over the participant.

    Attributes
    ----------
    sites : DataFrame
        Index: name. Channels with their places (`describe_channels`) and what `described` says of each alignment; the
        tests' columns, if any, are made anew from `tests`.
    tests : DataFrame
        From `sites.tests_of_fit`; q, if any, is made anew.
    record : FitRecord
    published : DataFrame | None
        From `published.published_of_fit`; q, if any, is made anew.
    """

    sites: pd.DataFrame
    tests: pd.DataFrame
    record: FitRecord
    published: pd.DataFrame | None = None


def earlier_fits(settings: Settings, subject: str) -> dict[FitName, Fit]:
    """A participant's fits on disk, also those of a version that kept no table of tests."""
    fits = {}
    for name in layout.find_fits(settings.output_dir):
        if name.subject == subject:
            out = settings.output_dir
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


def reusable(
    found: Fit, name: FitName, wanted: dict[str, object], inputs: dict[str, str] | None, settings: Settings
) -> bool:
    """Whether a fit on disk was made by the same settings from the same input.

    Parameters
    ----------
    inputs : dict | None
        None: only the settings are compared (a fit that is not part of this run).

    Raises
    ------
    InputError
        It was made otherwise (73).
    """
    record = found.record
    other = [k for k in wanted if record.settings.get(k) != _plain(wanted[k])]
    if not other and inputs is not None:
        other = [k for k in {**inputs, **record.inputs} if inputs.get(k) != record.inputs.get(k)]
    if other:
        raise InputError(layout.sites_tsv(settings.output_dir, name),
                         f"was made with other settings or from other input ({', '.join(sorted(other)[:5])})",
                         "give another output directory, or --overwrite", Exit.CANNOT_CREATE)  # fmt: skip
    alignments = [a for a in ALIGNMENTS if a in record.events and record.events[a].used >= FEWEST_EVENTS]
    return bool(alignments) and all(_complete(settings, name, a) for a in alignments)


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _complete(settings: Settings, name: FitName, alignment: Alignment) -> bool:
    import h5py

    out = settings.output_dir
    dense = layout.encoding_h5(out, name, alignment)
    wanted = [dense, layout.events_tsv(out, name, alignment), layout.tests_tsv(out, name)]
    if "calibrated" in settings.inference:
        wanted.append(layout.inference_h5(out, name, alignment))
    if "published" in settings.inference:
        wanted.append(layout.published_tsv(out, name))
    if not all(file.is_file() for file in wanted):
        return False
    try:
        for file in (f for f in wanted if f.suffix == ".h5"):
            with h5py.File(file) as content:
                if file == dense and settings.save_responses and "responses" not in content:
                    return False
    except OSError:
        return False
    return True


def not_there(settings: Settings, fits: Sequence[PreparedFit]) -> list[PreparedFit]:
    """The fits that have to be run whatever stands on disk."""
    out = settings.output_dir
    return [f for f in fits if settings.overwrite or not layout.sites_tsv(out, f.plan.name).is_file()]


def kept_fits(
    settings: Settings,
    subject: str,
    wanted: dict[str, object],
    inputs: dict[FitName, dict[str, str]],
    recordings: set[str],
) -> dict[FitName, Fit]:
    """A participant's fits on disk that stay: of this run or of other sessions and tasks, by the same settings.

    With `--overwrite` the fits of this run are made again; those of other settings are taken away, and so are those of
    the same recordings under another name (runs that were fitted apart before).

    Parameters
    ----------
    recordings : set of str
        File names of this run's recordings.

    Raises
    ------
    InputError
        One was made by other settings or from other input (73).
    """
    kept = {}
    for name, fit in earlier_fits(settings, subject).items():
        again = name not in inputs and any(r.get("file") in recordings for r in fit.record.recordings)
        if settings.overwrite:
            if again or (
                name not in inputs and any(fit.record.settings.get(k) != _plain(v) for k, v in wanted.items())
            ):
                remove(settings, name)
            elif name not in inputs:
                kept[name] = fit
        elif again:
            table = layout.sites_tsv(settings.output_dir, name)
            raise InputError(table, "has recordings that are now fitted otherwise",
                             "give another output directory, or --overwrite", Exit.CANNOT_CREATE)  # fmt: skip
        elif reusable(fit, name, wanted, inputs.get(name), settings):
            kept[name] = fit
    return kept


def remove(settings: Settings, name: FitName) -> None:
    """Take a fit away that other settings made (with `--overwrite`)."""
    out = settings.output_dir
    tables = [layout.sites_tsv(out, name), layout.tests_tsv(out, name), layout.published_tsv(out, name)]
    tables += [layout.events_tsv(out, name, alignment) for alignment in ALIGNMENTS]
    files = [file for table in tables for file in (table, layout.sidecar(table))]
    for alignment in ALIGNMENTS:
        files += [layout.encoding_h5(out, name, alignment), layout.inference_h5(out, name, alignment)]
    for file in files:
        file.unlink(missing_ok=True)


def write_alignment(
    settings: Settings, name: FitName, alignment: Alignment, tested: Tested, responses: Responses
) -> None:
    """Write an alignment's events, its dense scores and what its calibrated tests come from."""
    out, scores, kept = settings.output_dir, tested.scores, responses if settings.save_responses else None
    write_used_events(out, name, alignment, responses.events)
    write_encoding(out, name, alignment, scores, kept)
    if tested.evidence is not None:
        counted = counted_bins(scores.lags, plan_of(settings).bins)
        null = tested.evidence.null
        made = inference_of(scores.channels, scores.lags, counted, null, tested.description, tested.swapped)
        write_inference(out, name, alignment, made)


def fit_of(channels: pd.DataFrame, found: Mapping[Alignment, Tested], record: FitRecord) -> Fit:
    """Put a fit together.

    Parameters
    ----------
    channels : DataFrame
        From `describe_channels`.
    found : alignment -> Tested
    record : FitRecord
    """
    sites = channels.join([description_columns(a, t.best, t.description) for a, t in found.items()])
    tests = tests_of_fit({a: t.evidence.tests for a, t in found.items() if t.evidence is not None})
    rule = {a: t.published for a, t in found.items() if t.published is not None}
    columns = [str(c) for table in rule.values() for c in table]
    names = list(dict.fromkeys(c.removesuffix("_diff") for c in columns if c.endswith("_diff")))
    return Fit(sites, tests, record, published_of_fit(rule, list(channels.index), names) if rule else None)


def write_fits(settings: Settings, fits: Mapping[FitName, Fit], comparisons: Sequence[Comparison]) -> None:
    """Correct over all fits of a participant, those that were kept among them, and write the tables of each."""
    names = sorted(fits, key=lambda n: n.stem)
    published = _corrected_published({n: fits[n].published for n in names})
    for name, tests in zip(names, correct_participant([_with_p(fits[n].tests) for n in names])):
        fit = replace(fits[name], tests=tests, published=published.get(name))
        write_fit(settings, name, fit, comparisons)


def write_fit(settings: Settings, name: FitName, fit: Fit, comparisons: Sequence[Comparison]) -> None:
    """Write a fit's tables, after the correction; the sites last: they say that the fit is whole."""
    out, named = settings.output_dir, [c.name for c in comparisons]
    write_tests(out, name, fit.tests)
    if fit.published is not None:
        write_published(out, name, fit.published, fit.sites)
    found = wide(fit.tests, list(fit.sites.index), all_tests(named))
    sites = fit.sites.drop(columns=[c for c in found if c in fit.sites]).join(found)
    write_sites(out, name, as_written(sites), fit.record, named)


def _with_p(tests: pd.DataFrame) -> pd.DataFrame:
    """A table of tests, also where none was made."""
    return tests if len(tests) else pd.DataFrame(columns=["name", "alignment", "test", "p"])


def _corrected_published(tables: Mapping[FitName, pd.DataFrame | None]) -> dict[FitName, pd.DataFrame]:
    """The published tables with q over all of them; what a fit lacks (a network that could not be shown) is missing."""
    known = {name: table for name, table in tables.items() if table is not None}
    tests = list(dict.fromkeys(t for table in known.values() for t in published_tests_of(table.columns)))
    columns = list(dict.fromkeys(c for table in known.values() for c in table.columns))
    return dict(zip(known, correct_published([t.reindex(columns=columns) for t in known.values()], tests)))


def as_written(sites: pd.DataFrame) -> pd.DataFrame:
    """Sites with their names as a column and None where there is nothing."""
    table = sites.rename_axis("name").reset_index().astype(object)
    return table.where(table.notna(), None)
