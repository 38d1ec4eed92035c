"""What would be found in a recording of another length, with another number of electrodes: from trials of a pilot.

A test's t stands so many standard deviations z above its null. Of an effect of which networks hold a share s of the
variance, z grows with the length N of the film in two ways: the regression learns more of the effect (to first order
r = sqrt(s) sqrt(N s / (N s + k)) with features worth k, as of any shrunk estimate), and more blocks of 5 s are compared
(sqrt N). Both together depend on x = N s alone:

    z(x) = m + c x / sqrt(x + k)

m, of electrodes that follow nothing, is one for each test; c is one for each test and each kind and source of effect; k
is one for all tests of an alignment, since their features are as many. They are fitted to the trials of all sizes.
Trials are then drawn with replacement, of those whose x is no more than twice or half as large as the one that is asked
for, moved to that, and made claims and corrected over electrodes and alignments as they are everywhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from bids_vlint.inference.calibrated.claims import WORDS, claims_of, family_q, joined_p, verdicts
from bids_vlint.networks.comparisons import gate
from bids_vlint.recovery.assignment import HALF, NOISE, SIZES, SOURCES, UNHELD, WHOLLY, Planted
from bids_vlint.recovery.curve import rising_curve, smallest_found
from bids_vlint.recovery.kind import EffectKind
from bids_vlint.recovery.trial import EITHER
from bids_vlint.study.stimulus import ALIGNMENTS

N_FAMILIES = 200
# Trials of each kind and source of effect, below which nothing is planned.
FEWEST_TRIALS = 10
# Beyond this, in standard deviations, no test is any surer.
_SUREST = 12.0
# Of an effect's share of the variance, what networks hold.
_HELD = {WHOLLY: 1.0, HALF: 0.5, NOISE: 0.0, UNHELD: 0.0}
# How far trials are moved, a little more than twice their x, where others lie no nearer.
_OCTAVE = 1.01
# k over the largest x of the trials: from films in which all is learnt to such in which nearly nothing is.
_RATIOS = np.geomspace(0.02, 50, 41)


@dataclass(frozen=True)
class Pilot:
    """Trials as a plan takes them.

    Attributes
    ----------
    minutes : (n_trials,) float
        Of the film that each trial's electrode met.
    cell : list of Planted
        What each trial's electrode follows.
    z : (alignment, test) -> (n_trials,)
        How far above its null each test stood.
    df : float
        Degrees of freedom of the tests.
    """

    minutes: np.ndarray
    cell: list[Planted]
    z: Mapping[tuple[str, str], np.ndarray]
    df: float


def pilot_of(trials: pd.DataFrame) -> Pilot:
    """Take what a plan needs from trials (`trials_of`), with a column `minutes`, of the film of each.

    Where they differ in the alignments and tests that they have, those that most of them have are taken, and of trials
    those that have them all.
    """
    rows = trials[trials["p_alone"].notna()]
    if rows.empty:
        return Pilot(np.empty(0), [], {}, np.nan)
    keys = [name for name in ("participant", "replicate", "fit", "name") if name in rows]
    df = float(rows["df"].median())
    values = rows.assign(z=np.clip(stats.t.isf(rows["p_alone"], rows["df"]), -_SUREST, _SUREST))
    wide = values.pivot_table(index=keys, columns=["alignment", "claim"], values="z", sort=False)
    known = wide.notna()
    most = np.array(known.value_counts().idxmax())
    wide = wide.loc[(known == most).all(axis=1), most]
    about = rows.drop_duplicates(keys).set_index(keys).loc[wide.index]
    cell = [Planted(str(k), str(s), float(n)) for k, s, n in zip(about["kind"], about["source"], about["size"])]
    z = {(str(key[0]), str(key[1])): wide[key].to_numpy(float) for key in wide.columns}
    return Pilot(about["minutes"].to_numpy(float), cell, z, df)


def why_no_plan(pilot: Pilot) -> str:
    """Why nothing can be planned from a pilot; "" where it can."""
    counts = Counter((cell.kind, cell.source) for cell in pilot.cell if cell.size > 0)
    (kind, source), n = min(counts.items(), key=lambda item: item[1], default=(("any effect", ""), 0))
    if n >= FEWEST_TRIALS:
        return ""
    which = f"{kind} ({SOURCES[source]})" if source else kind
    return f"{n} electrodes over all replicates with {which}, and {FEWEST_TRIALS} of each kind are needed"


def held_minutes(pilot: Pilot) -> np.ndarray:
    """Minutes of film times the share of the variance that networks hold, of each trial: x above."""
    return pilot.minutes * np.array([cell.size * _HELD[cell.source] for cell in pilot.cell])


def growth(x: np.ndarray, group: np.ndarray, z: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Fit z = m + c x / sqrt(x + k) by least squares.

    Parameters
    ----------
    x : (n_trials,)
    group : (n_trials,) int
        Trials of one group share c.
    z : (n_trials, n_tests)

    Returns
    -------
    k : float
        One of `_RATIOS` times the largest x.
    m : (n_tests,)
    c : (n_groups, n_tests)
        0 of a group whose x is 0.
    """
    own = np.arange(group.max() + 1)[:, None] == group
    best: tuple[float, float, np.ndarray] | None = None
    for k in _RATIOS * (float(x.max()) or 1.0):
        columns = np.vstack([np.ones(len(x)), own * _rise(x, k)]).T
        fitted = np.linalg.lstsq(columns, z, rcond=None)[0]
        off = float(np.square(z - columns @ fitted).sum())
        if best is None or off < best[0]:
            best = off, float(k), fitted
    assert best is not None
    return best[1], best[2][0], best[2][1:]


