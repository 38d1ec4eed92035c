"""Coordinates of the participant's own brain, through a FreeSurfer folder or a transform."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nibabel.affines import apply_affine

from bids_vlint.atlas.freesurfer import colour_names, reconstruction
from bids_vlint.atlas.places import place
from bids_vlint.atlas.regions import relabelled
from bids_vlint.atlas.transform import read_transform, transform_for
from bids_vlint.atlas.ways import Helpers
from bids_vlint.errors import Exit, InputError
from bids_vlint.files.tables import read_tsv, write_tsv
from bids_vlint.study.electrodes import Electrodes
from tests.atlas.brains import Reference, blocks, freesurfer_folder
from tests.atlas.test_lookup import MNI305

# As FreeSurfer writes its volumes: left, inferior, anterior; not centred on the scanner's origin.
TO_RAS = np.array([[-1.0, 0, 0, 18], [0, 0, 1, -26], [0, -1, 0, 31], [0, 0, 0, 1]])
TO_MNI305 = np.array([[1.05, 0.02, 0, 2], [-0.02, 1.1, 0.05, -4], [0, -0.04, 1.08, 6], [0, 0, 0, 1]])
DKT = [1001, 1030, 2015, 2035, 17, 54, 2, 41, 4]
DESTRIEUX = [11101, 12175, 17, 2]
SHAPE = (40, 50, 45)


@pytest.fixture(scope="module")
def subjects(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("subjects")
    volumes = {
        "aparc.DKTatlas+aseg.mgz": blocks(SHAPE, DKT),
        "aparc.a2009s+aseg.mgz": blocks(SHAPE, DESTRIEUX, seed=1),
    }
    freesurfer_folder(folder / "sub-01", volumes, TO_RAS, TO_MNI305)
    freesurfer_folder(folder / "02", {"aparc+aseg.mgz": blocks(SHAPE, DKT)}, TO_RAS, None)
    (folder / "sub-04" / "mri").mkdir(parents=True)
    return folder


def reference(file: Path) -> Reference:
    image = nib.load(file)
    names = {k: colour_names()[k] for k in {*DKT, *DESTRIEUX}}
    return Reference(np.asanyarray(image.dataobj).astype(int), image.affine, names)


def electrodes(xyz: np.ndarray, space: str | None, described: str | None = None, units: str = "mm") -> Electrodes:
    names = pd.Index([f"A{k}" for k in range(len(xyz))], name="name")
    table = pd.DataFrame(xyz, names, ["x", "y", "z"])
    return Electrodes(table, space, units, Path("sub-01_electrodes.tsv"), Path("coordsystem.json"), described)


def own(n: int) -> dict[str, list[str]]:
    return {f"A{k}": [f"A{k}"] for k in range(n)}


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    frame=st.sampled_from(["ACPC", "ScanRAS", "scanner RAS", "surface RAS", "tkRAS"]),
    units=st.sampled_from(["m", "cm", "mm"]),
    atlas=st.sampled_from(["dkt", "destrieux"]),
    seed=st.integers(0, 10**6),
)
def test_the_participants_own_volume_is_nibabels(subjects: Path, frame: str, units: str, atlas: str, seed: int) -> None:
    """Scanner or surface coordinates; MNI152 by talairach.xfm and FreeSurfer's affine, checked step by step."""
    file = subjects / "sub-01" / "mri" / {"dkt": "aparc.DKTatlas+aseg.mgz", "destrieux": "aparc.a2009s+aseg.mgz"}[atlas]
    of, rng = reference(file), np.random.default_rng(seed)
    voxels = np.argwhere(of.labels >= 0)[rng.choice(of.labels.size, 12)] + rng.uniform(-0.45, 0.45, (12, 3))
    scanner = apply_affine(of.affine, voxels)
    surface = frame in ("surface RAS", "tkRAS")
    to_frame = nib.load(file).header.get_vox2ras_tkr() @ np.linalg.inv(of.affine) if surface else np.eye(4)
    given_xyz = apply_affine(to_frame, scanner) / {"m": 1000.0, "cm": 10.0, "mm": 1.0}[units]
    space, described = (frame, None) if frame in ("ACPC", "ScanRAS") else ("Other", f"FreeSurfer, {frame}")
    rows = electrodes(given_xyz, space, described, units)
    helpers = Helpers(reconstruction(subjects, "01", None))
    table, notes = place(own(12), [rows], atlases=[atlas], helpers=helpers)
    distance, near = of.nearest(scanner, of.grey())
    grey = {of.names[k] for k in (*DKT, *DESTRIEUX)} - {of.names[k] for k in (2, 41, 4)}
    for k, label in enumerate(of.own(scanner)):
        expected = {label} if label in grey or distance[k] > 3 else near[k]
        assert table["region"].iloc[k] in expected
    mni = apply_affine(MNI305 @ TO_MNI305, scanner)
    np.testing.assert_allclose(table[["mni_x", "mni_y", "mni_z"]].to_numpy(float), mni, atol=1e-4)
    assert set(table["region_atlas"].dropna()) == {f"freesurfer_{atlas}"}
    said = {"dkt": "DKT", "destrieux": "Destrieux"}[atlas]
    assert notes[0] == f"Regions are labels of the participant's own {said} volume of FreeSurfer."
    assert any("linear registration" in note for note in notes)


