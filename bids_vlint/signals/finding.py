"""What comes of comparing what is declared of a recording with what its files hold: agreed, noted or refused."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bids_vlint.errors import InputError

AGREES, NOTED, REFUSED = "agrees", "noted", "refused"


@dataclass(frozen=True)
class Finding:
    """One thing that was compared.

    Attributes
    ----------
    what : str
        What was compared.
    declared, found : str
        Both values, with where they stand.
    verdict : AGREES, NOTED or REFUSED
    said : str
        A sentence's predicate, where there is anything to say: what differs, and what was made of it.
    do : str
        What a user can do, where it is refused.
    """

    what: str
    declared: str
    found: str
    verdict: str = AGREES
    said: str = ""
    do: str = ""


def refuse(where: Path, findings: Iterable[Finding]) -> None:
    """Raise the error of the first finding that is refused, if there is one (65)."""
    for finding in findings:
        if finding.verdict == REFUSED:
            raise InputError(where, finding.said, finding.do)


def sentences(file: str, findings: Sequence[Finding]) -> list[str]:
    """What is to be said of a recording: a sentence for each finding that is noted."""
    return [f"{file} {finding.said}." for finding in findings if finding.verdict == NOTED]


def summary(findings: Sequence[Finding]) -> str:
    """What was compared, in a line.

    Examples
    --------
    >>> summary([Finding("sampling rate", "128 Hz", "128 Hz"), Finding("duration", "1 s", "2 s", NOTED)])
    'sampling rate: agrees; duration: noted'
    """
    return (
        "; ".join(dict.fromkeys(f"{finding.what}: {finding.verdict}" for finding in findings)) or "nothing is declared"
    )
