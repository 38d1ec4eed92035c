"""What was checked of a session before it was prepared, and whether it can be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

CheckVerdict = Literal["good", "noted", "refused", "not checked"]
GOOD: CheckVerdict = "good"
MARKED: CheckVerdict = "noted"  # of use to know; nothing is false
LIES: CheckVerdict = "refused"  # the session is not prepared, since its data would lie
UNCHECKED: CheckVerdict = "not checked"


@dataclass(frozen=True)
class Check:
    """One check of a session.

    Attributes
    ----------
    name : str
    verdict : CheckVerdict
    value : str
        What was measured, with its unit.
    says : str
        What it means, in a sentence without its full stop; empty where all is well.
    """

    name: str
    verdict: CheckVerdict
    value: str = ""
    says: str = ""


@dataclass(frozen=True)
class SessionChecks:
    """All checks of a session.

    Attributes
    ----------
    participant : str
        Without sub-.
    session : str
        The recording's name up to its suffix.
    film : str
        "" where it is not known.
    checks : tuple of Check
    """

    participant: str
    session: str
    film: str
    checks: tuple[Check, ...]

    @property
    def refused(self) -> tuple[Check, ...]:
        """Those for which it is not prepared."""
        return tuple(check for check in self.checks if check.verdict == LIES)


def causes(refused: Iterable[Check]) -> str:
    """Why a session is refused, in words.

    Examples
    --------
    >>> causes([Check("length", LIES, "5 samples", "the last word lies behind the end of the recording")])
    'the last word lies behind the end of the recording'
    """
    return "; ".join(dict.fromkeys(check.says for check in refused))
