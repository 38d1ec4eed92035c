"""The table of sites: complete, defined, and read again as it was."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from bids_vlint.derivatives import layout
from bids_vlint.derivatives.sites_table import read_sites, write_sites
from bids_vlint.derivatives.whole import check_whole, sealed
from bids_vlint.errors import InputError
from bids_vlint.files.json_file import read_json, write_json
from bids_vlint.files.tables import read_tsv
from bids_vlint.fit import reuse
from bids_vlint.study.fits import FitName
from tests.reports import fabricate

ENDINGS = ("", "_diff", "_low", "_high", "_p", "_q", "_q_by", "_n_model", "_n_baseline")
PER_ALIGNMENT = (
    "integration",
    "integration_p",
    "integration_q",
    "integration_q_by",
    "trained_with_language",
    "best_multimodal",
    "best_unimodal",
    "best_r",
    "integration_share",
    "ceiling",
)
WITH_INTERVAL = ("first_lag", "peak_lag", "unique_vision", "unique_language", "shared", "joint_only")


def test_every_column_is_there_and_defined(out: Path) -> None:
    for name in layout.find_fits(out):
        sites, record = read_sites(out, name)
        sidecar = json.loads(layout.sidecar(layout.sites_tsv(out, name)).read_text())
        assert list(sites.columns[:5]) == ["name", "type", "units", "low_cutoff", "high_cutoff"]
        assert sites.columns.is_unique
        assert [c for c in sites if not sidecar[c]["Description"]] == []
        tests = ["trained_beats_random", "beats_low_level", "multimodal_beats_unimodal", "multimodal_beats_linear",
                 *record["comparisons"]]  # fmt: skip
        for test in tests:
            for alignment in ("language", "vision"):
                assert {f"{alignment}_{test}{e}" for e in ENDINGS} <= set(sites)
                for side in ("model", "baseline"):
                    defined = sidecar[f"{alignment}_{test}_n_{side}"]
                    assert (defined["Format"], "Counted: every layer" in defined["Description"]) == ("integer", True)
                meaning = sidecar[f"{alignment}_{test}_p"]["Description"]
                assert all(said in meaning for said in ("One-sided", "5 s block", "circular shifts", "other half"))
        own = [*PER_ALIGNMENT, *(f"{c}{end}" for c in WITH_INTERVAL for end in ("", "_low", "_high"))]
        assert {f"{a}_{c}" for a in ("language", "vision") for c in own} <= set(sites)
        for way in ("either", "both"):
            assert {f"{c}_{way}{end}" for c in (*tests, "integration") for end in ("", "_p", "_q")} <= set(sites)
            assert f"trained_with_language_{way}" in sites
            assert f"trained_with_language_{way}_p" not in sites, "it is the rest of a test"
        assert record["settings"]["reference"] == "laplacian"
        assert record["events"]["language"]["dropped"]["touches BAD"] == 30


def test_missing_is_not_false(out: Path) -> None:
    sites, _ = read_sites(out, FitName("02", "film", "a"))
    assert sites["vision_multimodal_beats_unimodal"].isna().all()
    assert sites["language_multimodal_beats_unimodal"].notna().all()
    assert sites["region"].isna().all()
    assert sites["vision_multimodal_beats_unimodal_n_model"].isna().all()
    assert (sites["language_trained_beats_random_n_baseline"] == 4).all()
    cells = read_tsv(layout.sites_tsv(out, FitName("02", "film", "a")))["language_trained_beats_random_n_model"]
    assert set(cells) == {"4"}, "a whole number"
    text = layout.sites_tsv(out, FitName("02", "film", "a")).read_text()
    assert "\t\t" not in text
    assert "nan" not in text.lower()


def test_unknown_columns_and_types_are_carried(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {
            "extra": [1.5, 2.5],
            "name": ["A1", "A2"],
            "planted": ["null", None],
            "language_trained_beats_random": [1, None],
        }
    )
    name = FitName("01", "film")
    write_sites(tmp_path, name, table, fabricate.record(1, ("language",)), ("a_beats_b",))
    sites, _ = read_sites(tmp_path, name)
    assert sites["extra"].tolist() == ["1.5", "2.5"]
    assert sites["planted"].tolist() == ["null", None]
    assert sites["language_trained_beats_random"].tolist() == [True, pd.NA]
    assert sites["vision_a_beats_b_q"].isna().all()


def test_name_may_be_the_index(tmp_path: Path) -> None:
    table = pd.DataFrame({"type": ["SEEG"]}, index=pd.Index(["A1"], name="name"))
    write_sites(tmp_path, FitName("01", "film"), table, fabricate.record(1, ("language",)))
    assert read_sites(tmp_path, FitName("01", "film"))[0]["name"].tolist() == ["A1"]


def test_unreadable_sites(out: Path, tmp_path: Path) -> None:
    copy, name = shutil.copytree(out, tmp_path / "out"), FitName("01", "film")
    layout.sidecar(layout.sites_tsv(copy, name)).write_text("{")
    with pytest.raises(InputError, match="JSON"):
        read_sites(copy, name)


@pytest.mark.parametrize("key, value", [("settings", {"q": 7.0}), ("recordings", 3), ("files", {}), ("events", [[1]])])
def test_a_sidecar_is_as_it_was_written(out: Path, tmp_path: Path, key: str, value: object) -> None:
    copy, name = shutil.copytree(out, tmp_path / "out"), FitName("01", "film")
    file = layout.sidecar(layout.sites_tsv(copy, name))
    check_whole(copy, name)
    content = read_json(file)
    content["Fit"][key] = value
    write_json(file, content)
    with pytest.raises(InputError, match="is not as it was written") as caught:
        check_whole(copy, name)
    assert caught.value.where == str(file)
    assert not [n for n in reuse.earlier_fits(copy, "01") if n == name]


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e999"])
def test_numbers_that_json_does_not_have_are_a_change(out: Path, tmp_path: Path, number: str) -> None:
    copy, name = shutil.copytree(out, tmp_path / "out"), FitName("01", "film")
    file = layout.sidecar(layout.sites_tsv(copy, name))
    file.write_text(file.read_text().replace("{", '{"odd": ' + number + ",", 1))
    with pytest.raises(InputError, match="is not as it was written"):
        check_whole(copy, name)


@pytest.mark.parametrize("key, value", [("settings", []), ("settings", {"q": "abc"}), ("models", 3), ("files", [])])
def test_a_record_of_something_else(out: Path, tmp_path: Path, key: str, value: object) -> None:
    """Sealed, and yet none that this program writes: nothing is counted of it, and nothing crashes."""
    copy, name = shutil.copytree(out, tmp_path / "out"), FitName("01", "film")
    file = layout.sidecar(layout.sites_tsv(copy, name))
    content = {k: v for k, v in read_json(file).items() if k != "Digest"}
    for odd in ({**content, "Fit": {**content["Fit"], key: value}}, {k: v for k, v in content.items() if k != "Fit"}):
        write_json(file, sealed(odd))
        with pytest.raises(InputError, match=r"holds no record of a fit \("):
            check_whole(copy, name)
        assert not [n for n in reuse.earlier_fits(copy, "01") if n == name]