def _rise(x: np.ndarray, k: float) -> np.ndarray:
    rise: np.ndarray = x / np.sqrt(x + k)
    return rise


def planned(
    pilot: Pilot,
    kinds: Mapping[str, EffectKind],
    minutes: float,
    n_electrodes: int,
    q: float,
    rng: np.random.Generator,
    n_families: int = N_FAMILIES,
) -> pd.DataFrame:
    """What would be found in recordings of some length.

    Parameters
    ----------
    pilot : Pilot
    kinds : name -> EffectKind
        Those of the pilot; each is planted into as many electrodes.
    minutes : float
    n_electrodes : int
        Of a participant: what is corrected together.
    q : float
        The level of false discoveries.
    rng : numpy.random.Generator
    n_families : int
        Recordings that are drawn.

    Returns
    -------
    DataFrame
        kind, source, size, claim, alignment, true, n, share, smallest (size that is found with 80 % power).
    """
    moved, rows_of = _moved(pilot, minutes), _rows_of(pilot, minutes)
    tests = list(dict.fromkeys(test for _, test in pilot.z))
    total: dict[tuple[Planted, str, str], list[int]] = {}
    for _ in range(n_families):
        family = _family(list(dict.fromkeys(pilot.cell)), n_electrodes, rng)
        drawn = np.array([rng.choice(rows_of[cell]) for cell in family])
        for (place, claim), found in _found(pilot.df, moved(family, drawn), tests, q).items():
            for cell, own in zip(family, found):
                count = total.setdefault((cell, place, claim), [0, 0])
                count[0] += 1
                count[1] += own
    rows = [(c.kind, c.source, c.size, claim, place, kinds[c.kind].truth(claim), n, k / n)
            for (c, place, claim), (n, k) in total.items()]  # fmt: skip
    table = pd.DataFrame(rows, columns=["kind", "source", "size", "claim", "alignment", "true", "n", "share"])
    table["smallest"] = np.nan
    for _, part in table[table["size"] > 0].groupby(["kind", "source", "claim", "alignment"], sort=False):
        counts = part["n"].to_numpy(int)
        found = np.concatenate([np.arange(n) < round(n * share) for n, share in zip(counts, part["share"])])
        table.loc[part.index, "smallest"] = smallest_found(rising_curve(np.repeat(part["size"], counts), found), SIZES)
    return table.sort_values(["claim", "alignment", "kind", "source", "size"], ignore_index=True)


