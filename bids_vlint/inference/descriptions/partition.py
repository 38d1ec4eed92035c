"""What is explained of an electrode by what networks are shown: pictures alone, texts alone, either, only both at once.

With the held-out R2 of banded ridge models of the best network that is shown pictures alone (V), whatever it was
trained with, the best that is shown texts alone (L), both (VL), these with the runs of the best network that is shown
both on its picture and on its text alone (VLP), and these with its run on both at once (VLPJ): unique vision = VL - L,
unique language = VL - V, shared = V + L - VL, joint only = VLPJ - VLP. The first three add up to VL. A network that is
shown both and knows more of pictures than the best of pictures adds that to VLP, and only the rest is joint.

R2 = 1 - (sum of squared errors) / (sum of squares), and not a signed r2: it is a sum over events, so parts are
differences of losses that can be cut into blocks, and it charges a model for what it predicts in vain, so that a
larger model does not gain by having more to choose from. Where nothing validates, a model predicts the mean and its
R2 is 0; what is chosen by chance costs a little, so that an electrode without effect has parts at or just below zero.

Dupre la Tour et al. 2022 (PMC9807218); de Heer et al. 2017 (10.1523/JNEUROSCI.3267-16.2017).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bids_vlint.encoding.banded import N_COMPONENTS, cross_fit
from bids_vlint.encoding.folds import Fold
from bids_vlint.encoding.stats import block_draws, block_membership, interval
from bids_vlint.files.variable import Variable, labelled
from bids_vlint.inference.description import ELECTRODE, Description, Material, with_interval

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

PARTS = ("unique_vision", "unique_language", "shared", "joint_only")
# The models, and the bands (vision, language, the runs on parts in one, the joint run) that each may use.
BANDS = ("V", "L", "VL", "VLP", "VLPJ")
MODELS = ((0,), (1,), (0, 1), (0, 1, 2), (0, 1, 2, 3))
# Of the last two bands every level would multiply the mixtures: they are on or off.
_WHOLE = (2, 3)
# Parts as sums of the models' R2.
_TO_PARTS = np.array([[0, -1, 1, 0, 0], [-1, 0, 1, 0, 0], [1, 1, -1, 0, 0], [0, 0, 0, -1, 1]], float)


@dataclass(frozen=True)
class Partition:
    """Parts of the held-out variance, as shares of it.

    Attributes
    ----------
    value, low, high : (4, n_electrodes)
        One row for each of `PARTS`; ends of the 95 % interval. NaN for an electrode without variance.
    r2 : (5, n_electrodes)
        Of the models V, L, VL, VLP and VLPJ.
    sums : (4, n_blocks, n_electrodes)
        What each block adds to a part: they add up to `value`.
    """

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    r2: np.ndarray
    sums: np.ndarray


def partition(
    vision: np.ndarray,
    language: np.ndarray,
    parts: np.ndarray | None,
    joint: np.ndarray | None,
    y: np.ndarray,
    folds: Sequence[Fold],
    blocks: np.ndarray,
    *,
    n_components: int = N_COMPONENTS,
    n_resamples: int = 1000,
    seed: int = 0,
) -> Partition:
    """Part the variance of electrodes that share their networks.

    Parameters
    ----------
    vision, language : (n_events, p_k)
        Features of the best network that is shown pictures alone, and texts alone.
    parts, joint : (n_events, p_k) | None
        Of a network that is shown both: its runs on picture and on text alone, side by side (None where they are the
        first two), and that on both at once; no joint run leaves that part NaN.
    y : (n_events, n_electrodes, n_bins)
        Responses at the bins that count.
    folds : sequence of Fold
    blocks : (n_events,) int
        The block (5 s) of each event.
    n_components : int
        Leading components of a network that are kept.
    n_resamples : int
        Of the blocks, for the interval.
    seed : int
        Of the resamples; they are the same for every call with the same blocks.

    Returns
    -------
    Partition
        The interval is that of a bootstrap of blocks with the models fixed, its distances from the value widened by
        sqrt(1 + (K - 1) n_held / n_train) because the folds train each other (Nadeau and Bengio 2003).
    """
    bands, models = [vision, language], [*MODELS[:3]]
    if joint is not None and parts is not None:
        bands, models = [*bands, parts, joint], [*MODELS]
    elif joint is not None:  # the parts are the first two: VLP is VL
        bands, models = [*bands, joint], [*models, (0, 1), (0, 1, 2)]
    predictions = cross_fit(bands, y, folds, models, n_components, _WHOLE)
    losses = _losses(predictions, y, folds)
    to_parts = np.full((len(PARTS), len(models)), np.nan)
    known = ~_TO_PARTS[:, len(models) :].any(1)
    to_parts[known] = _TO_PARTS[known, : len(models)]
    held = np.concatenate([half for fold in folds for half in fold.halves])
    _, member = block_membership(blocks[held])
    gain, influence = (member @ part for part in losses)
    sums, change = (np.einsum("pm,mbe->pbe", to_parts, part) for part in (gain, influence))
    value = sums.sum(1)
    widen = np.sqrt(1 + np.mean([(len(folds) - 1) * sum(map(len, f.halves)) / len(f.train) for f in folds]))
    low, high = _interval(value, change * widen, n_resamples, seed)
    r2 = np.full((len(MODELS), y.shape[1]), np.nan)
    r2[: len(models)] = gain.sum(1)
    return Partition(value, low, high, r2, sums)


def _losses(predictions: np.ndarray, y: np.ndarray, folds: Sequence[Fold]) -> tuple[np.ndarray, np.ndarray]:
    """What each held-out event adds to R2, and to its linearised ratio: (n_models, n_held, n_electrodes) each.

    The second, gain - R2 * square, sums to zero: the influence of an event on the ratio.
    """
    halves = [half for fold in folds for half in fold.halves]
    gains, squares = [], []
    for rows in halves:
        own = y[rows] - y[rows].mean(0)
        gains.append(predictions[:, rows] * (2 * own - predictions[:, rows]))
        squares.append(own * own)
    gain, square = np.concatenate(gains, axis=1), np.concatenate(squares).astype(np.float64)
    total = square.sum(0)
    total[total <= 0] = np.nan
    shares, influence = [], []
    for g in gain:  # one model at a time
        share = g / total
        shares.append(share.mean(-1))
        influence.append((share - share.sum(0) * square / total).mean(-1))
    return np.stack(shares), np.stack(influence)


def _interval(value: np.ndarray, change: np.ndarray, n_resamples: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Percentiles over resamples of the blocks of value + the summed changes; `change` is (4, n_blocks, n)."""
    n_blocks = change.shape[1]
    counts = block_draws(n_blocks, n_resamples, np.random.default_rng(seed))
    low, high = interval(counts.astype(float) @ change, axis=1)  # a block's mean change is zero
    return value + low, value + high


