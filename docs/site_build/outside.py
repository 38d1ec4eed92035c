"""Pages of the repository that lie outside of docs: copies for the site, and links that lead to these."""

from __future__ import annotations

import os
import re
from pathlib import Path

FOLDER = "repository"  # of the copies; made anew by every build
# Their names on the site.
PAGES = {
    "CHANGES.md": "changes",
    "CONTRIBUTING.md": "contributing",
    "CODE_OF_CONDUCT.md": "code_of_conduct",
    "benchmarks/README.md": "benchmarks",
    "benchmarks/calibration/README.md": "calibration_benchmark",
    "benchmarks/calibration/results/README.md": "calibration_tables",
    "benchmarks/regions/README.md": "regions_benchmark",
}
_LINK = re.compile(r"(?P<text>\[[^\]]*\])\((?P<path>[^)#:\s]+)(?P<anchor>#[^)\s]*)?\)")


def write(docs: Path) -> None:
    """Copy the pages, their links turned."""
    folder = docs / FOLDER
    folder.mkdir(exist_ok=True)
    for path, name in PAGES.items():
        page = docs.parent / path
        text = turned(page.read_text(encoding="utf-8"), page.parent, folder, docs)
        copy = folder / f"{name}.md"
        if not copy.exists() or copy.read_text(encoding="utf-8") != text:  # unchanged pages are not built again
            copy.write_text(text, encoding="utf-8")


def lead_to_pages(app: object, docname: str, source: list[str]) -> None:
    """Let the links of a page of docs lead to the copies."""
    docs = Path(app.srcdir)  # type: ignore[attr-defined]
    page = docs / docname
    if not docname.startswith(f"{FOLDER}/") and page.with_suffix(".md").exists():
        source[0] = turned(source[0], page.parent, page.parent, docs)


def turned(text: str, home: Path, place: Path, docs: Path) -> str:
    """The links of a text, as they lead from another place.

    Parameters
    ----------
    text : str
        In Markdown; its relative links are meant from the folder `home`.
    home, place : Path
        Folder of the text, and of its copy.
    docs : Path
        The site's pages. A link to what is neither there nor copied loses its target.
    """

    def turn(link: re.Match[str]) -> str:
        target = Path(os.path.normpath(home / link["path"]))
        inside = target.is_relative_to(docs)
        if not inside:
            name = PAGES.get(target.relative_to(docs.parent).as_posix()) if target.is_relative_to(docs.parent) else None
            if name is None:
                return link["text"][1:-1]
            target = docs / FOLDER / f"{name}.md"
        if inside and target.is_dir():  # the examples are the gallery
            target = docs / "gallery" / "index.rst"
        return f"{link['text']}({os.path.relpath(target, place)}{link['anchor'] or ''})"

    return _LINK.sub(turn, text)
