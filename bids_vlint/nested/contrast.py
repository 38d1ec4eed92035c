"""Regions against the rest of the brain, over participants.

In participant i, region r has n electrodes, k of them sites; the participant has N electrodes and K sites. Its contrast
d = k - n K / N has mean v b, where b is the log odds ratio of the region against the rest (score of a logistic
regression at zero) and v = n (N - n) / (N - 1) p (1 - p), p = K / N. Its variance is taken to be s (v + rho v^2): v for
electrodes (s: neighbours that share a source), v^2 for participants who differ. rho is the same in all regions and
chosen by restricted likelihood over all cells. The regions' s are drawn towards one another as the variances of genes
(Smyth 2004), so that each region's few participants borrow the degrees of freedom of all.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import sparse, special, stats

from bids_vlint.nested.electrodes import Cells

_RATIOS = (0.0, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6)  # of participants' variance to that of electrodes
_NONE = 1e-9
_DF_OF_INDEPENDENT = 2  # by simulation: intervals of groups with a shaft each cover


@dataclass(frozen=True)
class Sums:
    """What regions' statistics are made of: sums over their cells, each (n_regions, n_arrangements) but the last.

    Attributes
    ----------
    information : of v / (1 + rho v)
    score : of d / (1 + rho v)
    square : of d^2 / (v + rho v^2)
    weight : of the electrodes' n (N - n) / N / (1 + rho v): what makes a difference of proportions of the score
    count : (n_regions,), participants that say something
    """

    information: np.ndarray
    score: np.ndarray
    square: np.ndarray
    weight: np.ndarray
    count: np.ndarray


@dataclass(frozen=True)
class Contrasts:
    """Regions against the rest, each (n_regions, n_arrangements) but the last two; NaN where nothing can be said.

    Attributes
    ----------
    t : moderated t
    df : its degrees of freedom
    difference : the region's proportion of sites less that of the rest of the participant, weighted mean
    variance : (n_arrangements,), of all regions over that of independent electrodes, for intervals
    total_df : its degrees of freedom
    """

    t: np.ndarray
    df: np.ndarray
    difference: np.ndarray
    variance: np.ndarray
    total_df: float

    @property
    def p(self) -> np.ndarray:
        """One-sided p of t by its degrees of freedom; arrangements say it better."""
        p: np.ndarray = stats.t.sf(self.t, self.df)
        return p


@dataclass(frozen=True)
class CellTerms:
    """Contrasts of cells, (n_cells, n_arrangements); their variances and their weights in a difference, (n_cells,); the
    ratio that was chosen, (n_arrangements,)."""

    d: np.ndarray
    v: np.ndarray
    h: np.ndarray
    ratio: np.ndarray


def summed(cells: Cells) -> tuple[CellTerms, Sums]:
    """Contrasts of cells, the ratio of participants' variance that fits them best, and the regions' sums under it.

    Parameters
    ----------
    cells : Cells
        With k of (n_cells, n_arrangements), participants' sums of which are the same in all arrangements.
    """
    n_all, k_all = cells.of_participants(cells.n), cells.of_participants(cells.k[:, 0])
    p = k_all / n_all
    v = cells.n * (n_all - cells.n) / np.maximum(n_all - 1, 1) * p * (1 - p)
    said = v > _NONE
    d = np.where(said[:, None], cells.k - (cells.n * p)[:, None], 0)
    v, h = np.where(said, v, 0), np.where(said, cells.n * (n_all - cells.n) / n_all, 0)
    weights = [said / (1 + ratio * v) for ratio in _RATIOS]
    # (n_ratios, n_regions) of what is the same in all arrangements, (n_ratios, n_regions, n_arrangements) of the others
    information, weight = (np.stack([cells.over_regions(w * x) for w in weights]) for x in (v, h))
    count = cells.over_regions(said.astype(float))
    score = _products(cells, weights, d)
    square = _products(cells, [np.divide(w, v, out=np.zeros_like(w), where=said) for w in weights], d * d)
    spread = [np.log(np.where(said, v * (1 + ratio * v), 1)).sum() for ratio in _RATIOS]
    chosen = np.argmax(_likelihoods(information, score, square, count, np.array(spread)), axis=0)
    score, square = (np.take_along_axis(x, chosen[None, None], 0)[0] for x in (score, square))
    found = Sums(information.T[:, chosen], score, square, weight.T[:, chosen], count)
    return CellTerms(d, v, h, np.asarray(_RATIOS)[chosen]), found


def _products(cells: Cells, weights: list[np.ndarray], values: np.ndarray) -> np.ndarray:
    """Weighted sums over the cells of each region, (n_ratios, n_regions, n_arrangements)."""
    of_region = sparse.csr_array((np.ones(len(cells.region)), (cells.region, np.arange(len(cells.region)))))
    products: np.ndarray = sparse.vstack([of_region * w[None] for w in weights], format="csr") @ values
    return products.reshape(len(weights), cells.n_regions, -1)


def _likelihoods(
    information: np.ndarray, score: np.ndarray, square: np.ndarray, count: np.ndarray, spread: np.ndarray
) -> np.ndarray:
    """Restricted log likelihood of contrasts under ratios, s of all regions one, regions' b free: (n_ratios,
    n_arrangements)."""
    known = (information > _NONE)[..., None]
    inside = np.where(known, information[..., None], 1)
    df = np.maximum(count - 1, 0).sum()
    rest = np.where(known, square - score**2 / inside, 0).sum(1)
    found: np.ndarray = -0.5 * (spread[:, None] + np.log(inside).sum(1) + df * np.log(np.maximum(rest, _NONE)))
    return found


def sums_without(cells: Cells, made: CellTerms, whole: Sums, participant: int) -> Sums:
    """The sums over the other participants' cells."""
    own = np.flatnonzero(cells.participant == participant)
    d, v, h = made.d[own], made.v[own, None], made.h[own, None]
    w = (v > 0) / (1 + made.ratio * v)
    inverse = np.divide(w, v, out=np.zeros_like(w), where=v > 0)
    left = [getattr(whole, name).copy() for name in Sums.__dataclass_fields__]
    for sums, part in zip(left, (w * v, w * d, d * d * inverse, w * h, v[:, 0] > 0)):
        sums[cells.region[own]] -= part
    return Sums(*left)


