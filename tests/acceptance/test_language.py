"""What the networks read: context, language, translation, silence; through the command line."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.acceptance import bids, datasets, running
from tests.acceptance.datasets import Study

QUICK: dict[str, object] = {"skip_bids_validation": True, "n_bootstraps": 2, "inference": "published"}


@pytest.fixture
def study(small_study: Study, tmp_path: Path) -> Study:
    """A copy to change, without the film; its networks that read declare English."""
    copy = datasets.copy_of(small_study, tmp_path)
    shutil.rmtree(copy.root / "stimuli")
    blocks = copy.models.read_text().split("\n\n")
    reading = [b + '\nlanguage = "en-GB"' if "[[model]]" in b and '"eye"' not in b else b for b in blocks]
    copy.models.write_text("\n\n".join(reading))
    return copy


def out_of(study: Study) -> Path:
    return study.root.parent / "out"


def run(study: Study, *, reports: bool = False, **options: object) -> running.Result:
    before = datasets.checksums(study.root)
    result = running.run_inside(study.argv(out_of(study), **(QUICK | options)), reports=reports)
    assert datasets.checksums(study.root) == before
    return result


def declare(study: Study, content: dict[str, object]) -> None:
    """Add to the events.json at the top."""
    file = next(study.root.glob("*_events.json"))
    described = json.loads(file.read_text())
    for key, value in content.items():
        described[key] = {**described.get(key, {}), **value} if isinstance(value, dict) else value
    bids.write_json(file, described)


def events(study: Study, alignment: str) -> pd.DataFrame:
    return running.read_table(next(out_of(study).rglob(f"*_desc-{alignment}_events.tsv")))


def notes(study: Study) -> list[str]:
    return json.loads(next(out_of(study).rglob("*_desc-sites_channels.json")).read_text())["Fit"]["notes"]


def edit_events(study: Study, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    bids.edit_table(next(study.root.rglob("*_events.tsv")), change)


# -- context ----------------------------------------------------------------------------------------------------------


def expected(film_words: pd.DataFrame, context: str) -> list[str]:
    """The text at each word, by the definition."""
    words = film_words["word"].tolist()
    if context.isdigit():
        return [" ".join(words[max(0, k - int(context)) : k + 1]) for k in range(len(words))]
    texts = []
    for k, sentence in enumerate(film_words["sentence"]):
        same = [j for j, s in enumerate(film_words["sentence"]) if s == sentence and (context == "sentence" or j <= k)]
        texts.append(" ".join(words[j] for j in same))
    return texts


@pytest.mark.parametrize("context", ["to-word", "sentence", "7"])
def test_context(study: Study, context: str) -> None:
    result = running.succeed(run(study, reports=True, context=context))
    film = study.films[0]
    words = film.words.assign(text=expected(film.words, context))
    text = dict(zip(words["onset"].round(3), words["text"]))
    language, vision = events(study, "language"), events(study, "vision")
    assert [text[round(float(t), 3)] for t in language["movie_time"]] == language["text"].tolist()
    assert set(language["text_status"]) == {"spoken"}
    onset = words["onset"].to_numpy()
    last = np.searchsorted(onset, vision["movie_time"].astype(float) + 1e-6, side="right") - 1
    assert vision["text"].tolist() == [words["text"].iloc[k] if k >= 0 else "n/a" for k in last]
    warned = "not yet spoken" in result.stderr
    assert warned == (context == "sentence") == any("not yet spoken" in n for n in notes(study))
    assert result.stderr.count("not yet spoken") <= 1
    assert ("not yet spoken" in (out_of(study) / "sub-01.html").read_text()) == (context == "sentence")
    again = run(study, context="3")
    assert again.code == 73
    assert "context" in again.stderr


@pytest.mark.parametrize("value", ["to word", "-1", "2.5", "word", "", "٣"])
def test_another_context_is_refused(study: Study, value: str) -> None:
    running.refused(run(study, context=value), 64, out_of(study), "--context")
    config = study.root.parent / "config.toml"
    config.write_text(f'context = "{value}"\n')
    running.refused(run(study, config=config), 65, out_of(study), "context", "to-word")


def test_a_number_in_a_settings_file(study: Study) -> None:
    config = study.root.parent / "config.toml"
    config.write_text("context = 0\n")
    running.succeed(run(study, config=config, alignment="language"))
    assert all(" " not in t for t in events(study, "language")["text"])


# -- language ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [{"Language": "nl"}, {"language": "nl-NL"}, {"word": {"Language": "Dutch"}}])
def test_a_network_that_does_not_know_the_language_is_refused(study: Study, content: dict[str, object]) -> None:
    declare(study, content)
    said = running.refused(run(study), 65, out_of(study), "ear", "fusion", "en", "nl", "--allow-language-mismatch")
    assert "eye" not in said
    assert run(study, dry_run=True).code == 65
    result = running.succeed(run(study, dry_run=True, allow_language_mismatch=True))
    assert "ear (en-GB), fusion (en-GB): given the transcript of the_film, which is in nl" in result.stdout


@pytest.mark.parametrize("language", ["EN-us", "English", "eng"])
def test_a_network_that_knows_it_is_not(study: Study, language: str) -> None:
    declare(study, {"Language": language})
    assert "language" not in running.succeed(run(study, dry_run=True)).stdout.replace("language:", "").lower()


def test_a_network_for_any_language(study: Study) -> None:
    declare(study, {"Language": "nl"})
    study.models.write_text(study.models.read_text().replace('"en-GB"', '"*"'))
    running.succeed(run(study, dry_run=True))


def test_nothing_is_assumed_of_a_language_that_is_not_declared(study: Study) -> None:
    """A column that is called Language is no declaration."""
    declare(study, {"Language": {"Description": "language of the row"}})
    result = running.succeed(run(study))
    assert result.stderr.count("is not declared") == 1  # once, however many fits
    assert any("is not declared" in n and "ear (en-GB)" in n for n in notes(study))


@pytest.mark.parametrize("language", ["dutsch", 5, ["nl"]])
def test_what_is_no_language(study: Study, language: object) -> None:
    declare(study, {"Language": language})
    running.refused(run(study), 65, out_of(study), "_events.json", "language")


def test_another_language_is_not_taken_for_the_same_input(study: Study) -> None:
    running.succeed(run(study, allow_language_mismatch=True, alignment="language"))
    declare(study, {"Language": "nl"})
    assert run(study, allow_language_mismatch=True, alignment="language").code == 73


# -- translation ------------------------------------------------------------------------------------------------------


def test_a_translation_in_the_events(study: Study) -> None:
    declare(study, {"Language": "nl"})
    edit_events(study, lambda t: t.assign(translation=[w if w == "n/a" else w.upper() for w in t["word"]]))
    result = running.succeed(run(study))
    for alignment in ("language", "vision"):
        table = events(study, alignment)
        assert table["translation"].tolist() == [t if t == "n/a" else t.upper() for t in table["text"]]
    assert "translation (en)" in result.stderr
    assert any("translation (en)" in n and "ear" in n for n in notes(study))
    assert running.validator_errors(out_of(study)) == []


def test_a_translation_that_the_networks_do_not_know_either(study: Study) -> None:
    declare(study, {"Language": "nl", "translation": {"Language": "fr"}})
    edit_events(study, lambda t: t.assign(translation=t["word"]))
    running.refused(run(study), 65, out_of(study), "ear", "nl", "fr")


def stimuli_file(study: Study, *lines: str, words: str = "", sentences: str | None = None) -> Path:
    """A stimuli file of the film's tables, which have a column `english`."""
    film = study.films[0]
    folder = bids.film_tables(study.root / "stimuli", film)
    for kind in ("words", "sentences"):
        bids.edit_table(folder / f"{film.name}_{kind}.tsv", lambda t: t.assign(english=t["text"].str.upper()))
    columns = 'text = "text"\nonset = "start"\noffset = "end"\n'
    text = [f'[[stimulus]]\nvideo = "stimuli/{film.name}.mp4"\nstart_time = 7.5', *lines]
    text += [f'[stimulus.words]\nfile = "stimuli/{film.name}_words.tsv"\nsentence = "sentence"\n{columns}{words}']
    if sentences is not None:
        text += [f'[stimulus.sentences]\nfile = "stimuli/{film.name}_sentences.tsv"\n{columns}{sentences}']
    text += [f'[stimulus.scene_cuts]\nfile = "stimuli/{film.name}_cuts.tsv"\nonset = "time"']
    file = study.root.parent / "stimuli.toml"
    file.write_text("\n".join(text))
    return file


