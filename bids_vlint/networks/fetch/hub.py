"""The hub of models: the commit and the files of a repository, and their download."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bids_vlint.errors import Exit, InputError
from bids_vlint.networks.network import quiet


@dataclass(frozen=True)
class Listing:
    """The files of a repository at one commit; `sha256` of those that the hub keeps as large files."""

    commit: str
    names: tuple[str, ...]
    sha256: dict[str, str]


def listing(repository: str, revision: str) -> Listing:
    """Ask the hub for a repository's commit and files.

    Raises
    ------
    InputError
        75 where the hub cannot be reached, 74 where it refuses, 65 for a repository or revision that it lacks.
    """
    from huggingface_hub import HfApi

    with _said(repository, revision):
        info = HfApi(endpoint=os.environ.get("HF_ENDPOINT")).model_info(
            repository, revision=revision, files_metadata=True
        )
    files = info.siblings or []
    digests = {f.rfilename: str(f.lfs.sha256) for f in files if f.lfs is not None and f.lfs.sha256}
    return Listing(str(info.sha), tuple(f.rfilename for f in files), digests)


def download_from_hub(repository: str, commit: str, name: str, folder: Path) -> Path:
    """Download one file into a folder; what an earlier, broken download left there is continued.

    Raises
    ------
    InputError
        As `listing`.
    """
    from huggingface_hub import hf_hub_download
    from huggingface_hub.utils import disable_progress_bars

    if not sys.stderr.isatty():
        disable_progress_bars()
    with _said(repository, commit):
        endpoint = os.environ.get("HF_ENDPOINT")
        return Path(hf_hub_download(repository, name, revision=commit, local_dir=folder, endpoint=endpoint))


@contextmanager
def _said(repository: str, revision: str) -> Iterator[None]:
    """Turn what the hub's client raises into one sentence."""
    from huggingface_hub import errors

    where = f"{repository} at revision {revision}"
    try:
        with quiet():
            yield
    except errors.GatedRepoError as error:
        do = "accept its terms on its page, then give your token (hf auth login, or HF_TOKEN)"
        raise InputError(where, "the hub asks who you are before it gives this network", do, Exit.IO) from error
    except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError, errors.HFValidationError) as error:
        do = "correct its name or revision in the model set, or give your token where it is private"
        raise InputError(where, "the hub has no such network or revision", do, Exit.DATA) from error
    except Exception as error:  # what the client's own HTTP library raises is no OSError
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise
        raise _failed(where, error) from error


def _failed(where: str, error: BaseException) -> InputError:
    """Say why a download failed: refused by the hub, or not reached."""
    chain: list[Any] = [error]
    while (cause := chain[-1].__cause__) is not None:
        chain.append(cause)
    status = next((e.response.status_code for e in chain if getattr(e, "response", None) is not None), 0)
    if 400 <= status < 500 and status not in (408, 429):
        do = "check its name in the model set, or give your token where it is private"
        return InputError(where, f"the hub refuses it ({status})", do, Exit.IO)
    lines = [line.strip().rstrip(".") for line in str(chain[-1]).splitlines() if line.strip()]
    why = (lines or [type(chain[-1]).__name__])[0][:200]
    do = "check the connection and run this again"
    return InputError(where, f"cannot be downloaded from the hub ({why})", do, Exit.TEMPORARY)
