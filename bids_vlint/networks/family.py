"""Network families: a module's file name is the `source` of a model set's `[[model]]`.

A family of networks defines `build(spec, seed, models_dir)`, which returns a `bids_vlint.networks.network.Network` per
tower, `files(spec, models_dir)`, the files that it is made of, and `PACKAGES`, the libraries whose versions its results
depend on; `caveats(spec)`, where it has it, is what every report must say of a network. A family of stored features
defines `read(spec, events)` instead. The file is all that a new family needs. Only `low_level` is no source that a
model set may name: the program adds it to every set, and it defines `make(spec, events, store)`.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from bids_vlint.networks.specification import LOW_LEVEL

FAMILIES = "bids_vlint.networks.families"


def sources() -> tuple[str, ...]:
    """Names of the families that a model set may name, without importing any."""
    return tuple(sorted(m.name for m in iter_modules(import_module(FAMILIES).__path__) if m.name != LOW_LEVEL))


def family(source: str) -> ModuleType:
    """Import the family of a source.

    Parameters
    ----------
    source : str
        One of `sources()`, or low_level.
    """
    return import_module(f"{FAMILIES}.{source}")
