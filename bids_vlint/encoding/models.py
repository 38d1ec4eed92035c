"""The models of a fit and alignment, one by one: each can be made without the others in memory, here or elsewhere.

First every network chooses its layer and penalty (`choose`), and so does the control of what is heard; then each model,
networks and what is joined from them, is tested at what was chosen (`held_out_of`). Between them lies what all have in
common: how much each bin weighs (`bins_of`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import numpy as np

from bids_vlint.encoding.arrays import OnDevice, in_memory
from bids_vlint.encoding.bins import best_r, bin_weights
from bids_vlint.encoding.choice import Candidate, Choice, choose_candidate, chosen_in_turn, nothing_chosen
from bids_vlint.encoding.design import Design
from bids_vlint.encoding.hearing import hearing_candidates, layers_heard, on_hearing
from bids_vlint.encoding.joint import FIRST_FREER, Read, joined_candidates, layer_candidate
from bids_vlint.encoding.linear import linear_control, sides_of_linear
from bids_vlint.encoding.network_features import NetworkFeatures, added_networks, read_layer, whole_networks
from bids_vlint.encoding.plan import EncodingPlan, counted_bins, design_of
from bids_vlint.encoding.prediction import HeldOut, held_out
from bids_vlint.encoding.seeds import NO_LAYER, twins_held_out
from bids_vlint.networks.identity import HEARING, LINEAR, LOW_LEVEL, heard_label, joined_label, twin_label
from bids_vlint.signals.responses import Responses

_T = TypeVar("_T")
# Gives what one step (CHOSEN or TESTED) makes of a model: made now, or read where it was made before.
Keep = Callable[[str, str, Callable[[], _T]], _T]
CHOSEN, TESTED = "chosen", "tested"


def made_now(_step: str, _label: str, make: Callable[[], _T]) -> _T:
    """Keep nothing."""
    return make()


@dataclass(frozen=True)
class Bench:
    """What the models of a fit and alignment are made from.

    Attributes
    ----------
    networks : tuple of NetworkFeatures
    design : Design
    plan : EncodingPlan
    notes : tuple of str
        What a reader must know of the design.
    made : label -> candidates
        Those that were asked for before; they may hold factors.
    """

    networks: tuple[NetworkFeatures, ...]
    design: Design
    plan: EncodingPlan
    notes: tuple[str, ...]
    made: dict[str, list[Candidate]] = field(default_factory=dict)

    @property
    def base(self) -> Read | None:
        """Reads the low-level features, where there are any."""
        own = next((n for n in self.networks if n.modality == LOW_LEVEL), None)
        return partial(read_layer, own, next(iter(own.layers))) if own is not None else None

    @property
    def under_all(self) -> Read | None:
        """Reads the low-level features where every network is to be joined with them."""
        return self.base if self.plan.on_low_level else None

    @property
    def by_label(self) -> dict[str, NetworkFeatures]:
        """The networks."""
        return {network.label: network for network in self.networks}


@dataclass(frozen=True)
class Tested:
    """A model's held-out results, and what was chosen for them.

    Attributes
    ----------
    choice : Choice
    held : HeldOut
    names : tuple of str
        Of its candidates.
    """

    choice: Choice
    held: HeldOut
    names: tuple[str, ...]


def bench_of(
    networks: Sequence[NetworkFeatures],
    responses: Responses,
    plan: EncodingPlan,
    *,
    rng: np.random.Generator,
    threads: int = 1,
    by_bin: bool = False,
    on: OnDevice = in_memory,
) -> Bench:
    """Put together what models are made from; parameters and errors as in `encode`."""
    design, notes = design_of(networks, responses, plan, rng, threads, by_bin, on)
    return Bench(tuple(networks), design, plan, tuple(notes))


def labels_to_choose(networks: Sequence[NetworkFeatures]) -> list[str]:
    """What chooses first: every network, and the control of what is heard."""
    labels = [network.label for network in networks]
    return [*labels, HEARING] if _has_low_level(networks) and layers_heard(networks) else labels


def labels_to_test(networks: Sequence[NetworkFeatures], plan: EncodingPlan) -> list[str]:
    """Every model that is tested, in order; of several random twins the first stands for all."""
    labels = [n.label for n in networks if n.trained or n.twin is None or n is _fellows(n, networks)[0]]
    nested = nested_networks(networks) if _has_low_level(networks) else []
    heard = nested if layers_heard(networks) else []
    return [
        *labels,
        *([LINEAR] if sides_of_linear(networks) else []),
        *(network.label for network in added_networks(networks)),
        *([] if plan.on_low_level else [joined_label(network.label) for network in nested]),
        *([HEARING] if _has_low_level(networks) and layers_heard(networks) else []),
        *(heard_label(network.label) for network in heard),
    ]


def choose(bench: Bench, label: str) -> Choice:
    """Layer and penalty of a model of `labels_to_choose` for every electrode and replicate."""
    return choose_candidate(_candidates(bench, label), bench.design)


def bins_of(bench: Bench, choices: Mapping[str, Choice]) -> tuple[np.ndarray, np.ndarray]:
    """What the choices of all networks say of the encoded bins.

    Returns
    -------
    r : (2, n_electrodes, n_replicates, n_bins) float32
        Of the trained network that does best at each electrode on the other half.
    weights : the same shape
        Of the bins that count.
    """
    own = {label: choice for label, choice in choices.items() if label in bench.by_label}
    trained = [choice for label, choice in own.items() if bench.by_label[label].trained]
    r = best_r(trained or list(own.values()))
    return r, bin_weights(r, counted_bins(bench.design.responses.lags, bench.plan.bins)[bench.design.counted])


def held_out_of(bench: Bench, label: str, choices: Mapping[str, Choice], weights: np.ndarray) -> dict[str, Tested]:
    """Held-out results of a model of `labels_to_test`; with a random twin come its fellows, their average first.

    Parameters
    ----------
    bench : Bench
    label : str
    choices : label -> Choice
        Of `labels_to_choose`.
    weights : (2, n_electrodes, n_replicates, n_bins)
        From `bins_of`.
    """
    network = bench.by_label.get(label)
    if network is None or network.trained or network.twin is None:
        names, candidates, choice = _model(bench, label, choices)
        held = held_out(candidates, choice, weights, bench.design)
        return {label: Tested(choice, held, tuple(names))}
    fellows = {fellow.label: (_candidates(bench, fellow.label), choices[fellow.label])
               for fellow in _fellows(network, bench.networks)}  # fmt: skip
    results = twins_held_out(list(fellows.values()), weights, bench.design)
    own = [choice for _, choice in fellows.values()]
    score = np.stack([choice.score for choice in own]).mean(0)
    average = Choice(score, np.zeros_like(own[0].layer), own[0].penalty, own[0].r)
    out = {twin_label(network.name): Tested(average, results[0], (NO_LAYER,))}
    for (fellow, (candidates, choice)), result in zip(fellows.items(), results[1:]):
        out[fellow] = Tested(choice, result, tuple(c.name for c in candidates))
    return out


def _model(bench: Bench, label: str, choices: Mapping[str, Choice]) -> tuple[list[str], Iterable[Candidate], Choice]:
    """The candidates of a model, their names first, and what is chosen among them, at the latest when they come."""
    networks, design, base = bench.networks, bench.design, bench.base
    if label == LINEAR:
        sides = {network.label: _candidates(bench, network.label) for network in sides_of_linear(networks)}
        linear = linear_control(networks, sides, choices, design, bench.under_all)
        assert linear is not None
        return linear
    if base is not None and label in (heard := {heard_label(n.label): n for n in nested_networks(networks)}):
        return on_hearing(heard[label], layers_heard(networks), choices[HEARING], design, base)
    candidates = _candidates(bench, label)
    names = [candidate.name for candidate in candidates]
    if label in choices:
        return names, candidates, choices[label]
    choice = nothing_chosen(design)
    return names, chosen_in_turn([(candidates, None)], choice, design), choice


def _candidates(bench: Bench, label: str) -> list[Candidate]:
    """What a model chooses among, if that does not depend on what others chose."""
    if label not in bench.made:
        bench.made[label] = _fresh(bench, label)
    return bench.made[label]


def _fresh(bench: Bench, label: str) -> list[Candidate]:
    networks, design = bench.networks, bench.design
    own = {**bench.by_label, **{network.label: network for network in added_networks(networks)}}
    if label in own:
        network = own[label]
        return network_candidates(network, design, None if network.modality == LOW_LEVEL else bench.under_all)
    assert bench.base is not None
    if label == HEARING:
        return hearing_candidates(layers_heard(networks), design, bench.base)
    nested = {joined_label(network.label): network for network in nested_networks(networks)}
    return network_candidates(nested[label], design, bench.base)


def _has_low_level(networks: Sequence[NetworkFeatures]) -> bool:
    return any(network.modality == LOW_LEVEL for network in networks)


def _fellows(network: NetworkFeatures, networks: Sequence[NetworkFeatures]) -> list[NetworkFeatures]:
    """All random twins of one of several."""
    return [n for n in networks if n.name == network.name and not n.trained and n.twin is not None]


def nested_networks(networks: Sequence[NetworkFeatures]) -> list[NetworkFeatures]:
    """The networks that are tested on top of the low-level features: those that can show integration, or all trained
    ones where there is none; never their runs on parts."""
    trained = [n for n in networks if n.trained and n.modality not in ("audio", LOW_LEVEL) and n.part_of is None]
    return whole_networks(networks) or trained


def network_candidates(network: NetworkFeatures, design: Design, base: Read | None = None) -> list[Candidate]:
    """A network's layers; with `base`, each joined with it at several mixtures."""
    candidates = []
    for name in network.layers:
        read = partial(read_layer, network, name)
        if base is None:
            candidates.append(layer_candidate(name, read, design, whole=network.modality == LOW_LEVEL))
        else:
            candidates += joined_candidates(name, [base, read], FIRST_FREER, design, n_whole=1)
    return candidates
