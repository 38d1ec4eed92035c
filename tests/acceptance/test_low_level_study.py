"""Low-level features of a study: made once, kept with `features`, read where the film is not."""

from __future__ import annotations

import shutil
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bids_vlint.cli.parser import parse, with_config
from bids_vlint.encoding.network_features import widths_of
from bids_vlint.errors import Exit
from bids_vlint.fit.features import foreseen_networks, networks_of_fit
from bids_vlint.fit.preparation import PreparedFit, prepare_fit
from bids_vlint.log import remarks
from bids_vlint.networks.extraction.extract import Extraction
from bids_vlint.networks.low_level.family import low_level_columns
from bids_vlint.networks.specification import ModelSet
from bids_vlint.study.stimulus import Alignment
from bids_vlint.workflows.protocols import event_protocol, feature_protocol, signal_protocol
from bids_vlint.workflows.study import open_study, plan_all
from tests.acceptance.datasets import Study, small_study
from tests.acceptance.running import run_inside, succeed
from tests.networks.hub_networks import gpt2_of_bytes
from tests.networks.low_level.sounding_film import grey, noise, write_film

NAMES = [c.name for c in low_level_columns()]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Two participants with precomputed networks, and a film with sound in the place of the silent one."""
    study = small_study(tmp_path_factory.mktemp("study") / "bids", subjects=("01", "02"))
    (film,) = (study.root / "stimuli").glob("*.mp4")
    write_film(film, study.films[0].duration, lambda t: grey(0.5 + 0.4 * np.sin(3 * t)), noise, fps=8, rate=16000)
    return study


def run_of(study: Study, out: Path, models: Path, *words: str) -> list[str]:
    return [str(study.root), str(out), *words, "--models", str(models), "-w", str(out.with_name(f"{out.name}-work")),
            "--skip-bids-validation"]  # fmt: skip


def prepared(
    study: Study, folder: Path, models: Path, alignment: str
) -> tuple[PreparedFit, Alignment, ModelSet, Extraction]:
    """The first participant's fit, and what its networks' features are asked for with."""
    given = run_of(study, folder, models, "participant", "--participant-label", "01", "--alignment", alignment)
    chosen = with_config(parse(given))
    opened, runs = open_study(chosen)
    plans, _, _ = plan_all(opened, runs)
    protocols = event_protocol(chosen), signal_protocol(chosen)
    (fit,) = [prepare_fit(plan, opened.models, *protocols) for plan in plans["01"]]
    return fit, fit.alignments[0], opened.models, feature_protocol(chosen)


def test_networks_are_foreseen_as_they_are(study: Study, tmp_path: Path) -> None:
    """Stored features by their own widths; others as they commonly are until they are made."""
    asked = prepared(study, tmp_path / "out", study.models, "language")
    foreseen, real = foreseen_networks(*asked), networks_of_fit(*asked)
    assert [n.label for n in foreseen] == [n.label for n in real]
    for one, other in zip(foreseen, real, strict=True):
        if other.modality != "low_level":
            assert widths_of(one.layers) == widths_of(other.layers)
    models = tmp_path / "computed.toml"
    models.write_text('[[model]]\nname = "net"\nmodality = "language"\nsource = "transformers"\nlayers = ["blocks"]\n'
                      f'architecture = "{gpt2_of_bytes(tmp_path / "gpt2", "words")}"\nrandom_seeds = 1\n')  # fmt: skip
    own = foreseen_networks(*prepared(study, tmp_path / "other", models, "language"))
    assert {n.label: len(n.layers) for n in own} == {"net": 12, "net-random": 12, "low_level": 1}
    assert {w for n in own for w in widths_of(n.layers).values()} == {768, 60}


def features_in(study: Study, folder: Path, models: Path, alignment: str) -> tuple[np.ndarray, tuple[str, ...]]:
    """Low-level features of the first participant's events as a run gets them."""
    with remarks() as notes:
        networks = networks_of_fit(*prepared(study, folder, models, alignment))
    (network,) = [n for n in networks if n.modality == "low_level"]
    return network.layers["low_level"], tuple(notes)


def test_surprisal_serves_a_machine_without_the_network(study: Study, tmp_path: Path) -> None:
    network = gpt2_of_bytes(tmp_path / "gpt2", "and the words that are said")
    models = study.models.parent / "with_gpt2.toml"
    entry = '\n[[model]]\nname = "gpt2"\nmodality = "language"\nsource = "transformers"\n'
    models.write_text(f'{study.models.read_text()}{entry}architecture = "{network}"\nrandom_seeds = 1\n')
    out = tmp_path / "features"
    for label in ("01", "02"):
        succeed(run_inside(["features", *run_of(study, out, models), "--participant-label", label]))
    assert tomllib.loads((out / "models.toml").read_text())["surprisal"] == "gpt2"
    expected, notes = features_in(study, tmp_path / "here", models, "vision")
    found, same = features_in(study, tmp_path / "there", out / "models.toml", "vision")
    np.testing.assert_array_equal(found, expected)
    plain, silent = features_in(study, tmp_path / "plain", study.models, "vision")
    assert found.shape[1] == plain.shape[1] + 6
    for told in (notes, same):
        assert any("is by gpt2, from the text so far" in note for note in told)
    assert not any("surprisal" in note for note in silent)


def test_features_serve_a_machine_without_the_film(study: Study, tmp_path: Path) -> None:
    out = tmp_path / "features"
    for label in ("01", "02"):  # one by one into one folder
        succeed(run_inside(["features", *run_of(study, out, study.models), "--participant-label", label]))
    assert "low_level" not in (out / "models.toml").read_text()
    (film,) = (study.root / "stimuli").glob("*.mp4")
    assert [p.name for p in (out / "low_level").iterdir()] == [f"{film.stem}.npz"]
    wanted = {a: features_in(study, tmp_path / a, study.models, a)[0] for a in ("language", "vision")}
    elsewhere = replace(study, root=Path(shutil.copytree(study.root, tmp_path / "bids")))
    for content in (b"", None):  # a stand-in, no film
        (elsewhere.root / "stimuli" / film.name).unlink()
        if content is not None:
            (elsewhere.root / "stimuli" / film.name).write_bytes(content)
        for alignment, expected in wanted.items():
            found, _ = features_in(elsewhere, tmp_path / f"there-{alignment}", out / "models.toml", alignment)
            np.testing.assert_array_equal(found, expected)
            alone, notes = features_in(elsewhere, tmp_path / f"alone-{alignment}", study.models, alignment)
            assert expected[:, [n.startswith("mel_") for n in NAMES]].any()
            assert not alone[:, [n.startswith(("sound_", "picture_", "mel_")) for n in NAMES]].any()
            same = [n.startswith(("word_", "cut_")) for n in NAMES]
            np.testing.assert_array_equal(alone[:, same], expected[:, same])
            assert any("made from the transcript and cuts alone" in note for note in notes)
    other = tmp_path / "other"
    shutil.copytree(out / "low_level", other / "low_level")
    write_film(film, 3.0, lambda t: grey(0.5), noise, fps=8, rate=16000)
    refused = run_inside(["features", *run_of(study, other, study.models)])
    assert refused.code == Exit.CANNOT_CREATE
    assert "was made from another film" in refused.stderr
