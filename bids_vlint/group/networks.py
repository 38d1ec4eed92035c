"""A row per network and alignment: how well it predicts, trained and random."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bids_vlint.derivatives.collection import FitResult
from bids_vlint.derivatives.group_columns import MODEL_COLUMNS
from bids_vlint.nested.means import region_means
from bids_vlint.nested.ranks import ranks
from bids_vlint.networks.identity import HEARING, LINEAR, LOW_LEVEL, identity_of, twin_label, whole_of
from bids_vlint.study.stimulus import ALIGNMENTS, Alignment

if TYPE_CHECKING:
    import xarray as xr


def after_onset(scores: xr.Dataset) -> np.ndarray:
    """Held-out r, mean over bins at or after onset: (n_models, n_electrodes)."""
    # by a mask: how an array lies in memory shows in the last digit of its mean
    return np.asarray(scores["r"].to_numpy()[..., scores["lag"].to_numpy() >= 0].mean(axis=-1))


def modality_of(record: dict[str, Any], model: str) -> str | None:
    """A network's modality, as the fit's record says it."""
    if model in (LINEAR, HEARING):
        return model
    named = (m for m in record.get("models", []) if isinstance(m, dict) and m.get("name") == whole_of(model))
    return next((str(m["modality"]) for m in named if m.get("modality")), None)


def most_seeds(records: Iterable[Mapping[str, Any]]) -> int:
    """How many random twins a network has at most, as the fits' records list them (0 where none has)."""
    most = 0
    for record in records:
        names = [str(m.get("name")) for m in record.get("models", []) if isinstance(m, dict) and not m.get("trained")]
        most = max([most, *Counter(identity_of(name).name for name in names).values()])
    return most


def electrode_scores(
    scored: Iterable[tuple[FitResult, Alignment, xr.Dataset]], fits: Sequence[FitResult]
) -> pd.DataFrame:
    """Every network's held-out r at every electrode.

    Parameters
    ----------
    scored : iterable of (FitResult, Alignment, Dataset)
        Fits that lack an alignment, or a network, count where they have it (`collection.read_scores`).
    fits : sequence of FitResult
        All, in their order.

    Returns
    -------
    DataFrame
        alignment, model (a random twin of several has rows of its own), modality, participant, row (the electrode's in
        `stack_sites`; -1 where it has none), trained, random (mean r over bins at or after onset; NaN where there is
        none).
    """
    lengths = [len(fit.sites) for fit in fits]
    first = {fit.name: start for fit, start in zip(fits, np.cumsum([0, *lengths]))}
    parts = [part for fit, alignment, scores in scored for part in _of_fit(fit, alignment, scores, first[fit.name])]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=_SCORES)


_SCORES = ["alignment", "model", "modality", "participant", "row", "trained", "random"]


def model_table(scores: pd.DataFrame) -> pd.DataFrame:
    """Average every network's held-out r over all electrodes, and rank the trained networks over participants.

    Parameters
    ----------
    scores : DataFrame
        From `electrode_scores`.

    Returns
    -------
    DataFrame
        Columns as `group_columns.MODEL_COLUMNS`; networks in the order of their first appearance, a network's
        several random twins in rows of their own after it.
    """
    rows = [_summary(str(a), str(m), part) for (a, m), part in scores.groupby(["alignment", "model"], sort=False)]
    first: dict[tuple[str, str], int] = {}
    for k, row in enumerate(rows):
        first.setdefault(_network(row), k)
    order = {a: k for k, a in enumerate(ALIGNMENTS)}
    rows.sort(key=lambda row: (order[row["alignment"]], first[_network(row)]))
    table = pd.DataFrame(rows, columns=[c.name for c in MODEL_COLUMNS])
    said = ranked(scores.assign(region=0), 1)
    for column in ("r_mean", "r_low", "r_high", "rank", "rank_low", "rank_high"):
        own = [said.get((a, m, 0), {}).get(column) for a, m in zip(table["alignment"], table["model"])]
        table[column] = pd.Series(own, index=table.index, dtype=float if column.startswith("r_") else object)
    return table


def ranked(scores: pd.DataFrame, n_regions: int) -> dict[tuple[str, str, int], dict[str, Any]]:
    """Means over participants and ranks of trained networks: (alignment, network, region) -> columns' values.

    Parameters
    ----------
    scores : DataFrame
        From `electrode_scores`, with `region` (from 0). The linear control and low-level features have no rank.
    n_regions : int
    """
    found: dict[tuple[str, str, int], dict[str, Any]] = {}
    known = scores[scores["trained"].notna()]
    known = known.assign(person=known["participant"].astype("category").cat.codes)
    key: Any
    for key, part in known.groupby(["alignment", "model"], sort=False):
        values, person, place = (part[column].to_numpy() for column in ("trained", "person", "region"))
        means = region_means(values, person, place, n_regions)
        for region in sorted(set(part["region"])):
            found[*key, region] = dict(zip(("r_mean", "r_low", "r_high"), (float(x[region]) for x in means)))
    whole = known[~known["modality"].isin([LINEAR, LOW_LEVEL, HEARING])]
    wide = whole.groupby(["alignment", "region", "person", "model"], sort=False)["trained"].mean().unstack("model")
    for key, part in wide.groupby(level=["alignment", "region"], sort=False):
        models = part.columns[part.notna().any()]
        for model, *own in zip(models, *ranks(part[models].to_numpy())):
            places = [None if np.isnan(x) else int(x) for x in own]
            found[key[0], model, key[1]] |= dict(zip(("rank", "rank_low", "rank_high"), places))
    return found


def _network(row: Mapping[str, Any]) -> tuple[str, str]:
    """Alignment and network of a row, which may be that of one of its random twins."""
    return row["alignment"], identity_of(row["model"]).name


def _of_fit(fit: FitResult, alignment: Alignment, scores: xr.Dataset, first: int) -> Iterator[pd.DataFrame]:
    """The rows of a fit's networks, (n_electrodes) each."""
    r = dict(zip(scores["model"].to_numpy(), after_onset(scores)))
    missing = np.full(scores.sizes["electrode"], np.nan)
    place = {str(name): first + k for k, name in enumerate(fit.sites["name"])}
    rows = np.array([place.get(str(name), -1) for name in scores["electrode"].to_numpy()])
    for model in _rows(scores):
        single = _is_seed(model)
        trained, random = (missing, r[model]) if single else (r.get(model, missing), r.get(twin_label(model), missing))
        said = {"alignment": alignment, "model": model, "modality": modality_of(fit.record, model),
                "participant": fit.name.subject, "row": rows, "trained": trained.astype(float),
                "random": random.astype(float)}  # fmt: skip
        yield pd.DataFrame(said, columns=_SCORES)


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
