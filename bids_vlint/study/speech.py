"""Transcripts in the forms that aligners, recognisers and subtitlers write, as tables of what was said when.

Subtitles (.srt, .vtt, .ass, .ssa) are read by pysubs2, Praat's TextGrids by praatio, Whisper's JSON here. Their columns
have fixed names, so that a stimuli file need not give any.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from bids_vlint.errors import InputError
from bids_vlint.files.access import text_in
from bids_vlint.files.json_file import read_object
from bids_vlint.files.tables import NOT_AVAILABLE
from bids_vlint.study.transcript import is_annotation

Unit = Literal["words", "sentences", "phonemes"]
# What a stimuli file may call the columns of these forms, the first being the default of its keys.
SPEECH_COLUMNS = {"onset": ("onset", "start", "begin", "xmin"), "offset": ("offset", "end", "stop", "xmax"),
           "text": ("text", "word", "label", "item")}  # fmt: skip
_SUBTITLES = (".srt", ".vtt", ".ass", ".ssa")
_TIERS = {"words": ("words", "word"), "sentences": ("sentences", "sentence", "utterances", "utterance", "phrases",
                                                    "phrase"),
          "phonemes": ("phones", "phone", "phonemes", "phoneme", "mau")}  # fmt: skip
_SILENCE = ("", "sp", "sil", "<sil>", "<eps>", "<p:>", "#")  # what aligners write where nobody speaks
_TABLE = "write it as a TSV with the columns onset, offset and text"
_REFUSED = {".eaf": ("an ELAN file", "export it as tab-delimited text"), ".xlsx": ("a spreadsheet", "save it as TSV"),
            ".xls": ("a spreadsheet", "save it as TSV"), ".ods": ("a spreadsheet", "save it as TSV"),
            ".docx": ("a text document", _TABLE), ".pdf": ("a PDF", _TABLE), ".rtf": ("a text document", _TABLE),
            ".ttml": ("TTML subtitles", "convert it to .srt"), ".xml": ("XML", _TABLE),
            ".trs": ("a Transcriber file", _TABLE)}  # fmt: skip


def is_speech(file: Path) -> bool:
    """Whether a file is no table but a transcript of another form, read or refused here."""
    return file.suffix.lower() in (*_SUBTITLES, ".textgrid", ".json", *_REFUSED)


def has_phonemes(file: Path) -> bool:
    """Whether a transcript of words has one tier of phonemes beside them."""
    return file.suffix.lower() == ".textgrid" and _fitting(list(_tiers(file)), "phonemes") is not None


def read_speech(file: Path, unit: Unit = "words", tier: str | None = None) -> pd.DataFrame:
    """Read a transcript.

    Parameters
    ----------
    file : Path
    unit : {"words", "sentences"}
        What every row is to be.
    tier : str | None
        Of a TextGrid; by default the one that is named words (or sentences, utterances, phrases), or the only one.

    Returns
    -------
    DataFrame
        A row per word or sentence, each cell as text as in a table: onset and offset (seconds, n/a where a word could
        not be aligned) and text, under every name of `SPEECH_COLUMNS`.

    Raises
    ------
    InputError
        A file without content (66), of a form that is not read, or that does not say when each word was spoken (65).
    """
    suffix = file.suffix.lower()
    if suffix in _REFUSED:
        what, do = _REFUSED[suffix]
        raise InputError(file, f"is {what}, which is not read as a transcript", do)
    if suffix == ".textgrid":
        rows = _of_tier(file, unit, tier)
    elif suffix == ".json":
        rows = _of_whisper(file, unit)
    else:
        rows = _of_subtitles(file)
    said = pd.Series([text for *_, text in rows], dtype=str)
    several = next((t for t, remark in zip(said, is_annotation(said)) if " " in t and not remark), None)
    if unit == "words" and several is not None:
        raise InputError(file, f"says when sentences begin, not when each word does ({several[:40]!r})",
                         "name it under [stimulus.sentences], and give the words from a forced aligner or from "
                         "Whisper with word_timestamps=True")  # fmt: skip
    times = {"onset": [a for a, _, _ in rows], "offset": [b for _, b, _ in rows]}
    cells = {key: [NOT_AVAILABLE if math.isnan(t) else f"{t:.6f}" for t in own] for key, own in times.items()}
    cells["text"] = said.tolist()
    return pd.DataFrame({name: cells[key] for key, names in SPEECH_COLUMNS.items() for name in names}, dtype=str)


def _of_subtitles(file: Path) -> list[tuple[float, float, str]]:
    import pysubs2

    content = text_in(file)
    try:
        found = pysubs2.SSAFile.from_string(content, format_=None)
    except (pysubs2.Pysubs2Error, ValueError) as error:
        raise InputError(file, f"holds no subtitles that can be read ({error or type(error).__name__})",
                         "correct it, or write it as a TSV") from error  # fmt: skip
    shown = [event for event in found if not event.is_comment]
    return [(e.start / 1000, e.end / 1000, " ".join(e.plaintext.split())) for e in shown if e.plaintext.strip()]


def _of_tier(file: Path, unit: Unit, wanted: str | None) -> list[tuple[float, float, str]]:
    tiers = _tiers(file)
    name = wanted if wanted is not None else _tier_of(list(tiers), unit)
    if name not in tiers:
        wrong = f"has no tier that is known to hold {unit}" if wanted is None else f"has no tier {wanted!r}"
        raise InputError(file, f"{wrong} (it has {', '.join(tiers) or 'none'})",
                         'add tier = "..." to its table in the stimuli file')  # fmt: skip
    return [(float(i.start), float(i.end), " ".join(i.label.split())) for i in tiers[name].entries
            if i.label.strip().lower() not in _SILENCE]  # fmt: skip


def _tiers(file: Path) -> dict[str, Any]:
    """The tiers of intervals of a TextGrid, by name."""
    from praatio import textgrid
    from praatio.utilities.errors import PraatioException

    text_in(file)  # is it there
    try:
        grid = textgrid.openTextgrid(str(file), False, reportingMode="silence", duplicateNamesMode="rename")
    except (PraatioException, ValueError, IndexError, KeyError, OSError) as error:
        raise InputError(file, f"is no TextGrid that can be read ({type(error).__name__})",
                         "save it again with Praat") from error  # fmt: skip
    return {t.name: t for t in grid.tiers if isinstance(t, textgrid.IntervalTier)}


def _tier_of(names: list[str], unit: Unit) -> str | None:
    return _fitting(names, unit) or (names[0] if len(names) == 1 else None)


def _fitting(names: list[str], unit: Unit) -> str | None:
    """The tier that is named as one of a unit, where it is the only one."""
    fitting = [n for n in names if n.lower().rsplit(" - ", 1)[-1].strip() in _TIERS[unit]]  # MFA: "speaker - words"
    return fitting[0] if len(fitting) == 1 else None


def _of_whisper(file: Path, unit: Unit) -> list[tuple[float, float, str]]:
    content = read_object(file)
    segments = content.get("segments")
    if not isinstance(segments, list) or not all(isinstance(s, dict) for s in segments):
        raise InputError(file, "is JSON, but not as Whisper writes it (it has no segments)", _TABLE)
    found = segments
    if unit == "words":
        found = [w for s in segments for w in s.get("words") or []] or content.get("words") or []
        if any(s.get("words") for s in segments):  # where a segment could not be aligned, its words have no times
            found = [w for s in segments for w in s.get("words") or _untimed(s)]
        if not found and segments:
            raise InputError(
                file,
                "says when sentences begin, not when each word does",
                "run Whisper with word_timestamps=True, or name it under [stimulus.sentences]",
            )
    try:
        rows = [_row(one, "word" if unit == "words" else "text") for one in found]
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(file, f"has a segment or word that is not as Whisper writes it ({error!r})", _TABLE) from None
    return [row for row in rows if row[2]]


def _untimed(segment: Mapping[str, Any]) -> list[dict[str, str]]:
    """The words of a segment that has none of its own."""
    return [{"word": word} for word in str(segment.get("text") or "").split()]


def _row(one: Mapping[str, Any], key: str) -> tuple[float, float, str]:
    # WhisperX leaves times out where it could not align
    start, end = (math.nan if one.get(k) is None else float(one[k]) for k in ("start", "end"))
    return start, end, " ".join(str(one.get(key, one.get("text", ""))).split())
