"""Tables of users: separators, quotes, cells that say nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bids_vlint.errors import InputError
from bids_vlint.files.tables import UNSPOKEN, column, given_cells, numbers, read_table, says_nothing
from bids_vlint.log import remarks


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


def test_one_list_of_what_says_nothing() -> None:
    """BIDS' n/a, the empty cell, all that pandas reads as missing by default, and the dash; in either case."""
    from pandas._libs.parsers import STR_NA_VALUES

    cells = [*STR_NA_VALUES, "", "n/a", "N/A", "NA", "na", "nan", "NaN", "NONE", "Null", "-", " n/a "]
    assert says_nothing(pd.Series(cells)).all()
    assert not says_nothing(pd.Series(["Unknown", "insula", "0", "naa", "--", "no", "nil"])).any()


def test_words_are_missing_where_bids_says_so() -> None:
    words = pd.Series(["na", "nan", "null", "none", "-", "NA", "n/a", "N/A", ""])
    assert says_nothing(words, UNSPOKEN).tolist() == [False] * 6 + [True] * 3
    table = pd.DataFrame({"translation": words, "empty": "n/a"})
    assert given_cells(table, "translation", UNSPOKEN) == [*words[:6], "", "", ""]
    assert given_cells(table, "empty") is None
    assert given_cells(table, "absent") is None


def test_missing_numbers(tmp_path: Path) -> None:
    file = tmp_path / "table.tsv"
    file.write_text("onset\n1\nNA\nNone\n-\n-2\n\nnan\n")
    assert np.array_equal(numbers(read_table(file), "onset", file), [1, np.nan, np.nan, np.nan, -2, np.nan], True)


@pytest.mark.parametrize("text", ["a\tb\ta \n1\t2\t3\n", "a,b,a\n1,2,3\n", '"a";"a"\n1;2\n'])
def test_two_columns_of_one_name(tmp_path: Path, text: str) -> None:
    file = tmp_path / "table.csv"
    file.write_text(text)
    with pytest.raises(InputError, match="has two columns of one name"):
        read_table(file)


def test_columns_without_a_name_are_left_out(tmp_path: Path) -> None:
    file = tmp_path / "table.tsv"
    file.write_text("\tonset\tword\t\t\n0\t1\thi\t\t\n1\t2\tUnnamed: 3\tx\t\n")
    assert read_table(file).to_dict("list") == {"onset": ["1", "2"], "word": ["hi", "Unnamed: 3"]}


ROWS = [["onset", "duration", "word"], ["1.5", "0.2", "sea"], ["2.25", "n/a", "n/a"]]


@pytest.mark.parametrize("gap", [",", ";", "  ", " ", "    "])
@pytest.mark.parametrize("suffix", [".tsv", ".txt"])
def test_other_separators_are_read_with_a_note(tmp_path: Path, gap: str, suffix: str) -> None:
    file = tmp_path / f"events{suffix}"
    file.write_text("".join(gap.join(row) + "\n" for row in ROWS))
    with remarks() as notes:
        table = read_table(file, ROWS[0])
    assert [list(table.columns), *table.to_numpy().tolist()] == ROWS
    assert len(list(notes)) == (1 if suffix == ".tsv" or gap.isspace() else 0)


@pytest.mark.parametrize("gap", [",", ";", " "])
def test_a_tsv_without_tabs_that_cannot_be_cut_is_refused(tmp_path: Path, gap: str) -> None:
    file = tmp_path / "events.tsv"
    file.write_text("".join(gap.join(row) + "\n" for row in [*ROWS, ["3", "0.2", f"well{gap} then"]]))
    with pytest.raises(InputError, match="separate its columns by tabs"):
        read_table(file, ROWS[0])


def test_columns_in_another_spelling(tmp_path: Path) -> None:
    file = tmp_path / "events.tsv"
    file.write_text("Onset\tTrial type\tSTIM-FILE\tword\tWord\n1\tmovie\tf.mp4\ta\tb\n")
    with remarks() as notes:
        table = read_table(file, ["onset", "trial_type", "stim_file", "word", "duration"])
    assert list(table.columns) == ["onset", "trial_type", "stim_file", "word", "Word"]
    assert list(notes) == ["events.tsv: Onset, Trial type, STIM-FILE were read as onset, trial_type, stim_file."]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig"])
