"""The smallest difference that a recording could have shown."""

from __future__ import annotations

import numpy as np
from scipy import optimize, stats

from bids_vlint.inference.correction import LEVEL

POWER = 0.8


def family_level(n_tests: int, level: float = LEVEL) -> float:
    """The p that a single discovery needs in a family of tests under Benjamini and Hochberg: level / n_tests."""
    return level / max(n_tests, 1)


def smallest_detectable(
    error: np.ndarray,
    null_sd: np.ndarray | float,
    df: np.ndarray | float,
    *,
    null_mean: np.ndarray | float = 0.0,
    level: float = LEVEL,
    power: float = POWER,
) -> np.ndarray:
    """The difference that would be found with a given power.

    A difference is found where (t - m) / s exceeds the t distribution's upper `level` quantile c, with s and m the
    null's SD and mean (m only where positive). If t has the null's spread and mean around difference / error, that is

        difference = error * (s * d + max(m, 0) - m),

    where d is the noncentrality at which a noncentral t exceeds c with the wanted power (close to c + z_power).

    Parameters
    ----------
    error : (n_electrodes,)
        Standard error of the difference.
    null_sd, null_mean : (n_electrodes,) or float
        Of the null of t, after any shrinkage. For the corrected t: sqrt(1 + (K - 1) n_test / n_train), and 0.
    df : (n_electrodes,) or float
        Degrees of freedom; taken as whole numbers.
    level : float
        The one-sided p that counts: 0.05 uncorrected, `family_level` in a family.
    power : float

    Returns
    -------
    (n_electrodes,)
        In the units of the block sums' total; NaN where the error is 0 or unknown.
    """
    error, mean = np.asarray(error, float), np.asarray(null_mean, float)
    whole, own = np.unique(np.maximum(np.asarray(df, float).astype(int), 1), return_inverse=True)
    needed_t = np.array([noncentrality(int(k), level, power) for k in whole])[own.reshape(np.shape(df))]
    needed = error * (null_sd * needed_t + np.maximum(mean, 0) - mean)
    return np.where(error > 0, needed, np.nan)


def noncentrality(df: int, level: float, power: float) -> float:
    """The noncentrality of a t at which a one-sided test has a given power.

    Parameters
    ----------
    df : int
        Degrees of freedom.
    level, power : float
    """
    critical = stats.t.isf(level, df)

    def lacks(d: float) -> float:
        return float(stats.nct.sf(critical, df, d)) - power

    return float(optimize.brentq(lacks, 0.0, 3 * critical + 5))
