"""The tests that were rejected, from the same held-out predictions, and what stands in their place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import special, stats

from benchmarks.calibration.datasets import DataSet
from benchmarks.calibration.fits import Design, Difference, design, difference, fit
from bids_vlint.encoding.blocks import Blocks

N_RESAMPLES = 1999
N_SHIFTS = 40
Halves = tuple[int, ...]
BOTH: Halves = (0, 1)
SECOND: Halves = (1,)


def rejected(data: DataSet, rng: np.random.Generator, n_shifts: int = N_SHIFTS) -> dict[str, np.ndarray]:
    """p of every electrode by every choice, for multimodal_beats_unimodal, or for multimodal_beats_linear where there
    is a network of language.

    Parameters
    ----------
    data : DataSet
    rng : numpy.random.Generator
    n_shifts : int

    Returns
    -------
    name -> (n_electrodes,)
    """
    out: dict[str, np.ndarray] = {}
    linear = any(n.modality == "language" for n in data.networks)
    test = "multimodal_beats_linear" if linear else "multimodal_beats_unimodal"
    made = design(data.responses, n_shifts, rng)
    shifted = sides(data, made, keep_fit=True, test=test)
    for name, halves in (("test half", SECOND), ("both halves", BOTH)):
        out |= {f"{name}: {k}": p for k, p in plain(shifted, made, halves, rng).items()}
        out |= {f"{name}: {k}": p for k, p in shift_nulls(shifted, made.blocks, halves).items()}
    for folds in ("no gap", "contiguous"):
        other = design(data.responses, n_shifts, rng, folds)
        found = sides(data, other, test=test)
        out[f"both halves: shift null, {folds}"] = moderated(t_of(found.sums, other.blocks, BOTH))
    return out


def sides(data: DataSet, made: Design, keep_fit: bool = False, test: str = "multimodal_beats_unimodal") -> Difference:
    """Multimodal against the best of vision and language, or against those and their sum (multimodal_beats_linear)."""
    features: dict[str, list[np.ndarray]] = {}
    for network in data.networks:
        if network.trained:
            features.setdefault(network.modality, []).append(network.layers["pooled"])
    vision, language = features.get("vision", []), features.get("language", [])
    linear = [np.concatenate([v, s], axis=1) for v in vision for s in language]
    baseline = [*vision, *language, *(linear if test == "multimodal_beats_linear" else [])]
    fits = [[fit(x, made, keep_fit) for x in side] for side in (features["multimodal"], baseline)]
    return difference(fits[0], fits[1], made.blocks)


def t_of(sums: np.ndarray, blocks: Blocks, halves: Halves) -> np.ndarray:
    """t of the block sums, (n_copies, n_electrodes)."""
    own = sums[np.isin(blocks.half, halves)]
    sd = own.std(0, ddof=1)
    t: np.ndarray = own.sum(0) / np.maximum(np.sqrt(len(own)) * sd, 1e-12)
    return t


def plain(found: Difference, made: Design, halves: Halves, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Tests without shifts."""
    events = np.concatenate([np.concatenate(found.shares[h]) for h in halves])
    parts = [rows for h in halves for rows in (fold.halves[h] for fold in made.folds)]
    part = np.repeat(np.arange(len(parts)), [len(rows) for rows in parts])
    time = made_times(made, parts)
    blocks = {s: _blocks(part, time, s) for s in (5.0, 10.0, 20.0)}
    n_test, n_train = len(events) / len(made.folds), float(np.mean([len(f.train) for f in made.folds]))
    five = _sums(events, blocks[5.0])
    t = five.sum(0) / np.maximum(np.sqrt(len(five)) * five.std(0, ddof=1), 1e-12)
    corrected = t / np.sqrt(1 + (len(made.folds) - 1) * n_test / n_train)
    return {
        "events independent, percentile": percentile(events, part, rng),
        "5 s blocks, percentile": percentile(five, _part_of(blocks[5.0], part), rng),
        "10 s blocks, percentile": percentile(_sums(events, blocks[10.0]), _part_of(blocks[10.0], part), rng),
        "20 s blocks, percentile": percentile(_sums(events, blocks[20.0]), _part_of(blocks[20.0], part), rng),
        "5 s blocks, sign-flip": sign_flip(five, rng),
        "20 s blocks, sign-flip": sign_flip(_sums(events, blocks[20.0]), rng),
        "Newey-West, 10 s": newey_west(events, part, time),
        "5 s block t": stats.t.sf(t, len(five) - 1),
        "5 s block t, corrected (Nadeau and Bengio)": stats.t.sf(corrected, len(five) - 1),
    }


def shift_nulls(found: Difference, blocks: Blocks, halves: Halves) -> dict[str, np.ndarray]:
    """Tests against shifts; the first is the nearest to the program's, which has other weights, penalties and tail."""
    t = t_of(found.sums, blocks, halves)
    raw = found.sums[np.isin(blocks.half, halves)].sum(0)
    tests = {
        "shift null, own scale moderated, mean where positive": moderated(t),
        "shift null, pooled ranks": pooled_ranks(t),
        "shift null, pooled normal": moderated(t, scale="pooled"),
        "shift null, own scale not moderated": moderated(t, scale="own"),
        "shift null, signed mean": moderated(t, mean="signed"),
        "shift null, no mean": moderated(t, mean="none"),
        "shift null, raw difference": moderated(raw),
        "shift null, own ranks": own_ranks(t),
        "shift null, network chosen once": moderated(t_of(found.unchosen, blocks, halves)),
    }
    if found.fixed is not None:
        tests["shift null, fit kept"] = moderated(t_of(found.fixed, blocks, halves))
    return tests


