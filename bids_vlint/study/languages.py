"""Languages of transcripts: what users write, as the primary subtag of a BCP-47 code, and what a data set declares."""

from __future__ import annotations

import re

from bids_vlint.errors import InputError
from bids_vlint.files.tables import MISSING
from bids_vlint.study.dataset import Run
from bids_vlint.study.sidecars import metadata, sidecars

TRANSLATION_LANGUAGE = "en"  # where a translation does not say in which language it is

# two-letter code: ISO 639-2 and -3 codes and English names that mean the same
SYNONYMS = {
    "ar": "ara arb arabic",
    "bg": "bul bulgarian",
    "ca": "cat catalan",
    "cs": "ces cze czech",
    "da": "dan danish",
    "de": "deu ger german",
    "el": "ell gre greek",
    "en": "eng english",
    "es": "spa spanish castilian",
    "et": "est estonian",
    "fa": "fas per pes persian farsi",
    "fi": "fin finnish",
    "fr": "fra fre french",
    "he": "heb iw hebrew",
    "hi": "hin hindi",
    "hr": "hrv croatian",
    "hu": "hun hungarian",
    "id": "ind indonesian",
    "it": "ita italian",
    "ja": "jpn japanese",
    "ko": "kor korean",
    "lt": "lit lithuanian",
    "lv": "lav lvs latvian",
    "nl": "nld dut dutch flemish",
    "no": "nor nb nob nn nno norwegian",
    "pl": "pol polish",
    "pt": "por portuguese",
    "ro": "ron rum romanian",
    "ru": "rus russian",
    "sk": "slk slo slovak",
    "sl": "slv slovenian slovene",
    "sr": "srp serbian",
    "sv": "swe swedish",
    "th": "tha thai",
    "tr": "tur turkish",
    "uk": "ukr ukrainian",
    "vi": "vie vietnamese",
    "zh": "zho chi cmn chinese mandarin",
}
CODES = {word: code for code, words in SYNONYMS.items() for word in words.split()}


def language_code(name: str) -> str | None:
    """The primary subtag of a language's code or English name.

    Parameters
    ----------
    name : str
        A BCP-47 code (nl, en-US, pt_BR), an ISO 639 code (nld), or the English name of a common language (Dutch).

    Returns
    -------
    str | None
        In lower case, two letters where there are any; None where it is neither a code nor a known name.
    """
    primary = re.split(r"[-_]", name.strip().lower(), maxsplit=1)[0]
    if primary in CODES:
        return CODES[primary]
    return primary if re.fullmatch(r"[a-z]{2,3}", primary) else None


def declared_languages(run: Run) -> tuple[str | None, str]:
    """Languages of the words and of their translation that the events' sidecars declare.

    Returns
    -------
    language : str | None
        `Language` at the top of events.json, or in the object of the column word.
    translation_language : str
        `Language` in the object of the column translation; en where it does not say.

    Raises
    ------
    InputError
        One that is no language (65).
    """
    content = metadata(run, "events")
    columns = [content.get(c) for c in ("word", "translation")]
    word, translation = (c if isinstance(c, dict) else {} for c in columns)
    found = [_declared(run, *((d.get("Language"), d.get("language")) for d in part))
             for part in ((content, word), (translation,))]  # fmt: skip
    return found[0], found[1] or TRANSLATION_LANGUAGE


def _declared(run: Run, *pairs: tuple[object, object]) -> str | None:
    """The first language that is given; an object of that name describes a column."""
    given = [v for pair in pairs for v in pair if v is not None and not isinstance(v, dict) and v not in MISSING]
    if not given:
        return None
    code = language_code(given[0]) if isinstance(given[0], str) else None
    if code is None:
        files = ", ".join(map(str, sidecars(run, "events", ".json")))
        raise InputError(files, f"declares {given[0]!r} as the language of the words, which is no code of a language",
                         "write a code such as nl or en")  # fmt: skip
    return code
