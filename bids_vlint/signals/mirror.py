"""A mirror of one recording, of symbolic links, in the work directory.

mne-bids writes lock files beside the sidecars that it reads; through the mirror they land here and the input stays
as it is, also after a kill. The mirror holds the signal files alone: the other sidecars are read directly, since
mne-bids would guess what they do not declare.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bids_vlint.study.dataset import Run


@contextmanager
def mirrored(run: Run, work_dir: Path) -> Iterator[Path]:
    """Make a data set with this recording alone; yields its root and removes it afterwards.

    Parameters
    ----------
    run : Run
    work_dir : Path
        The mirror lies in `work_dir/mirror`, one folder per process and recording.
    """
    tag = hashlib.sha256(f"{run.file.absolute()}".encode()).hexdigest()[:12]
    root = work_dir / "mirror" / f"{os.getpid()}-{tag}"
    shutil.rmtree(root, ignore_errors=True)
    folder = root / run.file.absolute().parent.relative_to(run.root.absolute())
    folder.mkdir(parents=True)
    try:
        for file in (own for part in run.files for own in signal_files(part)):
            (folder / file.name).symlink_to(file.absolute())
        description = {"Name": "mirror", "BIDSVersion": "1.10.0"}
        (root / "dataset_description.json").write_text(json.dumps(description), encoding="utf-8")
        yield root
    finally:
        shutil.rmtree(root, ignore_errors=True)


def signal_files(file: Path) -> list[Path]:
    """The recording and the files that belong to it (of the same name, or named by a BrainVision header)."""
    files = [file]
    if file.suffix == ".vhdr":
        text = file.read_bytes().decode("utf-8", "replace") if file.is_file() else ""
        named = re.findall(r"^\s*(?:DataFile|MarkerFile)\s*=\s*(.+?)\s*$", text, re.MULTILINE)
        files += [file.parent / name.replace("$b", file.stem) for name in named]
        files += [file.with_suffix(s) for s in (".eeg", ".vmrk", ".dat")]
    if file.suffix == ".set":
        files.append(file.with_suffix(".fdt"))
    # a link whose content was not fetched is kept, so that reading names it
    return [f for f in dict.fromkeys(files) if f == file or f.exists() or f.is_symlink()]
