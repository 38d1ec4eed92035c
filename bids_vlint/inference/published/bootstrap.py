"""The published bootstrap: the whole cross-validation, its choice of penalty included, again on every resample.

The events are drawn with replacement and sorted, the same resamples for all networks of a participant and alignment.
Published code: features of one fixed layer, 1,000 resamples, 95 % intervals of the validation r. Reconstructed from
public text: that the intervals are percentiles, and the layer, here each electrode's best by validation r on the events
as recorded, kept over resamples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from threadpoolctl import threadpool_limits

from bids_vlint.encoding.folds import N_FOLDS
from bids_vlint.encoding.network_features import NetworkFeatures
from bids_vlint.encoding.stats import interval
from bids_vlint.errors import InputError
from bids_vlint.inference.published.correlation import correlations, prepare
from bids_vlint.inference.published.resample import Resample, sorted_resample, standardised
from bids_vlint.networks.identity import LINEAR, twin_label
from bids_vlint.networks.specification import COMPARED
from bids_vlint.signals.responses import Responses

ARRAYS = ("r", "r_low", "r_high", "validation", "validation_low", "validation_high")
# Electrodes that are multiplied at a time; fixed, so that results do not depend on the number of processors.
_ELECTRODES_PER_BLOCK = 8
# Most that the r of all resamples may take; where they would take more, electrodes are bootstrapped in groups, and
# only the factorisations are made again for each group.
RESAMPLED_BYTES = 2**29
# Up to so many responses (events x targets) products are in float64: they cost little there.
SMALL = 2**22


@dataclass(frozen=True)
class Refitted:
    """What the published inference needs of every model of one fit and alignment.

    Attributes
    ----------
    models : tuple of str
        Labels; NAME-random before NAME-random-1, ... is the mean of several random twins, resample by resample;
        the linear control, where there is one, is last.
    channels : tuple of str
    lags : (n_lags,) seconds
    r : (n_models, n_electrodes, n_lags) float32
        Mean over resamples of the test r (each the mean over folds).
    r_low, r_high : the same shape
        2.5 and 97.5 percentiles of the test r over resamples.
    validation, validation_low, validation_high : the same shape
        Mean and percentiles of the validation r at the chosen penalties.
    layer : (n_models, n_electrodes) object
        Each electrode's layer; n/a for the mean of several random twins.
    """

    models: tuple[str, ...]
    channels: tuple[str, ...]
    lags: np.ndarray
    r: np.ndarray
    r_low: np.ndarray
    r_high: np.ndarray
    validation: np.ndarray
    validation_low: np.ndarray
    validation_high: np.ndarray
    layer: np.ndarray


@dataclass(frozen=True)
class BootstrapDesign:
    """What all models of an alignment share: responses (n_events, n_electrodes, n_lags), their means, the resamples."""

    data: np.ndarray
    mean: np.ndarray
    recorded: Resample
    resamples: tuple[Resample, ...]
    dtype: type
    threads: int


@dataclass(frozen=True)
class Model:
    """A model whose layers are chosen: `features(name)` gives a layer, `layer` (n_electrodes,) names each one's."""

    label: str
    features: Callable[[str], np.ndarray]
    layer: np.ndarray
    validation: np.ndarray  # (n_electrodes,), on the events as recorded


def resampled_counts(n_events: int, n_bootstraps: int, rng: np.random.Generator) -> np.ndarray:
    """How often each event stands in each resample: the counts of `rng.integers(0, n_events, n_events)`.

    Returns
    -------
    (n_bootstraps, n_events) int
    """
    draws = (rng.integers(0, n_events, n_events) for _ in range(n_bootstraps))
    return np.stack([np.bincount(drawn, minlength=n_events) for drawn in draws])