def test_tissues_and_voxels_of_the_own_volume(subjects: Path) -> None:
    of = reference(subjects / "sub-01" / "mri" / "aparc.DKTatlas+aseg.mgz")
    rng = np.random.default_rng(0)
    voxels = np.argwhere(of.labels >= 0)[rng.choice(of.labels.size, 60)]
    helpers = Helpers(reconstruction(subjects, "01", None))
    table, _ = place(own(60), [electrodes(apply_affine(of.affine, voxels), "ACPC")], helpers=helpers)
    labels = of.labels[tuple(voxels.T)]
    expected = ["white" if k in (2, 41) else "grey" if k in set(DKT) - {4} else "outside" for k in labels]
    assert table["tissue"].tolist() == expected
    assert table["region_atlas"].dropna().unique().tolist() == ["freesurfer_dkt"], "the first that is there"
    inside = table["tissue"] == "grey"
    assert table["region"][inside].tolist() == [colour_names()[int(k)] for k in labels[inside.to_numpy()]]
    assert (table["distance_mm"][inside] == 0).all()
    k = int(np.flatnonzero(inside)[0])
    ball = [v for v in np.argwhere(of.labels > 0) if np.linalg.norm(v - voxels[k]) <= 3]
    share = np.mean([of.labels[tuple(v)] == labels[k] for v in ball])
    assert table["region_share"].iloc[k] == pytest.approx(share)


def test_a_bipolar_pair_is_looked_up_at_its_midpoint(subjects: Path) -> None:
    of = reference(subjects / "sub-01" / "mri" / "aparc.DKTatlas+aseg.mgz")
    middle = apply_affine(of.affine, np.argwhere(of.labels == 2035).mean(axis=0)[None].round())
    inside = apply_affine(of.affine, np.argwhere(of.labels == 2035)[7][None])
    step = np.array([6.0, 0, 0])
    ends = np.vstack([inside + step, inside - step, middle])
    helpers = Helpers(reconstruction(subjects, "01", None))
    table, _ = place({"A0-A1": ["A0", "A1"], "A2": ["A2"]}, [electrodes(ends, "ACPC")], helpers=helpers)
    assert table.loc["A0-A1", "region"] == "ctx-rh-insula"
    assert table.loc["A0-A1", "region_name"] == "right insula"
    assert table.loc["A0-A1", "distance_mm"] == 0


