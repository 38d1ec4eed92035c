"""What the group says of regions, from a table of sites."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bids_vlint.group.networks import model_table
from bids_vlint.group.region_networks import region_latencies, region_models
from bids_vlint.group.region_tests import region_tests
from bids_vlint.group.regions import region_table
from bids_vlint.reports.figures.summary import region_bars
from bids_vlint.reports.sections.regions import region_claims
from tests.reports.text import words_of_html

N, SHAFTS = 6, 6


def sites(planted: str = "insula", share: float = 0.6, people: int = 5) -> pd.DataFrame:
    """Shafts of six contacts, two regions each; sites in a region with a share, elsewhere 4 %."""
    rng, rows = np.random.default_rng(3), []
    for person in range(people):
        for shaft in range(SHAFTS):
            first, second = rng.choice(["insula", "cuneus", "fusiform", "precuneus"], 2, replace=False)
            for contact in range(N):
                region = first if contact < N // 2 else second
                true = bool(rng.random() < (share if region == planted else 0.04))
                rows.append(
                    {
                        "participant_id": f"sub-{person:02}",
                        "name": f"{'ABCDEF'[shaft]}{contact + 1}",
                        "shaft": "ABCDEF"[shaft],
                        "region": region,
                        "region_atlas": "DKT",
                        "integration_either": true,
                        "integration_either_p": 1e-4 if true else rng.uniform(0.05, 1),
                        "language_integration": true,
                        "language_first_lag": 0.2 if true else np.nan,
                        "language_peak_lag": 0.4 if true else np.nan,
                        "vision_integration": None,
                        "vision_first_lag": np.nan,
                        "vision_peak_lag": np.nan,
                    }
                )
    rows.append({**rows[0], "name": "Z1", "shaft": "Z", "region": "single", "integration_either": True})
    return pd.DataFrame(rows)


def of(table: pd.DataFrame, region: str, where: str = "either") -> pd.Series:
    own = table[(table["region"] == region) & (table["claim"] == "integration") & (table["where"] == where)]
    assert len(own) == 1
    return own.iloc[0]


def test_a_planted_region_is_named_with_all_that_is_said_of_it() -> None:
    table, own = region_tests(sites(), [], 0.05), sites().query("region == 'insula'")
    row = of(table, "insula")
    assert row["named"] is True
    assert row["left_out_q"] <= 0.2
    assert row["left_out"] in set(own["participant_id"])
    assert row["n_shafts"] == len(own[["participant_id", "shaft"]].drop_duplicates())
    assert row["proportion"] == pytest.approx(own["integration_either"].mean())
    assert row["proportion_low"] < row["proportion"] < row["proportion_high"]
    assert row["n_positive"] == own.groupby("participant_id")["integration_either"].any().sum()
    assert 0 < row["prevalence_low"] < row["prevalence"] <= row["prevalence_high"]
    assert 0 < row["difference_low"] < row["difference"] < row["difference_high"]
    assert row["n_arrangements"] >= 20 * table["region"].nunique()
    assert not any(of(table, region)["named"] for region in ("cuneus", "fusiform", "precuneus"))


def test_one_electrode_is_no_hundred_percent() -> None:
    row = of(region_tests(sites(), [], 0.05), "single")
    assert (row["n_electrodes"], row["n_sites"]) == (1, 1)
    for column in ("proportion", "prevalence", "difference", "p", "q", "named"):
        assert pd.isna(row[column]), column
    assert row["not_tested"] == "1 participant, fewer than 3"


def test_counts_in_grey_matter_stand_beside_all() -> None:
    table = sites()
    kinds = np.random.default_rng(0).choice(["grey", "white", "outside", "unknown"], len(table))
    table = table.assign(tissue=np.where(table["region"] == "fusiform", "unknown", kinds))
    found = region_tests(table, [], 0.05)
    for region in ("insula", "cuneus"):
        own = table[(table["region"] == region) & (table["tissue"] == "grey")]
        assert 0 < of(found, region)["n_electrodes_grey"] == len(own) < of(found, region)["n_electrodes"]
        assert of(found, region)["n_sites_grey"] == own["integration_either"].sum()
    assert pd.isna(of(found, "fusiform")["n_electrodes_grey"])
    assert pd.isna(of(found, "fusiform")["n_sites_grey"])
    counts = region_table(table, []).set_index("region")["n_electrodes_grey"]
    assert counts["insula"] == ((table["region"] == "insula") & (table["tissue"] == "grey")).sum()
    assert pd.isna(counts["fusiform"])
    pd.testing.assert_frame_equal(
        found.drop(columns=[c for c in found if "grey" in c]),
        region_tests(sites(), [], 0.05).drop(columns=[c for c in found if "grey" in c]),
    )


def test_what_is_asked_besides_and_the_order_of_rows_change_nothing() -> None:
    table = sites()
    other = table.assign(language_other=table["integration_either"].where(table["shaft"] != "A"))
    shuffled = other.sample(frac=1, random_state=1).reset_index(drop=True)
    alone, beside = region_tests(table, [], 0.05), region_tests(shuffled, ["other"], 0.05)
    kept = beside[beside["claim"] != "other"].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, kept)
    tested = beside[(beside["claim"] == "other") & (beside["where"] == "language") & beside["p"].notna()]
    assert len(tested) == 4


def test_the_picture_of_counts_says_no_share() -> None:
    figure = region_bars(region_table(sites(), []))
    texts = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert "1 of 1" in texts
    assert not any("%" in text for text in [*texts, figure.axes[0].get_xlabel()])
    last = figure.axes[0].get_yticklabels()[-1]
    assert last.get_text() == "single", "the region of one electrode is the smallest"
    assert max(bar.get_width() for bar in figure.axes[0].patches if bar.get_y() > last.get_position()[1] - 0.5) == 1


def test_what_was_not_tested_says_so() -> None:
    table = region_tests(sites(), [], 0.05)
    assert of(table, "insula", "vision")["not_tested"] == "no electrode was tested for the claim"
    assert pd.isna(of(table, "insula", "vision")["p"])
    none = region_tests(sites().assign(integration_either=False), [], 0.05)
    assert of(none, "insula")["not_tested"] == "no electrode with a label is a site"
    assert of(none, "insula")["proportion"] == 0 < of(none, "insula")["proportion_high"]


def test_rows_of_sites_in_any_order_say_the_same() -> None:
    shuffled = sites().sample(frac=1, random_state=0).reset_index(drop=True)
    pd.testing.assert_frame_equal(region_tests(sites(), [], 0.05), region_tests(shuffled, [], 0.05))


def test_latencies_and_networks_of_a_region() -> None:
    table = sites()
    found = region_latencies(table).query("region == 'insula' and alignment == 'language'").iloc[0]
    assert found["latency"] == "first_lag"
    assert (found["mean"], found["n_participants"]) == (pytest.approx(0.2), 5)
    rng, parts = np.random.default_rng(0), []
    for model, level, modality in (("clip", 0.2, "multimodal"), ("sbert", 0.1, "language"), ("linear", 0.3, "linear")):
        trained = level + 0.01 * rng.standard_normal(len(table))
        said = {"alignment": "language", "model": model, "modality": modality, "row": range(len(table))}
        parts.append(table[["participant_id"]].assign(**said, trained=trained, random=trained / 2))
    scores = pd.concat(parts, ignore_index=True).rename(columns={"participant_id": "participant"})
    rows = region_models(scores, table).query("region == 'cuneus'").set_index("model")
    assert list(rows.loc[["clip", "sbert"], "rank"]) == [1, 2]
    assert (rows.loc["clip", "rank_high"], rows.loc["sbert", "rank_low"]) == (1, 2)
    assert pd.isna(rows.loc["linear", "rank"])
    assert rows.loc["clip", "r_low"] < 0.2 < rows.loc["clip", "r_high"]
    whole = model_table(scores).set_index("model")
    assert whole.loc["clip", "rank"] == 1
    assert whole.loc["clip", "r_low"] < whole.loc["clip", "r_trained"] < whole.loc["clip", "r_high"]


def test_the_report_names_what_the_table_names() -> None:
    table = region_tests(sites(), [], 0.05)
    (section,) = region_claims(table, region_latencies(sites()), 0.05)
    text = words_of_html(section.content)
    assert "than in the rest of the brain in insula (q = " in text
    assert "1 participant, fewer than 3" in text
    (nothing,) = region_claims(region_tests(sites(share=0.04), [], 0.05), region_latencies(sites()), 0.05)
    assert "No region has more electrodes that are called integration" in words_of_html(nothing.content)
