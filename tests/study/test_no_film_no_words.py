"""No film is said of tables that were read alone; no words are said with the reason."""

from __future__ import annotations

import logging
from pathlib import Path

import pandas as pd
import pytest

from bids_vlint.errors import InputError
from bids_vlint.study.dataset import Run, entities_of
from bids_vlint.study.fits import FitPlan, plan_participant
from bids_vlint.study.stimuli_file import read_stimuli_file

HEADER = "onset\tduration\ttrial_type\tstim_file\tword\n"
MOVIE = "1\t60\tmovie\tfilm.mp4\tn/a\n"
WORD = "2\t0.2\tword\tn/a\tsea\n"


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A recording of which there are sidecars alone."""
    file = tmp_path / "sub-01" / "ieeg" / "sub-01_task-film_ieeg.edf"
    file.parent.mkdir(parents=True)
    file.touch()
    table = pd.DataFrame({"name": ["A1"], "type": "SEEG", "units": "uV"})
    table.to_csv(file.with_name("sub-01_task-film_channels.tsv"), sep="\t", index=False)
    (tmp_path / "stimuli").mkdir()
    (tmp_path / "stimuli" / "film.mp4").touch()
    return Run(file, tmp_path, tuple(entities_of(file).items()))


def plan(run: Run, events: str) -> list[FitPlan]:
    run.file.with_name("sub-01_task-film_events.tsv").write_text(events)
    return plan_participant([run], None, per_run=False)


@pytest.mark.parametrize("events", [HEADER, "onset\tduration\n1\t2\n", HEADER.replace("stim_file", "x") + MOVIE])
def test_a_table_that_was_read_and_names_no_film(run: Run, events: str) -> None:
    assert plan(run, events) == []


@pytest.mark.parametrize("events, code, said", [
    ("/annex/objects/SHA256E-s14080--0a1b2c.tsv\n", 66, "has not been fetched; run datalad get"),
    ("", 66, "is empty"),
    ("\n\n", 65, "is empty"),
    ("\x00\xff\n", 65, "is not UTF-8 text"),
    ("when\twhat\n1\tx\n", 65, "has no column 'onset'"),
    (HEADER.replace("\t", ",") + "1,2,movie,film.mp4,well, then\n", 65, "separate its columns by tabs"),
    (HEADER + "soon\t1\tx\tn/a\tn/a\n", 65, "'soon'"),
    (HEADER + MOVIE.replace("1", "n/a", 1), 65, "names film.mp4 in rows without an onset"),
])  # fmt: skip
def test_a_table_that_cannot_be_read_fails_with_its_reason(run: Run, events: str, code: int, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        plan(run, events)
    assert caught.value.code == code
    assert caught.value.where.endswith("sub-01_task-film_events.tsv")


def test_how_a_table_was_read_stands_in_the_plan(run: Run) -> None:
    text = HEADER.replace("stim_file", "Stim_file") + MOVIE.replace("film", "Film") + WORD
    (fit,) = plan(run, text.replace("\t", ","))
    assert fit.runs[0].presentations[0].heard["onset"].tolist() == [2.0]
    assert fit.runs[0].notes == (
        "sub-01_task-film_events.tsv: its columns are separated by commas, not by tabs, and were read so.",
        "sub-01_task-film_events.tsv: Stim_file was read as stim_file.",
        "Film.mp4 is film.mp4 here.",
    )


@pytest.mark.parametrize("events, why", [
    ("onset\tstim_file\n1\tfilm.mp4\n", "has no column trial_type"),
    (HEADER + MOVIE, "no row of sub-01_task-film_events.tsv has trial_type word; it has movie"),
    (HEADER + MOVIE + WORD.replace("sea", "n/a"), "none of the 1 rows of trial_type word"),
    (HEADER + MOVIE + WORD.replace("2\t", "n/a\t", 1), "none of the 1 rows of trial_type word"),
    (HEADER + MOVIE + WORD.replace("2\t", "90\t", 1), "words of sub-01_task-film_events.tsv lie outside the film"),
    (HEADER + MOVIE + WORD.replace("sea", "[music]"), "remarks such as"),
])  # fmt: skip
def test_no_words_has_a_reason(run: Run, events: str, why: str) -> None:
    with pytest.raises(InputError, match="has no words") as caught:
        plan(run, events)
    assert why in str(caught.value)


@pytest.mark.parametrize("words, why", [
    ("onset\ttext\n", "words.tsv has no row with an onset and a word"),
    ("onset\ttext\n1\t[music]\n", "all 1 rows of words.tsv are remarks"),
    ("onset\ttext\n-5\tsea\n", "all 1 words of words.tsv lie outside the film as stimuli.toml places it"),
])  # fmt: skip
def test_no_words_of_a_stimuli_file(run: Run, tmp_path: Path, words: str, why: str) -> None:
    (tmp_path / "words.tsv").write_text(words)
    file = tmp_path / "stimuli.toml"
    file.write_text('[[stimulus]]\nvideo = "Stimuli\\\\film.mp4"\nstart_time = 10\n[stimulus.words]\n'
                    'file = "words.tsv"\ntext = "text"\nonset = "onset"\n')  # fmt: skip
    with pytest.raises(InputError, match=why):
        plan_participant([run], read_stimuli_file(file, tmp_path), per_run=False)


def test_subtitles_in_a_stimuli_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "words.srt").write_text(
        "1\n00:00:01,500 --> 00:00:02,000\nsea\n\n2\n00:00:02,000 --> 00:00:02,500\nsky\n"
    )
    (tmp_path / "said.srt").write_text("1\n00:00:01,500 --> 00:00:02,500\nSea, sky.\n")
    file = tmp_path / "stimuli.toml"
    file.write_text('[[stimulus]]\nvideo = "stimuli/film.mp4"\nstart_time = 10\n[stimulus.words]\nfile = "words.srt"\n'
                    '[stimulus.sentences]\nfile = "said.srt"\n')  # fmt: skip
    (fit,) = plan_participant([run], read_stimuli_file(file, tmp_path), per_run=False)
    heard = fit.runs[0].presentations[0].heard
    assert heard["onset"].tolist() == [11.5, 12.0]
    assert heard["text"].tolist() == ["Sea,", "Sea, sky."]


@pytest.mark.parametrize("events", ["", "/annex/objects/SHA256E-s14080--0a1b2c.tsv\n", "\x00\xff\n", "when\n1\n"])
def test_a_run_at_rest_does_not_cost_the_participant(
    run: Run, events: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside runs of films, one of another task whose events cannot be read is left out, and said so."""
    monkeypatch.setattr(logging.getLogger("bids_vlint"), "propagate", True)
    rest = run.file.with_name("sub-01_task-rest_ieeg.edf")
    rest.with_name("sub-01_task-rest_events.tsv").write_text(events)
    run.file.with_name("sub-01_task-film_events.tsv").write_text(HEADER + MOVIE + WORD)
    other = Run(rest, run.root, tuple(entities_of(rest).items()))
    (found,) = plan_participant([other, run], None, per_run=False)
    assert [part.run.file for part in found.runs] == [run.file]
    assert "sub-01_task-rest_ieeg.edf is left out" in caplog.text
    with pytest.raises(InputError, match="task-rest_events"):  # alone, nobody knows whether it shows a film
        plan_participant([other], None, per_run=False)


@pytest.mark.parametrize("task, events", [("film_run-2", ""), ("clips", HEADER + MOVIE + "soon\t1\tx\tn/a\tn/a\n")])
def test_a_run_that_may_be_of_a_film_does(run: Run, task: str, events: str) -> None:
    other = run.file.with_name(f"sub-01_task-{task}_ieeg.edf")
    other.with_name(f"sub-01_task-{task}_events.tsv").write_text(events)
    run.file.with_name("sub-01_task-film_events.tsv").write_text(HEADER + MOVIE + WORD)
    with pytest.raises(InputError, match=f"task-{task}_events.tsv"):
        plan_participant([run, Run(other, run.root, tuple(entities_of(other).items()))], None, per_run=False)
