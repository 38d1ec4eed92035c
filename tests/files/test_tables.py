"""Tables of users: separators, quotes, cells that say nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from bids_vlint.errors import InputError
from bids_vlint.files.tables import numbers, read_table


@pytest.mark.parametrize(
    "text",
    ["﻿item\tonset\nnull\t1\nn/a\t2\n", ",item,onset\n0,null,1\n1,n/a,2\n", "item;onset\nnull;1\nn/a;2\n"],
)
def test_tables(tmp_path: Path, text: str) -> None:
    file = tmp_path / "table.txt"
    file.write_text(text, encoding="utf-8")
    table = read_table(file)
    assert list(table.columns) == ["item", "onset"]
    assert table["item"].tolist() == ["null", "n/a"]
    assert numbers(table, "onset", file).tolist() == [1, 2]
    with pytest.raises(InputError, match="did you mean onset"):
        numbers(table, "onsets", file)


def test_a_cell_that_is_no_number(tmp_path: Path) -> None:
    file = tmp_path / "table.tsv"
    file.write_text("onset\n1\nn/a\nx\n")
    with pytest.raises(InputError, match="'x' in row 4"):
        numbers(read_table(file), "onset", file)
