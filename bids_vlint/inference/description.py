"""What is said of an electrode besides the tests: descriptions, one file each in the folder `descriptions`.

A package of others brings its own by an entry point of the group `bids_vlint.descriptions` (`bids_vlint.registry`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from bids_vlint.citations import Reference
from bids_vlint.encoding.engine import Encoded
from bids_vlint.encoding.network_features import NetworkFeatures, trained_on, whole_networks
from bids_vlint.encoding.slow import slow_part, without_slow_part
from bids_vlint.files.column import Column
from bids_vlint.files.variable import Variable
from bids_vlint.networks.comparisons import Comparison
from bids_vlint.networks.specification import Shown
from bids_vlint.registry import Registry
from bids_vlint.signals.responses import Responses
from bids_vlint.study.stimulus import Alignment

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from scipy.sparse import csr_matrix

_WHERE = "{alignment}"  # in a column's meaning: the alignment
ELECTRODE = Variable("electrode", ("electrode",), "Electrode")


class Leader(NamedTuple):
    """The network that stands for all that were shown the same: the best over all electrodes, at its commonest layer.

    Attributes
    ----------
    network : NetworkFeatures
    layer : str
    score : float
        Its mean held-out r.
    """

    network: NetworkFeatures
    layer: str
    score: float

    @property
    def features(self) -> np.ndarray:
        """(n_events, p)."""
        return self.network.layers[self.layer]


class OtherEvents(NamedTuple):
    """The events of the same fit's other alignment, and what networks make of them.

    Attributes
    ----------
    events : DataFrame
        As those of the responses.
    networks : sequence of NetworkFeatures
    """

    events: pd.DataFrame
    networks: Sequence[NetworkFeatures]


@dataclass(frozen=True)
class Material:
    """What an alignment's analysis hands over.

    Attributes
    ----------
    encoded : Encoded
    swapped : Encoded
        With the stimulus swapped (`swap.encode_swapped`).
    networks : sequence of NetworkFeatures
    responses : Responses
    comparisons : sequence of Comparison
    tests : DataFrame
        Of `calibrated.Evidence`.
    seed : int
        Of everything random.
    n_resamples : int
        Of the blocks, for intervals.
    alignment : Alignment
    other : OtherEvents | None
        None where the fit has one alignment.
    high_pass : float | None
        Hz, of the responses, as the networks were fitted (`EncodingPlan.high_pass`).
    """

    encoded: Encoded
    swapped: Encoded
    networks: Sequence[NetworkFeatures]
    responses: Responses
    comparisons: Sequence[Comparison] = ()
    tests: pd.DataFrame = field(default_factory=pd.DataFrame)
    seed: int = 0
    n_resamples: int = 1000
    alignment: Alignment = "language"
    other: OtherEvents | None = None
    high_pass: float | None = None

    @cached_property
    def leaders(self) -> dict[Shown, Leader]:
        """What networks were shown, pictures alone, texts alone or both -> the best of them; in this order.

        Runs of networks on their parts are among the first two. Of those shown both, one with its parts at hand is
        taken where there is any.
        """
        sides: dict[Shown, list[NetworkFeatures]] = {
            "image": trained_on(self.networks, "image"),
            "text": trained_on(self.networks, "text"),
            "both": whole_networks(self.networks) or trained_on(self.networks, "both"),
        }
        found = {shown: _leader(self.encoded, side) for shown, side in sides.items()}
        return {shown: leader for shown, leader in found.items() if leader is not None}

    @cached_property
    def parts(self) -> list[Leader]:
        """The runs on its picture and on its text alone of the network that leads those shown both; none where it has
        none."""
        whole = self.leaders.get("both")
        if whole is None or whole.network not in whole_networks(self.networks):
            return []
        own = (n for n in self.networks if n.trained and n.part_of == whole.network.name)
        return [part._replace(layer=whole.layer) if whole.layer in part.network.layers else part
                for part in (_leader(self.encoded, [n]) for n in own) if part is not None]  # fmt: skip

    @cached_property
    def best(self) -> Leader | None:
        """The leader of the highest score."""
        return max(self.leaders.values(), key=lambda leader: leader.score, default=None)

    @cached_property
    def blocks(self) -> np.ndarray:
        """The block of every event, (n_events,) int."""
        return event_blocks(self.encoded, len(self.responses.data))

    @cached_property
    def _slow(self) -> csr_matrix | None:
        if self.high_pass is None:
            return None
        return slow_part(self.responses.events, self.encoded.folds, self.high_pass)

    def fitted(self, leader: Leader) -> np.ndarray:
        """Its features as they were fitted, (n_events, p): without what the high-pass takes out of the responses."""
        return without_slow_part(leader.features, self._slow)

    @cached_property
    def counted(self) -> np.ndarray:
        """Responses in the windows that count, (n_events, n_electrodes, n_bins)."""
        return np.ascontiguousarray(self.responses.data[:, :, self.encoded.counted])

    @property
    def electrodes(self) -> list[str]:
        """Names of the electrodes, in the order of all arrays."""
        return list(self.encoded.scores.channels)


def _no_values(_found: xr.Dataset) -> dict[str, np.ndarray]:
    return {}


@dataclass(frozen=True)
class Description:
    """One thing that is said of electrodes.

    Attributes
    ----------
    name : str
        Of its group in the inference files.
    title : str
        What it is called in reports.
    compute : Material -> Dataset | None
        None where the material lacks what it needs. Electrodes are the axis `electrode`.
    variables : tuple of Variable
        What the data set may hold, axes included.
    holds : str
        What its group holds, for the README and docs/outputs.md.
    columns : tuple of Column
        In the table of sites; `{alignment}` in a meaning is the alignment, which also stands before the name.
    values : Dataset -> (column -> (n_electrodes,))
    panel, overlay : (axes, Dataset of one electrode, alignment) -> None, or None
        Draws on a site's page: a panel of its own; over the curves of held-out r.
    said : Dataset of one electrode or None -> str, or None
        A sentence on a site; of None where it was not made.
    methods : str
        Its sentence in the methods, without the full stop; the references follow.
    references : tuple of str or Reference
        Keys of data/citations.toml, or works of its own.
    place : int
        Where it stands among the others.
    """

    name: str
    title: str
    compute: Callable[[Material], xr.Dataset | None]
    variables: tuple[Variable, ...]
    holds: str
    columns: tuple[Column, ...] = ()
    values: Callable[[xr.Dataset], Mapping[str, np.ndarray]] = _no_values
    panel: Callable[[Axes, xr.Dataset, str], None] | None = None
    overlay: Callable[[Axes, xr.Dataset, str], None] | None = None
    said: Callable[[xr.Dataset | None], str] | None = None
    methods: str = ""
    references: tuple[str | Reference, ...] = ()
    place: int = 100


def _wrong(found: Description) -> str | None:
    if found.columns and found.values is _no_values:
        return "has columns and no values for them"
    taken = {c.name: d.name for d in _built_in() for c in d.columns}
    both = next((column.name for column in found.columns if column.name in taken), None)
    return f"has the column {both!r} of {taken[both]}" if both else None


DESCRIPTIONS = Registry("description", Description, "bids_vlint.inference.descriptions", "bids_vlint.descriptions",
                        "description", _wrong)  # fmt: skip


def _built_in() -> list[Description]:
    return [DESCRIPTIONS.named(name) for name in DESCRIPTIONS.of_here]


@dataclass(frozen=True)
class Described:
    """What was said of an alignment.

    Attributes
    ----------
    networks : image, text or both -> label
        The networks that stand for all that were shown the same.
    found : description -> Dataset
    """

    networks: Mapping[str, str]
    found: Mapping[str, xr.Dataset]


def describe(material: Material) -> Described:
    """Make every description that the material allows."""
    made = {one.name: one.compute(material) for one in DESCRIPTIONS.everything}
    found = {name: dataset for name, dataset in made.items() if dataset is not None}
    return Described({shown: leader.network.label for shown, leader in material.leaders.items()}, found)


def event_blocks(encoded: Encoded, n_events: int) -> np.ndarray:
    """The block of every event, (n_events,) int."""
    blocks = np.zeros(n_events, int)
    for fold, ids in zip(encoded.folds, encoded.blocks.ids):
        for half, own in zip(fold.halves, ids):
            blocks[half] = own
    return blocks


def _leader(encoded: Encoded, networks: Sequence[NetworkFeatures]) -> Leader | None:
    known = [network for network in networks if network.label in encoded.scores.models]
    if not known:
        return None
    index = [encoded.scores.models.index(network.label) for network in known]
    score = encoded.score[index][:, :, :, 0].mean((1, 2))
    best = int(score.argmax())
    tested, layers = encoded.scores.layer[:, index[best]].T, known[best].layers
    named = Counter(name for halves in tested for name in dict.fromkeys(halves))
    layer = next((name for name, _ in named.most_common() if name in layers), next(iter(layers)))
    return Leader(known[best], layer, float(score[best]))


def with_interval(name: str, meaning: str, units: str) -> tuple[Column, ...]:
    """A column and those of the ends of its interval."""
    ends = {"": meaning, "_low": f"Lower end of the 95 % interval of {_WHERE}_{name}.",
            "_high": f"Upper end of the 95 % interval of {_WHERE}_{name}."}  # fmt: skip
    return tuple(Column(f"{name}{end}", "number", said, units) for end, said in ends.items())


def description_columns(alignment: Alignment) -> list[Column]:
    """The columns of all descriptions in an alignment, in order."""
    return [replace(column, name=f"{alignment}_{column.name}", meaning=column.meaning.replace(_WHERE, alignment))
            for one in DESCRIPTIONS.everything for column in one.columns]  # fmt: skip


def describe_electrodes(alignment: Alignment, best: pd.DataFrame, described: Described | None) -> pd.DataFrame:
    """What is said of every electrode in an alignment, as columns.

    Parameters
    ----------
    alignment : Alignment
    best : DataFrame
        best_multimodal, best_unimodal, best_r; index: name.
    described : Described | None

    Returns
    -------
    DataFrame
        Index: name. `A_best_multimodal`, `A_best_unimodal`, `A_best_r`, and the columns of what was made.
    """
    values: dict[str, np.ndarray] = {}
    for one in DESCRIPTIONS.everything:
        if described is not None and one.name in described.found:
            values |= one.values(described.found[one.name])
    return best.assign(**values).add_prefix(f"{alignment}_")