def refit(
    networks: Sequence[NetworkFeatures],
    responses: Responses,
    *,
    n_bootstraps: int,
    rng: np.random.Generator,
    threads: int = 1,
    watch: Callable[[Sequence[NetworkFeatures]], Iterable[NetworkFeatures]] = iter,
) -> Refitted:
    """Refit every network, and the linear control, on every resample.

    The linear control joins, at each electrode, the language and the vision network whose best layers have the highest
    validation r on the events as recorded.

    Memory beside responses and one layer: 0.5 GiB for the r of all resamples and as much for their percentiles; for
    each thread, with 6,000 events, 0.2 GiB at 768 features and 1 GiB at 7,456.

    Parameters
    ----------
    networks : sequence of Network
        Random twins included; those of other modalities than vision, language and multimodal are left out, and runs
        on parts, which the paper did not have.
    responses : Responses
    n_bootstraps : int
    rng : numpy.random.Generator
        Draws the resamples that all models share.
    threads : int
        Resamples in work at a time; results do not depend on it.
    watch : callable
        Wraps the networks to show how far it is.

    Returns
    -------
    Refitted

    Raises
    ------
    InputError
        Where there are fewer than two events for each held-out part.
    """
    if len(responses.data) < 2 * N_FOLDS:
        raise InputError("--inference published", f"{len(responses.data)} events are too few for {N_FOLDS} folds",
                         "use a longer recording, or leave it out")  # fmt: skip
    design = _design(responses, resampled_counts(len(responses.data), n_bootstraps, rng), threads)
    known = [n for n in networks if n.modality in COMPARED and n.part_of is None]
    labels = {n.label for n in known}
    results: dict[str, list[np.ndarray]] = {}
    chosen: dict[str, Model] = {}
    with threadpool_limits(limits=1, user_api="blas"):
        for network in watch(networks):
            if network.label in labels and network.label not in results:  # a twin's fellows come with it
                models = [_choose_layers(n, design) for n in _fellows(network, known)]
                chosen |= {model.label: model for model in models}
                results |= _bootstrap(models, design, twin_label(network.name))
        linear = _linear_control(known, chosen)
        if linear is not None:
            chosen[LINEAR] = linear
            results |= _bootstrap([linear], design, LINEAR)
    return _table(results, chosen, responses)


def _table(results: Mapping[str, list[np.ndarray]], chosen: Mapping[str, Model], responses: Responses) -> Refitted:
    shape = (len(results), *responses.data.shape[1:])
    arrays = {name: np.zeros(shape, np.float32) for name in ARRAYS}
    layer = np.full(shape[:2], "n/a", object)
    for k, (label, values) in enumerate(results.items()):
        for name, value in zip(ARRAYS, values):
            arrays[name][k] = value
        if label in chosen:
            layer[k] = chosen[label].layer
    return Refitted(tuple(results), responses.channels, responses.lags, **arrays, layer=layer)


def _design(responses: Responses, counts: np.ndarray, threads: int) -> BootstrapDesign:
    data = responses.data
    dtype = np.float64 if data.size <= SMALL else np.float32
    mean = data.mean(0, dtype=np.float64).astype(dtype)
    recorded = sorted_resample(np.ones(len(data), int))
    return BootstrapDesign(data, mean, recorded, tuple(map(sorted_resample, counts)), dtype, threads)


def _fellows(network: NetworkFeatures, networks: Sequence[NetworkFeatures]) -> list[NetworkFeatures]:
    """A network alone, or all random twins of its name where there are several."""
    if network.trained or network.twin is None:
        return [network]
    return [n for n in networks if n.name == network.name and not n.trained and n.twin is not None]


def _choose_layers(network: NetworkFeatures, design: BootstrapDesign) -> Model:
    """Each electrode's layer with the highest validation r, mean over all bins, on the events as recorded."""
    n_electrodes = design.data.shape[1]
    best = np.full(n_electrodes, -np.inf)
    layer = np.full(n_electrodes, "", object)
    blocks = _blocks(np.arange(n_electrodes))
    with ThreadPoolExecutor(design.threads) as pool:
        for name in network.layers:
            fitted = prepare(standardised(network.layers[name], design.dtype), design.recorded)
            scores = pool.map(lambda block, f=fitted: correlations(f, _rows(design, design.recorded, block))[0], blocks)
            r = np.concatenate([score.reshape(len(block), -1).mean(1) for score, block in zip(scores, blocks)])
            layer[r > best] = name
            best = np.maximum(r, best)
    return Model(network.label, network.layers.__getitem__, layer, best)


def _blocks(electrodes: np.ndarray) -> list[np.ndarray]:
    return [electrodes[k : k + _ELECTRODES_PER_BLOCK] for k in range(0, len(electrodes), _ELECTRODES_PER_BLOCK)]


