"""The contacts of one recording: the channels that a reference makes of them, and whether their units let it."""

from __future__ import annotations

from functools import partial

from bids_vlint.errors import few
from bids_vlint.fit.protocols import SignalProtocol
from bids_vlint.log import remark
from bids_vlint.signals.clean import check_band
from bids_vlint.signals.finding import Finding, refuse, sentences
from bids_vlint.signals.pulses import CONSTANT, without_brain
from bids_vlint.signals.recording import Recording
from bids_vlint.signals.reference import Derivation, derive
from bids_vlint.signals.units import check_units
from bids_vlint.study.fits import FitPlan, RunPlan


def channels_of(
    recording: Recording, fit: FitPlan, signals: SignalProtocol, plan: RunPlan
) -> tuple[tuple[tuple[Derivation, ...], ...], dict[str, str]]:
    """The channels of each device, and the contacts that have none with the reason."""
    good = set(fit.contacts)
    present = {n for device in recording.devices for n in device.names}
    dropped = {name: f"not in {plan.run.file.name}" for name in fit.contacts if name not in present}
    out = []
    for device in recording.devices:
        contacts = [n for n in device.names if n in good]
        if contacts:
            check_band(device.sfreq, signals.band, signals.high_pass, plan.run.file)
        derivations, left_out = derive(contacts, signals.reference)
        for name, reason in left_out.items():
            dropped.setdefault(name, reason)
        out.append(derivations)
    return tuple(out), dropped


def remark_on_signals(recording: Recording, fit: FitPlan, plan: RunPlan) -> None:
    """Remark on contacts whose signal is no brain's, as that of triggers; they are analysed all the same.

    Constant ones are left out later, and said then.
    """
    for device in recording.devices:
        names = [n for n in device.names if n in fit.contacts]
        found = without_brain(partial(device.read, names), names, device.n_times, device.sfreq) if names else None
        odd = [f"{name} ({why})" for name, why in (found or {}).items() if why != CONSTANT]
        if odd:
            remark(f"{plan.run.file.name}: no brain's signal, by a few stretches of it: {few(odd)}. Mark it bad in "
                   "channels.tsv, or type it TRIG, where it is no electrode.")  # fmt: skip


def units_of(recording: Recording, fit: FitPlan, signals: SignalProtocol, plan: RunPlan) -> list[Finding]:
    """What was found of the contacts' units; remarked, or refused where a reference would mix them."""
    declared, found = dict(plan.channels.table["units"]), list[Finding]()
    for device in recording.devices:
        found += check_units(device, [n for n in device.names if n in fit.contacts], declared, signals.reference)
    refuse(plan.run.file, found)
    remark(*sentences(plan.run.file.name, found))
    return found
