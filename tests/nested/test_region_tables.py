"""What the documents say of regions' error rates is what the counts beside the benchmark give."""

from __future__ import annotations

from pathlib import Path

from benchmarks.regions import tables

ROOT = Path(tables.__file__).parents[2]


def test_the_readme_has_the_tables_of_its_counts() -> None:
    said = (ROOT / "benchmarks/regions/README.md").read_text()
    assert tables.methods() in said
    assert tables.kinds() in said
    assert tables.intervals() in " ".join(said.split())
    assert tables.planted("proportion") in said
    assert tables.planted("difference") in said


def test_the_page_of_regions_quotes_them() -> None:
    page = (ROOT / "docs/regions.md").read_text()
    quoted = [line for line in page.splitlines() if line.count(" / ") == 9]
    assert len(quoted) >= 5
    assert set(quoted) <= set(tables.methods().splitlines())
    assert tables.outside() in " ".join(page.split())
    assert tables.intervals() in " ".join(page.split())
    assert tables.planted("proportion") in page
    assert tables.planted("difference") in page
