"""Features as files of the `precomputed` source, and the model set that reads them."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import tomli_w

from bids_vlint.errors import InputError
from bids_vlint.outputs.write import atomic, write_text
from bids_vlint.types import ModelSet, ModelSpec

MODEL_SET = "models.toml"


def template_of(spec: ModelSpec) -> str:
    """Name a network's files below the folder, with `{stimulus}` and `{alignment}`."""
    return f"{re.sub(r'[^A-Za-z0-9._+-]', '_', spec.label)}/{{stimulus}}_{{alignment}}.h5"


def write_model_set(folder: Path, models: ModelSet, about: Iterable[str]) -> Path:
    """Write the model set that reads the files of a folder; comparisons are those of the networks' own set.

    Parameters
    ----------
    folder : Path
    models : ModelSet
    about : iterable of str
        Lines that say how the features were made.

    Returns
    -------
    Path
    """
    rows: list[dict[str, Any]] = []
    for spec in models.models:
        row: dict[str, Any] = {"name": spec.name, "modality": spec.modality, "source": "precomputed"}
        row |= {} if spec.trained else {"trained": False}
        row |= {"twin": spec.twin} if spec.twin else {}
        rows.append(row | {"path": template_of(spec)})
    table: dict[str, Any] = {"model": rows}
    if models.comparisons:
        table["comparison"] = [
            {"name": c.name, "model": list(c.model), "baseline": list(c.baseline)} for c in models.comparisons
        ]
    head = "".join(f"# {line}\n" for line in about)
    path = folder / MODEL_SET
    write_text(path, f"{head}\n{tomli_w.dumps(table)}")
    return path


def write_features(sources: Sequence[Path], path: Path, *, what: str) -> None:
    """Write one file from those of several participants who saw the same stimulus.

    Parameters
    ----------
    sources : sequence of Path
        Files of the precomputed form; a single one is copied as it is.
    path : Path
        Replaced in one step.
    what : str
        Network and stimulus, for messages.

    Raises
    ------
    InputError
        65 where two of them tell of other texts at one onset, or have other layers.
    """
    with atomic(path) as temporary:
        if len(sources) == 1:
            shutil.copyfile(sources[0], temporary)
        else:
            _merge(sources, temporary, what)


def _merge(sources: Sequence[Path], path: Path, what: str) -> None:
    onsets, texts, notes = [], [], []
    for source in sources:
        with h5py.File(source) as file:
            onsets.append(file["onset"][()].astype(np.float64))
            texts.append(file["text"].asstr()[()] if "text" in file else np.full(len(onsets[-1]), "n/a", object))
            notes += json.loads(str(file.attrs.get("notes", "[]")))
            names = [name for name in file if name not in ("onset", "text")]
    onset, text = np.concatenate(onsets), np.concatenate(texts)
    unique, first, inverse = np.unique(onset, return_index=True, return_inverse=True)
    differing = np.flatnonzero(text != text[first][inverse])
    if len(differing):
        wrong = f"participants' transcripts differ at {onset[differing[0]]:.3f} s, so that one file cannot serve them"
        raise InputError(what, wrong, "make the features of each with --participant-label, in a folder of its own")
    with h5py.File(path, "w", track_order=True) as out:
        out["onset"] = unique
        out["text"] = np.array(text[first], h5py.string_dtype())
        for name in names:
            out[name] = _joined(sources, name, what)[first]
        out.attrs["notes"] = json.dumps(list(dict.fromkeys(notes)))


def _joined(sources: Sequence[Path], name: str, what: str) -> np.ndarray:
    parts: list[np.ndarray] = []
    for source in sources:
        with h5py.File(source) as file:
            if name not in file or (parts and file[name].shape[1:] != parts[0].shape[1:]):
                wrong = f"layer {name!r} is not alike for all participants"
                raise InputError(what, wrong, "make the features of all participants with the same networks")
            parts.append(np.asarray(file[name][()], np.float32))
    return np.concatenate(parts)
