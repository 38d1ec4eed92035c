"""The text that a network gets at each event: in a language that it knows, and as long as it can take."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from bids_vlint.networks.languages import gets_translation
from bids_vlint.networks.specification import ModelSpec
from bids_vlint.study.stimulus import StimulusEvents

_BATCH = 1024  # texts that a tokeniser gets at once
_WORD = re.compile(r"\S+")


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
        In order. Of a text whose last word alone has more tokens, the end of that word.
    n_cut : int
        How many of them were shortened.
    """
    long = [text for text, n in _counted([t for t in dict.fromkeys(texts) if t], count) if n > limit]
    cut = _ends(long, {t: [m.start() for m in _WORD.finditer(t)] for t in long}, count, limit)
    # a language without spaces, or a word that is too long: by letters
    words = [t for t, n in _counted(list(dict.fromkeys(cut.values())), count) if n > limit]
    shorter = _ends(words, {t: list(range(len(t))) for t in words}, count, limit)
    cut = {text: shorter.get(end, end) for text, end in cut.items()}
    return [cut.get(t, t) for t in texts], sum(cut.get(t, t) != t for t in texts)


def _ends(
    texts: list[str], starts: dict[str, list[int]], count: Callable[[Sequence[str]], list[int]], limit: int
) -> dict[str, str]:
    """The longest end of each text that fits, among those that begin at some places; the shortest where none does."""
    few = dict.fromkeys(texts, 0)  # places to leave out: `few` do not suffice, `enough` do, or leave the last alone
    enough = {text: max(len(starts[text]) - 1, 0) for text in texts}
    while open_ := [t for t in texts if enough[t] - few[t] > 1]:
        middle = {t: (few[t] + enough[t]) // 2 for t in open_}
        shorter = {t: t[starts[t][n] :] for t, n in middle.items()}
        tokens = dict(_counted(list(dict.fromkeys(shorter.values())), count))
        for t, n in middle.items():
            (few if tokens[shorter[t]] > limit else enough)[t] = n
    return {t: t[starts[t][enough[t]] :] if starts[t] else t for t in texts}


def _counted(texts: list[str], count: Callable[[Sequence[str]], list[int]]) -> list[tuple[str, int]]:
    """Each text with its number of tokens."""
    out: list[tuple[str, int]] = []
    for k in range(0, len(texts), _BATCH):
        some = texts[k : k + _BATCH]
        out += zip(some, count(some), strict=True)
    return out
