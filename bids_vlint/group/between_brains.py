"""The between-brain ceiling of every electrode, from the responses that participants saved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bids_vlint import __version__
from bids_vlint.between_brains.ceiling import BetweenBrains, between_brains
from bids_vlint.between_brains.matching import Watched, at_events, folds_among, joint_others, same_events
from bids_vlint.between_brains.space import brain_components, share_of_components
from bids_vlint.derivatives import layout
from bids_vlint.derivatives.between_columns import between_columns, between_table_columns
from bids_vlint.derivatives.cells import as_table
from bids_vlint.derivatives.collection import FitResult, fit_values
from bids_vlint.derivatives.encoding_file import read_encoding
from bids_vlint.derivatives.inference_file import read_inference
from bids_vlint.files.digest import key_of
from bids_vlint.files.tables import read_tsv
from bids_vlint.log import progress
from bids_vlint.networks.network import seed_of
from bids_vlint.study.stimulus import ALIGNMENTS, Alignment

_READ = ("_encoding.h5", "_inference.h5", "_events.tsv")
_NOT_SAVED = "its responses were not saved: run the participant level with --save-responses"
_NO_OTHER = "no other participant with saved responses saw the same part of the film"
_TOO_LITTLE = "others saw too little of the film that it was tested on"
_EARLIER = "an earlier version made its results: run the participant level again with --overwrite"
_NO_TESTS = "it has no calibrated tests in this alignment"


@dataclass(frozen=True)
class _Fit:
    """A fit's alignment as the others see it: what was shown, and its electrodes' components at its windows."""

    result: FitResult
    seen: Watched
    bins: np.ndarray
    components: np.ndarray  # (n_events, n_components, n_windows) float32


def source_key(fits: Sequence[FitResult]) -> str:
    """The digest of the files of fits that ceilings are made from."""
    marks = {name: mark for fit in fits for name, mark in (fit.record.get("files") or {}).items()}
    own = {name: mark for name, mark in marks.items() if name.endswith(_READ)}
    return key_of({"files": own, "fits": [fit.name.stem for fit in fits], "version": __version__})


def kept_ceilings(out: Path, fits: Sequence[FitResult]) -> pd.DataFrame:
    """The ceilings on disk, if they were made from the same results; else none.

    Returns
    -------
    DataFrame
        Columns as `between_table_columns`, rows as `collection.stack_sites`, or none.
    """
    file = layout.group_file(out, "group_between_brains.tsv")
    columns = between_table_columns()
    if not fits or not file.is_file():
        return as_table(pd.DataFrame(), columns)
    table = read_tsv(file)
    names = [str(name) for fit in fits for name in fit.sites["name"]]
    whole = {c.name for c in columns} <= set(table.columns) and list(table["name"]) == names
    if not whole or set(table["source"]) != {source_key(fits)}:
        return as_table(pd.DataFrame(), columns)
    numbers = [c.name for c in columns if c.kind in ("number", "integer")]
    return as_table(table.assign(**{name: pd.to_numeric(table[name], errors="coerce") for name in numbers}), columns)


def make_ceilings(out: Path, fits: Sequence[FitResult]) -> pd.DataFrame:
    """Compute the between-brain ceiling of every electrode of all fits.

    Parameters
    ----------
    out : Path
    fits : sequence of FitResult

    Returns
    -------
    DataFrame
        As `kept_ceilings`.

    Raises
    ------
    InputError
        A file cannot be read (65).
    """
    parts = [pd.DataFrame({**fit_values(fit.name), "name": list(fit.sites["name"])}, index=range(len(fit.sites)))
             for fit in fits]  # fmt: skip
    for alignment in ALIGNMENTS:
        known = {fit.name: own for fit in fits if not isinstance(own := _read(out, fit, alignment, len(fits)), str)}
        for k, fit in enumerate(progress(fits, total=len(fits), label=f"between brains, {alignment}")):
            found = _of_fit(out, fit, alignment, known)
            parts[k] = parts[k].join(_columns(found, alignment, list(parts[k]["name"])))
    table = pd.concat(parts, ignore_index=True).assign(source=source_key(fits))
    return as_table(table, between_table_columns())


def with_ceilings(sites: pd.DataFrame, ceilings: pd.DataFrame) -> pd.DataFrame:
    """The table of electrodes with what other brains say of them, where that is known; rows alike."""
    if not len(ceilings):
        return sites
    names = [column.name for column in between_columns()]
    return sites.join(ceilings[names].set_axis(sites.index))


def _read(out: Path, fit: FitResult, alignment: Alignment, n_fits: int) -> _Fit | str:
    """A fit's alignment, or why it cannot be used."""
    if not layout.encoding_h5(out, fit.name, alignment).is_file():
        return _NO_TESTS
    if not layout.inference_h5(out, fit.name, alignment).is_file():
        return _NO_TESTS
    bins = read_inference(out, fit.name, alignment)["/"]["bin"].to_numpy()
    y = _responses(out, fit, alignment, bins)
    if y is None:
        return _NOT_SAVED
    data, time = y
    n_events, n_electrodes, n_windows = data.shape
    rows = np.ascontiguousarray(data.transpose(0, 2, 1)).reshape(-1, n_electrodes)
    own = brain_components(rows, share_of_components(n_fits - 1)).reshape(n_events, n_windows, -1)
    return _Fit(fit, Watched(_stimulus(out, fit, alignment), time), bins, own)


