"""Fifteen minutes of film, two participants, planted sites: everything that the program promises about its output."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np
import pytest
from scipy.signal import butter, sosfiltfilt

from tests.acceptance import datasets, models, running, signals
from tests.acceptance.datasets import Study
from tests.acceptance.signals import Showing
from tests.reference import encoding
from tests.sharing import Shared

N_LAGS = 161
ALIGNMENTS = ("language", "vision")
TESTS = (*running.TESTS, "fusion_beats_eye")
N_FOLDS = {"language": 10, "vision": 5}  # cuts are too few for more
LEAD_S = {"01": 7.5, "02": 8.5}
COUNTS = {"interaction": 4, "linear": 3, "vision": 2, "language": 2, "null": 4}
NETWORKS = {name: modality for name, modality in models.NETWORKS.items() if name not in ("eye-dim", "ear-dim")}
MINUTES = 15.0


class Done(NamedTuple):
    """A study and what both levels made of it."""

    study: Study
    output: Path
    before: dict[str, str]


@pytest.fixture(scope="session")
def film(shared: Shared) -> Done:
    """Both levels on a BrainVision and an EDF recording of the film."""
    return shared.made("film", both_levels)


def both_levels(folder: Path) -> Done:
    study = datasets.plain_study(folder / "bids", minutes=MINUTES, counts=COUNTS, networks=NETWORKS,
                                 formats=("BrainVision", "EDF"))  # fmt: skip
    before = datasets.checksums(study.root)
    output = folder / "out"
    how = study.argv(output, save_responses=True, n_bootstraps=50, n_shifts=10)
    running.succeed(running.run_inside(how, reports=True, courses=True))
    running.succeed(running.run_inside(study.argv(output, "group"), reports=True))
    return Done(study, output, before)


def test_input_is_untouched(film: Done) -> None:
    assert datasets.checksums(film.study.root) == film.before


def test_files(film: Done) -> None:
    for subject in ("01", "02"):
        stem = film.output / f"sub-{subject}" / "ieeg" / f"sub-{subject}_task-movie_desc-"
        for ending in ("sites_channels.tsv", "sites_channels.json"):
            assert Path(f"{stem}{ending}").is_file()
        for alignment in ALIGNMENTS:
            assert Path(f"{stem}{alignment}_encoding.h5").is_file()
            assert Path(f"{stem}{alignment}_events.tsv").is_file()
        assert (film.output / f"sub-{subject}.html").stat().st_size > 20_000
    for name in ("group_regions.tsv", "group_sites.tsv", "group_models.tsv", "group.html", "README", ".bidsignore"):
        assert (film.output / name).is_file(), name
    description = json.loads((film.output / "dataset_description.json").read_text())
    assert description["DatasetType"] == "derivative"
    assert description["GeneratedBy"][0]["Name"] == "bids_vlint"
    assert description["GeneratedBy"][0]["Version"]
    assert description["SourceDatasets"]
    assert any(p.is_dir() for p in (film.output / "logs").iterdir())


def test_validator_accepts_input_and_output(film: Done) -> None:
    assert running.validator_errors(film.output) == []
    assert running.validator_errors(film.study.root) == []


@pytest.mark.parametrize("subject", ["01", "02"])
def test_columns(film: Done, subject: str) -> None:
    table = running.sites(film.output, subject)
    assert list(table.columns[:5]) == running.STANDARD
    assert list(table["name"]) == list(film.study.kinds[subject])
    assert set(table["type"]) == {"SEEG"}
    per_test = [f"{a}_{t}{part}" for a in ALIGNMENTS for t in TESTS for part in ("", "_diff", "_p", "_q")]
    per_alignment = [f"{a}_{c}" for a in ALIGNMENTS for c in ("best_multimodal", "best_unimodal")]
    expected = per_test + [f"{t}_{e}" for t in TESTS for e in ("either", "both")] + per_alignment
    expected += ["tests_passed", "region", "x", "y", "z"]
    assert set(expected) <= set(table.columns), sorted(set(expected) - set(table.columns))
    sidecar = json.loads(
        (film.output / f"sub-{subject}/ieeg/sub-{subject}_task-movie_desc-sites_channels.json").read_text()
    )
    for column in table.columns:
        assert sidecar[column]["Description"].strip(), column
    assert "circular shifts" in sidecar["language_multimodal_beats_linear_p"]["Description"]
    for column in per_test:
        values = table[column]
        if column.endswith(("_diff", "_p", "_q")):
            numbers = values.astype(float)
            assert np.isfinite(numbers).all(), column
            if not column.endswith("_diff"):
                assert numbers.between(0, 1).all(), column
        else:
            assert set(values) <= {"true", "false"}, column
    for alignment in ALIGNMENTS:
        assert set(table[f"{alignment}_best_multimodal"]) <= {"fusion", "fusion-dim"}
        assert set(table[f"{alignment}_best_unimodal"]) <= {"eye", "ear"}
        peak = table[f"{alignment}_peak_lag"].replace("n/a", "nan").astype(float)
        assert peak.dropna().between(-2, 2).all()


@pytest.mark.parametrize("subject", ["01", "02"])
def test_a_clear_response_has_a_latency(film: Done, subject: str) -> None:
    peak = running.sites(film.output, subject)["language_peak_lag"].replace("n/a", "nan").astype(float)
    integrating = [kind == "interaction" for kind in film.study.kinds[subject].values()]
    assert peak[integrating].notna().all()


def benjamini_hochberg(p: np.ndarray) -> np.ndarray:
    """Adjusted p-values, written out."""
    order = np.argsort(p)
    q, lowest = np.empty(len(p)), 1.0
    for rank in range(len(p), 0, -1):
        lowest = min(lowest, p[order[rank - 1]] * len(p) / rank)
        q[order[rank - 1]] = lowest
    return q


@pytest.mark.parametrize("name", [*TESTS, "integration"])
@pytest.mark.parametrize("subject", ["01", "02"])
def test_either_and_both_have_one_p_and_one_correction(film: Done, subject: str, name: str) -> None:
    table = running.sites(film.output, subject)
    p = np.sort(table[[f"{a}_{name}_p" for a in ALIGNMENTS]].to_numpy(float), axis=1)
    for way, own in (("either", np.minimum(2 * p[:, 0], p[:, 1])), ("both", p[:, 1])):
        np.testing.assert_allclose(table[f"{name}_{way}_p"].astype(float), own, rtol=1e-4)
        q = benjamini_hochberg(own)
        np.testing.assert_allclose(table[f"{name}_{way}_q"].astype(float), q, rtol=1e-4)
        assert (table[f"{name}_{way}"] == "true").tolist() == (q <= 0.05).tolist()


@pytest.mark.parametrize("name", TESTS)
def test_q_is_corrected_over_electrodes_and_alignments(film: Done, name: str) -> None:
    table = running.sites(film.output, "01")
    p = np.concatenate([table[f"{a}_{name}_p"].astype(float) for a in ALIGNMENTS])
    q = np.concatenate([table[f"{a}_{name}_q"].astype(float) for a in ALIGNMENTS])
    np.testing.assert_allclose(q, benjamini_hochberg(p), rtol=2e-3, atol=1e-9)
    called = np.concatenate([table[f"{a}_{name}"] == "true" for a in ALIGNMENTS])
    difference = np.concatenate([table[f"{a}_{name}_diff"].astype(float) for a in ALIGNMENTS])
    assert (difference[called] > 0).all()
    assert (q[called] <= 0.05 + 1e-6).all()


@pytest.mark.parametrize("name", list(datasets.TRUE))
@pytest.mark.parametrize("subject", ["01", "02"])
def test_planted_sites_are_found(film: Done, subject: str, name: str) -> None:
    kinds = film.study.kinds[subject]
    table = running.sites(film.output, subject)
    found = datasets.found_sites(table, f"language_{name}")
    interaction = {c for c, kind in kinds.items() if kind == "interaction"}
    false = {c for c in found if kinds[c] not in datasets.TRUE[name]}
    assert len(found & interaction) >= 0.9 * len(interaction), f"missed {interaction - found}"
    assert len(false) <= max(1, 0.1 * len(found)), {c: kinds[c] for c in false}


def test_every_planted_site_beats_its_random_twin(film: Done) -> None:
    for subject, kinds in film.study.kinds.items():
        found = datasets.found_sites(running.sites(film.output, subject), "language_trained_beats_random")
        planted = {c for c, kind in kinds.items() if kind != "null"}
        assert len(found & planted) >= 0.9 * len(planted)
        assert len(found - planted) <= 1


def encoding_file(film: Done, subject: str, alignment: str) -> Path:
    return film.output / f"sub-{subject}" / "ieeg" / f"sub-{subject}_task-movie_desc-{alignment}_encoding.h5"


@pytest.mark.parametrize("alignment", ALIGNMENTS)
@pytest.mark.parametrize("subject", ["01", "02"])
def test_dense_results(film: Done, subject: str, alignment: str) -> None:
    data, labels = running.dense(encoding_file(film, subject, alignment))
    expected = {n for net in NETWORKS for n in (net, f"{net}-random")} - {f"{part}-random" for part in models.PARTS}
    # one network alone has its parts, and can show integration
    expected |= {"linear", "low_level", "low_level+fusion", "fusion:image+text"}
    assert set(labels["model"]) == expected
    assert labels["electrode"] == list(film.study.kinds[subject])
    np.testing.assert_allclose(np.asarray(labels["lag"], float), np.linspace(-2, 2, N_LAGS), atol=1e-6)
    shape = (len(expected), len(film.study.kinds[subject]), N_LAGS)
    for key in ("r", "r_low", "r_high", "penalty"):
        assert data[key].shape == shape, key
    assert data["layer"].shape == (2, *shape[:2])
    assert (data["r_low"] <= data["r"] + 0.02).all()
    assert (data["r_high"] >= data["r"] - 0.02).all()
    exponents = 2 * np.log10(np.unique(data["penalty"]))  # of a geometric mean over two halves
    np.testing.assert_allclose(exponents, np.round(exponents), atol=1e-3)
    assert encoding.PENALTIES[0] <= data["penalty"].min() <= data["penalty"].max() <= encoding.PENALTIES[-1]
    n_events = len(data["event_onset"])
    assert data["responses"].shape == (n_events, *shape[1:])
    events = running.read_table(
        encoding_file(film, subject, alignment).with_name(f"sub-{subject}_task-movie_desc-{alignment}_events.tsv")
    )
    np.testing.assert_allclose(events["onset"].astype(float), data["event_onset"], atol=1e-3)


def shown_times(film: Done, subject: str, alignment: str, event_onset: np.ndarray) -> np.ndarray:
    """Film times of the used events: the planted ones nearest to recording time minus the film's start."""
    the_film = film.study.films[0]
    planted = the_film.words["onset"].to_numpy(float) if alignment == "language" else the_film.cuts
    index = np.abs(planted[None] - (event_onset[:, None] - LEAD_S[subject])).argmin(1)
    np.testing.assert_allclose(planted[index] + LEAD_S[subject], event_onset, atol=2e-3)
    assert (np.diff(index) > 0).all()
    return index


