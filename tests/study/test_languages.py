"""Languages: what users write, what data sets declare, and what is refused in one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bids_vlint.errors import Exit, InputError
from bids_vlint.study.dataset import Run
from bids_vlint.study.languages import declared_languages, language_code
from bids_vlint.study.stimuli_file import read_stimuli_file


@pytest.mark.parametrize(
    ("name", "code"),
    [("nl", "nl"), ("en-US", "en"), ("EN_gb", "en"), ("Dutch", "nl"), ("nld", "nl"), (" german ", "de"), ("yue", "yue"),
     ("zh-Hant-TW", "zh"), ("dutsch", None), ("", None), ("n/a", None), ("42", None), ("English", "en"),
     ("eng", "en"), ("pt_BR", "pt"), ("cmn", "zh"), ("nb", "no"), ("nno", "no"), ("iw", "he"), ("qaa", "qaa"),
     ("xx", None), ("zzz", None), ("und", None), ("mul", None), ("mis", None), ("zxx", None), ("xx-US", None),
     ("zh-min-nan", "zh")],
)  # fmt: skip
def test_names_of_languages(name: str, code: str | None) -> None:
    assert language_code(name) == code


def run_with(folder: Path, sidecar: object) -> Run:
    (folder / "task-film_events.json").write_text(json.dumps(sidecar))
    return Run(folder / "sub-01_task-film_ieeg.vhdr", folder, (("subject", "01"), ("task", "film")))


@pytest.mark.parametrize(
    ("sidecar", "found"),
    [({"Language": "nld"}, ("nl", "en")), ({}, (None, "en")), ({"Language": "n/a"}, (None, "en")),
     ({"Language": "und"}, (None, "en")), ({"Language": "und-Latn"}, (None, "en")), ({"Language": "NA"}, (None, "en")),
     ({"word": {"Language": "Dutch"}, "translation": {"Language": "de"}}, ("nl", "de")),
     ({"Language": {"Description": "a column"}, "word": {"Language": "fr-CA"}}, ("fr", "en"))],
)  # fmt: skip
def test_declared_languages(tmp_path: Path, sidecar: object, found: tuple[str | None, str]) -> None:
    assert declared_languages(run_with(tmp_path, sidecar)) == found


@pytest.mark.parametrize("language", ["xx", "zzz", "mul", "zxx", "Klingonish", 7])
def test_what_is_no_language_is_refused(tmp_path: Path, language: object) -> None:
    with pytest.raises(InputError, match=f"{language!r}.*no code of one language; write a code such as") as caught:
        declared_languages(run_with(tmp_path, {"Language": language}))
    assert caught.value.code == Exit.DATA
    assert "events.json" in str(caught.value)


@pytest.mark.parametrize("language", ["xx", "zzz", "mul"])
def test_a_stimuli_file_names_a_language(tmp_path: Path, language: str) -> None:
    file = tmp_path / "stimuli.toml"
    words = '[stimulus.words]\nfile = "w.tsv"\ntext = "word"\nonset = "onset"\n'
    file.write_text(f'[[stimulus]]\nvideo = "f.mp4"\nlanguage = "{language}"\n{words}')
    with pytest.raises(InputError, match=f"language is '{language}', which is no code of one language"):
        read_stimuli_file(file, tmp_path)
    file.write_text(f'[[stimulus]]\nvideo = "f.mp4"\nlanguage = "und"\ntranslation_language = "pt_BR"\n{words}')
    (entry,) = read_stimuli_file(file, tmp_path)
    assert (entry.language, entry.translation_language) == (None, "pt")
