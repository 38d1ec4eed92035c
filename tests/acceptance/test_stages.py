"""What was fitted is not fitted again: after a kill, with another level, inference or comparison, after damage."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from bids_vlint.derivatives import layout
from bids_vlint.study.fits import FitName
from tests.acceptance import datasets, running
from tests.acceptance.datasets import Study
from tests.plug_ins import Install

# the results that they begin with have their courses
whole = partial(running.run_inside, courses=True, anew=True)
QUICK = running.ANALYSED | {"skip_bids_validation": True}
NAME = FitName("01", "movie")
LONG = (
    "fitting.responses_of_fit",
    "spectra.spectra_of_fit",
    "fitting.encode",
    "fitting.encode_swapped",
    "fitting.refit",
)  # what takes hours in a real study


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Counts what is fitted."""
    counts: Counter[str] = Counter()

    def counting(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*words: Any, **named: Any) -> Any:
            counts[name] += 1
            return work(*words, **(named | {"n_bootstraps": 4} if name == "refit" else named))  # the rest takes long

        return counted

    for place in LONG:
        module, name = place.split(".")
        home = import_module(f"bids_vlint.fit.{module}")
        monkeypatch.setattr(home, name, counting(name, getattr(home, name)))
    return counts


@pytest.fixture
def made(analysed: tuple[Study, Path], tmp_path: Path) -> tuple[Study, Path]:
    """A copy of a study's results, with what is kept of its stages."""
    study, out = analysed
    for folder in (out, out.parent / f"{out.name}-work"):
        shutil.copytree(folder, tmp_path / folder.name)
    return study, tmp_path / out.name


def tables(out: Path) -> dict[str, bytes]:
    return {f.name: f.read_bytes() for f in layout.fit_files(out, NAME)}


def elsewhere(out: Path) -> dict[str, object]:
    return {"work_dir": out.parent / f"{out.name}-work"}


