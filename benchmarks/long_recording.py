"""Peak memory of the responses of a long recording: two hours, 200 channels at 2 kHz, which is 11.5 GB of float32.

    python -m benchmarks.long_recording FOLDER [--minutes 120] [--channels 200] [--rate 2000] [--blocks N] [--mem-gb GB]

Writes a BrainVision recording of noise (int16, 5.8 GB) into the folder, unless it is there, then reads, references,
cleans and averages its channels around 3,000 words and 3,000 cuts in a process of its own, and prints that process's
peak. With `--blocks`, only so many blocks of channels are read: each is as large as any other, and what the arrays of
results would hold besides is added. `--band` and `--reference` are those of the command line.
"""

from __future__ import annotations

import argparse
import itertools
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from bids_vlint.fit.memory import samples_at_a_time
from bids_vlint.signals.extract import Cleaning, Signal, extract
from bids_vlint.signals.recording import open_recording
from bids_vlint.signals.reference import derive
from bids_vlint.signals.traces import TRACE_KINDS, TRACE_STEP_S, n_trace_steps
from bids_vlint.signals.windows import LAGS, covered_steps
from bids_vlint.study.channels import read_channels
from bids_vlint.study.dataset import find_runs

STEM, N_EVENTS = "sub-01_task-film", 3000
HEADER = """Brain Vision Data Exchange Header File Version 1.0

[Common Infos]
Codepage=UTF-8
DataFile={stem}_ieeg.eeg
MarkerFile={stem}_ieeg.vmrk
DataFormat=BINARY
DataOrientation=MULTIPLEXED
NumberOfChannels={n}
SamplingInterval={interval:g}

[Binary Infos]
BinaryFormat=INT_16

[Channel Infos]
{channels}
"""
MARKERS = """Brain Vision Data Exchange Marker File, Version 1.0

[Common Infos]
Codepage=UTF-8
DataFile={stem}_ieeg.eeg

[Marker Infos]
Mk1=New Segment,,1,1,0,00000000000000000000
"""


def write(root: Path, minutes: float, n_channels: int, rate: float) -> None:
    """Write the data set, ten seconds at a time."""
    folder = root / "sub-01" / "ieeg"
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"{chr(65 + k // 10)}{k % 10 + 1}" for k in range(n_channels)]
    (root / "dataset_description.json").write_text('{"Name": "long", "BIDSVersion": "1.10.0"}')
    about = {"SamplingFrequency": rate, "PowerLineFrequency": 50, "RecordingDuration": 60 * minutes}
    (folder / f"{STEM}_ieeg.json").write_text(json.dumps(about))
    rows = "".join(f"{name}\tSEEG\tµV\tn/a\tn/a\tgood\n" for name in names)
    (folder / f"{STEM}_channels.tsv").write_text(f"name\ttype\tunits\tlow_cutoff\thigh_cutoff\tstatus\n{rows}")
    (folder / f"{STEM}_ieeg.vmrk").write_text(MARKERS.format(stem=STEM))
    listed = "\n".join(f"Ch{k + 1}={name},,0.1,µV" for k, name in enumerate(names))
    (folder / f"{STEM}_ieeg.vhdr").write_text(
        HEADER.format(stem=STEM, n=n_channels, interval=1e6 / rate, channels=listed)
    )
    rng = np.random.default_rng(0)
    with (folder / f"{STEM}_ieeg.eeg").open("wb") as stream:
        for _ in range(round(minutes * 6)):
            rng.integers(-3000, 3000, (round(10 * rate), n_channels), np.int16).tofile(stream)


def measure(given: argparse.Namespace) -> None:
    """Make the responses in this process, and print what they took."""
    (run,) = find_runs(given.folder)
    with open_recording(run, read_channels(run), given.folder.with_name(f"{given.folder.name}-work")) as recording:
        (device,), duration = recording.devices, recording.clock.end
        derivations, _ = derive(device.names, given.reference)
        onset = np.sort(np.random.default_rng(1).uniform(5, duration - 5, (2, N_EVENTS)))
        steps, whole = covered_steps(onset.ravel()), np.arange(n_trace_steps(duration)) * TRACE_STEP_S
        signal = Signal(device.read, device.n_times, device.sfreq)
        cleaning = Cleaning(50.0, given.band, 0.1, given.reference == "average")
        done = list[int]()
        used = time.process_time()
        extract(signal, derivations, {"language": onset[0], "vision": onset[1]}, steps=steps, whole=whole,
                cuts=np.empty(0), cleaning=cleaning, contacts=device.names, threads=given.threads,
                samples=samples_at_a_time(given.mem_gb, 1),
                watch=lambda blocks: (done.append(k) or k for k in itertools.islice(blocks, given.blocks)))  # fmt: skip
    each = blocks_of(derivations, signal.n_times, samples_at_a_time(given.mem_gb, 1))
    left = 1 - min(1.0, len(done) * each / len(derivations))
    arrays = 4 * len(derivations) * (2 * N_EVENTS * len(LAGS) + len(steps) + len(TRACE_KINDS) * len(whole))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(
        f"{len(done)} blocks of {each} channels of {len(derivations)}, {signal.n_times} samples each, "
        f"{given.threads} threads: {time.process_time() - used:.0f} s of CPU"
    )
    print(f"peak {peak / 1e9:.2f} GB, {(peak + left * arrays) / 1e9:.2f} GB with the results of all channels "
          f"({arrays / 1e9:.2f} GB)")  # fmt: skip


def blocks_of(derivations: tuple[object, ...], n_times: int, samples: float) -> int:
    """Channels that are read at a time."""
    return min(len(derivations), max(1, int(samples / n_times)))


def main() -> None:
    """Write the recording, and measure in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, default=120.0)
    parser.add_argument("--channels", type=int, default=200)
    parser.add_argument("--rate", type=float, default=2000.0)
    parser.add_argument("--blocks", type=int)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--mem-gb", type=float)
    parser.add_argument("--band", default="broadband", choices=("broadband", "high-gamma"))
    parser.add_argument("--reference", default="none", choices=("none", "average", "laplacian", "bipolar"))
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.here:
        measure(given)
        return
    if not (given.folder / "dataset_description.json").is_file():
        write(given.folder, given.minutes, given.channels, given.rate)
    subprocess.run([sys.executable, "-m", "benchmarks.long_recording", *sys.argv[1:], "--here"], check=True)


if __name__ == "__main__":
    main()
