"""The linear control, networks joined with low-level features, and equal width."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bids_vlint.encoding import linear as module
from bids_vlint.encoding.engine import Encoded, encode
from bids_vlint.encoding.joint import FIRST_FREER, MIXTURES
from bids_vlint.encoding.network_features import NetworkFeatures
from bids_vlint.encoding.plan import equal_width
from bids_vlint.inference.calibrated.evidence import evidence
from bids_vlint.networks.comparisons import Comparison
from bids_vlint.networks.features import Layers
from bids_vlint.networks.identity import added_label, joined_label
from bids_vlint.networks.specification import Shown
from bids_vlint.signals.responses import Responses
from tests.encoding.recordings import PLAN, columns, events_of, record, run, study, word_times

SUM = added_label("f")


@pytest.fixture(scope="module")
def seen() -> tuple[list[NetworkFeatures], Responses, Encoded]:
    networks, responses = study(low_level=True, n=430, parts=True)
    return networks, responses, run(networks, responses)


def test_it_never_scores_below_its_parts(seen: tuple[list[NetworkFeatures], Responses, Encoded]) -> None:
    _, _, encoded = seen
    models = encoded.scores.models
    parts = [models.index(name) for name in ("eye", "ear")]
    linear = models.index("linear")
    assert (encoded.score[linear] >= encoded.score[parts].max(0)).all()
    assert (encoded.score[linear, :, 3, 0] > encoded.score[parts][:, :, 3, 0].max(0) + 0.02).all()
    assert all("+" in name for name in encoded.scores.layer[:, linear, 3]), "a site of both is joined"


def test_where_it_falls_back_it_is_the_part() -> None:
    """At electrodes that see and hear nothing of the other side it is one network alone, with its results."""
    networks, responses = study(7, n_electrodes=16, drives=("vision", "language"), strength=2.5)
    encoded = run(networks, responses)
    models = encoded.scores.models
    linear = models.index("linear")
    names = encoded.scores.layer[:, linear]
    alone = [e for e, halves in enumerate(names.T) if all("+" not in name for name in halves)]
    assert len(alone) >= 3
    for e in alone:
        part = models.index("eye" if e % 2 == 0 else "ear")
        own = [name.removeprefix(models[part] + "/") for name in names[:, e]]
        assert own == list(encoded.scores.layer[:, part, e])
        assert np.allclose(encoded.scores.r[linear, e], encoded.scores.r[part, e], atol=1e-6)
        assert np.allclose(encoded.sums[linear, :, e, 0], encoded.sums[part, :, e, 0], atol=1e-7)


def test_a_part_that_it_falls_back_to_is_not_beaten_by_rounding() -> None:
    networks, responses = study(n_electrodes=12, drives=("vision", "nothing", "vision"))
    encoded = run(networks, responses, n_shifts=20)
    tests = evidence(encoded, networks, [Comparison("linear_beats_eye", ("linear",), ("eye",))]).tests
    own = tests[tests["test"] == "linear_beats_eye"]
    same = own["diff"].abs() < 1e-6
    assert same.sum() >= 2
    assert (own.loc[same, "t"] == 0).all()
    assert (own.loc[same, "p"] > 0.4).all()


def test_vision_only_sites_do_not_beat_it() -> None:
    """A multimodal network that sees no more than the vision network, and is wider."""
    p = []
    for seed in range(4):
        networks, responses = study(seed, n_electrodes=10, drives=("vision",))
        rng = np.random.default_rng(seed)
        both = np.concatenate([networks[0].layers["a"], networks[1].layers["a"]], 1)
        mixing = rng.standard_normal((both.shape[1], 30))
        width = networks[0].layers["a"].shape[1]
        seen, said = (both * (np.arange(both.shape[1]) // width == k) for k in (0, 1))
        blend = [("fusion", both, None, None), ("fusion:image", seen, "image", "fusion"),
                 ("fusion:text", said, "text", "fusion")]  # fmt: skip
        own = [*networks[:2], *(NetworkFeatures(name, "multimodal", True, {"a": x @ mixing}, None, alone, whole)
                                for name, x, alone, whole in blend)]  # fmt: skip
        tests = evidence(run(own, responses, width="raw"), own, []).tests
        p += tests.loc[tests["test"] == "multimodal_beats_linear", "p"].tolist()
    assert np.mean(np.array(p) < 0.05) <= 0.15, "40 tests, 2 expected"


def test_without_a_side_there_is_none() -> None:
    networks, responses = study(n_electrodes=2)
    for missing in ("ear", "eye"):
        assert "linear" not in run([n for n in networks if n.name != missing], responses, n_shifts=0).scores.models


def test_most_pairs_bound_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    networks, responses = study(n_electrodes=6)
    monkeypatch.setattr(module, "MOST_PAIRS", 1)
    one = run(networks, responses, n_shifts=2)
    monkeypatch.undo()
    every = run(networks, responses, n_shifts=2)
    joined = {name for name in one.scores.layer[:, -1].ravel() if "+" in name}
    assert len(joined) <= 1
    parts = [every.scores.models.index(name) for name in ("eye", "ear")]
    assert (one.score[-1] >= one.score[parts].max(0)).all()
    assert len({name for name in every.scores.layer[:, -1].ravel() if "+" in name}) >= 1


def test_only_multimodal_networks_are_nested(seen: tuple[list[NetworkFeatures], Responses, Encoded]) -> None:
    networks, responses, encoded = seen
    assert encoded.scores.models[-2:] == ("linear", joined_label("fusion"))
    assert joined_label("fusion") == "low_level+fusion"
    unimodal = [n for n in networks if n.name in ("eye", "low_level")]
    models = run(unimodal, responses, n_shifts=0).scores.models
    assert models == ("eye", "eye-random", "low_level", "low_level+eye"), "where there is none, all trained networks"
    assert not [m for m in run([n for n in networks if n.name != "low_level"], responses, n_shifts=0).scores.models
                if m.startswith("low_level")]  # fmt: skip


def test_everything_on_top_of_low_level_features(seen: tuple[list[NetworkFeatures], Responses, Encoded]) -> None:
    networks, responses, plain = seen
    encoded = run(networks, responses, on_low_level=True)
    models = encoded.scores.models
    assert models == tuple(m for m in plain.scores.models if m != "low_level+fusion")
    at = models.index("low_level")
    assert np.array_equal(encoded.score[at], plain.score[at])
    nested = plain.scores.models.index("low_level+fusion")
    assert np.array_equal(encoded.score[models.index("fusion")], plain.score[nested])
    linear, parts = models.index("linear"), [models.index(name) for name in ("eye", "ear")]
    assert (encoded.score[linear] >= encoded.score[parts].max(0)).all()
    tests = evidence(encoded, networks, []).tests
    low = tests[tests["test"] == "beats_low_level"]
    assert (low["model"] == "fusion").all()
    assert (low["p"].iloc[[0, 1, 2, 3, 5]] < 0.01).all()


def test_a_sound_site_does_not_beat_low_level_features() -> None:
    """Networks that hear a little, narrower than the low-level features: those are not cut to their width."""
    p, gains = [], []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        n = 420
        sound = rng.standard_normal((n, 24))
        v, s = rng.standard_normal((2, n, 3))
        parts = {"eye": v, "ear": s, "fusion": np.concatenate([v, s, sound[:, :2]], 1)}
        kinds = {"eye": "vision", "ear": "language", "fusion": "multimodal"}
        networks = [NetworkFeatures(k, kinds[k], True, {"a": columns(x, 10, rng)}) for k, x in parts.items()]  # type: ignore[arg-type]
        networks.append(NetworkFeatures("low_level", "low_level", True, {"low_level": sound.astype("f4")}))
        responses = record(events_of(word_times(n, rng)), [1.5 * sound[:, k % 2] for k in range(8)], rng)
        for on_top in (False, True):
            encoded = run(networks, responses, on_low_level=on_top)
            tests = evidence(encoded, networks, []).tests
            p += tests.loc[tests["test"] == "beats_low_level", "p"].tolist()
        low = encoded.scores.models.index("low_level")
        gains.append(encoded.score[low, :, :, 0].mean())
    assert min(gains) > 0.15, "it is heard"
    assert np.mean(np.array(p) < 0.05) <= 0.15, "48 tests, 2.4 expected"


def test_equal_width_is_the_narrowest_modality() -> None:
    def network(name: str, kind: str, trained: bool = True, **widths: int) -> NetworkFeatures:
        return NetworkFeatures(name, kind, trained, {k: np.zeros((2, w), "f4") for k, w in widths.items()})  # type: ignore[arg-type]

    networks = [
        network("eye", "vision", a=30, b=90),
        network("ear", "language", a=60),
        network("f", "multimodal", a=70),
    ]
    assert equal_width(networks) == 60
    assert equal_width([*networks, network("small", "language", a=3)]) == 60, "of a modality its widest"
    assert (
        equal_width([*networks, network("low_level", "low_level", a=5), network("f", "multimodal", False, a=2)]) == 60
    )
    asked: list[str] = []
    lazy = Layers({"a": 40}, lambda name: asked.append(name) or np.zeros((2, 40), "f4"))  # type: ignore[func-returns-value]
    assert (
        equal_width([*networks, NetworkFeatures("lazy", "multimodal", True, lazy), network("ear", "language", a=60)])
        == 60
    )
    assert not asked, "widths are known without reading"
    assert equal_width([]) is None


def test_width_matters_unless_raw() -> None:
    networks, responses = study(n_electrodes=4)
    rng = np.random.default_rng(0)
    wide = NetworkFeatures("fusion", "multimodal", True, {"a": columns(networks[2].layers["a"], 60, rng)})
    own = [networks[0], networks[1], wide]
    plan = replace(PLAN, n_shifts=0)
    equal, raw = (encode(own, responses, replace(plan, width=w), rng=np.random.default_rng(0)).score
                  for w in ("equal", "raw"))  # fmt: skip
    assert np.array_equal(equal[0], raw[0])
    assert not np.allclose(equal[2], raw[2], atol=1e-4)
    x = wide.layers["a"].astype(float)
    z = (x - x.mean(0)) / x.std(0)
    kept = np.linalg.svd(z, full_matrices=False)[1][8:]
    assert (kept**2).sum() < 0.2 * (z**2).sum(), "little is lost here"
    assert np.abs(equal[2] - raw[2]).max() < 0.1


def test_mixtures_are_weights_whose_largest_is_one() -> None:
    for mixture in (*MIXTURES, *FIRST_FREER):
        assert max(mixture) == 1.0
    assert (1.0, 1.0) in MIXTURES
    assert (1.0, 1.0) in FIRST_FREER


def additive(seed: int, product: float = 0.0) -> tuple[list[NetworkFeatures], Responses]:
    """A network that adds what it sees to what it reads, and a share of their product; electrodes follow its features
    by the same weights for both."""
    rng = np.random.default_rng(seed)
    times = word_times(500, rng)
    seen, said = (rng.standard_normal((500, 6)) @ rng.standard_normal((6, 12)) for _ in range(2))
    image, text = (x + 0.3 * rng.standard_normal(x.shape) for x in (seen, said))
    layers = {"f": image + text + product * seen * said, "f:image": image - 0.8, "f:text": text + 1.5}
    silent = rng.random(500) < 0.1  # no text: nothing is run
    layers = {name: np.where(silent[:, None], 0, x) for name, x in layers.items()}
    weights = rng.standard_normal((12, 8))
    driven = (layers["f"] @ weights).T
    responses = record(events_of(times), [3 * y / y.std() for y in driven], rng)
    shown: dict[str, Shown] = {"f": "both", "f:image": "image", "f:text": "text"}
    return [
        NetworkFeatures(name, "multimodal", True, {"a": x.astype(np.float32)}, shown=shown[name],
                        part_of=None if name == "f" else "f")
        for name, x in layers.items()
    ], responses  # fmt: skip


def test_a_network_that_only_adds_never_beats_its_parts() -> None:
    """Side by side they take twice as many weights, and alone they lose: .12 of such electrodes had p below .05."""
    for seed in range(2):
        networks, responses = additive(seed)
        tests = evidence(run(networks, responses, n_shifts=20), networks, []).tests
        own = tests[tests["test"] == "multimodal_beats_linear"]
        assert (own["p"] == 1).all()
        assert set(own["baseline"]) == {"f:image+text"}


def test_a_network_that_multiplies_beats_its_parts_and_tells_the_harder_baseline() -> None:
    networks, responses = additive(0, product=0.7)
    encoded = run(networks, responses, n_shifts=20)
    table = evidence(encoded, networks, [Comparison("alone", ("f",), ("linear",)), Comparison("sum", ("f",), (SUM,))])
    p = table.tests.pivot(index="name", columns="test", values="p")
    assert (p["multimodal_beats_linear"] < 0.01).mean() > 0.8
    assert np.allclose(p["multimodal_beats_linear"], p[["alone", "sum"]].max(1))
    told = table.tests[table.tests["test"] == "multimodal_beats_linear"].set_index("name")["baseline"]
    assert all((told[e] == SUM) == (p.loc[e, "sum"] > p.loc[e, "alone"]) for e in told.index)
    assert table.null["multimodal_beats_linear"].shape == (8, 20)
