"""What is kept of a fit besides its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bids_vlint.inference.correction import LEVEL
from bids_vlint.signals.usability import EventLog


@dataclass(frozen=True)
class FitRecord:
    """What the reports say of a fit besides its numbers; kept as the `Fit` object of the sites' JSON sidecar."""

    recordings: list[dict[str, Any]]
    stimuli: list[dict[str, Any]]
    channels_dropped: list[dict[str, str]]
    events: dict[str, EventLog]
    models: list[dict[str, Any]]
    notes: list[str]
    settings: dict[str, Any]
    inputs: dict[str, str] = field(default_factory=dict)  # file or network -> digest of its content
    # alignment -> test or word that was not tested -> what is lacking
    lacking: dict[str, dict[str, str]] = field(default_factory=dict)
    checks: list[dict[str, str]] = field(default_factory=list)  # declared and found values of the recordings, compared
    # for each film of each recording whether it is followed where it is said to lie (docs/inputs.md defines the keys)
    synchrony: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)  # name of a file of the fit -> `whole.mark_of`


def level_of(settings: Mapping[str, Any]) -> float:
    """The level of false discoveries that a fit was made with; versions that had no such setting used 0.05."""
    return float(settings.get("q", LEVEL))