def moderated(t: np.ndarray, scale: str = "moderated", mean: str = "positive") -> np.ndarray:
    """Normal tail of the first row against the others.

    Parameters
    ----------
    t : (1 + n_shifts, n_electrodes)
    scale : {"moderated", "own", "pooled"}
        Variance per electrode shrunk to the pool by the spread that sampling leaves unexplained (Smyth 2004).
    mean : {"positive", "signed", "none"}
        The null mean, pooled over electrodes: only where it is positive, as it is, or taken as zero.
    """
    null = t[1:]
    centre = float(null.mean())
    variance, df = null.var(0, ddof=1), len(null) - 1
    pool = float(null.var())
    if scale == "pooled":
        used, total = np.full(t.shape[1], pool), np.inf
    else:
        prior = 0.0 if scale == "own" else prior_df(variance, df)
        used = (
            np.full(t.shape[1], variance.mean())
            if np.isinf(prior)
            else (prior * variance.mean() + df * variance) / (prior + df)
        )
        total = prior + df
    shift = {"positive": max(centre, 0.0), "signed": centre, "none": 0.0}[mean]
    z = (t[0] - shift) / np.sqrt(np.maximum(used, 1e-12))
    p: np.ndarray = stats.norm.sf(z) if np.isinf(total) else stats.t.sf(z, total)
    return p


def prior_df(variance: np.ndarray, df: int) -> float:
    """Degrees of freedom of the pool, from the spread of log variances beyond sampling's (Smyth 2004)."""
    excess = float(np.log(np.maximum(variance, 1e-12)).var(ddof=1)) - float(special.polygamma(1, df / 2))
    if excess <= 0:
        return np.inf
    low, high = 1e-3, 1e6
    for _ in range(80):  # the trigamma function falls monotonically
        middle = np.sqrt(low * high)
        low, high = (middle, high) if special.polygamma(1, middle) > excess else (low, middle)
    return float(2 * np.sqrt(low * high))


def pooled_ranks(t: np.ndarray) -> np.ndarray:
    """Rank among all electrodes' shifts."""
    null = np.sort(t[1:].ravel())
    above = len(null) - np.searchsorted(null, t[0], side="left")
    p: np.ndarray = (1 + above) / (1 + len(null))
    return p


def own_ranks(t: np.ndarray) -> np.ndarray:
    """Rank among an electrode's own shifts."""
    p: np.ndarray = (1 + (t[1:] >= t[0]).sum(0)) / len(t)
    return p


def percentile(values: np.ndarray, strata: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Share of resamples (rows drawn within their part) whose sum is not positive."""
    total = np.zeros((N_RESAMPLES, values.shape[1]))
    for part in np.unique(strata):
        rows = np.flatnonzero(strata == part)
        counts = rng.multinomial(len(rows), np.full(len(rows), 1 / len(rows)), size=N_RESAMPLES)
        total += counts @ values[rows]
    p: np.ndarray = (1 + (total <= 0).sum(0)) / (N_RESAMPLES + 1)
    return p


def sign_flip(sums: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Share of sign-flipped totals at least as large."""
    flips = rng.choice([-1.0, 1.0], (N_RESAMPLES, len(sums)))
    p: np.ndarray = (1 + (flips @ sums >= sums.sum(0)).sum(0)) / (N_RESAMPLES + 1)
    return p


def newey_west(events: np.ndarray, part: np.ndarray, time: np.ndarray, seconds: float = 10.0) -> np.ndarray:
    """Normal tail with a Bartlett kernel over time (Newey and West 1987)."""
    mean = events.mean(0)
    variance = np.zeros(events.shape[1])
    for k in np.unique(part):
        rows = part == k
        centred = events[rows] - mean
        weight = np.maximum(1 - np.abs(time[rows][:, None] - time[rows]) / seconds, 0)
        variance += np.einsum("ic,ij,jc->c", centred, weight, centred, optimize=True)
    p: np.ndarray = stats.norm.sf(events.sum(0) / np.sqrt(np.maximum(variance, 1e-20)))
    return p


def made_times(made: Design, parts: Sequence[np.ndarray]) -> np.ndarray:
    """Movie time of the held-out events."""
    return np.concatenate([made.time[rows] for rows in parts])


def _blocks(part: np.ndarray, time: np.ndarray, seconds: float) -> np.ndarray:
    number = np.empty(len(part), int)
    for k in np.unique(part):
        rows = part == k
        number[rows] = k * 100_000 + ((time[rows] - time[rows].min()) / seconds).astype(int)
    inverse: np.ndarray = np.unique(number, return_inverse=True)[1].ravel()
    return inverse


def _sums(events: np.ndarray, ids: np.ndarray) -> np.ndarray:
    sums = np.zeros((ids.max() + 1, events.shape[1]))
    np.add.at(sums, ids, events)
    return sums


def _part_of(ids: np.ndarray, part: np.ndarray) -> np.ndarray:
    out = np.zeros(ids.max() + 1, int)
    out[ids] = part
    return out
