"""The door from the settings to the rooms below, which know none: what each part of a run needs is cut out here."""

from __future__ import annotations

from bids_vlint import __version__
from bids_vlint.atlas.labelling import check_atlases
from bids_vlint.encoding.plan import EncodingPlan
from bids_vlint.errors import Exit, InputError
from bids_vlint.fit.memory import samples_at_a_time
from bids_vlint.fit.protocols import CALIBRATED, EventProtocol, InferenceProtocol, PlaceProtocol, SignalProtocol
from bids_vlint.fit.reuse import Request
from bids_vlint.networks.extraction.extract import NETWORKS_BYTES, Extraction
from bids_vlint.settings import OPTIONS, Settings, results_key
from bids_vlint.signals.usability import WINDOW_REACH_S
from bids_vlint.signals.windows import LAGS, WINDOW_S
from bids_vlint.study.stimulus import ALIGNMENTS

# A handful of shifts tells nothing of the spread of a null.
_FEWEST_ASKED = 10
# Of the memory, what the weights of networks may take.
_WEIGHTS_SHARE = 0.5


def event_protocol(settings: Settings) -> EventProtocol:
    """Which events are analysed."""
    alignments = tuple(a for a in ALIGNMENTS if a in settings.alignment)
    return EventProtocol(alignments, settings.context, settings.work_dir)


def calibrated_reach(settings: Settings) -> float | None:
    """Seconds between training and held-out events; None where no test is calibrated."""
    return encoding_plan(settings).reach if CALIBRATED in settings.inference else None


def signal_protocol(settings: Settings) -> SignalProtocol:
    """How signals are read and cleaned."""
    samples = samples_at_a_time(settings.mem_gb, settings.nprocs)
    return SignalProtocol(settings.reference, settings.band, settings.high_pass, settings.work_dir, samples)


def place_protocol(settings: Settings) -> PlaceProtocol:
    """How places and regions are found.

    Raises
    ------
    InputError
        An atlas is unknown (64); its file or its table, or FreeSurfer's subjects folder, is not there (66).
    """
    check_atlases(settings.atlas)
    if settings.fs_subjects_dir is not None and not settings.fs_subjects_dir.is_dir():
        raise InputError(settings.fs_subjects_dir, "is no folder", "give FreeSurfer's subjects folder", Exit.NO_INPUT)
    return PlaceProtocol(settings.atlas, settings.fs_subjects_dir, settings.transform)


def feature_protocol(settings: Settings) -> Extraction:
    """How features are made."""
    most = min(NETWORKS_BYTES, _WEIGHTS_SHARE * 1e9 * settings.mem_gb) if settings.mem_gb else NETWORKS_BYTES
    return Extraction(settings.work_dir, settings.models_dir, settings.seed, settings.device, settings.precision, most)


def encoding_plan(settings: Settings) -> EncodingPlan:
    """How responses are to be encoded.

    The reach is twice that of an event's windows (of which two must not overlap), and the time in which a zero-phase
    Butterworth high-pass forgets: one period of its cutoff, after which 1 % of its response is left.

    Raises
    ------
    InputError
        64 where `--bins` do not lie within the windows, or the shifts are too few.
    """
    first, last = (float(value) for value in settings.bins.split(":"))
    if not LAGS[0] - WINDOW_S / 2 <= first < last <= LAGS[-1] + WINDOW_S / 2:
        raise InputError("--bins", f"{settings.bins} is no stretch of time within {LAGS[0]:g} to {LAGS[-1]:g} s",
                         "give FROM:TO in seconds after onset", Exit.USAGE)  # fmt: skip
    if 0 < settings.n_shifts < _FEWEST_ASKED:
        raise InputError("--n-shifts", f"{settings.n_shifts} shifts tell nothing of the spread of a null",
                         f"give {_FEWEST_ASKED} or more, or 0 for the corrected t", Exit.USAGE)  # fmt: skip
    reach = 2 * WINDOW_REACH_S + 1 / settings.high_pass
    return EncodingPlan(settings.n_bootstraps, settings.n_shifts, (first, last), reach, settings.width,
                        settings.on_low_level, settings.high_pass)  # fmt: skip


def inference_protocol(settings: Settings) -> InferenceProtocol:
    """How networks are compared."""
    return InferenceProtocol(settings.inference, settings.n_bootstraps, settings.seed, settings.smallest_effect)


def request_of(settings: Settings) -> Request:
    """What is asked of the results on disk."""
    known = {**results_key(settings), "version": __version__}
    again = frozenset(option.name for option in OPTIONS if option.tests_only)
    return Request(settings.output_dir, known, settings.inference, settings.save_responses, settings.overwrite, again)


def wanted_fits(settings: Settings) -> dict[str, tuple[str, ...]]:
    """The labels that select what is analysed, by entity; an empty tuple wants all."""
    return {"subject": settings.participant_label, "session": settings.session_label, "task": settings.task,
            "run": settings.run}  # fmt: skip
