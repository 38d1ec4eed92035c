"""A stage of a fit: read where it is kept and whole, made and kept otherwise.

A file is named by its stage and by a key of everything that its content depends on, and holds a digest of that
content: one that is cut, damaged or of something else counts as absent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

from bids_vlint.errors import Exit, InputError
from bids_vlint.files.digest import key_of
from bids_vlint.files.lock import held, only_one
from bids_vlint.files.netcdf import read_netcdf, write_netcdf
from bids_vlint.log import logger
from bids_vlint.version import __version__

if TYPE_CHECKING:
    import xarray as xr

_T = TypeVar("_T")
_DIGEST, _STAGES = "digest", "stages"
_KEY = "[0-9a-f]" * 32


@dataclass(frozen=True)
class Form(Generic[_T]):
    """How the result of a stage lies in a file.

    Attributes
    ----------
    kind : str
        What the file says that it holds.
    version : int
        Of the form.
    pack : callable
        Result -> group -> Dataset; what is said with attributes stands in those of the root.
    unpack : callable
        The way back; gives the same values bit by bit.
    """

    kind: str
    version: int
    pack: Callable[[_T], dict[str, xr.Dataset]]
    unpack: Callable[[Mapping[str, xr.Dataset]], _T]


@dataclass(frozen=True)
class Shelf:
    """Where a stage is kept.

    Attributes
    ----------
    folder : Path
        Of the fit.
    name : str
        The stage's.
    key : str
        Of everything that it depends on.
    label : str
        Whose stage it is, for the log: a fit, or FIT/ALIGNMENT.
    """

    folder: Path
    name: str
    key: str
    label: str

    @property
    def file(self) -> Path:
        """The file."""
        return self.folder / f"{self.name}-{self.key}.h5"


def as_it_lies(axes: Sequence[str], values: np.ndarray) -> tuple[tuple[str, ...], np.ndarray]:
    """A variable with its axes in the order in which it lies in memory: sums over an array depend on that order in
    their last digits, so that what is read must lie as what was made."""
    order = sorted(range(values.ndim), key=lambda k: -values.strides[k])
    return tuple(axes[k] for k in order), values.transpose(order)


def in_axes(variable: xr.DataArray, axes: Sequence[str]) -> np.ndarray:
    """The values of a variable that was written `as_it_lies`, with its axes in this order."""
    values: np.ndarray = variable.transpose(*axes).values
    return values


def stages_folder(work: Path, fit: str) -> Path:
    """Where the stages of a fit are kept."""
    return work / _STAGES / fit


@contextmanager
def alone_in_work(work: Path, label: str) -> Iterator[None]:
    """Be the only one who makes stages of a participant while the body runs; others wait."""
    with held(work / _STAGES / f".{label}.lock", f"{label} in {work}", wait=True):
        yield


def shelf_of(work: Path, fit: str, stage: str, depends: Mapping[str, Any], alignment: str = "") -> Shelf:
    """Name the shelf of a stage.

    Parameters
    ----------
    work : Path
        The work folder.
    fit, stage, alignment : str
        The fit's stem; without alignment the stage is of the whole fit.
    depends : mapping
        Everything that the result depends on, besides the program's version.
    """
    name = f"{stage}-{alignment}" if alignment else stage
    key = key_of({"stage": name, "version": __version__, **depends})
    return Shelf(stages_folder(work, fit), name, key, f"{fit}/{alignment}" if alignment else fit)


def made_once(shelf: Shelf, form: Form[_T], make: Callable[[], _T]) -> _T:
    """Read what is kept of a stage, or make and keep it; what was kept of it before goes.

    One process makes it at a time; others that need it wait and read it.

    Parameters
    ----------
    shelf : Shelf
    form : Form
    make : callable

    Raises
    ------
    InputError
        It cannot be written (73, 74), or what `make` raises.
    """
    what = shelf.name.split("-")[0]
    with only_one(shelf.folder, shelf.name):
        kept = kept_of(shelf, form)
        if kept is not None:
            logger.info("%s: %s: reused", shelf.label, what)
            return kept
        made = make()
        groups = form.pack(made)
        groups["/"] = groups["/"].assign_attrs({_DIGEST: _digest_of(groups)})
        write_netcdf(shelf.file, groups, kind=form.kind, version=form.version, compress=False)
        for old in _others(shelf):
            old.unlink(missing_ok=True)
        logger.info("%s: %s: made", shelf.label, what)
        return made


def kept_of(shelf: Shelf, form: Form[_T]) -> _T | None:
    """What is kept of a stage; None where there is nothing, or nothing whole."""
    if not shelf.file.is_file():
        return None
    try:
        groups = read_netcdf(shelf.file, kind=form.kind, version=form.version)
        if groups["/"].attrs.get(_DIGEST) == _digest_of(groups):
            return form.unpack(groups)
    except InputError as error:
        if error.code in (Exit.IO, Exit.TEMPORARY):  # it may be whole
            raise
    except (KeyError, ValueError, TypeError):
        pass
    logger.warning("%s: damaged, made again", shelf.file)
    return None


def _others(shelf: Shelf) -> Iterator[Path]:
    """What is kept of the same stage under other keys, and what a killed run had begun to write."""
    yield from (file for file in shelf.folder.glob(f"{shelf.name}-{_KEY}.h5") if file != shelf.file)
    yield from shelf.folder.glob(f".{shelf.name}-{_KEY}.*.tmp.h5")


def _digest_of(groups: Mapping[str, xr.Dataset]) -> str:
    """Digest of names, axes and values, and of the root's attributes."""
    digest = hashlib.sha256()
    for group in sorted(groups):
        for name in sorted(map(str, groups[group].variables)):
            variable = groups[group][name]
            values = variable.values
            if values.dtype.kind in "OSU":
                digest.update("\0".join(map(str, values.ravel())).encode())
                kind = "text"
            else:
                digest.update(np.ascontiguousarray(values).reshape(-1).view(np.uint8).data)
                kind = values.dtype.str
            digest.update(f"{group} {name} {variable.dims} {values.shape} {kind}".encode())
    attributes = {k: str(v) for k, v in groups["/"].attrs.items() if k != _DIGEST and not k.startswith("bids_vlint_")}
    digest.update(repr(sorted(attributes.items())).encode())
    return digest.hexdigest()
