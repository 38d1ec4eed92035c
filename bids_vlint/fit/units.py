"""A participant's long stages cut into units that can be made on different machines: by fit, alignment and network.

A unit leaves its result as a file of the work folder and returns what can be made next. Whoever analyses the
participant then reads what is there, and makes what is not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
from threadpoolctl import threadpool_limits

from bids_vlint.encoding.arrays import card_memory, on_device
from bids_vlint.encoding.choice import Choice
from bids_vlint.encoding.models import (
    CHOSEN,
    TESTED,
    Bench,
    Tested,
    bench_of,
    bins_of,
    choose,
    held_out_of,
    labels_to_choose,
    labels_to_test,
)
from bids_vlint.fit.fitting import (
    Fitting,
    encoding_shelf,
    how_encoded,
    kept_refitting,
    kept_swapped,
    key_of_models,
    model_shelf,
)
from bids_vlint.fit.protocols import CALIBRATED, PUBLISHED
from bids_vlint.stages.models import CHOICE, HELD_OUT
from bids_vlint.stages.stage import made_once
from bids_vlint.study.stimulus import Alignment

RESPONSES, SWAPPED = "responses", "swapped"


@dataclass(frozen=True)
class WorkUnit:
    """A stage, or what one step of the encoding makes of one model.

    Attributes
    ----------
    fit : int
        Which of the participant's fits.
    stage : "responses", "chosen", "tested", "swapped" or "published"
    alignment : Alignment | None
        None for the responses, which are those of all alignments.
    model : str
        The label of the model that is chosen or tested.
    """

    fit: int
    stage: str
    alignment: Alignment | None = None
    model: str = ""


@dataclass(frozen=True)
class Workplace:
    """What the units of an alignment share, put together once by whoever makes several of them."""

    own: Fitting

    @cached_property
    def key(self) -> str:
        """Of all models."""
        return key_of_models(self.own)

    @cached_property
    def bench(self) -> Bench:
        """What models are made from."""
        own, (plan, by_bin) = self.own, how_encoded(self.own, self.own.plan)
        rng = np.random.default_rng(own.seed)
        return bench_of(own.networks, own.responses, plan, rng=rng, threads=own.threads, by_bin=by_bin,
                        on=on_device(own.device))  # fmt: skip

    @cached_property
    def choices(self) -> dict[str, Choice]:
        """Of everything that chooses before models are tested."""
        return {label: self.chosen(label) for label in labels_to_choose(self.own.networks)}

    def chosen(self, label: str) -> Choice:
        """What a model chooses, read where it is kept and made otherwise."""
        return made_once(model_shelf(self.own, self.key, CHOSEN, label), CHOICE, partial(choose, self.bench, label))

    def tested(self, label: str) -> Mapping[str, Tested]:
        """A model's held-out results, read where they are kept and made otherwise."""

        def make() -> Mapping[str, Tested]:
            return held_out_of(self.bench, label, self.choices, bins_of(self.bench, self.choices)[1])

        return made_once(model_shelf(self.own, self.key, TESTED, label), HELD_OUT, make)


def units_after_responses(own: Fitting, fit: int) -> list[list[WorkUnit]]:
    """What can be made of an alignment once its responses are there, wave after wave."""
    unit = partial(WorkUnit, fit, alignment=own.alignment)
    refitted = [unit(PUBLISHED)] if PUBLISHED in own.protocol.tests else []
    if CALIBRATED not in own.protocol.tests:
        return [refitted]
    first = [*refitted, unit(SWAPPED)]
    if encoding_shelf(own, "encoding", how_encoded(own, own.plan)[0]).file.is_file():
        return [first]
    chosen = [unit(CHOSEN, model=label) for label in labels_to_choose(own.networks)]
    return [[*chosen, *first], [unit(TESTED, model=label) for label in labels_to_test(own.networks, own.plan)]]


def make_unit(unit: WorkUnit, place: Workplace) -> None:
    """Make a unit of an alignment, unless it is there."""
    stages: dict[str, Callable[[], object]] = {
        SWAPPED: partial(kept_swapped, place.own),
        PUBLISHED: partial(kept_refitting, place.own),
        CHOSEN: partial(place.chosen, unit.model),
        TESTED: partial(place.tested, unit.model),
    }
    with threadpool_limits(limits=1, user_api="blas"), card_memory():  # as `encode`
        stages[unit.stage]()
