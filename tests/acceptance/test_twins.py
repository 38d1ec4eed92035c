"""Several random twins of each network, and the numbers of candidates on both sides of every comparison."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest

from tests.acceptance import datasets, models, running
from tests.acceptance.datasets import Study
from tests.sharing import Shared

QUICK: dict[str, object] = {"skip_bids_validation": True, "n_bootstraps": 30, "n_shifts": 10}
SEEDS = (1, 2, 3)
WITH_PARTS = models.SMALL | models.PARTS
COUNTED = {  # networks x layers x seeds; every network has two layers
    "trained_beats_random": ("6", "18"),
    "multimodal_beats_unimodal": ("2", "4"),
    "multimodal_beats_linear": ("2", "8"),
    "fusion_beats_eye": ("2", "2"),
    "fusion_beats_twins": ("2", "4"),
}
COMPARISON = (
    '\n[[comparison]]\nname = "fusion_beats_twins"\nmodel = ["fusion"]\nbaseline = ["eye-random-1", "ear-random-2"]\n'
)


def write_twins(study: Study) -> None:
    """Features of three twins of every network; the first is the one that the study has."""
    film, folder = study.films[0], study.models.parent / "features"
    for file in sorted(folder.glob("*-random.h5")):
        _, alignment, network = file.stem.removesuffix("-random").rsplit("_", 2)
        with h5py.File(file) as one:
            onset, first = one["onset"][()], {k: v[()] for k, v in one.items() if k != "onset"}
        for seed in SEEDS:
            with h5py.File(folder / f"{film.name}_{alignment}_{network}-random-{seed}.h5", "w") as twin:
                twin["onset"] = onset
                for layer, x in first.items():
                    other = models.network_layer(
                        f"{network}-{seed}", models.SMALL[network], layer, film, onset, trained=False
                    )
                    twin[layer] = x if seed == 1 else other


def set_of_twins() -> str:
    """The study's model set, with three numbered twins in place of each."""
    blocks = []
    for block in models.model_set_text(WITH_PARTS).split("\n\n"):
        if "trained = false" not in block:
            blocks.append(block)
            continue
        blocks += [block.replace("-random.h5", f"-random-{seed}.h5") + f"\ntwin = {seed}" for seed in SEEDS]
    return "\n\n".join(blocks) + COMPARISON


@pytest.fixture(scope="session")
def outputs(shared: Shared) -> tuple[Path, Path]:
    """The output with one twin of each network, and with three (at both levels)."""
    return shared.made("twins", runs_with_twins)


def runs_with_twins(folder: Path) -> tuple[Path, Path]:
    study = datasets.small_study(folder / "bids", networks=WITH_PARTS)
    write_twins(study)
    several = study.models.with_name("several.toml")
    several.write_text(set_of_twins(), encoding="utf-8")
    out = []
    for name, model_set in (("one", study.models), ("three", several)):
        out.append(study.root.parent / name)
        argv = dataclasses.replace(study, models=model_set).argv
        running.succeed(running.run_inside(argv(out[-1], **QUICK), reports=True))
    running.succeed(running.run_inside(argv(out[-1], "group"), reports=True))
    return out[0], out[1]


def scores_of(out: Path, alignment: str) -> tuple[dict[str, np.ndarray], list[str]]:
    data, labels = running.dense(next(out.rglob(f"*_desc-{alignment}_encoding.h5")))
    return data | {"layer": np.moveaxis(data["layer"], 1, 0)}, labels["model"]


@pytest.mark.parametrize("alignment", ["language", "vision"])
def test_twins_stand_apart_and_averaged(outputs: tuple[Path, Path], alignment: str) -> None:
    (one, of_one), (three, of_three) = (scores_of(out, alignment) for out in outputs)
    expected = {"linear", "low_level", "low_level+fusion", "fusion:image+text", *models.PARTS}
    for network in models.SMALL:
        labels = [f"{network}-random-{seed}" for seed in SEEDS]
        expected |= {network, f"{network}-random", *labels}
        own = [of_three.index(label) for label in labels]
        mean = of_three.index(f"{network}-random")
        np.testing.assert_allclose(three["r"][mean], three["r"][own].mean(0), atol=1e-6)
        assert np.isnan(three["penalty"][mean]).all()
        assert set(three["layer"][mean].ravel()) == {"n/a"}
        for key in ("r", "r_low", "r_high", "penalty", "layer"):  # the first twin is the twin of the other run
            np.testing.assert_array_equal(three[key][own[0]], one[key][of_one.index(f"{network}-random")])
            np.testing.assert_array_equal(three[key][of_three.index(network)], one[key][of_one.index(network)])
    assert set(of_three) == expected
    assert len(of_three) == len(expected)


