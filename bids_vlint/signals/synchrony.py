"""Whether a recording follows the film at the time where the film is said to lie, or at another, or not at all.

The film's level (loudness, say) is correlated with every electrode's trace at every lag at which enough of the film
would lie in the recording. The largest correlation of all electrodes and lags is compared with the largest that levels
of the same spectrum and random phases reach. Nothing is shifted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bids_vlint.signals.lagged import LagCorrelation, as_shown, comparable, possible_places, surrogate
from bids_vlint.signals.traces import TRACE_STEP_S

N_SURROGATES = 99
NEAR_S = (-0.5, 1.0)  # a brain follows what it hears within a second
DRAWN_S = 10.0
_MARGIN = 1.15  # above the largest of all surrogates, since recordings are not as steady as these
_AS_HIGH = 0.9  # a peak near zero that is nearly as high as the highest counts
_SURE = 10.0
_N_DRAWN, _N_STRETCHES = 3, 400


@dataclass(frozen=True)
class Synchrony:
    """What was found.

    Attributes
    ----------
    follows : bool | None
        True: the best lag is near zero; False: it is elsewhere; None: nothing follows.
    lag : float
        Seconds by which the recording follows the film later than is said, where they agree best.
    electrode, kind : str
        Which electrode does, with which kind of trace.
    r, z : float
        Correlation there, and |r| in SDs of unrelated series of the same spectra.
    threshold : float
        What z has to reach: 1.15 times the largest of all surrogates, electrodes and lags.
    p : float
        The share of surrogates, the level itself among them, whose largest z reaches the level's.
    searched : (from, to) seconds
    thirds : tuple of float
        How much later (s) than `lag` each third of the film agrees best, by up to 10 s either way: how far the clocks
        drift; empty where z is below 10, since a third says less.
    curve_lag, curves : (n,) seconds, and (electrode, kind) -> (n,) r
        Of the electrodes that follow best, from -10 to 10 s.
    profile_lag, profile : (m,) seconds, and the largest z of any electrode
        Over all that was searched: the highest of each of up to 400 stretches of lags.
    """

    follows: bool | None
    lag: float
    electrode: str
    kind: str
    r: float
    z: float
    threshold: float
    p: float
    searched: tuple[float, float]
    thirds: tuple[float, ...]
    curve_lag: np.ndarray
    curves: dict[tuple[str, str], np.ndarray]
    profile_lag: np.ndarray
    profile: np.ndarray


def synchrony_of(
    data: Mapping[str, np.ndarray],
    electrodes: Sequence[str],
    level: np.ndarray,
    shown: np.ndarray,
    first: int,
    seed: int,
) -> Synchrony | None:
    """Compare a recording with a film at every lag.

    Parameters
    ----------
    data : kind -> (n_steps, n_electrodes)
        As `traces.Trace.data`.
    electrodes : sequence of str
    level : (n_film,)
        What of the film is followed, in steps of 0.1 s of the film.
    shown : (m,) int
        The step of the film that was on, as it is said, at step `first` of the recording (which may lie before it) and
        those that follow; -1: none.
    first : int
    seed : int
        Of the surrogates.

    Returns
    -------
    Synchrony | None
        None where less than 30 s of the film can lie in the recording, or nothing varies.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> level, noise = rng.random(1500), rng.standard_normal((2000, 3))
    >>> noise[100:1600, 1] += 2 * level
    >>> found = synchrony_of({"high gamma": noise}, ["A1", "A2", "A3"], level, np.arange(1500), 150, seed=1)
    >>> found.follows, round(found.lag, 1), found.electrode
    (False, -5.0, 'A2')
    """
    series = {(name, kind): x for kind, traces in data.items() for name, x in zip(electrodes, comparable(traces))
              if x.any()}  # fmt: skip
    own = comparable(level[:, None])[0]
    if not series or not own.any():
        return None
    at, overlap = possible_places(len(next(iter(series.values()))), shown)
    if not len(at):
        return None
    rng, lag = np.random.default_rng(seed), (at - first) * TRACE_STEP_S
    levels = np.stack([as_shown(x, shown) for x in (own, *(surrogate(own, rng) for _ in range(N_SURROGATES)))])
    lagged, near = LagCorrelation(np.stack([*series.values()]), levels, at, overlap), _within(lag, *NEAR_S)
    peaks, beside, profile, largest = lagged.extremes(near)
    is_near = bool(near.any() and beside.max() >= _AS_HIGH * largest[0])
    best = int((beside if is_near else peaks).argmax())
    z, r = lagged.of(best)
    k = int(np.where(near, np.abs(z), 0).argmax() if is_near else np.abs(z).argmax())
    names, threshold = list(series), _MARGIN * float(largest[1:].max())
    follows, drawn = (is_near if largest[0] >= threshold else None), _within(lag, -DRAWN_S, DRAWN_S)
    stretches = _tops(profile)
    return Synchrony(
        follows=follows,
        lag=float(lag[k]),
        electrode=names[best][0],
        kind=names[best][1],
        r=float(r[k]),
        z=float(np.abs(z[k])),
        threshold=threshold,
        p=float(np.mean(largest >= largest[0])),
        searched=(float(lag[0]), float(lag[-1])),
        thirds=()
        if follows is None or np.abs(z[k]) < _SURE
        else _thirds(series[names[best]], levels[0], shown, int(at[k])),
        curve_lag=lag[drawn],
        curves={names[j]: lagged.of(j)[1][drawn] for j in np.argsort(-peaks, kind="stable")[:_N_DRAWN]},
        profile_lag=lag[stretches],
        profile=profile[stretches],
    )


def _within(lag: np.ndarray, low: float, high: float) -> np.ndarray:
    inside: np.ndarray = (lag >= low - 1e-6) & (lag <= high + 1e-6)
    return inside


def _tops(profile: np.ndarray) -> np.ndarray:
    """Where the highest of each of some stretches is."""
    parts = np.array_split(np.arange(len(profile)), min(_N_STRETCHES, len(profile)))
    return np.array([part[profile[part].argmax()] for part in parts])


def _thirds(x: np.ndarray, level: np.ndarray, shown: np.ndarray, at: int) -> tuple[float, ...]:
    """How much later (s) each third of what was shown agrees best than where its first step lies at `at`."""
    reach, out = round(DRAWN_S / TRACE_STEP_S), []
    for part in np.array_split(np.flatnonzero(shown >= 0), 3):
        sums = []
        for shift in range(at - reach, at + reach + 1):
            inside = part[(part + shift >= 0) & (part + shift < len(x))]
            sums.append(float(x[inside + shift] @ level[inside]))
        out.append(round((int(np.abs(sums).argmax()) - reach) * TRACE_STEP_S, 1))
    return tuple(out)
