"""Works that reports cite, and their numbers in the order of citation."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from importlib.resources import files


@dataclass(frozen=True)
class Reference:
    """A work that is cited."""

    key: str
    text: str
    url: str


def citations() -> dict[str, Reference]:
    """All references of data/citations.toml, by key."""
    content = tomllib.loads(files("bids_vlint").joinpath("data/citations.toml").read_text(encoding="utf-8"))
    return {key: Reference(key, entry["text"], entry["url"]) for key, entry in content.items()}


@dataclass
class Bibliography:
    """Numbers references in the order in which a text cites them."""

    known: dict[str, Reference] = field(default_factory=citations)
    cited: list[Reference] = field(default_factory=list)

    def __call__(self, *works: str | Reference) -> str:
        """The mark of some references, by key or as they are: [1, 2]."""
        found = [self.known[work] if isinstance(work, str) else work for work in works]
        self.cited += [reference for reference in dict.fromkeys(found) if reference not in self.cited]
        return f"[{', '.join(str(self.cited.index(reference) + 1) for reference in found)}]"
