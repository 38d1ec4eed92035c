"""Families of other packages: found by their entry point, loaded when they are named, refused in one sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from bids_vlint import registry
from bids_vlint.errors import Exit, InputError
from bids_vlint.networks import family as families
from tests import plug_ins
from tests.acceptance import datasets

LAB = """
import torch
from bids_vlint.networks.family import Family
from bids_vlint.networks.network import Network, seeded


class Shade(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.mix = torch.nn.Linear(3, 5)

    def forward(self, colours):
        return self.mix(colours)


def build(spec, seed, models_dir):
    with seeded("trained" if spec.trained else f"{seed}/{spec.label}"):
        module = Shade().eval()

    def prepare(frames, texts, length):
        means = [torch.from_numpy(frame.mean((0, 1)) / 255).float() for frame in frames]
        return {"colours": torch.stack(means)}

    return (Network(module, True, False, prepare, lambda inputs: {"shade": module(inputs["colours"])}),)


LAB = Family("lab_nets", build=build, packages=("numpy",), caveats=lambda spec: (f"{spec.name}: sees shades alone.",))
WRONG = "no family"
OTHER = Family("other", build=build)
NEITHER = Family("neither")
FAR = Family("far", build=build, packages=("lab-of-nobody",), install="lab-package[far]")
"""


def install(folder: Path, name: str, points: str) -> None:
    """Install a package with the module `lab_networks` and these families into a folder."""
    plug_ins.install(folder, name, "lab_networks", LAB, {"bids_vlint.families": points})


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of packages that this process sees."""
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.delitem(sys.modules, "lab_networks", raising=False)
    registry.look_again()
    return tmp_path / "site"


def test_a_family_of_another_package_is_used_by_name(tmp_path: Path) -> None:
    install(tmp_path / "site", "lab-package", "lab_nets = lab_networks:LAB\n")
    study = datasets.small_study(tmp_path / "bids", video=True)
    (tmp_path / "set.toml").write_text(
        'random_seeds = 1\n[[model]]\nname = "shade"\nmodality = "vision"\nsource = "lab_nets"\n'
    )
    words = ["features", str(study.root), str(tmp_path / "out"), "--models", str(tmp_path / "set.toml"), "--alignment",
             "vision", "--skip-bids-validation", "--work-dir", str(tmp_path / "work")]  # fmt: skip
    path = os.pathsep.join([str(tmp_path / "site"), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run([sys.executable, "-m", "bids_vlint", *words], capture_output=True, text=True, check=False,
                          env=os.environ | {"PYTHONPATH": path})  # fmt: skip
    assert done.returncode == 0, done.stderr
    layers = {}
    for label in ("shade", "shade-random"):
        (file,) = (tmp_path / "out" / label).glob("*_vision.h5")
        with h5py.File(file) as content:
            layers[label] = content["shade"][()]
            assert "sees shades alone" in content.attrs["notes"]
    assert layers["shade"].shape == layers["shade-random"].shape
    assert layers["shade"].std(0).min() > 0
    assert not np.allclose(layers["shade"], layers["shade-random"])


def test_naming_the_sources_imports_no_family(site: Path) -> None:
    install(site, "lab-package", "lab_nets = lab_networks:LAB\nabsent = not_there:ABSENT\n")
    assert {"lab_nets", "absent", "timm", "precomputed"} <= set(families.sources())
    assert "lab_networks" not in sys.modules


@pytest.mark.parametrize(
    ("name", "points", "wrong"),
    [
        ("absent", "absent = not_there:ABSENT\n", "cannot be loaded"),
        ("lab_nets", "lab_nets = lab_networks:NOTHING\n", "cannot be loaded"),
        ("lab_nets", "lab_nets = lab_networks:WRONG\n", "but a str"),
        ("lab_nets", "lab_nets = lab_networks:OTHER\n", "is named 'other'"),
        ("neither", "neither = lab_networks:NEITHER\n", "gives neither"),
        ("timm", "timm = lab_networks:LAB\n", r"more than one package .*bids_vlint, lab-package"),
    ],
)
def test_a_broken_family_is_one_sentence(site: Path, name: str, points: str, wrong: str) -> None:
    install(site, "lab-package", points)
    with pytest.raises(InputError, match=wrong) as caught:
        families.family(name)
    assert caught.value.code == Exit.DATA
    assert "lab-package" in str(caught.value)


def test_two_packages_with_one_family(site: Path) -> None:
    for package in ("lab-package", "second-package"):
        install(site, package, "lab_nets = lab_networks:LAB\n")
    with pytest.raises(InputError, match="lab-package, second-package"):
        families.family("lab_nets")


def test_a_family_whose_packages_are_absent_says_what_to_install(site: Path) -> None:
    install(site, "lab-package", "far = lab_networks:FAR\n")
    spec = families.ModelSpec("far-away", "vision", "far")
    with pytest.raises(InputError, match=r"needs lab-of-nobody.*pip install 'lab-package\[far\]'"):
        families.build_networks(spec, 0, None)
