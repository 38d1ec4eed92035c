"""The shape of one file of a recording: its header against its bytes, and the clock of its samples."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bids_vlint.signals.clock import Clock, of_records
from bids_vlint.signals.edf import read_edf_header, record_onsets
from bids_vlint.signals.finding import Finding
from bids_vlint.signals.sizes import judge_bytes, judge_records
from bids_vlint.signals.vhdr import read_brainvision_header

_FLOAT_BYTES = 4


@dataclass(frozen=True)
class Shape:
    """What a file's header says of its samples, beside their number.

    Attributes
    ----------
    findings : tuple of Finding
        Header against bytes.
    clock : Clock | None
        Where records have time stamps.
    grain : float
        Seconds of a record; 0 where samples are written one by one.
    could_be : (from, to) Hz | None
        What a rounded sampling rate may be.
    channels : int | None
        Into which the bytes are cut, where no number of samples is declared.
    """

    findings: tuple[Finding, ...] = ()
    clock: Clock | None = None
    grain: float = 0.0
    could_be: tuple[float, float] | None = None
    channels: int | None = None


def shape_of(file: Path, raw: Any, duration: float | None) -> Shape:
    """Compare a file's header with its bytes.

    Parameters
    ----------
    file : Path
    raw : mne.io.BaseRaw
        Opened from it.
    duration : float | None
        RecordingDuration, seconds, where the file is the whole recording.

    Raises
    ------
    InputError
        Time stamps of EDF+ that cannot be read (65).
    """
    kind = file.suffix.lower()
    if kind == ".edf":
        return _of_edf(file, duration)
    if kind == ".vhdr":
        header = read_brainvision_header(file)
        findings: tuple[Finding, ...] = ()
        if header.n_channels and header.sample_bytes:
            size = Path(raw.filenames[0]).stat().st_size
            findings = (judge_bytes(size, header.n_channels, header.sample_bytes, header.n_points),)
        return Shape(findings, could_be=header.rates, channels=None if header.n_points else header.n_channels)
    data = Path(raw.filenames[0]) if kind == ".set" and raw.filenames and raw.filenames[0] else None
    if data is not None and data.suffix == ".fdt":
        return Shape((judge_bytes(data.stat().st_size, len(raw.ch_names), _FLOAT_BYTES, int(raw.n_times)),))
    return Shape()


def _of_edf(file: Path, duration: float | None) -> Shape:
    header = read_edf_header(file)
    findings = (judge_records(header.n_records, header.records, header.record_s, duration),)
    onsets, clock = record_onsets(file, header), None
    if onsets is not None and len(onsets):
        fastest = max(n for n, label in zip(header.n_samples, header.labels) if label != "EDF Annotations")
        clock = of_records(onsets, header.record_s, max(fastest, 1) / header.record_s)
    return Shape(findings, clock, header.record_s)
