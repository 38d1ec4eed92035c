"""What the group's report says of between-brain ceilings: a sentence, reasons and a figure, or nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bids_vlint.derivatives.between_columns import between_columns
from bids_vlint.figures.style import PAGE
from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.printed.ceilings import CEILINGS
from bids_vlint.reports.sections.between_brains import BETWEEN_BRAINS
from tests.reports.test_printed import illegible


def contents_of(sites: pd.DataFrame) -> Contents:
    contents = Contents(Path(), [])
    vars(contents)["sites"] = sites
    vars(contents)["printed"] = [(CEILINGS, CEILINGS.table(contents))]
    return contents


@pytest.fixture
def sites() -> pd.DataFrame:
    """Ten electrodes: eight with a ceiling, of which the network reaches half; one of nothing; one of unknown."""
    table = pd.DataFrame({"participant_id": "sub-01", "name": [f"A{k}" for k in range(10)]})
    table = table.assign(**{c.name: np.nan for c in between_columns()}, language_best_r=0.2, vision_best_r=0.1)
    known = {"r": 0.3, "r_low": 0.2, "r_high": 0.4, "ceiling": 0.4, "ceiling_low": 0.3, "ceiling_high": 0.5,
             "reached": 0.5, "reached_low": 0.4, "reached_high": 0.6}  # fmt: skip
    why: list[str | None] = [None] * 8 + ["the ceiling's own interval includes zero", "nobody else saw it"]
    table["language_between_not_known"] = why
    table["vision_between_not_known"] = "<no> vision"
    for name, value in known.items():
        table.loc[:7, f"language_between_{name}"] = value
    table.loc[8, ["language_between_r_low", "language_between_ceiling_low"]] = -0.1
    table.loc[8, ["language_between_ceiling", "language_between_ceiling_high"]] = 0.1
    return table


def test_sentence_reasons_and_figure(sites: pd.DataFrame) -> None:
    (section,) = BETWEEN_BRAINS.sections(contents_of(sites))
    said = " ".join(str(section.content).split())
    assert "predict 8 of 10 electrodes" in said
    assert "is above zero at 8: there it is 0.40, and the best network reaches 50 % of it" in said
    assert "1 of 10: nobody else saw it." in said
    assert "10 of 10: &lt;no&gt; vision." in said
    assert "<svg" in said or "<img" in said


def test_the_figure_can_be_read(sites: pd.DataFrame) -> None:
    table = CEILINGS.table(contents_of(sites))
    assert len(table) == 9
    assert set(table["alignment"]) == {"language"}
    figure = CEILINGS.draw(pd.concat([table, table.assign(alignment="vision")]))
    assert figure.get_figwidth() <= PAGE
    assert illegible(figure) == []
    assert illegible(CEILINGS.draw(table)) == []


def test_nothing_where_nothing_was_asked_for(sites: pd.DataFrame) -> None:
    plain = contents_of(sites[["participant_id", "name"]])
    assert BETWEEN_BRAINS.sections(plain) == []
    assert len(CEILINGS.table(plain)) == 0
