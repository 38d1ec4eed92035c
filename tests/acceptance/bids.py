"""BIDS writers for tests: recordings in every format, sidecars, events and stimuli tables, as other labs leave them."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import mne
import numpy as np
import pandas as pd
import pybv
from mne_bids import BIDSPath, write_raw_bids

from tests.acceptance.films import Film
from tests.acceptance.signals import Showing


def write_json(path: Path, content: dict[str, object]) -> None:
    """Write a JSON file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False), encoding="utf-8")


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a TSV file with n/a for what is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(path, sep="\t", index=False, na_rep="n/a")


def edit_table(path: Path, edit: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    """Read a TSV file as text, change it and write it back."""
    write_table(path, edit(pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)))


def start_dataset(root: Path, subjects: Sequence[str], name: str = "Film iEEG") -> Path:
    """dataset_description.json, README and participants.tsv."""
    write_json(
        root / "dataset_description.json",
        {"Name": name, "BIDSVersion": "1.10.0", "DatasetType": "raw", "License": "CC0", "Authors": ["A. Author"]},
    )
    (root / "README").write_text(f"{name}: synthetic recordings of people who watched a film, for tests.\n" * 4)
    write_table(root / "participants.tsv", pd.DataFrame({"participant_id": [f"sub-{s}" for s in subjects]}))
    return root


def bids_path(root: Path, subject: str, **entities: str | None) -> BIDSPath:
    """The recording's mne-bids path; entities: session, task, acquisition, run."""
    entities = {"task": "movie"} | entities
    return BIDSPath(root=root, subject=subject, datatype="ieeg", suffix="ieeg", **entities)


def write_recording(
    root: Path,
    data_uv: np.ndarray,
    sfreq: float,
    channels: Sequence[str],
    *,
    subject: str,
    session: str | None = None,
    task: str = "movie",
    acquisition: str | None = None,
    run: str | None = None,
    file_format: str = "BrainVision",
    channel_type: str | Sequence[str] = "seeg",
    line_hz: float = 60.0,
    annotations: mne.Annotations | None = None,
) -> BIDSPath:
    """Write (n_channels, n_samples) µV with mne-bids; returns its path (extension set)."""
    info = mne.create_info(list(channels), sfreq, channel_type if isinstance(channel_type, str) else list(channel_type))
    info["line_freq"] = line_hz
    raw = mne.io.RawArray(data_uv * 1e-6, info, verbose="error")
    if annotations is not None:
        raw.set_annotations(annotations)
    path = bids_path(root, subject, session=session, task=task, acquisition=acquisition, run=run)

    def places() -> list[Path]:
        return [*root.rglob("*_electrodes.*"), *root.rglob("*_coordsystem.json")]

    before = set(places())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = write_raw_bids(raw, path, format=file_format, allow_preload=True, overwrite=True, verbose="error")
    for file in [*root.rglob("*.lock"), *(set(places()) - before)]:  # mne-bids writes electrodes full of n/a
        file.unlink()
    sidecar = path.copy().update(extension=".json").fpath
    content = json.loads(sidecar.read_text())
    content["iEEGReference"] = "scalp electrode"
    write_json(sidecar, content)
    return path


def table_path(path: BIDSPath, suffix: str, extension: str = ".tsv") -> Path:
    """The table beside a recording: channels or events."""
    return path.copy().update(suffix=suffix, extension=extension, check=False).fpath


def rewrite_brainvision(
    path: BIDSPath, data_uv: np.ndarray, sfreq: float, channels: Sequence[str], units: Sequence[str]
) -> None:
    """Replace a BrainVision recording with one whose channels have units of their own (V, mV or µV)."""
    vhdr = path.fpath
    pybv.write_brainvision(
        data=data_uv * 1e-6,
        sfreq=sfreq,
        ch_names=list(channels),
        folder_out=vhdr.parent,
        fname_base=vhdr.stem,
        overwrite=True,
        unit=list(units),
        resolution=1e-9,
        fmt="binary_float32",
    )
    edit_table(
        table_path(path, "channels"), lambda t: t.assign(units=[dict(zip(channels, units))[n] for n in t["name"]])
    )


