"""A row per network and alignment: how well it predicts, trained and random."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bids_vlint.derivatives.collection import FitResult
from bids_vlint.derivatives.group_columns import MODEL_COLUMNS
from bids_vlint.networks.identity import LINEAR, identity_of, twin_label, whole_of
from bids_vlint.study.stimulus import ALIGNMENTS, Alignment

if TYPE_CHECKING:
    import xarray as xr


def after_onset(scores: xr.Dataset) -> np.ndarray:
    """Held-out r, mean over bins at or after onset: (n_models, n_electrodes)."""
    # by a mask: how an array lies in memory shows in the last digit of its mean
    return np.asarray(scores["r"].to_numpy()[..., scores["lag"].to_numpy() >= 0].mean(axis=-1))


def modality_of(record: dict[str, Any], model: str) -> str | None:
    """A network's modality, as the fit's record says it."""
    if model == LINEAR:
        return LINEAR
    named = (m for m in record.get("models", []) if isinstance(m, dict) and m.get("name") == whole_of(model))
    return next((str(m["modality"]) for m in named if m.get("modality")), None)


def most_seeds(records: Iterable[Mapping[str, Any]]) -> int:
    """How many random twins a network has at most, as the fits' records list them (0 where none has)."""
    most = 0
    for record in records:
        names = [str(m.get("name")) for m in record.get("models", []) if isinstance(m, dict) and not m.get("trained")]
        most = max([most, *Counter(identity_of(name).name for name in names).values()])
    return most


def model_table(scored: Iterable[tuple[FitResult, Alignment, xr.Dataset]]) -> pd.DataFrame:
    """Average every network's held-out r over all electrodes.

    Parameters
    ----------
    scored : iterable of (FitResult, Alignment, Dataset)
        Fits that lack an alignment, or a network, count where they have it (`collection.read_scores`).

    Returns
    -------
    DataFrame
        Columns as `group_columns.MODEL_COLUMNS`; networks in the order of their first appearance, a network's
        several random twins in rows of their own after it.
    """
    long = pd.DataFrame(
        [row for fit, alignment, scores in scored for row in _per_electrode(fit, alignment, scores)],
        columns=["alignment", "model", "modality", "participant", "trained", "random"],
    )
    rows = [_summary(str(a), str(m), part) for (a, m), part in long.groupby(["alignment", "model"], sort=False)]
    first: dict[tuple[str, str], int] = {}
    for k, row in enumerate(rows):
        first.setdefault(_network(row), k)
    order = {a: k for k, a in enumerate(ALIGNMENTS)}
    rows.sort(key=lambda row: (order[row["alignment"]], first[_network(row)]))
    return pd.DataFrame(rows, columns=[c.name for c in MODEL_COLUMNS])


def _network(row: Mapping[str, Any]) -> tuple[str, str]:
    """Alignment and network of a row, which may be that of one of its random twins."""
    return row["alignment"], identity_of(row["model"]).name


def _per_electrode(fit: FitResult, alignment: Alignment, scores: xr.Dataset) -> Iterator[tuple[Any, ...]]:
    """(alignment, model, modality, participant, r of the trained network, r of its twin) per network and electrode."""
    r = dict(zip(scores["model"].to_numpy(), after_onset(scores)))
    missing = np.full(scores.sizes["electrode"], np.nan)
    for model in _rows(scores):
        single = _is_seed(model)
        trained, random = (missing, r[model]) if single else (r.get(model, missing), r.get(twin_label(model), missing))
        pairs = zip(trained, random)
        modality = modality_of(fit.record, model)
        yield from ((alignment, model, modality, fit.name.subject, float(t), float(u)) for t, u in pairs)


def _rows(scores: xr.Dataset) -> list[str]:
    """Networks, and the single ones of several twins; those joined with the low-level features have no row."""
    own = {label: identity_of(label) for label in map(str, scores["model"].to_numpy())}
    return list(dict.fromkeys(i.name if i.twin is None else label for label, i in own.items() if not i.joined))


def _is_seed(model: str) -> bool:
    """Whether it is one of several random twins; NAME-random is then their average."""
    return identity_of(model).twin is not None


def _summary(alignment: str, model: str, part: pd.DataFrame) -> dict[str, Any]:
    counted = part.dropna(subset=["random" if _is_seed(model) else "trained"])
    known = part["modality"].dropna()
    return {
        "alignment": alignment,
        "model": model,
        "modality": known.iloc[0] if len(known) else None,
        "r_trained": part["trained"].mean(),
        "r_random": part["random"].mean(),
        "difference": (part["trained"] - part["random"]).mean(),
        "n_electrodes": len(counted),
        "n_participants": counted["participant"].nunique(),
    }
