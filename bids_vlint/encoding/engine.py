"""All networks of one fit and alignment: held-out scores, and what the tests compare."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from threadpoolctl import threadpool_limits

from bids_vlint.encoding.bins import best_r, bin_weights, weighted_sums
from bids_vlint.encoding.blocks import Blocks
from bids_vlint.encoding.choice import Candidate, Choice, choose_candidate
from bids_vlint.encoding.design import Design
from bids_vlint.encoding.folds import Fold
from bids_vlint.encoding.hearing import hearing_control, layers_heard, on_hearing
from bids_vlint.encoding.joint import FIRST_FREER, Read, joined_candidates, layer_candidate
from bids_vlint.encoding.linear import linear_control
from bids_vlint.encoding.network_features import NetworkFeatures, added_networks, read_layer, whole_networks
from bids_vlint.encoding.plan import EncodingPlan, counted_bins, design_of
from bids_vlint.encoding.prediction import HeldOut, held_out
from bids_vlint.encoding.ridge import PENALTIES
from bids_vlint.encoding.score import Scores
from bids_vlint.encoding.seeds import NO_LAYER, twins_held_out
from bids_vlint.networks.identity import HEARING, LINEAR, LOW_LEVEL, heard_label, joined_label, twin_label
from bids_vlint.signals.responses import Responses
from bids_vlint.signals.windows import STEP_S


@dataclass(frozen=True)
class Encoded:
    """Held-out results of every network.

    Attributes
    ----------
    scores : Scores
        The linear control, where there is one, is the last of the networks; after it come the sums of networks' runs
        on their parts (`NAME:image+text`), networks joined with the low-level features (`low_level+NAME`), and where
        networks hear the control of these (`hearing`) and networks joined with it (`hearing+NAME`). Before
        several random twins of a network stands their average, NAME-random, whose layer is "n/a" and whose penalty is
        NaN.
    sums : (n_models, n_blocks, n_electrodes, 1 + n_shifts) float32
        Each block's contribution to the mean held-out r over the bins that count; first as recorded, then shifted.
    score : (n_models, 2, n_electrodes, 1 + n_shifts)
        By which the test of a half chooses among models: the mean r of the other half.
    blocks : Blocks
    counted : (n_lags,) bool
    encoded : (n_lags,) bool
        The bins by which choices were made; those that count are among them.
    test_to_train : float
        Mean over folds of held-out over training events.
    n_shifts : int
        0 where there was no room for them.
    folds : tuple of Fold
    shift_s : (n_runs, n_shifts) seconds
        By how much each run was rolled.
    notes : tuple of str
        What a reader must know.
    bin_r : (2, n_electrodes, n_replicates, n_bins) float32
        In every encoded bin the r of the trained network that does best on the other half.
    by_bin : (n_models, n_blocks, n_electrodes, n_replicates, n_bins) float32 | None
        Each block's contribution to the r of every encoded bin, where that was asked for.
    """

    scores: Scores
    sums: np.ndarray
    score: np.ndarray
    blocks: Blocks
    counted: np.ndarray
    encoded: np.ndarray
    test_to_train: float
    n_shifts: int
    folds: tuple[Fold, ...]
    shift_s: np.ndarray
    bin_r: np.ndarray
    by_bin: np.ndarray | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Model:
    """What stands under one label: a network, the linear control, a sum, or a network joined with the low-level
    features."""

    candidates: list[Candidate]
    choice: Choice
    trained: bool


def encode(
    networks: Sequence[NetworkFeatures],
    responses: Responses,
    plan: EncodingPlan,
    *,
    rng: np.random.Generator,
    threads: int = 1,
    watch: Callable[[Sequence[str]], Iterable[str]] = iter,
    by_bin: bool = False,
) -> Encoded:
    """Fit every network to every electrode and bin, and the linear control to the best of each side.

    First every network chooses its layer and penalty at each electrode, for the test of each half on the other; then
    the held-out halves are predicted at what was chosen.

    Parameters
    ----------
    networks : sequence of Network
        Random twins included; features in the order of the responses' events. Layers are asked for one at a time.
    responses : Responses
    plan : Plan
    rng : numpy.random.Generator
        Draws the resamples and the shifts that all networks share.
    threads : int
        Blocks of electrodes in work at a time; results do not depend on it.
    watch : callable
        Wraps what is to be done to show how far it is.
    by_bin : bool
        Keep block sums of every encoded bin, for `counting`.

    Returns
    -------
    Encoded
    """
    design, notes = design_of(networks, responses, plan, rng, threads, by_bin)
    counted = counted_bins(responses.lags, plan.bins)
    models: dict[str, _Model] = {}
    steps = {n.label: n for n in networks}
    work = [f"choose {label}" for label in steps] + [f"test {label}" for label in steps]
    with threadpool_limits(limits=1, user_api="blas"):
        progress = iter(watch(work))
        for label, network in steps.items():
            next(progress)
            candidates = network_candidates(network, design, _base(networks, network, plan))
            models[label] = _Model(candidates, choose_candidate(candidates, design), network.trained)
        bin_r = best_r([m.choice for m in models.values() if m.trained] or [m.choice for m in models.values()])
        weights = bin_weights(bin_r, counted[design.counted])
        models |= _joined(networks, models, design, plan)
        results: dict[str, tuple[Choice, HeldOut, list[str]]] = {}
        for label in models:
            if label in steps:
                next(progress)
            if label not in results:  # a twin's fellows come with it
                results |= _held_out(label, steps.get(label), networks, models, weights, design)
        for _ in progress:
            pass
    return replace(_encoded(results, design, notes, bin_r), counted=counted)


def counting(encoded: Encoded, bins: tuple[float, float]) -> Encoded:
    """What was encoded, with the windows within `bins` (seconds, among the encoded ones) as those that count.

    Choices stay; only the bins change over which held-out r is a mean. It must have been encoded `by_bin`; that is
    not kept.
    """
    assert encoded.by_bin is not None
    counted = counted_bins(encoded.scores.lags, bins)
    if (counted == encoded.counted).all():
        return replace(encoded, by_bin=None)
    weights = bin_weights(encoded.bin_r, counted[encoded.encoded])
    sums = weighted_sums(encoded.by_bin, weights, encoded.blocks.half)
    return replace(encoded, sums=sums, counted=counted, by_bin=None)


def _base(networks: Sequence[NetworkFeatures], network: NetworkFeatures, plan: EncodingPlan) -> Read | None:
    """Reads the low-level features where a network is to be joined with them."""
    if not plan.on_low_level or network.modality == LOW_LEVEL:
        return None
    return _low_level(networks)


def _low_level(networks: Sequence[NetworkFeatures]) -> Read | None:
    own = next((n for n in networks if n.modality == LOW_LEVEL), None)
    return partial(read_layer, own, next(iter(own.layers))) if own is not None else None


def _joined(
    networks: Sequence[NetworkFeatures], models: Mapping[str, _Model], design: Design, plan: EncodingPlan
) -> dict[str, _Model]:
    """The linear control, the sums of networks' runs on their parts, the networks that are tested on top of the
    low-level features, and those on top of what is heard, too."""
    out: dict[str, _Model] = {}
    base = _low_level(networks)
    candidates = {label: model.candidates for label, model in models.items()}
    choices = {label: model.choice for label, model in models.items()}
    linear = linear_control(networks, candidates, choices, design, base if plan.on_low_level else None)
    if linear is not None:
        out[LINEAR] = _Model(*linear, True)
    for network in added_networks(networks):
        own = network_candidates(network, design, base if plan.on_low_level else None)
        out[network.label] = _Model(own, choose_candidate(own, design), True)
    if base is not None and not plan.on_low_level:
        for network in nested_networks(networks):
            own = network_candidates(network, design, base)
            out[joined_label(network.label)] = _Model(own, choose_candidate(own, design), True)
    heard = layers_heard(networks)
    if base is not None and heard:
        control = hearing_control(heard, design, base)
        out[HEARING] = _Model(*control, True)
        for network in nested_networks(networks):
            out[heard_label(network.label)] = _Model(*on_hearing(network, heard, control[1], design, base), True)
    return out


def _held_out(
    label: str,
    network: NetworkFeatures | None,
    networks: Sequence[NetworkFeatures],
    models: Mapping[str, _Model],
    weights: np.ndarray,
    design: Design,
) -> dict[str, tuple[Choice, HeldOut, list[str]]]:
    """A model's results; of one of several random twins, those of all and of their average."""
    model = models[label]
    if network is None or network.trained or network.twin is None:
        result = held_out(model.candidates, model.choice, weights, design)
        return {label: (model.choice, result, [c.name for c in model.candidates])}
    fellows = [n.label for n in networks if n.name == network.name and not n.trained and n.twin is not None]
    own = [models[fellow] for fellow in fellows]
    results = twins_held_out([(m.candidates, m.choice) for m in own], weights, design)
    score = np.stack([m.choice.score for m in own]).mean(0)
    average = Choice(score, np.zeros_like(own[0].choice.layer), own[0].choice.penalty, own[0].choice.r)
    out = {twin_label(network.name): (average, results[0], [NO_LAYER])}
    for fellow, m, result in zip(fellows, own, results[1:]):
        out[fellow] = (m.choice, result, [c.name for c in m.candidates])
    return out


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


