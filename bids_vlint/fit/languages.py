"""Which networks know the language of what was said: those that do not are refused, the rest is noted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bids_vlint.errors import InputError
from bids_vlint.networks.family import stored
from bids_vlint.networks.languages import ANY, gets_translation, knows
from bids_vlint.networks.shown import reads
from bids_vlint.networks.specification import ModelSet, ModelSpec
from bids_vlint.study.fits import FitPlan
from bids_vlint.study.languages import language_code
from bids_vlint.study.presentation import Presentation
from bids_vlint.study.transcript import SENTENCE

_CONTEXT_WARNING = (
    "--context sentence: networks are given whole sentences, so words that are not yet spoken enter the bins before "
    "and after the onset."
)


def check_languages(plans: Iterable[FitPlan], models: ModelSet, *, allow_mismatch: bool) -> None:
    """Refuse networks that would read texts in a language that they do not know.

    Raises
    ------
    InputError
        One does (65), unless it is allowed (`--allow-language-mismatch`), or a network's language is none.
    """
    _check_codes(models)
    if allow_mismatch:
        return
    for shown in _transcripts(plans):
        if strangers := _strangers(shown, models):
            translated = f", and its translation is in {shown.translation_language}" if shown.translated else ""
            wrong = f"{_named(strangers)} not know its language, {shown.language}{translated}"
            raise InputError(f"transcript of {shown.stimulus.name}", wrong,
                             "use a multilingual network, or give a column of translations of the words "
                             "(of the sentences is enough with --context sentence), "
                             "or --allow-language-mismatch")  # fmt: skip


def language_notes(plans: Iterable[FitPlan], models: ModelSet) -> list[str]:
    """What the log and the reports say of the languages of transcripts and networks; each sentence once."""
    notes: list[str] = []
    for shown in _transcripts(plans):
        notes += _notes(shown, models)
    return list(dict.fromkeys(notes))


def context_notes(context: str) -> list[str]:
    """What the log and the reports say of the context that networks are given."""
    return [_CONTEXT_WARNING] if context == SENTENCE else []


def _notes(shown: Presentation, models: ModelSet) -> Iterator[str]:
    name, readers = shown.stimulus.name, _readers(models)
    if shown.language is None:
        declared = [s for s in readers if s.language and ANY not in s.language]
        if declared:
            unused = "; its translation is not used" if shown.translated else ""
            yield (f"The language of the transcript of {name} is not declared; these networks read it all the same: "
                   f"{_listed(declared)}{unused}.")  # fmt: skip
        return
    if silent := [s for s in readers if s.language is None and not stored(s)]:
        yield (f"The transcript of {name} is in {shown.language}; these networks declare no language: "
               f"{', '.join(s.name for s in silent)}.")  # fmt: skip
    if translated := [s for s in readers if _translated(s, shown)]:
        yield (f"{_listed(translated)}: given the translation ({shown.translation_language}) of the transcript of "
               f"{name}, which is in {shown.language}.")  # fmt: skip
    if strangers := _strangers(shown, models):
        yield (f"{_listed(strangers)}: given the transcript of {name}, which is in {shown.language} "
               "(--allow-language-mismatch).")  # fmt: skip


def _transcripts(plans: Iterable[FitPlan]) -> list[Presentation]:
    """One presentation of each transcript."""
    found: dict[object, Presentation] = {}
    for shown in (p for plan in plans for run in plan.runs for p in run.presentations):
        key = (str(shown.stimulus.path), shown.language, shown.translation_language, shown.translated)
        found.setdefault(key, shown)
    return list(found.values())


def _readers(models: ModelSet) -> list[ModelSpec]:
    """Networks that read, each once, without its random twins and its parts."""
    found: dict[str, ModelSpec] = {}
    for spec in (s for s in models.models if reads(s) and s.part_of is None):
        found.setdefault(spec.name, spec)
    return list(found.values())


def _translated(spec: ModelSpec, shown: Presentation) -> bool:
    return shown.translated and gets_translation(spec, shown.language, shown.translation_language)


def _strangers(shown: Presentation, models: ModelSet) -> list[ModelSpec]:
    """Networks that would read a text in a language that they do not know."""
    return [s for s in _readers(models) if knows(s, shown.language) is False and not _translated(s, shown)]


def _listed(specs: list[ModelSpec]) -> str:
    return ", ".join(f"{s.name} ({', '.join(s.language or ())})" for s in specs)


def _named(specs: list[ModelSpec]) -> str:
    return f"{_listed(specs)} {'does' if len(specs) == 1 else 'do'}"


def _check_codes(models: ModelSet) -> None:
    for spec in models.models:
        for name in (n for n in spec.language or () if n != ANY and language_code(n) is None):
            raise InputError(models.file, f"[[model]] {spec.name!r} has the language {name!r}, which is no code of one "
                             "language", 'write a code such as "nl" or "en", or "*" for any')  # fmt: skip
