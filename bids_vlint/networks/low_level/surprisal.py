"""The surprisal of a stimulus's words: made once by a network of the model set and kept, or read beside a model set."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bids_vlint.errors import Exit, InputError
from bids_vlint.files.atomic import atomic
from bids_vlint.files.digest import digest_of, key_of
from bids_vlint.files.lock import only_one
from bids_vlint.log import WARNING, logger
from bids_vlint.networks.causal import LOW_LEVEL_FAMILY
from bids_vlint.networks.family import family, stored
from bids_vlint.networks.hub.surprisal import context_tokens, word_bits
from bids_vlint.networks.languages import gets_translation
from bids_vlint.networks.specification import ModelSpec
from bids_vlint.study.stimulus import Stimulus, StimulusEvents
from bids_vlint.version import version_of

_FILE = "low_level/{stimulus}_surprisal.npz"  # beside a model set, where `bids_vlint features` wrote them
_REVISION = 1  # of this way of making it: what was kept of another is not used
_DECIMALS = 4  # of a bit: what is left out differs between machines


@dataclass(frozen=True)
class Surprisal:
    """The surprisal of words.

    Attributes
    ----------
    bits : (n_words,) float64 | None
        NaN where unknown; None where none could be had.
    notes : tuple of str
        What reports should say of it: who gave it, or why there is none.
    so_far : tuple of str
        Digest of the text up to and including each word.
    made_from : str
        Digest of the network.
    """

    bits: np.ndarray | None = None
    notes: tuple[str, ...] = ()
    so_far: tuple[str, ...] = ()
    made_from: str = ""


def surprisal_beside(folder: Path, stimulus: Stimulus) -> Path:
    """Name the file in a model set's folder that may hold the surprisal of a stimulus's words."""
    return (folder / _FILE.replace("{stimulus}", stimulus.name)).absolute()


def is_stored(spec: ModelSpec) -> bool:
    """Whether the surprisal of the low-level features is read from files, and not computed."""
    return spec.surprisal is not None and stored(spec.surprisal)


def surprisal_of(spec: ModelSpec, events: StimulusEvents, store: Path, device: str = "auto") -> Surprisal:
    """Find or make the surprisal of a stimulus's words.

    Parameters
    ----------
    spec : ModelSpec
        Of the low-level features; its `surprisal` gives it.
    events : StimulusEvents
    store : Path
        The folder where it is kept.
    device : str

    Returns
    -------
    Surprisal
        Without bits where no network gives it or there are no words; where something else is in the way, a note is a
        warning.
    """
    giver, words, file = spec.surprisal, events.words, events.stimulus.path.name
    if giver is None or words is None or not len(words.onset):
        return Surprisal()
    if gets_translation(giver, events.language, events.translation_language):
        return _none(f"{giver.name} reads the translation of {file}, not the words that are said")
    if stored(giver):
        return _stored(giver, events, surprisal_beside(spec.folder, events.stimulus))
    kept = store / f"surprisal-{surprisal_key(spec, events)}.npz"
    if (found := _read(kept)) is not None:
        return found
    with only_one(store, kept.stem):
        if (found := _read(kept)) is not None:
            return found
        try:
            made = _make(giver, events, device)
        except InputError as error:
            if error.code != Exit.DATA:
                raise
            return _none(f"{error.wrong} ({file})")
        _write([made], kept)
    return made


def surprisal_key(spec: ModelSpec, events: StimulusEvents) -> str:
    """Digest of everything that the surprisal of a stimulus's words depends on; "" where none is computed."""
    giver = spec.surprisal
    if giver is None or events.words is None or stored(giver):
        return ""
    text, spans = said_in(events)
    return key_of({"network": _network(giver), "text": text, "spans": spans.tolist()})


def said_in(events: StimulusEvents) -> tuple[str, np.ndarray]:
    """All that was said, and where in it each word is.

    Words without an onset are part of the text where the text so far of the next word holds them.

    Returns
    -------
    text : str
    spans : (n_words, 2) int
        First letter of each word and the one after its last.

    Examples
    --------
    >>> from bids_vlint.study.stimulus import Words
    >>> words = Words(np.arange(3.0), np.ones(3), ("gon", "go", "Yes."), np.array([0, 0, 1]))
    >>> film, so_far = Stimulus("film", Path("film.mp4")), ("I gon", "I gon na go", "Yes.")
    >>> text, spans = said_in(StimulusEvents(film, "language", words.onset, so_far, words=words, so_far=so_far))
    >>> text, [text[start:stop] for start, stop in spans]
    ('I gon na go Yes.', ['gon', 'go', 'Yes.'])
    """
    words = events.words
    assert words is not None
    grown = words.text if events.so_far is None else tuple(text.rstrip() for text in events.so_far)
    text, spans = "", []
    for k, (word, own) in enumerate(zip(words.text, grown)):
        same = events.so_far is not None and k > 0 and words.sentence[k] == words.sentence[k - 1]
        if same and own.startswith(grown[k - 1]):
            new = own[len(grown[k - 1]) :]
        else:
            new = word if same else own  # a sentence that is not told as it grows is told word by word
            new = f" {new}" if text else new
        begins = [m.start() for m in re.finditer(r"\S+", new)]
        at = begins[-min(max(len(word.split()), 1), len(begins))] if begins else len(new)
        spans.append((len(text) + at, len(text) + len(new)))
        text += new
    return text, np.array(spans, int).reshape(-1, 2)