def moderated(of: Sums) -> Contrasts:
    """Moderated t of each region, the difference, and what its interval is made of (`difference_to_rest`)."""
    with np.errstate(all="ignore"):
        t, prior, df, common = _moderated(of)
        # a region with hardly a site seems to vary less than it does: intervals take what all regions say, and where
        # these say little, that variance is hardly below that of independent electrodes
        total = df.sum()
        wide = np.maximum(common, (total * common + _DF_OF_INDEPENDENT) / (total + _DF_OF_INDEPENDENT))
        own_df, difference = (np.where(np.isnan(t), np.nan, x) for x in (np.minimum(prior + df, total),
                                                                         of.score / of.weight))  # fmt: skip
        return Contrasts(t, own_df, difference, wide, float(total))


def moderated_t(of: Sums) -> np.ndarray:
    """The moderated t of each region alone, (n_regions, n_arrangements); NaN where nothing can be said."""
    with np.errstate(all="ignore"):
        return _moderated(of)[0]


def _moderated(of: Sums) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """t, (n_regions, n_arrangements); degrees of freedom of the variance of all regions, (n_arrangements,), and of
    each region's, (n_regions, 1); the variance of all regions, (n_arrangements,)."""
    df = np.maximum(of.count - 1, 0)[:, None]
    rest = np.where(df > 0, np.maximum(of.square - of.score**2 / of.information, 0), 0)
    common = rest.sum(0) / df.sum()
    prior = _prior_df(rest, df)
    alike = np.isinf(prior)
    drawn = np.where(alike, common, (np.where(alike, 0, prior) * common + rest) / (prior + df))
    known = (of.information > _NONE) & (of.count > 1.5)[:, None] & (drawn > 0)
    return np.where(known, of.score / np.sqrt(drawn * of.information), np.nan), prior, df, common


def _prior_df(rest: np.ndarray, df: np.ndarray) -> np.ndarray:
    """Degrees of freedom of what regions' variances are drawn to (Smyth 2004, section 6.2), (n_arrangements,).

    rest : (n_regions, n_arrangements); df : (n_regions, 1)
    """
    use = (df > 0) & (rest > 0)
    own = np.where(df > 0, df, 1)
    n = use.sum(0)
    e = np.where(use, np.log(rest / own) - special.digamma(own / 2) + np.log(own / 2), 0)
    mean = e.sum(0) / np.maximum(n, 1)
    spread = (np.where(use, e - mean, 0) ** 2).sum(0) / np.maximum(n - 1, 1)
    more = spread - (use * special.polygamma(1, own / 2)).sum(0) / np.maximum(n, 1)
    return np.where((more > 0) & (n > 1), 2 * _inverse_trigamma(np.maximum(more, 0)), np.inf)


def _inverse_trigamma(x: np.ndarray) -> np.ndarray:
    """y with trigamma(y) = x, between the points of a table."""
    log_x, log_y = _trigamma_table()
    with np.errstate(divide="ignore"):
        found: np.ndarray = np.exp(np.interp(np.log(x), log_x, log_y))
    return found


@cache
def _trigamma_table() -> tuple[np.ndarray, np.ndarray]:
    """Logarithms of trigamma, ascending, and of its argument."""
    log_y = np.linspace(np.log(1e6), np.log(1e-3), 20_000)
    return np.log(special.polygamma(1, np.exp(log_y))), log_y
