"""`features` writes what a run with the networks themselves would use: the same tables come out."""

from __future__ import annotations

import json
import shutil
import tomllib
from pathlib import Path

import h5py
import numpy as np
import pytest

from bids_vlint.errors import Exit
from tests.acceptance import datasets, running
from tests.acceptance.datasets import Study
from tests.acceptance.signals import Showing
from tests.networks import networks
from tests.sharing import Shared

QUICK = {"skip_bids_validation": True, "n_bootstraps": 50, "n_shifts": 10}
SET = """
random_seeds = 1

[[model]]
name = "slip"
modality = "multimodal"
source = "slip"
architecture = "{vit}"
weights = "slip.pt"
tower = "both"
random_seeds = 2
parts = "blanked"

[[model]]
name = "simclr"
modality = "vision"
source = "slip"
architecture = "{vit}"
weights = "simclr.pt"
layers = "blocks"

[[model]]
name = "bert"
modality = "language"
source = "transformers"
architecture = "bert"
layers = ["default", "encoder.layer.0"]

[[comparison]]
name = "slip_beats_simclr"
model = ["slip"]
baseline = ["simclr"]

[[comparison]]
name = "slip_beats_its_draws_picture"
model = ["slip"]
baseline = ["slip:image-random"]
"""
OF_SLIP = [(True, None), (False, 1), (False, 2)]  # trained, twin


def featured(folder: Path) -> tuple[Study, Path]:
    study = datasets.small_study(folder / "bids", subjects=("01", "02"))
    (film,) = study.films
    part = Showing(film, at=3.21, start=20.0, stop=130.0)
    datasets.write_run(study.root, "02", study.kinds["02"], [part], [f"{film.name}.mp4"])
    networks.save_slip(folder / "slip.pt", networks.slip_state(text=True, head=True))
    networks.save_slip(folder / "simclr.pt", networks.slip_state(text=False, head=True))
    networks.bert_in(folder / "bert")
    (folder / "set.toml").write_text(SET.format(vit=networks.VIT))
    running.succeed(running.run_inside(["features", *argv(study, folder / "features", folder / "set.toml")]))
    return study, folder / "features"


def argv(study: Study, output: Path, models: Path, *words: str) -> list[str]:
    """The words of a run; every run has a work folder of its own."""
    work = output.with_name(f"{output.name}-work")
    return [str(study.root), str(output), *words, "--models", str(models), "-w", str(work), "--skip-bids-validation",
            "--n-bootstraps", "20", "--n-shifts", "0"]  # fmt: skip


@pytest.fixture(scope="session")
def made(shared: Shared) -> tuple[Study, Path]:
    return shared.made("features", featured)


@pytest.fixture
def study(made: tuple[Study, Path]) -> Study:
    """Two participants, of whom one saw a part of the film, and a model set of real networks beside them."""
    return made[0]


@pytest.fixture
def written(made: tuple[Study, Path]) -> Path:
    """The folder that `features` wrote; nobody may change it."""
    return made[1]


def test_the_same_tables(study: Study, written: Path, tmp_path: Path) -> None:
    """Of the participant who saw a part of the film; the networks ran once, and what they made is kept."""
    folder, models = tmp_path, study.root.parent / "set.toml"
    one = ("participant", "--participant-label", "02")
    kept = ("-w", str(written.with_name("features-work")))
    running.succeed(running.run_inside([*argv(study, folder / "direct", models, *one), *kept]))
    moved = folder / "elsewhere"
    shutil.copytree(written, moved)
    running.succeed(running.run_inside(argv(study, folder / "served", moved / "models.toml", *one)))
    for name in ("direct", "served"):
        running.succeed(running.run_inside([str(study.root), str(folder / name), "group"]))
    running.same_tables(folder / "direct", folder / "served")


def test_what_is_written(study: Study, written: Path, tmp_path: Path) -> None:
    table = tomllib.loads((written / "models.toml").read_text())
    listed = [(m["name"], m["shown"], m.get("part_of"), m.get("trained", True), m.get("twin")) for m in table["model"]]
    assert listed == [
        *(("slip", "both", None, *own) for own in OF_SLIP),
        *((f"slip:{shown}", shown, "slip", *own) for shown in ("image", "text") for own in OF_SLIP),
        *(("simclr", "image", None, trained, None) for trained in (True, False)),
        *(("bert", "text", None, trained, None) for trained in (True, False)),
    ]
    assert table["comparison"][0]["baseline"] == ["simclr"]
    assert len(list(written.rglob("*.h5"))) == 2 * len(table["model"])
    (path,) = written.glob("bert/*_language.h5")
    with h5py.File(path) as file:
        assert list(file) == ["onset", "text", "pooled", "encoder.layer.0"]
        onset, text = file["onset"][()], file["text"].asstr()[()]
        assert file["pooled"].shape == (len(onset), 32)
        assert file["encoder.layer.0"].shape == (len(onset), 16 * 32)
    assert (np.diff(onset) > 0).all()
    assert len(set(text)) > 20
    again, kept = Path(shutil.copytree(written, tmp_path / "again")), str(written.with_name("features-work"))
    words = [*argv(study, again, study.root.parent / "set.toml"), "-w", kept]
    assert running.run_inside(["features", *words]).code == 0


