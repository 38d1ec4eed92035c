"""About how long an encoding takes one processor, from counts alone: what the engine factorises and multiplies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bids_vlint.encoding.hearing import MOST_LAYERS
from bids_vlint.encoding.joint import FIRST_FREER, MIXTURES
from bids_vlint.encoding.linear import MOST_PAIRS, sides_of_linear
from bids_vlint.encoding.models import nested_networks
from bids_vlint.encoding.network_features import (
    NetworkFeatures,
    added_networks,
    hearing_networks,
    trained_on,
    widths_of,
)
from bids_vlint.encoding.plan import MOST_FOLDS, STRETCH, EncodingPlan, equal_width
from bids_vlint.encoding.ridge import PENALTIES
from bids_vlint.networks.identity import LOW_LEVEL
from bids_vlint.signals.windows import LAGS, WINDOW_S

# A processor of 2024, one thread, as benchmarks/shift_speed.py measured it: operations a second in products with
# responses (float32), and in factorisations (most of them float64); seconds of each response of each event, of each
# resample of each target, and of each model.
_PRODUCTS, _FACTORS, _VALUE_S, _RESAMPLED_S, _MODEL_S = 5e10, 2e10, 5e-8, 4e-7, 0.5
# The first of several mixtures of bands costs 1, each other one this.
_MIXTURE = 0.6
_BINS = round((STRETCH[1] - STRETCH[0]) / WINDOW_S)


@dataclass(frozen=True)
class _Size:
    """What every model of an encoding meets: events, electrodes, shifts, and bins in which r is predicted."""

    events: int
    electrodes: int
    shifts: int
    lags: int
    resamples: int

    def factorised(self, width: int) -> float:
        """Seconds of the operators of all folds and penalties."""
        n_train = round(self.events * (1 - 1 / MOST_FOLDS))
        m = min(width, n_train)
        each = len(PENALTIES) * (m**3 / 3 + 2 * m**2 * self.events / MOST_FOLDS)
        kernel = 2 * m**2 * width if width > n_train else 0.0
        return MOST_FOLDS * (each + kernel) / _FACTORS

    def chosen(self, width: int) -> float:
        """Seconds of a choice of the penalty, for every electrode as recorded and shifted."""
        targets = self.electrodes * _BINS * (1 + self.shifts)
        return targets * self.events * (2 * min(width, self.events) * (1 + len(PENALTIES)) / _PRODUCTS + _VALUE_S)

    def tested(self, width: int) -> float:
        """Seconds of held-out predictions, their blocks and their interval."""
        targets = self.electrodes * (self.lags + _BINS * self.shifts)
        each = self.events * (4 * min(width, self.events) / _PRODUCTS + _VALUE_S)
        return _MODEL_S + targets * each + self.electrodes * self.lags * self.resamples * _RESAMPLED_S

    def mixed(self, width: int, n_mixtures: int) -> float:
        """Seconds of the operators of several mixtures."""
        return (1 + _MIXTURE * (n_mixtures - 1)) * self.factorised(width)

    def joined(self, widths: Sequence[int], n_mixtures: int) -> float:
        """Seconds of a model that chooses among mixtures of joined layers, all of them for every electrode."""
        choice = sum(self.mixed(w, n_mixtures) + n_mixtures * self.chosen(w) for w in widths)
        return choice + self.tested(max(widths))


def encoding_seconds(
    networks: Sequence[NetworkFeatures], n_events: int, n_electrodes: int, plan: EncodingPlan
) -> float:
    """About how many seconds of one processor `encode` takes.

    Parameters
    ----------
    networks : sequence of NetworkFeatures
        Of which the widths of layers alone are asked for.
    n_events, n_electrodes : int
    plan : EncodingPlan
    """
    size = _Size(n_events, n_electrodes, plan.n_shifts, len(LAGS), plan.n_bootstraps)
    return _seconds(networks, size, plan)


def swapped_seconds(networks: Sequence[NetworkFeatures], n_events: int, n_electrodes: int, plan: EncodingPlan) -> float:
    """As `encoding_seconds`, of the same with the stimulus swapped: trained networks in the bins of choice."""
    return _seconds([n for n in networks if n.trained], _Size(n_events, n_electrodes, 0, _BINS, 1), plan)


def _seconds(networks: Sequence[NetworkFeatures], size: _Size, plan: EncodingPlan) -> float:
    cut = None if plan.width == "raw" else equal_width(networks)
    low = next((max(widths_of(n.layers).values()) for n in networks if n.modality == LOW_LEVEL), None)
    below = low if plan.on_low_level and low is not None else 0

    def widths(network: NetworkFeatures) -> list[int]:
        own = widths_of(network.layers).values()
        return list(own) if network.modality == LOW_LEVEL else [below + min(w, cut or w) for w in own]

    total = 0.0
    for network in networks:
        own = widths(network)
        total += sum(2 * size.factorised(w) + size.chosen(w) for w in own) + size.tested(max(own))
    total += sum(size.joined(widths(network), 1) for network in added_networks(networks))
    if sides_of_linear(networks):
        said, seen = ([w for n in trained_on(networks, shown) for w in widths(n)] for shown in ("text", "image"))
        n_pairs = min(MOST_PAIRS, len(said) * len(seen))
        pair = max(said) + max(seen) - below
        n_mixtures = len(MIXTURES) * (len(FIRST_FREER) if below else 1)
        # a column chooses within one pair
        total += n_pairs * size.mixed(pair, n_mixtures) + n_mixtures * size.chosen(pair) + size.tested(pair)
    if low is not None:
        nested = [] if plan.on_low_level else nested_networks(networks)
        total += sum(size.joined([low + w for w in widths(network)], len(FIRST_FREER)) for network in nested)
        total += _hearing(networks, size, low, cut)
    return total


def _hearing(networks: Sequence[NetworkFeatures], size: _Size, low: int, cut: int | None) -> float:
    """Of the control of what is heard, and of networks joined with it."""
    heard = [min(w, cut or w) for n in hearing_networks(networks) for w in widths_of(n.layers).values()]
    if not heard:
        return 0.0
    total = size.joined([low + w for w in heard], len(FIRST_FREER))
    n_mixtures = len(FIRST_FREER) * len(MIXTURES)
    for network in nested_networks(networks):
        own = [low + max(heard) + min(w, cut or w) for w in widths_of(network.layers).values()]
        groups = min(MOST_LAYERS, len(heard)) - 1
        total += size.joined(own, n_mixtures) + groups * sum(size.mixed(w, n_mixtures) for w in own)
    return total
