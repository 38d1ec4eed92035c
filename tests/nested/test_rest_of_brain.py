"""A region against the rest of the brain: what is planted is found, what is not is not, and nothing hangs on order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import special

from benchmarks.regions.kinds import COLUMNS, Kind, drawn
from bids_vlint.nested.arrangements import arranged_counts, arrangements
from bids_vlint.nested.contrast import moderated, summed, sums_without
from bids_vlint.nested.electrodes import Nested, nest_electrodes
from bids_vlint.nested.rest_of_brain import LEAST_PARTICIPANTS, RestTest, against_rest


def group(kind: Kind, seed: int) -> Nested:
    layout, hit = drawn(kind, np.random.default_rng(seed), 1)
    return replace(layout, hit=hit[0])


def outcome(electrodes: Nested, n: int, level: float = 0.05) -> RestTest:
    return against_rest(electrodes, arrangements(electrodes, n, 0), level)


def counts(electrodes: Nested, n: int, seed: int) -> np.ndarray:
    return arranged_counts(electrodes, arrangements(electrodes, n, seed)).T


def test_a_strong_region_is_named_and_holds_without_each_participant() -> None:
    found = outcome(group(replace(COLUMNS["shared 1.5, differ 1"], effect=4), 1), n=480)
    assert found.q[0] <= 0.05
    assert found.q[0] <= found.left_out_q[0] < 0.2
    assert found.low[0] > 0
    assert np.isnan(found.left_out_q[found.q > 0.05]).all()


def test_whose_absence_matters_most_is_said_where_it_is_one() -> None:
    """Of a region that rests on one participant it is that one; where p is as small without anybody, nobody is."""
    strong = outcome(group(replace(COLUMNS["independent"], effect=6), 1), n=40, level=0.5)
    assert strong.left_out[0] == -1
    electrodes = group(replace(COLUMNS["independent"], effect=1.5), 2)
    found = outcome(electrodes, n=400, level=1)
    q = [outcome(without(electrodes, k), n=400).q[0] for k in range(len(electrodes.participants))]
    assert found.left_out[0] == np.argmax(q)
    assert found.left_out_q[0] > found.q[0]


def without(electrodes: Nested, k: int) -> Nested:
    """The others' electrodes, as if nobody else had been there."""
    kept = electrodes.participant != k
    participant, shaft = (
        np.unique(x[kept], return_inverse=True)[1] for x in (electrodes.participant, electrodes.shaft)
    )
    names = tuple(name for j, name in enumerate(electrodes.participants) if j != k)
    return Nested(participant, shaft, electrodes.region[kept], electrodes.hit[kept], electrodes.regions, names)


def test_one_participant_alone_names_no_region() -> None:
    """Sites of one participant in one region: pooled they would be beyond doubt."""
    electrodes = group(Kind(base=-9), 2)
    electrodes = replace(electrodes, hit=(electrodes.participant == 0) & (electrodes.region == 0))
    assert electrodes.hit.sum() > 5
    assert not (outcome(electrodes, n=480).q <= 0.05).any()


def test_null_groups_where_participants_differ() -> None:
    """Pooled, these have p < .05 in 12 % of the regions, and something named in 4 of 10 groups."""
    kind = COLUMNS["shared 1.5, differ 1"]
    p = np.concatenate([outcome(group(kind, seed), n=200, level=-1).p for seed in range(60)])
    assert np.mean(p <= 0.05) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / len(p))
    assert np.mean(p <= 0.5) == pytest.approx(0.5, abs=0.07)


def test_too_few_participants_or_no_site_is_not_tested() -> None:
    few = group(Kind(participants=LEAST_PARTICIPANTS - 1), 3)
    assert np.isnan(outcome(few, n=50).p).all()
    none = replace(group(Kind(), 3), hit=np.zeros(7 * 144, bool))
    assert np.isnan(outcome(none, n=50).p).all()
    assert np.isnan(outcome(replace(none, hit=~none.hit), n=50).p).all()


