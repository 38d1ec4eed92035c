"""Works that reports cite: as text, as BibTeX, and their marks in the order of citation."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

_FIELDS = ("author", "title", "journal", "booktitle", "publisher", "howpublished", "year", "volume", "pages")
_SPECIAL = re.compile(r"([&%$#_])")  # of TeX, but in addresses


@dataclass(frozen=True)
class Reference:
    """A work that is cited, by BibTeX's fields; those that are not known are left out.

    Attributes
    ----------
    key : str
    title : str
    author : str
        "Last, F. M. and Last, F. M. and others"; a name in double braces stays as it is.
    year : int | None
    kind : str
        BibTeX's type of entry.
    journal, booktitle, publisher, howpublished, volume, pages : str
        Where it appeared.
    doi, eprint, url : str
        Its DOI, its number in arXiv, its address; the first that is known leads to it.
    package : str
        Of a program: the distribution that it comes in.

    Examples
    --------
    >>> work = Reference("hunt2007", "Figures & more", "Hunt, J. D. and others", 2007, "article", "Journal", doi="10/x")
    >>> print(work.text, work.address)
    Hunt J. D. et al. (2007). Figures & more. Journal. https://doi.org/10/x
    >>> print(work.bibtex)
    @article{hunt2007,
      author = {Hunt, J. D. and others},
      title = {{Figures \\& more}},
      journal = {Journal},
      year = {2007},
      doi = {10/x},
    }
    """

    key: str
    title: str
    author: str = ""
    year: int | None = None
    kind: str = "misc"
    journal: str = ""
    booktitle: str = ""
    publisher: str = ""
    howpublished: str = ""
    volume: str = ""
    pages: str = ""
    doi: str = ""
    eprint: str = ""
    url: str = ""
    package: str = ""

    @property
    def text(self) -> str:
        """Authors (year). Title. Where it appeared."""
        who = ", ".join(_name(name) for name in self.author.split(" and ") if name).replace(", et al.", " et al.")
        what = f"{who}{f' ({self.year})' if self.year else ''}." if who else ""
        inside = ", ".join(part for part in (self.volume, self.pages) if part)
        arxiv = f"arXiv {self.eprint}" if self.eprint and not (self.journal or self.booktitle) else ""
        place = self.journal or self.booktitle or self.publisher or self.howpublished or arxiv
        ended = self.title if self.title.endswith(("?", "!")) else f"{self.title}."
        return " ".join(part for part in (what, ended, f"{f'{place} {inside}'.strip()}." if place else "") if part)

    @property
    def address(self) -> str:
        """Where it is found."""
        if self.doi:
            return f"https://doi.org/{self.doi}"
        return f"https://arxiv.org/abs/{self.eprint}" if self.eprint else self.url

    @property
    def bibtex(self) -> str:
        """Its entry."""
        known = {name: _SPECIAL.sub(r"\\\1", str(value)) for name in _FIELDS if (value := getattr(self, name))}
        known["title"] = f"{{{known['title']}}}"  # as it is written, capitals and all
        known |= {"pages": self.pages.replace("-", "--")} if self.pages else {}
        known |= {name: value for name in ("doi", "eprint", "url") if (value := getattr(self, name))}
        known |= {"archivePrefix": "arXiv"} if self.eprint else {}
        lines = "".join(f"  {name} = {{{value}}},\n" for name, value in known.items())
        return f"@{self.kind}{{{self.key},\n{lines}}}"


def _name(name: str) -> str:
    """Last, F. M.: as it stands in a list of references."""
    return "et al." if name == "others" else name.replace("{", "").replace("}", "").replace(", ", " ")


@cache
def citations() -> dict[str, Reference]:
    """All references of data/citations.toml, by key."""
    content = tomllib.loads(files("bids_vlint").joinpath("data/citations.toml").read_text(encoding="utf-8"))
    return {key: Reference(key, **{"kind": "article", **entry}) for key, entry in content.items()}


def cited(work: str) -> Reference | None:
    """The work of a key, or one that is named by its address (https://...) alone; None: neither.

    Examples
    --------
    >>> cited("mu2022").year, cited("https://example.org/net").address, cited("nobody1900")
    (2022, 'https://example.org/net', None)
    """
    if re.match(r"https?://\S+$", work):
        return Reference(re.sub(r"\W+", "-", work.partition("://")[2]).strip("-"), work, url=work)
    return citations().get(work)


def of_packages(names: Iterable[str]) -> list[Reference]:
    """The programs of some distributions, in the order of their keys; one without a reference is left out."""
    wanted = set(names)
    return [work for _, work in sorted(citations().items()) if work.package in wanted]


def bibliography(works: Iterable[Reference]) -> str:
    """The content of a .bib file."""
    return "\n\n".join(work.bibtex for work in sorted(works, key=lambda work: work.key)) + "\n"


@dataclass
class Bibliography:
    """Marks references, and keeps them in the order in which a text cites them.

    Attributes
    ----------
    by_key : bool
        Marks are pandoc's [@key; @key], and not [1, 2].
    cited : list of Reference
    """

    by_key: bool = False
    cited: list[Reference] = field(default_factory=list)

    def __call__(self, *works: str | Reference) -> str:
        """The mark of some references, by key or as they are: [1, 2]."""
        found: list[Any] = [citations()[work] if isinstance(work, str) else work for work in works]
        self.cited += [reference for reference in dict.fromkeys(found) if reference not in self.cited]
        if self.by_key:
            return f"[{'; '.join(f'@{reference.key}' for reference in found)}]"
        return f"[{', '.join(str(self.cited.index(reference) + 1) for reference in found)}]"
