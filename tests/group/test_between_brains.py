"""Between-brain ceilings at the group level: from what participants saved, matched by film and time in it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bids_vlint.between_brains.ceiling import ONE_OTHER
from bids_vlint.derivatives.between_columns import between_table_columns
from bids_vlint.derivatives.collection import FitResult
from bids_vlint.derivatives.encoding_file import write_encoding
from bids_vlint.derivatives.events_table import write_used_events
from bids_vlint.derivatives.inference_file import write_inference
from bids_vlint.encoding.blocks import blocks_of
from bids_vlint.encoding.plan import folds_of
from bids_vlint.encoding.score import Scores
from bids_vlint.files.tables import write_tsv
from bids_vlint.files.variable import labelled
from bids_vlint.group.between_brains import kept_ceilings, make_ceilings, source_key, with_ceilings
from bids_vlint.inference.description import Described
from bids_vlint.inference.descriptions.reached import REACHED
from bids_vlint.signals.responses import Responses
from bids_vlint.signals.windows import LAGS
from bids_vlint.study.fits import FitName
from tests.between_brains.people import GAP_S, People, people
from tests.between_brains.people import LAGS as WINDOWS

REACHED_R = 0.2
NAMES = ["A1", "A2", "A3", "A4"]


def saved(
    out: Path,
    subject: str,
    made: People,
    which: int,
    events: np.ndarray | None = None,
    *,
    film: str = "film",
    starts: float = 0.0,
    session: str | None = None,
    responses: bool = True,
) -> FitResult:
    """Write a participant's words as the participant level does: of some events, begun at some time."""
    rows = np.arange(len(made.events)) if events is None else events
    table = made.events.iloc[rows].reset_index(drop=True).assign(stimulus=film)
    table = table.assign(onset=table["movie_time"] + starts, duration=0.0, trial_type="word", text="word")
    name = FitName(subject, "film", session=session)
    dense = np.zeros((len(rows), len(NAMES), len(LAGS)), np.float32)
    dense[:, :, [int(np.abs(LAGS - lag).argmin()) for lag in WINDOWS]] = made.responses[which][rows]
    zero = np.zeros((1, len(NAMES), len(LAGS)), np.float32)
    scores = Scores(("net",), tuple(NAMES), LAGS, zero, zero, zero, zero,
                    np.full((2, 1, len(NAMES)), "last"), zero[:, :, 0])  # fmt: skip
    write_used_events(out, name, "language", table)
    write_encoding(out, name, "language", scores, Responses(dense, tuple(NAMES), LAGS, table) if responses else None)
    folds = folds_of(table, GAP_S)
    assert folds is not None
    blocks = blocks_of(table, folds)
    train, block = np.zeros((len(folds), len(table)), np.int8), np.full(len(table), -1)
    for own, fold, ids in zip(train, folds, blocks.ids):
        own[fold.train] = 1
        for half, numbers in zip(fold.halves, ids):
            block[half] = numbers
    sums = np.full((len(blocks), len(NAMES)), REACHED_R / len(blocks))
    values = {"electrode": NAMES, "sums": sums, "train": train, "event_block": block, "block_fold": blocks.fold,
              "block_half": blocks.half, "block_time": blocks.time}  # fmt: skip
    described = Described({}, {"reached": labelled(REACHED.variables, values)})
    write_inference(out, name, "language", tuple(NAMES), np.asarray(WINDOWS), {}, described)
    files = {f"{name.stem}_desc-language_encoding.h5": {"sha256": f"{subject}{len(rows)}{film}", "rows": None}}
    return FitResult(name, pd.DataFrame({"name": NAMES}), {"files": files}, pd.DataFrame(), None)


@pytest.fixture(scope="module")
def made() -> People:
    return people(1, 4, len(NAMES), minutes=6.0, signals=2, ceiling=0.95)


def words(table: pd.DataFrame, what: str) -> np.ndarray:
    found: np.ndarray = table[f"language_between_{what}"].to_numpy()
    return found


