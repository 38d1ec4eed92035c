"""The rooms of the package and the imports between them: `python -m tests.house` writes the picture in
docs/architecture.md anew."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import bids_vlint

ROOT = Path(bids_vlint.__file__).parent
PAGE = ROOT.parent / "docs" / "architecture.md"
# From the top floor down: a room may import from those after it. Some are single files.
ROOMS = ("cli", "workflows", "demo", "prepare", "clusters", "fit", "stages", "recovery", "reports", "group",
         "derivatives", "nested", "atlas", "inference", "between_brains", "encoding", "networks", "signals", "study",
         "film", "settings", "figures", "citations", "files", "registry", "log", "stopping", "errors",
         "version")  # fmt: skip
EVERYWHERE = {"errors", "log", "stopping", "version"}  # taken by nearly all: their arrows would hide the others


@cache
def trees() -> dict[Path, ast.Module]:
    """Every file of the package, parsed."""
    return {file: ast.parse(file.read_text(encoding="utf-8")) for file in ROOT.rglob("*.py")}


@cache
def imports() -> tuple[tuple[Path, Path], ...]:
    """(file, file that it imports from), both from the package's root; imports inside functions count."""
    return tuple(_imports())


def _imports() -> Iterator[tuple[Path, Path]]:
    for file, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "bids_vlint":
                for alias in node.names:
                    parts = [*(node.module or "").split(".")[1:], alias.name]
                    target = next(p for k in range(len(parts), -1, -1) for p in _places(parts[:k]) if p.is_file())
                    yield file.relative_to(ROOT), target.relative_to(ROOT)


def _places(parts: list[str]) -> list[Path]:
    package = ROOT.joinpath(*parts, "__init__.py")
    return [ROOT.joinpath(*parts).with_suffix(".py"), package] if parts else [package]


def room(file: Path) -> str:
    """The room of a file."""
    return file.parts[0].removesuffix(".py")


def arrows() -> set[tuple[str, str]]:
    """Which room imports from which."""
    return {(room(a), room(b)) for a, b in imports() if room(a) != room(b) and {room(a), room(b)} <= set(ROOMS)}


def picture() -> str:
    """The rooms as a Mermaid graph; an arrow that two others make is left out."""
    known = {(a, b) for a, b in arrows() if b not in EVERYWHERE}
    reach = dict.fromkeys(ROOMS, frozenset[str]())
    for name in reversed(ROOMS):  # below a room everything is known already
        reach[name] = frozenset().union(*({b} | reach[b] for a, b in known if a == name))
    shown = [(a, b) for a, b in known if not any(b in reach[c] for x, c in known if x == a)]
    order = {name: k for k, name in enumerate(ROOMS)}
    lines = [f"    {a} --> {b}" for a, b in sorted(shown, key=lambda pair: (order[pair[0]], order[pair[1]]))]
    return "\n".join(["```mermaid", "graph TD", *lines, "```"])


def main() -> None:
    """Put the picture into the page."""
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(re.sub(r"```mermaid\n.*?```", picture(), page, flags=re.DOTALL), encoding="utf-8")


if __name__ == "__main__":
    main()
