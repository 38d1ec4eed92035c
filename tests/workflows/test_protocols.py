"""What is cut from the settings: the defaults of the rooms below are those of the options."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bids_vlint.encoding.plan import EncodingPlan
from bids_vlint.errors import Exit, InputError
from bids_vlint.fit.protocols import EventProtocol, InferenceProtocol, SignalProtocol
from bids_vlint.networks.extraction.extract import NETWORKS_BYTES, Extraction
from bids_vlint.settings import Settings
from bids_vlint.signals.extract import SAMPLES_AT_A_TIME
from bids_vlint.workflows.protocols import (
    calibrated_reach,
    encoding_plan,
    event_protocol,
    feature_protocol,
    inference_protocol,
    request_of,
    signal_protocol,
)

DEFAULTS = Settings(bids_dir=Path("bids"), output_dir=Path("out"))


def test_the_defaults_are_those_of_the_options() -> None:
    assert event_protocol(DEFAULTS) == EventProtocol()
    assert signal_protocol(DEFAULTS) == SignalProtocol()
    assert feature_protocol(DEFAULTS) == Extraction(Path("work"))
    assert inference_protocol(DEFAULTS) == InferenceProtocol()
    plan = encoding_plan(DEFAULTS)
    assert replace(plan, reach=EncodingPlan().reach) == EncodingPlan()
    assert plan.reach == pytest.approx(EncodingPlan().reach)
    assert calibrated_reach(DEFAULTS) == plan.reach


def test_what_is_asked_for_arrives() -> None:
    asked = replace(DEFAULTS, alignment=("vision",), context="3", inference=("published",), seed=4, bins="-1:1",
                    n_bootstraps=7, n_shifts=0, high_pass=0.5, band="high-gamma", reference="bipolar", width="raw",
                    on_low_level=True, work_dir=Path("w"), models_dir=Path("m"), mem_gb=1.0, nprocs=2,
                    save_responses=True, overwrite=True, smallest_effect=0.02)  # fmt: skip
    assert event_protocol(asked) == EventProtocol(("vision",), "3", Path("w"))
    signals = signal_protocol(asked)
    assert (signals.reference, signals.band, signals.high_pass) == ("bipolar", "high-gamma", 0.5)
    assert signals.work_dir == Path("w")
    assert signals.samples < SAMPLES_AT_A_TIME
    how = feature_protocol(asked)
    assert (how.store, how.models_dir, how.seed) == (Path("w"), Path("m"), 4)
    assert how.networks_bytes == 0.5e9 < NETWORKS_BYTES
    plan = encoding_plan(asked)
    assert plan == EncodingPlan(7, 0, (-1.0, 1.0), plan.reach, "raw", True, 0.5)
    assert plan.reach == pytest.approx(EncodingPlan().reach - 1 / 0.1 + 1 / 0.5)
    assert calibrated_reach(asked) is None, "the published tests know no folds so far apart"
    assert inference_protocol(asked) == InferenceProtocol(("published",), 7, 4, 0.02)
    request = request_of(asked)
    assert (request.out, request.tests) == (Path("out"), ("published",))
    assert request.responses
    assert request.overwrite
    assert {"seed": 4, "bins": "-1:1", "inference": ["published"]}.items() <= request.settings.items()
    assert "version" in request.settings
    assert "overwrite" not in request.settings


@pytest.mark.parametrize("options", [{"bins": "1:1"}, {"bins": "-3:0"}, {"bins": "0:2.5"}, {"n_shifts": 9}])
def test_options_that_go_too_far(options: dict[str, str | int]) -> None:
    with pytest.raises(InputError) as caught:
        encoding_plan(replace(DEFAULTS, **options))  # type: ignore[arg-type]
    assert caught.value.code == Exit.USAGE
