"""What a recording of nm000253 says of itself: its rate, its length, its film, its channels."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from bids_vlint.errors import Exit, InputError
from bids_vlint.files.access import why_absent
from bids_vlint.files.tables import NOT_AVAILABLE, column, read_table
from bids_vlint.prepare.checks import GOOD, LIES, MARKED, UNCHECKED, Check
from bids_vlint.signals.brainvision import named_files, read_brainvision_header
from bids_vlint.signals.edf import read_edf_header
from bids_vlint.study.dataset import EXTENSIONS, Run, entities_of
from bids_vlint.study.ignored import is_ignored
from bids_vlint.study.sidecars import metadata, sidecars

_ANNEXED = re.compile(r"-s(\d+)-")  # the size in the key of a file that git-annex keeps elsewhere
_POINTER_BYTES = 1024
_BYTES = 4  # of a sample, where the header is elsewhere: nm000253 is IEEE_FLOAT_32
_SAME_RATE = 1e-3


@dataclass(frozen=True)
class TreebankRecording:
    """A recording, as far as its files are there.

    Attributes
    ----------
    run : Run
    said : mapping
        Its ieeg.json.
    channels : DataFrame
        Its channels.tsv: name, type, status, ...; cells as text.
    tables : Path
        The channels.tsv.
    rate : float
        Hz; the header's own, where it is there.
    n_samples : int | None
    fetched : bool
        Whether its signals are there.
    """

    run: Run
    said: Mapping[str, Any]
    channels: pd.DataFrame
    tables: Path
    rate: float
    n_samples: int | None
    fetched: bool

    @property
    def subject(self) -> int | None:
        """The participant's number, at the end of the label; None where none is there."""
        found = re.search(r"\d+$", self.run.subject)
        return int(found[0]) if found else None

    @property
    def title(self) -> str | None:
        """What the sidecar calls the film."""
        told = self.said.get("StimulusPresentation")
        title = told.get("MovieTitle") if isinstance(told, dict) else None
        return title.strip() if isinstance(title, str) and title.strip().lower() not in ("", NOT_AVAILABLE) else None


def find_recordings(root: Path) -> list[Run]:
    """Every recording of a data set, also where its signals were left out of the download, by name.

    Raises
    ------
    InputError
        16: it is no BIDS data set; 18: it holds no recording.
    """
    if not (root / "dataset_description.json").exists():
        raise InputError(root, "is no BIDS data set (it has no dataset_description.json)",
                         "give the folder of nm000253, as nemar-py downloads it", Exit.NO_BIDS)  # fmt: skip
    files: dict[Path, Path] = {}
    for file in sorted(root.glob("sub-*/**/ieeg/*_ieeg.*")):
        known = file.suffix in EXTENSIONS
        if file.name.startswith(".") or not (known or file.suffix == ".json") or is_ignored(file, root):
            continue
        stem = file.with_suffix("")
        if known or stem not in files:
            files[stem] = file if known else file.with_suffix(".vhdr")
    if not files:
        raise InputError(root, "holds no iEEG recording", "give the folder of nm000253", Exit.NOTHING_SELECTED)
    return [Run(file, root, tuple(sorted(entities_of(file).items()))) for file in sorted(files.values())]


def read_recording(run: Run) -> TreebankRecording:
    """Read what a recording's sidecars and header say.

    Raises
    ------
    InputError
        A sidecar that is not there (66) or not as it should be (65).
    """
    said = metadata(run)
    found = sidecars(run, "channels", ".tsv")
    if not found:
        raise InputError(run.file, "has no channels.tsv", "fetch the whole data set", Exit.NO_INPUT)
    channels = read_table(found[0], ("name", "type", "status"))
    for name in ("name", "type"):
        column(channels, name, found[0])
    if "status" not in channels:
        channels = channels.assign(status=NOT_AVAILABLE)
    declared = said.get("SamplingFrequency")
    told = float(declared) if isinstance(declared, int | float) and declared > 0 else None
    rate, n_samples, fetched = _shape(run, len(channels), told)
    duration = said.get("RecordingDuration")
    if n_samples is None and told and isinstance(duration, int | float):
        n_samples = round(duration * told)
    if not (rate or told):
        raise InputError(run.file, "does not say its sampling rate", "fetch its header and its ieeg.json",
                         Exit.NO_INPUT)  # fmt: skip
    return TreebankRecording(run, said, channels, found[0], float(rate or told or 0.0), n_samples, fetched)


def _shape(run: Run, n_channels: int, told: float | None) -> tuple[float | None, int | None, bool]:
    """Rate and length by a recording's own header, and whether its signals are there. A rate that the header rounds is
    as it was told."""
    file = run.file
    if file.suffix == ".vhdr":
        if why_absent(file) is None:
            header = read_brainvision_header(file)
            data = next((meant for key, (_, meant) in named_files(file).items() if key == "DataFile"), None)
            size, there = _size(data) if data is not None else (None, False)
            per_point = (header.n_channels or n_channels) * (header.sample_bytes or _BYTES)
            rate = 1e6 / float(header.interval) if header.rates and header.interval else None
            if header.rates and told and header.rates[0] <= told <= header.rates[1]:
                rate = told
            return rate, size // per_point if size is not None else header.n_points, there
        size, _ = _size(file.with_suffix(".eeg"))
        return None, size // (n_channels * _BYTES) if size is not None else None, False
    if why_absent(file) is not None:
        return None, None, False
    if file.suffix.lower() == ".edf":
        edf = read_edf_header(file)
        most = max(edf.n_samples)
        return most / edf.record_s if edf.record_s > 0 else None, most * max(edf.n_records, 0) or None, True
    return None, None, True


def _size(file: Path) -> tuple[int | None, bool]:
    """The bytes of a file of signals, by the key that stands for it where its content is elsewhere, and whether it is
    here."""
    try:
        if file.is_symlink() and not file.exists():
            key = _ANNEXED.search(os.readlink(file))
            return (int(key[1]) if key else None), False
        size = file.stat().st_size
        if size <= _POINTER_BYTES and why_absent(file) is not None:
            key = _ANNEXED.search(file.read_text(encoding="utf-8", errors="replace"))
            return (int(key[1]) if key else None), False
        return size, True
    except OSError:
        return None, False


def check_signals(shown: TreebankRecording, *, needed: bool) -> Check:
    """Whether the signals are there, and whether header and sidecar agree on the rate.

    Parameters
    ----------
    shown : TreebankRecording
    needed : bool
        Whether the session is to be prepared, and not only checked.
    """
    declared = shown.said.get("SamplingFrequency")
    value = f"{shown.rate:g} Hz, {shown.n_samples if shown.n_samples is not None else 'n/a'} samples"
    if isinstance(declared, int | float) and declared > 0 and abs(declared / shown.rate - 1) > _SAME_RATE:
        return Check("signals", LIES, value, f"the header says {shown.rate:g} Hz and ieeg.json {declared:g} Hz")
    if not shown.fetched and needed:
        return Check("signals", LIES, value, "its signals have not been fetched")
    if not shown.fetched:
        return Check("signals", UNCHECKED, value, "its signals have not been fetched")
    line = shown.said.get("PowerLineFrequency")
    if not isinstance(line, int | float):
        return Check("signals", MARKED, value, "ieeg.json names no mains frequency; 60 Hz is written, as in Boston")
    return Check("signals", GOOD, value)
