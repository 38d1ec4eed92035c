"""A small world of named things, and what is said in it.

A scene shows two things in a place. A sentence names one or two things, whether or not they are in sight: each noun
is in sight with probability one half, whatever the scene and whatever the noun, so that neither what is seen nor what
is said tells whether they agree.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

THINGS: tuple[str, ...] = ("cat", "fish", "bird", "tree", "house", "car", "boat", "star")
COLOURS: dict[str, tuple[int, int, int]] = {
    "red": (214, 40, 40),
    "pink": (245, 130, 185),
    "yellow": (250, 220, 60),
    "blue": (40, 90, 220),
    "purple": (140, 60, 180),
    "white": (245, 245, 245),
}
PLACES: tuple[str, ...] = ("meadow", "sea", "night", "desert")
# n: a thing's name, c: a colour's
_TEMPLATES: tuple[str, ...] = (
    "look at the n",
    "here comes a c n",
    "there is the n",
    "a c n and a n",
    "the n sees a n",
    "the c n is near the n",
    "a n follows the c n",
    "the n is behind a n",
)


@dataclass(frozen=True)
class Thing:
    """A thing in sight; `centre` in pixels of a 128 x 128 picture."""

    name: str
    colour: str
    centre: tuple[float, float]


@dataclass(frozen=True)
class Scene:
    """What a shot shows."""

    place: str
    things: tuple[Thing, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the things in sight."""
        return tuple(thing.name for thing in self.things)


def stream(seed: int, name: str) -> np.random.Generator:
    """Random numbers that depend on the seed and a name alone, never on the order of calls."""
    return np.random.default_rng(list(hashlib.sha256(f"{seed}/{name}".encode()).digest()[:16]))


def random_scene(rng: np.random.Generator) -> Scene:
    """Draw two different things, left and right, each of any colour, in a place."""
    names = rng.choice(THINGS, size=2, replace=False)
    colours = rng.choice(list(COLOURS), size=2)
    centres = [(x + rng.uniform(-3, 3), 68 + rng.uniform(-4, 4)) for x in (32, 96)]
    things = tuple(Thing(str(n), str(c), p) for n, c, p in zip(names, colours, centres))
    return Scene(str(rng.choice(PLACES)), things)


def random_sentence(rng: np.random.Generator, scene: Scene) -> tuple[str, ...]:
    """Say something: each noun is drawn from the things in sight or from the others, with equal chances."""
    words: list[str] = []
    used: set[str] = set()
    for slot in _TEMPLATES[rng.integers(len(_TEMPLATES))].split():
        if slot == "n":
            agree = rng.random() < 0.5
            pool = [t for t in THINGS if (t in scene.names) == agree and t not in used]
            words.append(str(rng.choice(pool)))
            used.add(words[-1])
        else:
            words.append(str(rng.choice(list(COLOURS))) if slot == "c" else slot)
    return tuple(words)


def random_caption(rng: np.random.Generator, scene: Scene) -> str:
    """Say something true of the scene: both things, each with or without its colour."""
    first, second = (
        f"{scene.things[k].colour} {scene.things[k].name}" if rng.random() < 0.5 else scene.things[k].name
        for k in rng.permutation(2)
    )
    return (
        f"{rng.choice(('a', 'the'))} {first} {rng.choice(('and a', 'is near the', 'follows the', 'sees a'))} {second}"
    )


def last_named(words: Sequence[str]) -> str | None:
    """The thing that the words named last (None: none so far)."""
    return next((word for word in reversed(words) if word in THINGS), None)


def agreement(words: Sequence[str], scene: Scene) -> int:
    """Whether the thing named last is in sight: 1 yes, -1 no, 0 where none has been named."""
    named = last_named(words)
    return 0 if named is None else (1 if named in scene.names else -1)


def vocabulary() -> list[str]:
    """All words of the world, sorted."""
    said = {word for template in _TEMPLATES for word in template.split()} - {"n", "c"}
    return sorted(said | set(THINGS) | set(COLOURS))
