"""The stages of a fit that take long, each read where it is kept and made otherwise: responses, and what is fitted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bids_vlint.encoding.engine import Encoded, counting, encode
from bids_vlint.encoding.network_features import NetworkFeatures
from bids_vlint.encoding.plan import EncodingPlan, by_bin_bytes, encoded_stretch
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
from bids_vlint.stages.published import REFITTED
from bids_vlint.stages.responses import RESPONSES, FromSignals
from bids_vlint.stages.stage import Shelf, made_once, shelf_of
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
                   responses_shelf(fit, signals).key, features, threads)  # fmt: skip


def kept_encoding(own: Fitting) -> Encoded:
    """Choices and block sums of all networks, as `encode`."""

    def watch(work: Sequence[str]) -> Iterator[str]:
        return progress(work, total=len(work), label=f"{own.stem}: networks")

    return _counting(
        own,
        "encoding",
        own.plan,
        lambda plan, by_bin: encode(own.networks, own.responses, plan, rng=np.random.default_rng(own.seed),
                                    threads=own.threads, watch=watch, by_bin=by_bin),
    )  # fmt: skip


def kept_swapped(own: Fitting) -> Encoded:
    """Choices and block sums with the stimulus swapped, as `encode_swapped`."""
    with step(f"{own.stem}: the stimulus swapped"):
        return _counting(
            own,
            "swapped",
            replace(own.plan, n_bootstraps=1, n_shifts=0),
            lambda plan, by_bin: encode_swapped(own.networks, own.responses, plan, seed=own.seed,
                                                threads=own.threads, by_bin=by_bin),
        )  # fmt: skip


def _counting(own: Fitting, name: str, plan: EncodingPlan, make: Callable[[EncodingPlan, bool], Encoded]) -> Encoded:
    """A stage of `Encoded`, of which the bins that are asked for count.

    Where block sums of every bin are not too large, they are kept, and the stage does not depend on the bins that
    count, as far as they are among the encoded ones.
    """
    if by_bin_bytes(own.networks, own.responses, plan) > _BY_BIN_BYTES:
        return made_once(_encoding_shelf(own, name, plan), ENCODING, lambda: make(plan, False))
    whole = replace(plan, bins=encoded_stretch(own.responses.lags, plan.bins))
    made = made_once(_encoding_shelf(own, name, whole), ENCODING, lambda: make(whole, True))
    return counting(made, plan.bins)


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


def _encoding_shelf(own: Fitting, name: str, plan: EncodingPlan) -> Shelf:
    depends = of_encoding(own.responses, own.signals, own.features, plan, own.seed)
    return shelf_of(own.work, own.fit, name, depends, own.alignment)
