"""What is said of an alignment besides its tests: variance partition, deconvolved course, noise ceiling, and the
stimulus in the brain's place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bids_vlint.encoding.engine import Encoded
from bids_vlint.encoding.network_features import NetworkFeatures, trained_labels
from bids_vlint.encoding.stats import mean_and_sd
from bids_vlint.inference.descriptions.ceiling import Ceiling, noise_ceiling
from bids_vlint.inference.descriptions.partition import PARTS, Partition, partition
from bids_vlint.inference.descriptions.timecourse import Course, leading_components, stimulus_course, time_course
from bids_vlint.networks.identity import LOW_LEVEL
from bids_vlint.signals.responses import Responses
from bids_vlint.study.stimulus import Alignment

# Shifts that a course's threshold comes from.
_COURSE_SHIFTS = 20
_ENDS = ("", "_low", "_high")


@dataclass(frozen=True)
class Description:
    """What is said of an alignment besides its tests; None where it lacks what that needs.

    Attributes
    ----------
    partition : Partition | None
    course : Course | None
    ceiling : Ceiling
    stimulus : (n_lags,) | None
        Mean held-out r over low-level features that the network predicts at each lag.
    networks : modality -> label
        The networks that stand for their modalities in all of these: those that score best over the electrodes.
    """

    partition: Partition | None
    course: Course | None
    ceiling: Ceiling
    stimulus: np.ndarray | None
    networks: dict[str, str]


def describe(
    encoded: Encoded, networks: Sequence[NetworkFeatures], responses: Responses, seed: int = 0, n_resamples: int = 1000
) -> Description:
    """Describe an alignment besides its tests.

    Parameters
    ----------
    encoded : Encoded
    networks : sequence of Network
    responses : Responses
    seed : int
    n_resamples : int

    Returns
    -------
    Description
    """
    features = {m: found for m in ("vision", "language", "multimodal") if (found := _leader(encoded, networks, m))}
    blocks = event_blocks(encoded, len(responses.data))
    counted = np.ascontiguousarray(responses.data[:, :, encoded.counted])
    events = responses.events
    parts = None
    if "vision" in features and "language" in features:
        multimodal = features["multimodal"][1] if "multimodal" in features else None
        parts = partition(features["vision"][1], features["language"][1], multimodal, counted, encoded.folds, blocks,
                          n_resamples=n_resamples, seed=seed)  # fmt: skip
    ceiling = noise_ceiling(counted, events["stimulus"].to_numpy(str), events["movie_time"].to_numpy(float), blocks,
                            n_resamples=n_resamples, seed=seed)  # fmt: skip
    best = max(features.values(), key=lambda item: item[2], default=None)
    low = next((n for n in networks if n.modality == LOW_LEVEL), None)
    course, stimulus = None, None
    if best is not None:
        course = _course(encoded, responses, best[1], blocks, seed, n_resamples)
        if low is not None:
            around = _around(low.layers[next(iter(low.layers))], responses)
            stimulus = stimulus_course(best[1], around, encoded.folds).mean(0) if around.shape[1] else None
    return Description(parts, course, ceiling, stimulus, {m: label for m, (label, _, _) in features.items()})


def event_blocks(encoded: Encoded, n_events: int) -> np.ndarray:
    """The block of every event, (n_events,) int."""
    blocks = np.zeros(n_events, int)
    for fold, ids in zip(encoded.folds, encoded.blocks.ids):
        for half, own in zip(fold.halves, ids):
            blocks[half] = own
    return blocks


def _leader(
    encoded: Encoded, networks: Sequence[NetworkFeatures], modality: str
) -> tuple[str, np.ndarray, float] | None:
    """Label, features and score of a modality's best trained network over all electrodes, at its commonest layer."""
    labels = [label for label in trained_labels(networks, {modality}) if label in encoded.scores.models]
    if not labels:
        return None
    index = [encoded.scores.models.index(label) for label in labels]
    score = encoded.score[index][:, :, :, 0].mean((1, 2))
    label = labels[int(score.argmax())]
    network = next(n for n in networks if n.label == label)
    tested = encoded.scores.layer[:, index[int(score.argmax())]].T
    named = Counter(name for halves in tested for name in dict.fromkeys(halves))
    layer = next((name for name, _ in named.most_common() if name in network.layers), next(iter(network.layers)))
    return label, network.layers[layer], float(score.max())


def _course(
    encoded: Encoded, responses: Responses, features: np.ndarray, blocks: np.ndarray, seed: int, n_resamples: int
) -> Course | None:
    if not responses.tracks:
        return None
    events = responses.events
    shifts = encoded.shift_s[:, :: max(1, encoded.n_shifts // _COURSE_SHIFTS)] if encoded.n_shifts else None
    return time_course(responses.tracks, events["run"].to_numpy(str), events["onset"].to_numpy(float),
                       leading_components(features), encoded.folds, blocks, shifts=shifts, n_resamples=n_resamples,
                       seed=seed)  # fmt: skip


def _around(low_level: np.ndarray, responses: Responses) -> np.ndarray:
    """Low-level features at every lag, interpolated between events, (n_events, n_features, n_lags)."""
    events = responses.events
    stimulus, time = events["stimulus"].to_numpy(str), events["movie_time"].to_numpy(float)
    varying = np.flatnonzero(np.isfinite(mean_and_sd(low_level)[1]))
    out = np.empty((len(time), len(varying), len(responses.lags)), np.float32)
    for name in np.unique(stimulus):
        own = np.flatnonzero(stimulus == name)
        at, first = np.unique(time[own], return_index=True)
        wanted = time[own][:, None] + responses.lags
        for k, column in enumerate(varying):
            out[own, k] = np.interp(wanted, at, low_level[own[first], column])
    return out


def description_columns(
    alignment: Alignment, best: pd.DataFrame, description: Description | None = None
) -> pd.DataFrame:
    """Describe every electrode in an alignment.

    Parameters
    ----------
    alignment : Alignment
    best : DataFrame
        best_multimodal, best_unimodal; index: name.
    description : Description | None

    Returns
    -------
    DataFrame
        Index: name. `A_best_multimodal`, `A_best_unimodal`, and where they were made `A_first_lag`, `A_peak_lag` (s),
        `A_unique_vision`, `A_unique_language`, `A_shared`, `A_multimodal_only` (R2), each also `_low` and `_high`, and
        `A_ceiling` (r).
    """
    table = best if description is None else best.assign(**_values(description))
    return table.add_prefix(f"{alignment}_")


def _values(description: Description) -> dict[str, np.ndarray]:
    columns: dict[str, np.ndarray] = {}
    if description.course is not None:
        for lag in ("first", "peak"):
            columns |= {f"{lag}_lag{end}": getattr(description.course, f"{lag}{end}") for end in _ENDS}
    if description.partition is not None:
        parts = description.partition
        for k, part in enumerate(PARTS):
            columns |= dict(zip((f"{part}{end}" for end in _ENDS), (parts.value[k], parts.low[k], parts.high[k])))
    return columns | {"ceiling": description.ceiling.mean}
