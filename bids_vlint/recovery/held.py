"""What the networks hold of the events that an effect is planted at: leading components of their leading layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bids_vlint.encoding.network_features import NetworkFeatures
from bids_vlint.networks.identity import LOW_LEVEL
from bids_vlint.networks.specification import Modality, Shown
from bids_vlint.study.stimulus import Alignment

# Components of a network that are looked at, and those that an electrode follows a mixture of.
MOST_COMPONENTS, N_MIXED = 60, 10
_ALONE: Mapping[Shown, str] = {"image": "pictures alone", "text": "texts alone", "both": "both together"}
# Events for each variable of a regression that takes out what other networks say.
_EVENTS_PER_VARIABLE = 10


@dataclass(frozen=True)
class Leading:
    """A trained network's leading components at all events.

    Attributes
    ----------
    label : str
    modality : Modality
        What it was trained with.
    shown : "image", "text", "both" or None
    part_of : str | None
    scores : (n_events, n_components) float64
        Of its leading layer's standardised features, the largest variance first.
    """

    label: str
    modality: Modality
    shown: Shown | None
    part_of: str | None
    scores: np.ndarray


@dataclass(frozen=True)
class FilmFeatures:
    """What effects are planted from.

    Attributes
    ----------
    events : DataFrame
        Of all alignments of a fit, one after the other: run, onset, stimulus, movie_time, alignment.
    networks : tuple of Leading
        Trained ones, the low-level features among them.
    """

    events: pd.DataFrame
    networks: tuple[Leading, ...]

    def shown(self, what: Shown) -> list[Leading]:
        """The networks that are shown something; where there are any, those that are no run of another network."""
        own = [n for n in self.networks if n.shown == what and n.modality != LOW_LEVEL]
        return [n for n in own if n.part_of is None] or own

    @property
    def low_level(self) -> list[Leading]:
        """The low-level features: one, or none."""
        return [n for n in self.networks if n.modality == LOW_LEVEL]


def held_of(
    networks: Mapping[Alignment, Sequence[NetworkFeatures]],
    events: Mapping[Alignment, pd.DataFrame],
    layers: Mapping[str, str],
) -> FilmFeatures:
    """Take the leading components of every trained network that all alignments have.

    Parameters
    ----------
    networks : alignment -> networks
    events : alignment -> DataFrame
        In the order of the networks' rows.
    layers : label -> layer
        The leading ones; of a network that is not among them, the last one.
    """
    first, *others = networks
    table = pd.concat([e.assign(alignment=a) for a, e in events.items()], ignore_index=True)
    found = []
    for network in networks[first]:
        fellows = [next((n for n in networks[a] if n.label == network.label), None) for a in others]
        if not network.trained or None in fellows:
            continue
        layer = layers.get(network.label, list(network.layers)[-1])
        x = np.concatenate([np.asarray(n.layers[layer], float) for n in (network, *fellows) if n is not None])
        found.append(Leading(network.label, network.modality, network.shown, network.part_of, components(x)))
    return FilmFeatures(table, tuple(found))


def components(x: np.ndarray, most: int = MOST_COMPONENTS) -> np.ndarray:
    """Leading principal components of standardised features.

    Parameters
    ----------
    x : (n_events, n_features)
    most : int

    Returns
    -------
    (n_events, at most `most`) float64
        Each with its variance; their mean is 0. Fewer where there are few events.
    """
    sd = x.std(0)
    unit = (x - x.mean(0))[:, sd > 0] / sd[sd > 0]
    u, s, _ = np.linalg.svd(unit, full_matrices=False)
    n = min(most, max(1, len(x) // _EVENTS_PER_VARIABLE), int((s > 1e-6 * s.max(initial=0.0)).sum()))
    scores: np.ndarray = u[:, :n] * s[:n]
    return scores


def mixtures(networks: Sequence[Leading], n: int, rng: np.random.Generator) -> np.ndarray:
    """A mixture of the leading components of one of some networks for each of n electrodes, (n_events, n); the networks
    take turns."""
    out = []
    for k in range(n):
        own = networks[k % len(networks)].scores[:, :N_MIXED]
        out.append(own @ rng.standard_normal(own.shape[1]))
    return standardised_columns(np.stack(out, 1))


def beyond_low_level(held: FilmFeatures, n: int, rng: np.random.Generator, *, sides: Sequence[Shown]) -> np.ndarray:
    """What networks hold that are shown one side, or the sum over several, without what low-level features say of it:
    a variable for each of n electrodes, (n_events, n)."""
    total = np.sum([mixtures(held.shown(side), n, rng) for side in sides], axis=0)
    return standardised_columns(remainder(total, held.low_level))


def lacking_sides(held: FilmFeatures, *, sides: Sequence[Shown]) -> str:
    """Why `beyond_low_level` cannot be made; empty where it can."""
    lacking = [_ALONE[side] for side in sides if not held.shown(side)]
    return f"no network of the set is shown {' or '.join(lacking)}" if lacking else ""


def remainder(x: np.ndarray, others: Sequence[Leading]) -> np.ndarray:
    """What a regression on other networks leaves of variables, (n_events, n).

    Of each of them so many components take part that ten events come to each variable.
    """
    if not others:
        return x
    each = max(1, len(x) // (_EVENTS_PER_VARIABLE * len(others)))
    known = np.hstack([n.scores[:, :each] for n in others])
    known = known - known.mean(0)
    centred = x - x.mean(0)
    left: np.ndarray = centred - known @ np.linalg.lstsq(known, centred, rcond=None)[0]
    return left


def standardised_columns(x: np.ndarray) -> np.ndarray:
    """Columns of zero mean and unit variance; one that does not vary stays 0."""
    centred = x - x.mean(0)
    sd = centred.std(0)
    return np.divide(centred, sd, out=np.zeros_like(centred), where=sd > 0)
