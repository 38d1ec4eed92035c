"""Transcripts of other programs: each form gives the same words, or is refused by name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bids_vlint.errors import InputError
from bids_vlint.study.speech import has_phonemes, read_speech

WORDS = [(1.5, 2.25, "Hello"), (2.25, 3.0, "there."), (4.0, 4.5, "Sea")]
SENTENCES = [(1.5, 3.0, "Hello there."), (4.0, 4.5, "Sea")]


def stamp(t: float, comma: str) -> str:
    return f"00:00:{int(t):02d}{comma}{round(t % 1 * 1000):03d}"


def subtitles(rows: list[tuple[float, float, str]], suffix: str) -> str:
    comma, head = (",", "") if suffix == ".srt" else (".", "WEBVTT\n\nNOTE made by hand\n\n")
    cues = [f"{k}\n{stamp(a, comma)} --> {stamp(b, comma)}\n<i>{text}</i>\n" for k, (a, b, text) in enumerate(rows, 1)]
    return head + "\n".join(cues)


def text_grid(tiers: dict[str, list[tuple[float, float, str]]]) -> str:
    head = 'File type = "ooTextFile"\nObject class = "TextGrid"\n\n'
    lines = [head, f"xmin = 0\nxmax = 5\ntiers? <exists>\nsize = {len(tiers)}\nitem []:\n"]
    for k, (name, rows) in enumerate(tiers.items(), 1):
        lines.append(f'    item [{k}]:\n        class = "IntervalTier"\n        name = "{name}"\n        xmin = 0\n'
                     f"        xmax = 5\n        intervals: size = {len(rows)}\n")  # fmt: skip
        lines += [f"        intervals [{j}]:\n            xmin = {a}\n            xmax = {b}\n            text = "
                  f'"{text}"\n' for j, (a, b, text) in enumerate(rows, 1)]  # fmt: skip
    return "".join(lines)


def whisper(*, words: bool) -> str:
    segments = [
        {"start": 1.5, "end": 3.0, "text": " Hello there.", "words": [
            {"word": " Hello", "start": 1.5, "end": 2.25}, {"word": " there.", "start": 2.25, "end": 3.0}]},
        {"start": 4.0, "end": 4.5, "text": " Sea", "words": [
            {"word": " Sea", "start": 4.0, "end": 4.5}, {"word": " 1984"}]},
    ]  # fmt: skip
    for segment in [] if words else segments:
        del segment["words"]
    return json.dumps({"language": "en", "segments": segments})


TIERS = {"phones": [(0.0, 5.0, "x")], "Ann - words": [(0.0, 1.5, ""), *WORDS[:2], (3.0, 4.0, "sp"), WORDS[2]],
         "sentences": [(0.0, 1.5, ""), *SENTENCES]}  # fmt: skip
FORMS = {
    "a.srt": {"words": subtitles(WORDS, ".srt"), "sentences": subtitles(SENTENCES, ".srt")},
    "a.vtt": {"words": subtitles(WORDS, ".vtt"), "sentences": subtitles(SENTENCES, ".vtt")},
    "a.TextGrid": {"words": text_grid(TIERS), "sentences": text_grid(TIERS)},
    "a.json": {"words": whisper(words=True), "sentences": whisper(words=False)},
}


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("unit", ["words", "sentences"])
def test_forms(tmp_path: Path, name: str, unit: str) -> None:
    file = tmp_path / name
    file.write_text(FORMS[name][unit])
    table = read_speech(file, unit)  # type: ignore[arg-type]
    if name == "a.json" and unit == "words":  # what could not be aligned belongs to the text all the same
        assert table.iloc[-1][["onset", "text"]].tolist() == ["n/a", "1984"]
        table = table[:-1]
    rows = list(zip(table["onset"].astype(float), table["offset"].astype(float), table["text"]))
    assert rows == (WORDS if unit == "words" else SENTENCES)
    assert table["start"].equals(table["onset"])
    assert table["word"].equals(table["text"])


@pytest.mark.parametrize("name", ["a.srt", "a.vtt", "a.json"])
def test_sentences_are_no_words(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_text(FORMS[name]["sentences"])
    with pytest.raises(InputError, match="says when sentences begin, not when each word does"):
        read_speech(file, "words")


@pytest.mark.parametrize("name, content, said", [
    ("a.eaf", "<xml/>", "ELAN"),
    ("a.xlsx", "PK", "spreadsheet"),
    ("a.json", '{"words": {}}', "not as Whisper writes it"),
    ("a.json", '{"segments": [{"start": "x", "text": "a"}]}', "not as Whisper writes it"),
    ("a.json", "[" * 100_000, "nested too deep"),
    ("a.srt", "hello\n", "no subtitles that can be read"),
    ("a.TextGrid", "hello\n", "no TextGrid that can be read"),
    ("a.TextGrid", text_grid({"phones": TIERS["phones"], "notes": TIERS["phones"]}), "tier"),
])  # fmt: skip
def test_what_is_refused(tmp_path: Path, name: str, content: str, said: str) -> None:
    file = tmp_path / name
    file.write_text(content)
    with pytest.raises(InputError, match=said) as caught:
        read_speech(file, "sentences")
    assert caught.value.where == str(file)
    assert caught.value.code == 65


def test_a_tier_by_name(tmp_path: Path) -> None:
    file = tmp_path / "a.TextGrid"
    file.write_text(text_grid({"one": WORDS, "two": TIERS["phones"]}))
    assert read_speech(file, "words", "one")["text"].tolist() == [text for *_, text in WORDS]
    with pytest.raises(InputError, match=r"has no tier 'three' \(it has one, two\)"):
        read_speech(file, "words", "three")


def test_a_segment_of_whisper_that_could_not_be_aligned(tmp_path: Path) -> None:
    content = json.loads(whisper(words=True))
    del content["segments"][0]["words"]
    (tmp_path / "a.json").write_text(json.dumps(content))
    table = read_speech(tmp_path / "a.json", "words")
    assert table[["onset", "text"]].to_numpy().tolist() == [
        ["n/a", "Hello"], ["n/a", "there."], ["4.000000", "Sea"], ["n/a", "1984"]]  # fmt: skip


def test_phonemes_beside_words(tmp_path: Path) -> None:
    file = tmp_path / "a.TextGrid"
    phones = [(1.5, 1.7, "HH"), (1.7, 2.0, "AH0"), (2.0, 4.0, ""), (4.0, 4.5, "S")]
    for name in ("phones", "Ann - phones", "Phoneme"):
        file.write_text(text_grid({"words": TIERS["Ann - words"], name: phones}))
        assert has_phonemes(file)
        assert read_speech(file, "phonemes")["text"].tolist() == ["HH", "AH0", "S"]
    file.write_text(text_grid({"words": TIERS["Ann - words"], "notes": phones}))
    assert not has_phonemes(file)
    assert read_speech(file, "phonemes", "notes")["text"].tolist() == ["HH", "AH0", "S"]
    assert not has_phonemes(tmp_path / "words.tsv")
