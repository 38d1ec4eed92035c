"""Which languages a network knows, and whether it is given a transcript's translation."""

from __future__ import annotations

from bids_vlint.networks.specification import ModelSpec
from bids_vlint.study.languages import language_code

ANY = "*"  # of a network: it knows every language


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
