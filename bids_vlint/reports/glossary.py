"""The words of the reports in plain words; each stands where what it names is defined, or in data/glossary.toml."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

from markupsafe import Markup

from bids_vlint.inference.calibrated.claims import WORDS
from bids_vlint.networks.comparisons import TESTS, ElectrodeTest


class Term(NamedTuple):
    """What a word says, and what it does not ("": nothing is to be added); to be read after "Says that", or alone."""

    plain: str
    silent: str = ""


def glossary() -> Mapping[str, Term]:
    """Every word, as it is read: those of electrodes, of the tests, and the others, in this order.

    Examples
    --------
    >>> glossary()["q"].plain.partition(":")[0]
    'p corrected for many electrodes'
    """
    return _glossary(TESTS.everything)


@lru_cache(maxsize=1)
def _glossary(everything: tuple[ElectrodeTest, ...]) -> Mapping[str, Term]:
    content = tomllib.loads(files("bids_vlint").joinpath("data/glossary.toml").read_text(encoding="utf-8"))
    words = {word.name: Term(word.plain, word.silent) for word in WORDS}
    tests = {test.name: Term(test.plain or test.meaning, test.silent) for test in everything}
    of_electrodes = {name.replace("_", " "): term for name, term in {**words, **tests}.items()}
    return {**of_electrodes, **{name: Term(**entry) for name, entry in content.items()}}


def anchor_of(word: str) -> str:
    """The id of a word's entry in the glossary of a page."""
    return "word-" + re.sub(r"[^a-z0-9]+", "-", word.lower()).strip("-")


def term(word: str, said: str | None = None) -> Markup | str:
    """A word that leads to its entry; one that has none as it is read.

    Parameters
    ----------
    word : str
        As the glossary has it, or the name of a test.
    said : str | None
        What stands in the text, if not the word itself.
    """
    name = word.replace("_", " ")
    if name not in glossary():
        return said or name
    return Markup('<a class="term" href="#{}">{}</a>').format(anchor_of(name), said or name)
