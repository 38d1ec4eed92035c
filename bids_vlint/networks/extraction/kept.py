"""What the store holds of a network's items already, whoever was shown them: they are not run again.

An item is what a tower is shown at an event: picture or sound, and text. The same item of the same network has the same
features, bit by bit, whatever else was run with it, so that its row may be taken from another file of the store: of
another participant, who saw other stretches of the film, or of the other alignment's events.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import h5py
import numpy as np

from bids_vlint.files.atomic import atomic
from bids_vlint.networks.store import FeatureWriter, file_in, load_features

_ITEMS = ".items.npy"  # beside a file of features: (n_events, n_streams) digests
Row = tuple[Path, int]  # a file of features, and the event in it


def item_of(shown: bytes, text: str) -> bytes:
    """Digest of what a tower is shown."""
    digest = hashlib.blake2b(shown, digest_size=16)
    digest.update(b"\0" + text.encode("utf-8", "surrogatepass"))
    return digest.hexdigest().encode()


def rows_kept(store: Path, made_from: str, stream: int) -> dict[bytes, Row]:
    """Where the rows of items lie that a tower was shown for other events.

    Parameters
    ----------
    store : Path
    made_from : str
        As `saving` takes it: of the same network and film.
    stream : int
        Which of a network's towers.
    """
    found: dict[bytes, Row] = {}
    for noted in sorted(store.glob(f"*{_ITEMS}")):
        key = noted.name.removesuffix(_ITEMS)
        path = file_in(store, key)
        if not path.is_file():
            continue
        about = path.stat()
        if _made_from(path, about.st_size, about.st_mtime_ns) == made_from and load_features(store, key) is not None:
            items = np.load(noted)
            own = items[:, stream].tolist() if stream < items.shape[1] else []
            found |= {item: (path, event) for event, item in enumerate(own) if item}
    return found


def note_items(store: Path, key: str, items: Sequence[Mapping[int, bytes]], n_events: int) -> None:
    """Keep, beside a file of features, what each tower was shown at each event (nothing where it was not run)."""
    table = np.array([[own.get(event, b"") for event in range(n_events)] for own in items], "S32")
    with atomic(store / f"{key}{_ITEMS}") as temporary, temporary.open("wb") as stream:
        np.save(stream, table.reshape(len(items), n_events).T)


@lru_cache(maxsize=4096)
def _made_from(path: Path, size: int, mtime_ns: int) -> str:
    try:
        with h5py.File(path) as file:
            return str(file.attrs.get("made_from", ""))
    except OSError:  # a damaged file is told of by whoever needs it
        return ""


def take_rows(writer: FeatureWriter, dataset: str, columns: slice, taken: Sequence[tuple[int, Row]]) -> None:
    """Write rows of a layer from other files: (event, where its row lies) each."""
    for path in dict.fromkeys(path for _, (path, _) in taken):
        own = [(event, row) for event, (other, row) in taken if other == path]
        with h5py.File(path) as file:
            data = file[dataset]
            for event, row in own:
                writer.write(dataset, [event], columns, data[row : row + 1, columns])
