"""All that a page can say: the results of its fits, each read or made once and when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from bids_vlint.derivatives.collection import FitResult, read_scores
from bids_vlint.derivatives.quality_file import read_quality
from bids_vlint.group.collected import Collected
from bids_vlint.group.networks import electrode_scores, most_seeds
from bids_vlint.log import counted
from bids_vlint.reports.contents.curves import FitCurves, curves_by_fit
from bids_vlint.reports.contents.nulls import OF_NULLS, Kept, read_kept
from bids_vlint.reports.contents.printed import PRINTED, Printed
from bids_vlint.reports.figures.curves import electrode_curves
from bids_vlint.study.fits import FitName
from bids_vlint.study.stimulus import Alignment

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Contents(Collected):
    """What the page of a participant, or of the group, is made of.

    Attributes
    ----------
    subject : str | None
        The participant's label; None: it is the group's page.
    """

    subject: str | None = None

    @property
    def who(self) -> str:
        """Whose electrodes they are."""
        if self.subject is None:
            return counted(self.sites["participant_id"].nunique(), "participant")
        return f"sub-{self.subject}" if len(self.fits) == 1 else f"sub-{self.subject} in {len(self.fits)} fits"

    @property
    def notes(self) -> list[str]:
        """What the fits note."""
        return [note if self.subject is not None else f"sub-{fit.name.subject}: {note}"
                for fit in self.fits for note in fit.record.get("notes", [])]  # fmt: skip

    @property
    def settings(self) -> Mapping[str, Any]:
        """The settings of the first fit."""
        settings: Mapping[str, Any] = self.fits[0].record.get("settings") or {}
        return settings

    @cached_property
    def seeds(self) -> int:
        """How many random twins a network has at most."""
        return most_seeds(fit.record for fit in self.fits)

    @cached_property
    def scores(self) -> pd.DataFrame:
        """Every network's held-out r at every electrode (`electrode_scores`)."""
        return self._of_encodings[0]

    @cached_property
    def curves(self) -> Mapping[Alignment, Sequence[FitCurves]]:
        """Held-out r of each electrode around the event, per alignment and fit (`curves_by_fit`)."""
        return self._of_encodings[1]

    @cached_property
    def _of_encodings(self) -> tuple[pd.DataFrame, Mapping[Alignment, Sequence[FitCurves]]]:
        """Scores and curves: both of one reading, which for many participants takes long."""
        found: dict[tuple[FitName, Alignment], FitCurves] = {}

        def noted() -> Iterator[tuple[FitResult, Alignment, xr.Dataset]]:
            for fit, alignment, encoding in read_scores(self.out, self.fits, ["r", "r_low", "r_high"]):
                found[fit.name, alignment] = electrode_curves(encoding, fit.sites, alignment)
                yield fit, alignment, encoding

        return electrode_scores(noted(), self.fits), curves_by_fit(found, self.fits)

    @cached_property
    def printed(self) -> list[tuple[Printed, pd.DataFrame]]:
        """The page's figures for print, in order, each with its table: without rows where there is nothing to draw."""
        page = "group" if self.subject is None else "participant"
        return [(printed, printed.table(self)) for printed in PRINTED.everything if printed.page == page]

    @cached_property
    def quality(self) -> list[tuple[FitResult, Mapping[str, xr.Dataset]]]:
        """How the recordings of each fit are (`read_quality`)."""
        return [(fit, read_quality(self.out, fit.name)) for fit in self.fits]

    @cached_property
    def kept(self) -> Kept:
        """What the tests of each fit and alignment come from, and what is said besides (`read_kept`)."""
        return read_kept(self.out, self.fits)

    @cached_property
    def nulls(self) -> Kept:
        """Of `kept`, what the data's own nulls say, and which descriptions there are: all that is read for a group."""
        return read_kept(self.out, self.fits, OF_NULLS) if self.subject is None else self.kept
