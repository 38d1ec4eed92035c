"""The table of words in docs/glossary.md: `python -m tests.reports.words` writes it anew from the glossary."""

from __future__ import annotations

import re
from pathlib import Path

from bids_vlint.reports.glossary import glossary

PAGE = Path(__file__).parents[2] / "docs" / "glossary.md"


def table() -> str:
    """Every word of the reports, what it says, and what it does not say."""
    rows = [f"| **{word}** | {term.plain} | {term.silent} |" for word, term in glossary().items()]
    return "\n".join(["| word | it says | it does not say |", "|---|---|---|", *rows])


def main() -> None:
    """Put the table into the page."""
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(re.sub(r"\| word \| it .*?(?=\n\n)", lambda _: table(), page, count=1, flags=re.DOTALL), "utf-8")


if __name__ == "__main__":
    main()
