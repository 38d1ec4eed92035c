"""The demo's data set: its film, its signals, its files."""

import json
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pandas as pd
import pytest

from bids_vlint.cli import demo
from bids_vlint.demo.dataset import IMPLANTED, contacts, planted, write_dataset
from bids_vlint.demo.draw import draw
from bids_vlint.demo.movie import FPS, Film, compose
from bids_vlint.demo.signals import KINDS, SFREQ, agree, follow, site, steps
from bids_vlint.demo.world import Scene, agreement, stream
from bids_vlint.errors import InputError
from bids_vlint.files.tables import MISSING
from bids_vlint.film.video import frames_at

SHORT_S = 40.0


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Film]:
    """A short data set."""
    root = tmp_path_factory.mktemp("demo") / "bids"
    return root, write_dataset(root, 0, SHORT_S)


def scene_at(film: Film, time: float) -> Scene:
    """The scene in sight at a time (seconds)."""
    return next(shot.scene for shot in reversed(film.shots) if shot.onset <= time)


def _files(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


def test_script_has_enough_words_and_cuts_in_order() -> None:
    film = compose(0)
    onsets = [word.onset for word in film.words]
    assert 900 < len(onsets) < 1500
    assert len(film.shots) > 120
    assert onsets == sorted(onsets)
    assert np.diff([shot.onset for shot in film.shots]).min() > 0
    assert film.words[-1].onset + film.words[-1].duration < film.duration
    balance = [agreement(word.so_far, scene_at(film, word.onset)) for word in film.words]
    assert abs(np.mean(balance)) < 0.1


def test_film_shows_each_shot_from_its_first_frame(dataset: tuple[Path, Film]) -> None:
    root, film = dataset
    with av.open(str(root / "stimuli" / "demo.mp4")) as container:
        frames = {round(frame.time * FPS): frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)}
    assert len(frames) == SHORT_S * FPS
    for shot in film.shots:
        if shot.onset >= film.duration:
            continue
        shown = frames[round(shot.onset * FPS)].astype(float)
        assert np.abs(shown - draw(shot.scene, 0.0)).mean() < 8
        if shot.onset:
            before = frames[round(shot.onset * FPS) - 1].astype(float)
            assert np.abs(before - draw(shot.scene, 0.0)).mean() > 12


def test_held_poses_decode_to_few_distinct_pictures(dataset: tuple[Path, Film]) -> None:
    root, film = dataset
    onsets = np.array([word.onset for word in film.words])
    pictures = [picture.tobytes() for _, picture in frames_at(root / "stimuli" / "demo.mp4", onsets)]
    assert len(film.shots) / 2 < len(set(pictures)) < len(onsets) / 2


def test_same_seed_same_bytes_and_another_seed_others(dataset: tuple[Path, Film], tmp_path: Path) -> None:
    root, _ = dataset
    write_dataset(tmp_path / "again", 0, SHORT_S)
    assert _files(tmp_path / "again") == _files(root)
    write_dataset(tmp_path / "other", 1, SHORT_S)
    other, first = _files(tmp_path / "other"), _files(root)
    for ending in (".mp4", "_ieeg.eeg", "_events.tsv"):
        assert all(other[name] != first[name] for name in first if name.endswith(ending))


def test_validator_has_no_error(dataset: tuple[Path, Film]) -> None:
    validator = Path(sys.executable).with_name("bids-validator-deno")
    done = subprocess.run([validator, "--json", dataset[0]], capture_output=True, text=True, check=False)
    issues = json.loads(done.stdout)["issues"]["issues"]
    assert [issue for issue in issues if issue["severity"] == "error"] == []


def test_events_follow_the_convention(dataset: tuple[Path, Film]) -> None:
    root, film = dataset
    for participant, (start, _) in IMPLANTED.items():
        table = pd.read_csv(root / f"sub-{participant}/ieeg/sub-{participant}_task-film_events.tsv", sep="\t")
        shown = table[table["stim_file"].notna()]
        assert list(shown["stim_file"]) == ["demo.mp4"]
        assert list(shown["onset"]) == [start]
        words = table[table["trial_type"] == "word"]
        assert list(words["word"]) == [word.word for word in film.words]
        np.testing.assert_allclose(words["onset"] - start, [word.onset for word in film.words], atol=1e-3)
        cuts = table.loc[table["trial_type"] == "scene_cut", "onset"].to_numpy() - start
        true = np.array([shot.onset for shot in film.shots[1:]])
        assert ((true - cuts > -1e-6) & (true - cuts < 2e-3)).all()  # never after the new scene's first frame


def test_every_kind_is_planted_in_both_participants() -> None:
    table = planted(0)
    for _, part in table.groupby("participant_id"):
        assert set(part["planted"]) == set(KINDS)
    sides = {label: np.sign(contacts(label, 0)["x"]) for label in IMPLANTED}
    assert (sides["01"] == -1).all()
    assert (sides["02"] == 1).all()


def test_a_site_follows_its_variable_after_it_and_never_before() -> None:
    film, n = compose(0, 60.0), int(80 * SFREQ)
    course, rng = steps(film), stream(0, "kernel")
    response = follow(course, agree(course), 5.0, n, rng)
    changed = agree(course) != 0
    first = course[int(np.argmax(changed))].onset + 5.0
    before = response[: int((first + 0.09) * SFREQ)]
    assert np.ptp(before) < 1e-9
    assert np.ptp(response[int((first + 0.1) * SFREQ) : int((first + 0.8) * SFREQ)]) > 0.1


def test_no_kind_reads_as_missing() -> None:
    assert not set(KINDS) & MISSING


def test_noise_site_is_the_same_without_a_response() -> None:
    film, n = compose(0, 60.0), int(70 * SFREQ)
    silence, integration = (site(kind, film, 5.0, n, 0, "x") for kind in ("noise", "integration"))
    assert np.abs(silence).max() < 1e-3  # volts
    assert not np.allclose(silence, integration)
    silent = site("integration", film, 5.0, n, 0, "x", snr=0.0)
    louder = site("integration", film, 5.0, n, 0, "x", snr=1.4) - silent
    np.testing.assert_allclose(louder, 2 * (integration - silent), atol=1e-12)


def test_command_line_writes_the_data_alone(tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch) -> None:
    monkeypatch.setattr("bids_vlint.demo.dataset.write_dataset.__defaults__", (0, SHORT_S))
    assert demo.run_demo([str(tmp_path / "out"), "--data-only", "--seed", "3"]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "out" / "bids")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["bids", "planted.tsv"]
    assert set(pd.read_csv(tmp_path / "out" / "planted.tsv", sep="\t", keep_default_na=False)["planted"]) == set(KINDS)


@pytest.mark.parametrize("words", [["--seed", "x", "out"], ["--nprocs", "0", "out"], [], ["out", "--wrong"]])
def test_wrong_usage_is_one_sentence(words: list[str]) -> None:
    with pytest.raises(InputError) as error:
        demo.run_demo(words)
    assert error.value.code == 64


def test_a_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError) as error:
        demo.run_demo([str(tmp_path / "file"), "--data-only"])
    assert error.value.code == 73


def test_another_data_set_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "bids").mkdir()
    (tmp_path / "bids" / "dataset_description.json").write_text('{"Name": "mine", "BIDSVersion": "1.10.0"}')
    with pytest.raises(InputError, match="not the demo's") as error:
        demo.run_demo([str(tmp_path), "--data-only"])
    assert error.value.code == 73
    assert [p.name for p in (tmp_path / "bids").iterdir()] == ["dataset_description.json"]
