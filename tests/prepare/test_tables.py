"""Words and clocks from tables alone, made or mangled."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bids_vlint.errors import InputError
from bids_vlint.prepare.checks import Check
from bids_vlint.prepare.treebank.timing import (
    check_against,
    check_clock,
    check_jitter,
    check_length,
    check_order,
    check_pauses,
    pairs_of_triggers,
    pairs_of_words,
    recording_times,
    showings_of,
)
from bids_vlint.prepare.treebank.words import check_texts, words_of_authors, words_of_package
from tests.prepare.world import RATE, made_words

FILE = Path("words.csv")


def as_text(table: pd.DataFrame) -> pd.DataFrame:
    return table.astype(str).replace("nan", "")


def words(table: pd.DataFrame) -> pd.DataFrame:
    return words_of_package(as_text(table), FILE)


@settings(max_examples=6)
@given(st.integers(0, 1000), st.lists(st.integers(50, 550), max_size=3, unique=True))
def test_rows_and_columns_may_stand_in_any_order(seed: int, stops: list[int]) -> None:
    table = made_words(600, seed=seed, pauses=dict.fromkeys(stops, 7.0))
    mixed = table.sample(frac=1, random_state=seed)[sorted(table.columns, reverse=True)].assign(further="x")
    pd.testing.assert_frame_equal(words(table), words(mixed))
    pairs = pairs_of_words(words(mixed))
    time = recording_times(words(mixed)["onset"].to_numpy(), showings_of(pairs, RATE))
    assert np.isfinite(time).mean() >= 0.99
    assert np.nanmax(np.abs(time - table["est_idx"] / RATE)) <= 1 / RATE


def test_text_is_what_the_table_says_and_tokens_without_a_row_are_in_it() -> None:
    found = words(made_words(300))
    assert found["so_far"][3] == " ".join(found["word"][:4])
    assert found["so_far"][5] == " ".join(found["word"][:5]) + f" na {found['word'][5]}"
    assert found["sentence"][8] == 1
    assert found["sentence"][9] == 2
    assert check_texts(found).value.startswith("99.7 % of 300 words")
    assert "1 token of" in check_texts(found).says


def test_words_that_are_na_none_or_nan_stay() -> None:
    table = made_words(12)
    table.loc[[2, 3, 4], "full_word"] = ["none", "na", "NaN"]
    assert words(table)["word"][2:5].tolist() == ["none", "na", "NaN"]


def clock(table: pd.DataFrame, rate: float = RATE) -> Check:
    return check_clock(pairs_of_words(words(table)), rate)


def test_a_clock_of_another_rate_is_refused_with_both_rates() -> None:
    assert clock(made_words()).verdict == "good"
    found = clock(made_words(rate=1024.0))
    assert found.verdict == "refused"
    assert "1024 samples in a second" in found.says
    assert "erratic" not in found.says
    assert clock(made_words(rate=1024.0), 1024.0).verdict == "good"
    assert clock(made_words(speed=1.02)).verdict == "refused"


def test_a_clock_that_jumps_between_most_words_is_refused() -> None:
    table = made_words(rate=1024.0)
    table["est_idx"] += np.round(np.random.default_rng(1).uniform(-90, 90, len(table)))
    for rate in (1024.0, RATE):
        found = clock(table, rate)
        assert found.verdict == "refused"
        assert "at 1024 Hz the sync table is erratic" in found.says[0].lower() + found.says[1:]


def test_checks_say_what_is_in_the_table() -> None:
    pairs = pairs_of_words(words(made_words(pauses={300: 30.0}, steps=[100, 600])))
    assert check_pauses(pairs, RATE).value.startswith("2 stretches, 30 s paused; 2 steps")
    assert float(check_jitter(pairs, RATE).value.split()[1]) == pytest.approx(6.0, abs=0.5)
    assert check_order(pairs).verdict == "good"
    last = int(pairs["sample"].max())
    assert [check_length(pairs, n).verdict for n in (last, last - 1, None)] == ["good", "refused", "not checked"]
    early = pairs.assign(sample=pairs["sample"] - pairs["sample"].min() - 1)
    assert check_length(early, last).verdict == "refused"
    swapped = pairs.assign(sample=pairs["sample"].iloc[np.r_[0, 2, 1, 3 : len(pairs)]].to_numpy())
    assert check_order(swapped.sort_values("sample")).value == "1 breaks"


def test_authors_triggers_place_the_words_that_the_package_places() -> None:
    theirs = pairs_of_words(words(made_words(pauses={300: 30.0})))
    movie = np.arange(2.0, 200, 0.085)
    stretch = np.where(movie < theirs["movie"][299] + 0.01, 0, 30.0)
    rows = pd.DataFrame({"type": "Trigger", "movie_time": movie, "index": np.round((movie + 20 + stretch) * RATE)})
    rows.loc[len(rows)] = ["end", 999.0, 0]
    pairs = pairs_of_triggers(as_text(rows), FILE)
    assert len(pairs) == len(movie)
    found = check_against(pairs, theirs, RATE)
    assert found.verdict == "good"
    late = pairs.assign(sample=pairs["sample"] + RATE)
    assert check_against(late, theirs, RATE).verdict == "noted"


def test_a_transcript_keeps_tokens_without_a_time_in_its_text() -> None:
    rows = pd.DataFrame({"text": ["I'm", "gon", "na", "go"], "start": ["1.0", "1.2", "", "1.6"],
                         "end": ["1.1", "1.4", "", "1.9"], "sentence_idx": ["0", "0", "0", "0"]})  # fmt: skip
    found = words_of_authors(rows, FILE)
    assert found["so_far"].tolist()[-1] == "I'm gon na go"
    assert np.isnan(found["onset"][2])


@pytest.mark.parametrize("cell", ["soon", ""])
def test_a_table_that_cannot_be_read_is_one_sentence(cell: str) -> None:
    table = as_text(made_words(30)).assign(est_idx=cell)
    with pytest.raises(InputError, match=r"soon|no two words"):
        words_of_package(table, FILE)
