"""How the program learns what was shown and when: conventions of events.tsv, and stimuli files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.acceptance import bids, datasets, films, models, running, signals
from tests.acceptance.datasets import Study
from tests.acceptance.films import Film, make_film
from tests.acceptance.signals import Showing

QUICK: dict[str, object] = {"skip_bids_validation": True, "n_bootstraps": 30, "n_shifts": 0}
CALIBRATED = {"inference": "calibrated"}  # as by default, where a test reads tests; the published rule is faster
FILM = make_film("the_film", 180.0, cut_every_s=4.0)
SECOND = make_film("second", 120.0, cut_every_s=4.0)
KINDS = signals.kinds_of({"interaction": 1, "null": 1})
EDGE = 2.1  # s that a window reaches to both sides


def make(
    root: Path,
    showings: Sequence[Showing],
    files: Sequence[str],
    networks: dict[str, str] = models.ONE,
    **options: object,
) -> Study:
    bids.start_dataset(root, ["01"])
    datasets.write_run(root, "01", KINDS, showings, files, **options)  # type: ignore[arg-type]
    shown = {s.film.name: s.film for s in showings}
    return Study(root, datasets.write_models(root, list(shown.values()), networks), tuple(shown.values()))


def run(study: Study, *, reports: bool = False, **options: object) -> Path:
    out = study.root.parent / "out"
    before = datasets.checksums(study.root)
    chosen = QUICK | {"inference": "published"} | options
    running.succeed(running.run_inside(study.argv(out, **chosen), reports=reports))
    assert datasets.checksums(study.root) == before
    return out


def used(out: Path, alignment: str) -> pd.DataFrame:
    table = running.read_table(next(out.rglob(f"*_desc-{alignment}_events.tsv")))
    return table.assign(onset=table["onset"].astype(float))


def clear_of(times: np.ndarray, edges: Sequence[float], margin: float) -> np.ndarray:
    """Those of the times that are farther than the margin from every edge."""
    return times[np.abs(times[:, None] - np.asarray(edges)[None]).min(1) > margin]


def check_onsets(out: Path, expected: dict[str, np.ndarray], tolerance: float = 2e-3) -> None:
    """The used events are these, in recording time."""
    for alignment, onset in expected.items():
        found = used(out, alignment)["onset"].to_numpy()
        assert len(found) == len(onset), f"{alignment}: {len(found)} events instead of {len(onset)}"
        np.testing.assert_allclose(np.sort(found), np.sort(onset), atol=tolerance)


def onsets(film: Film) -> dict[str, np.ndarray]:
    return {"language": film.words["onset"].to_numpy(float), "vision": film.cuts}


def test_paused_film(tmp_path: Path) -> None:
    """Two rows for one file: the second starts at 80.5 s in the film, after a pause of 20 s."""
    showings = [Showing(FILM, at=5.0, stop=80.5), Showing(FILM, at=105.5, start=80.5)]
    out = run(make(tmp_path / "bids", showings, ["the_film.mp4"] * 2), reports=True)
    for alignment, movie in onsets(FILM).items():
        found = used(out, alignment)["onset"].to_numpy()
        shown = np.concatenate([s.onsets(movie) for s in showings])
        must = clear_of(shown, [85.5, 105.5], EDGE + 0.02)
        assert all(np.abs(found - t).min() < 2e-3 for t in must)
        assert len(clear_of(found, [85.5, 105.5], EDGE - 0.02)) == len(found), "a window crosses the pause"
        assert len(found) <= len(must) + 1
    assert "pause" in (out / "sub-01.html").read_text(encoding="utf-8").lower()


def test_two_films_in_a_run(tmp_path: Path) -> None:
    """One film in a subfolder, one with dots in its name."""
    dotted = Film(**(SECOND.__dict__ | {"name": "a._b"}))
    showings = [Showing(FILM, at=5.0), Showing(dotted, at=195.0)]
    files = ["clips/day1/the_film.mp4", "a._b.mp4"]
    study = make(tmp_path / "bids", showings, files)
    for film, file in ((FILM, files[0]), (dotted, files[1])):
        films.write_video(study.root / "stimuli" / file, film)
    out = run(study)
    table = used(out, "language")
    assert {s.removesuffix(".mp4").split("/")[-1] for s in table["stimulus"]} == {"the_film", "a._b"}
    expected = np.concatenate([FILM.words["onset"] + 5.0, dotted.words["onset"] + 195.0])
    found = table["onset"].to_numpy()
    must = clear_of(expected, [5.0, 185.0, 195.0, 315.0], EDGE + 0.02)
    assert all(np.abs(found - t).min() < 2e-3 for t in must)
    assert len(found) <= len(expected)


def test_the_film_is_not_needed_with_precomputed_features(tmp_path: Path) -> None:
    """No film and no cuts: the onsets of the vision features are the events."""
    out = run(make(tmp_path / "bids", [Showing(FILM, at=5.0)], ["the_film.mp4"], cuts=False))
    check_onsets(out, {a: t + 5.0 for a, t in onsets(FILM).items()})


@pytest.mark.parametrize("fps, suffix", [(5, ".mp4"), pytest.param(25, ".avi", marks=pytest.mark.full), (10, ".mkv")])
def test_cuts_are_detected(tmp_path: Path, fps: int, suffix: str) -> None:
    film = make_film("the_film", 180.0, fps=fps, cut_every_s=4.0)
    study = make(tmp_path / "bids", [Showing(film, at=5.0)], [f"the_film{suffix}"], cuts=False)
    films.write_video(study.root / "stimuli" / f"the_film{suffix}", film, fps=fps)
    check_onsets(run(study), {"vision": film.cuts + 5.0, "language": film.words["onset"].to_numpy() + 5.0})


def test_too_few_events_leave_an_alignment_out(tmp_path: Path) -> None:
    study = make(tmp_path / "bids", [Showing(FILM, at=5.0)], ["the_film.mp4"], models.SMALL | models.PARTS)
    events = next(study.root.rglob("*_events.tsv"))
    cuts = pd.read_csv(events, sep="\t").query("trial_type == 'scene_cut'").index[19:]
    bids.edit_table(events, lambda t: t.drop(index=cuts))
    out = run(study, reports=True, **CALIBRATED)
    table = running.sites(out, "01")
    for name in running.TESTS:
        for part in ("", "_diff", "_p", "_q"):
            assert set(table[f"vision_{name}{part}"]) == {"n/a"}
            assert "n/a" not in set(table[f"language_{name}{part}"])
        assert set(table[f"{name}_both"]) <= {"n/a", "false"}
    assert set(table["vision_best_multimodal"]) == {"n/a"}
    assert not list(out.rglob("*desc-vision_encoding.h5"))
    assert "19" in (out / "sub-01.html").read_text(encoding="utf-8")
    assert running.validator_errors(out) == []
    running.succeed(running.run_inside(study.argv(out, "group"), reports=True))


def test_events_that_cannot_be_cut_into_folds_leave_an_alignment_out(tmp_path: Path) -> None:
    """Titles or a fight: all cuts within half a minute, none far enough from the others to train on."""
    study = make(tmp_path / "bids", [Showing(FILM, at=5.0)], ["the_film.mp4"], models.SMALL)

    def crowd(table: pd.DataFrame) -> pd.DataFrame:
        cut = table["trial_type"] == "scene_cut"
        onset = table["onset"].where(~cut, (60 + 0.9 * cut.cumsum()).round(3).astype(str))
        return table.assign(onset=onset)[~cut | (cut.cumsum() <= 24)]

    bids.edit_table(next(study.root.rglob("*_events.tsv")), crowd)
    out = run(study, reports=True, **CALIBRATED)
    report = (out / "sub-01.html").read_text(encoding="utf-8")
    assert "The vision alignment is left out: its 24 events are too few or too close together" in report
    table = running.sites(out, "01")
    assert set(table["vision_multimodal_beats_unimodal"]) == {"n/a"}
    assert "n/a" not in set(table["language_multimodal_beats_unimodal"])


@pytest.mark.parametrize("alignment", ["language", "vision"])
def test_one_alignment(tmp_path: Path, alignment: str) -> None:
    study = make(tmp_path / "bids", [Showing(FILM, at=5.0)], ["the_film.mp4"], models.SMALL | models.PARTS)
    out = run(study, alignment=alignment, **CALIBRATED)
    other = "vision" if alignment == "language" else "language"
    table = running.sites(out, "01")
    assert set(table[f"{other}_multimodal_beats_linear"]) == {"n/a"}
    assert "n/a" not in set(table[f"{alignment}_multimodal_beats_linear"])
    assert running.validator_errors(out) == []


def test_words_without_sentences(tmp_path: Path) -> None:
    """Sentences end at an end mark or a gap of 1 s; the used text of a word ends with that word."""
    study = make(tmp_path / "bids", [Showing(FILM, at=5.0)], ["the_film.mp4"])
    bids.edit_table(next(study.root.rglob("*_events.tsv")), lambda t: t.drop(columns="sentence"))
    check_onsets(run(study), {a: t + 5.0 for a, t in onsets(FILM).items()})


def test_modality_without_networks(tmp_path: Path) -> None:
    """Unimodal networks only, one of them without a twin: a test that lacks a side is n/a."""
    study = make(tmp_path / "bids", [Showing(FILM, at=5.0)], ["the_film.mp4"], models.SMALL)
    blocks = models.model_set_text({"eye": "vision", "ear": "language"}, comparison=False).split("\n\n")
    study.models.write_text("\n\n".join(b for b in blocks if not ('"ear"' in b and "trained" in b)))
    out = run(study, reports=True, **CALIBRATED)
    table = running.sites(out, "01")
    for name in ("multimodal_beats_unimodal", "multimodal_beats_linear"):
        for column in (f"language_{name}", f"vision_{name}_p", f"{name}_either", f"{name}_both"):
            assert set(table[column]) == {"n/a"}
    assert set(table["integration_either"]) == set(table["vision_integration"]) == {"n/a"}
    report = " ".join((out / "sub-01.html").read_text(encoding="utf-8").split())
    assert "</a> was not tested: no network of the set is shown picture and text together." in report
    assert set(table["language_best_multimodal"]) == {"n/a"}
    assert "n/a" not in set(table["language_trained_beats_random"])
    assert running.validator_errors(out) == []
    running.succeed(running.run_inside(study.argv(out, "group"), reports=True))


# -- stimuli files ----------------------------------------------------------------------------------------------------


def stimulus(
    *lines: str, words: str = "tables/the_film_words.tsv", cuts: str | None = "tables/the_film_cuts.tsv"
) -> str:
    """A `[[stimulus]]` with these lines, words (columns start, end, text) and cuts (column time)."""
    table = ["[[stimulus]]", *lines, "[stimulus.words]", f'file = "{words}"', 'text = "text"', 'onset = "start"']
    table += ['offset = "end"']
    return "\n".join(table + ([] if cuts is None else ["[stimulus.scene_cuts]", f'file = "{cuts}"', 'onset = "time"']))


def with_file(root: Path, text: str, showings: Sequence[Showing], **options: object) -> Study:
    """A data set whose events.tsv knows nothing of the film, and its stimuli file."""
    study = make(root, showings, ["x.mp4"] * len(showings), words=False, cuts=False, **options)
    for events in root.rglob("*_events.tsv"):
        bids.edit_table(
            events,
            lambda t: t.assign(trial_type=["music"] * len(t), value="2")[["onset", "duration", "trial_type", "value"]],
        )
    for film in study.films:
        bids.film_tables(root / "tables", film)
    path = root.parent / "stimuli.toml"
    path.write_text(text, encoding="utf-8")
    return Study(study.root, study.models, study.films, stimuli=path)


VIDEO = 'video = "stimuli/the_film.mp4"'


@pytest.mark.parametrize(
    "start",
    ['start = { trial_type = "music" }', 'start = { trial_type = "music", value = 2 }', "start_time = 6.25"],
)
def test_start(tmp_path: Path, start: str) -> None:
    study = with_file(tmp_path / "bids", stimulus(VIDEO, 'tasks = ["movie"]', start), [Showing(FILM, at=6.25)])
    check_onsets(run(study), {a: t + 6.25 for a, t in onsets(FILM).items()})


def test_no_events_file(tmp_path: Path) -> None:
    study = with_file(tmp_path / "bids", stimulus(VIDEO, "start_time = 4.5"), [Showing(FILM, at=4.5)])
    next(study.root.rglob("*_events.tsv")).unlink()
    check_onsets(run(study), {a: t + 4.5 for a, t in onsets(FILM).items()})


@pytest.mark.parametrize("separator", ["\t", ","])
def test_tables_with_a_mark_and_an_unnamed_column(tmp_path: Path, separator: str) -> None:
    """CSV or TSV with a byte-order mark, an index without a name, sentences, absolute paths."""
    folder = bids.film_tables(tmp_path / "elsewhere", FILM, separator=separator, bom=True, index=True)
    suffix = ".tsv" if separator == "\t" else ".csv"
    text = stimulus(
        VIDEO, "start_time = 5", words=f"{folder}/the_film_words{suffix}", cuts=f"{folder}/the_film_cuts{suffix}"
    )
    text += f'\n[stimulus.sentences]\nfile = "{folder}/the_film_sentences{suffix}"\ntext = "text"\nonset = "start"\n'
    text += 'offset = "end"\n'
    study = with_file(tmp_path / "bids", text, [Showing(FILM, at=5.0)])
    check_onsets(run(study), {a: t + 5.0 for a, t in onsets(FILM).items()})


def test_durations_and_sentence_ids(tmp_path: Path) -> None:
    text = stimulus(VIDEO, "start_time = 5").replace('offset = "end"', 'duration = "length"\nsentence = "sentence"')
    study = with_file(tmp_path / "bids", text, [Showing(FILM, at=5.0)])
    bids.edit_table(
        study.root / "tables" / "the_film_words.tsv",
        lambda t: t.assign(length=(t["end"].astype(float) - t["start"].astype(float)).round(4)).drop(columns="end"),
    )
    check_onsets(run(study), {a: t + 5.0 for a, t in onsets(FILM).items()})


def test_each_run_its_own_film(tmp_path: Path) -> None:
    """Selectors: participants, sessions, runs and acquisitions, with and without prefixes; all must match."""
    root = bids.start_dataset(tmp_path / "bids", ["01", "02"])
    places = [("01", "a", "1", FILM), ("01", "a", "2", SECOND), ("02", "b", "1", SECOND)]
    for subject, session, index, film in places:
        datasets.write_run(
            root, subject, KINDS, [Showing(film, at=3.0)], ["x.mp4"], session=session, run=index, events=False
        )
    for film in (FILM, SECOND):
        bids.film_tables(root / "tables", film)
    second = {"words": "tables/second_words.tsv", "cuts": "tables/second_cuts.tsv"}
    text = "\n".join(
        [
            stimulus(VIDEO, 'participants = ["01"]', 'runs = ["01"]', "start_time = 3.0"),
            stimulus('video = "second.mp4"', 'participants = ["sub-01"]', "runs = [2]", "start_time = 3.0", **second),
            stimulus('video = "second.mp4"', 'participants = ["02"]', 'sessions = ["b"]', "start_time = 3.0", **second),
        ]
    )
    path = tmp_path / "stimuli.toml"
    path.write_text(text)
    study = Study(root, datasets.write_models(root, [FILM, SECOND], models.ONE), (FILM, SECOND), stimuli=path)
    out = run(study, fit="run")
    for subject, session, index, film in places:
        stem = f"sub-{subject}_ses-{session}_task-movie_run-{index}"
        table = running.read_table(next(out.rglob(f"{stem}_desc-language_events.tsv")))
        np.testing.assert_allclose(table["onset"].astype(float), film.words["onset"] + 3.0, atol=2e-3)


@pytest.mark.parametrize("drift", [1.0, 1.002])
def test_sync(tmp_path: Path, drift: float) -> None:
    """Pairs of times, piecewise linear; here the recording's clock runs fast, and the film was paused."""
    text = stimulus(VIDEO) + '\n[stimulus.sync]\nfile = "tables/sync.csv"\nmovie = "film_s"\nrecording = "rec_s"\n'
    showings = [Showing(FILM, at=5.0, stop=90.0), Showing(FILM, at=5.0 + 90.0 + 12.0, start=90.0)]
    study = with_file(tmp_path / "bids", text, showings, seconds=205.0)
    film_s = np.array([0.0, 45.0, 90.0, 90.0, 135.0, 180.0])
    rec_s = 5.0 + film_s * drift + np.array([0, 0, 0, 12, 12, 12])
    pd.DataFrame({"film_s": film_s, "rec_s": rec_s}).to_csv(study.root / "tables" / "sync.csv", index=False)
    out = run(study)
    for alignment, movie in onsets(FILM).items():
        shift = np.where(movie < 90.0, 0.0, 12.0)
        expected = 5.0 + movie * drift + shift
        edges = [5.0 + 90.0 * drift, 17.0 + 90.0 * drift]
        found = used(out, alignment)["onset"].to_numpy()
        must = clear_of(expected, edges, EDGE + 0.05)
        assert all(np.abs(found - t).min() < 5e-3 for t in must)
        assert len(clear_of(found, edges, EDGE - 0.05)) == len(found)


def test_audio_alone(tmp_path: Path) -> None:
    """A podcast: language alignment alone, no pictures."""
    text = stimulus('audio = "stimuli/the_film.wav"', "start_time = 5", cuts=None)
    study = with_file(tmp_path / "bids", text, [Showing(FILM, at=5.0)])
    films.write_audio(study.root / "stimuli" / "the_film.wav", FILM.duration)
    for file in (study.models.parent / "features").glob("*_vision_*"):
        file.unlink()
    out = run(study, **CALIBRATED)
    check_onsets(out, {"language": FILM.words["onset"].to_numpy() + 5.0})
    assert set(running.sites(out, "01")["vision_trained_beats_random"]) == {"n/a"}
    assert running.validator_errors(out) == []
