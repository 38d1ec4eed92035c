"""Open a recording through mne-bids: signals by channel, at each channel's own sampling rate, in volts."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bids_vlint.errors import Exit, InputError, cannot_use, naming
from bids_vlint.files.access import check_recording, why_absent
from bids_vlint.log import remark
from bids_vlint.signals.agreement import judge_kind
from bids_vlint.signals.axis import axis_of
from bids_vlint.signals.brainvision import notes_on
from bids_vlint.signals.clock import Clock
from bids_vlint.signals.device import Device, Piece
from bids_vlint.signals.finding import Finding, refuse, sentences
from bids_vlint.signals.interruptions import Interruptions, interruptions_of
from bids_vlint.signals.mirror import mirrored, mirrored_entities, signal_files
from bids_vlint.signals.shape import shape_of
from bids_vlint.signals.units import VOLTS
from bids_vlint.study.channels import Channels
from bids_vlint.study.dataset import Run
from bids_vlint.study.declared import declared_of


@dataclass(frozen=True)
class Recording:
    """An open recording.

    Attributes
    ----------
    devices : tuple of Device
        One per sampling rate.
    clock : Clock
        When its samples were made.
    interruptions : Interruptions
    findings : tuple of Finding
        What was compared with what the sidecars and headers declare.
    notes : tuple of str
    """

    devices: tuple[Device, ...]
    clock: Clock
    interruptions: Interruptions
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]


@contextmanager
def open_recording(
    run: Run, channels: Channels, work_dir: Path, last_event: float | None = None
) -> Iterator[Recording]:
    """Open a recording, without loading it, and compare it with what is declared of it.

    Parameters
    ----------
    run : Run
    channels : Channels
        Its intracranial channels.
    work_dir : Path
        Where the mirror lies.
    last_event : float | None
        Onset of its last event, seconds.

    Raises
    ------
    InputError
        A missing or unreadable file (66, 65), NWB (65), channels that the file lacks, a rate, a length or a shape that
        cannot be reconciled with what is declared (65).
    """
    if run.file.suffix == ".nwb":
        raise InputError(run.file, "is NWB, which is not read", "convert it to BrainVision or EDF with mne-bids")
    for file in (own for part in run.files for own in signal_files(part)):
        check_recording(file)
    declared = declared_of(run, channels, last_event)
    with naming(run.file), ExitStack() as stack:
        root = stack.enter_context(mirrored(run, work_dir))
        files = [_open_file(file, root, channels) for file in run.files]
        first = files[0]
        for other in files[1:]:
            if other.names != first.names:
                raise InputError(other.file, f"has other channels or sampling rates than {first.file.name}, with which "
                                 "it makes one recording", "give both the same channels")  # fmt: skip
        devices = [Device(names, tuple(file.parts[k] for file in files), sfreq)
                   for k, (names, sfreq) in enumerate(first.names)]  # fmt: skip
        alone = declared.duration if len(files) == 1 else None
        axis = axis_of(run.file, devices, [shape_of(f.file, f.raw, alone) for f in files], declared)
        stretch = devices[0].sfreq / axis.devices[0].sfreq
        raws = [file.raw for file in files]
        interruptions = interruptions_of(raws, axis, stretch)
        kind = judge_kind(run.file.name, axis.clock.end, len(interruptions.breaks), declared)
        refuse(run.file, [kind] if kind else [])
        findings = (*axis.findings, *([kind] if kind else []))
        notes = [*first.notes, *sentences(run.file.name, findings)]
        if len(files) > 1:
            notes.append(f"{', '.join(file.file.name for file in files)} are one recording, in this order.")
        yield Recording(axis.devices, axis.clock, interruptions, findings, tuple(notes))
        for device in devices:
            device.close()


@dataclass(frozen=True)
class _File:
    """One file of a recording: for each device the channels' names and sampling rate, and where they stand."""

    file: Path
    raw: Any
    names: tuple[tuple[tuple[str, ...], float], ...]
    parts: tuple[Piece, ...]
    notes: list[str]


def _open_file(file: Path, root: Path, channels: Channels) -> _File:
    raw = _read(file, root)
    if not np.isfinite(raw.info["sfreq"]) or raw.info["sfreq"] <= 0:
        raise InputError(file, f"gives a sampling rate of {raw.info['sfreq']:g} Hz", "correct its header")
    at, notes = _match(list(raw.ch_names), list(channels.table.index), file, channels.names)
    notes += notes_on(file) if file.suffix == ".vhdr" else []
    rates = _rates(raw, file)
    devices, parts = [], []
    for sfreq in sorted({rates[k] for k in at.values()}, reverse=True):
        names = tuple(n for n, k in at.items() if rates[k] == sfreq)
        part = raw
        if len(set(rates)) > 1:  # read them alone: beside faster channels they would be resampled
            part = _read(file, root, include=[raw.ch_names[at[n]] for n in names])
        picks = np.array([part.ch_names.index(raw.ch_names[at[n]]) for n in names])
        scale = np.array([_scale(file, str(channels.table.loc[n, "units"])) for n in names])
        devices.append((names, float(part.info["sfreq"])))
        parts.append(Piece(part, picks, scale, file))
    return _File(file, raw, tuple(devices), tuple(parts), notes)