def test_columns_come_first_unless_an_atlas_is_named(subjects: Path) -> None:
    of = reference(subjects / "sub-01" / "mri" / "aparc.DKTatlas+aseg.mgz")
    rows = electrodes(apply_affine(of.affine, np.argwhere(of.labels == 17)[:2]), "ACPC")
    rows = replace(rows, table=rows.table.assign(region=["r1", "n/a"]))
    helpers = Helpers(reconstruction(subjects, "01", None))
    first, _ = place(own(2), [rows], helpers=helpers)
    assert first["region"].tolist() == ["r1", None]
    assert first["freesurfer_dkt"].tolist() == ["Left-Hippocampus"] * 2
    assert first["tissue"].tolist() == ["grey", "grey"], "of the place, whoever named the region"
    second, _ = place(own(2), [rows], atlases=["dkt"], helpers=helpers)
    assert second["region"].tolist() == ["Left-Hippocampus"] * 2
    assert second["electrodes_region"].tolist() == ["r1", None]


@pytest.mark.parametrize("after", [[], ["destrieux"], ["desikan"], ["region", "dkt"]], ids=str)
def test_own_labels_are_found_anew_from_the_table(subjects: Path, after: list[str], tmp_path: Path) -> None:
    of = reference(subjects / "sub-01" / "mri" / "aparc.DKTatlas+aseg.mgz")
    voxels = np.argwhere(of.labels >= 0)[:: of.labels.size // 9][:9]
    rows, helpers = electrodes(apply_affine(of.affine, voxels), "ACPC"), Helpers(reconstruction(subjects, "01", None))
    first, old = place(own(9), [rows], helpers=helpers)
    write_tsv(tmp_path / "sites.tsv", first.reset_index())
    cells = read_tsv(tmp_path / "sites.tsv").set_index("name").astype(object)
    table, notes = relabelled(cells.where(cells != "n/a", None), old, after)
    expected, said = place(own(9), [rows], atlases=after, helpers=helpers)
    for column in ("region", "region_name", "region_atlas", "tissue"):
        assert table[column].to_dict() == expected[column].to_dict()
    for column in ("distance_mm", "region_share"):
        np.testing.assert_allclose(table[column].astype(float), expected[column].astype(float), atol=2e-4)
    assert notes == said


def test_a_volume_of_another_image_is_not_believed(subjects: Path) -> None:
    """Most contacts outside the own brain: the frame is another than that of FreeSurfer's image."""
    far = np.random.default_rng(0).uniform(60, 80, (8, 3))
    table, notes = place(own(8), [electrodes(far, "ScanRAS")], helpers=Helpers(reconstruction(subjects, "01", None)))
    assert table["region"].isna().all()
    assert table["mni_x"].isna().all()
    assert "8 of 8 channels would lie more than 10 mm from the grey matter" in notes[0]


@pytest.mark.parametrize(
    ("space", "described", "said"),
    [
        ("Other", None, "does not say whether they are the scanner's or the surface's"),
        ("Pixels", "surface RAS", "Pixels of a picture"),
        (None, "surface RAS", "no frame"),
        ("CapTrak", "as it was", "does not say"),
    ],
)
def test_frames_that_are_not_declared(subjects: Path, space: str | None, described: str | None, said: str) -> None:
    helpers = Helpers(reconstruction(subjects, "01", None))
    table, notes = place(own(3), [electrodes(np.zeros((3, 3)) + 5.0, space, described)], helpers=helpers)
    assert table["region"].isna().all()
    assert said in notes[0]


def test_native_metres_that_are_called_millimetres(subjects: Path) -> None:
    helpers = Helpers(reconstruction(subjects, "01", None))
    table, notes = place(own(3), [electrodes(np.full((3, 3), 0.01), "ACPC")], helpers=helpers)
    assert table["region"].isna().all()
    assert "cannot be in mm" in notes[0]


def test_folders(subjects: Path, tmp_path: Path) -> None:
    longitudinal = freesurfer_folder(
        tmp_path / "sub-01_ses-2", {"aparc+aseg.mgz": blocks((9, 9, 9), [17])}, TO_RAS, None
    )
    assert (found := reconstruction(tmp_path, "01", "2")) is not None
    assert found.folder == longitudinal
    assert (second := reconstruction(subjects, "02", None)) is not None
    assert second.to_mni305 is None
    assert reconstruction(subjects, "03", None) is None
    with pytest.raises(InputError, match=r"mri: has no aparc\+aseg\.mgz") as caught:
        reconstruction(subjects, "04", None)
    assert caught.value.code == Exit.NO_INPUT
    broken = freesurfer_folder(tmp_path / "sub-05", {"aparc+aseg.mgz": blocks((9, 9, 9), [17])}, TO_RAS, None)
    (broken / "mri" / "aparc+aseg.mgz").write_bytes(b"no image")
    with pytest.raises(InputError, match="cannot be read as an image") as caught:
        reconstruction(tmp_path, "05", None)
    assert caught.value.code == Exit.DATA


def test_without_talairach_xfm_there_are_regions_and_no_mni(subjects: Path) -> None:
    of = reference(subjects / "02" / "mri" / "aparc+aseg.mgz")
    rows = electrodes(apply_affine(of.affine, np.argwhere(of.labels == 54)[:2]), "ACPC")
    table, notes = place(own(2), [rows], helpers=Helpers(reconstruction(subjects, "02", None)))
    assert table["region"].tolist() == ["Right-Amygdala"] * 2
    assert table["mni_x"].isna().all()
    assert any("has no talairach.xfm" in note for note in notes)


# --- transforms ---

AFFINE = np.array([[0.98, 0.05, -0.02, 3.5], [-0.06, 1.07, 0.03, -12.0], [0.01, -0.04, 1.03, 8.25], [0, 0, 0, 1]])


def _text(matrix: np.ndarray) -> str:
    return "\n".join(" ".join(f"{v:.9f}" for v in row) for row in matrix) + "\n"


def _xfm(matrix: np.ndarray) -> str:
    return f"MNI Transform File\nTransform_Type = Linear;\nLinear_Transform =\n{_text(matrix[:3])};\n"


def _itk(matrix: np.ndarray) -> str:
    """With a centre, as ANTs writes it."""
    lps = np.diag([-1.0, -1, 1, 1])
    own, centre = lps @ matrix @ lps, np.array([4.0, -7.0, 2.0])
    offset = own[:3, 3] - centre + own[:3, :3] @ centre
    numbers = " ".join(f"{v:.12g}" for v in [*own[:3, :3].ravel(), *offset])
    return ("#Insight Transform File V1.0\n#Transform 0\nTransform: AffineTransform_double_3_3\n"
            f"Parameters: {numbers}\nFixedParameters: 4 -7 2\n")  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("sub-01_xfm.txt", _text(AFFINE)),
        ("sub-01_xfm.csv", _text(AFFINE[:3]).replace(" ", ",")),
        ("sub-01.xfm", _xfm(AFFINE)),
        ("sub-01_from-ACPC_to-MNI152_mode-points_xfm.txt", _itk(AFFINE)),
        ("sub-01_from-ACPC_to-MNI152_mode-image_xfm.txt", _itk(np.linalg.inv(AFFINE))),
    ],
)
def test_a_transform_leads_to_nibabels_label(name: str, text: str, tmp_path: Path) -> None:
    from tests.atlas.test_lookup import reference as of_atlas
    from tests.atlas.test_lookup import somewhere

    (tmp_path / name).write_text(text)
    of = of_atlas("desikan")
    mni = somewhere(of, 12, seed=8)[:12]
    rows = electrodes(apply_affine(np.linalg.inv(AFFINE), mni), "ACPC")
    helpers = Helpers(transform=read_transform(tmp_path / name))
    table, notes = place(own(12), [rows], helpers=helpers)
    np.testing.assert_allclose(table[["mni_x", "mni_y", "mni_z"]].to_numpy(float), mni, atol=1e-4)
    assert table["region"].tolist() == of.own(mni)
    assert set(table["mni_from"]) == {f"ACPC, by {name} to MNI152"}
    assert any(name in note for note in notes)


