"""Languages of transcripts: what users write, as the primary subtag of a BCP-47 code, and what a data set declares."""

from __future__ import annotations

import re
from functools import lru_cache

from bids_vlint.errors import InputError
from bids_vlint.files.tables import MISSING
from bids_vlint.study.dataset import Run
from bids_vlint.study.sidecars import metadata, sidecars

TRANSLATION_LANGUAGE = "en"  # where a translation does not say in which language it is
UNDETERMINED = "und"  # the code that says that the language is not known

# Codes that are registered and name no language: undetermined, several, uncoded, no linguistic content.
_NO_LANGUAGE = (UNDETERMINED, "mul", "mis", "zxx")

# What a macrolanguage is where nothing else is said, and the two written forms of Norwegian.
_MEANT = {"arb": "ar", "cmn": "zh", "ekk": "et", "lvs": "lv", "nb": "no", "nn": "no", "pes": "fa", "zsm": "ms"}

# English names (langcodes knows codes alone; names would need another 5 MB of data).
_NAMES = {
    "arabic": "ar", "bulgarian": "bg", "castilian": "es", "catalan": "ca", "chinese": "zh", "croatian": "hr",
    "czech": "cs", "danish": "da", "dutch": "nl", "english": "en", "estonian": "et", "farsi": "fa", "finnish": "fi",
    "flemish": "nl", "french": "fr", "german": "de", "greek": "el", "hebrew": "he", "hindi": "hi", "hungarian": "hu",
    "indonesian": "id", "italian": "it", "japanese": "ja", "korean": "ko", "latvian": "lv", "lithuanian": "lt",
    "mandarin": "zh", "norwegian": "no", "persian": "fa", "polish": "pl", "portuguese": "pt", "romanian": "ro",
    "russian": "ru", "serbian": "sr", "slovak": "sk", "slovene": "sl", "slovenian": "sl", "spanish": "es",
    "swedish": "sv", "thai": "th", "turkish": "tr", "ukrainian": "uk", "vietnamese": "vi",
}  # fmt: skip


@lru_cache(maxsize=256)
def language_code(name: str) -> str | None:
    """The primary subtag of a language's code or English name.

    Parameters
    ----------
    name : str
        A BCP-47 code (nl, en-US, pt_BR), an ISO 639 code (nld), or the English name of a common language (Dutch).

    Returns
    -------
    str | None
        In lower case, two letters where there are any; None where it is neither a registered code nor a known name,
        and for the codes of no one language (und, mul, mis, zxx).

    Examples
    --------
    >>> [language_code(name) for name in ("nl", "Dutch", "dut", "pt_BR", "cmn")]
    ['nl', 'nl', 'nl', 'pt', 'zh']
    >>> print(language_code("xx"), language_code("mul"))
    None None
    """
    import langcodes

    primary = _primary(name)
    primary = _NAMES.get(primary, primary)
    if not re.fullmatch(r"[a-z]{2,3}", primary) or primary in _NO_LANGUAGE or not langcodes.tag_is_valid(primary):
        return None
    code = _primary(langcodes.standardize_tag(primary))
    return _MEANT.get(code, code)


def _primary(name: str) -> str:
    return re.split(r"[-_]", name.strip().lower(), maxsplit=1)[0]


def is_undetermined(name: object) -> bool:
    """Whether a code says that the language is not known, which is as good as none."""
    return isinstance(name, str) and _primary(name) == UNDETERMINED


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
    given = [v for pair in pairs for v in pair if not (v is None or isinstance(v, dict) or _says_none(v))]
    if not given:
        return None
    code = language_code(given[0]) if isinstance(given[0], str) else None
    if code is None:
        files = ", ".join(map(str, sidecars(run, "events", ".json")))
        raise InputError(files, f"declares {given[0]!r} as the language of the words, which is no code of one language",
                         "write a code such as nl or en")  # fmt: skip
    return code


def _says_none(value: object) -> bool:
    return isinstance(value, str) and (value.strip().lower() in MISSING or is_undetermined(value))
