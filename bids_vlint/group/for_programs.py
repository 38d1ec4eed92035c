"""The sites in the formats of other programs: a short table, BrainNet Viewer's nodes, threeBrain's (RAVE's) tables, an
image in MNI152 space."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bids_vlint.atlas.spaces import to_mni305
from bids_vlint.derivatives.layout import program_file
from bids_vlint.files.atomic import atomic, write_text
from bids_vlint.files.tables import cells
from bids_vlint.inference.calibrated.claims import INTEGRATION, WITH_LANGUAGE

SHORT_COLUMNS = (
    "participant_id", "session", "task", "name", "region", "region_name", "tissue", "mni_x", "mni_y", "mni_z",
    "integration_either", "integration_either_q", "integration_either_q_group", "language_integration",
    "vision_integration", "trained_with_language_either", "language_multimodal_beats_linear_diff",
    "vision_multimodal_beats_linear_diff", "language_best_multimodal", "vision_best_multimodal",
)  # fmt: skip
_MNI = ["mni_x", "mni_y", "mni_z"]
_GRID, _MM, _FIRST = (91, 109, 91), 2.0, (-90.0, -126.0, -72.0)  # that of the MNI152 templates of 2 mm
_RADIUS_MM = 3.0
_TEMPLATE = "fsaverage"
_VALUES = ("integration_either_q", "language_multimodal_beats_linear_diff", "vision_multimodal_beats_linear_diff")
_NODE_SIZES = {1: 4, 2: 3, 3: 1, 4: 1}  # colour -> size


def write_for_programs(out: Path, sites: pd.DataFrame) -> None:
    """Write exports/sites.csv, sites.node, electrodes.csv, values.csv and sites.nii.gz.

    Parameters
    ----------
    out : Path
        The output folder.
    sites : DataFrame
        All electrodes (`stack_sites`).
    """
    program_file(out, "sites.csv").parent.mkdir(exist_ok=True)
    write_text(program_file(out, "sites.csv"), _csv(sites[[*SHORT_COLUMNS]]))
    placed = sites[sites[_MNI].notna().all(axis=1)]
    write_text(program_file(out, "sites.node"), nodes(placed))
    write_text(program_file(out, "electrodes.csv"), _csv(three_brain_electrodes(placed)))
    write_text(program_file(out, "values.csv"), _csv(three_brain_values(placed)))
    with atomic(program_file(out, "sites.nii.gz")) as path:
        path.write_bytes(gzip.compress(_image(placed).to_bytes(), mtime=0))


def _csv(table: pd.DataFrame) -> str:
    columns = [[_quoted(text) for text in (str(name), *cells(table.iloc[:, k]))] for k, name in enumerate(table)]
    return "".join(",".join(line) + "\n" for line in zip(*columns))


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if "," in text or '"' in text or "\n" in text else text


def three_brain_electrodes(placed: pd.DataFrame) -> pd.DataFrame:
    """The electrodes of all participants on fsaverage, as threeBrain's `set_electrodes` and RAVE read them.

    `Electrode` counts from 1, `SubjectCode` is whose it is. `Coord_x` to `Coord_z` are FreeSurfer's tkrRAS of
    `Subject`, which for fsaverage are MNI305; these come from MNI152 by the inverse of FreeSurfer's affine.
    """
    mni152 = placed[_MNI].to_numpy(float)
    mni305 = to_mni305(mni152)
    labels = [f"{who} {name}" for who, name in zip(placed["participant_id"], placed["name"])]
    places = {f"{frame}_{axis}": mm[:, k].round(3) for frame, mm in
              (("Coord", mni305), ("MNI305", mni305), ("MNI152", mni152)) for k, axis in enumerate("xyz")}  # fmt: skip
    n = len(placed)
    return pd.DataFrame({
        "Subject": [_TEMPLATE] * n, "SubjectCode": placed["participant_id"].tolist(), "Electrode": range(1, n + 1),
        **{name: places[name] for name in list(places)[:3]}, "Label": labels, **dict(list(places.items())[3:]),
        "SurfaceElectrode": ["FALSE"] * n, "SurfaceType": ["pial"] * n, "Radius": [2] * n, "VertexNumber": [-1] * n,
        "Hemisphere": np.where(mni152[:, 0] < 0, "left", "right"),
    })  # fmt: skip


def three_brain_values(placed: pd.DataFrame) -> pd.DataFrame:
    """What threeBrain's `set_electrode_values` colours the electrodes by; NA: not tested."""
    n = len(placed)
    names = np.array(["integration", "trained with language", "neither", "not tested"])
    numbers = {c: placed[c].astype(object).where(placed[c].notna(), "NA").tolist() for c in _VALUES}
    return pd.DataFrame({"Project": ["bids_vlint"] * n, "Subject": [_TEMPLATE] * n, "Electrode": range(1, n + 1),
                         "Time": [0] * n, "Called": names[_called(placed) - 1], **numbers})  # fmt: skip


def _called(placed: pd.DataFrame) -> np.ndarray:
    """1 integration, 2 trained with language (in at least one alignment), 3 neither, 4 not tested."""
    words = [placed[f"{word}_either"] for word in (INTEGRATION, WITH_LANGUAGE)]
    truth = [word.fillna(False).astype(bool) for word in words]
    tested = words[0].notna() | words[1].notna()
    return np.select([truth[0], truth[1], tested], [1, 2, 3], 4)


def nodes(placed: pd.DataFrame) -> str:
    """BrainNet Viewer's nodes: x, y, z (MNI152, mm), colour, size, label without spaces.

    Colours: 1 integration, 2 trained with language (in at least one alignment), 3 neither, 4 not tested.
    """
    colours = _called(placed)
    labels = [f"{who}_{name}".replace(" ", "_") for who, name in zip(placed["participant_id"], placed["name"])]
    rows = zip(placed[_MNI].to_numpy(float), colours.tolist(), labels)
    return "".join(f"{x:.2f}\t{y:.2f}\t{z:.2f}\t{colour}\t{_NODE_SIZES[colour]}\t{label}\n"
                   for (x, y, z), colour, label in rows)  # fmt: skip


def _image(placed: pd.DataFrame) -> Any:
    """How many integration sites lie within 3 mm of each voxel."""
    import nibabel as nib

    affine = np.diag([_MM, _MM, _MM, 1.0])
    affine[:3, 3] = _FIRST
    counts = np.zeros(_GRID, np.uint8)
    found = placed[placed[f"{INTEGRATION}_either"].fillna(False).astype(bool)]
    reach = int(np.ceil(_RADIUS_MM / _MM)) + 1
    around = np.stack(np.meshgrid(*[np.arange(-reach, reach + 1)] * 3, indexing="ij"), -1).reshape(-1, 3)
    for mm in found[_MNI].to_numpy(float):
        voxels = np.round((mm - _FIRST) / _MM).astype(int) + around
        near = np.linalg.norm(voxels * _MM + _FIRST - mm, axis=1) <= _RADIUS_MM
        inside = ((voxels >= 0) & (voxels < _GRID)).all(axis=1)
        x, y, z = voxels[near & inside].T
        counts[x, y, z] += 1
    image = nib.Nifti1Image(counts, affine)
    image.header.set_xyzt_units("mm")
    image.set_sform(affine, "mni")
    image.set_qform(affine, "mni")
    return image