def test_the_test_against_twins_takes_their_mean(outputs: tuple[Path, Path]) -> None:
    table = running.read_table(next(outputs[1].rglob("*_desc-tests_statistics.tsv")))
    own = table[table["test"] == "trained_beats_random"]
    assert len(own) > 0
    for model, baseline in zip(own["model"], own["baseline"], strict=True):
        assert baseline == " | ".join(f"{name}-random" for name in model.split(" | "))
    one = running.read_table(next(outputs[0].rglob("*_desc-tests_statistics.tsv")))
    of_one = one[one["test"] == "trained_beats_random"]
    assert (own["model"].to_numpy() == of_one["model"].to_numpy()).all(), "twins have no part in the choice"
    assert (own["t"].to_numpy() != of_one["t"].to_numpy()).all()


def test_every_row_says_how_many_candidates_each_side_has(outputs: tuple[Path, Path]) -> None:
    one, three = (running.sites(out, "01") for out in outputs)
    sidecar = json.loads(next(outputs[1].rglob("*_desc-sites_channels.json")).read_text(encoding="utf-8"))
    group = running.read_table(outputs[1] / "group_sites.tsv")
    for alignment in ("language", "vision"):
        for test, counted in COUNTED.items():
            for side, n in zip(("model", "baseline"), counted, strict=True):
                column = f"{alignment}_{test}_n_{side}"
                assert set(three[column]) == set(group[column]) == {n}, column
                assert "networks x layers x seeds" in sidecar[column]["Description"]
        assert set(one[f"{alignment}_trained_beats_random_n_model"]) == {"6"}
        assert set(one[f"{alignment}_trained_beats_random_n_baseline"]) == {"6"}, "as many as the trained"
    for out in outputs:
        assert running.validator_errors(out) == []


def test_reports_and_the_table_of_networks_show_each_twin(outputs: tuple[Path, Path]) -> None:
    rows = running.read_table(outputs[1] / "group_models.tsv")
    rows = rows[rows["alignment"] == "language"].set_index("model")
    assert list(rows.index) == [
        label for n in models.SMALL for label in (n, *(f"{n}-random-{seed}" for seed in SEEDS))
    ] + [*models.PARTS, "low_level", "linear", "fusion:image+text"]
    for network in models.SMALL:
        own = rows.loc[[f"{network}-random-{seed}" for seed in SEEDS], "r_random"].astype(float)
        assert float(rows.loc[network, "r_random"]) == pytest.approx(own.mean(), abs=2e-5)
        assert float(rows.loc[network, "difference"]) == pytest.approx(
            float(rows.loc[network, "r_trained"]) - own.mean(), abs=2e-5
        )
    for name in ("sub-01.html", "group.html"):
        text = (outputs[1] / name).read_text(encoding="utf-8")
        for said in ("trained beats random, 6 against 18", "multimodal beats unimodal, 2 against 4", "eye-random-3"):
            assert said in text, (name, said)
    assert "-random-1" not in (outputs[0] / "sub-01.html").read_text(encoding="utf-8")


def test_with_one_twin_trained_networks_score_the_same(outputs: tuple[Path, Path]) -> None:
    one, three = (running.sites(out, "01") for out in outputs)
    # p and what follows from it hold the gate's, which has the twins in it
    kept = ("_diff", "_n_model", "_n_baseline", "_best_multimodal", "_best_unimodal")
    same = [c for c in one if "random" not in c and c.endswith(kept)]
    assert len(same) > 20
    pd.testing.assert_frame_equal(one[same], three[same])
