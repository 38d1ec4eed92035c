"""Any NIfTI with a table of its labels, and regions in words."""

from __future__ import annotations

import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pandas as pd
import pytest
from nibabel.affines import apply_affine

from bids_vlint.atlas.label_table import label_names, table_of
from bids_vlint.atlas.labelling import ATLASES, check_atlases
from bids_vlint.atlas.places import place
from bids_vlint.atlas.words import region_words
from bids_vlint.errors import Exit, InputError
from bids_vlint.group.regions import labels_of
from bids_vlint.study.electrodes import Electrodes
from tests.atlas.brains import blocks

TO_MNI = np.array([[2.0, 0, 0, -30], [0, 2, 0, -40], [0, 0, 2, -20], [0, 0, 0, 1]])
NAMES = {1: "Left V1", 7: "Area 44", 12: "white_matter"}
TABLES = {
    ".tsv": "index\tname\tabbreviation\n1\tLeft V1\tV1\n7\tArea 44\tA44\n12\twhite_matter\tn/a\n",
    ".csv": "name,value\nLeft V1,1\nArea 44,7\nwhite_matter,12\n",
    ".txt": "# No. Label R G B A\n0 Unknown 0 0 0 0\n1 Left V1 1 2 3 0\n7  Area 44  4 5 6 0\n12 white_matter 7 8 9 0\n",
    ".lut": '0 0 0 0 0 0 0 "Clear Label"\n1 255 0 0 1 1 1 "Left V1"\n7 0 255 0 1 1 1 "Area 44"\n'
    '12 1 1 1 1 1 1 "white_matter"\n',
    ".xml": '<atlas><data><label index="0" x="1" y="2" z="3">Left V1</label><label index="6">Area 44</label>'
    '<label index="11">white_matter</label></data></atlas>',
    ".json": json.dumps({str(k): n for k, n in NAMES.items()}),
}


def image(file: Path, labels: np.ndarray | None = None) -> Path:
    nib.save(
        nib.Nifti1Image(blocks((20, 25, 22), list(NAMES)).astype(np.int16) if labels is None else labels, TO_MNI), file
    )
    return file


def electrodes(mm: np.ndarray) -> Electrodes:
    table = pd.DataFrame(mm, pd.Index([f"A{k}" for k in range(len(mm))], name="name"), ["x", "y", "z"])
    return Electrodes(table, "MNI152NLin6Asym", "mm", Path("sub-01_electrodes.tsv"))


@pytest.mark.parametrize("ending", TABLES)
def test_a_file_with_its_table(ending: str, tmp_path: Path) -> None:
    file = image(tmp_path / "ours.nii.gz")
    (tmp_path / f"ours{ending}").write_text(TABLES[ending])
    labels = np.asanyarray(nib.load(file).dataobj)
    check_atlases([str(file)])
    voxels = np.argwhere(labels > 0)[::97]
    table, notes = place({f"A{k}": [f"A{k}"] for k in range(len(voxels))}, [electrodes(apply_affine(TO_MNI, voxels))],
                         atlases=[str(file)])  # fmt: skip
    own = labels[tuple(voxels.T)]
    grey = own != 12
    assert [table["region"].iloc[k] for k in np.flatnonzero(grey)] == [NAMES[int(k)] for k in own[grey]]
    assert table["tissue"].tolist() == ["grey" if ok else "white" for ok in grey], "white matter is named in it"
    assert set(table["region_atlas"].dropna()) == {"ours.nii.gz"}
    assert notes[0] == "Regions are labels of ours.nii.gz at the MNI152 coordinates."


def test_several_files_and_atlases_in_order(tmp_path: Path) -> None:
    first, second = image(tmp_path / "a.nii.gz"), image(tmp_path / "b.nii")
    for file in (first, second):
        file.with_name(f"{file.name[0]}.tsv").write_text(TABLES[".tsv"])
    place_of = electrodes(apply_affine(TO_MNI, np.argwhere(np.asanyarray(nib.load(first).dataobj) == 7)[:1]))
    both, _ = place({"A0": ["A0"]}, [place_of], atlases=[str(first), "aal", "desikan", "region", str(second)])
    own = [place({"A0": ["A0"]}, [place_of], atlases=[name])[0].loc["A0", "region"] for name in ("aal", "desikan")]
    assert both.loc["A0", ["region", "also_aal", "also_desikan", "also_b"]].tolist() == ["Area 44", *own, "Area 44"]
    assert "also_aal" in labels_of(both.reset_index())["atlas"].tolist()
    for atlases, taken in (([first, second], "a.nii.gz"), ([second, "desikan"], "b.nii"), (["dkt", first], "a.nii.gz")):
        table, _ = place({"A0": ["A0"]}, [place_of], atlases=[str(name) for name in atlases])
        assert table["region_atlas"].tolist() == [taken]


def test_the_table_that_bids_shares_among_images(tmp_path: Path) -> None:
    """As templateflow has them; a sidecar of the image is no table."""
    file = image(tmp_path / "tpl-MNI152NLin2009cAsym_res-01_atlas-Ours_desc-th25_dseg.nii.gz")
    file.with_name(file.name.replace(".nii.gz", ".json")).write_text('{"Resolution": "1 mm", "Voxels": 3}')
    with pytest.raises(InputError, match=r"has no table of its labels beside it; put one there.*dseg\.tsv") as caught:
        table_of(file)
    assert caught.value.code == Exit.NO_INPUT
    shared = tmp_path / "tpl-MNI152NLin2009cAsym_atlas-Ours_dseg.tsv"
    shared.write_text(TABLES[".tsv"])
    (tmp_path / "tpl-MNI152NLin2009cAsym_atlas-Theirs_dseg.tsv").write_text(TABLES[".tsv"])
    assert table_of(file) == shared


