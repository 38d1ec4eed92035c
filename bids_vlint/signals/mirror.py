"""A mirror of one recording in the work directory: symbolic links, and a BrainVision header that names them.

mne-bids writes lock files beside the sidecars that it reads; through the mirror they land here and the input stays
as it is, also after a kill. The mirror holds the signal files alone: the other sidecars are read directly, since
mne-bids would guess what they do not declare.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from bids_vlint.files.leftovers import empty
from bids_vlint.files.lock import sharing
from bids_vlint.signals.brainvision import mended_header, named_files
from bids_vlint.study.dataset import Run, entities_of

# What mne-bids names a recording by, and how it is written.
_SHORT = {"subject": "sub", "session": "ses", "task": "task", "acquisition": "acq", "run": "run", "split": "split"}


@contextmanager
def mirrored(run: Run, work_dir: Path) -> Iterator[Path]:
    """Make a data set with this recording alone; yields its root and removes it afterwards.

    Parameters
    ----------
    run : Run
    work_dir : Path
        The mirror lies in `work_dir/mirror`, in a folder of its own; those that killed runs left are taken away.
    """
    mirrors = work_dir / "mirror"
    with sharing(mirrors, lambda: empty(mirrors, but=".lock")):
        root = Path(mkdtemp(dir=mirrors))
        folder = root / place_of(run.file).parent
        folder.mkdir(parents=True)
        try:
            for part in run.files:
                for file in signal_files(part):
                    place = folder / (place_of(file).name if file == part else file.name)
                    if file.suffix == ".vhdr":
                        place.write_bytes(mended_header(file))
                    else:
                        place.symlink_to(file.absolute())
            description = {"Name": "mirror", "BIDSVersion": "1.10.0"}
            (root / "dataset_description.json").write_text(json.dumps(description), encoding="utf-8")
            yield root
        finally:
            shutil.rmtree(root, ignore_errors=True)


def place_of(file: Path) -> Path:
    """Where a recording lies in its mirror: under its own name, less what mne-bids does not take in one.

    Examples
    --------
    >>> place_of(Path("sub-CC-110_task-film_desc-clean_ieeg.edf")).as_posix()
    'sub-CC110/ieeg/sub-CC110_task-film_ieeg.edf'
    """
    entities = mirrored_entities(file)
    name = "_".join(f"{_SHORT[k]}-{label}" for k, label in entities.items())
    session = [f"ses-{entities['session']}"] if "session" in entities else []
    return Path(f"sub-{entities['subject']}", *session, "ieeg", f"{name}_ieeg{file.suffix}")


def mirrored_entities(file: Path) -> dict[str, str]:
    """Entities of a recording in its mirror, in the order of its name."""
    own = entities_of(file)
    plain = {k: re.sub(r"[^0-9A-Za-z+]", "", own[k]) for k in _SHORT if k in own}
    return {k: label for k, label in plain.items() if label}


def signal_files(file: Path) -> list[Path]:
    """The recording and the files that belong to it (of the same name, or named by a BrainVision header)."""
    files = [file]
    if file.suffix == ".vhdr":
        files += [meant for _, meant in named_files(file).values()] if file.is_file() else []
    if file.suffix == ".set" and os.path.lexists(file.with_suffix(".fdt")):
        files.append(file.with_suffix(".fdt"))
    return list(dict.fromkeys(files))
