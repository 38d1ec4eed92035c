"""The group level, with what participants lack."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import false_discovery_control

from bids_vlint.derivatives import layout
from bids_vlint.derivatives.collection import read_fits, stack_sites
from bids_vlint.errors import Exit, InputError
from bids_vlint.files.tables import read_tsv
from bids_vlint.group.export import said_of_exports
from bids_vlint.group.regions import Tally, labels_of, region_table
from bids_vlint.networks.comparisons import always_made
from bids_vlint.reports.sections.counts import tallies_over_all
from bids_vlint.study.fits import FitName
from bids_vlint.workflows.group import run_group
from tests.reports import fabricate
from tests.reports.text import words_of

TESTS = always_made()


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three participants: one complete; one with a session, no comparison; one without vision, place or planted."""
    folder = tmp_path_factory.mktemp("group") / "out"
    fabricate.participant(folder, "01", 1)
    fabricate.participant(folder, "02", 2, n=12, comparisons=(), session="a")
    fabricate.participant(
        folder, "03", 3, n=6, alignments=("language",), planted=False, placed=False, band="high-gamma"
    )
    shutil.rmtree(folder.parent / "bids")
    run_group(folder)
    return folder


def table(out: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(out / name, sep="\t", na_values="n/a", keep_default_na=False)


def test_all_electrodes_with_q_over_all(out: Path) -> None:
    sites = table(out, "group_sites.tsv")
    assert sites["participant_id"].value_counts().to_dict() == {"sub-01": 18, "sub-02": 12, "sub-03": 6}
    assert set(sites.loc[sites["participant_id"] == "sub-02", "session"]) == {"a"}
    test = "multimodal_beats_unimodal"
    p = sites[[f"language_{test}_p", f"vision_{test}_p"]].to_numpy()
    q = sites[[f"language_{test}_q_group", f"vision_{test}_q_group"]].to_numpy()
    known = np.isfinite(p)
    assert known.sum() == 36 + 30
    np.testing.assert_allclose(q[known], false_discovery_control(p[known]), rtol=1e-4)
    assert np.isnan(q[~known]).all()
    assert sites.loc[sites["participant_id"] == "sub-02", "language_clip_beats_simclr_q_group"].isna().all()


def test_over_all_participants_each_claim_has_one_correction(out: Path) -> None:
    sites = stack_sites(read_fits(out))
    total = len(sites)
    for what in (*TESTS, "integration"):
        either = sites[f"{what}_either_p"].to_numpy(float)
        assert np.isfinite(either).all(), "of one alignment alone where the other was not tested"
        q = false_discovery_control(either)
        np.testing.assert_allclose(sites[f"{what}_either_q_group"].to_numpy(float), q, rtol=1e-4)
        assert tallies_over_all(sites, TESTS)[what] == Tally(int((q <= 0.05).sum()), total)
    n = tallies_over_all(sites, TESTS)["integration"].passed
    assert n == 6
    counts = (out / "group.html").read_text(encoding="utf-8").split("all participants together</th>")[1]
    row = counts.split(">integration</a></td>")[1].split("</tr>")[0]
    assert row.split("<td>")[-1].startswith(f"{n} of {total} (")
    both = sites["integration_both_q_group"].to_numpy(float)
    assert np.isnan(both[sites["participant_id"] == "sub-03"]).all(), "one alignment was not tested"


def test_the_long_table_of_everybody(out: Path) -> None:
    tests = table(out, "group_tests.tsv")
    assert list(tests.columns[:6]) == ["participant_id", "session", "task", "acquisition", "run", "name"]
    assert len(tests) == 18 * 2 * 5 + 12 * 2 * 4 + 6 * 5
    assert set(tests.loc[tests["participant_id"] == "sub-02", "session"]) == {"a"}
    sites = table(out, "group_sites.tsv")
    own = tests.query("participant_id == 'sub-01' and alignment == 'vision' and test == 'beats_low_level'")
    column = sites.loc[sites["participant_id"] == "sub-01", "vision_beats_low_level_p"]
    np.testing.assert_allclose(own["p"], column)


def test_regions_count_those_tested(out: Path) -> None:
    regions, sites = table(out, "group_regions.tsv"), table(out, "group_sites.tsv")
    assert regions["n_electrodes"].sum() == 30
    one = regions[regions["region"] == "ctx-lh-transversetemporal"].iloc[0]
    own = sites[sites["region"] == "ctx-lh-transversetemporal"]
    assert one["n_electrodes"] == len(own) > 0
    truth = own["multimodal_beats_linear_either"].astype(str).str.lower() == "true"
    assert one["multimodal_beats_linear_either_n"] == truth.sum()
    word = own["integration_either"].astype(str).str.lower() == "true"
    assert one["integration_either_n"] == word.sum() > 0
    assert {f"trained_with_language_{way}_{n}" for way in ("either", "both") for n in ("n", "tested")} <= set(regions)
    assert one["n_shafts"] == len(own.groupby(["participant_id", "shaft"])) == 1
    assert one["clip_beats_simclr_either_tested"] == (own["participant_id"] == "sub-01").sum()


def test_models(out: Path) -> None:
    models = table(out, "group_models.tsv")
    assert list(models["model"][:5]) == ["clip", "slip", "simclr", "sbert", "low_level"]
    assert list(models["modality"][:5]) == ["multimodal", "multimodal", "vision", "language", "low_level"]
    clip = models[(models["model"] == "clip") & (models["alignment"] == "vision")].iloc[0]
    assert clip["n_electrodes"] == 30
    scores = [fabricate.scores(seed + 100, n) for seed, n in ((1, 18), (2, 12))]
    expected = np.concatenate([s.r[0][:, s.lags >= 0].mean(-1) for s in scores]).mean()
    assert clip["r_trained"] == pytest.approx(expected, rel=1e-4)
    assert clip["difference"] == pytest.approx(clip["r_trained"] - clip["r_random"], rel=1e-3)
    assert models.loc[models["model"] == "linear", "r_random"].isna().all()


def test_every_column_is_defined(out: Path) -> None:
    for name in said_of_exports():
        sidecar = json.loads((out / name).with_suffix(".json").read_text())
        assert [c for c in read_tsv(out / name) if not sidecar[c]["Description"]] == []


def test_report(out: Path) -> None:
    text = words_of(out / "group.html")
    for said in (
        "36 electrodes of 3 participants",
        "of 36 electrodes",
        "one sample of stimuli",
        "Caution: participants were analysed with different settings",
        "high-gamma",
        "sub-03_task-film : 6 of 6 electrodes",
        "At a glance",
        "Figures for print, and tables",
        "Smallest detectable difference",
        "Stimulus swapped",
    ):
        assert said in text, said


def test_a_users_column_called_planted_is_a_column_like_any_other(out: Path) -> None:
    sites = table(out, "group_sites.tsv")
    assert set(sites.loc[sites["participant_id"] == "sub-01", "planted"]) == set(fabricate.kinds(6))
    assert "planted" not in words_of(out / "group.html")


def test_again_the_same(out: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(out, tmp_path / "out")
    for file in copy.glob("group*"):
        file.unlink()
    run_group(copy)
    for file in sorted(out.glob("group*")):
        assert (copy / file.name).read_bytes() == file.read_bytes(), file.name


def test_missing_scores_and_old_tables(out: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(out, tmp_path / "out")
    for subject in ("01", "03"):
        fabricate.without_marks(copy, FitName(subject, "film"))
    layout.encoding_h5(copy, FitName("01", "film"), "vision").unlink()
    shutil.rmtree(copy / "sub-02")
    tsv = layout.sites_tsv(copy, FitName("03", "film"))
    read_tsv(tsv)[["name", "type", "language_trained_beats_random"]].to_csv(tsv, sep="\t", index=False, na_rep="n/a")
    run_group(copy)
    sites = table(copy, "group_sites.tsv")
    assert len(sites) == 24
    assert sites.loc[sites["participant_id"] == "sub-03", "language_trained_beats_random"].notna().all()
    assert "vision" not in set(table(copy, "group_models.tsv")["alignment"])


def test_nobody(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(InputError, match="participant level") as caught:
            run_group(folder)
        assert caught.value.code == Exit.NO_INPUT
    assert list(tmp_path.iterdir()) == []


def test_each_atlas_makes_its_rows() -> None:
    sites = pd.DataFrame(
        {
            "participant_id": ["sub-01", "sub-01", "sub-02", "sub-02"],
            "shaft": ["A", "A", "A", "B"],
            "region": ["insula", None, "S_x", "cuneus"],
            "region_atlas": ["DKT", None, "Destrieux", "region"],
            "DKT": ["insula", None, None, None],
            "Destrieux": ["G_y", "G_y", "S_x", None],
            "electrodes_region": ["right", None, None, None],
            "multimodal_beats_unimodal_either": pd.array([True, False, None, True], dtype="boolean"),
        },
        dtype=object,
    )
    labels = labels_of(sites)
    assert set(zip(labels["row"], labels["atlas"], labels["region"])) == {
        (0, "DKT", "insula"),
        (0, "Destrieux", "G_y"),
        (1, "Destrieux", "G_y"),
        (2, "Destrieux", "S_x"),
        (0, "region", "right"),
        (3, "region", "cuneus"),
    }
    rows = region_table(sites, ["multimodal_beats_unimodal"]).set_index(["atlas", "region"])
    assert rows.loc[("Destrieux", "G_y"), "multimodal_beats_unimodal_either_n"] == 1
    assert rows.loc[("Destrieux", "G_y"), "multimodal_beats_unimodal_either_tested"] == 2
    assert rows.loc[("Destrieux", "S_x"), "multimodal_beats_unimodal_either_tested"] == 0