def test_killed_in_the_inference(
    made: tuple[Study, Path], fits: Counter[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing half-made is left; the second run reads responses and encoding, says so, and writes the same bytes."""
    study, out = made
    argv = study.argv(tmp_path / "again", **QUICK, **elsewhere(out))
    with monkeypatch.context() as patch:
        patch.setattr("bids_vlint.fit.analysis.describe", lambda *_: (_ for _ in ()).throw(MemoryError))
        assert whole(argv).code == 75
    assert [p.name for p in (tmp_path / "again").iterdir()] == ["logs"]
    said = running.succeed(whole(argv)).stderr
    assert "sub-01_task-movie: responses: reused" in said
    for stage in ("encoding", "swapped"):
        assert f"sub-01_task-movie/language: {stage}: reused" in said
    assert not fits
    assert tables(tmp_path / "again") == tables(out)


def test_another_level_and_atlas(made: tuple[Study, Path], fits: Counter[str], tmp_path: Path) -> None:
    study, out = made
    before = running.read_table(layout.sites_tsv(out, NAME))
    running.succeed(whole(study.argv(out, q=0.001, atlas="destrieux", **QUICK)))
    fresh = study.argv(tmp_path / "fresh", q=0.001, atlas="destrieux", **QUICK, **elsewhere(out))
    running.succeed(whole(fresh))
    assert tables(out) == tables(tmp_path / "fresh")
    assert not fits
    after = running.read_table(layout.sites_tsv(out, NAME))
    changed = [c for c in before if not before[c].equals(after[c])]
    assert changed
    assert not [c for c in changed if c.endswith(("_p", "_q", "_diff"))]
    sidecar = json.loads(layout.sidecar(layout.sites_tsv(out, NAME)).read_text())
    assert "q at most 0.001" in sidecar["language_beats_low_level"]["Description"]
    assert sidecar["Fit"]["settings"]["q"] == 0.001
    assert sidecar["Fit"]["settings"]["atlas"] == ["destrieux"]


def test_other_bins(made: tuple[Study, Path], fits: Counter[str], tmp_path: Path) -> None:
    """Nothing is fitted again, and results are those of a run that never saw other bins."""
    study, out = made
    before = running.read_table(layout.sites_tsv(out, NAME))
    running.succeed(whole(study.argv(out, bins="0:0.8", **QUICK)))
    assert not fits
    running.succeed(whole(study.argv(tmp_path / "fresh", bins="0:0.8", **QUICK)))
    assert fits == {"responses_of_fit": 1, "spectra_of_fit": 1, "encode": 2, "encode_swapped": 2}
    assert tables(out) == tables(tmp_path / "fresh")
    after = running.read_table(layout.sites_tsv(out, NAME))
    assert not before["language_beats_low_level_diff"].equals(after["language_beats_low_level_diff"])
    running.succeed(whole(study.argv(out, **QUICK)))
    assert running.read_table(layout.sites_tsv(out, NAME)).equals(before), "and back again"
    assert fits["encode"] == 2


def test_the_published_inference_is_added(made: tuple[Study, Path], fits: Counter[str], tmp_path: Path) -> None:
    study, out = made
    both = QUICK | {"inference": ["calibrated", "published"]}
    before = tables(out)
    running.succeed(whole(study.argv(out, **both)))
    assert fits == {"refit": 2}
    running.succeed(whole(study.argv(tmp_path / "fresh", **both, **elsewhere(out))))
    assert tables(out) == tables(tmp_path / "fresh")
    running.succeed(whole(study.argv(out, **QUICK)))
    assert tables(out) == before, "and taken away again"
    assert fits == {"refit": 2}


EAR_BEATS_EYE = """
from bids_vlint.networks.comparisons import ElectrodeTest

THING = ElectrodeTest("ear_beats_eye", lambda models: (models.trained("language"), models.trained("vision")),
                      "language beats vision", ("language", "vision"))
"""


def test_another_comparison_and_another_test(
    made: tuple[Study, Path], fits: Counter[str], lab: Install, tmp_path: Path
) -> None:
    study, out = made
    copy = datasets.copy_of(study, tmp_path / "copy")
    more = '\n[[comparison]]\nname = "fusion_beats_ear"\nmodel = ["fusion"]\nbaseline = ["ear"]\n'
    copy.models.write_text(copy.models.read_text() + more)
    lab("bids_vlint.tests: ear_beats_eye", EAR_BEATS_EYE)
    running.succeed(whole(copy.argv(out, **QUICK, **elsewhere(out))))
    assert not fits
    sites = running.read_table(layout.sites_tsv(out, NAME))
    assert "language_fusion_beats_ear" in sites
    assert set(sites["vision_ear_beats_eye"]) <= {"true", "false"}


def test_a_cut_table_is_made_again(made: tuple[Study, Path], fits: Counter[str]) -> None:
    study, out = made
    before = tables(out)
    statistics = layout.statistics_tsv(out, NAME)
    statistics.write_bytes(b"".join(before[statistics.name].splitlines(keepends=True)[:-3]))
    said = running.refused(whole(study.argv(out, "group")), 65, out / "nowhere", statistics.name)
    assert "were written" in said
    assert not list(out.glob("group_*.tsv"))
    said = running.succeed(whole(study.argv(out, **QUICK))).stderr
    assert f"{statistics.name}: has" in said
    assert tables(out) == before
    assert not fits


def test_a_damaged_stage_is_made_again(made: tuple[Study, Path], fits: Counter[str]) -> None:
    study, out = made
    before = tables(out)
    layout.sites_tsv(out, NAME).unlink()
    (kept,) = (out.parent / "out-work" / "stages" / NAME.stem).glob("encoding-vision-*.h5")
    kept.write_bytes(kept.read_bytes()[:-1000])
    running.succeed(whole(study.argv(out, **QUICK)))
    assert fits == {"encode": 1}
    assert tables(out) == before


def test_an_overwrite_that_fails_leaves_the_old_results(
    made: tuple[Study, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    study, out = made
    before = tables(out)
    monkeypatch.setattr("bids_vlint.fit.analysis.describe", lambda *_: (_ for _ in ()).throw(MemoryError))
    assert whole(study.argv(out, overwrite=True, inference="calibrated", **QUICK)).code == 75
    assert tables(out) == before
    assert not list(out.glob(".sub-*"))


@pytest.mark.parametrize("stage", ["events", "responses", "features", "encoding"])
def test_stop_after(made: tuple[Study, Path], fits: Counter[str], tmp_path: Path, stage: str) -> None:
    study, out = made
    before = tables(out)
    work = tmp_path / "work"
    options = elsewhere(out) if stage == "encoding" else {"work_dir": work}
    said = running.succeed(whole(study.argv(out, stop_after=stage, **QUICK, **options))).stderr
    assert "without --stop-after goes on from there" in said
    assert str(options["work_dir"]) in said
    assert tables(out) == before
    assert fits == ({} if stage in ("events", "encoding") else {"responses_of_fit": 1})
    folder = Path(str(options["work_dir"])) / "stages" / NAME.stem
    assert layout.events_tsv(folder, NAME, "language").read_bytes() == before[f"{NAME.stem}_desc-language_events.tsv"]
    if stage == "encoding":
        assert "sub-01_task-movie/vision: encoding: reused" in said