def _moved(
    pilot: Pilot, minutes: float
) -> Callable[[Sequence[Planted], np.ndarray], dict[tuple[str, str], np.ndarray]]:
    """What makes the z of trials those of a film of some length: (cells, rows of trials) -> (alignment, test) -> z."""
    x = held_minutes(pilot)
    names = list(dict.fromkeys((cell.kind, cell.source) for cell in pilot.cell))
    group = np.array([names.index((cell.kind, cell.source)) for cell in pilot.cell])
    fitted: dict[tuple[str, str], tuple[float, np.ndarray]] = {}
    for alignment in dict.fromkeys(place for place, _ in pilot.z):
        own = [key for key in pilot.z if key[0] == alignment]
        k, _, c = growth(x, group, np.stack([pilot.z[key] for key in own], axis=1))
        fitted |= {key: (k, c[:, column]) for column, key in enumerate(own)}

    def moved(family: Sequence[Planted], rows: np.ndarray) -> dict[tuple[str, str], np.ndarray]:
        after = minutes * np.array([cell.size * _HELD[cell.source] for cell in family])
        return {key: pilot.z[key][rows] + c[group[rows]] * (_rise(after, k) - _rise(x[rows], k))
                for key, (k, c) in fitted.items()}  # fmt: skip

    return moved


def _rows_of(pilot: Pilot, minutes: float) -> dict[Planted, np.ndarray]:
    """Cell -> the trials of its kind and source that are drawn for it: the nearer in x, the less they must be moved."""
    x = held_minutes(pilot)
    what = np.array([f"{cell.kind} {cell.source}" for cell in pilot.cell])
    found = {}
    for cell in dict.fromkeys(pilot.cell):
        own = np.flatnonzero(what == f"{cell.kind} {cell.source}")
        asked = minutes * cell.size * _HELD[cell.source]
        far = np.abs(np.log2(np.maximum(x[own], 1e-9) / max(asked, 1e-9)))
        found[cell] = own[far <= max(_OCTAVE, far.min() + _OCTAVE / 2)]
    return found


def _family(cells: Sequence[Planted], n_electrodes: int, rng: np.random.Generator) -> list[Planted]:
    """What a recording's electrodes follow: kinds take turns, beginning with any, each with any source and size."""
    by_kind = {kind: [c for c in cells if c.kind == kind] for kind in dict.fromkeys(c.kind for c in cells)}
    kinds, first = list(by_kind), int(rng.integers(len(by_kind)))
    own = [by_kind[kinds[(first + k) % len(kinds)]] for k in range(n_electrodes)]
    return [some[int(rng.integers(len(some)))] for some in own]


def _found(
    df: float, z: Mapping[tuple[str, str], np.ndarray], tests: Sequence[str], q: float
) -> dict[tuple[str, str], np.ndarray]:
    """(alignment or either, claim) -> which electrodes of a family it is made of, (n_electrodes,) bool."""
    p = {f"{alignment}_{test}_p": stats.t.sf(own, df) for (alignment, test), own in z.items()}
    n = len(next(iter(p.values())))
    table: dict[str, np.ndarray] = {}
    for alignment in ALIGNMENTS:
        own_gate = p.get(f"{alignment}_{gate().name}_p", np.full(n, np.nan))
        for test in tests:
            own = p.get(f"{alignment}_{test}_p", np.full(n, np.nan))
            table[f"{alignment}_{test}_p"] = np.where(np.isnan(own), np.nan, np.fmax(own, own_gate))
            table[f"{alignment}_{test}_diff"] = np.where(own < 0.5, 1.0, -1.0)
    table |= joined_p(table, tests)
    table |= family_q(table, tests)
    said = verdicts(table, tests, q)
    names = [*claims_of(tests), *(word.name for word in WORDS if word.unless)]
    columns = {(place, claim): f"{claim}_{EITHER}" if place == EITHER else f"{place}_{claim}"
               for place in (*ALIGNMENTS, EITHER) for claim in names}  # fmt: skip
    return {key: np.array([value is True for value in said[column]]) for key, column in columns.items()
            if any(value is not None for value in said[column])}  # fmt: skip