def stimulus_events(
    showings: Sequence[Showing], *, files: Sequence[str], words: bool = True, cuts: bool = True
) -> pd.DataFrame:
    """events.tsv by the convention: a row per showing with stim_file (and stim_onset), word rows, scene_cut rows."""
    rows: list[dict[str, object]] = []
    for showing, file in zip(showings, files, strict=True):
        length = showing.end - showing.start
        rows.append(
            {
                "onset": showing.at,
                "duration": length,
                "trial_type": "movie",
                "stim_file": file,
                "stim_onset": showing.start,
            }
        )
        shift = showing.at - showing.start
        if words:
            table = showing.film.words
            table = table[(table["onset"] >= showing.start) & (table["onset"] < showing.end)]
            rows += [
                {
                    "onset": w.onset + shift,
                    "duration": w.offset - w.onset,
                    "trial_type": "word",
                    "word": w.word,
                    "sentence": w.sentence,
                }
                for w in table.itertuples()
            ]
        if cuts:
            shown = showing.onsets(showing.film.cuts)
            rows += [{"onset": t, "duration": 0.0, "trial_type": "scene_cut"} for t in shown]
    table = pd.DataFrame(rows).sort_values("onset", kind="stable")
    columns = ["onset", "duration", "trial_type", "stim_file", "stim_onset", "word", "sentence"]
    return table.reindex(columns=columns).round({"onset": 6, "duration": 6, "stim_onset": 6})


def describe_events(root: Path, task: str = "movie") -> None:
    """One events.json at the top, by inheritance."""
    columns = {
        "stim_onset": "where in the film the stretch starts, in seconds",
        "word": "the word that is heard",
        "sentence": "id of its sentence",
        "stim_file": "the film",
    }
    write_json(root / f"task-{task}_events.json", {k: {"Description": v} for k, v in columns.items()})


def film_tables(folder: Path, film: Film, *, separator: str = "\t", bom: bool = False, index: bool = False) -> Path:
    """Words, sentences and cuts as tables in film time, with column names of their own; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    encoding = "utf-8-sig" if bom else "utf-8"
    suffix = ".tsv" if separator == "\t" else ".csv"
    words = film.words.rename(columns={"onset": "start", "offset": "end", "word": "text"})
    sentences = words.groupby("sentence", sort=False).agg(
        start=("start", "min"), end=("end", "max"), text=("text", " ".join)
    )
    words.to_csv(folder / f"{film.name}_words{suffix}", sep=separator, index=index, encoding=encoding)
    sentences.to_csv(folder / f"{film.name}_sentences{suffix}", sep=separator, index=index, encoding=encoding)
    pd.DataFrame({"time": film.cuts}).to_csv(
        folder / f"{film.name}_cuts{suffix}", sep=separator, index=index, encoding=encoding
    )
    return folder


def write_electrodes(
    root: Path,
    subject: str,
    names: Sequence[str],
    *,
    session: str | None = None,
    acquisition: str | None = None,
    space: str | None = "MNI152NLin2009cAsym",
    system: str | None = None,
    unit: str = "mm",
    positions: np.ndarray | None = None,
    extra: dict[str, Sequence[str]] | None = None,
) -> None:
    """electrodes.tsv and coordsystem.json; positions default to a left temporal line in mm."""
    folder = root / f"sub-{subject}" / (f"ses-{session}" if session else "") / "ieeg"
    stem = "_".join(
        f"{k}-{v}"
        for k, v in (("sub", subject), ("ses", session), ("acq", acquisition), ("space", space))
        if v is not None
    )
    if positions is None:
        step = np.arange(len(names))[:, None]
        positions = np.array([[-60.0, -45.0, 8.0]]) + step * np.array([[1.0, 1.4, 0.3]])
    scale = {"m": 1e-3, "cm": 0.1, "mm": 1.0}.get(unit, 1.0)
    columns: dict[str, object] = {"name": list(names)}
    columns |= {axis: np.round(positions[:, k] * scale, 6) for k, axis in enumerate("xyz")}
    columns["size"] = "n/a"
    write_table(folder / f"{stem}_electrodes.tsv", pd.DataFrame(columns | dict(extra or {})))
    write_json(
        folder / f"{stem}_coordsystem.json",
        {"iEEGCoordinateSystem": system or space or "Other", "iEEGCoordinateUnits": unit}
        | ({"iEEGCoordinateSystemDescription": "native"} if (system or space or "Other") == "Other" else {}),
    )