def test_by_film_and_time_not_by_onset_or_row(made: People, tmp_path: Path) -> None:
    """Each lost other words and began at another time; who saw another film counts for nobody."""
    rng = np.random.default_rng(0)
    n = len(made.events)
    kept = [np.sort(rng.choice(n, int(share * n), replace=False)) for share in (1.0, 0.95, 0.97)]
    fits = [saved(tmp_path, f"0{k + 1}", made, k, rows, starts=7.3 * k) for k, rows in enumerate(kept)]
    fits.append(saved(tmp_path, "04", made, 3, film="another film"))
    table = make_ceilings(tmp_path, fits)
    assert list(table.columns) == [column.name for column in between_table_columns()]
    assert list(table["participant_id"]) == [f"sub-0{k}" for k in (1, 2, 3, 4) for _ in NAMES]
    own = table[table["participant_id"] != "sub-04"]
    assert set(words(own, "participants")) == {2}
    known = own[own["language_between_ceiling"].notna()]
    assert len(known) >= 8, "of twelve; with so few electrodes, halves of the others may not agree"
    assert words(known, "ceiling").astype(float).mean() == pytest.approx(0.95, abs=0.02)
    assert (words(known, "r").astype(float) < words(known, "ceiling").astype(float)).mean() > 0.9
    ratio = REACHED_R / words(known, "ceiling").astype(float)
    assert np.allclose(words(known, "reached").astype(float), ratio, rtol=0.05)
    other = table[table["participant_id"] == "sub-04"]
    assert all("no other participant" in said for said in words(other, "not_known"))
    assert set(words(other, "participants")) == {0}
    assert other["language_between_r"].isna().all()
    assert all("no calibrated tests" in said for said in table["vision_between_not_known"])


def test_nobody_is_in_their_own_ceiling(made: People, tmp_path: Path) -> None:
    """A second fit of one's own, of the same responses, predicts nothing; what others are is all that counts."""
    alone = [saved(tmp_path, "01", made, 0, session=session) for session in ("a", "b")]
    table = make_ceilings(tmp_path, alone)
    assert all("no other participant" in said for said in words(table, "not_known"))
    with_two = make_ceilings(tmp_path, [*alone[:1], saved(tmp_path, "02", made, 1)])
    assert set(words(with_two, "not_known")) == {ONE_OTHER}
    assert (words(with_two, "r").astype(float) > 0).all()
    again = make_ceilings(tmp_path, [*alone, saved(tmp_path, "02", made, 1)])
    same = [f"language_between_r{end}" for end in ("", "_low", "_high")]
    assert np.allclose(again[same].iloc[:4].astype(float), with_two[same].iloc[:4].astype(float), atol=1e-6)


def test_without_saved_responses_it_says_so(made: People, tmp_path: Path) -> None:
    fits = [saved(tmp_path, "01", made, 0, responses=False), saved(tmp_path, "02", made, 1)]
    table = make_ceilings(tmp_path, fits)
    assert all("--save-responses" in said for said in words(table, "not_known")[:4])
    assert all("no other participant" in said for said in words(table, "not_known")[4:])


def test_another_stretch_of_the_film_is_no_help(made: People, tmp_path: Path) -> None:
    half = len(made.events) // 2
    fits = [saved(tmp_path, "01", made, 0), saved(tmp_path, "02", made, 1, np.arange(half, len(made.events)))]
    fits[0] = saved(tmp_path, "01", made, 0, np.arange(half))
    assert all("no other participant" in said for said in words(make_ceilings(tmp_path, fits), "not_known"))


@pytest.mark.parametrize("spoil", ["other files", "other participants", "other electrodes", "no column"])
def test_kept_only_as_long_as_results_are_the_same(spoil: str, tmp_path: Path) -> None:
    fits = [FitResult(FitName(s, "film"), pd.DataFrame({"name": NAMES}), {"files": {f"{s}_encoding.h5": {"sha256": s}}},
                      pd.DataFrame(), None) for s in ("01", "02")]  # fmt: skip
    columns = [column.name for column in between_table_columns()]
    table = pd.DataFrame({"name": NAMES * 2, "source": source_key(fits), "language_between_r": 0.25}, columns=columns)
    write_tsv(tmp_path / "group_between_brains.tsv", table.astype(object).where(table.notna(), None))
    kept = kept_ceilings(tmp_path, fits)
    assert list(kept["language_between_r"]) == [0.25] * 8
    sites = pd.DataFrame({"name": NAMES * 2}, index=range(3, 11))
    assert list(with_ceilings(sites, kept)["language_between_r"]) == [0.25] * 8
    others: Sequence[FitResult] = fits
    if spoil == "other files":
        others = [fits[0], FitResult(fits[1].name, fits[1].sites, {"files": {"02_encoding.h5": {"sha256": "new"}}},
                                     pd.DataFrame(), None)]  # fmt: skip
    elif spoil == "other participants":
        others = fits[:1]
    elif spoil == "other electrodes":
        others = [fits[0], FitResult(fits[1].name, pd.DataFrame({"name": NAMES[::-1]}), fits[1].record,
                                     pd.DataFrame(), None)]  # fmt: skip
    else:
        write_tsv(tmp_path / "group_between_brains.tsv", table[columns[:-2]].astype(object).where(table.notna(), None))
    assert len(kept_ceilings(tmp_path, others)) == 0
    assert with_ceilings(sites, kept_ceilings(tmp_path, others)) is sites
