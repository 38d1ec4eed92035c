"""Comparisons between networks: those that are always made (the tests), and those of a model set."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bids_vlint.registry import Registry

Sides = tuple[Sequence[str], Sequence[str]]  # labels of the model side and of the baseline side


@dataclass(frozen=True)
class Comparison:
    """A `[[comparison]]` of a model set: the best of `model` against the best of `baseline`.

    Examples
    --------
    >>> Comparison("clip_beats_simclr", model=("clip",), baseline=("simclr",)).name
    'clip_beats_simclr'
    """

    name: str
    model: tuple[str, ...]
    baseline: tuple[str, ...]


@dataclass(frozen=True)
class Entrants:
    """Labels of an alignment's models, beside `linear` and `low_level`, from which a test takes its sides.

    Attributes
    ----------
    modalities : label -> modality
        Of the trained networks, in the order of the model set: what each was trained with. Runs on parts of what a
        network is shown are left out.
    whole : sequence of str
        Networks that are shown picture and text at once and whose runs on each alone are at hand.
    on_low_level : sequence of str
        Networks joined with the low-level features: `whole`, or all trained ones where there is none.
    twins : label -> label
        Of each trained network that has a random twin, that twin (of several, their average).
    added : label -> label
        Of each network in `whole`, the sum of its runs on its parts.
    joint : sequence of str
        Networks that are shown picture and text at once, also those whose runs on each alone are lacking.
    on_hearing : sequence of str
        Networks joined with the low-level features and what the networks that hear know; none where none hears.
    """

    modalities: Mapping[str, str]
    whole: Sequence[str]
    on_low_level: Sequence[str]
    twins: Mapping[str, str]
    added: Mapping[str, str]
    joint: Sequence[str] = ()
    on_hearing: Sequence[str] = ()

    def trained(self, *modalities: str) -> list[str]:
        """Labels of the trained networks of some modalities."""
        return [label for label, own in self.modalities.items() if own in modalities]


@dataclass(frozen=True)
class ElectrodeTest:
    """A test that is made at every electrode, whatever the model set.

    Attributes
    ----------
    name : str
        As in columns' names.
    sides : Entrants -> (labels, labels)
        The models among which the best one stands on each side; those that an alignment lacks are passed over, and
        where a side has none the test is not made.
    meaning : str
        What it compares, to be read after "Whether".
    counted : (str, str)
        What is counted as a candidate on the model side, and on the baseline side.
    place : int
        Where it stands among the tests; those of this package take 10, 20, 30, 40.
    own_baseline : bool
        The baselines are the models' own, one each: against a model stands its own, and no other.
    besides : Entrants -> (labels, labels), or None
        What it must hold for, too: models against baselines of their own, one each. p is the larger of both, and of
        both an electrode's row tells that one (intersection-union test: Berger 1982, 10.1080/00401706.1982.10487790).
    lacks : Entrants -> str, or None
        What is lacking where a side has no model, to be read after "not tested:".
    control : bool
        It says what must hold besides: an electrode that passes it alone is not listed among the sites.
    gate : bool
        An electrode that fails it passes no other test. One test is the gate.
    plain, silent : str
        For the glossary of the reports, in plain words: what it says where it holds, and what it does not say.
    """

    name: str
    sides: Callable[[Entrants], Sides]
    meaning: str
    counted: tuple[str, str]
    place: int = 100
    own_baseline: bool = False
    besides: Callable[[Entrants], Sides] | None = None
    lacks: Callable[[Entrants], str] | None = None
    control: bool = False
    gate: bool = False
    plain: str = ""
    silent: str = ""


def _wrong(found: ElectrodeTest) -> str | None:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", found.name):
        return "is not named with letters, digits, _ and - alone, as names of columns are"
    return f"cannot be the gate, which is {gate().name}" if found.gate else None


# Made of every model set with networks that hear. The gate asks of the others, and is none of its business.
AUDIO = "audio_beats_random"


def passes_gate_first(test: str) -> bool:
    """Whether a claim of a test needs the gate's: all but what is asked of networks that hear."""
    return test != AUDIO


TESTS = Registry("test", ElectrodeTest, "bids_vlint.networks.tests", "bids_vlint.tests", "test", _wrong)


def gate() -> ElectrodeTest:
    """The test without which an electrode passes no other."""
    return TESTS.named("trained_beats_random")


def always_made() -> list[str]:
    """Names of the tests that are always made, in order."""
    return [one.name for one in TESTS.everything]


def telling() -> list[str]:
    """The tests that reports tell of besides the gate: those that say what an electrode is, then the controls."""
    told = [one for one in TESTS.everything if not one.gate]
    return [one.name for one in sorted(told, key=lambda one: one.control)]
