"""The world: what is said agrees with what is shown half of the time, and neither alone tells when."""

import numpy as np
import pytest

from bids_vlint.demo.draw import PENS, draw
from bids_vlint.demo.world import (
    PLACES,
    THINGS,
    agreement,
    last_named,
    random_caption,
    random_scene,
    random_sentence,
    stream,
    vocabulary,
)

N = 4000


@pytest.fixture(scope="module")
def said() -> list[tuple[tuple[str, ...], str, int]]:
    """Things in sight, thing named, agreement, of many whole sentences."""
    rng = stream(0, "test")
    out = []
    for _ in range(N):
        scene = random_scene(rng)
        words = random_sentence(rng, scene)
        out.append((scene.names, last_named(words), agreement(words, scene)))
    return out


def test_streams_depend_on_seed_and_name() -> None:
    draws = {key: stream(*key).random() for key in ((0, "a"), (0, "b"), (1, "a"))}
    assert len(set(draws.values())) == 3
    assert draws[0, "a"] == stream(0, "a").random()


@pytest.mark.parametrize("thing", THINGS)
def test_neither_what_is_seen_nor_what_is_said_tells_agreement(said: list, thing: str) -> None:
    of_named = [fits for _, name, fits in said if name == thing]
    of_shown = [fits for names, _, fits in said if thing in names]
    for fits in (of_named, of_shown):
        assert abs(np.mean(fits)) < 4.5 / np.sqrt(len(fits))


def test_agreement_is_whether_the_thing_named_last_is_in_sight() -> None:
    scene = random_scene(stream(0, "scene"))
    seen, unseen = scene.names[0], next(t for t in THINGS if t not in scene.names)
    assert agreement(("the",), scene) == 0
    assert agreement(("the", seen, "sees", "a"), scene) == 1
    assert agreement(("the", seen, "sees", "a", unseen), scene) == -1


def test_captions_are_true_and_in_the_vocabulary() -> None:
    rng = stream(0, "captions")
    for _ in range(100):
        scene = random_scene(rng)
        words = random_caption(rng, scene).split()
        assert {word for word in words if word in THINGS} == set(scene.names)
        assert set(words) <= set(vocabulary())


def test_every_thing_and_place_is_drawn_differently() -> None:
    assert set(PENS) == set(THINGS)
    rng = stream(0, "draw")
    scenes = [random_scene(rng) for _ in range(200)]
    pictures = {draw(scene).tobytes() for scene in scenes}
    assert len(pictures) == len(scenes)
    assert {scene.place for scene in scenes} == set(PLACES)
    assert draw(scenes[0], 0.3).tobytes() != draw(scenes[0], 0.0).tobytes()