@pytest.mark.parametrize("alignment", ALIGNMENTS)
@pytest.mark.parametrize("network", ["fusion", "ear", "eye-random"])
def test_r_is_that_of_an_independent_implementation(film: Done, alignment: str, network: str) -> None:
    """Cross-fitted halves in float64: layer and penalty of each electrode chosen on the other half."""
    data, labels = running.dense(encoding_file(film, "01", alignment))
    index = shown_times(film, "01", alignment, data["event_onset"])
    onset, n = data["event_onset"], len(index)
    # two windows of an event, and one period of the high-pass
    gap, n_folds = 2 * 2.1 + 1 / 0.1, N_FOLDS[alignment]
    cuts = encoding.stimulus_cuts(["film"] * n, onset - LEAD_S["01"], ["1"] * n, onset, gap, n_folds)
    bins = np.arange(84, N_LAGS - 1, 8)  # 0.1, 0.3, ... 1.9 s
    lags = np.unique([*bins, 0, 40, 79])
    y = data["responses"][:, :, lags].astype(np.float64)
    counted = np.isin(lags, bins)
    folder = film.study.models.parent / "features"
    scores, r = [], []
    with h5py.File(folder / f"the_film_{alignment}_{network}.h5") as file:
        for layer in ("early", "late"):
            features = encoding.without_slow_part(file[layer][()][index].astype(np.float64), onset, cuts, 0.1)
            predictions = encoding.cut_predictions([features], (1.0,), 40, y.reshape(n, -1), cuts)
            shape = (2, len(encoding.PENALTIES), *y.shape[1:])
            each = encoding.half_scores(predictions, y.reshape(n, -1), cuts).reshape(shape)
            scores.append(each[..., counted].mean(-1))
            r.append(each)
    score, r_of_half = np.concatenate(scores, 1), np.concatenate(r, 1)  # (2, layer x penalty, electrode[, lag])
    found = data["r"][labels["model"].index(network)][:, lags]
    for electrode, own in enumerate(found):
        near = [np.flatnonzero(score[1 - h, :, electrode] > score[1 - h, :, electrode].max() - 1e-4) for h in (0, 1)]
        accepted = [(r_of_half[0, a, electrode] + r_of_half[1, b, electrode]) / 2 for a in near[0] for b in near[1]]
        assert min(np.abs(own - value).max() for value in accepted) < 1e-4