def test_a_stimuli_file(study: Study) -> None:
    english = 'translation = "english"'
    running.refused(run(study, stimuli=stimuli_file(study, 'language = "nl"')), 65, out_of(study), "ear", "nl")
    running.succeed(run(study, stimuli=stimuli_file(study, 'language = "nl"', words=english), alignment="language"))
    table = events(study, "language")
    assert table["translation"].tolist() == table["text"].str.upper().tolist()


def test_a_translation_of_whole_sentences(study: Study) -> None:
    file = stimuli_file(study, 'language = "nl"', sentences='translation = "english"')
    running.refused(run(study, stimuli=file), 65, out_of(study), "--context sentence")
    running.succeed(run(study, stimuli=file, context="sentence"))
    for alignment in ("language", "vision"):
        table = events(study, alignment)
        assert table["translation"].tolist() == [t if t == "n/a" else t.upper() for t in table["text"]]


def test_what_a_stimuli_file_says_of_languages(study: Study) -> None:
    for lines, said in [
        (['language = "dutsch"'], "language"),
        (["language = 3"], "language"),
        (['language = "nl"', 'translation_language = "x"'], "translation_language"),
        (['langauge = "nl"'], "did you mean language"),
    ]:
        running.refused(run(study, stimuli=stimuli_file(study, *lines)), 65, out_of(study), "stimuli.toml", said)
    file = stimuli_file(study, words='translation = "english"')
    running.refused(run(study, stimuli=file), 65, out_of(study), "stimuli.toml", "language")
    file = stimuli_file(study, 'language = "nl"', words='translation = "englsh"')
    running.refused(run(study, stimuli=file), 65, out_of(study), "did you mean english")