def test_rows_in_any_order_say_the_same() -> None:
    electrodes = group(COLUMNS["independent"], 4)
    columns = [
        np.asarray(electrodes.participants)[electrodes.participant],
        electrodes.shaft,
        np.arange(len(electrodes.shaft)) % 12,
        np.asarray(electrodes.regions)[electrodes.region],
        electrodes.hit,
    ]
    shuffled = np.random.default_rng(0).permutation(len(electrodes.shaft))
    one, other = (outcome(nest_electrodes(*(c[order] for c in columns)), n=100) for order in (slice(None), shuffled))
    np.testing.assert_array_equal(one.p, other.p)


def test_arrangements_keep_participants_sites_and_neighbours() -> None:
    electrodes = group(Kind(participants=3, crosses=False, regions=4, base=-1), 5)
    cells = electrodes.cells
    found = counts(electrodes, 300, seed=1)
    sites = np.bincount(electrodes.participant, electrodes.hit)
    for k in range(3):
        assert set(found[:, cells.participant == k].sum(1)) == {sites[k]}
    expected = cells.n * (sites / 144)[cells.participant]
    np.testing.assert_allclose(found.mean(0), expected, atol=1.0)
    whole = replace(electrodes, hit=electrodes.shaft % 12 == 0)  # a shaft that lies in one region stays whole
    assert set(counts(whole, 300, seed=1).ravel()) == {0, 12}


def test_the_participants_own_numbers_stay_when_another_joins() -> None:
    three, four = (group(Kind(participants=n, regions=3), 6) for n in (3, 4))
    one = np.flatnonzero(four.participant < 3)
    same = Nested(
        four.participant[one], four.shaft[one], four.region[one], four.hit[one], four.regions, three.participants
    )
    own = four.cells.participant < 3
    np.testing.assert_array_equal(counts(four, 20, 0)[:, own], counts(same, 20, 0))


def test_equal_cells_give_the_moderated_t_of_their_contrasts() -> None:
    """With cells of one size and rate the sums must give what limma's formulas give of participants' contrasts."""
    rng = np.random.default_rng(7)
    people, regions, size = 6, 5, 10
    hit = np.concatenate([rng.permutation(np.repeat([True, False], [10, 40])) for _ in range(people)])
    owner, region = np.repeat(np.arange(people), 50), np.tile(np.repeat(np.arange(regions), size), people)
    electrodes = Nested(owner, owner, region, hit, tuple("abcde"), tuple("uvwxyz"))
    cells = replace(electrodes.cells, k=electrodes.cells.k[:, None])
    found = moderated(summed(cells)[1])
    d = (electrodes.cells.k - size * 0.2).reshape(regions, people)
    s2, df = d.var(1, ddof=1), people - 1
    e = np.log(s2) - special.digamma(df / 2) + np.log(df / 2)
    more = e.var(ddof=1) - special.polygamma(1, df / 2)
    common = s2.mean()
    if more > 0:
        grid = np.exp(np.linspace(-5, 15, 400001))
        prior = 2 * grid[np.argmin(np.abs(special.polygamma(1, grid) - more))]
        s2 = (prior * common + df * s2) / (prior + df)
    else:
        s2 = np.full(regions, common)
    np.testing.assert_allclose(found.t[:, 0], d.mean(1) / np.sqrt(s2 / people), rtol=1e-3)
    np.testing.assert_allclose(found.difference[:, 0], d.mean(1) / size / 0.8, rtol=1e-9)


def test_sums_without_a_participant_are_those_of_the_others() -> None:
    electrodes = group(COLUMNS["shared 1.5, differ 1"], 8)
    cells = replace(electrodes.cells, k=electrodes.cells.k[:, None])
    made, whole = summed(cells)
    for k in range(cells.n_participants):
        others = cells.participant != k
        w = 1 / (1 + made.ratio[0] * made.v[others])
        score = np.bincount(cells.region[others], w * made.d[others, 0], cells.n_regions)
        left = sums_without(cells, made, whole, k)
        np.testing.assert_allclose(left.score[:, 0], score, atol=1e-9)
        np.testing.assert_array_equal(left.count, np.bincount(cells.region[others], minlength=cells.n_regions))
    none = replace(whole, **{name: 0 * value for name, value in vars(whole).items()})
    taken = [sums_without(cells, made, none, k) for k in range(cells.n_participants)]
    for name, value in vars(whole).items():
        np.testing.assert_allclose(-sum(getattr(part, name) for part in taken), value, atol=1e-9, err_msg=name)
