"""The house: folders import one way, and each public name has one home."""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from pathlib import Path

from tests.house import PAGE, ROOMS, ROOT, imports, picture, room, trees


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


def definitions() -> dict[str, set[str]]:
    """Public functions, classes and constants of modules -> the files that define them."""
    homes: dict[str, set[str]] = defaultdict(set)
    for file, tree in trees().items():
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                names = [node.name]
            elif isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                names = [target.id for target in targets if isinstance(target, ast.Name)]
            else:
                names = []
            for name in names:
                if not name.startswith("_"):
                    homes[name].add(str(file.relative_to(ROOT)))
    return homes


def test_each_public_name_has_one_home() -> None:
    assert not {name: files for name, files in definitions().items() if len(files) > 1}


def test_no_name_confuses_others_programs() -> None:
    """Pytest collects functions called test...; a module named as one of Python's own can be taken for it."""
    assert not [name for name in definitions() if name.startswith("test")]
    assert not {f.stem for f in ROOT.rglob("*.py")} & (sys.stdlib_module_names - {"__main__", "__init__"})
