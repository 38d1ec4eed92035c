"""Download of one file by its URL, resumed where it breaks off.

Beside the file lies a note of its URL and of the server's mark of that content (ETag or date): a rest is only fetched
where both are still the same.
"""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bids_vlint import __version__
from bids_vlint.errors import Exit, InputError
from bids_vlint.log import progress

_CHUNK = 2**20
_ATTEMPTS = 5  # without a byte of progress
_PAUSE_S = 1.0  # before another attempt, longer each time
_TIMEOUT_S = 60.0
_BUSY = (408, 425, 429, 500, 502, 503, 504)  # answers that may be others later


def download_url(url: str, path: Path, name: str) -> None:
    """Download a file; what an earlier, broken download left at `path` is continued.

    Parameters
    ----------
    url : str
    path : Path
        Where it is written; its folder is made.
    name : str
        For the progress that is shown.

    Raises
    ------
    InputError
        75 where the server cannot be reached or breaks off again and again (what came is kept), 74 where it refuses.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    failures = 0
    while True:
        before = _size(path)
        try:
            _rest(url, path, name)
            return _note(path).unlink(missing_ok=True)
        except urllib.error.HTTPError as error:
            if error.code == 416 and before:  # there is no rest
                path.unlink()
                continue
            if error.code not in _BUSY:
                wrong = f"the server refuses it ({error.code} {error.reason})"
                raise InputError(url, wrong, "check the address in the model set", Exit.IO) from error
            why = f"{error.code} {error.reason}"
        except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
            why = str(getattr(error, "reason", error)) or type(error).__name__
        failures = 0 if _size(path) > before else failures + 1
        if failures >= _ATTEMPTS:
            wrong = f"cannot be downloaded ({why})"
            raise InputError(url, wrong, "check the connection and run this again", Exit.TEMPORARY)
        time.sleep(_PAUSE_S * failures)


def _rest(url: str, path: Path, name: str) -> None:
    """Download what is not there yet."""
    headers = {"User-Agent": f"bids_vlint/{__version__}", "Accept-Encoding": "identity"}
    start, mark = _size(path), _mark(url, path)
    if start and mark:
        headers |= {"Range": f"bytes={start}-", "If-Range": mark}
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=_TIMEOUT_S) as response:
        if response.status != 206:
            start = 0  # it gives the file from its beginning
            _note(path).write_text(json.dumps([url, _mark_in(response.headers)]))
        length = response.headers.get("Content-Length")
        total = int(length) + start if length else None
        with path.open("ab" if start else "wb") as stream:
            chunks = progress(_chunks(response), total=total and -(-(total - start) // _CHUNK), label=f"{name}, MB")
            for chunk in chunks:
                stream.write(chunk)
    if total is not None and _size(path) < total:
        raise ConnectionError(f"broke off after {_size(path)} of {total} bytes")


def _note(path: Path) -> Path:
    return path.with_name(f"{path.name}.source")


def _mark(url: str, path: Path) -> str | None:
    """The mark of the content whose beginning is there; None where it cannot be continued."""
    try:
        source, mark = json.loads(_note(path).read_text())
    except (OSError, ValueError):
        return None
    return mark if source == url else None


def _mark_in(headers: Mapping[str, str]) -> str | None:
    etag = headers.get("ETag")
    return etag if etag and not etag.startswith("W/") else headers.get("Last-Modified")


def _chunks(response: Any) -> Iterator[bytes]:
    while chunk := response.read(_CHUNK):
        yield chunk


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
