"""What a fit leaves behind: sites, dense scores, events; written, and read again by reports and group level."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bids_vlint.derivatives import layout
from bids_vlint.derivatives.cells import as_table, typed
from bids_vlint.derivatives.column import Column, sidecar_of
from bids_vlint.derivatives.columns import EVENT_COLUMNS, sites_columns
from bids_vlint.derivatives.record import FitRecord
from bids_vlint.encoding.score import Scores
from bids_vlint.errors import Exit, InputError
from bids_vlint.files.atomic import atomic, plain, read_json, read_tsv, write_json, write_text, write_tsv
from bids_vlint.signals.responses import Responses
from bids_vlint.study.fits import FitName
from bids_vlint.study.stimulus import Alignment

BIDS_VERSION = "1.11.1"

README = """# Where vision and language are integrated: results of bids_vlint

Each participant has, in `sub-*/[ses-*/]ieeg/`, per fit (the runs of a session and task that share their channels):

- `*_desc-sites_channels.tsv`: a row per electrode, with every test, its place and region. The JSON file beside it
  defines each column and holds, under `Fit`, what was read, what was dropped and why, and the settings.
- `*_desc-tests_statistics.tsv`: the same tests as a long table for statistics programs, a row per electrode,
  alignment and test: statistic, interval, p, q, the mean and spread of its null, blocks, candidates of each side, the
  smallest difference that could have been found, and both halves of the film.
- `*_desc-published_channels.tsv`: the published inference, with `--inference published` only.
- `*_desc-language_encoding.h5`, `*_desc-vision_encoding.h5`: held-out correlations of every network, electrode and
  time bin, with their intervals, penalties and layers. A random twin is NAME-random; of several, that is their average
  (without penalty and layer) and each is NAME-random-1, -2, ... `linear` is the linear control, `low_level` the
  low-level features of the stimulus, `low_level+NAME` a network joined with them.
- `*_desc-language_inference.h5`, `*_desc-vision_inference.h5`: what the tests come from: the t of every shift, the
  deconvolved time courses, the variance partition, the noise ceiling, the stimulus in the brain's place, and p with
  the stimulus swapped.
- `*_desc-language_events.tsv`, `*_desc-vision_events.tsv`: the events that were used.

`sub-*.html` are the participants' reports. The group level writes `group_sites.tsv` (all electrodes of all
participants), `group_tests.tsv` (the long table of all tests), `group_regions.tsv`, `group_models.tsv`
and `group.html`. `logs/` has the settings of every run.
"""


def start(out: Path, bids_dir: Path, *, version: str) -> None:
    """Make the output folder a BIDS derivative: dataset_description.json, README, .bidsignore.

    Parameters
    ----------
    out : Path
        The output folder; made if absent.
    bids_dir : Path
        The data set that was read; links in its path are not resolved.
    version : str
        The program's version.
    """
    generated = {"Name": "bids_vlint", "Version": version, **_container()}
    write_json(
        layout.dataset_description(out),
        {
            "Name": "Integration of vision and language in movie iEEG",
            "BIDSVersion": BIDS_VERSION,
            "DatasetType": "derivative",
            "GeneratedBy": [generated],
            "SourceDatasets": [_source(bids_dir)],
        },
    )
    write_text(out / "README", README)
    write_text(out / ".bidsignore", "\n".join(layout.BIDSIGNORE) + "\n")


def _container() -> dict[str, Any]:
    """The container, where its environment names it: BIDS_VLINT_CONTAINER is a tag or an image URI with its digest."""
    tag = os.environ.get("BIDS_VLINT_CONTAINER")
    apptainer = os.environ.get("APPTAINER_CONTAINER") or os.environ.get("SINGULARITY_CONTAINER")
    if not (tag or apptainer):
        return {}
    named = {"URI": tag} if tag and "://" in tag else {"Tag": tag or Path(str(apptainer)).name}
    return {"Container": {"Type": "apptainer" if apptainer else "docker", **named}}


def _source(bids_dir: Path) -> dict[str, str]:
    """Where the data came from, with the DOI and name that its description gives."""
    source = {"URL": bids_dir.absolute().as_uri()}
    try:
        described = json.loads((bids_dir / "dataset_description.json").read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        return source
    doi = described.get("DatasetDOI") if isinstance(described, dict) else None
    return source | ({"DOI": doi.strip()} if isinstance(doi, str) and doi.strip() else {})


def write_sites(
    out: Path, name: FitName, sites: pd.DataFrame, record: FitRecord, comparisons: Sequence[str] = ()
) -> None:
    """Write a fit's sites table and its sidecar.

    Parameters
    ----------
    out : Path
        The output folder.
    name : FitName
        The fit.
    sites : DataFrame
        A row per electrode, `name` a column or the index; columns in any order, those absent become n/a, those unknown
        come last.
    record : FitRecord
        What the reports say of the fit; kept under `Fit` in the sidecar.
    comparisons : sequence of str
        Names of the model set's comparisons.
    """
    sites = sites.reset_index() if sites.index.name == "name" and "name" not in sites else sites
    columns = sites_columns(comparisons, map(str, sites.columns))
    table = as_table(sites, columns)
    tsv = layout.sites_tsv(out, name)
    description = "Electrodes of a fit: where networks of vision and language together predict the response best."
    content = {"Description": description, **sidecar_of(columns), "Fit": plain(record)}
    write_json(layout.sidecar(tsv), content | {"Comparisons": list(comparisons)})
    write_tsv(tsv, table)


def read_sites(out: Path, name: FitName) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Read a fit's sites.

    Returns
    -------
    sites : DataFrame
        Numbers as float, truth values as pandas' nullable boolean, text as str or None.
    record : dict
        The fit's record (`FitRecord` as JSON); the comparisons' names are under `comparisons`.

    Raises
    ------
    InputError
        A file is not there (66) or unreadable (65).
    """
    tsv = layout.sites_tsv(out, name)
    sidecar = read_json(layout.sidecar(tsv))
    record = sidecar.get("Fit")
    record = dict(record) if isinstance(record, dict) else {}
    return typed(read_tsv(tsv), sidecar, tsv), record | {"comparisons": list(sidecar.get("Comparisons", []))}


