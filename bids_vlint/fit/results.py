"""A fit's results: put together, corrected over the participant, and written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from bids_vlint.atlas.regions import relabelled
from bids_vlint.derivatives import layout
from bids_vlint.derivatives.encoding_file import write_encoding
from bids_vlint.derivatives.events_table import write_used_events
from bids_vlint.derivatives.evidence_tables import write_published, write_tests
from bids_vlint.derivatives.inference_file import write_inference
from bids_vlint.derivatives.meanings import all_tests
from bids_vlint.derivatives.record import FitRecord, level_of
from bids_vlint.derivatives.sites_table import write_sites
from bids_vlint.derivatives.statistics_columns import published_tests_of
from bids_vlint.derivatives.whole import marks_of
from bids_vlint.encoding.plan import counted_bins
from bids_vlint.fit.analysis import Analysis
from bids_vlint.inference.calibrated.claims import INTEGRATION
from bids_vlint.inference.calibrated.share import share_of
from bids_vlint.inference.calibrated.sites import correct_participant, fit_tests, participant_sites
from bids_vlint.inference.correction import LEVEL
from bids_vlint.inference.description import describe_electrodes
from bids_vlint.inference.published.rule import correct_published, published_of_fit
from bids_vlint.networks.tests.multimodal_beats_linear import MULTIMODAL_BEATS_LINEAR
from bids_vlint.signals.responses import Responses
from bids_vlint.study.fits import FitName
from bids_vlint.study.stimulus import ALIGNMENTS, Alignment


@dataclass(frozen=True)
class Fit:
    """A fit's results, before or after the correction over the participant.

    Attributes
    ----------
    sites : DataFrame
        Index: name. Channels with their places (`describe_channels`) and what `describe_electrodes` says of each
        alignment; the tests' columns, if any, are made anew from `tests`.
    tests : DataFrame
        From `sites.fit_tests`; q, if any, is made anew.
    record : FitRecord
    published : DataFrame | None
        From `published.published_of_fit`; q, if any, is made anew.
    """

    sites: pd.DataFrame
    tests: pd.DataFrame
    record: FitRecord
    published: pd.DataFrame | None = None


def write_alignment(
    out: Path,
    name: FitName,
    alignment: Alignment,
    found: Analysis,
    responses: Responses,
    *,
    bins: tuple[float, float],
    save_responses: bool = False,
) -> None:
    """Write an alignment's events, its dense scores and what its calibrated tests come from.

    Parameters
    ----------
    out : Path
    name : FitName
    alignment : Alignment
    found : Analysis
    responses : Responses
    bins : (from, to) seconds
        Within which the windows that count lie.
    save_responses : bool
        Whether the responses are written, too.
    """
    scores, kept = found.scores, responses if save_responses else None
    write_used_events(out, name, alignment, responses.events)
    write_encoding(out, name, alignment, scores, kept)
    if found.evidence is not None:
        counted = scores.lags[counted_bins(scores.lags, bins)]
        write_inference(out, name, alignment, scores.channels, counted, found.evidence.null, found.described)


def fit_of(channels: pd.DataFrame, found: Mapping[Alignment, Analysis], record: FitRecord) -> Fit:
    """Put a fit together.

    Parameters
    ----------
    channels : DataFrame
        From `describe_channels`.
    found : alignment -> Analysis
    record : FitRecord
    """
    sites = channels.join([describe_electrodes(a, t.best, t.described) for a, t in found.items()])
    tests = fit_tests({a: t.evidence.tests for a, t in found.items() if t.evidence is not None})
    rule = {a: t.published for a, t in found.items() if t.published is not None}
    columns = [str(c) for table in rule.values() for c in table]
    names = list(dict.fromkeys(c.removesuffix("_diff") for c in columns if c.endswith("_diff")))
    return Fit(sites, tests, record, published_of_fit(rule, list(channels.index), names) if rule else None)


def write_fits(
    out: Path,
    fits: Mapping[FitName, Fit],
    comparisons: Sequence[str],
    q: float = LEVEL,
    atlases: Sequence[str] = (),
    *,
    corrected: bool = False,
) -> frozenset[str]:
    """Correct over all fits of a participant, those that were kept among them, and write the tables of each.

    Parameters
    ----------
    out : Path
        Where the new files of the fits lie, and the tables go.
    fits : FitName -> Fit
        The records of those that were kept hold the marks of their files; new ones have them in `out`.
    comparisons : sequence of str
        Names of those of the model set.
    q : float
        The level of false discoveries, which the records say, too: one family has one.
    atlases : sequence of str
        Those of the regions, which the records say, too; what was kept with others is labelled anew.
    corrected : bool
        Whether these are all fits of the participant as they stand on disk, whose published q are then not computed
        anew.

    Returns
    -------
    frozenset of str
        What regions were taken from (`region_atlas`).
    """
    used: set[str] = set()
    names = sorted(fits, key=lambda n: n.stem)
    published = _corrected_published({n: fits[n].published for n in names}, q, corrected=corrected)
    tables = correct_participant([_with_p(fits[n].tests) for n in names], q)
    found = participant_sites(tables, [list(fits[n].sites.index) for n in names], all_tests(comparisons), q)
    for name, tests, sites in zip(names, tables, found):
        own = _in_atlases(fits[name], list(atlases))
        record = replace(own.record, settings={**own.record.settings, "q": q, "atlas": list(atlases)})
        sites = _with_shares(own.sites.drop(columns=[c for c in sites if c in own.sites]).join(sites))
        _write_fit(out, name, Fit(sites, tests, record, published.get(name)), comparisons)
        used |= set(own.sites["region_atlas"].dropna()) if "region_atlas" in own.sites else set()
    return frozenset(used)


def _with_shares(sites: pd.DataFrame) -> pd.DataFrame:
    """Sites with the difference that integration rests on as a share of the best network's r, where both are known."""
    test = MULTIMODAL_BEATS_LINEAR.name
    shares = {f"{a}_{INTEGRATION}_share": share_of(sites[f"{a}_{test}_diff"], sites[f"{a}_best_r"]) for a in ALIGNMENTS
              if {f"{a}_{test}_diff", f"{a}_best_r"} <= set(sites)}  # fmt: skip
    return sites.assign(**shares)


