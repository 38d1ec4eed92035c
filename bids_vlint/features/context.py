"""The text that a network gets at each event: in a language that it knows, and as long as it can take."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from bids_vlint.inputs.languages import language_code
from bids_vlint.types import ModelSpec, StimulusEvents

ANY = "*"  # of a network: it knows every language
BATCH = 1024  # texts that a tokeniser gets at once
WORD = re.compile(r"\S+")


def knows(spec: ModelSpec, language: str | None) -> bool | None:
    """Whether a network knows a language; None where either is not declared.

    Codes are compared by their primary subtag, whatever their case: en-US is en.
    """
    if spec.language is None or language is None:
        return None
    own = {language_code(name) or name.lower() for name in spec.language}
    return ANY in own or (language_code(language) or language.lower()) in own


def gets_translation(spec: ModelSpec, language: str | None, translation_language: str | None) -> bool:
    """Whether a network is given the translation of a transcript: it knows that language and not the transcript's."""
    return knows(spec, language) is False and knows(spec, translation_language) is True


def text_for(spec: ModelSpec, events: StimulusEvents) -> tuple[str, ...]:
    """The text that a network gets at each event.

    Parameters
    ----------
    spec : ModelSpec
        Its `language`, where it declares one, decides.
    events : StimulusEvents

    Returns
    -------
    tuple of str
        The translation where the network knows its language and not that of the text; otherwise the text. "" where
        there is none.
    """
    if events.translation is not None and gets_translation(spec, events.language, events.translation_language):
        return events.translation
    return events.text


def fit(texts: Sequence[str], count: Callable[[Sequence[str]], list[int]], limit: int) -> tuple[list[str], int]:
    """Shorten the texts that have too many tokens by leaving out leading words, as few as will do.

    Parameters
    ----------
    texts : sequence of str
    count : texts -> list of int
        Tokens of each text, special ones included; more words have no fewer tokens.
    limit : int
        The most tokens of a text.

    Returns
    -------
    texts : list of str
        In order. Of a text whose last word alone has more tokens, that word.
    n_cut : int
        How many of them were shortened.
    """
    unique = [text for text in dict.fromkeys(texts) if text]
    starts = {t: [m.start() for m in WORD.finditer(t)] for t, n in _counted(unique, count) if n > limit}
    # words to leave out: `few` do not suffice, `enough` do, or leave the last word alone
    few = dict.fromkeys(starts, 0)
    enough = {text: max(len(at) - 1, 0) for text, at in starts.items()}
    while open_ := [t for t in starts if enough[t] - few[t] > 1]:
        middle = {t: (few[t] + enough[t]) // 2 for t in open_}
        shorter = {t: t[starts[t][n] :] for t, n in middle.items()}
        tokens = dict(_counted(list(dict.fromkeys(shorter.values())), count))
        for t, n in middle.items():
            (few if tokens[shorter[t]] > limit else enough)[t] = n
    cut = {t: t[at[enough[t]] :] for t, at in starts.items() if enough[t]}
    return [cut.get(t, t) for t in texts], sum(t in cut for t in texts)


def _counted(texts: list[str], count: Callable[[Sequence[str]], list[int]]) -> list[tuple[str, int]]:
    """Each text with its number of tokens."""
    out: list[tuple[str, int]] = []
    for k in range(0, len(texts), BATCH):
        some = texts[k : k + BATCH]
        out += zip(some, count(some), strict=True)
    return out
