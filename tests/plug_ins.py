"""Packages of others, each one file, that bring something of their own by an entry point."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

Install = Callable[[str, str], None]  # what brings something, "group: name", and the text of its module


def install(folder: Path, package: str, module: str, content: str, points: dict[str, str]) -> None:
    """Install a package of one module into a folder, as pip --target would.

    Parameters
    ----------
    folder : Path
        Made if absent.
    package : str
        The distribution's name.
    module, content : str
        The module's name and text.
    points : group -> "name = module:object" lines
    """
    folder.mkdir(exist_ok=True)
    (folder / f"{module}.py").write_text(dedent(content))
    info = folder / f"{package.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("".join(f"[{group}]\n{dedent(own)}\n" for group, own in points.items()))
