"""A model that is made with no other in memory is the one that is made among all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from bids_vlint.encoding.choice import Choice
from bids_vlint.encoding.engine import encode
from bids_vlint.encoding.models import CHOSEN, bench_of, bins_of, choose, held_out_of
from tests.encoding.recordings import PLAN, study
from tests.stages.test_stages import same


def test_a_model_made_alone_is_the_same() -> None:
    networks, responses = study(low_level=True, parts=True, n=200, n_electrodes=2)
    networks = [replace(n, twin=k) for n in networks for k in ((None,) if n.trained else (1, 2))]
    plan, choices = replace(PLAN, n_shifts=2, n_bootstraps=5), dict[str, Choice]()

    def alone(step: str, label: str, _make: Callable[[], Any]) -> Any:
        bench = bench_of(networks, responses, plan, rng=np.random.default_rng(0), threads=2)
        if step == CHOSEN:
            choices[label] = choose(bench, label)
            return choices[label]
        return held_out_of(bench, label, choices, bins_of(bench, choices)[1])

    made = encode(networks, responses, plan, rng=np.random.default_rng(0), keep=alone)
    assert {"linear", "low_level+fusion", "eye-random", "eye-random-2"} < set(made.scores.models)
    same(made, encode(networks, responses, plan, rng=np.random.default_rng(0)))
