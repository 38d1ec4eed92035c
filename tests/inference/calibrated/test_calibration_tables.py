"""What the documents say of error rates is what the counts beside the benchmark give."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.calibration import tables

ROOT = Path(tables.__file__).parents[2]


def test_the_page_of_results_is_of_its_counts() -> None:
    assert (tables.RESULTS / "README.md").read_text() == f"{tables.report()}\n"


@pytest.mark.parametrize("page", ["docs/inference.md", "docs/calibration.md"])
def test_the_table_of_null_tests_is_that_of_the_results(page: str) -> None:
    assert tables.below_where_nothing_is(tables.read("nulls.csv")) in (ROOT / page).read_text()


def test_the_table_of_the_word_is_that_of_the_results() -> None:
    said = (ROOT / "docs/inference.md").read_text()
    words = tables.read("words.csv")
    assert tables.called_by_what_is_followed(words) in said
    assert " ".join(tables.called_falsely(words).split()) in " ".join(said.split())
    for sentence in tables.beside(tables.read("draws.csv"), tables.read("conjunctions.csv"), tables.read("nulls.csv")):
        assert " ".join(sentence.split()) in " ".join(said.split())
