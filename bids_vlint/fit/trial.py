"""Input that a run would read, tried: blocks of the signals, electrodes, stored features, films."""

from __future__ import annotations

from collections.abc import Iterable

from bids_vlint.files.access import NOT_FETCHED, why_absent
from bids_vlint.film.video import probe
from bids_vlint.fit.features import check_stored
from bids_vlint.fit.preparation import PreparedFit, PreparedRun, last_onset
from bids_vlint.fit.protocols import PlaceProtocol, SignalProtocol
from bids_vlint.fit.record import describe_channels
from bids_vlint.log import remark, remarks
from bids_vlint.networks.extraction.extract import Extraction
from bids_vlint.networks.model_set import needs_film
from bids_vlint.networks.specification import ModelSet
from bids_vlint.signals.recording import open_recording
from bids_vlint.study.fits import FitPlan

_BLOCK_S = 2.0


def try_inputs(
    fit: PreparedFit, models: ModelSet, signals: SignalProtocol, how: Extraction, places: PlaceProtocol
) -> list[str]:
    """Open what a run of a fit would read.

    The first and the last seconds of every recording's channels are read, electrodes are placed, features that are
    stored are matched with the events, and the first frame of each film that a network is shown is decoded.

    Returns
    -------
    list of str
        What the run will say of the electrodes' places and of the features.

    Raises
    ------
    InputError
        What would stop the run.
    """
    with remarks() as told:
        for run in fit.runs:
            _read_blocks(run, fit, signals)
        check_stored(fit, models, how)
        try_films([fit.plan], models)
        remark(*describe_channels(fit, fit.channels, places)[1])
    return list(told)


def try_films(plans: Iterable[FitPlan], models: ModelSet) -> None:
    """Decode the first frame of each film that a network is shown.

    Remarks: films that are not there, and that no network is shown.

    Raises
    ------
    InputError
        A film that is not there (66) or cannot be decoded (65).
    """
    films = (p.stimulus.video for plan in plans for run in plan.runs for p in run.presentations)
    for film in dict.fromkeys(film for film in films if film is not None):
        if needs_film(models):
            probe(film)
        elif absent := why_absent(film):
            do = f" ({absent.do})" if absent.wrong == NOT_FETCHED else ""
            remark(f"low_level: {film.name} {absent.wrong}{do}, so that its sound and picture are not measured.")


def _read_blocks(run: PreparedRun, fit: PreparedFit, signals: SignalProtocol) -> None:
    """Read the first and the last seconds of the channels that are analysed."""
    plan = run.plan
    with open_recording(plan.run, plan.channels, signals.work_dir, last_onset(plan)) as recording:
        for device in recording.devices:
            names = [n for n in device.names if n in fit.plan.contacts]
            length = min(int(_BLOCK_S * device.sfreq), device.n_times)
            for start in {0, device.n_times - length} if names else ():
                device.read(names, start, start + length)