def _compute(material: Material) -> xr.Dataset | None:
    leaders = material.leaders
    if not {"image", "text"} <= set(leaders):
        return None
    first = [leaders["image"], leaders["text"]]
    vision, language = (material.fitted(leader) for leader in first)
    joint = material.fitted(leaders["both"]) if material.parts else None
    known = {leader.network.label for leader in first}
    more = [material.fitted(part) for part in material.parts if part.network.label not in known]
    made = partition(vision, language, np.concatenate(more, axis=1) if more else None, joint, material.counted,
                     material.encoded.folds, material.blocks, n_resamples=material.n_resamples,
                     seed=material.seed)  # fmt: skip
    return labelled_partition(made, material.electrodes)


def labelled_partition(made: Partition, electrodes: list[str]) -> xr.Dataset:
    """Label a partition, without its block sums."""
    values = {name: getattr(made, name) for name in ("value", "low", "high", "r2")}
    axes = {"part": list(PARTS), "electrode": electrodes, "bands": list(BANDS)}
    return labelled(PARTITION.variables, axes | values)


def _values(found: xr.Dataset) -> dict[str, np.ndarray]:
    ends = {"": "value", "_low": "low", "_high": "high"}
    return {f"{part}{end}": found[name].sel(part=part).to_numpy() for part in PARTS for end, name in ends.items()}


def _panel(axes: Axes, found: xr.Dataset, _alignment: str) -> None:
    """What each modality explains."""
    from bids_vlint.figures.style import BLUE, GREEN, GREY, VERMILION, titled

    look = zip(PARTS, ("vision", "language", "shared", "joint only"), (BLUE, GREEN, GREY, VERMILION))
    for row, (part, _, colour) in enumerate(own := list(look)):
        value, low, high = (float(found[name].sel(part=part)) for name in ("value", "low", "high"))
        axes.barh(row, value, height=0.6, color=colour)
        axes.plot([low, high], [row, row], color="black", linewidth=1)
    axes.axvline(0, color="black", linewidth=0.6)
    axes.set_yticks(range(len(own)), [label for _, label, _ in own])
    axes.invert_yaxis()
    titled(axes, "variance partition (held-out R²)", "R²")


def _said(found: xr.Dataset | None) -> str:
    """Why a part is missing."""
    if found is None:
        return "No variance partition: it takes networks that are shown pictures alone and texts alone."
    part = found["value"].sel(part="joint_only")
    if not np.isnan(part) or np.isnan(found["value"]).all():
        return ""
    return "What only a joint run adds is n/a: no network that is shown both has runs on its picture and text alone."


_MEANINGS = (
    "Held-out R2 that only the best network shown pictures alone explains (with texts, less texts alone)",
    "Held-out R2 that only the best network shown texts alone explains (with pictures, less pictures alone)",
    "Held-out R2 that the best networks of pictures alone and of texts alone explain alike",
    "Held-out R2 that a network's run on picture and text together adds to these and to its own runs on each alone; "
    "n/a: no network has them",
)
_OF_PART = ("part", "electrode")

PARTITION = Description(
    "partition",
    "variance partition",
    _compute,
    (
        Variable("part", ("part",), "Part of the held-out variance"),
        ELECTRODE,
        Variable(
            "bands",
            ("bands",),
            "What is in a model: V, the best network shown pictures alone; L, texts alone; P, "
            "the runs of a network that is shown both on each alone; J, that on both at once",
        ),
        Variable("value", _OF_PART, "Share of the held-out variance; NaN where there is none, or no such network", "1"),
        Variable("low", _OF_PART, "Lower end of the 95 % interval of value", "1"),
        Variable("high", _OF_PART, "Upper end of the 95 % interval of value", "1"),
        Variable("r2", ("bands", "electrode"), "Held-out R2 of the models that the parts are differences of", "1"),
    ),
    "the variance partition",
    columns=tuple(
        column
        for part, meaning in zip(PARTS, _MEANINGS)
        for column in with_interval(part, f"{meaning}; banded ridge, may be below zero by chance; {{alignment}}.", "R2")
    ),
    values=_values,
    panel=_panel,
    said=_said,
    methods="Held-out R² was parted into what is unique to what is shown pictures alone, unique to what is shown "
    "texts alone, shared, and added by a network's run on both at once alone, by banded ridge regression with one "
    "penalty for each",
    references=("duprelatour2022", "deheer2017"),
    place=30,
)
