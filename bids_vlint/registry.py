"""Things of which there may be more: one file each in a folder of this package, or in a package of others.

A thing is one object with a `name`. Of this package it stands in a module of that name, as a constant of that name in
capitals (`families/slip.py`: `SLIP`); any other package brings its own by an entry point, whose name is the thing's::

    [project.entry-points."bids_vlint.families"]
    our_networks = "our_package.networks:OUR_NETWORKS"

Nothing is imported before it is named, or all are asked for.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, Generic, TypeVar

from bids_vlint.errors import Exit, InputError, did_you_mean

T = TypeVar("T")


def _in_order(thing: Any) -> tuple[Any, ...]:
    return getattr(thing, "place", 0), thing.name


def _nothing_wrong(_thing: Any) -> None:
    return None


@dataclass(frozen=True)
class Registry(Generic[T]):
    """Where the things of one kind are found.

    Attributes
    ----------
    noun : str
        What one is called: family, test, ...
    kind : type
        Of its objects, which have a `name`, and a number `place` where they have an order.
    folder : str
        The package whose modules are one each.
    group : str
        Of entry points.
    what : str
        The noun in full, for errors: "family of networks".
    wrong : thing -> str or None
        What a thing of others lacks, in words that follow its name.
    """

    noun: str
    kind: type[T]
    folder: str
    group: str
    what: str
    wrong: Callable[[T], str | None] = _nothing_wrong

    @property
    def names(self) -> tuple[str, ...]:
        """What can be named, sorted; nothing is imported."""
        return _names(self)

    def named(self, name: str) -> T:
        """The thing of a name.

        Raises
        ------
        InputError
            65 for one that two packages bring, or that cannot be loaded; 64 for an unknown one.
        """
        found: T = _named(self, name)
        return found

    @property
    def everything(self) -> tuple[T, ...]:
        """All of them, in their order (by `place`, then by name).

        Raises
        ------
        InputError
            65 for one that two packages bring, or that cannot be loaded.
        """
        return _everything(self)

    @property
    def of_here(self) -> tuple[str, ...]:
        """Names of those of this package, sorted."""
        return tuple(sorted(_here(self)))

    @property
    def of_others(self) -> tuple[str, ...]:
        """Those that other packages bring, in words that change when they do: name, package, version, digest."""
        return tuple(f"{self.group} {p.name}: {_brought_by(p)} {p.dist.version if p.dist else ''} {_digest(p)}"
                     for p in _points(self) if self.named(p.name))  # fmt: skip


@cache
def _points(registry: Registry[Any]) -> tuple[EntryPoint, ...]:
    return tuple(sorted(entry_points(group=registry.group), key=lambda point: (point.name, point.value)))


@cache
def _here(registry: Registry[Any]) -> frozenset[str]:
    """Names of the modules of the folder, whose package alone is imported."""
    return frozenset(found.name for found in iter_modules(import_module(registry.folder).__path__))


@cache
def _names(registry: Registry[Any]) -> tuple[str, ...]:
    return tuple(sorted({*_here(registry), *(point.name for point in _points(registry))}))


@cache
def _everything(registry: Registry[Any]) -> tuple[Any, ...]:
    return tuple(sorted((_named(registry, name) for name in _names(registry)), key=_in_order))


@cache
def _named(registry: Registry[Any], name: str) -> Any:
    points = [point for point in _points(registry) if point.name == name]
    if name in _here(registry):
        if points:
            raise _conflict(registry, name, ["bids_vlint", *map(_brought_by, points)])
        return getattr(import_module(f"{registry.folder}.{name}"), name.upper())
    if len(points) > 1:
        raise _conflict(registry, name, map(_brought_by, points))
    if not points:
        raise InputError(name, f"no {registry.what} has this name", did_you_mean(name, registry.names), Exit.USAGE)
    return _loaded(registry, points[0])


def _loaded(registry: Registry[Any], point: EntryPoint) -> Any:
    """Import what an entry point names, and check it."""
    do = f"mend or uninstall {_brought_by(point)}"
    which = f"the {registry.noun} {point.name!r}"
    try:
        found = point.load()
    except Exception as error:  # whatever a package of others raises
        raise InputError(point.value, f"{which} cannot be loaded ({type(error).__name__}: {error})", do) from error
    if not isinstance(found, registry.kind):
        kind = f"{registry.kind.__module__}.{registry.kind.__name__}"
        raise InputError(point.value, f"{which} is no {kind} but a {type(found).__name__}", do)
    if found.name != point.name:  # type: ignore[attr-defined]
        raise InputError(point.value, f"{which} is named {found.name!r}", do)  # type: ignore[attr-defined]
    if why := registry.wrong(found):
        raise InputError(point.value, f"{which} {why}", do)
    return found


def _conflict(registry: Registry[Any], name: str, packages: Iterable[str]) -> InputError:
    wrong = f"more than one package brings a {registry.noun} of this name ({', '.join(packages)})"
    return InputError(name, wrong, "uninstall all but one of them, or rename its entry point")


def _brought_by(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else point.value


def _digest(point: EntryPoint) -> str:
    """Of the file that brings a thing, which is imported already."""
    file = getattr(sys.modules.get(point.module), "__file__", None)
    return hashlib.sha256(Path(file).read_bytes()).hexdigest() if file else ""


def look_again() -> None:
    """Forget what was found: other packages may be installed since."""
    for known in (_points, _here, _names, _everything, _named):
        known.cache_clear()
