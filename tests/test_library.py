"""The library under the app: what `import bids_vlint` gives, the examples, and that they are the app's own numbers."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import bids_vlint
from bids_vlint.derivatives.layout import encoding_h5
from bids_vlint.networks.network import seed_of
from tests.acceptance import running
from tests.acceptance.datasets import Study

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "docs" / "examples"


@pytest.fixture
def study(analysed: tuple[Study, Path]) -> Study:
    return analysed[0]


@pytest.fixture
def output(analysed: tuple[Study, Path]) -> Path:
    return analysed[1]


def run(*words: str | Path, cwd: Path) -> str:
    """What a Python program prints, run by this Python with this package."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, *map(str, words)], capture_output=True, text=True, cwd=cwd, env=environment,
                          timeout=300, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_name_is_there_and_says_what_it_is() -> None:
    for name in bids_vlint.__all__:
        value = getattr(bids_vlint, name)
        assert name == "__version__" or inspect.getdoc(value), name
    assert set(bids_vlint.__all__) <= set(dir(bids_vlint))
    with pytest.raises(AttributeError, match="no attribute 'compare'"):
        bids_vlint.compare  # noqa: B018


def test_importing_loads_nothing_heavy(tmp_path: Path) -> None:
    code = "import sys, bids_vlint; print(*sorted({m.split('.')[0] for m in sys.modules}))"
    loaded = set(run("-c", code, cwd=tmp_path).split())
    assert "bids_vlint" in loaded
    assert not loaded & {"numpy", "scipy", "pandas", "mne", "sklearn", "torch", "h5py", "matplotlib"}


def test_arrays_of_a_data_set_are_those_of_the_app(study: Study, output: Path, tmp_path: Path) -> None:
    (fit,) = bids_vlint.load_fits(study.root, study.models, work_dir=tmp_path / "work")
    (result,) = bids_vlint.read_fits(output)
    assert fit.name == result.name
    assert list(fit.channels.index) == list(result.sites["name"])
    for alignment, responses in fit.responses.items():
        data, _ = running.dense(encoding_h5(output, fit.name, alignment))
        np.testing.assert_array_equal(responses.data, data["responses"])
        assert {n.label for n in fit.networks[alignment]} >= {"eye", "eye-random", "fusion", "low_level"}


def test_tests_of_arrays_are_those_of_the_app(study: Study, output: Path, tmp_path: Path) -> None:
    """The same events, responses, features and seed give the same p-values, to the digits that are written."""
    (fit,) = bids_vlint.load_fits(study.root, study.models, work_dir=tmp_path / "work")
    (result,) = bids_vlint.read_fits(output)
    seed = seed_of(f"0/{fit.name.stem}/language/bootstrap")
    plan = bids_vlint.EncodingPlan(n_bootstraps=50, n_shifts=10)
    found = bids_vlint.compare_networks(fit.networks["language"], fit.responses["language"], plan=plan, seed=seed)
    key = ["test", "name"]
    written = result.tests.query("alignment == 'language'").set_index(key)["p_alone"].astype(float)
    made = found.tests.set_index(key)["p"]
    assert len(made) >= 3 * len(fit.channels)
    np.testing.assert_allclose(written.loc[made.index], made, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"bandd": "broadband"}, "did you mean band"),
        ({"band": "beta"}, "'beta' is unknown"),
        ({"participant_label": "77"}, "77"),
    ],
)
def test_what_cannot_be_loaded_is_said(study: Study, options: dict[str, str], said: str, tmp_path: Path) -> None:
    with pytest.raises(bids_vlint.InputError, match=said):
        list(bids_vlint.load_fits(study.root, study.models, work_dir=tmp_path, **options))


def test_features_of_another_length_are_said() -> None:
    import pandas as pd

    events = pd.DataFrame({"onset": np.arange(5.0, 95.0, 0.5)})
    responses = bids_vlint.responses_around(np.random.default_rng(0).standard_normal((1, 10000)), 100.0, events)
    network = bids_vlint.NetworkFeatures("eye", "vision", True, {"last": np.zeros((3, 2))})
    with pytest.raises(bids_vlint.InputError, match="eye, layer last: has 3 rows for 180 events"):
        bids_vlint.compare_networks([network], responses)


def test_the_example_of_arrays(tmp_path: Path) -> None:
    said = run(EXAMPLES / "from_arrays.py", cwd=tmp_path)
    assert said.strip().endswith("beyond vision and language side by side: I1")


def test_the_example_of_a_data_set(study: Study, tmp_path: Path) -> None:
    said = run(EXAMPLES / "from_bids.py", study.root, study.models, tmp_path / "work", cwd=tmp_path)
    assert "language: responses (" in said
    assert "fusion-random, layer early" in said


def test_the_example_of_results(output: Path, tmp_path: Path) -> None:
    said = run(EXAMPLES / "from_results.py", output, tmp_path / "brain.png", cwd=tmp_path)
    assert "best electrode of each network" in said
    assert (tmp_path / "brain.png").read_bytes().startswith(b"\x89PNG")


def test_the_examples_are_all_tested() -> None:
    assert {p.name for p in EXAMPLES.glob("*.py")} == {"from_arrays.py", "from_bids.py", "from_results.py"}
