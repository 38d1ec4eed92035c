"""About how long a participant takes, and how much memory and disk, from counts alone: for `--dry-run`.

The constants were measured by `benchmarks/whole_job.py` (one processor of 2024; seconds of processor time). What they
give holds within a factor of two to three, where features are as wide as foreseen (`features.foreseen_networks`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bids_vlint.encoding.blocks import BLOCK_S
from bids_vlint.encoding.cost import encoding_seconds, swapped_seconds
from bids_vlint.encoding.network_features import NetworkFeatures, widths_of
from bids_vlint.encoding.plan import EncodingPlan
from bids_vlint.fit.memory import needed_gb
from bids_vlint.fit.preparation import PreparedFit
from bids_vlint.fit.protocols import CALIBRATED, PUBLISHED
from bids_vlint.signals.windows import LAGS
from bids_vlint.study.stimulus import Alignment

# Seconds of each event, target and resample of the published tests.
_REFITTED_S = 1.5e-7
# Seconds of each sample of each channel that is read and cleaned.
_SAMPLE_S = 4e-7
# Seconds of descriptions (time courses, what is unique to whom), of each event and feature, beside so many features and
# electrodes that take as long.
_DESCRIBED_S, _BESIDE, _ELECTRODES = 1.55e-5, 1000, 50
# Seconds and bytes of a participant's report.
_REPORT_S, _REPORT_BYTES = 20.0, 4e6
# Dense scores: arrays of (network, electrode, bin) in float32, as they compress; controls beside the networks.
_DENSE, _CONTROLS = 3.5, 4
_TESTS = 6


@dataclass(frozen=True)
class Estimate:
    """What a participant takes, about.

    Attributes
    ----------
    seconds : float
        Of one processor, features apart.
    memory_gb : float
    out_bytes, work_bytes : float
        Disk below the output folder, and below the work folder besides features.
    """

    seconds: float
    memory_gb: float
    out_bytes: float
    work_bytes: float


def estimate_of(
    fits: Sequence[PreparedFit], networks: Sequence[Mapping[Alignment, Sequence[NetworkFeatures]]], plan: EncodingPlan,
    tests: Sequence[str], samples: float, *, save_responses: bool = False,
) -> Estimate:  # fmt: skip
    """Estimate what a participant takes.

    Parameters
    ----------
    fits : sequence of PreparedFit
        All of the participant's.
    networks : sequence of mappings, alignment -> networks
        Of each fit, with their random twins; the widths of layers alone are asked for.
    plan : EncodingPlan
    tests : sequence of CALIBRATED, PUBLISHED
    samples : float
        Of signals, read at a time (`memory.samples_at_a_time`).
    save_responses : bool
    """
    seconds, out, work = _REPORT_S, _REPORT_BYTES, 0.0
    for fit, by_alignment in zip(fits, networks):
        n_electrodes = len(fit.derivations)
        lengths = [float(str(run.about["duration"])) for run in fit.runs]
        rates = [max(run.about["sampling_frequency"]) for run in fit.runs]  # type: ignore[call-overload]
        seconds += _SAMPLE_S * n_electrodes * sum(n * rate for n, rate in zip(lengths, rates))
        for alignment in fit.alignments:
            n_events = fit.logs[alignment].used
            responses = 4.0 * n_events * fit.n_targets
            own = by_alignment[alignment]
            n_networks = len(own)
            if CALIBRATED in tests:
                seconds += encoding_seconds(own, n_events, n_electrodes, plan)
                seconds += swapped_seconds(own, n_events, n_electrodes, plan)
                seconds += _DESCRIBED_S * n_events * (_BESIDE + _widest(own)) * (1 + n_electrodes / _ELECTRODES)
                work += 4.0 * n_networks * n_electrodes * (1 + plan.n_shifts) * sum(lengths) / BLOCK_S
            if PUBLISHED in tests:
                seconds += n_networks * _REFITTED_S * n_events * fit.n_targets * plan.n_bootstraps
            dense = 4.0 * _DENSE * (n_networks + _CONTROLS) * n_electrodes * len(LAGS)
            out += dense + 4.0 * _TESTS * n_electrodes * plan.n_shifts + responses * save_responses
            work += responses
    most = max(len(own) for by_alignment in networks for own in by_alignment.values())
    return Estimate(seconds, needed_gb(fits, most, plan.n_shifts, samples), out, work)


def _widest(networks: Sequence[NetworkFeatures]) -> int:
    return max((width for n in networks for width in widths_of(n.layers).values()), default=0)


def spoken_bytes(n: float) -> str:
    """A size in words.

    Examples
    --------
    >>> [spoken_bytes(n) for n in (3e5, 4.4e7, 2.34e9)]
    ['1 MB', '44 MB', '2.3 GB']
    """
    return f"{n / 1e9:.1f} GB" if n >= 1e9 else f"{max(1, round(n / 1e6))} MB"