@pytest.mark.parametrize(
    ("name", "labels", "table", "said", "code"),
    [
        ("a.nii.gz", None, None, "has no table of its labels beside it", Exit.NO_INPUT),
        ("b.nii.gz", None, "index\tname\n", "names no label", Exit.DATA),
        ("c.nii.gz", None, "index\tname\n99\tnowhere\n", "has none of the labels that c.tsv names", Exit.DATA),
        ("d.nii.gz", np.zeros((3, 3, 3, 2), np.int16), TABLES[".tsv"], "one volume of labels", Exit.DATA),
        ("e.nii.gz", np.full((3, 3, 3), 0.5, np.float32), TABLES[".tsv"], "no whole ones", Exit.DATA),
        ("f_space-T1w_dseg.nii.gz", None, TABLES[".tsv"], "is in T1w by its name", Exit.DATA),
        ("tpl-fsaverage_dseg.nii.gz", None, TABLES[".tsv"], "is in fsaverage by its name", Exit.DATA),
    ],
)
def test_files_that_are_refused(
    name: str, labels: np.ndarray | None, table: str | None, said: str, code: Exit, tmp_path: Path
) -> None:
    file = image(tmp_path / name, labels)
    if table is not None:
        file.with_name(name.replace(".nii.gz", ".tsv")).write_text(table)
    with pytest.raises(InputError, match=said) as caught:
        check_atlases([str(file)])
    assert caught.value.code == code


def test_a_file_that_is_not_there_or_no_image(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not there") as caught:
        check_atlases([str(tmp_path / "none.nii.gz")])
    assert caught.value.code == Exit.NO_INPUT
    (tmp_path / "text.nii").write_text("no image at all, but some text")
    (tmp_path / "text.tsv").write_text(TABLES[".tsv"])
    with pytest.raises(InputError, match="cannot be read as an image"):
        check_atlases([str(tmp_path / "text.nii")])


def test_lists_of_objects_and_names_with_numbers(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"labels": [{"index": 3, "name": "x"}, {"value": 4, "label": "y"}]}')
    (tmp_path / "b.json").write_text('{"x": 3, "y": 4}')
    (tmp_path / "c.txt").write_text("3\tx\n4\ty\n")
    (tmp_path / "d.txt").write_text("1 Precentral_L 2001\n2 Area 44\n")
    (tmp_path / "e.xml").write_text("<label><index>2001</index><name>Precentral_L</name></label>")
    (tmp_path / "f.json").write_text('["x", "y"]')
    assert [label_names(tmp_path / name) for name in ("a.json", "b.json", "c.txt")] == [{3: "x", 4: "y"}] * 3
    assert label_names(tmp_path / "d.txt") == {1: "Precentral_L", 2: "Area 44"}
    assert label_names(tmp_path / "e.xml") == {2001: "Precentral_L"}
    with pytest.raises(InputError, match="names no label"):
        label_names(tmp_path / "f.json")


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("ctx-lh-bankssts", "left banks of the superior temporal sulcus"),
        ("bankssts", "banks of the superior temporal sulcus"),
        ("lh.superiortemporal", "left superior temporal gyrus"),
        ("ctx_rh_G_temp_sup-Plan_tempo", "right planum temporale of the superior temporal gyrus"),
        ("Right-Thalamus", "right thalamus"),
        ("Left-Cerebral-White-Matter", "left cerebral white matter"),
        ("wm-lh-insula", "left white matter of the insula"),
        ("Brain-Stem", "brain stem"),
        ("Temporal_Pole_Mid_R", "right middle temporal pole"),
        ("Left_Heschl's_Gyrus_(includes_H1_and_H2)", "left Heschl's gyrus"),
        ("Right_Cingulate_Gyrus_posterior_division", "right cingulate gyrus, posterior division"),
        ("ctx-lh-insula / cuneus", "left insula / cuneus"),
        ("Unknown", "Unknown"),
        ("7Networks_LH_Vis_1", "7Networks LH Vis 1"),
        (None, None),
    ],
)
def test_regions_in_words(label: str | None, words: str | None) -> None:
    assert region_words(label) == words


@pytest.mark.parametrize("atlas", ["desikan", "destrieux", "aal"])
def test_every_label_of_an_atlas_has_words(atlas: str) -> None:
    """No abbreviation is left: words are lower case, but for names of people, and have no sign of a label."""
    image_of = ATLASES.named(atlas).image
    assert image_of is not None
    labels = image_of.read()
    assert labels is not None
    for label in labels.names.values():
        words = str(region_words(label))
        assert not set(words) & set("_"), label
        plain = words.replace("Heschl", "").replace("Rolandic", "").replace("H-shaped", "")
        assert not any(c.isupper() for c in plain if c not in "IVXB"), words
        assert not any(part in f" {words} " for part in (" inf ", " sup ", " mid ", " ant ", " post ", " oper ")), words