def test_participants_one_by_one_into_one_folder(study: Study, written: Path, tmp_path: Path) -> None:
    models, out = study.root.parent / "set.toml", tmp_path / "features"
    kept = ["-w", str(written.with_name("features-work"))]
    for label in ("01", "02"):
        words = [*argv(study, out, models, "--participant-label", label), *kept]
        running.succeed(running.run_inside(["features", *words]))
    assert (out / "models.toml").read_bytes() == (written / "models.toml").read_bytes()
    for path in written.rglob("*.h5"):
        with h5py.File(path) as one, h5py.File(out / path.relative_to(written)) as other:
            for name in one:
                np.testing.assert_array_equal(one[name][()], other[name][()])
    words = [*argv(study, out, models, "--context", "sentence"), *kept]
    assert running.run_inside(["features", *words]).code == Exit.CANNOT_CREATE
    less = ("--alignment", "language", "--participant-label", "02")
    running.succeed(running.run_inside(["features", *words, "--overwrite", *less]))


def test_two_films_of_one_name(study: Study, tmp_path: Path) -> None:
    root = Path(shutil.copytree(study.root, tmp_path / "bids"))
    (film,) = (root / "stimuli").glob("*.mp4")
    (root / "stimuli" / "other").mkdir()
    shutil.copy(film, root / "stimuli" / "other" / film.name)
    for table in root.rglob("sub-02*_events.tsv"):
        table.write_text(table.read_text().replace(f"\t{film.name}", f"\tother/{film.name}"))
    words = argv(study, tmp_path / "out", study.root.parent / "set.toml", "-w", str(tmp_path / "w"))[1:]
    result = running.run_inside(["features", str(root), *words, "--alignment", "language"])
    assert result.code == Exit.DATA
    assert "has the name of" in result.stderr


def test_dry_run(study: Study, tmp_path: Path) -> None:
    words = argv(study, tmp_path / "out", study.root.parent / "set.toml", "--dry-run")
    said = running.succeed(running.run_inside(["features", *words])).stdout
    assert "sub-01: 26 files of 13 networks" in said
    assert ", language: " in said
    participant = argv(study, tmp_path / "out", study.root.parent / "set.toml", "participant", "--dry-run")
    for command in (["features", *words], participant):  # a device that no machine has is refused before the run
        result = running.run_inside([*command, "--device", "cuda:77"])
        assert result.code == Exit.USAGE
        assert "'cuda:77' cannot be used on this machine" in result.stdout + result.stderr
    assert not (tmp_path / "out").exists()


def test_few_events_and_no_signals_will_do(study: Study, tmp_path: Path) -> None:
    root = Path(shutil.copytree(study.root, tmp_path / "bids"))
    for file in root.rglob("*_ieeg.*"):
        if file.suffix in (".eeg", ".vmrk"):
            file.unlink()
    for table in root.rglob("*_events.tsv"):
        lines = table.read_text().splitlines()
        words = [line for line in lines[1:] if "word" in line.split("\t")]
        table.write_text("\n".join([line for line in lines if line not in words[5:]]) + "\n")
    out = tmp_path / "features"
    words = argv(study, out, study.root.parent / "set.toml", "--alignment", "language", "--participant-label", "01")
    running.succeed(running.run_inside(["features", str(root), *words[1:]]))
    (path,) = out.glob("bert/*_language.h5")
    with h5py.File(path) as file:
        assert len(file["onset"]) == 5


def test_bad_words(study: Study, tmp_path: Path) -> None:
    models = study.root.parent / "set.toml"
    for words, code in (
        ([str(tmp_path / "none"), str(tmp_path / "out"), "--models", str(models)], Exit.NO_BIDS),
        ([str(study.root), str(study.root / "inside"), "--models", str(models)], Exit.CANNOT_CREATE),
        ([str(study.root), str(tmp_path / "out")], Exit.USAGE),
        ([str(study.root), str(tmp_path / "out"), "--models", str(models), "--no-such"], Exit.USAGE),
    ):
        running.refused(running.run_inside(["features", *words]), code, tmp_path / "out")


def test_what_is_said_of_features_stands_in_every_report(study: Study, written: Path, tmp_path: Path) -> None:
    noted = tmp_path / "noted"
    shutil.copytree(written, noted)
    kept = [block for block in (noted / "models.toml").read_text().split("[[")
            if any(f'model]]\nname = "{name}"\n' in block for name in ("simclr", "bert"))]  # fmt: skip
    assert len(kept) == 4
    (noted / "models.toml").write_text("[[" + "[[".join(kept))
    note = "simclr: its detector is a stand-in."
    for path in noted.glob("simclr/*.h5"):
        with h5py.File(path, "a") as file:
            file.attrs["notes"] = json.dumps([note])
    words = argv(study, tmp_path / "told", noted / "models.toml", "participant", "--participant-label", "01",
                 "--alignment", "language")  # fmt: skip
    running.succeed(running.run_inside(words, reports=True))
    running.succeed(running.run_inside([str(study.root), str(tmp_path / "told"), "group"], reports=True))
    for name in ("sub-01.html", "group.html"):
        assert note in (tmp_path / "told" / name).read_text(encoding="utf-8")
