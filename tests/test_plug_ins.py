"""A test is added by one file, which nothing else knows: it is made, corrected, written, explained and told."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bids_vlint import registry
from bids_vlint.derivatives import layout
from bids_vlint.derivatives.sites_table import read_sites
from bids_vlint.errors import InputError
from bids_vlint.files.json_file import read_json
from bids_vlint.files.tables import read_tsv
from bids_vlint.networks.comparisons import TESTS, always_made
from bids_vlint.workflows.group import run_group
from tests import plug_ins
from tests.reports import fabricate
from tests.reports.text import words_of

Install = Callable[[str, str], None]


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Installs the package lab-package, one module, whose `THING` an entry point `group: name` names."""
    folder = tmp_path / "site"

    def install(point: str, content: str) -> None:
        group, name = point.split(": ")
        plug_ins.install(folder, "lab-package", "lab_thing", content, {group: f"{name} = lab_thing:THING"})
        monkeypatch.syspath_prepend(str(folder))
        registry.look_again()

    monkeypatch.delitem(sys.modules, "lab_thing", raising=False)
    yield install
    monkeypatch.undo()
    sys.modules.pop("lab_thing", None)
    registry.look_again()


BEATS_VISION = """
from bids_vlint.networks.comparisons import ElectrodeTest

THING = ElectrodeTest(
    "language_beats_vision",
    lambda models: (models.trained("language"), models.trained("vision")),
    "the best language network beats the best vision network",
    ("every layer of each language network", "every layer of each vision network"),
)
"""


def test_a_test_is_one_file(lab: Install, tmp_path: Path) -> None:
    built_in = always_made()
    lab("bids_vlint.tests: language_beats_vision", BEATS_VISION)
    name = "language_beats_vision"
    assert always_made() == [*built_in, name]
    out = tmp_path / "out"
    fit = fabricate.participant(out, "01", 1, n=6, comparisons=(), placed=False)
    sites, _ = read_sites(out, fit)
    assert sites.loc[sites["planted"] == "language", f"language_{name}"].all()
    assert not sites.loc[sites["planted"] == "vision", f"{name}_either"].any()
    sidecar = read_json(layout.sidecar(layout.sites_tsv(out, fit)))
    assert "the best language network beats the best vision network" in sidecar[f"vision_{name}"]["Description"]
    assert "Counted: every layer of each vision network." in sidecar[f"vision_{name}_n_baseline"]["Description"]
    long = read_tsv(layout.statistics_tsv(out, fit))
    assert set(long.loc[long["test"] == name, "model"]) == {"sbert"}
    report = words_of(run_group(out))
    assert "language beats vision : the best language network beats the best vision network." in report
    assert "It was also tested, as language beats vision, whether the best language network beats" in report
    assert f"{name}_either_n" in read_tsv(layout.group_file(out, "group_regions.tsv"))
    assert f"language_{name}_q_group" in read_tsv(layout.group_file(out, "group_sites.tsv"))


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        ("THING = 3", "is no bids_vlint.networks.comparisons.ElectrodeTest but a int"),
        (BEATS_VISION.replace("language_beats_vision", "other"), "is named 'other'"),
        (BEATS_VISION.replace("),\n)", "),\n    gate=True,\n)"), "cannot be the gate, which is trained_beats_random"),
    ],
)
def test_a_broken_test_is_one_sentence(lab: Install, content: str, wrong: str) -> None:
    lab("bids_vlint.tests: language_beats_vision", content)
    with pytest.raises(InputError, match=wrong) as caught:
        always_made()
    assert "mend or uninstall lab-package" in str(caught.value)


def test_what_others_bring_is_told_apart_by_its_content(lab: Install, tmp_path: Path) -> None:
    assert TESTS.of_others == ()
    lab("bids_vlint.tests: language_beats_vision", BEATS_VISION)
    (before,) = TESTS.of_others
    assert before.startswith("bids_vlint.tests language_beats_vision: lab-package 1.0 ")
    file = tmp_path / "site" / "lab_thing.py"
    file.write_text(file.read_text() + "\n# another version\n")
    assert TESTS.of_others != (before,)