def _encoded(
    results: Mapping[str, tuple[Choice, HeldOut, list[str]]], design: Design, notes: Sequence[str], bin_r: np.ndarray
) -> Encoded:
    choices, held, names = zip(*results.values())
    r, low, high, sums = (np.stack([getattr(h, k) for h in held]) for k in ("r", "low", "high", "sums"))
    layers = np.stack([_layer_names(c, own) for c, own in zip(choices, names)], axis=1)
    penalty = np.stack([_penalty(c, own) for c, own in zip(choices, names)])
    score = np.stack([c.score for c in choices])
    responses = design.responses
    scores = Scores(tuple(results), responses.channels, responses.lags, r, low, high,
                    np.broadcast_to(penalty[:, :, None], r.shape), layers, score[:, :, :, 0].mean(1))  # fmt: skip
    ratio = float(np.mean([sum(map(len, f.halves)) / len(f.train) for f in design.folds]))
    shift_s = design.shifts.steps * STEP_S if design.shifts is not None else np.empty((len(responses.tracks), 0))
    by_bin = np.stack([h.by_bin for h in held]) if design.by_bin else None
    return Encoded(scores, sums, score, design.blocks, design.counted, design.counted, ratio, shift_s.shape[1],
                   design.folds, shift_s, bin_r, by_bin, tuple(notes))  # fmt: skip


def _penalty(choice: Choice, names: Sequence[str]) -> np.ndarray:
    """Geometric mean of the penalties of both halves as recorded, (n_electrodes,); NaN for an average."""
    if list(names) == [NO_LAYER]:
        return np.full(choice.penalty.shape[1], np.nan, np.float32)
    mean: np.ndarray = 10.0 ** np.log10(PENALTIES[choice.penalty[:, :, 0]]).mean(0)
    return mean.astype(np.float32)


def _layer_names(choice: Choice, names: Sequence[str]) -> np.ndarray:
    """The layer that each half of each electrode is tested with as recorded, (2, n_electrodes)."""
    named: np.ndarray = np.array(names, object)[choice.layer[:, :, 0]]
    return named