def test_itks_mat(tmp_path: Path) -> None:
    from scipy.io import savemat

    text = _itk(AFFINE).splitlines()
    content = {"AffineTransform_double_3_3": np.array(text[3].split()[1:], float)[:, None],
               "fixed": np.array(text[4].split()[1:], float)[:, None]}  # fmt: skip
    file = tmp_path / "sub-01_from-T1w_to-MNI152NLin2009cAsym_mode-points_xfm.mat"
    savemat(file, content, format="4")
    found = read_transform(file)
    np.testing.assert_allclose(found.affine, AFFINE, atol=1e-9)
    assert (found.source, found.target) == ("T1w", "MNI152NLin2009cAsym")


def test_talairach_xfm_leads_to_mni305_and_from_says_whose_it_is(tmp_path: Path) -> None:
    (tmp_path / "talairach.xfm").write_text(_xfm(AFFINE))
    assert read_transform(tmp_path / "talairach.xfm").target == "MNI305"
    (tmp_path / "sub-01_from-CTF_to-fsaverage.txt").write_text(_text(AFFINE))
    found = transform_for(str(tmp_path / "sub-{subject}_from-CTF_to-fsaverage.txt"), "01", None)
    assert found is not None
    xyz = np.array([[10.0, 20, 30]])
    one, _ = place(own(1), [electrodes(xyz, "CTF")], helpers=Helpers(transform=found))
    np.testing.assert_allclose(
        one[["mni_x", "mni_y", "mni_z"]].to_numpy(float), apply_affine(MNI305 @ AFFINE, xyz), atol=1e-6
    )
    other, notes = place(own(1), [electrodes(xyz, "ACPC")], helpers=Helpers(transform=found))
    assert other["mni_x"].isna().all()
    assert "--transform" in notes[0]
    assert transform_for(str(tmp_path / "sub-{subject}_from-CTF_to-fsaverage.txt"), "02", None) is None


