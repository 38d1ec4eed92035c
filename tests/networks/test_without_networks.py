"""The core without the networks' packages: precomputed features at both levels, and one sentence for a network."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.acceptance import datasets, models, running

ABSENT = ("huggingface_hub", "open_clip", "safetensors", "timm", "tokenizers", "torch", "torchvision", "transformers")
BLOCKER = f"""
import importlib.metadata, sys
ABSENT = {ABSENT!r}

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ABSENT:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Blocker())
found = importlib.metadata.distribution

def distribution(name):
    if name.replace("open_clip_torch", "open_clip") in ABSENT:
        raise importlib.metadata.PackageNotFoundError(name)
    return found(name)

importlib.metadata.distribution = distribution
"""
# Figures for print, half of the time of a small run, are laid out and saved by their own tests.
BOTH_LEVELS = """
import sys
from bids_vlint.cli.main import main
from bids_vlint.reports.contents import printed
from bids_vlint.reports.sections import evidence

printed.laid_out, printed.save_figure = lambda figure: figure, lambda figure, path: path.write_bytes(b"left out")
evidence.MOST_PAGES = 1
folders, options = sys.argv[1:3], sys.argv[4:]
sys.exit(main([*folders, "participant", *options]) or main([*folders, "group", *options]))
"""


def without_networks(
    folder: Path, *words: str, program: Sequence[str] = ("-m", "bids_vlint")
) -> subprocess.CompletedProcess[str]:
    """Run the program where the networks' packages are not installed."""
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(BLOCKER)
    path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
    return subprocess.run([sys.executable, *program, *words], capture_output=True, text=True, check=False,
                          env=os.environ | {"PYTHONPATH": path})  # fmt: skip


def test_precomputed_features_run_at_both_levels(tmp_path: Path) -> None:
    study, out = datasets.small_study(tmp_path / "bids", networks=models.ONE), tmp_path / "out"
    quick = {"skip_bids_validation": True, "n_bootstraps": 10, "n_shifts": 0, "alignment": "language"}
    done = without_networks(tmp_path / "block", *study.argv(out, **quick), program=("-c", BOTH_LEVELS))
    assert done.returncode == 0, done.stderr
    assert len(running.sites_files(out)) == 1
    assert (out / "group.html").is_file()
    set_of_timm = tmp_path / "set.toml"
    set_of_timm.write_text('[[model]]\nname = "net"\nmodality = "vision"\nsource = "timm"\narchitecture = "resnet18"\n')
    done = without_networks(tmp_path / "block", *study.argv(tmp_path / "other", **quick | {"models": set_of_timm}))
    assert done.returncode == 66
    assert "set.toml: network 'net' (source timm) needs torch, timm, torchvision, not installed here" in done.stderr


@pytest.mark.parametrize("source", ["timm", "open_clip", "slip", "albef", "blip", "transformers"])
def test_a_network_is_refused_in_one_sentence(tmp_path: Path, source: str) -> None:
    (tmp_path / "set.toml").write_text(
        f'[[model]]\nname = "net"\nmodality = "vision"\nsource = "{source}"\narchitecture = "a"\ntrained = false\n'
    )
    done = without_networks(tmp_path / "block", "models", "layers", "net", "--models", str(tmp_path / "set.toml"))
    assert done.returncode == 66, done.stderr
    assert done.stderr.count("\n") == 1
    assert "needs torch" in done.stderr
    assert "run: pip install 'bids_vlint[networks]'" in done.stderr


def test_the_networks_of_the_built_in_sets_are_listed(tmp_path: Path) -> None:
    done = without_networks(tmp_path / "block", "models", "list", "demo")
    assert done.returncode == 0, done.stderr
    assert "not installed" in done.stdout
    done = without_networks(tmp_path / "block", "models", "fetch", "paper", "--models-dir", str(tmp_path / "models"))
    assert done.returncode == 66
    assert "pip install 'bids_vlint[networks]'" in done.stderr
