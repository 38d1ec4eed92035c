"""The stages of a fit that take long, each read where it is kept and made otherwise: responses, and what is fitted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bids_vlint.encoding.arrays import card_memory, on_device
from bids_vlint.encoding.engine import Encoded, counting, encode
from bids_vlint.encoding.models import CHOSEN, TESTED
from bids_vlint.encoding.network_features import NetworkFeatures
from bids_vlint.encoding.plan import EncodingPlan, by_bin_bytes, encoded_stretch
from bids_vlint.files.digest import key_of
from bids_vlint.fit.depends import of_encoding, of_features, of_refitting, of_responses
from bids_vlint.fit.preparation import PreparedFit, used_events
from bids_vlint.fit.protocols import InferenceProtocol, SignalProtocol
from bids_vlint.fit.responses import responses_of_fit
from bids_vlint.inference.calibrated.swap import encode_swapped
from bids_vlint.inference.published.bootstrap import Refitted, refit
from bids_vlint.log import progress, remark, remarks, step
from bids_vlint.networks.extraction.extract import Extraction
from bids_vlint.networks.network import seed_of
from bids_vlint.networks.specification import ModelSet
from bids_vlint.signals.responses import Responses
from bids_vlint.signals.traces import Trace
from bids_vlint.stages.encoding import ENCODING
from bids_vlint.stages.models import CHOICE, HELD_OUT
from bids_vlint.stages.published import REFITTED
from bids_vlint.stages.responses import RESPONSES, FromSignals
from bids_vlint.stages.stage import Form, Shelf, kept_of, made_once, shelf_of, stages_folder
from bids_vlint.study.stimulus import Alignment


def responses_shelf(fit: PreparedFit, protocol: SignalProtocol) -> Shelf:
    """Where the responses of a fit are kept."""
    return shelf_of(protocol.work_dir, fit.plan.name.stem, "responses", of_responses(fit, protocol))


def kept_responses(
    fit: PreparedFit, protocol: SignalProtocol, threads: int
) -> tuple[dict[Alignment, Responses], list[str], tuple[Trace, ...]]:
    """The responses of a fit, its flat channels and its traces, as `responses_of_fit`: read where they are kept, made
    otherwise."""

    def make() -> FromSignals:
        with remarks() as notes:
            found, flat, traces = responses_of_fit(fit, protocol, threads)
        first = found[fit.alignments[0]]
        data = {a: responses.data for a, responses in found.items()}
        return FromSignals(data, first.channels, first.lags, first.tracks, tuple(flat), tuple(notes), traces)

    kept = made_once(responses_shelf(fit, protocol), RESPONSES, make)
    remark(*kept.notes)
    responses = {a: Responses(kept.data[a], kept.channels, kept.lags, used_events(fit, a), kept.tracks)
                 for a in fit.alignments}  # fmt: skip
    return responses, list(kept.flat), kept.traces


# What is made of one model alone.
_MODELS: dict[str, Form[Any]] = {CHOSEN: CHOICE, TESTED: HELD_OUT}
# Block sums of every bin are kept up to this many bytes, so that other bins can count without a fit.
_BY_BIN_BYTES = 2**27


@dataclass(frozen=True)
class Fitting:
    """What is fitted to what, in one alignment of a fit.

    Attributes
    ----------
    fit : str
        Its stem; with the alignment it seeds everything random.
    alignment : Alignment
    networks : sequence of NetworkFeatures
    responses : Responses
    plan : EncodingPlan
    protocol : InferenceProtocol
    work : Path
        The work folder.
    signals : str
        The key of the responses.
    features : mapping
        From `depends.of_features`.
    threads : int
        Results do not depend on it.
    device : str
        On which networks run and regressions are computed: auto, cpu, cuda, …
    """

    fit: str
    alignment: Alignment
    networks: Sequence[NetworkFeatures]
    responses: Responses
    plan: EncodingPlan
    protocol: InferenceProtocol
    work: Path
    signals: str
    features: dict[str, Any]
    threads: int
    device: str

    @property
    def stem(self) -> str:
        """The name of the fit and alignment."""
        return f"{self.fit}/{self.alignment}"

    @property
    def seed(self) -> int:
        """Of resamples and shifts."""
        return seed_of(f"{self.protocol.seed}/{self.stem}/bootstrap")


def fitting_of(
    fit: PreparedFit,
    alignment: Alignment,
    models: ModelSet,
    networks: Sequence[NetworkFeatures],
    responses: Responses,
    plan: EncodingPlan,
    protocol: InferenceProtocol,
    signals: SignalProtocol,
    how: Extraction,
    threads: int,
) -> Fitting:
    """Put together what is fitted in an alignment; parameters as in `Fitting`, or what they are made of."""
    features = of_features(fit, alignment, models, networks, how)
    return Fitting(fit.plan.name.stem, alignment, networks, responses, plan, protocol, signals.work_dir,
                   responses_shelf(fit, signals).key, features, threads, how.device)  # fmt: skip


def kept_encoding(own: Fitting) -> Encoded:
    """Choices and block sums of all networks, as `encode`; models that `fit.units` made before are read."""

    def watch(work: Sequence[str]) -> Iterator[str]:
        return progress(work, total=len(work), label=f"{own.stem}: networks")

    keep = partial(_found, own, key_of_models(own))
    made = _counting(
        own,
        "encoding",
        own.plan,
        lambda plan, by_bin: encode(own.networks, own.responses, plan, rng=np.random.default_rng(own.seed),
                                    threads=own.threads, watch=watch, by_bin=by_bin, keep=keep,
                                    on=on_device(own.device)),
    )  # fmt: skip
    folder = stages_folder(own.work, own.fit)
    for left in (file for stage in _MODELS for file in folder.glob(f"{stage}-{own.alignment}-*")):
        left.unlink(missing_ok=True)
    return made


def key_of_models(own: Fitting) -> str:
    """What every model of the encoding depends on: the key of the encoding."""
    return encoding_shelf(own, "encoding", how_encoded(own, own.plan)[0]).key


def model_shelf(own: Fitting, key: str, stage: str, label: str) -> Shelf:
    """Where what one step makes of a model is kept until the encoding is whole; `key` from `key_of_models`."""
    depends = {"model": label, "encoding": key}
    name = f"{stage}-{own.alignment}-{re.sub('[^A-Za-z0-9_+]', '_', label)}-{key_of(depends)[:6]}"
    return replace(shelf_of(own.work, own.fit, name, depends), label=f"{own.stem}/{label}")


def _found(own: Fitting, key: str, stage: str, label: str, make: Callable[[], Any]) -> Any:
    """What is kept of a model, or else is made."""
    kept = kept_of(model_shelf(own, key, stage, label), _MODELS[stage])
    return make() if kept is None else kept


def kept_swapped(own: Fitting) -> Encoded:
    """Choices and block sums with the stimulus swapped, as `encode_swapped`."""
    with step(f"{own.stem}: the stimulus swapped"):
        return _counting(
            own,
            "swapped",
            replace(own.plan, n_bootstraps=1, n_shifts=0),
            lambda plan, by_bin: encode_swapped(own.networks, own.responses, plan, seed=own.seed,
                                                threads=own.threads, by_bin=by_bin,
                                                on=on_device(own.device)),
        )  # fmt: skip


def _counting(own: Fitting, name: str, plan: EncodingPlan, make: Callable[[EncodingPlan, bool], Encoded]) -> Encoded:
    """A stage of `Encoded`, of which the bins that are asked for count.

    Where block sums of every bin are not too large, they are kept, and the stage does not depend on the bins that
    count, as far as they are among the encoded ones.
    """
    plan_of_stage, by_bin = how_encoded(own, plan)
    with card_memory():
        made = made_once(encoding_shelf(own, name, plan_of_stage), ENCODING, lambda: make(plan_of_stage, by_bin))
    return counting(made, plan.bins) if by_bin else made


def how_encoded(own: Fitting, plan: EncodingPlan) -> tuple[EncodingPlan, bool]:
    """By which bins an encoding is kept, and whether it holds block sums of each of them."""
    if by_bin_bytes(own.networks, own.responses, plan) > _BY_BIN_BYTES:
        return plan, False
    return replace(plan, bins=encoded_stretch(own.responses.lags, plan.bins)), True


def kept_refitting(own: Fitting) -> Refitted:
    """What the published inference is made from, as `refit`."""
    n = own.protocol.n_bootstraps
    watch = partial(progress, total=len(own.networks), label=f"{own.stem}: networks, published")
    depends = of_refitting(own.signals, own.features, n, own.seed)
    return made_once(
        shelf_of(own.work, own.fit, "published", depends, own.alignment),
        REFITTED,
        lambda: refit(own.networks, own.responses, n_bootstraps=n, rng=np.random.default_rng(own.seed),
                      threads=own.threads, watch=watch),
    )  # fmt: skip


def encoding_shelf(own: Fitting, name: str, plan: EncodingPlan) -> Shelf:
    """Where an encoding is kept."""
    depends = of_encoding(own.responses, own.signals, own.features, plan, own.seed)
    return shelf_of(own.work, own.fit, name, depends, own.alignment)
