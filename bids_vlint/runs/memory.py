"""How many participants fit into memory at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bids_vlint.log import logger
from bids_vlint.responses.extract import SAMPLES_AT_A_TIME
from bids_vlint.runs.prepare import PreparedFit

LIBRARIES_GB = 1.0


def needed_gb(fits: Sequence[PreparedFit]) -> float:
    """Estimate a participant's peak: the responses of its largest fit, twice (while they are joined; later half of them
    are the held-out predictions), and signals."""
    targets = max(fit.n_targets * sum(fit.logs[a].used for a in fit.alignments) for fit in fits)
    return LIBRARIES_GB + (2 * 4 * targets + 3 * 8 * SAMPLES_AT_A_TIME) / 1e9


def workers_within(mem_gb: float | None, participants: Iterable[Sequence[PreparedFit]], nprocs: int) -> int:
    """Processors to use so that `--mem-gb` is kept to; results do not depend on it.

    Parameters
    ----------
    mem_gb : float | None
        None: no bound.
    participants : iterable of their fits
    nprocs : int
        What was asked for.
    """
    needs = [needed_gb(fits) for fits in participants]
    if mem_gb is None or not needs:
        return nprocs
    largest = max(needs)
    if largest > mem_gb:
        logger.warning("A participant needs about %.1f GB, more than --mem-gb %g; it is tried all the same.", largest,
                       mem_gb)  # fmt: skip
    workers = max(1, min(nprocs, int(mem_gb // largest)))
    if workers < nprocs:
        logger.info("%d of %d processors are used, to stay within %g GB", workers, nprocs, mem_gb)
    return workers