def _in_atlases(fit: Fit, atlases: list[str]) -> Fit:
    """A fit with its regions in these atlases."""
    if fit.record.settings.get("atlas", []) == atlases:
        return fit
    sites, notes = relabelled(fit.sites, fit.record.notes, atlases)
    return replace(fit, sites=sites, record=replace(fit.record, notes=notes))


def _write_fit(out: Path, name: FitName, fit: Fit, comparisons: Sequence[str]) -> None:
    """Write a fit's tables, after the correction; the sites last, since their sidecar holds the marks of all files."""
    q = level_of(fit.record.settings)
    write_tests(out, name, fit.tests, q)
    if fit.published is not None:
        write_published(out, name, fit.published, fit.sites, q)
    sidecar = layout.sidecar(layout.sites_tsv(out, name))
    new = marks_of(file for file in layout.fit_files(out, name) if file != sidecar)
    record = replace(fit.record, files={**fit.record.files, **new})
    write_sites(out, name, _as_written(fit.sites), record, comparisons)


def _with_p(tests: pd.DataFrame) -> pd.DataFrame:
    """A table of tests, also where none was made."""
    return tests if len(tests) else pd.DataFrame(columns=["name", "alignment", "test", "p"])


def _corrected_published(
    tables: Mapping[FitName, pd.DataFrame | None], q: float, *, corrected: bool
) -> dict[FitName, pd.DataFrame]:
    """The published tables with q over all of them; what a fit lacks (a network that could not be shown) is missing."""
    known = {name: table for name, table in tables.items() if table is not None}
    tests = list(dict.fromkeys(t for table in known.values() for t in published_tests_of(table.columns)))
    columns = list(dict.fromkeys(c for table in known.values() for c in table.columns))
    own = [t.reindex(columns=columns) for t in known.values()]
    return dict(zip(known, correct_published(own, tests, q, corrected=corrected)))


def _as_written(sites: pd.DataFrame) -> pd.DataFrame:
    """Sites with their names as a column and None where there is nothing."""
    table = sites.rename_axis("name").reset_index().astype(object)
    return table.where(table.notna(), None)
