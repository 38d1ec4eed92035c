"""Networks that cannot be run on what they are given: one sentence instead of a traceback from inside a library."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import wraps
from typing import Any

from bids_vlint.errors import InputError
from bids_vlint.networks.network import Network
from bids_vlint.networks.shown import reads, sees
from bids_vlint.networks.specification import ModelSpec

# of a network of a kind that is not foreseen here: wants inputs that nobody gives, or returns something else
_MISUSE = (TypeError, AttributeError, KeyError, ValueError)


def guarded(spec: ModelSpec, network: Network) -> Network:
    """Let a network say so in one sentence where it cannot be run (`InputError`, 65)."""

    def safe(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def call(*args: Any) -> Any:
            with explained(spec, network.module.config.model_type):
                return function(*args)

        return call

    return replace(network, prepare=safe(network.prepare), forward=safe(network.forward))


@contextmanager
def explained(spec: ModelSpec, kind: str) -> Iterator[None]:
    """Turn an error of misuse into an `InputError` while the body runs."""
    try:
        yield
    except _MISUSE as error:
        what = "image and text" if sees(spec) and reads(spec) else "text" if reads(spec) else "images"
        why = " ".join(str(error).split())[:200]
        wrong = f"network {spec.name!r} ({kind}) cannot be run on {what} ({why or type(error).__name__})"
        do = "change its modality or tower, or name another network"
        raise InputError(str(spec.architecture), wrong, do) from error
