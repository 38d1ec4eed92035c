"""All fits that are put together, and what is computed over them, each once and when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from bids_vlint.derivatives.collection import FitResult, every_test, levels_of, read_scores, stack_sites, stack_tests
from bids_vlint.group.between_brains import kept_ceilings, make_ceilings, with_ceilings
from bids_vlint.group.networks import electrode_scores, model_table
from bids_vlint.group.region_networks import region_latencies, region_models
from bids_vlint.group.region_tests import region_tests
from bids_vlint.group.regions import region_table


@dataclass(frozen=True)
class Collected:
    """The fits on disk that a report or a group's table is made of.

    Attributes
    ----------
    out : Path
        The output folder.
    fits : sequence of FitResult
    whose : str
        Whose they are, in words.
    between_brains : bool
        Whether between-brain ceilings are made, where those on disk are of other results.
    """

    out: Path
    fits: Sequence[FitResult]
    whose: str = "all participants"
    between_brains: bool = False

    @cached_property
    def tests(self) -> list[str]:
        """Names of the tests and comparisons of any fit, in order."""
        return every_test(self.fits)

    @cached_property
    def levels(self) -> list[float]:
        """The levels of false discoveries of the fits."""
        return list(levels_of(self.fits))

    @cached_property
    def sites(self) -> pd.DataFrame:
        """All electrodes, a row each (`stack_sites`), with their between-brain ceilings where there are any."""
        return with_ceilings(stack_sites(self.fits), self.ceilings)

    @cached_property
    def ceilings(self) -> pd.DataFrame:
        """Between-brain ceilings, a row per electrode as in `sites`; none where they were not asked for."""
        kept = kept_ceilings(self.out, self.fits)
        return make_ceilings(self.out, self.fits) if self.between_brains and not len(kept) else kept

    @cached_property
    def long(self) -> pd.DataFrame:
        """All tests, a row per electrode, alignment and test (`stack_tests`)."""
        return stack_tests(self.fits)

    @cached_property
    def regions(self) -> pd.DataFrame:
        """A row per atlas and region (`region_table`)."""
        return region_table(self.sites, self.tests)

    @cached_property
    def region_tests(self) -> pd.DataFrame:
        """A row per atlas, region and claim (`region_tests`); at the strictest level of the fits."""
        return region_tests(self.sites, self.tests, min(self.levels))

    @cached_property
    def models(self) -> pd.DataFrame:
        """A row per network and alignment (`model_table`)."""
        return model_table(self.scores)

    @cached_property
    def scores(self) -> pd.DataFrame:
        """Every network's held-out r at every electrode (`electrode_scores`)."""
        return electrode_scores(read_scores(self.out, self.fits, ["r"]), self.fits)

    @cached_property
    def region_models(self) -> pd.DataFrame:
        """A row per atlas, region, alignment and trained network (`region_models`)."""
        return region_models(self.scores, self.sites)

    @cached_property
    def region_latencies(self) -> pd.DataFrame:
        """A row per atlas, region, alignment and latency (`region_latencies`)."""
        return region_latencies(self.sites)
