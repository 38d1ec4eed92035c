"""What is remembered of a session: the same values, and nothing where a value differs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest

from bids_vlint.networks.features import Layers
from tests.remembered import digest_of, once
from tests.sharing import Shared


@dataclass(frozen=True)
class Given:
    """As what is encoded."""

    data: np.ndarray
    events: pd.DataFrame
    names: tuple[str, ...]
    layers: Layers


def layers(value: float) -> Layers:
    return Layers({"last": 2}, lambda _: np.full((3, 2), value, np.float32))


GIVEN = Given(np.arange(6.0).reshape(2, 3), pd.DataFrame({"onset": [1.0, 2.0], "text": ["a", "b"]}), ("A1",), layers(1))


@pytest.fixture
def own(tmp_path: Path) -> Iterator[None]:
    with patch("tests.remembered.SHARED", [Shared(tmp_path)]):
        yield


def test_the_same_values_have_one_digest() -> None:
    same = Given(GIVEN.data.copy(), GIVEN.events.copy(), ("A" + str(1),), layers(1))
    assert digest_of((same, np.random.default_rng(3))) == digest_of((GIVEN, np.random.default_rng(3)))


@pytest.mark.parametrize("other", [
    {"data": np.arange(6.0).reshape(3, 2)}, {"data": np.arange(6.0, dtype="f4").reshape(2, 3)},
    {"data": np.arange(1.0, 7.0).reshape(2, 3)}, {"events": GIVEN.events.assign(text=["a", "c"])},
    {"events": GIVEN.events.rename(columns={"text": "word"})}, {"names": ("A2",)}, {"names": ("A1", "A2")},
    {"layers": layers(2)},
])  # fmt: skip
def test_another_value_has_another(other: dict[str, object]) -> None:
    assert digest_of(replace(GIVEN, **other)) != digest_of(GIVEN)  # type: ignore[arg-type]


def test_another_seed_and_a_generator_that_was_used_have_others() -> None:
    used, parent = np.random.default_rng(3), np.random.default_rng(3)
    used.random()
    parent.spawn(1)
    four = [np.random.default_rng(3), np.random.default_rng(4), used, parent]
    assert len({digest_of(rng) for rng in four}) == 4


@pytest.mark.usefixtures("own")
def test_a_function_is_called_once_and_gives_what_it_gave() -> None:
    calls: list[int] = []

    def twice(x: np.ndarray, watch: object = None) -> np.ndarray:
        calls.append(len(x))
        return 2 * x

    remembered = once("twice", twice)
    first = remembered(np.arange(3), watch=print)
    first[0] = 99
    np.testing.assert_array_equal(remembered(np.arange(3), watch=len), [0, 2, 4])
    remembered(np.arange(4))
    assert calls == [3, 4]
