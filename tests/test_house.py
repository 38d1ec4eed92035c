"""The house: folders import one way, and each public name has one home."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import bids_vlint

ROOT = Path(bids_vlint.__file__).parent
# From the top floor down: a room may import from those after it.
ROOMS = ("cli", "workflows", "demo", "fit", "reports", "group", "derivatives", "atlas", "inference", "encoding",
         "networks", "signals", "study", "film", "settings", "files", "log", "errors", "version")  # fmt: skip


def imports() -> Iterator[tuple[Path, Path]]:
    """(file, file that it imports from), both from the package's root."""
    for file in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "bids_vlint":
                for alias in node.names:
                    parts = [*(node.module or "").split(".")[1:], alias.name]
                    target = next(p for k in range(len(parts), -1, -1) for p in _files(parts[:k]) if p.is_file())
                    yield file.relative_to(ROOT), target.relative_to(ROOT)


def _files(parts: list[str]) -> tuple[Path, Path]:
    return ROOT.joinpath(*parts[:-1], f"{parts[-1]}.py") if parts else ROOT, ROOT.joinpath(*parts, "__init__.py")


def room(file: Path) -> str:
    return file.parts[0].removesuffix(".py")


def test_every_room_has_its_floor() -> None:
    there = {room(f.relative_to(ROOT)) for f in ROOT.rglob("*.py")} - {"__init__", "__main__"}
    assert there == set(ROOMS)


def test_no_arrow_goes_up() -> None:
    floor = {name: k for k, name in enumerate(ROOMS)}
    up = {(str(a), str(b)) for a, b in imports()
          if {room(a), room(b)} <= set(ROOMS) and floor[room(b)] < floor[room(a)]}  # fmt: skip
    assert not up


def test_no_two_folders_import_each_other() -> None:
    """No circle of folders, whatever their depth; a folder's own modules never import from the folders inside it."""
    after: dict[Path, set[Path]] = defaultdict(set)
    for a, b in imports():
        if a.parent != b.parent and len(b.parts) > 1 and len(a.parts) > 1:
            after[a.parent].add(b.parent)
            assert a.parent not in b.parent.parents, f"{a} imports from {b}, which lies inside its own folder"
    ordered: set[Path] = set()
    while rest := {folder for folder in after if folder not in ordered}:
        free = {folder for folder in rest if after[folder] <= ordered | (set.union(*after.values()) - set(after))}
        assert free, f"a circle among {sorted(map(str, rest))}"
        ordered |= free
