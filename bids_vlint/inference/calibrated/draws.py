"""One more draw of random weights: what a trained network must exceed to be more than a lucky one.

Two random draws of one network predict an electrode unequally well. Against the mean of K draws, a further one differs
by its own luck, and by the mean's: their variance s^2 (1 + 1 / K) is no noise of the responses, and no shift shows it.
It is estimated from the draws themselves, each network's about its own mean, less what they differ by when the
responses are shifted. A few draws tell little at one electrode, so that their spread is taken to be a share of what the
network explains there, the same at all electrodes and of all networks, as far as these do not differ by more than
chance (moderated variances: Smyth 2004, doi 10.2202/1544-6115.1027). The choice among several networks is made again
with each draw in the trained one's place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from bids_vlint.encoding.engine import Encoded
from bids_vlint.inference.calibrated.null import Null, shrunk_variance
from bids_vlint.inference.calibrated.pairs import Paired, Side, paired
from bids_vlint.networks.identity import identity_of

_LEAST = 1e-12
_LEAST_SHARE = 0.01


@dataclass(frozen=True)
class Draws:
    """What a further draw would differ by from the mean of those there are, beyond the noise of the responses.

    Attributes
    ----------
    n : int
        Draws of each network.
    mean : (n_electrodes,)
        Of the difference: what the choice among several networks gains; never below zero.
    variance : (n_electrodes,)
    df : float
        Degrees of freedom of the variance: each network's draws less one, and as many more as shrinking over networks
        gives. All electrodes share the draws.
    """

    n: int
    mean: np.ndarray
    variance: np.ndarray
    df: float


def draws_of(encoded: Encoded, models: Sequence[str], side: Side) -> Draws:
    """Measure the spread between random draws of the networks; without shifts all of it counts, noise included.

    Parameters
    ----------
    encoded : Encoded
    models : sequence of str
        Labels of the trained networks that have random draws, at least two each.
    side : (2, n_electrodes, n_replicates) int
        Which of them is tested at each electrode.

    Returns
    -------
    Draws
    """
    own = _draws(encoded, models)
    n = min(map(len, own.values()))
    trained = np.array([encoded.scores.models.index(label) for label in own])
    drawn = np.array([numbers[:n] for numbers in own.values()])
    r = encoded.sums[drawn].sum(2, dtype=np.float64)  # (n_networks, n_draws, n_electrodes, n_replicates)
    spread = r.var(1, ddof=1)
    noise = spread[:, :, 1:].mean(2) if encoded.n_shifts else np.zeros(spread.shape[:2])
    explained = (encoded.sums[trained, :, :, 0].sum(1) + r[:, :, :, 0].sum(1)) / (n + 1)
    explained = np.maximum(explained, 0)
    excess, df = _moderated(spread[:, :, 0], noise, explained, n - 1)
    # the halves may be tested with different networks
    network = np.searchsorted(trained, side[:, :, 0])
    variance = np.take_along_axis(excess, network, axis=0).mean(0)
    mean = np.zeros(len(variance))
    if len(trained) > 1:
        mean = _gain_of_choice(encoded, drawn, np.take_along_axis(explained, network, axis=0).mean(0))
    uncertain = 1 + 1 / n + (1 / n if len(trained) > 1 else 0)
    return Draws(n, mean, variance * uncertain, df)


def n_draws(encoded: Encoded, models: Sequence[str]) -> int:
    """How many random draws each network has (the fewest): 1 where one has no several."""
    return max(1, min(map(len, _draws(encoded, models).values()), default=1))


def _draws(encoded: Encoded, models: Sequence[str]) -> Mapping[str, list[int]]:
    """The numbers of each network's draws among the encoded models."""
    own: dict[str, list[int]] = {label: [] for label in encoded.scores.models if label in set(models)}
    for number, label in enumerate(encoded.scores.models):
        read = identity_of(label)
        if not read.trained and read.twin is not None and read.name in own:
            own[read.name].append(number)
    return own


def _moderated(spread: np.ndarray, noise: np.ndarray, explained: np.ndarray, df: int) -> tuple[np.ndarray, float]:
    """Variance between draws beyond noise, (n_networks, n_electrodes), and its degrees of freedom.

    Each network's share of what is explained is shrunk to that of all networks, each electrode's variance to what this
    share gives there.
    """
    square = explained**2
    shares = (square * (spread - noise)).sum(1) / np.maximum((square**2).sum(1), _LEAST)
    # networks without any count as those of the least share, so that the logarithm that shrinks them is finite
    least = max(shares.max(initial=0) * _LEAST_SHARE, _LEAST)
    shares, shares_df = shrunk_variance(np.maximum(shares, least), df)
    expected = np.maximum(noise + shares[:, None] * square, _LEAST)
    ratio, _ = shrunk_variance((spread / expected).ravel(), df)
    return np.maximum(ratio.reshape(spread.shape) * expected - noise, 0), shares_df


def _gain_of_choice(encoded: Encoded, drawn: np.ndarray, explained: np.ndarray) -> np.ndarray:
    """What the draw that stands in for the trained network gains by the choice of its network, beyond what it gains
    where the responses are shifted: a common share of what is explained."""
    gains = []
    for k in range(drawn.shape[1]):
        best = encoded.score[drawn[:, k]].argmax(0)
        others = np.delete(drawn, k, axis=1)
        against = [paired(encoded, drawn[best, k], others[best, j]) for j in range(others.shape[1])]
        gains.append(np.mean([one.diff for one in against], axis=0))
    gain = np.mean(gains, axis=0)
    beyond = gain[:, 0] - (gain[:, 1:].mean(1) if encoded.n_shifts else 0)
    share = max(0.0, float((explained * beyond).sum() / max((explained**2).sum(), _LEAST)))
    return share * explained


def with_draws(null: Null, difference: Paired, draws: Draws, smallest_effect: float = 0.0) -> Null:
    """The null of a difference between a trained network and the mean of its random draws, if it were one more draw.

    Parameters
    ----------
    null : Null
        Of the shifts.
    difference : Paired
    draws : Draws
    smallest_effect : float
        What the difference is tested against.
    """
    error, t = difference.error[:, 0], difference.t_above(smallest_effect)[:, 0]
    known = error > 0
    scale = np.where(known, error, 1.0)
    added = np.where(known, draws.variance / scale**2, 0)
    mean = np.where(draws.mean > 0, np.maximum(null.mean, 0) + draws.mean / scale, null.mean)
    variance = null.sd**2 + added
    df = variance**2 / (null.sd**4 / null.df + added**2 / draws.df)  # Satterthwaite
    p = np.where(t == 0, 1.0, stats.t.sf((t - np.maximum(mean, 0)) / np.sqrt(variance), df))
    return replace(null, mean=mean, sd=np.sqrt(variance), df=df, p=p)
