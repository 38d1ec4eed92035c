"""A report's page: sections made of templates, in one file that needs no other."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from bids_vlint.files.atomic import write_text
from bids_vlint.reports.filters import FILTERS
from bids_vlint.reports.glossary import term
from bids_vlint.version import __version__

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_HERE = "bids_vlint.reports"
_TABLES = "tables.js"  # on every page
_BESIDE = re.compile(rb'href="((?:sub-[^"/#]+/)?figures/[^"#]+|[^"#/]+_(?:methods\.md|references\.bib))"')
_MARK = b"<!-- made from "


@dataclass(frozen=True)
class Section:
    """A piece of a page.

    Attributes
    ----------
    part : str
        The heading that it stands under with others (Summary, Data, ...).
    title : str
    content : Markup
        HTML.
    anchor : str
        The id that a link leads to; "": it has none.
    scripts : tuple of str
        Scripts that it needs, files in the folder `templates`; a page has each once, in this order, at its end.
    """

    part: str
    title: str
    content: Markup
    anchor: str = ""
    scripts: tuple[str, ...] = ()


@cache
def _environment(package: str) -> Environment:
    """Templates of a package, which may use those that are here; names from data are escaped."""
    made = Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader(_HERE)]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {**FILTERS, "term": term}
    return made


def section(
    part: str,
    title: str,
    template: str,
    *,
    package: str = _HERE,
    anchor: str = "",
    scripts: tuple[str, ...] = (),
    **values: Any,
) -> Section:
    """Render a section.

    Parameters
    ----------
    part, title : str
    template : str
        File name in the folder `templates` of the package.
    package : str
    anchor, scripts
        Of the section.
    **values
        What the template says; one that it lacks is an error.
    """
    return Section(part, title, rendered(template, package=package, **values), anchor, scripts)


def rendered(template: str, *, package: str = _HERE, **values: Any) -> Markup:
    """What a template says; `template`, `package` and `values` as `section` has them."""
    return Markup(_environment(package).get_template(template).render(values))


def picture_section(part: str, title: str, figure: Figure, caption: str) -> Section:
    """A section of one picture and what it shows."""
    return section(part, title, "picture.html", name=title, figure=figure, caption=caption)


def write_page(path: Path, title: str, sections: Iterable[Section], source: str = "") -> Path:
    """Write a page; the same sections make the same bytes.

    Parameters
    ----------
    path : Path
    title : str
    sections : iterable of Section
        In order; those of a part stand together where its first one does.
    source : str
        What it is made from (`source.source_of`), for `page_stands`.
    """
    parts: dict[str, list[Section]] = {}
    for one in sections:
        parts.setdefault(one.part, []).append(one)
    scripts = dict.fromkeys(script for own in parts.values() for one in own for script in one.scripts)
    page = _environment(_HERE).get_template("page.html")
    text = page.render(
        title=title, parts=parts, version=__version__, scripts=[_script(name) for name in (*scripts, _TABLES)]
    )
    write_text(path, text + _mark(text.encode(), source).decode())
    return path


@cache
def _script(name: str) -> Markup:
    """A script, as it stands in a page."""
    return Markup((files(_HERE) / "templates" / name).read_text(encoding="utf-8"))


def page_stands(path: Path, source: str) -> bool:
    """Whether a page is there, whole and unchanged, made from this source, and with all figures and methods files that
    it leads to."""
    if not path.is_file():
        return False
    content = path.read_bytes()
    start = content.rfind(_MARK)
    if start <= 0 or content[start:] != _mark(content[:start], source):
        return False
    return all((path.parent / unquote(link.decode())).is_file() for link in _BESIDE.findall(content))


def _mark(text: bytes, source: str) -> bytes:
    """A page's last line: what it is made from, and the digest of the lines before."""
    return _MARK + f"{source} {hashlib.sha256(text).hexdigest()} -->\n".encode()
