"""Several random twins and unequal sides, in tables, reports and methods."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bids_vlint.derivatives.candidates import candidate_counts
from bids_vlint.derivatives.collection import every_test, read_fits, stack_sites
from bids_vlint.derivatives.encoding_file import read_encoding
from bids_vlint.group.networks import most_seeds
from bids_vlint.reports.figures.summary import network_dots
from bids_vlint.reports.pages.participant import participant_report
from bids_vlint.reports.sections.counts import counts
from bids_vlint.reports.sections.methods import methods
from bids_vlint.study.fits import FitName
from bids_vlint.workflows.group import run_group
from tests.derivatives.validator import validate
from tests.reports import fabricate
from tests.reports.text import words_of

SEEDS = [f"clip-random-{k}" for k in (1, 2, 3)]


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two participants, of whom the first has three random twins of clip."""
    folder = tmp_path_factory.mktemp("twins") / "out"
    fabricate.participant(folder, "01", 1, n=6, seeds=3, placed=False)
    fabricate.participant(folder, "02", 2, n=6, placed=False)
    run_group(folder)
    return folder


def table(out: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(out / name, sep="\t", na_values="n/a", keep_default_na=False)


def test_the_average_has_no_penalty_and_no_layer(out: Path) -> None:
    scores = read_encoding(out, FitName("01", "film"), "language")
    assert scores["penalty"].sel(model="clip-random").isnull().all()
    assert set(scores["layer"].sel(model="clip-random").to_numpy().ravel()) == {"n/a"}
    assert scores["penalty"].drop_sel(model="clip-random").notnull().all()
    assert {str(i["code"]) for i in validate(out)} <= {"TOO_FEW_AUTHORS"}


def test_each_twin_has_its_row_in_the_table_of_networks(out: Path) -> None:
    models = table(out, "group_models.tsv").query("alignment == 'vision'")
    assert list(models["model"]) == ["clip", *SEEDS, "slip", "simclr", "sbert", "low_level", "linear"]
    rows = models.set_index("model")
    assert rows.loc[SEEDS, ["r_trained", "difference"]].isna().all(axis=None)
    assert set(rows.loc[SEEDS, "modality"]) == {"multimodal"}
    assert (rows.loc[SEEDS, "n_electrodes"] == 6).all()
    assert (rows.loc[SEEDS, "n_participants"] == 1).all()
    one, two = (read_encoding(out, FitName(subject, "film"), "vision") for subject in ("01", "02"))
    own = one["r"].sel(model=SEEDS, lag=slice(0, None)).mean(("electrode", "lag")).to_numpy()
    assert rows.loc[SEEDS, "r_random"].to_numpy() == pytest.approx(own, rel=1e-4)
    others = two["r"].sel(model="clip-random", lag=slice(0, None)).mean().item()
    assert rows.loc["clip", "r_random"] == pytest.approx((np.mean(own) + others) / 2, rel=1e-4)


def test_each_twin_is_a_small_dot_in_its_networks_row(out: Path) -> None:
    figure = network_dots(table(out, "group_models.tsv"))
    labels = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert labels == ["clip", "slip", "simclr", "sbert", "low_level", "linear"]
    small = [line for line in figure.axes[0].lines if line.get_markersize() == 2 and line.get_marker() == "o"]
    assert [line.get_ydata()[0] for line in small] == [0, 0, 0]


def test_the_columns_of_candidates_reach_the_group(out: Path) -> None:
    sites = table(out, "group_sites.tsv")
    assert sites.groupby("participant_id")["vision_trained_beats_random_n_baseline"].unique().to_dict() == {
        "sub-01": [6],
        "sub-02": [4],
    }
    assert candidate_counts(sites, "trained_beats_random") == [(4, 4), (4, 6)]


def test_reports_show_the_twins_and_say_which_side_has_more(out: Path) -> None:
    text = words_of(participant_report(out, "01"))
    assert "the choice among them favours it (seeds of a random twin are averaged, which favours neither)" in text
    assert "favours neither): trained beats random, 4 against 6; beats low level" in text
    assert "A p from circular shifts does not gain by it" in text
    assert "each of several random twins" in text
    assert all(seed in text for seed in SEEDS)
    assert "twins (with the mean of a network's twins where it has several, at most 3, the spread" in text
    assert "from were, by number: trained beats random, 4 against 6; beats low level" in text
    text = words_of(participant_report(out, "02"))
    assert "the choice among them favours it: beats low level" in text
    assert "several" not in text.split("Methods and references")[0].replace("(of several twins, their mean)", "")
    assert "trained beats random, 4 against 4 or 4 against 6" in words_of(out / "group.html")


def test_numbers_that_are_not_known_are_not_said() -> None:
    sites = pd.DataFrame({"region_atlas": [None], "mni_x": [np.nan], "language_t_n_model": [np.nan]})
    assert candidate_counts(sites, "t") == []
    assert "candidates" not in "".join(methods({}, sites, ["t"]).paragraphs)


def test_candidates_that_are_not_known_are_not_said(out: Path) -> None:
    fits = read_fits(out)
    sites, tests = stack_sites(fits), every_test(fits)
    assert "candidates (networks" in counts(sites, tests, seeds=3).content
    unknown = sites.assign(**dict.fromkeys(sites.filter(regex="_n_(model|baseline)$"), np.nan))
    assert "candidates" not in counts(unknown, tests, seeds=3).content.split("<details>")[0]


def test_the_number_of_twins_is_read_from_the_records() -> None:
    def record(*names: str) -> dict[str, object]:
        return {"models": [{"name": n, "trained": "-random" not in n} for n in names]}

    assert most_seeds([record("a", "b")]) == 0
    assert most_seeds([record("a", "a-random"), record("b", "b-random")]) == 1
    assert most_seeds([record("a", "a-random-1", "a-random-2", "b", "b-random")]) == 2