def write_encoding(
    out: Path, name: FitName, alignment: Alignment, scores: Scores, responses: Responses | None = None
) -> None:
    """Write the dense scores of a fit and alignment to HDF5; the same values make the same bytes.

    Data sets r, r_low, r_high, penalty, layer: (model, electrode, bin). With `responses`, also responses
    (event, electrode, bin), event_onset (seconds in the recording) and event_movie_time (seconds in the film).
    Attributes: models, channels, lags (seconds). The average of several random twins has no penalty (NaN) and no layer
    ("n/a").
    """
    import h5py

    shape = scores.r.shape
    text = h5py.string_dtype("utf-8")
    with atomic(layout.encoding_h5(out, name, alignment)) as path, h5py.File(path, "w") as file:
        file.attrs["models"] = np.array(scores.models, dtype=text)
        file.attrs["channels"] = np.array(scores.channels, dtype=text)
        file.attrs["lags"] = np.asarray(scores.lags, dtype=np.float64)
        for dataset in ("r", "r_low", "r_high", "penalty"):
            _store(file, dataset, np.asarray(getattr(scores, dataset), dtype=np.float32))
        _store(file, "layer", _layers(scores.layer, shape))
        if responses is not None:
            _store(file, "responses", np.asarray(responses.data, dtype=np.float32))
            for dataset, column in (("event_onset", "onset"), ("event_movie_time", "movie_time")):
                if column in responses.events:
                    _store(file, dataset, responses.events[column].to_numpy(dtype=np.float64))


def _layers(layer: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Names of the layers per model, electrode and bin, as UTF-8 bytes of one width (they compress to nothing)."""
    names = np.char.encode(np.asarray(layer).astype(str), "utf-8")
    names = names if names.ndim == len(shape) else names[..., np.newaxis]
    return np.broadcast_to(names.astype(f"S{max(names.dtype.itemsize, 1)}"), shape)


def _store(file: Any, name: str, data: np.ndarray) -> None:
    import h5py

    if data.dtype.kind == "S":
        data = data.astype(h5py.string_dtype("utf-8", length=data.dtype.itemsize))
    packed = {"compression": "gzip", "compression_opts": 1, "shuffle": True} if data.size else {}
    file.create_dataset(name, data=data, track_times=False, **packed)


def read_encoding(out: Path, name: FitName, alignment: Alignment) -> Scores:
    """Read the dense scores of a fit and alignment (`validation`, which is not kept, is NaN).

    Raises
    ------
    InputError
        The file is not there (66), or is no such file (65).
    """
    import h5py

    path = layout.encoding_h5(out, name, alignment)
    if not path.is_file():
        raise InputError(path, "is not there", "run the participant level first", Exit.NO_INPUT)
    try:
        with h5py.File(path, "r") as file:
            arrays = {key: file[key][()] for key in ("r", "r_low", "r_high", "penalty")}
            models, channels = (tuple(map(str, file.attrs[key])) for key in ("models", "channels"))
            layer = np.asarray(file["layer"].asstr()[..., 0], dtype=str)
            lags = np.asarray(file.attrs["lags"])
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise InputError(path, f"cannot be read ({error})", "run the participant level again") from error
    return Scores(models, channels, lags, **arrays, layer=layer, validation=np.full(layer.shape, np.nan, np.float32))


def write_events(out: Path, name: FitName, alignment: Alignment, events: pd.DataFrame) -> None:
    """Write the events that a fit and alignment used, with a sidecar that defines the columns."""
    known = [c for c in EVENT_COLUMNS if c.name in events or c.name in ("onset", "duration", "trial_type")]
    others = [str(c) for c in events.columns if c not in {k.name for k in known} and c != "stim_file"]
    columns = [*known, *(Column(o, "string", f"{o}, as the event carries it.") for o in others)]
    table = as_table(events, columns)
    if "trial_type" not in events:
        table["trial_type"] = "word" if alignment == "language" else "scene_cut"
    tsv = layout.events_tsv(out, name, alignment)
    description = f"Events of the {alignment} alignment that were analysed."
    write_json(layout.sidecar(tsv), {"Description": description, **sidecar_of(columns)})
    write_tsv(tsv, table)
