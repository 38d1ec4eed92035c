"""Does a file hold as many bytes as its header says? No file is opened here."""

from __future__ import annotations

from bids_vlint.signals.finding import AGREES, NOTED, REFUSED, Finding

_WHOLE = 1e-9
_WHOLE_S = 1.0  # some give whole seconds


def judge_records(declared: float, held: float, record_s: float, duration: float | None) -> Finding:
    """Whether an EDF file holds the records of its header.

    Parameters
    ----------
    declared : float
        Number of records in the header; -1 where it is not known.
    held : float
        Records that its bytes make.
    record_s : float
        Seconds of a record.
    duration : float | None
        RecordingDuration, seconds: it may say which is right.
    """
    what, told, own = "records", f"header: {declared:.0f}", f"bytes: {held:.6g}"
    whole, spare = int(held), held - int(held) > _WHOLE
    if declared == whole:
        said = "has bytes after its last record, which are not read" if spare else ""
        return Finding(what, told, own, NOTED if spare else AGREES, said)
    if declared < 0:
        return Finding(what, told, own, NOTED, f"does not say how many records it has; {whole} are read")
    said = f"has {declared:.0f} records of {record_s:g} s by its header, but {held:.6g} by its size"
    if duration is not None and abs(whole * record_s - duration) <= record_s:
        return Finding(what, told, own, NOTED, f"{said}, as RecordingDuration says; those of its size are read")
    return Finding(what, told, own, REFUSED, f"{said}: it was cut, or its header is wrong",
                   "get the whole file, or correct the header")  # fmt: skip


def judge_start(start: float, length: float, duration: float | None) -> Finding | None:
    """From when events count where the first record of an EDF+ file begins long after the time of its header; None
    where it begins within that second, as EDF+ has it.

    Parameters
    ----------
    start : float
        Of the first record, seconds since the time of the header.
    length : float
        Seconds from there to the end of the last.
    duration : float | None
        RecordingDuration, seconds.
    """
    if abs(start) < _WHOLE_S:
        return None
    told = "nothing" if duration is None else f"RecordingDuration: {duration:.6g} s"
    own, said = f"first record: at {start:.6g} s", f"counts its records from {start:.6g} s, not from 0"
    if duration is not None and abs(duration - length - start) <= _WHOLE_S < abs(duration - length):
        return Finding("start", told, own, REFUSED, f"{said}: it lasts {length:.6g} s, and RecordingDuration is "
                       f"{duration:.6g} s, so that it is not known whether events count these seconds, too",
                       "correct RecordingDuration, or the times of its records")  # fmt: skip
    return Finding("start", told, own, NOTED, f"{said}; events count from its first sample, as in BIDS")


def judge_bytes(size: int, n_channels: int, sample_bytes: int, n_points: int | None) -> Finding:
    """Whether a file of samples has as many bytes as its channels and samples make.

    Parameters
    ----------
    size, n_channels, sample_bytes : int
    n_points : int | None
        Samples of a channel by the header, if it says.
    """
    what, per_point = "bytes", n_channels * sample_bytes
    told = f"{n_channels} channels x {sample_bytes} bytes" + (f" x {n_points} samples" if n_points else "")
    own = f"{size} bytes"
    if size % per_point:
        said = (f"has {size} bytes, which {n_channels} channels of {sample_bytes} bytes a sample do not divide: it was "
                "cut, or the number of channels is wrong")  # fmt: skip
    elif n_points is not None and size != per_point * n_points:
        said = (f"has {size} bytes, but {n_points} samples of {n_channels} channels make {per_point * n_points}: it "
                "was cut, or the header is wrong")  # fmt: skip
    else:
        return Finding(what, told, own)
    return Finding(what, told, own, REFUSED, said, "get the whole file, or correct the header")


def judge_segments(lost: float, length: float, end: float, duration: float | None) -> Finding:
    """Whether times count the pauses between the segments of a BrainVision file: RecordingDuration says.

    Parameters
    ----------
    lost : float
        Seconds between segments of which there is no signal, by the times of day of their markers.
    length, end : float
        Seconds of signal, and from the first sample to the last.
    duration : float | None
        RecordingDuration, seconds.
    """
    own = f"segments: {length:.6g} s of signal over {end:.6g} s"
    told = "nothing" if duration is None else f"RecordingDuration: {duration:.6g} s"
    said = f"stood still for {lost:.6g} s between its segments, by their times of day"
    if duration is not None and abs(duration - end) <= _WHOLE_S:
        return Finding("segments", told, own)
    if duration is None or abs(duration - length) <= _WHOLE_S:
        why = "RecordingDuration does not count them" if duration is not None else "no RecordingDuration counts them"
        return Finding("segments", told, own, NOTED, f"{said}; {why}, and times are taken to be seconds of signal")
    return Finding("segments", told, own, REFUSED,
                   f"{said}: it holds {length:.6g} s of {end:.6g} s, and RecordingDuration is {duration:.6g} s, so "
                   "that it is not known which of them times of events count", "correct RecordingDuration")  # fmt: skip
