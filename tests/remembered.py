"""Long functions of arrays alone, whose values the workers of a session remember: many tests analyse the same signals
again, and what differs lies before or after them."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import importlib
import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd

from tests.sharing import Shared

# Most of a small run's time.
FITS = ("fit.fitting.encode", "inference.calibrated.swap.encode", "fit.fitting.refit")
DESCRIPTIONS = ("inference.descriptions.course.time_course", "inference.descriptions.partition.partition",
                "inference.descriptions.stimulus.stimulus_course")  # fmt: skip
CHANGES_NO_VALUE = ("watch", "keep")  # arguments
SHARED: list[Shared] = []  # of this session


@contextlib.contextmanager
def remembering(places: Sequence[str]) -> Iterator[None]:
    """Within, a function that was called with the same values before is not called again."""
    with contextlib.ExitStack() as stack:
        for place in places:
            module, _, name = f"bids_vlint.{place}".rpartition(".")
            home = importlib.import_module(module)
            stack.enter_context(patch.object(home, name, once(place, getattr(home, name))))
        yield


def once(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that looks whether this session has called it with the same values before."""

    def found(*words: Any, **named: Any) -> Any:
        values = {key: value for key, value in named.items() if key not in CHANGES_NO_VALUE}
        key = f"{name} {digest_of((words, values))}"
        return SHARED[0].made(key, lambda _: function(*words, **named))

    return found


def digest_of(value: Any) -> str:
    """SHA-256 of what arguments hold, whatever objects hold it."""
    digest = hashlib.sha256()
    _add(digest.update, value)
    return digest.hexdigest()


def _add(add: Callable[[bytes], None], value: Any) -> None:
    add(type(value).__name__.encode())
    if isinstance(value, np.ndarray):
        add(repr((value.dtype.str, value.shape)).encode())
        add(repr(value.tolist()).encode() if value.dtype.hasobject else np.ascontiguousarray(value).tobytes())
    elif isinstance(value, np.random.Generator):
        seeds: Any = value.bit_generator.seed_seq
        _add(add, (value.bit_generator.state, seeds.entropy, seeds.spawn_key, seeds.n_children_spawned))
    elif isinstance(value, pd.DataFrame):
        _add(add, {str(name): value[name].to_numpy() for name in value} | {"": value.index.to_numpy()})
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        _add(add, {field.name: getattr(value, field.name) for field in dataclasses.fields(value)})
    elif isinstance(value, Mapping):
        for name in value:  # layers are read
            _add(add, name)
            _add(add, value[name])
    elif isinstance(value, tuple | list):
        add(str(len(value)).encode())
        for one in value:
            _add(add, one)
    else:
        add(pickle.dumps(value))