def test_a_transform_to_the_participants_image(subjects: Path, tmp_path: Path) -> None:
    """From a CT to the T1 that FreeSurfer was given."""
    (tmp_path / "from-Other_to-T1w.txt").write_text(_text(AFFINE))
    of = reference(subjects / "sub-01" / "mri" / "aparc.DKTatlas+aseg.mgz")
    scanner = apply_affine(of.affine, np.argwhere(of.labels == 1030)[:5])
    rows = electrodes(apply_affine(np.linalg.inv(AFFINE), scanner), "Other")
    transform = read_transform(tmp_path / "from-Other_to-T1w.txt")
    table, _ = place(own(5), [rows], helpers=Helpers(reconstruction(subjects, "01", None), transform))
    assert table["region"].tolist() == ["ctx-lh-superiortemporal"] * 5
    np.testing.assert_allclose(table["mni_x"].astype(float), apply_affine(MNI305 @ TO_MNI305, scanner)[:, 0], atol=1e-4)
    _, notes = place(own(5), [rows], helpers=Helpers(transform=transform))
    assert "leads to T1w" in notes[0]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.txt", "1 2 3\n", "holds no linear transform"),
        ("b.txt", _text(np.diag([1, 1, 1, 2.0])), "last row"),
        ("c.txt", _text(np.diag([-1, 1, 1, 1.0])), "mirrors"),
        ("d.txt", _text(np.diag([10, 10, 10, 1.0])), "scales by 10"),
        ("e.txt", _itk(AFFINE), "does not say whether it moves points or images"),
        ("f_mode-points.txt", _itk(AFFINE).replace("Parameters: ", "Parameters: 1 ", 1), "not one affine"),
        ("g_mode-points.mat", _text(AFFINE), "FLIRT"),
        ("h.h5", "x", "no linear transform"),
    ],
)
def test_what_is_no_transform(name: str, text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=said) as caught:
        read_transform(tmp_path / name)
    assert caught.value.code == Exit.DATA
