"""What fits into memory at a time: signals that are read, and participants."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bids_vlint.encoding.blocks import BLOCK_S
from bids_vlint.fit.preparation import PreparedFit
from bids_vlint.log import logger
from bids_vlint.signals.extract import SAMPLES_AT_A_TIME

_LIBRARIES_GB = 1.0
# Bins that count, at most.
_BINS = 20
# Responses, predictions and products of one block of columns in work, and operators that are kept.
_BLOCK_GB = 0.7
# Copies of the signals that are read: as read, derived, cleaned.
COPIES = 3
# Of what a process may have, so much is for these.
_SIGNALS_SHARE = 0.25


def samples_at_a_time(mem_gb: float | None, nprocs: int) -> float:
    """Samples of the signals to read at a time, so that `--mem-gb` is kept to by every process.

    Parameters
    ----------
    mem_gb : float | None
        None: no bound.
    nprocs : int
    """
    if mem_gb is None:
        return SAMPLES_AT_A_TIME
    return min(SAMPLES_AT_A_TIME, _SIGNALS_SHARE * mem_gb * 1e9 / nprocs / (8 * COPIES))


def needed_gb(fits: Sequence[PreparedFit], n_models: int, n_shifts: int, samples: float) -> float:
    """Estimate a participant's peak, in GB.

    The responses of its largest fit, twice (while they are joined; later predictions take their place), the signals
    that are read at a time, and what is kept of every model: block sums and choices for each electrode and shift.
    """
    return _LIBRARIES_GB + _BLOCK_GB + max(_of_fit(fit, n_models, n_shifts, samples) for fit in fits)


def _of_fit(fit: PreparedFit, n_models: int, n_shifts: int, samples: float) -> float:
    responses = 2 * 4 * fit.n_targets * sum(fit.logs[a].used for a in fit.alignments)
    lengths = [float(str(run.about["duration"])) for run in fit.runs]
    columns = len(fit.derivations) * (1 + n_shifts)
    kept = n_models * columns * (4 * sum(lengths) / BLOCK_S + 2 * 4 * _BINS)
    channel = max(n * max(run.about["sampling_frequency"]) for n, run in zip(lengths, fit.runs))  # type: ignore[call-overload]
    signals = max(channel, min(samples, channel * len(fit.derivations)))
    return float(responses + kept + 8 * COPIES * signals) / 1e9


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
    samples = samples_at_a_time(mem_gb, nprocs)
    needs = [needed_gb(fits, n_models, n_shifts, samples) for fits in participants]
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
