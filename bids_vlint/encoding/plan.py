"""How responses are encoded: the settings, and the design that they make of a fit and alignment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bids_vlint.encoding.arrays import OnDevice, in_memory
from bids_vlint.encoding.blocks import BLOCK_S, FEWEST_BLOCKS, Blocks, blocks_of
from bids_vlint.encoding.design import Design
from bids_vlint.encoding.folds import N_FOLDS, Fold, stimulus_folds
from bids_vlint.encoding.network_features import NetworkFeatures, widths_of
from bids_vlint.encoding.score import resample_counts
from bids_vlint.encoding.shift import ROOM_S, draw_shifts, positions, room
from bids_vlint.encoding.slow import slow_part
from bids_vlint.errors import InputError
from bids_vlint.networks.identity import LOW_LEVEL
from bids_vlint.signals.responses import Responses
from bids_vlint.signals.windows import STEP_S, WINDOW_S

# More folds leave more to train on, but r in a short half, or in one of a few events, is noise: what each held-out part
# of more than five folds holds at least.
MOST_FOLDS = 10
BLOCKS_OF_MORE = 16
EVENTS_OF_MORE = 100
# Seconds after onset: by the windows of this stretch networks are chosen, and they count unless others are asked for.
STRETCH = (0.0, 2.0)
# One shift has no spread.
_FEWEST_SHIFTS = 2


@dataclass(frozen=True)
class EncodingPlan:
    """How responses are encoded.

    Attributes
    ----------
    n_bootstraps : int
        Resamples for the intervals of r.
    n_shifts : int
        Circular shifts of the responses.
    bins : (from, to) seconds
        Within which the windows that count lie, one after the other. Layers, penalties and networks are chosen by the
        windows of `STRETCH`, or, where others count, by those.
    reach : float
        Seconds over which neighbouring samples of the signal depend on each other through windows and filters: the gap
        between training and held-out events, and the least shift.
    width : "equal" or "raw"
        Equal: the features of every network are cut to as many principal components as the narrowest modality has
        columns; low-level features are not.
    on_low_level : bool
        Every network is joined with the low-level features.
    high_pass : float | None
        Hz; the cutoff of the responses' high-pass, which is taken out of the features, too (`encoding.slow`). None
        leaves features as they are, for responses that were not filtered.

    Examples
    --------
    >>> plan = EncodingPlan(n_shifts=100, bins=(0.0, 1.0))
    >>> plan.n_bootstraps, plan.width
    (1000, 'equal')
    """

    n_bootstraps: int = 1000
    n_shifts: int = 40
    bins: tuple[float, float] = STRETCH
    reach: float = 14.2
    width: str = "equal"
    on_low_level: bool = False
    high_pass: float | None = 0.1


def counted_bins(lags: np.ndarray, bins: tuple[float, float]) -> np.ndarray:
    """The bins whose windows tile a stretch after the onset without overlap, (n_lags,) bool.

    The first window begins at `bins[0]`; where the stretch is shorter than a window, the nearest bin counts.
    """
    first, last = bins[0] + WINDOW_S / 2, bins[1] - WINDOW_S / 2
    centres = np.arange(first, max(last, first) + 1e-6, WINDOW_S)
    counted = np.zeros(len(lags), bool)
    counted[[int(np.abs(lags - centre).argmin()) for centre in centres]] = True
    return counted


def encoded_stretch(lags: np.ndarray, bins: tuple[float, float]) -> tuple[float, float]:
    """The stretch whose windows are encoded where those within `bins` count: `STRETCH`, if they are among its own."""
    return STRETCH if (counted_bins(lags, STRETCH) >= counted_bins(lags, bins)).all() else bins


def by_bin_bytes(networks: Sequence[NetworkFeatures], responses: Responses, plan: EncodingPlan) -> int:
    """The most that block sums of every encoded bin take: of all networks, joined with the low-level features, too."""
    events = responses.events
    places = {(s, int(t // BLOCK_S)) for s, t in zip(events["stimulus"], events["movie_time"])}
    n_bins = int(counted_bins(responses.lags, encoded_stretch(responses.lags, plan.bins)).sum())
    n_models = 2 * len(networks) + 1
    return 4 * n_models * len(places) * len(responses.channels) * (1 + plan.n_shifts) * n_bins


def folds_of(events: pd.DataFrame, reach: float) -> tuple[Fold, ...] | None:
    """Cut events into folds: ten, or as many fewer, down to five, as leave each held-out part 16 blocks of 5 s (with
    events in them) and 100 events.

    Parameters
    ----------
    events : DataFrame
        With columns stimulus, movie_time, run and onset.
    reach : float
        Seconds between training and held-out events.

    Returns
    -------
    tuple of Fold | None
        None where one of five would have nothing to train on or nothing in a half.
    """
    columns = [events[name].to_numpy(kind) for name, kind in
               (("stimulus", str), ("movie_time", float), ("run", str), ("onset", float))]  # fmt: skip
    for n_folds in range(MOST_FOLDS, N_FOLDS - 1, -1):
        folds = stimulus_folds(*columns, gap=reach, n_folds=n_folds)
        if _none_empty(folds) and (n_folds == N_FOLDS or _allow_more(events, folds)):
            return folds
    return None


def _none_empty(folds: Sequence[Fold]) -> bool:
    return all(len(fold.train) and all(map(len, fold.halves)) for fold in folds)


def _allow_more(events: pd.DataFrame, folds: Sequence[Fold]) -> bool:
    """Whether each held-out part holds as much as one of more than five folds must."""
    fewest = min(sum(map(len, fold.halves)) for fold in folds)
    return fewest >= EVENTS_OF_MORE and blocks_of(events, folds).per_part >= BLOCKS_OF_MORE


def too_close(n_events: int, reach: float) -> str:
    """Why there are no folds."""
    return (f"its {n_events} events are too few or too close together: with {reach:g} s between training and held-out "
            "events a fold is empty")  # fmt: skip


def design_of(
    networks: Sequence[NetworkFeatures],
    responses: Responses,
    plan: EncodingPlan,
    rng: np.random.Generator,
    threads: int,
    by_bin: bool = False,
    on: OnDevice = in_memory,
) -> tuple[Design, list[str]]:
    """Folds, blocks, resamples, shifts and width of a fit and alignment, and what a reader must know of them.

    Raises
    ------
    InputError
        Where a fold has nothing to train on or nothing in a half.
    """
    events = responses.events
    folds = folds_of(events, plan.reach)
    if folds is None:
        raise InputError("the recording", too_close(len(events), plan.reach), "use a longer recording")
    blocks = blocks_of(events, folds)
    counted = counted_bins(responses.lags, encoded_stretch(responses.lags, plan.bins))
    parts = [ids for pair in blocks.ids for ids in pair]
    for_shifts, for_resamples = rng.spawn(2)  # so that the number of resamples does not change the shifts
    counts = resample_counts(parts, plan.n_bootstraps, for_resamples)
    without = _why_no_shifts(responses, plan, blocks)
    shifts = None if without else draw_shifts(responses.tracks, plan.n_shifts, STEP_S, plan.reach, for_shifts)
    places = positions(responses, responses.lags[counted]) if shifts is not None else []
    width = None if plan.width == "raw" else equal_width(networks)
    slow = slow_part(events, folds, plan.high_pass) if plan.high_pass is not None else None
    threads = threads if on is in_memory else 1  # a card takes one task after the other
    design = Design(responses, folds, blocks, counted, counts, shifts, places, width, threads, by_bin, slow, on)
    return design, [without] if without else []


def _why_no_shifts(responses: Responses, plan: EncodingPlan, blocks: Blocks) -> str:
    """Why p-values cannot come from shifted responses; "" where they can."""
    instead = "p-values come from the corrected t (Nadeau and Bengio 2003) instead of circular shifts"
    known = set(responses.events["run"].astype(str)) <= {track.run for track in responses.tracks}
    own = [track for track in responses.tracks if track.run in set(responses.events["run"].astype(str))]
    left = room(own, STEP_S, plan.reach) if known else -np.inf
    if blocks.per_part < FEWEST_BLOCKS:
        return f"A held-out part has {blocks.per_part} blocks of 5 s, fewer than {FEWEST_BLOCKS}: {instead}."
    if left < ROOM_S:
        seconds = max(0.0, left + 2 * plan.reach)
        return (f"A run has {seconds:.0f} s to shift within, fewer than {ROOM_S + 2 * plan.reach:.0f}: {instead} "
                "(in all runs that are analysed together; --run leaves one out).")  # fmt: skip
    return f"No shifts were asked for: {instead}." if plan.n_shifts < _FEWEST_SHIFTS else ""


def equal_width(networks: Sequence[NetworkFeatures]) -> int | None:
    """Columns of the modality whose widest layer is the narrowest, among trained networks; None where all are equal.

    What networks are shown makes such sides, too: pictures, texts, or both.
    """
    widest: dict[str, int] = {}
    for network in networks:
        if network.trained and network.modality not in ("audio", LOW_LEVEL):
            own = max(widths_of(network.layers).values())
            for side in (network.modality, f"shown {network.shown}"):
                widest[side] = max(widest.get(side, 0), own)
    return min(widest.values(), default=None)