def test_events_without_words(study: Study) -> None:
    edit_events(study, lambda t: t[t["trial_type"] != "word"].drop(columns=["word", "sentence"]))
    running.refused(run(study), 65, out_of(study), "no words")


# -- silence ----------------------------------------------------------------------------------------------------------


def quiet(table: pd.DataFrame) -> pd.DataFrame:
    """Nothing is said before 20 s and from 60 to 110 s of the film; a remark stands there."""
    movie = table["onset"].astype(float) - 7.5
    gone = (table["trial_type"] == "word") & ((movie < 20) | ((movie > 60) & (movie < 110)))
    remark = {"onset": "77.5", "duration": "2.0", "trial_type": "word", "word": "[music]"}
    table = pd.concat([table[~gone], pd.DataFrame([remark])]).fillna("n/a")
    return table.sort_values("onset", key=lambda t: t.astype(float), kind="stable")


@pytest.mark.parametrize("context", ["to-word", "sentence"])
def test_silence_and_remarks(study: Study, context: str) -> None:
    edit_events(study, quiet)
    running.succeed(run(study, context=context))
    table = events(study, "vision")
    time = table["movie_time"].astype(float)
    words = study.films[0].words
    end = words["offset"][words["onset"] <= 60].max()
    before, silent = time < words["onset"][words["onset"] >= 20].min(), (time > end + 30) & (time < 110)
    assert before.any()
    assert silent.any()
    assert set(table["text_status"][before]) == {"none"}
    assert set(table["text"][before]) == {"n/a"}
    assert set(table["text_status"][silent]) == {"silence"}
    assert ("n/a" in set(table["text"][silent])) == (context == "to-word")
    assert set(table["text_status"][~before & ~silent]) == {"spoken"}
    assert "n/a" not in set(table["text"][~before & ~silent])
    assert "[music]" not in " ".join(events(study, "language")["text"])
    said = "\n".join(notes(study))
    assert "1 rows of the transcript" in said
    assert f"{before.sum()} of " in said
    assert f"{silent.sum()} of " in said
    levels = json.loads(next(out_of(study).rglob("*_desc-vision_events.json")).read_text())["text_status"]["Levels"]
    assert set(levels) == {"spoken", "silence", "none"}
