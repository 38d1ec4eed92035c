"""The house: folders import one way, and each public name has one home."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from tests.house import PAGE, ROOMS, ROOT, imports, picture, room


def test_every_room_has_its_floor() -> None:
    there = {room(f.relative_to(ROOT)) for f in ROOT.rglob("*.py")} - {"__init__", "__main__"}
    assert there == set(ROOMS)


def test_no_arrow_goes_up() -> None:
    floor = {name: k for k, name in enumerate(ROOMS)}
    up = {(str(a), str(b)) for a, b in imports()
          if {room(a), room(b)} <= set(ROOMS) and floor[room(b)] < floor[room(a)]}  # fmt: skip
    assert not up


def test_the_command_line_and_the_workflows_alone_know_the_settings() -> None:
    """What is below is told what it needs (`workflows.protocols` cuts it from the settings)."""
    assert {room(a) for a, b in imports() if room(b) == "settings"} - {"settings"} == {"cli", "workflows"}


def test_no_two_folders_import_each_other() -> None:
    """No circle of folders, whatever their depth; a folder's own modules never import from the folders inside it."""
    after: dict[Path, set[Path]] = defaultdict(set)
    for a, b in imports():
        if a.parent != b.parent and len(a.parts) > 1 and len(b.parts) > 1:
            assert a.parent not in b.parent.parents, f"{a} imports from {b}, which lies inside its own folder"
            after[a.parent].add(b.parent)
    done: set[Path] = set.union(*after.values()) - set(after)
    while rest := set(after) - done:
        free = {folder for folder in rest if after[folder] <= done}
        assert free, f"a circle among {sorted(map(str, rest))}"
        done |= free


def test_the_picture_is_of_this_house() -> None:
    assert picture() in PAGE.read_text(encoding="utf-8"), "run python -m tests.house"