def _read(file: Path, root: Path, **extra: Any) -> Any:
    import mne
    from mne_bids import BIDSPath, read_raw_bids

    entities = mirrored_entities(file)
    path = BIDSPath(root=root, datatype="ieeg", suffix="ieeg", extension=file.suffix, check=False, **entities)
    mne.set_log_level("ERROR")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return read_raw_bids(path, extra_params=extra or None, verbose="error")
    except FileNotFoundError as error:
        own = file.with_suffix(".fdt") if file.suffix == ".set" else file  # the data of an EEGLAB recording
        lost = file.with_name(Path(error.filename or own).name)
        raise why_absent(lost) or _unreadable(file, error) from error
    except Exception as error:
        if "encoding='latin1'" in str(error) and "encoding" not in extra:
            remark(f"{file.name}: its annotations are no UTF-8 and were read as Latin-1.")
            return _read(file, root, **extra, encoding="latin1")
        raise _unreadable(file, error) from error


def _unreadable(file: Path, error: Exception) -> InputError:
    wrong = f"cannot be read ({type(error).__name__}: {' '.join(str(error).split())[:300]})"
    return cannot_use(file, error, wrong, "check the file")


def _match(
    present: list[str], wanted: list[str], file: Path, listed: Sequence[str]
) -> tuple[dict[str, int], list[str]]:
    """Where each wanted channel stands in the file: by name, else by name without case and spaces, where that is one
    name alone in the file and one alone in channels.tsv."""
    exact = {n: k for k, n in enumerate(present)}
    loose = {_plain(n): k for k, n in enumerate(present)}
    here, there = Counter(map(_plain, present)), Counter(map(_plain, {*listed, *wanted}))
    alike = [n for n in wanted if here[_plain(n)] == 1 and there[_plain(n)] == 1]
    at = {n: exact.get(n, loose[_plain(n)]) for n in wanted if n in exact or n in alike}
    absent = [n for n in wanted if n not in at]
    # mne numbers signals of one name
    doubled = [n for n in absent if f"{n}-0" in exact and f"{n}-1" in exact]
    if not at:
        raise InputError(file, f"holds none of the channels of its channels.tsv ({wanted[0]}, ...; it has {present[0]}"
                         ", ...)", "make the names agree")  # fmt: skip
    lost = [n for n in absent if n not in doubled]
    notes = [f"{file.name} has several signals of the name {n}, and channels.tsv does not say which is meant: none of "
             f"them is analysed (names that would tell them apart: {n}-0, {n}-1)." for n in doubled]  # fmt: skip
    if lost:
        notes += [f"{file.name}: {len(lost)} channels of channels.tsv are not in the recording ({', '.join(lost[:5])})"]
    return at, notes


def _plain(name: str) -> str:
    return "".join(name.lower().split())


def _rates(raw: Any, file: Path) -> list[float]:
    """Each channel's own sampling rate: EDF files may mix them."""
    extras = raw._raw_extras[0] if file.suffix.lower() in (".edf", ".bdf") and raw._raw_extras else {}
    n_samples, length, kept = extras.get("n_samps"), extras.get("record_length"), extras.get("sel")
    if n_samples is not None and kept is not None and len(kept) == len(raw.ch_names):
        n_samples = np.asarray(n_samples)[kept]  # the annotations of EDF+ are a signal, too
    if n_samples is None or length is None or len(n_samples) != len(raw.ch_names):
        return [float(raw.info["sfreq"])] * len(raw.ch_names)
    seconds = float(np.atleast_1d(length)[0])
    return [float(n) / seconds for n in n_samples]


def _scale(file: Path, units: str) -> float:
    """EEGLAB files carry no units: mne takes them as µV, channels.tsv says what they are."""
    if file.suffix != ".set":
        return 1.0
    return VOLTS.get(units.lower(), 1e-6) / 1e-6


def nothing_left(where: Path, what: str) -> InputError:
    """The sentence for a fit without electrodes."""
    return InputError(where, f"has no channel to analyse ({what})", "check status and type in channels.tsv",
                      Exit.NOTHING_SELECTED)  # fmt: skip