def test_tables_of_windows(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "events.tsv"
    file.write_bytes("onset\tword\r\n1.5\tKäse\r\n".encode(encoding))
    assert read_table(file).to_dict("list") == {"onset": ["1.5"], "word": ["Käse"]}
    file.write_bytes("onset\tword\n1.5\tKäse\n".encode("latin-1"))
    with pytest.raises(InputError, match="is not UTF-8 text"):
        read_table(file)


def test_a_table_without_a_header(tmp_path: Path) -> None:
    file = tmp_path / "words.tsv"
    file.write_text("1.910\t2.110\troad\n2.5\t2.7\tsea\n")
    with pytest.raises(InputError, match=r"nor a header line, as it seems: it begins with 1\.910, 2\.110, road"):
        column(read_table(file, ["word"]), "word", file)


def test_a_line_of_too_many_cells(tmp_path: Path) -> None:
    file = tmp_path / "words.tsv"
    file.write_text("onset\tword\n1\ta\n2\tb\tc\n")
    with pytest.raises(InputError, match="3 cells in line 3 under a header of 2"):
        read_table(file)


def test_commas_in_quotes(tmp_path: Path) -> None:
    file = tmp_path / "words.csv"
    file.write_text('onset,word\n1,"well, then"\n')
    assert read_table(file)["word"].tolist() == ["well, then"]
    file.write_text('onset,word\n1,"well\n2,then\n')
    with pytest.raises(InputError, match="is no table"):
        read_table(file)


def test_decimal_commas(tmp_path: Path) -> None:
    file = tmp_path / "events.csv"
    file.write_text("onset;duration;thousands\n3,0;0,125;1,234\n1203,25;n/a;2,500\n4;2;n/a\n")
    table = read_table(file)
    with remarks() as notes:
        assert numbers(table, "onset", file).tolist() == [3, 1203.25, 4]
    assert list(notes) == ["events.csv: the commas in column onset were read as decimal points."]
    assert np.array_equal(numbers(table, "duration", file), [0.125, np.nan, 2], True)
    with pytest.raises(InputError, match="'1,234' in row 2, which is no number"):
        numbers(table, "thousands", file)


def said_of(tmp_path: Path, text: str, *known: str) -> tuple[pd.DataFrame, list[str]]:
    (tmp_path / "table.tsv").write_text(text, encoding="utf-8")
    with remarks() as notes:
        return read_table(tmp_path / "table.tsv", known), list(notes)


@pytest.mark.parametrize("name", ["onset (s)", "Onset [s]", "onset_s", "onset (sec)", "onset seconds", "onset(s)"])
def test_units_in_a_header(tmp_path: Path, name: str) -> None:
    """Seconds are what BIDS asks for; anything else is another column."""
    table, notes = said_of(tmp_path, f"{name}\twords\n1\tx\n", "onset", "word")
    assert list(table) == ["onset", "words"]
    assert len(notes) == 1
    for other in ("onset (ms)", "onset [samples]"):
        assert list(said_of(tmp_path, f"{other}\tword\n1\tx\n", "onset")[0]) == [other, "word"]


def test_a_header_that_stands_there_twice(tmp_path: Path) -> None:
    table, (note,) = said_of(tmp_path, "onset\tword\n1\ta\nonset\tword\n2\tb\n")
    assert table["onset"].tolist() == ["1", "2"]
    assert "its header stands there 2 times" in note


def test_a_last_line_that_breaks_off(tmp_path: Path) -> None:
    table, (note,) = said_of(tmp_path, "onset\tduration\tword\n1\t0\ta\n2\t0")
    assert table["onset"].tolist() == ["1", "2"]
    assert "its last line breaks off after 2 cells of 3" in note
    for whole in ("1\t0\ta", "1\t0\ta\n2\t0\n", "1\t0\ta\n2\t\t"):
        assert not said_of(tmp_path, f"onset\tduration\tword\n{whole}")[1]


def test_quotes_below_a_header_without(tmp_path: Path) -> None:
    assert said_of(tmp_path, 'onset\tword\n"1"\t"a ""b"""\n"2"\t"c"\n')[0].to_numpy().tolist() == [
        ["1", 'a "b"'], ["2", "c"]]  # fmt: skip
    assert said_of(tmp_path, 'word\tonset\n"Well\t1\nhe said"\t2\n')[0]["word"].tolist() == ['"Well', 'he said"']
