"""The calibrated tests: a row per electrode and test, with difference, interval, p and the null that it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from scipy import stats

from bids_vlint.encoding.engine import Encoded
from bids_vlint.encoding.network_features import NetworkFeatures
from bids_vlint.encoding.stats import block_draws, interval
from bids_vlint.inference.calibrated.candidates import candidates
from bids_vlint.inference.calibrated.claims import lacking_of_words
from bids_vlint.inference.calibrated.contrasts import Contrast, contrasts, name_of
from bids_vlint.inference.calibrated.detectable import smallest_detectable
from bids_vlint.inference.calibrated.draws import draws_of, n_draws, with_draws
from bids_vlint.inference.calibrated.null import Null, corrected_t, shift_null
from bids_vlint.inference.calibrated.pairs import Paired, paired
from bids_vlint.inference.calibrated.replication import Replication, replicate
from bids_vlint.inference.correction import significant
from bids_vlint.networks.comparisons import Comparison

SHIFTS, CORRECTED = "circular shifts", "corrected t"
N_RESAMPLES = 1000
_NUMBERS = ("diff", "low", "high", "t", "null_mean", "null_sd", "df", "p", "detectable", "diff_first_half",
           "diff_second_half")  # fmt: skip


@dataclass(frozen=True)
class Evidence:
    """What an alignment's tests found.

    Attributes
    ----------
    tests : DataFrame
        A row per test and electrode: name, test, model, baseline, diff, low, high, against (correlation), t, null_mean,
        null_sd, df, p, n_folds, n_blocks, n_shifts, method, n_model, n_baseline, n_draws, detectable, diff_first_half,
        diff_second_half, replicated. Tests that lack a side are absent.
    null : test -> (n_electrodes, n_shifts) float32
        The t of shifted responses.
    lacking : test or word -> str
        Why it was not tested: what is lacking.
    """

    tests: pd.DataFrame
    null: dict[str, np.ndarray]
    lacking: dict[str, str] = field(default_factory=dict)


def evidence(
    encoded: Encoded,
    networks: Sequence[NetworkFeatures],
    comparisons: Sequence[Comparison],
    seed: int = 0,
    smallest_effect: float = 0.0,
) -> Evidence:
    """Test every comparison at every electrode.

    Per electrode the t of the block sums of the paired difference in held-out r, against the t of its shifted
    responses (`null.shift_null`); where there are no shifts, divided by sqrt(1 + (K - 1) n_test / n_train) (Nadeau and
    Bengio 2003, doi 10.1023/A:1024068626366).

    Parameters
    ----------
    encoded : Encoded
    networks : sequence of Network
    comparisons : sequence of Comparison
        Those of the model set, beside the built-in tests.
    seed : int
        Of the intervals' resamples.
    smallest_effect : float
        The difference in r that differences are tested against. The t of shifted responses stays as it is: without an
        effect it strays about 0, and at an effect of this size the recorded t would, too.

    Returns
    -------
    Evidence
    """
    rows, nulls, lacking = [], {}, {}
    for test, what in contrasts(encoded, networks, comparisons).items():
        if what.sides is None:
            lacking[test] = what.lacking
            continue
        made = [_tested(test, replace(what, sides=sides), encoded, networks, seed, smallest_effect)
                for sides in (what.sides, *what.besides)]  # fmt: skip
        # of what must hold together an electrode tells what is least sure; the first of equals
        hardest = np.stack([np.nan_to_num(table["p"].to_numpy(), nan=-1.0) for table, _ in made]).argmax(0)
        nulls[test] = np.choose(hardest[:, None], [moved for _, moved in made])
        rows.append(pd.concat([table.iloc[[e]] for e, (table, _) in enumerate(made[k] for k in hardest)]))
    tests = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame()
    return Evidence(tests, nulls, lacking | lacking_of_words(lacking))


def _tested(
    test: str, what: Contrast, encoded: Encoded, networks: Sequence[NetworkFeatures], seed: int, smallest_effect: float
) -> tuple[pd.DataFrame, np.ndarray]:
    """A row for each electrode, and the t of its shifted responses, (n_electrodes, n_shifts) float32."""
    assert what.sides is not None
    difference = paired(encoded, *what.sides)
    t = difference.t_above(smallest_effect)
    if encoded.n_shifts:
        null = shift_null(t)
    else:
        model, baseline = (candidates(label, networks) for label in what.labels)
        null = corrected_t(t[:, 0], len(encoded.blocks), encoded.test_to_train, len(encoded.folds),
                           model / max(baseline, 1))  # fmt: skip
    drawn = n_draws(encoded, what.labels[0]) if what.own_baseline else 0
    if drawn > 1:
        null = with_draws(null, difference, draws_of(encoded, what.labels[0], what.sides[0]), smallest_effect)
    if smallest_effect:  # sides that are the same differ by nothing
        null = replace(null, p=np.where(t[:, 0] == 0, 1.0, null.p))
    table = _table(test, what, encoded, networks, difference, t[:, 0], null, drawn, seed, smallest_effect)
    return table, t[:, 1:].astype(np.float32)


def _table(
    test: str,
    what: Contrast,
    encoded: Encoded,
    networks: Sequence[NetworkFeatures],
    difference: Paired,
    t: np.ndarray,
    null: Null,
    drawn: int,
    seed: int,
    smallest_effect: float,
) -> pd.DataFrame:
    assert what.sides is not None
    recorded = difference.sums[:, :, 0].astype(np.float64)
    low, high = difference_interval(difference, encoded, null, seed)
    halves = _replicated(recorded, encoded, null, smallest_effect)
    needed = smallest_detectable(difference.error[:, 0], null.sd, null.df, null_mean=null.mean)
    table = pd.DataFrame({
        "name": encoded.scores.channels,
        "test": test,
        "model": name_of(encoded, what.sides[0]),
        "baseline": name_of(encoded, what.sides[1]),
        "diff": recorded.sum(0), "low": low, "high": high, "against": smallest_effect,
        "t": t, "null_mean": null.mean, "null_sd": null.sd, "df": null.df, "p": null.p,
        "n_folds": len(encoded.folds), "n_blocks": len(encoded.blocks), "n_shifts": encoded.n_shifts,
        "method": SHIFTS if encoded.n_shifts else CORRECTED,
        "n_model": candidates(what.labels[0], networks), "n_baseline": candidates(what.labels[1], networks),
        "n_draws": drawn, "detectable": smallest_effect + needed,
        "diff_first_half": halves.diff[0], "diff_second_half": halves.diff[1], "replicated": halves.replicated,
    })  # fmt: skip
    table[list(_NUMBERS)] = table[list(_NUMBERS)].map(significant)
    return table


def difference_interval(difference: Paired, encoded: Encoded, null: Null, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """95 % interval of the difference: a bootstrap of the blocks within each held-out half, stretched by the null's SD.

    Blocks of different folds are not independent, because the folds train each other; by how much the plain bootstrap
    is too narrow for it is what the shifts tell. It is widened, too, by what resampling n blocks loses, sqrt(n / (n -
    1)), and by the t quantile over the normal one, because the null's SD is estimated (Hesterberg 2015, doi
    10.1080/00031305.2015.1089789).

    It is never narrower than the difference varies over shifts. Where a network joined with other features adds next to
    nothing, the largest penalty leaves a tiny difference with a tiny error, but other choices would have been made of
    other responses of the same kind.

    Parameters
    ----------
    difference : Paired
    encoded : Encoded
    null : Null
    seed : int

    Returns
    -------
    low, high : (n_electrodes,)
    """
    rng = np.random.default_rng(seed)
    sums = difference.sums[:, :, 0].astype(np.float64)
    part = 2 * encoded.blocks.fold + encoded.blocks.half
    change = np.zeros((N_RESAMPLES, len(sums)))
    for k in np.unique(part):
        own = np.flatnonzero(part == k)
        n = len(own)
        change[:, own] = (block_draws(n, N_RESAMPLES, rng) - 1) * np.sqrt(n / max(n - 1, 1))
    total, quantile = sums.sum(0), stats.t.isf(0.025, null.df)
    low, high = (end * np.maximum(null.sd, 1.0) * quantile / stats.norm.isf(0.025) for end in interval(change @ sums))
    if encoded.n_shifts:
        half = (high - low) / 2
        least = quantile * difference.diff[:, 1:].std(1, ddof=1)
        wider = np.maximum(np.divide(least, half, out=np.ones_like(half), where=half > 0), 1)
        low, high = low * wider, high * wider
    return total + low, total + high


def _replicated(sums: np.ndarray, encoded: Encoded, null: Null, smallest_effect: float) -> Replication:
    """Films are put one after the other."""
    blocks = encoded.blocks
    number = {name: k for k, name in enumerate(dict.fromkeys(blocks.stimulus.tolist()))}
    time = blocks.time + 1e6 * np.array([number[name] for name in blocks.stimulus.tolist()])
    return replicate(sums, time, null_sd=null.sd, null_mean=null.mean, smallest_effect=smallest_effect)