def test_responses_are_window_means_at_the_right_time(film: Done) -> None:
    """An independent reading of the data: high-pass, hum removed, 200 ms means centred on onset + lag."""
    subject = "01"
    kinds = film.study.kinds[subject]
    data, _ = running.dense(encoding_file(film, subject, "language"))
    showing = Showing(film.study.films[0], at=LEAD_S[subject])
    raw = signals.record(
        kinds, [showing], seconds=60 * MINUTES + 13.5, sfreq=128.0, seed=f"bids/{subject}", line_hz=1e9
    )
    clean = sosfiltfilt(butter(4, 0.1, "highpass", fs=128.0, output="sos"), raw)
    total = np.concatenate([np.zeros((len(clean), 1)), np.cumsum(clean, 1)], 1)
    for lag_index in (0, 80, 100, 160):
        start = data["event_onset"] + np.linspace(-2, 2, N_LAGS)[lag_index] - 0.1
        first, last = np.round(start * 128).astype(int), np.round((start + 0.2) * 128).astype(int)
        mean = (total[:, last] - total[:, first]) / (last - first)
        for k in range(len(kinds)):
            r = np.corrcoef(mean[k], data["responses"][:, k, lag_index])[0, 1]
            assert r > 0.95, (lag_index, k, r)


def test_group_tables(film: Done) -> None:
    sites = running.read_table(film.output / "group_sites.tsv")
    assert len(sites) == sum(len(k) for k in film.study.kinds.values())
    regions = running.read_table(film.output / "group_regions.tsv")
    assert len(regions) > 1
    assert any("atlas" in c.lower() for c in regions.columns)
    assert any("region" in c.lower() for c in regions.columns)
    for name in TESTS:
        assert any(name in c for c in sites.columns), name
        assert any(name in c for c in regions.columns), name
    networks = running.read_table(film.output / "group_models.tsv")
    assert set(NETWORKS) <= set(networks.iloc[:, 0]) | set(networks.get("model", [])) | set(networks.get("name", []))
    assert "n/a" not in set(running.sites(film.output, "01")["region"])
    for table in ("group_sites", "group_regions", "group_models"):
        columns = running.read_table(film.output / f"{table}.tsv").columns
        sidecar = json.loads((film.output / f"{table}.json").read_text())
        assert set(columns) <= set(sidecar), set(columns) - set(sidecar)


@pytest.mark.parametrize("name", ["sub-01.html", "group.html"])
def test_reports_say_it_in_words(film: Done, name: str) -> None:
    text = re.sub(r"<[^>]+>", " ", (film.output / name).read_text(encoding="utf-8"))
    text = re.sub(r"\s+", " ", text)
    assert re.search(r"\d+ of \d+ electrodes", text)
    assert "one sample of stimuli" in text
    assert "ridge" in text.lower()
    assert "BIDS" in text