def _rows(design: BootstrapDesign, resample: Resample, electrodes: np.ndarray) -> np.ndarray:
    """Centred responses of the resample's rows at some electrodes, (n_rows, n_electrodes * n_lags)."""
    y = design.data[resample.events[:, None], electrodes].astype(design.dtype, copy=False)
    y -= design.mean[electrodes]
    return y.reshape(len(y), -1)


def _bootstrap(models: Sequence[Model], design: BootstrapDesign, average: str) -> dict[str, list[np.ndarray]]:
    """Means and percentiles of each model, and first of the average of several; label -> the arrays of `Refitted`."""
    labels = [average, *(m.label for m in models)] if len(models) > 1 else [models[0].label]
    parts: list[list[list[np.ndarray]]] = [[] for _ in labels]
    for electrodes in _groups(design, len(models)):
        own = []
        total = None
        for model in models:
            r = _resampled_r(model, electrodes, design)
            own.append(_summary(r))
            if len(models) > 1:
                total = r if total is None else np.add(total, r, out=total)
        if total is not None:
            own.insert(0, _summary(total / np.float32(len(models))))
        for kept, new in zip(parts, own):
            kept.append(new)
    return {label: [np.concatenate(arrays) for arrays in zip(*groups)] for label, groups in zip(labels, parts)}


def _groups(design: BootstrapDesign, n_models: int) -> Iterator[np.ndarray]:
    """Electrodes whose resampled r fit into memory; of several models their sum is held beside each one's."""
    _, n_electrodes, n_lags = design.data.shape
    row = 2 * 4 * n_lags * len(design.resamples) * min(n_models, 2)
    width = max(1, RESAMPLED_BYTES // row)
    return (np.arange(k, min(k + width, n_electrodes)) for k in range(0, n_electrodes, width))


def _resampled_r(model: Model, electrodes: np.ndarray, design: BootstrapDesign) -> np.ndarray:
    """Test and validation r of every resample, (2, n_resamples, n_electrodes, n_lags) float32."""
    r = np.empty((2, len(design.resamples), len(electrodes), design.data.shape[2]), np.float32)
    for name in dict.fromkeys(model.layer[electrodes]):
        own = np.flatnonzero(model.layer[electrodes] == name)
        z = standardised(model.features(name), design.dtype)
        with ThreadPoolExecutor(design.threads) as pool:
            for k, values in enumerate(pool.map(partial(_one, z, electrodes[own], design), design.resamples)):
                r[:, k, own] = values
    return r


def _one(z: np.ndarray, electrodes: np.ndarray, design: BootstrapDesign, resample: Resample) -> np.ndarray:
    """One layer on one resample: (2, n_electrodes, n_lags), test and validation r."""
    fitted = prepare(z, resample)
    found = [correlations(fitted, _rows(design, resample, block)) for block in _blocks(electrodes)]
    validation, test = (np.concatenate(parts) for parts in zip(*found))
    return np.stack([test, validation]).reshape(2, len(electrodes), -1)


def _summary(r: np.ndarray) -> list[np.ndarray]:
    """Mean, low and high percentile over resamples, of the test r and then of the validation r."""
    out = []
    for values in r:
        out += [values.mean(0, dtype=np.float64).astype(np.float32), *interval(values)]
    return out


def _linear_control(networks: Sequence[NetworkFeatures], chosen: Mapping[str, Model]) -> Model | None:
    """The best language network joined with the best vision network; None where a side is missing."""
    sides = [[chosen[n.label] for n in networks if n.trained and n.modality == m] for m in ("language", "vision")]
    if not all(sides):
        return None
    best = [np.stack([model.validation for model in side]).argmax(0) for side in sides]
    parts: dict[str, list[tuple[Model, str]]] = {}
    names = []
    for e, numbers in enumerate(zip(*best)):
        pair = [side[k] for side, k in zip(sides, numbers)]
        name = "+".join(f"{model.label}/{model.layer[e]}" for model in pair)
        parts[name] = [(model, model.layer[e]) for model in pair]
        names.append(name)

    def features(name: str) -> np.ndarray:
        return np.concatenate([model.features(layer) for model, layer in parts[name]], axis=1)

    return Model(LINEAR, features, np.array(names, object), np.full(len(names), np.nan))
