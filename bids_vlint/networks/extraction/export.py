"""Features as files of the `precomputed` source, and the model set that reads them."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
import tomli_w
from filelock import FileLock

from bids_vlint.errors import Exit, InputError
from bids_vlint.files.atomic import atomic, check_room
from bids_vlint.files.digest import digest_of
from bids_vlint.networks.identity import LOW_LEVEL
from bids_vlint.networks.shown import shown_to
from bids_vlint.networks.specification import ModelSet, ModelSpec
from bids_vlint.networks.store import RESERVED, write_events

MODEL_SET = "models.toml"
_AGAIN = "give another output directory, or --overwrite"


def template_of(spec: ModelSpec) -> str:
    """Name a network's files below the folder, with `{stimulus}` and `{alignment}`; no two networks share a name."""
    folder = re.sub(r"[^A-Za-z0-9._+-]", "_", spec.label)
    if folder != spec.label or folder.startswith("."):
        folder += f"-{hashlib.sha256(spec.label.encode()).hexdigest()[:6]}"
    return f"{folder}/{{stimulus}}_{{alignment}}.h5"


def model_set_text(models: ModelSet, about: Iterable[str]) -> str:
    """TOML of the model set that reads the files of a folder; comparisons are those of the networks' own set.

    Parameters
    ----------
    models : ModelSet
    about : iterable of str
        Lines that say how the features were made.
    """
    rows: list[dict[str, Any]] = []
    for spec in (s for s in models.models if s.source != LOW_LEVEL):
        row: dict[str, Any] = {"name": spec.name, "modality": spec.modality, "source": "precomputed"}
        row |= {"shown": shown_to(spec)} | ({"part_of": spec.part_of} if spec.part_of else {})
        row |= {} if spec.trained else {"trained": False}
        row |= {"twin": spec.twin} if spec.twin else {}
        row |= {"cite": list(spec.cite)} if spec.cite else {}
        rows.append(row | {"path": template_of(spec)})
    table: dict[str, Any] = {"model": rows}
    if models.comparisons:
        table["comparison"] = [
            {"name": c.name, "model": list(c.model), "baseline": list(c.baseline)} for c in models.comparisons
        ]
    if giver := next((spec.surprisal for spec in models.models if spec.surprisal), None):
        table = {"surprisal": giver.name, **table}
    head = "".join(f"# {line}\n" for line in about)
    return f"{head}\n{tomli_w.dumps(table)}"


def check_folder(folder: Path, text: str, *, overwrite: bool) -> None:
    """Raise InputError (73) where a folder's features were made by other networks or settings."""
    path = folder / MODEL_SET
    if path.is_file() and not overwrite and path.read_text(encoding="utf-8") != text:
        raise InputError(path, "is of features that were made otherwise", _AGAIN, Exit.CANNOT_CREATE)


def write_features(sources: Sequence[Path], path: Path, *, what: str, overwrite: bool) -> None:
    """Write one file from those of several participants who saw the same stimulus.

    A file that is there already, of the same network and stimulus, is one of them: participants may come one by one.

    Parameters
    ----------
    sources : sequence of Path
        Files of the precomputed form; a single one is copied as it is.
    path : Path
        Replaced in one step.
    what : str
        Network and stimulus, for messages.
    overwrite : bool
        Whether a file that was made otherwise is replaced.

    Raises
    ------
    InputError
        65 where they have other layers, 73 where a file is in the way.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_name(f".{path.name}.lock")):
        if path.is_file() and not overwrite:
            if _made_from(path) not in {_made_from(source) for source in sources}:
                raise InputError(path, "was made from another network or stimulus", _AGAIN, Exit.CANNOT_CREATE)
            sources = [path, *sources]
        with atomic(path) as temporary:
            if len(sources) == 1:
                shutil.copyfile(sources[0], temporary)
            else:
                _merge(sources, temporary, what)


def _made_from(path: Path) -> str:
    """What tells whether rows of two files may be joined; the content where a file does not say."""
    with h5py.File(path) as file:
        return str(file.attrs.get("made_from") or digest_of(path))


def _merge(sources: Sequence[Path], path: Path, what: str) -> None:
    """Join the rows of several files: one for every onset and text."""
    onsets, texts, notes = [], [], []
    for source in sources:
        with h5py.File(source) as file:
            onsets.append(file["onset"][()].astype(np.float64))
            none = np.full(len(onsets[-1]), "", object)
            texts.append(file["text"].asstr()[()] if "text" in file else none)
            notes += json.loads(str(file.attrs.get("notes", "[]")))
            names = [name for name in file if name not in RESERVED]
            made_from = str(file.attrs.get("made_from", ""))
    rows = pd.DataFrame({"onset": np.concatenate(onsets), "text": np.concatenate(texts)})
    first = rows.drop_duplicates().sort_values("onset", kind="stable").index.to_numpy()
    check_room(path, sum(source.stat().st_size for source in sources))
    with h5py.File(path, "w", track_order=True) as out:
        write_events(out, np.concatenate(onsets)[first], np.concatenate(texts)[first])
        for name in names:
            out[name] = _joined(sources, name, what)[first]
        out.attrs["notes"], out.attrs["made_from"] = json.dumps(list(dict.fromkeys(notes))), made_from


def _joined(sources: Sequence[Path], name: str, what: str) -> np.ndarray:
    parts: list[np.ndarray] = []
    for source in sources:
        with h5py.File(source) as file:
            if name not in file or (parts and file[name].shape[1:] != parts[0].shape[1:]):
                wrong = f"layer {name!r} is not alike for all participants"
                raise InputError(what, wrong, "make the features of all participants with the same networks")
            parts.append(np.asarray(file[name][()], np.float32))
    return np.concatenate(parts)
