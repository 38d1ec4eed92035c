"""The time axis of a recording: its files one after the other, compared with what is declared of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bids_vlint.signals.agreement import InFile, judge_duration, judge_listed, judge_rate
from bids_vlint.signals.clock import Clock, steady
from bids_vlint.signals.device import Device
from bids_vlint.signals.finding import Finding, refuse
from bids_vlint.signals.shape import Shape
from bids_vlint.study.declared import Declared

_LIKE = 1e-3  # a declared rate is that of a device, but for rounding


@dataclass(frozen=True)
class Axis:
    """When samples were made.

    Attributes
    ----------
    devices : tuple of Device
        With the sampling rates that were decided on.
    clock : Clock
        Of the whole recording.
    starts : tuple of float
        When each file begins, seconds in the recording.
    findings : tuple of Finding
        Declared and found values, and what was made of them; none is refused.
    """

    devices: tuple[Device, ...]
    clock: Clock
    starts: tuple[float, ...]
    findings: tuple[Finding, ...]


def axis_of(file: Path, devices: Sequence[Device], shapes: Sequence[Shape], declared: Declared) -> Axis:
    """Decide on sampling rates and clock.

    Parameters
    ----------
    file : Path
        The recording (the first of its files).
    devices : sequence of Device
        The fastest first.
    shapes : sequence of Shape
        One per file.
    declared : Declared

    Raises
    ------
    InputError
        What cannot be reconciled (65).
    """
    findings = [finding for shape in shapes for finding in shape.findings]
    refuse(file, findings)
    rates: list[float] = []
    for device in devices:
        rate, finding = judge_rate(_found(file, device, shapes), _rates_of(device, devices, declared), declared)
        rates.append(rate)
        findings.append(finding)
    decided = tuple(replace(device, sfreq=rate) for device, rate in zip(devices, rates))
    known = any(_rates_of(device, devices, declared) for device in devices)
    length = judge_duration(_found(file, decided[0], shapes), declared, rate_known=known)
    listed = judge_listed(_found(file, decided[0], shapes), declared.channels, length)
    findings += [finding for finding in (length, listed) if finding is not None]
    refuse(file, findings)
    clocks = _clocks(decided[0], shapes)
    starts = tuple(float(t) for t in np.cumsum([0.0, *(clock.end for clock in clocks[:-1])]))
    return Axis(decided, _joined(clocks), starts, tuple(findings))


def _found(file: Path, device: Device, shapes: Sequence[Shape]) -> InFile:
    clock = _joined(_clocks(device, shapes))
    return InFile(file.name, device.sfreq, device.n_times, clock.end, max(shape.grain for shape in shapes),
                 shapes[0].could_be, shapes[0].channels)  # fmt: skip


def _rates_of(device: Device, devices: Sequence[Device], declared: Declared) -> dict[str, float]:
    """What is declared of a device's rate. ieeg.json has one rate alone: that of the device which has it."""
    out: dict[str, float] = {}
    near = [d for d in devices if declared.rate is not None and abs(d.sfreq / declared.rate - 1) <= _LIKE]
    if declared.rate is not None and (not near or device in near):
        out["SamplingFrequency of ieeg.json"] = declared.rate
    values: dict[float, list[str]] = {}
    for name in device.names:
        if name in declared.channel_rates:
            values.setdefault(declared.channel_rates[name], []).append(name)
    for value, names in values.items():
        which = "" if len(values) == 1 else f" ({', '.join(names[:3])}{', ...' if len(names) > 3 else ''})"
        out[f"sampling_frequency of channels.tsv{which}"] = value
    return out


def _clocks(device: Device, shapes: Sequence[Shape]) -> list[Clock]:
    return [shape.clock or steady(part.n_times / device.sfreq) for part, shape in zip(device.pieces, shapes)]


def _joined(clocks: Sequence[Clock]) -> Clock:
    """The clock of files that go on one after the other."""
    in_file, time, length, end = [], [], 0.0, 0.0
    for clock in clocks:
        in_file.append(clock.in_file + length)
        time.append(clock.time + end)
        length, end = length + clock.length, end + clock.end
    return Clock(np.concatenate(in_file), np.concatenate(time), length)
