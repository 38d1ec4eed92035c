"""Phonemes and their manner, as aligners write them: in ARPAbet or in IPA."""

from __future__ import annotations

from functools import lru_cache

CLASSES = ("vowel", "plosive", "fricative", "nasal", "approximant")  # an affricate is a fricative here

_ARPABET = {
    "vowel": "AA AE AH AO AW AX AXR AY EH ER EY IH IX IY OW OY UH UW UX",
    "plosive": "B D DX G K P Q T",
    "fricative": "CH DH F HH JH S SH TH V Z ZH",
    "nasal": "EM EN M N NG NX",
    "approximant": "EL L R W WH Y",
}
_IPA = {  # by the first letter
    "vowel": "aeiouyæøœɶɐɑɒɔəɘɚɛɜɝɞɤɪɨʉɯʊʌʏᵻ",
    "plosive": "pbtdʈɖcɟkgɡqɢʔɾɓɗɠ",
    "fricative": "fvszθðʃʒʂʐçʝxɣχʁħʕhɦɸβɕʑʦʧʣʤʨʥ",
    "nasal": "mnɱɳɲŋɴ",
    "approximant": "lrjwɹɻɭʎʟɫʋɥɰɬʀɽʍɺ",
}
_BY_SYMBOL = {symbol: name for name, symbols in _ARPABET.items() for symbol in symbols.split()}
_BY_LETTER = {letter: name for name, letters in _IPA.items() for letter in letters}
_FRICTION = "szʃʒɕʑʂʐf"  # makes an affricate of the plosive before it
_MOST_LETTERS = 2  # of a diphthong, an affricate; `spn` and the like are no phonemes


@lru_cache(maxsize=4096)
def manner_of(label: str) -> str | None:
    """The class of a phoneme; None where its symbol is not known.

    Examples
    --------
    >>> [manner_of(label) for label in ("AH0", "T", "tʃ", "ŋ", "aɪ", "spn")]
    ['vowel', 'plosive', 'fricative', 'nasal', 'vowel', None]
    """
    plain = label.strip().rstrip("0123456789")
    if plain in _BY_SYMBOL:
        return _BY_SYMBOL[plain]
    letters = [letter for letter in plain if letter in _BY_LETTER]
    strange = [letter for letter in plain if letter.isalpha() and letter.isascii() and letter not in _BY_LETTER]
    if not letters or strange or len(letters) > _MOST_LETTERS:
        return None
    affricate = len(letters) > 1 and letters[1] in _FRICTION
    return "fricative" if affricate else _BY_LETTER[letters[0]]
