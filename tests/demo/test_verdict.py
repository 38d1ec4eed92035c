"""What was planted beside what was found: in both reports, with misses and false alarms."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from bids_vlint.demo.verdict import errors_of, found_lines, report_verdict, with_planted
from bids_vlint.derivatives.collection import read_fits, stack_sites
from tests.reports import fabricate
from tests.reports.text import words_of


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("verdict") / "out"
    fabricate.participant(folder, "01", 1, placed=False)
    fabricate.participant(folder, "02", 2, n=6, alignments=("language",), planted=False, placed=False, bare=True)
    return folder


@pytest.fixture(scope="module")
def planted() -> pd.DataFrame:
    kinds = [("sub-01", f"LA{k + 1}", kind) for k, kind in enumerate(fabricate.kinds(18))]
    kinds += [("sub-02", f"LA{k + 1}", kind) for k, kind in enumerate(fabricate.kinds(5))]
    return pd.DataFrame(kinds, columns=["participant_id", "name", "planted"])


def test_reports_set_what_was_found_beside_what_was_planted(out: Path, planted: pd.DataFrame) -> None:
    group = words_of(report_verdict(out, planted))
    own = words_of(out / "sub-01.html")
    for text, n in ((own, 3), (group, 4)):
        assert "What was planted and what was found" in text
        assert f"multimodal beats unimodal should find {2 * n} electrodes and found {2 * n} of them" in text
        assert f"integration should find {n} electrodes and found {n} of them. Missed: none." in text
        assert f"integration {n} {n} of {n} {n} of {n} {n} of {n} {n} of {n}" in text


def test_misses_and_false_alarms_are_named(out: Path, planted: pd.DataFrame) -> None:
    sites = with_planted(stack_sites(read_fits(out)), planted)
    assert len(sites) == 23
    sites.loc[sites["name"] == "LA1", "planted"] = "noise"
    sites.loc[sites["name"] == "LA5", "planted"] = "integration"
    errors = errors_of(sites, "integration", ("integration",))
    assert (errors.n_planted, errors.n_found) == (4, 2)
    assert errors.missed == ["sub-01 LA5 (integration)", "sub-02 LA5 (integration)"]
    assert errors.false == ["sub-01 LA1 (noise)", "sub-02 LA1 (noise)"]


def test_lines_for_the_terminal(out: Path, planted: pd.DataFrame) -> None:
    lines = found_lines(out, planted)
    assert "  integration: 4 of 4 by multimodal_beats_unimodal, 4 of 4 by multimodal_beats_linear" in lines
