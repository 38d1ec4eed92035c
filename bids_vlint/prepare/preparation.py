"""What can be prepared: a data set that was published without events, films or places, and how it is made whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bids_vlint.prepare.checks import SessionChecks
from bids_vlint.registry import Registry


@dataclass(frozen=True)
class Ask:
    """An option of the command line.

    Attributes
    ----------
    flag : str
    help : str
    metavar : str | None
        What its value is called; None: it takes none.
    several : bool
        Whether it takes several values; they are text, the others' a path.
    """

    flag: str
    help: str
    metavar: str | None = None
    several: bool = False

    @property
    def name(self) -> str:
        """Its key among what was asked for."""
        return self.flag.removeprefix("--").replace("-", "_")


@dataclass(frozen=True)
class Preparation:
    """A data set that can be prepared.

    Attributes
    ----------
    name : str
        As the command names it, with underscores for hyphens.
    about : str
        What is made of what, for its help.
    source : str
        What the folder of its recordings is called in the help.
    options : tuple of Ask
    prepare : (recordings, out, asked) -> checks of every session
        Nothing is written to the folder of the recordings. `asked` holds a value for each option (None, False or an
        empty tuple where it was not given) and `check_only`, with which only the report is written.
    """

    name: str
    about: str
    source: str
    options: tuple[Ask, ...]
    prepare: Callable[[Path, Path, Mapping[str, Any]], tuple[SessionChecks, ...]]


PREPARATIONS = Registry("preparation", Preparation, "bids_vlint.prepare.datasets", "bids_vlint.preparations",
                        "data set that can be prepared")  # fmt: skip
