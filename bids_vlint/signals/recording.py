"""Open a recording through mne-bids: signals by channel, at each channel's own sampling rate, in volts."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bids_vlint.errors import Exit, InputError, cannot_use
from bids_vlint.files.access import check_recording
from bids_vlint.signals.mirror import mirrored, signal_files
from bids_vlint.study.channels import Channels
from bids_vlint.study.dataset import Run

_VOLTS = {"v": 1.0, "mv": 1e-3, "µv": 1e-6, "μv": 1e-6, "uv": 1e-6, "nv": 1e-9}


@dataclass(frozen=True)
class Device:
    """Channels of one recording that share a sampling rate.

    Attributes
    ----------
    raw : mne.io.BaseRaw, not preloaded
    names : as in channels.tsv
    picks : index of each in raw
    scale : factor of each to volts
    sfreq : Hz
    """

    raw: Any
    names: tuple[str, ...]
    picks: np.ndarray
    scale: np.ndarray
    sfreq: float

    @property
    def n_times(self) -> int:
        """Samples."""
        return int(self.raw.n_times)

    def read(self, names: Sequence[str], start: int = 0, stop: int | None = None) -> np.ndarray:
        """Signals of some channels in volts, (n_channels, n_times) float64."""
        at = [self.names.index(n) for n in names]
        data = self.raw.get_data(picks=self.picks[at], start=start, stop=stop, verbose="error")
        return data * self.scale[at][:, None]


@dataclass(frozen=True)
class Recording:
    """An open recording.

    Attributes
    ----------
    devices : tuple of Device
        One per sampling rate.
    duration : float
        Seconds.
    bad : (n, 2) float64
        Start and stop of stretches annotated BAD in the file, seconds.
    breaks : (m,) float64
        Times at which the signal is discontinuous, seconds.
    notes : tuple of str
    """

    devices: tuple[Device, ...]
    duration: float
    bad: np.ndarray
    breaks: np.ndarray
    notes: tuple[str, ...]


@contextmanager
def open_recording(run: Run, channels: Channels, work_dir: Path) -> Iterator[Recording]:
    """Open a recording, without loading it.

    Parameters
    ----------
    run : Run
    channels : Channels
        Its intracranial channels.
    work_dir : Path
        Where the mirror lies.

    Raises
    ------
    InputError
        A missing or unreadable file (66, 65), NWB (65), channels that the file lacks (65).
    """
    if run.file.suffix == ".nwb":
        raise InputError(run.file, "is NWB, which is not read", "convert it to BrainVision or EDF with mne-bids")
    for file in signal_files(run.file):
        check_recording(file)
    with ExitStack() as stack:
        root = stack.enter_context(mirrored(run, work_dir))
        raw = _read(run, root)
        if not np.isfinite(raw.info["sfreq"]) or raw.info["sfreq"] <= 0:
            raise InputError(run.file, f"gives a sampling rate of {raw.info['sfreq']} Hz", "correct its header")
        at, notes = _match(list(raw.ch_names), list(channels.table.index), run.file)
        rates = _rates(raw, run.file)
        devices = []
        for sfreq in sorted({rates[k] for k in at.values()}, reverse=True):
            names = tuple(n for n, k in at.items() if rates[k] == sfreq)
            part = raw
            if len(set(rates)) > 1:  # read them alone: beside faster channels they would be resampled
                part = _read(run, root, include=[raw.ch_names[at[n]] for n in names])
            picks = np.array([part.ch_names.index(raw.ch_names[at[n]]) for n in names])
            scale = np.array([_scale(run.file, str(channels.table.loc[n, "units"])) for n in names])
            devices.append(Device(part, names, picks, scale, float(part.info["sfreq"])))
        bad, breaks = _annotations(raw)
        yield Recording(tuple(devices), raw.n_times / raw.info["sfreq"], bad, breaks, tuple(notes))
        for device in devices:
            device.raw.close()


def _read(run: Run, root: Path, **extra: Any) -> Any:
    import mne
    from mne_bids import BIDSPath, read_raw_bids

    keys = ("subject", "session", "task", "acquisition", "run", "processing", "recording", "split", "space")
    entities = {k: v for k, v in run.entities if k in keys}
    path = BIDSPath(root=root, datatype="ieeg", suffix="ieeg", extension=run.file.suffix, check=False, **entities)
    mne.set_log_level("ERROR")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return read_raw_bids(path, extra_params=extra or None, verbose="error")
    except Exception as error:
        wrong = f"cannot be read ({type(error).__name__}: {' '.join(str(error).split())[:300]})"
        raise cannot_use(run.file, error, wrong, "check the file") from error


def _match(present: list[str], wanted: list[str], file: Path) -> tuple[dict[str, int], list[str]]:
    """Where each wanted channel stands in the file: by name, else by name without case and spaces."""

    def plain(name: str) -> str:
        return "".join(name.lower().split())

    exact = {n: k for k, n in enumerate(present)}
    loose = {plain(n): k for k, n in enumerate(present)}
    at = {n: exact[n] if n in exact else loose[plain(n)] for n in wanted if n in exact or plain(n) in loose}
    absent = [n for n in wanted if n not in at]
    if not at:
        raise InputError(file, f"holds none of the channels of its channels.tsv ({wanted[0]}, ...; it has {present[0]}"
                         ", ...)", "make the names agree")  # fmt: skip
    notes = [f"{file.name}: {len(absent)} channels of channels.tsv are not in the recording ({', '.join(absent[:5])})"]
    return at, notes if absent else []


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
    return _VOLTS.get(units.lower(), 1e-6) / 1e-6


def _annotations(raw: Any) -> tuple[np.ndarray, np.ndarray]:
    first = raw.first_time
    bad, breaks = [], []
    for onset, duration, what in zip(raw.annotations.onset, raw.annotations.duration, raw.annotations.description):
        start = float(onset) - (first if raw.info["meas_date"] is not None else 0.0)
        low = str(what).lower()
        if low.startswith(("bad boundary", "edge boundary", "boundary", "new segment", "bad_acq_skip")):
            breaks += [start, start + float(duration)] if low.startswith("bad_acq_skip") else [start]
        if low.startswith("bad") or low.rsplit("/", 1)[-1].startswith("bad"):  # BrainVision: Comment/BAD_...
            bad.append((start, start + float(duration)))
    inside = sorted({b for b in breaks if 0 < b < raw.times[-1]})
    return np.array(bad, float).reshape(-1, 2), np.array(inside, float)


def nothing_left(where: Path, what: str) -> InputError:
    """The sentence for a fit without electrodes."""
    return InputError(where, f"has no channel to analyse ({what})", "check status and type in channels.tsv",
                      Exit.NOTHING_SELECTED)  # fmt: skip