def _stimulus(out: Path, fit: FitResult, alignment: Alignment) -> np.ndarray:
    table = read_tsv(layout.events_tsv(out, fit.name, alignment))
    return np.array([str(name) for name in table["stimulus"]])


def _responses(
    out: Path, fit: FitResult, alignment: Alignment, bins: np.ndarray
) -> tuple[np.ndarray, np.ndarray] | None:
    """Saved responses in the windows that count, and the events' times in the film; None where none were saved."""
    lag = read_encoding(out, fit.name, alignment, ["lag"])["lag"].to_numpy()
    at = np.array([int(np.abs(lag - centre).argmin()) for centre in bins])
    step = int(np.gcd.reduce(np.diff(at))) if len(at) > 1 else 1
    found = read_encoding(out, fit.name, alignment, ["responses", "event_movie_time"],
                          slice(int(at[0]), int(at[-1]) + 1, step))  # fmt: skip
    if "responses" not in found:
        return None
    data = found["responses"].to_numpy()[:, :, (at - at[0]) // step]
    return np.ascontiguousarray(data, np.float32), found["event_movie_time"].to_numpy().astype(float)


def _of_fit(out: Path, fit: FitResult, alignment: Alignment, known: dict[Any, _Fit]) -> tuple[BetweenBrains | str, int]:
    """What others say of a fit's electrodes, or why nothing; and how many participants they are."""
    own = known.get(fit.name)
    if own is None:
        return str(_read(out, fit, alignment, 1)), 0
    others = [other for other in known.values() if other.result.name.subject != fit.name.subject
              and other.bins.shape == own.bins.shape and np.allclose(other.bins, own.bins)]  # fmt: skip
    rows = [same_events(own.seen, other.seen) for other in others]
    chosen, events = joint_others(np.array([(r >= 0).any(1) for r in rows]).reshape(len(rows), len(own.seen)))
    if not len(chosen):
        return _NO_OTHER, 0
    subjects = [others[k].result.name.subject for k in chosen]
    people = [list(dict.fromkeys(subjects)).index(subject) for subject in subjects]
    kept = read_inference(out, fit.name, alignment).get("reached")
    if kept is None:
        return _EARLIER, 0
    block, fold, half = (kept[v].to_numpy().astype(int) for v in ("event_block", "block_fold", "block_half"))
    cut = folds_among(kept["train"].to_numpy().astype(bool), block, fold, half, events)
    if cut is None:
        return _TOO_LITTLE, len(set(people))
    brains = [at_events(others[k].components, rows[k][events]).reshape(-1, others[k].components.shape[2])
              for k in chosen]  # fmt: skip
    found = _responses(out, fit, alignment, own.bins)
    assert found is not None
    network = cut.weights[:, None] * kept["sums"].to_numpy().astype(float)
    seed = seed_of(f"{(fit.record.get('settings') or {}).get('seed', 0)}/{fit.name.stem}/{alignment}/between brains")
    made = between_brains(brains, people, found[0][events], cut.folds, cut.blocks, network, seed=seed)
    return made, len(set(people))


def _columns(found: tuple[BetweenBrains | str, int], alignment: Alignment, names: list[str]) -> pd.DataFrame:
    made, n = found
    values: dict[str, Any] = {"between_participants": [n] * len(names)}
    if isinstance(made, str):
        values["between_not_known"] = [made] * len(names)
    else:
        for what, one in (("r", made.r), ("ceiling", made.ceiling), ("reached", made.reached)):
            ends = zip(("", "_low", "_high"), (one.value, one.low, one.high))
            values |= {f"between_{what}{end}": x for end, x in ends}
        values["between_not_known"] = [said or None for said in made.not_known]
    return pd.DataFrame(values).add_prefix(f"{alignment}_")


def ceilings_in(sites: pd.DataFrame) -> Iterator[tuple[Alignment, pd.DataFrame]]:
    """The alignments in which something is known of other brains, and their columns without the alignment's name."""
    for alignment in ALIGNMENTS:
        prefix = f"{alignment}_between_"
        own = sites[[c for c in sites.columns if str(c).startswith(prefix)]]
        if own.shape[1]:
            yield alignment, own.set_axis([str(c).removeprefix(prefix) for c in own.columns], axis=1)
