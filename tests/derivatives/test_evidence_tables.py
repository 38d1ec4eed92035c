"""The tables and files of the tests: what is written comes back, and a rerun writes the same."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from bids_vlint.derivatives import layout
from bids_vlint.derivatives.collection import read_fits
from bids_vlint.derivatives.encoding_file import read_encoding
from bids_vlint.derivatives.evidence_tables import read_published, read_tests, write_published, write_tests
from bids_vlint.derivatives.inference_file import read_inference
from bids_vlint.derivatives.meanings import all_tests
from bids_vlint.derivatives.sites_table import read_sites
from bids_vlint.derivatives.statistics_columns import TEST_COLUMNS, published_tests_of
from bids_vlint.derivatives.whole import faults_of, marks_of, sealed
from bids_vlint.errors import Exit, InputError
from bids_vlint.files.json_file import read_json, write_json
from bids_vlint.files.tables import read_tsv
from bids_vlint.fit import results, reuse
from bids_vlint.inference.description import DESCRIPTIONS
from bids_vlint.inference.published.rule import published_evidence, published_of_fit
from bids_vlint.log import remarks
from bids_vlint.networks.comparisons import Comparison, always_made
from bids_vlint.networks.model_set import declared_set
from bids_vlint.reports.pages.participant import participant_report
from bids_vlint.study.fits import FitName
from bids_vlint.study.stimulus import ALIGNMENTS
from bids_vlint.workflows.group import run_group
from tests.reports import fabricate

TESTS = always_made()

NAME = FitName("01", "film")
COMPARISONS = [Comparison("clip_beats_simclr", ("clip",), ("simclr",))]


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evidence") / "out"
    fabricate.participant(folder, "01", 1, published=True, repeated=True)
    fabricate.participant(folder, "02", 2, n=6, alignments=("language",), bare=True, n_shifts=0)
    return folder


def files_of(out: Path, subject: str) -> dict[str, bytes]:
    return {f.name: f.read_bytes() for f in (out / f"sub-{subject}").rglob("*.*")}


def test_the_long_table_has_a_row_per_electrode_alignment_and_test(out: Path) -> None:
    tests = read_tests(out, NAME)
    names = [*TESTS, "clip_beats_simclr"]
    assert all_tests(["clip_beats_simclr"]) == names
    assert len(tests) == 18 * 2 * len(names) == len(tests[["name", "alignment", "test"]].drop_duplicates())
    assert list(tests.columns) == [c.name for c in TEST_COLUMNS]
    assert {type(v) for v in tests["significant"]} == {bool}
    assert set(tests["method"]) == {"circular shifts"}
    assert set(read_tests(out, FitName("02", "film"))["method"]) == {"corrected t"}
    sidecar = json.loads(layout.sidecar(layout.statistics_tsv(out, NAME)).read_text())
    assert all(sidecar[c.name]["Description"] for c in TEST_COLUMNS)
    assert "circular shifts" in sidecar["method"]["Levels"]


def test_sites_say_what_the_long_table_says(out: Path) -> None:
    tests, (sites, _) = read_tests(out, NAME), read_sites(out, NAME)
    by = tests.set_index(["name", "alignment", "test"])
    for alignment in ALIGNMENTS:
        for test in TESTS:
            own = by.xs((alignment, test), level=("alignment", "test")).loc[sites["name"]]
            assert list(sites[f"{alignment}_{test}"]) == list(own["significant"])
            for value in ("diff", "low", "high", "p", "q", "q_by"):
                np.testing.assert_array_equal(sites[f"{alignment}_{test}_{value}"], own[value])
    needed = ("trained_beats_random", "multimodal_beats_linear", "beats_low_level")
    largest = sites[[f"vision_{t}_p" for t in needed]].max(axis=1)
    np.testing.assert_array_equal(sites["vision_integration_p"], largest)
    assert list(sites["vision_integration"]) == list(sites["vision_integration_q"] <= 0.05)
    rest = sites["vision_multimodal_beats_unimodal"] & ~sites["vision_integration"]
    assert list(sites["vision_trained_with_language"]) == list(rest)


def test_the_published_table_comes_back_and_has_the_channels_first(out: Path) -> None:
    raw = read_tsv(layout.published_tsv(out, NAME))
    assert list(raw.columns[:5]) == ["name", "type", "units", "low_cutoff", "high_cutoff"]
    sidecar = json.loads(layout.sidecar(layout.published_tsv(out, NAME)).read_text())
    assert [c for c in raw if not sidecar[c]["Description"]] == []
    assert "Reconstructed" in sidecar
    assert "reconstructed" in sidecar["published_language_multimodal_beats_linear_p"]["Description"]
    table = read_published(out, NAME)
    assert table is not None
    assert "clip_beats_random" in published_tests_of(table.columns)
    assert "multimodal_beats_linear" in published_tests_of(table.columns)
    assert {type(v) for v in table["published_multimodal_beats_unimodal_either"]} <= {bool, type(None)}
    assert read_published(out, FitName("02", "film")) is None


def test_inference_comes_back(out: Path) -> None:
    scores = fabricate.scores(1, 18)
    wanted = fabricate.outcome(scores, 1, ("clip_beats_simclr",), published=True, repeated=True)
    again = read_inference(out, NAME, "language")
    root = again.pop("/")
    assert wanted.evidence is not None
    assert wanted.described is not None
    assert list(root["test"].to_numpy()) == list(wanted.evidence.null)
    for test, t in wanted.evidence.null.items():
        np.testing.assert_allclose(root["null_t"].sel(test=test), t, rtol=1e-6)
    assert root["null_t"].shape == (len(wanted.evidence.null), 18, fabricate.N_SHIFTS)
    assert list(root["electrode"].to_numpy()) == list(scores.channels)
    assert root["network"].to_series().to_dict() == dict(wanted.described.networks)
    np.testing.assert_allclose(root["bin"], np.arange(0.1, 2, 0.2))
    assert set(again) == set(wanted.described.found) == set(DESCRIPTIONS.names)
    for name, made in wanted.described.found.items():
        xr.testing.assert_allclose(again[name].drop_attrs(), made.drop_attrs())
        for variable in DESCRIPTIONS.named(name).variables:
            assert again[name][variable.name].dims == variable.dims
            assert again[name][variable.name].attrs["long_name"] == variable.meaning


def test_what_was_not_made_is_absent(out: Path, tmp_path: Path) -> None:
    bare = read_inference(out, FitName("02", "film"), "language")
    assert list(bare) == ["/"]
    assert bare["/"]["null_t"].sel(test="beats_low_level").shape == (6, 0)
    with pytest.raises(InputError) as caught:
        read_inference(out, FitName("02", "film"), "vision")
    assert caught.value.code == Exit.NO_INPUT
    copy = shutil.copytree(out, tmp_path / "out")
    layout.inference_h5(copy, NAME, "vision").write_bytes(b"no HDF5")
    with pytest.raises(InputError, match="vision_inference") as caught:
        read_inference(copy, NAME, "vision")
    assert caught.value.code == Exit.DATA


def test_what_no_installed_description_knows_is_left_out_and_said(out: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(out, tmp_path / "out")
    with h5py.File(layout.inference_h5(copy, NAME, "vision"), "a") as file:
        file.copy("course", "echo")
    with remarks() as said:
        assert set(read_inference(copy, NAME, "vision")) == {"/", *DESCRIPTIONS.names}
    assert [s for s in said if "vision_inference.h5 holds echo, a description that is not installed" in s]


def test_kept_fits_are_written_again_letter_by_letter(out: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(out, tmp_path / "out")
    for subject in ("01", "02"):
        before = files_of(copy, subject)
        results.write_fits(copy, reuse.earlier_fits(copy, subject), [c.name for c in COMPARISONS])
        assert files_of(copy, subject) == before


def test_another_fit_changes_q_and_nothing_else(out: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(out, tmp_path / "out")
    fits = reuse.earlier_fits(copy, "01")
    other = FitName("01", "film", "b")
    (copy / other.folder).mkdir(parents=True)
    results.write_fits(copy, {**fits, other: fits[NAME]}, [c.name for c in COMPARISONS])
    before, after = read_tests(out, NAME), read_tests(copy, NAME)
    changed = [c for c in before if not before[c].equals(after[c])]
    assert set(changed) <= {"q", "q_by", "significant", "gate"}
    assert "q_by" in changed
    assert read_tests(copy, other).equals(after)


def test_files_of_a_fit_that_goes(out: Path) -> None:
    gone = reuse.files_that_go(out, [NAME])
    assert {f.name: f.read_bytes() for f in gone} == files_of(out, "01")


@pytest.mark.parametrize("lost", ["inference_h5", "encoding_h5", "events_tsv", "statistics_tsv", "published_tsv"])
def test_a_fit_that_lacks_a_file_is_not_whole(out: Path, tmp_path: Path, lost: str) -> None:
    copy = shutil.copytree(out, tmp_path / "out")
    request = reuse.Request(copy, {}, ("calibrated", "published"))
    fit = reuse.earlier_fits(copy, "01")[NAME]
    assert reuse.reusable(fit, NAME, None, request)
    where = (copy, NAME) if lost in ("statistics_tsv", "published_tsv") else (copy, NAME, "vision")
    file = getattr(layout, lost)(*where)
    file.unlink()
    assert faults_of(copy, NAME) == {file: "is not there"}
    assert NAME not in reuse.earlier_fits(copy, "01"), "it counts as absent"
    with pytest.raises(InputError, match="is not there") as caught:
        read_fits(copy, "01")
    assert (Path(caught.value.where), caught.value.code) == (file, Exit.NO_INPUT)


def test_a_fit_that_lacks_what_is_asked_for_is_made_again(out: Path) -> None:
    fit = reuse.earlier_fits(out, "02")[FitName("02", "film")]
    for tests, responses, stays in ((("calibrated",), False, True), (("calibrated", "published"), False, False),
                                    (("calibrated",), True, False)):  # fmt: skip
        request = reuse.Request(out, {}, tests, responses)
        assert reuse.reusable(fit, FitName("02", "film"), None, request) is stays


def test_another_smallest_effect_is_tested_anew_without_overwriting(out: Path) -> None:
    fit, name = reuse.earlier_fits(out, "01")[NAME], NAME
    for again, other in ((frozenset({"smallest_effect"}), 0.02), (frozenset(), 0.0)):
        request = reuse.Request(out, {"smallest_effect": other}, again=again)
        if again:
            assert not reuse.reusable(fit, name, fit.record.inputs, request)
        else:
            with pytest.raises(InputError, match="smallest_effect"):
                reuse.reusable(fit, name, fit.record.inputs, request)


def spoiled(content: bytes, how: str) -> bytes:
    lines = content.splitlines(keepends=True)
    return {"cut": b"".join(lines[:-1]), "doubled": content + b"".join(lines[1:]), "emptied": b"",
            "changed": content[:-3] + b"7" + content[-2:]}[how]  # fmt: skip


@pytest.mark.parametrize("how", ["cut", "doubled", "emptied", "changed"])
def test_a_spoiled_file_is_named_and_never_counted(out: Path, tmp_path: Path, how: str) -> None:
    """Every file of a fit, one after the other: at the group level and in reports it is named, here it is absent."""
    copy = shutil.copytree(out, tmp_path / "out")
    for file in layout.fit_files(copy, NAME):
        kept = file.read_bytes()
        file.write_bytes(spoiled(kept, how))
        with pytest.raises(InputError, match=file.name) as caught:
            read_fits(copy, "01")
        assert caught.value.code == Exit.DATA
        assert list(faults_of(copy, NAME)) == [file]
        assert NAME not in reuse.earlier_fits(copy, "01")
        file.write_bytes(kept)
    assert not faults_of(copy, NAME)


def test_a_fit_under_two_names_is_not_counted_twice(out: Path, tmp_path: Path) -> None:
    copy, other = shutil.copytree(out, tmp_path / "out"), FitName("01", "show")
    for file in layout.fit_files(copy, NAME):
        shutil.copyfile(file, file.with_name(file.name.replace(NAME.stem, other.stem)))
    sidecar = layout.sidecar(layout.sites_tsv(copy, other))
    assert faults_of(copy, other) == {sidecar: "is of another fit"}
    assert other not in reuse.earlier_fits(copy, "01")
    content = json.loads(sidecar.read_text().replace(NAME.stem, other.stem))
    content["Fit"]["recordings"] = read_json(layout.sidecar(layout.sites_tsv(copy, NAME)))["Fit"]["recordings"]
    content["Fit"]["files"] = marks_of(f for f in layout.fit_files(copy, other) if f != sidecar)
    content.pop("Digest")
    write_json(sidecar, sealed(content))
    assert not faults_of(copy, other)
    with pytest.raises(InputError, match=f"has a recording that {NAME.stem} has, too"):
        read_fits(copy)


def test_rows_are_counted_in_words(out: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(out, tmp_path / "out")
    file = layout.sites_tsv(copy, NAME)
    file.write_bytes(spoiled(file.read_bytes(), "cut"))
    assert faults_of(copy, NAME) == {file: "has 17 rows, and 18 were written"}


def test_a_fit_without_its_sites_is_named(out: Path, tmp_path: Path) -> None:
    """It is not passed over in silence because its table cannot be found."""
    for lost in (layout.sites_tsv, lambda *fit: layout.sidecar(layout.sites_tsv(*fit))):
        copy = shutil.copytree(out, tmp_path / f"{lost.__name__}")
        lost(copy, NAME).unlink()
        with pytest.raises(InputError, match=lost(copy, NAME).name):
            read_fits(copy)


def test_versions_without_marks_are_read(out: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(out, tmp_path / "out")
    fabricate.without_marks(copy, NAME)
    assert read_fits(copy, "01")[0].sites.equals(read_fits(out, "01")[0].sites)
    results.write_fits(copy, reuse.earlier_fits(copy, "01"), [c.name for c in COMPARISONS])
    assert files_of(copy, "01") == files_of(out, "01"), "written again it has them"


def test_published_alone(tmp_path: Path) -> None:
    scores = fabricate.scores(1, 6)
    rule = published_evidence(fabricate.refitted_of(scores), fabricate.networks_of(1), [], np.random.default_rng(0), 50)
    names = [c.removesuffix("_diff") for c in rule if c.endswith("_diff")]
    channels = fabricate.channels(6, 1, planted=False, placed=False)
    published = published_of_fit({"language": rule}, list(channels.index), names)
    fit = results.Fit(channels, pd.DataFrame(), fabricate.record(1, ("language",)), published)
    results.write_fits(tmp_path, {NAME: fit}, [])
    assert len(read_tests(tmp_path, NAME)) == 0
    sites, _ = read_sites(tmp_path, NAME)
    assert sites["integration_either"].isna().all()
    table = read_published(tmp_path, NAME)
    assert table is not None
    assert table["published_multimodal_beats_unimodal_either"].sum() > 0
    assert table["published_vision_multimodal_beats_unimodal_p"].isna().all()


def test_nothing_half_written(out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = shutil.copytree(out, tmp_path / "out")
    before = files_of(copy, "01")
    monkeypatch.setattr("bids_vlint.files.atomic.os.replace", _no_space)
    tests, published = read_tests(copy, NAME), read_published(copy, NAME)
    assert published is not None
    with pytest.raises(InputError, match="No space"):
        write_tests(copy, NAME, tests.iloc[:3])
    with pytest.raises(InputError, match="No space"):
        write_published(copy, NAME, published.iloc[:3], pd.DataFrame(index=published.index))
    assert files_of(copy, "01") == before


def _no_space(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_no_comparison_takes_a_built_in_tests_name(tmp_path: Path) -> None:
    file = tmp_path / "set.toml"
    model = '[[model]]\nname = "a"\nmodality = "vision"\nsource = "precomputed"\npath = "{stimulus}_{alignment}.h5"\n'
    for test in TESTS:
        file.write_text(f'{model}[[comparison]]\nname = "{test}"\nmodel = "a"\nbaseline = "low_level"\n')
        with pytest.raises(InputError, match="always made"):
            declared_set(str(file))


@pytest.mark.parametrize("kind", ["encoding", "inference"])
def test_a_format_of_another_version_is_refused_by_name(out: Path, tmp_path: Path, kind: str) -> None:
    """By the library, both levels' reports and the group's tables; a file of before formats were named, too."""
    copy = shutil.copytree(out, tmp_path / "out")
    path = getattr(layout, f"{kind}_h5")(copy, NAME, "vision")
    read = {"encoding": read_encoding, "inference": read_inference}[kind]
    with h5py.File(path, "a") as file:
        file.attrs["bids_vlint_format"] = 7
    fabricate.without_marks(copy, NAME)  # another version's marks would fit its files
    said = f"vision_{kind}.h5: has version 7 of {kind}, and this version reads version 1 of {kind}"
    for use in (lambda: read(copy, NAME, "vision"), lambda: participant_report(copy, "01"), lambda: run_group(copy)):
        with pytest.raises(InputError, match=said) as caught:
            use()
        assert caught.value.code == Exit.DATA
    assert [f for f in copy.glob("*") if f.suffix == ".html"] == []
    with h5py.File(path, "w") as file:
        file.attrs["models"] = ["clip"]
    with pytest.raises(InputError, match="has no format of this program"):
        read(copy, NAME, "vision")