def write_surprisals(found: Sequence[Surprisal], path: Path, *, overwrite: bool) -> None:
    """Write the surprisal of one stimulus's words, of several participants and of those who came before.

    Raises
    ------
    InputError
        73 where a file is in the way that another network made.
    """
    new = [one for one in found if one.bits is not None]
    there = None if overwrite else _read(path)
    if there is not None and new and there.made_from != new[0].made_from:
        raise InputError(path, "was made by another network", "give another output directory, or --overwrite",
                         Exit.CANNOT_CREATE)  # fmt: skip
    if new:
        _write([*([there] if there else []), *new], path)


def _network(giver: ModelSpec) -> str:
    files = [digest_of(file) for file in family(giver.source).files(giver, None)]
    versions = {name: version_of(name) for name in ("torch", "transformers", "tokenizers")}
    return key_of({"revision": _REVISION, "files": files, "context": giver.context_length, "versions": versions})


def _make(giver: ModelSpec, events: StimulusEvents, device: str) -> Surprisal:
    logger.info("low_level: surprisal of the words of %s by %s", events.stimulus.name, giver.name)
    text, spans = said_in(events)
    bits = np.round(word_bits(giver, text, spans, device), _DECIMALS)
    read = f"from the text so far, at most {context_tokens(giver):,} tokens"
    note = f"low_level: the surprisal of the words of {events.stimulus.path.name} is by {giver.name}, {read}."
    return Surprisal(bits, (note,), _digests(text, spans), _network(giver))


def _digests(text: str, spans: np.ndarray) -> tuple[str, ...]:
    """Digest of the text up to each word's end, and of where the word begins."""
    out, whole, done = [], hashlib.sha256(), 0
    for start, stop in spans.tolist():
        whole.update(text[done:stop].encode())
        done = stop
        own = whole.copy()
        own.update(f"\n{stop - start}".encode())
        out.append(own.hexdigest()[:32])
    return tuple(out)


def _stored(giver: ModelSpec, events: StimulusEvents, path: Path) -> Surprisal:
    """Read beside a model set, by the text so far."""
    file = events.stimulus.path.name
    found = _read(path)
    if found is None or found.bits is None:
        return _none(f"there is none of {file} by {giver.name} ({path})")
    known = dict(zip(found.so_far, found.bits))
    digests = _digests(*said_in(events))
    if lacking := sum(name not in known for name in digests):
        return _none(
            f"{path} lacks {lacking} of the {len(digests)} words of {file}: it was made from another transcript"
        )
    return Surprisal(np.array([known[name] for name in digests]), found.notes, digests, found.made_from)


def _none(why: str) -> Surprisal:
    said = f"{WARNING}low_level: the columns of {LOW_LEVEL_FAMILY} are zero: {why}."
    return Surprisal(notes=(f"{said} What they lack cannot be controlled for, and beats_low_level is easier to pass.",))


def _write(found: Sequence[Surprisal], path: Path) -> None:
    """Write surprisals of one stimulus by one network as one npz file: arrays `so_far` and `bits`, `about` as JSON."""
    known = {name: value for one in found for name, value in zip(one.so_far, one.bits if one.bits is not None else ())}
    about = {"notes": list(found[-1].notes), "made_from": found[-1].made_from}
    with atomic(path) as temporary, temporary.open("wb") as stream:
        arrays = {"so_far": np.array(list(known), "U32"), "bits": np.array(list(known.values()), float)}
        np.savez(stream, **arrays, about=np.array(json.dumps(about)))  # type: ignore[arg-type]


def _read(path: Path) -> Surprisal | None:
    """Read surprisals; None where there are none or where what is there is damaged."""
    try:
        with np.load(path, allow_pickle=False) as content:
            about = json.loads(str(content["about"]))
            bits, so_far = np.asarray(content["bits"], float), tuple(map(str, content["so_far"]))
            if len(bits) != len(so_far):
                raise ValueError
            return Surprisal(bits, tuple(about["notes"]), so_far, str(about["made_from"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        logger.warning("%s: damaged, not used", path)
        return None
