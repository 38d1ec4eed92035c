"""When the film was shown: pairs of film time and sample, and what is checked of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from bids_vlint.errors import InputError
from bids_vlint.files.tables import numbers
from bids_vlint.log import counted
from bids_vlint.prepare.checks import GOOD, LIES, MARKED, UNCHECKED, Check
from bids_vlint.study.clock import DECIMALS, JITTER_S, Showing, from_pairs

_RATE_OFF = 0.005  # between a rate and the samples in a second of the film
_SPAN_S = 10.0  # over which that is measured
_STEP_S = 0.03  # more is a step, and no jitter
_SMALL_STEP_S = 0.05
_NEIGHBOURS = 51
_PLACED = 0.95  # a table of which less is placed says nothing
_STEPS = 0.1  # of rows before which time jumps by 50 to 200 ms; at most .02 in 25 sessions


def pairs_of_words(words: pd.DataFrame) -> pd.DataFrame:
    """Pairs of film time and sample, from the words that have both: movie (s, to 0.1 ms), sample; by sample.

    Parameters
    ----------
    words : DataFrame
        onset (s in the film), sample.
    """
    pairs = pd.DataFrame({"movie": words["onset"].round(DECIMALS), "sample": words["sample"]}).dropna()
    return pairs.sort_values("sample", kind="stable").reset_index(drop=True)


def pairs_of_triggers(table: pd.DataFrame, file: Path) -> pd.DataFrame:
    """The same from the authors' triggers.

    Parameters
    ----------
    table : DataFrame
        movie_time (s), index (sample) and, where there is one, type, of which rows of triggers alone count.
    file : Path

    Raises
    ------
    InputError
        65: no two triggers have both.
    """
    pairs = pd.DataFrame({"onset": numbers(table, "movie_time", file), "sample": numbers(table, "index", file)})
    if "type" in table:
        pairs = pairs[table["type"].str.strip().str.lower().to_numpy() == "trigger"]
    if len(pairs.dropna()) < 2:
        raise InputError(file, "has no two triggers with a time and a sample", "fetch subject_timings.zip again")
    return pairs_of_words(pairs)


def showings_of(pairs: pd.DataFrame, rate: float, tolerance: float = JITTER_S) -> list[Showing]:
    """The stretches in which the film went on, as the program reads the table at a sampling rate."""
    return from_pairs(pairs["movie"].to_numpy(float), pairs["sample"].to_numpy(float) / rate, tolerance)


def samples_per_second(pairs: pd.DataFrame) -> float:
    """Samples in a second of the film, the median over spans of 10 s; NaN where no such span is there."""
    pairs = pairs.sort_values("movie", kind="stable")
    movie, sample = pairs["movie"].to_numpy(float), pairs["sample"].to_numpy(float)
    ahead = np.searchsorted(movie, movie + min(_SPAN_S, (movie[-1] - movie[0]) / 2) - 1e-9)
    first = np.flatnonzero(ahead < len(movie))
    d_movie, d_sample = movie[ahead[first]] - movie[first], sample[ahead[first]] - sample[first]
    on = d_movie > 0
    return float(np.median(d_sample[on] / d_movie[on])) if on.any() else float("nan")


def check_clock(pairs: pd.DataFrame, rate: float) -> Check:
    """Whether samples go on as the recording's rate says, and whether the pairs place the film at all.

    Parameters
    ----------
    pairs : DataFrame
        movie (s), sample.
    rate : float
        Hz.
    """
    slope = samples_per_second(pairs)
    value = f"{slope:.1f} samples in a second of the film, {rate:g} Hz"
    if not abs(slope / rate - 1) <= _RATE_OFF:
        return Check("clock", LIES, value, f"the sync table counts {slope:.0f} samples in a second of the film, and "
                     f"the recording is said to have {rate:g} Hz{_erratic(pairs, slope)}")  # fmt: skip
    if erratic := _erratic(pairs, rate):
        return Check("clock", LIES, value, erratic.removeprefix("; "))
    return Check("clock", GOOD, value)


def _erratic(pairs: pd.DataFrame, rate: float) -> str:
    """What is wrong with pairs at a sampling rate, in words that follow; nothing where all is well."""
    if not rate > 0:
        return ""
    found, n = showings_of(pairs, rate), len(pairs)
    placed, steps = sum(len(s.movie) for s in found) / n, _small_steps(pairs, rate)
    if placed < _PLACED:
        how = f"{len(found)} stretches hold {100 * placed:.0f} % of its {n} rows"
    elif steps > _STEPS * n:
        how = f"time jumps by 50 to 200 ms {steps} times between its {n} rows"
    else:
        return ""
    return f"; at {rate:.0f} Hz the sync table is erratic: {how}"


def _small_steps(pairs: pd.DataFrame, rate: float) -> int:
    step = np.abs(np.diff(pairs["sample"].to_numpy(float)) / rate - np.diff(pairs["movie"].to_numpy(float)))
    return int(((step > _SMALL_STEP_S) & (step <= JITTER_S)).sum())


def check_jitter(pairs: pd.DataFrame, rate: float) -> Check:
    """How far sample times scatter around their local median, ms: the SD, and what 99 % stay below."""
    offset = pairs["sample"].to_numpy(float) / rate - pairs["movie"].to_numpy(float)
    parts = np.split(offset, np.flatnonzero(np.abs(np.diff(offset)) > _STEP_S) + 1)
    rest = [part - pd.Series(part).rolling(_NEIGHBOURS, center=True, min_periods=3).median().to_numpy()
            for part in parts if len(part) >= _NEIGHBOURS // 10]  # fmt: skip
    scatter = np.concatenate([*rest, np.empty(0)])
    scatter = scatter[np.abs(scatter) <= _STEP_S]
    if not len(scatter):
        return Check("jitter", UNCHECKED, "", "too few words follow one another without a step")
    value = f"SD {1e3 * scatter.std():.1f} ms, 99 % below {1e3 * np.percentile(np.abs(scatter), 99):.1f} ms"
    return Check("jitter", GOOD, value)


def check_pauses(pairs: pd.DataFrame, rate: float) -> Check:
    """How often the film stood still and for how long, and how many smaller steps are joined."""
    found = sorted(showings_of(pairs, rate), key=lambda s: s.begin)
    paused = sum(max(0.0, b.begin - a.end) for a, b in pairwise(found))
    joined = _small_steps(pairs, rate)
    value = f"{len(found)} stretches, {paused:.0f} s paused; {joined} steps of 50 to 200 ms joined"
    return Check("pauses", GOOD, f"{value} (tolerance {JITTER_S:g} s)")


def check_order(pairs: pd.DataFrame) -> Check:
    """Whether samples grow with film time."""
    ordered = pairs.sort_values("movie", kind="stable")["sample"].to_numpy(float)
    breaks = int((np.diff(ordered) <= 0).sum())
    says = f"samples stand still or go back {counted(breaks, 'time')} where the film goes on" if breaks else ""
    return Check("order", MARKED if breaks else GOOD, f"{breaks} breaks", says)


def check_length(pairs: pd.DataFrame, n_samples: int | None) -> Check:
    """Whether all samples lie in the recording; of its length None where nothing tells it."""
    first, last = int(pairs["sample"].min()), int(pairs["sample"].max())
    value = f"samples {first} to {last} of {n_samples if n_samples is not None else 'n/a'}"
    if first < 0 or (n_samples is not None and last > n_samples):
        which = "before its beginning" if first < 0 else f"behind its end at sample {n_samples}"
        return Check("length", LIES, value, f"the sync table places words {which}: it is of another recording, or this "
                     "one was cut")  # fmt: skip
    if n_samples is None:
        return Check("length", UNCHECKED, value, "nothing says how long the recording is")
    return Check("length", GOOD, value)


def check_against(pairs: pd.DataFrame, others: pd.DataFrame, rate: float) -> Check:
    """How far the words' samples are from where the authors' triggers place them, ms.

    Parameters
    ----------
    pairs : DataFrame
        Of the triggers, which are taken.
    others : DataFrame
        Of the words.
    """
    expected = recording_times(others["movie"].to_numpy(float), showings_of(pairs, rate))
    off = np.abs(others["sample"].to_numpy(float) / rate - expected)
    off = off[np.isfinite(off)]
    if not len(off):
        return Check("timings", MARKED, "no word in common", "the authors' triggers place none of the words")
    far = np.median(off) > JITTER_S
    says = "the package's samples lie elsewhere than the authors' triggers say; the triggers are taken" if far else ""
    return Check("timings", MARKED if far else GOOD, f"words off by {1e3 * np.median(off):.1f} ms (median), "
                 f"{1e3 * np.percentile(off, 99):.1f} ms (99 %)", says)  # fmt: skip


def recording_times(movie: np.ndarray, showings: Sequence[Showing]) -> np.ndarray:
    """Seconds in the recording at which moments of the film were first shown, (n,); NaN where they were not."""
    found = np.full(len(movie), np.nan)
    for showing in showings:
        time = showing.to_recording(movie)
        found = np.where(np.isnan(found), time, found)
    return found
