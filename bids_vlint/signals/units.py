"""Units of a device's contacts: what the file says against channels.tsv, and amplitudes that one unit cannot hold.

A channel by itself may be in any unit, since each is standardised; a reference mixes channels, so that one of another
unit would drown the others or vanish beside them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bids_vlint.signals.device import Device
from bids_vlint.signals.edf import read_edf_header
from bids_vlint.signals.finding import AGREES, NOTED, REFUSED, Finding

VOLTS = {"v": 1.0, "mv": 1e-3, "µv": 1e-6, "μv": 1e-6, "uv": 1e-6, "nv": 1e-9}

_RATIO = 1e4  # contacts of one device differ by less
_BLOCKS, _BLOCK_S = 5, 2.0
_ALONE = "none"  # the reference that mixes nothing


def judge_units(
    file: str, factors: Mapping[str, float], in_file: Mapping[str, str], declared: Mapping[str, str], reference: str
) -> Finding | None:
    """Whether the units of a file and of channels.tsv agree; None where one of them says nothing of all channels.

    Parameters
    ----------
    file : str
    factors : contact -> factor to volts that it is read with
    in_file, declared : contact -> unit, as written
    reference : "none", "average", "laplacian" or "bipolar"

    Examples
    --------
    >>> factors, in_file = {"A1": 1e-6, "A2": 1.0}, {"A1": "uV", "A2": ".V"}
    >>> judge_units("x.edf", factors, in_file, {"A1": "uV", "A2": "uV"}, "average").verdict
    'refused'
    """
    ratio = {n: factors[n] / VOLTS[unit.lower()] for n, unit in declared.items()
             if n in factors and unit.lower() in VOLTS}  # fmt: skip
    if not ratio:
        return None
    told = f"channels.tsv: {_counted(declared, ratio)}"
    own = f"{file}: {_counted(in_file, ratio)}"
    odd = [n for n, r in ratio.items() if abs(np.log10(r)) > 1e-6]
    if not odd:
        return Finding("units", told, own)
    listed = f"{', '.join(odd[:5])}{', ...' if len(odd) > 5 else ''}"
    units = f"gives {listed} in {in_file[odd[0]]!r}, but channels.tsv in {declared[odd[0]]!r}"
    spread = max(ratio.values()) / min(ratio.values())
    if spread < 1 + 1e-6:
        return Finding("units", told, own, NOTED, f"{units}; no number depends on a factor that all channels share")
    if reference == _ALONE:
        return Finding("units", told, own, NOTED, f"{units}; each channel is standardised, so that it does not matter")
    said = f"{units}, while others agree: a reference would mix contacts that are off by a factor of {spread:.3g}"
    return Finding("units", told, own, REFUSED, said, _DO)


_DO = "correct the units, or use --reference none"


def _counted(units: Mapping[str, str], names: Mapping[str, float]) -> str:
    found = [units.get(n) or "n/a" for n in names]
    return ", ".join(f"{unit} ({found.count(unit)})" for unit in dict.fromkeys(found))


def judge_amplitudes(file: str, amplitude: Mapping[str, float], reference: str) -> Finding | None:
    """Whether the contacts of a device may be in one unit; None where there are no two of them that vary.

    Parameters
    ----------
    file : str
    amplitude : contact -> volts
    reference : as in `judge_units`

    Examples
    --------
    >>> judge_amplitudes("x.edf", {"A1": 3e-5, "A2": 5e-5, "A3": 40.0}, "bipolar").verdict
    'refused'
    """
    known = {n: a for n, a in amplitude.items() if np.isfinite(a) and a > 0}
    if len(known) < 2:
        return None
    middle = float(np.median(list(known.values())))
    least, most = min(known, key=lambda n: known[n]), max(known, key=lambda n: known[n])
    own = f"{file}: {known[least]:.2g} to {known[most]:.2g} V"
    if known[most] <= _RATIO * known[least]:
        return Finding("amplitudes", f"within a factor of {_RATIO:g}", own, AGREES)
    odd = max((least, most), key=lambda n: abs(np.log(known[n] / middle)))
    said = f"has contacts of {own.partition(': ')[2]} ({least}, {most}), which are hardly in one unit"
    if reference == _ALONE:
        return Finding("amplitudes", f"within a factor of {_RATIO:g}", own, NOTED,
                       f"{said}; each channel is standardised")  # fmt: skip
    return Finding("amplitudes", f"within a factor of {_RATIO:g}", own, REFUSED, said,
                   f"mark {odd} bad, or {_DO}")  # fmt: skip


def check_units(device: Device, contacts: Sequence[str], declared: Mapping[str, str], reference: str) -> list[Finding]:
    """What `judge_units` and `judge_amplitudes` find of a device's contacts.

    Parameters
    ----------
    device : Device
    contacts : sequence of str
        Those that a reference would mix.
    declared : contact -> unit in channels.tsv
    reference : as in `judge_units`
    """
    if not contacts:
        return []
    piece, at = device.pieces[0], {name: k for k, name in enumerate(device.names)}
    written = written_units(piece.file, piece.raw, [int(piece.picks[at[name]]) for name in contacts])
    units = {name: unit for name, (unit, _) in zip(contacts, written)}
    factors = {name: factor for name, (_, factor) in zip(contacts, written)}
    of_units = judge_units(piece.file.name, factors, units, {n: declared[n] for n in contacts}, reference)
    of_sizes = judge_amplitudes(piece.file.name, amplitudes(device, contacts), reference)
    return [finding for finding in (of_units, of_sizes) if finding is not None]


def amplitudes(device: Device, names: Sequence[str]) -> dict[str, float]:
    """The standard deviation of each contact, median over a few blocks of 2 s, in volts; NaN where it is no number."""
    length = max(1, min(round(_BLOCK_S * device.sfreq), device.n_times))
    starts = np.unique(np.linspace(0, device.n_times - length, _BLOCKS).astype(int))
    found = [device.read(names, int(start), int(start) + length).std(axis=1) for start in starts]
    return dict(zip(names, np.median(found, axis=0).tolist()))


def written_units(file: Path, raw: Any, picks: Sequence[int]) -> list[tuple[str, float]]:
    """The unit of each channel as an EDF or BrainVision file writes it, and the factor to volts that it is read with.

    Empty for other formats, which say none.
    """
    names = [raw.ch_names[k] for k in picks]
    if file.suffix.lower() == ".edf":
        header, factors = read_edf_header(file), raw._raw_extras[0]["units"]
        texts = dict(zip(header.labels, header.units))
        return [(texts.get(name, raw._orig_units.get(name, "n/a")), float(factors[k])) for name, k in zip(names, picks)]
    if file.suffix == ".vhdr":
        return [(raw._orig_units.get(n, "n/a"), float(raw.info["chs"][k]["range"])) for n, k in zip(names, picks)]
    return []
