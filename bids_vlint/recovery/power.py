"""What would be found in a recording of another length, with another number of electrodes: from trials of a pilot.

A test's t stands so many standard deviations z above its null. Of an effect that is a share s of the variance, z grows
with the length N of the film in two ways: the regression learns more of the effect (to first order r = sqrt(s) sqrt(N s
/ (N s + k)) with features worth k, as of any shrunk estimate), and more blocks of 5 s are compared (sqrt N). Both
together depend on x = N s alone:

    z(x) = m + c x / sqrt(x + k)

with m, c and k fitted to the trials of all sizes. Trials of any size are then drawn with replacement, moved to the x
that is asked for, and made claims and corrected over electrodes and alignments as they are everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import optimize, stats

from bids_vlint.inference.calibrated.claims import WORDS, claims_of, family_q, joined_p, verdicts
from bids_vlint.networks.comparisons import gate
from bids_vlint.recovery.assignment import SIZES, Planted
from bids_vlint.recovery.curve import rising_curve, smallest_found
from bids_vlint.recovery.kind import EffectKind
from bids_vlint.recovery.trial import EITHER
from bids_vlint.study.stimulus import ALIGNMENTS

N_FAMILIES = 200
# Beyond this, in standard deviations, no test is any surer.
_SUREST = 12.0


@dataclass(frozen=True)
class Pilot:
    """Trials as a plan takes them.

    Attributes
    ----------
    minutes : float
        Of the film.
    cell : list of Planted
        What each trial's electrode follows.
    z : (alignment, test) -> (n_trials,)
        How far above its null each test stood.
    df : float
        Degrees of freedom of the tests.
    """

    minutes: float
    cell: list[Planted]
    z: Mapping[tuple[str, str], np.ndarray]
    df: float


def pilot_of(trials: pd.DataFrame, minutes: float) -> Pilot:
    """Take what a plan needs from trials (`trials_of`)."""
    rows = trials[trials["p_alone"].notna()]
    keys = [name for name in ("participant", "replicate", "fit", "name") if name in rows]
    df = float(rows["df"].median())
    values = rows.assign(z=np.clip(stats.t.isf(rows["p_alone"], rows["df"]), -_SUREST, _SUREST))
    wide = values.pivot_table(index=keys, columns=["alignment", "claim"], values="z", sort=False).dropna()
    about = rows.drop_duplicates(keys).set_index(keys).loc[wide.index]
    cell = [Planted(str(k), str(s), float(n)) for k, s, n in zip(about["kind"], about["source"], about["size"])]
    z = {(str(key[0]), str(key[1])): wide[key].to_numpy(float) for key in wide.columns}
    return Pilot(minutes, cell, z, df)


def growth(x: np.ndarray, z: np.ndarray) -> tuple[float, float, float]:
    """Fit (m, c, k) of z = m + c x / sqrt(x + k), c and k at least 0."""
    most = float(x.max(initial=0.0)) or 1.0

    def off(v: np.ndarray) -> np.ndarray:
        gap: np.ndarray = grown((v[0], v[1], v[2]), x) - z
        return np.append(gap, 0.5 * v[0])  # of nothing z is about 0

    fitted = optimize.least_squares(off, np.array([0.0, 1.0, most]), bounds=([-3, 0, 0], [3, np.inf, 50 * most]))
    m, c, k = fitted.x
    return float(m), float(c), float(k)


def grown(curve: tuple[float, float, float], x: np.ndarray) -> np.ndarray:
    """The z that a curve has at x."""
    m, c, k = curve
    z: np.ndarray = m + c * x / np.sqrt(np.maximum(x + k, 1e-12))
    return z


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
    curves, rows_of = _curves(pilot), _rows_of(pilot)
    tests = list(dict.fromkeys(test for _, test in pilot.z))
    total: dict[tuple[Planted, str, str], list[int]] = {}
    for _ in range(n_families):
        family = _family(list(dict.fromkeys(pilot.cell)), n_electrodes, rng)
        drawn = np.array([rng.choice(rows_of[cell.kind, cell.source]) for cell in family])
        for (place, claim), found in _found(pilot, curves, family, drawn, minutes, tests, q).items():
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


def _curves(pilot: Pilot) -> dict[tuple[str, str, str, str], tuple[float, float, float]]:
    """(kind, source, alignment, test) -> growth; what has no size does not grow."""
    found = {}
    for kind, source in dict.fromkeys((c.kind, c.source) for c in pilot.cell):
        own = np.flatnonzero([(c.kind, c.source) == (kind, source) for c in pilot.cell])
        x = pilot.minutes * np.array([pilot.cell[k].size for k in own])
        for (alignment, test), z in pilot.z.items():
            found[kind, source, alignment, test] = growth(x, z[own]) if x.any() else (0.0, 0.0, 1.0)
    return found


def _rows_of(pilot: Pilot) -> dict[tuple[str, str], np.ndarray]:
    """(kind, source) -> its trials, of all sizes: those of one size are too few to draw from."""
    kinds = dict.fromkeys((c.kind, c.source) for c in pilot.cell)
    return {key: np.flatnonzero([(c.kind, c.source) == key for c in pilot.cell]) for key in kinds}


def _family(cells: Sequence[Planted], n_electrodes: int, rng: np.random.Generator) -> list[Planted]:
    """What a recording's electrodes follow: kinds take turns, beginning with any, each with any source and size."""
    by_kind = {kind: [c for c in cells if c.kind == kind] for kind in dict.fromkeys(c.kind for c in cells)}
    kinds, first = list(by_kind), int(rng.integers(len(by_kind)))
    own = [by_kind[kinds[(first + k) % len(kinds)]] for k in range(n_electrodes)]
    return [some[int(rng.integers(len(some)))] for some in own]


def _found(
    pilot: Pilot, curves: Mapping[tuple[str, str, str, str], tuple[float, float, float]], family: Sequence[Planted],
    drawn: np.ndarray, minutes: float, tests: Sequence[str], q: float,
) -> dict[tuple[str, str], np.ndarray]:  # fmt: skip
    """(alignment or either, claim) -> which electrodes of a family it is made of, (n_electrodes,) bool."""
    p: dict[str, np.ndarray] = {}
    for (alignment, test), z in pilot.z.items():
        moved = z[drawn].copy()
        for e, (cell, row) in enumerate(zip(family, drawn)):
            curve = curves[cell.kind, cell.source, alignment, test]
            before, after = pilot.minutes * pilot.cell[row].size, minutes * cell.size
            moved[e] += float(grown(curve, np.array(after)) - grown(curve, np.array(before)))
        p[f"{alignment}_{test}_p"] = stats.t.sf(moved, pilot.df)
    table: dict[str, np.ndarray] = {}
    for alignment in ALIGNMENTS:
        own_gate = p.get(f"{alignment}_{gate().name}_p", np.full(len(family), np.nan))
        for test in tests:
            own = p.get(f"{alignment}_{test}_p", np.full(len(family), np.nan))
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
