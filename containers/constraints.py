"""Print the versions that the containers are built with: those that are installed here, where the tests were run.

    make constraints

Every package that bids_vlint[demo] needs, and what that needs, a line each: a constraints file of pip.
"""

from __future__ import annotations

import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]


def constraints(pyproject: Path) -> list[str]:
    """NAME==VERSION of all that the project and its extra `demo` need, sorted by name.

    Parameters
    ----------
    pyproject : Path
        Its `dependencies` and `optional-dependencies` are read; an extra may name the project's own.

    Raises
    ------
    SystemExit
        Where a package is not installed.
    """
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    own = canonicalize_name(project["name"])
    waiting = [Requirement(line) for line in project["dependencies"] + extras["demo"]]
    versions: dict[str, str] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        requirement = waiting.pop()
        name, wanted = canonicalize_name(requirement.name), frozenset(requirement.extras)
        if (name, wanted) in seen:
            continue
        seen.add((name, wanted))
        if name == own:
            waiting += [Requirement(line) for extra in wanted for line in extras[extra]]
            continue
        try:
            package = distribution(name)
        except PackageNotFoundError:
            raise SystemExit(f"{name} is not installed: run make test first") from None
        # what another index adds to a version (2.6.0+cpu) is the same release
        versions[name] = package.version.partition("+")[0]
        waiting += [r for r in map(Requirement, package.requires or ()) if _holds(r, wanted)]
    return [f"{name}=={versions[name]}" for name in sorted(versions)]


def _holds(requirement: Requirement, extras: frozenset[str]) -> bool:
    """Whether a package needs it here, with these extras of its own."""
    return requirement.marker is None or any(requirement.marker.evaluate({"extra": e}) for e in ("", *extras))


if __name__ == "__main__":
    print("# Made by make constraints.")
    print("\n".join(constraints(ROOT / "pyproject.toml")))
