"""How the program is called on a node: as a command, by a module, in a container."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bids_vlint.errors import Exit, InputError


@dataclass(frozen=True)
class Node:
    """What comes before the program's words.

    Attributes
    ----------
    container : str | None
        An image for Apptainer: a file, or an address. None: the command itself.
    modules : tuple of str
    setup : tuple of str
        Lines of bash.
    read_only, writable : tuple of Path
        Folders that the container sees under their own names.
    binds : tuple of str
        Further ones, as Apptainer's `--bind` takes them.
    gpu : bool
        Whether the container sees the GPU's driver.
    """

    container: str | None = None
    modules: tuple[str, ...] = ()
    setup: tuple[str, ...] = ()
    read_only: tuple[Path, ...] = ()
    writable: tuple[Path, ...] = ()
    binds: tuple[str, ...] = field(default=())
    gpu: bool = False


def preparing_lines(node: Node, cores: int) -> list[str]:
    """Lines of bash that leave the words of the program's call in the array `program`."""
    modules = [f"module load {shlex.quote(name)}" for name in node.modules]
    lines = ["set -eo pipefail", *modules, *node.setup, "set -u", f"export OMP_NUM_THREADS={cores}"]
    if node.container is None:
        return [*lines, "program=(bids_vlint)"]
    binds = [*(f"{bound(folder)}:{folder}:ro" for folder in _apart(node.read_only)),
             *(f"{bound(folder)}:{folder}" for folder in node.writable), *node.binds]  # fmt: skip
    words = ["run", "--cleanenv", "--env", f"OMP_NUM_THREADS={cores}", *(["--nv"] if node.gpu else [])]
    absent = "neither apptainer nor singularity is there: name the module that brings it with --module"
    return [
        *lines,
        "apptainer=$(command -v apptainer || command -v singularity) || "
        f"{{ echo {shlex.quote(absent)} >&2; exit 127; }}",
        f'program=("$apptainer" {shlex.join(words)}',
        *(f"    --bind {shlex.quote(bind)}" for bind in binds),
        f"    {shlex.quote(node.container)})",
    ]


def bound(folder: Path) -> str:
    """A folder as `--bind` names it.

    Raises
    ------
    InputError
        64 where its name holds what `--bind` takes for the end of a name.
    """
    if set(str(folder)) & {":", ","}:
        raise InputError(folder, "cannot be bound into a container (its name holds a colon or a comma)",
                         "give another name to it, or a link without them", Exit.USAGE)  # fmt: skip
    return str(folder)


def _apart(folders: Sequence[Path]) -> list[Path]:
    """Without those that lie in another."""
    unique = list(dict.fromkeys(folders))
    return [one for one in unique if not any(one != other and one.is_relative_to(other) for other in unique)]
