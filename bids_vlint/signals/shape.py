"""The shape of one file of a recording: its header against its bytes, and the clock of its samples."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from bids_vlint.signals.brainvision import read_brainvision_header, segment_starts
from bids_vlint.signals.clock import Clock, of_records
from bids_vlint.signals.edf import read_edf_header, record_onsets
from bids_vlint.signals.finding import AGREES, Finding
from bids_vlint.signals.mirror import signal_files
from bids_vlint.signals.number_format import judge_numbers, some_of
from bids_vlint.signals.orientation import judge_orientation
from bids_vlint.signals.sizes import judge_bytes, judge_records, judge_segments, judge_start

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
            data = Path(raw.filenames[0])
            order = judge_orientation(data, header.binary_format, header.orientation, header.n_channels)
            findings = (judge_bytes(data.stat().st_size, header.n_channels, header.sample_bytes, header.n_points),
                        judge_numbers(header.binary_format, header.big_endian, some_of(data)),
                        *([order] if order else []))  # fmt: skip
        clock, told = _of_segments(file, raw, duration)
        return Shape((*findings, *told), clock, could_be=header.rates,
                     channels=None if header.n_points else header.n_channels)  # fmt: skip
    own = Path(raw.filenames[0]) if kind == ".set" and raw.filenames and raw.filenames[0] else None
    if own is not None and own.suffix == ".fdt":
        return Shape((judge_bytes(own.stat().st_size, len(raw.ch_names), _FLOAT_BYTES, int(raw.n_times)),))
    return Shape()


def _of_segments(file: Path, raw: Any, duration: float | None) -> tuple[Clock | None, list[Finding]]:
    """The clock of a BrainVision file whose markers say that time passed between segments, where times count it."""
    markers = next((f for f in signal_files(file) if f.suffix == ".vmrk" and f.is_file()), None)
    starts = segment_starts(markers) if markers is not None else []
    rate, length = float(raw.info["sfreq"]), raw.n_times / float(raw.info["sfreq"])
    if len(starts) < 2 or starts[0][0] != 0 or any(b[0] <= a[0] or b[1] <= a[1] for a, b in pairwise(starts)):
        return None, []
    clock = Clock(np.array([sample / rate for sample, _ in starts]), np.array([time for _, time in starts]), length)
    if not len(clock.gaps):
        return None, []
    finding = judge_segments(float(np.diff(clock.gaps, axis=1).sum()), length, clock.end, duration)
    return (clock if finding.verdict == AGREES else None), [finding]


def _of_edf(file: Path, duration: float | None) -> Shape:
    header = read_edf_header(file)
    findings = [judge_records(header.n_records, header.records, header.record_s, duration)]
    onsets, clock = record_onsets(file, header), None
    if onsets is not None and len(onsets):
        start, onsets = float(onsets[0]), onsets - onsets[0]
        late = judge_start(start, float(onsets[-1]) + header.record_s, duration)
        findings += [late] if late else []
        fastest = max(n for n, label in zip(header.n_samples, header.labels) if label != "EDF Annotations")
        clock = of_records(onsets, header.record_s, max(fastest, 1) / header.record_s)
    return Shape(tuple(findings), clock, header.record_s)
