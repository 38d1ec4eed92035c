"""Get every file of a model set once, and note or compare what came."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from bids_vlint.errors import Exit, InputError
from bids_vlint.log import logger
from bids_vlint.networks.fetch.addresses import FromHub, FromUrl, files_of_part
from bids_vlint.networks.fetch.download import download_url
from bids_vlint.networks.fetch.hub import download_from_hub, listing
from bids_vlint.networks.fetch.lock import Entry, Lock, Repository, read_lock
from bids_vlint.networks.resources import WEIGHT_SUFFIXES

_PARTIAL = ".partial"  # below the models folder: what is being downloaded


def fetch(sources: Sequence[FromUrl | FromHub], folder: Path) -> tuple[int, int]:
    """Get what is not there yet; what is there is compared with the lock.

    Parameters
    ----------
    sources : sequence of FromUrl, FromHub
        From `bids_vlint.networks.fetch.addresses.wanted`.
    folder : Path
        The models folder.

    Returns
    -------
    fetched, kept : int
        Numbers of files.

    Raises
    ------
    InputError
        65 for a file with other content than expected, 73 for a folder that cannot be written, 74 and 75 for a
        download that failed. What was fetched before it is kept and in the lock.
    """
    fetched = kept = 0
    with _alone(folder):
        lock = read_lock(folder)
        for source in sources:
            names = _by_url(source, lock) if isinstance(source, FromUrl) else _by_hub(source, lock)
            new = [_get(name, source, lock, folder) for name in names]
            fetched, kept = fetched + sum(new), kept + len(new) - sum(new)
    return fetched, kept


def _by_url(source: FromUrl, lock: Lock) -> list[str]:
    """Note a file in the lock."""
    known = lock.files.get(source.path)
    if known is None:
        lock.files[source.path] = Entry(source.url, sha256=source.sha256)
    elif known.source != source.url:
        wrong = f"was fetched from {known.source}, and the model set names {source.url}"
        do = f"use another folder, or delete its lines in {lock.path} and the file"
        raise InputError(lock.path.parent / source.path, wrong, do)
    elif source.sha256:
        _expect(source.path, source.sha256, lock)
    return [source.path]


def _by_hub(source: FromHub, lock: Lock) -> list[str]:
    """Note a repository's commit and the chosen part's files in the lock; the hub is asked where they are not there."""
    pinned, key = lock.repositories.get(source.repository), f"{source.folder}: {source.part}"
    if pinned is not None and source.revision not in (pinned.asked, pinned.revision):
        wrong = f"the lock pins {source.repository} at {pinned.revision}, and the model set asks for {source.revision}"
        raise InputError(lock.path, wrong, f"use another folder, or delete what it says of {source.repository}")
    if pinned is None or key not in pinned.parts:
        pinned = _pin(source, key, pinned, lock)
    names = [f"{source.folder}/{name}" for name in pinned.parts[key]]
    weights = [n for n in names if Path(n).suffix in WEIGHT_SUFFIXES]
    if source.sha256 and len(weights) == 1:
        _expect(weights[0], source.sha256, lock)
    return names


def _pin(source: FromHub, key: str, pinned: Repository | None, lock: Lock) -> Repository:
    found = listing(source.repository, pinned.revision if pinned else source.revision)
    names = files_of_part(source.part, found.names, source.names)
    if not names:
        wrong = f"this repository has no {source.part} files that can be used ({', '.join(found.names[:8])} …)"
        raise InputError(source.repository, wrong, "name another revision or repository")
    pinned = pinned or Repository(source.revision, found.commit)
    pinned = replace(pinned, parts={**pinned.parts, key: names})
    for name in names:
        new = Entry(f"hub:{source.repository}", pinned.revision, found.sha256.get(name))
        lock.files.setdefault(f"{source.folder}/{name}", new)
    lock.repositories[source.repository] = pinned
    lock.save()
    return pinned


def _expect(name: str, sha256: str, lock: Lock) -> None:
    """Compare the digest that a model set gives (or its beginning) with the lock's."""
    known, given = lock.files[name], sha256.lower()
    if known.sha256 is None or given.startswith(known.sha256):
        lock.files[name] = replace(known, sha256=given)
    elif not known.sha256.startswith(given):
        raise lock.another(name, f"SHA-256 {given} in the model set", f"SHA-256 {known.sha256} in {lock.path.name}")


def _get(name: str, source: FromUrl | FromHub, lock: Lock, folder: Path) -> bool:
    """Get a file, unless it is there already; either way it has to be what the lock says."""
    path, here = folder / name, (folder / name).is_file()
    if not here:
        logger.info("fetching %s", name)
        came = _download(name, source, lock, folder)
        try:
            lock.check(name, came)
        except InputError:
            came.unlink()
            raise
        path.parent.mkdir(parents=True, exist_ok=True)
        os.replace(came, path)
    else:
        lock.check(name, path)
    lock.save()
    return not here


def _download(name: str, source: FromUrl | FromHub, lock: Lock, folder: Path) -> Path:
    partial = folder / _PARTIAL
    if isinstance(source, FromUrl):
        download_url(source.url, partial / name, name)
        return partial / name
    inside = name.removeprefix(f"{source.folder}/")
    return download_from_hub(source.repository, str(lock.files[name].revision), inside, partial / source.folder)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep another fetch out of the folder meanwhile."""
    from filelock import FileLock, Timeout

    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = FileLock(folder / ".fetching")
        held.acquire(timeout=0)
    except Timeout as error:
        wrong = "another fetch is writing to this folder"
        raise InputError(folder, wrong, "run this again when it has ended", Exit.TEMPORARY) from error
    except OSError as error:
        wrong = f"this folder cannot be written ({error.strerror})"
        raise InputError(folder, wrong, "name another with --models-dir", Exit.CANNOT_CREATE) from error
    try:
        yield
    except InputError as error:
        _tidy(folder, again=error.code == Exit.TEMPORARY)
        raise
    else:
        _tidy(folder, again=False)
    finally:
        held.release()


def _tidy(folder: Path, *, again: bool) -> None:
    """Remove what is half downloaded, unless it will be continued."""
    begun = any(p.is_file() and p.stat().st_size for p in (folder / _PARTIAL).rglob("*"))
    if not (again and begun):
        shutil.rmtree(folder / _PARTIAL, ignore_errors=True)
