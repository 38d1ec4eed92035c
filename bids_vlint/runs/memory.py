"""How many participants fit into memory at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bids_vlint.encoding.blocks import BLOCK_S
from bids_vlint.log import logger
from bids_vlint.responses.extract import SAMPLES_AT_A_TIME
from bids_vlint.runs.prepare import PreparedFit

LIBRARIES_GB = 1.0
# Bins that count, at most.
BINS = 20
# Responses, predictions and products of one block of columns in work.
BLOCK_GB = 0.2


def needed_gb(fits: Sequence[PreparedFit], n_models: int, n_shifts: int) -> float:
    """Estimate a participant's peak, in GB.

    The responses of its largest fit, twice (while they are joined; later predictions take their place), signals, and
    what is kept of every model: block sums and choices for each electrode and shift.
    """
    return LIBRARIES_GB + BLOCK_GB + max(_of_fit(fit, n_models, n_shifts) for fit in fits)


def _of_fit(fit: PreparedFit, n_models: int, n_shifts: int) -> float:
    responses = 2 * 4 * fit.n_targets * sum(fit.logs[a].used for a in fit.alignments)
    seconds = sum(float(str(run.about["duration"])) for run in fit.runs)
    columns = len(fit.derivations) * (1 + n_shifts)
    kept = n_models * columns * (4 * seconds / BLOCK_S + 2 * 4 * BINS)
    return (responses + kept + 3 * 8 * SAMPLES_AT_A_TIME) / 1e9


def workers_within(
    mem_gb: float | None,
    participants: Iterable[Sequence[PreparedFit]],
    nprocs: int,
    n_models: int = 1,
    n_shifts: int = 0,
) -> int:
    """Processors to use so that `--mem-gb` is kept to; results do not depend on it.

    Parameters
    ----------
    mem_gb : float | None
        None: no bound.
    participants : iterable of their fits
    nprocs : int
        What was asked for.
    n_models, n_shifts : int
        Networks with their twins, and shifts of the responses.
    """
    needs = [needed_gb(fits, n_models, n_shifts) for fits in participants]
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
