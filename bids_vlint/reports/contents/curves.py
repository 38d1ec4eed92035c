"""Score time courses of every electrode, as they are on disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from bids_vlint.derivatives.collection import FitResult
from bids_vlint.reports.figures.curves import CURVES, Curve
from bids_vlint.signals.windows import LAGS
from bids_vlint.study.fits import FitName
from bids_vlint.study.stimulus import ALIGNMENTS, Alignment

FitCurves = dict[str, Curve]  # a fit's electrodes, a row each


def curves_by_fit(
    found: Mapping[tuple[FitName, Alignment], FitCurves], fits: Sequence[FitResult]
) -> dict[Alignment, list[FitCurves]]:
    """The electrodes' curves per alignment and fit (`electrode_curves`); a fit without an alignment has none of it."""
    curves = {a: [found.get((fit.name, a)) or _no_curves(len(fit.sites)) for fit in fits] for a in ALIGNMENTS}
    return {a: parts for a, parts in curves.items() if any(_any_known(part) for part in parts)}


def _no_curves(n_electrodes: int) -> FitCurves:
    none = np.full((n_electrodes, len(LAGS)), np.nan)
    return dict.fromkeys(CURVES, Curve(none, none, none))


def _any_known(part: FitCurves) -> bool:
    return any(bool(np.isfinite(curve.r).any()) for curve in part.values())
