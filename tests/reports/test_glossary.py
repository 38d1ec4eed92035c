"""The words of the reports: one home, shown where they stand and at the end of each page."""

from __future__ import annotations

import re
from pathlib import Path

from bids_vlint.inference.calibrated.claims import WORDS
from bids_vlint.networks.comparisons import TESTS
from bids_vlint.reports.glossary import anchor_of, glossary, term
from bids_vlint.reports.sections.glossary import words_section
from tests.plug_ins import Install
from tests.reports import words

TEMPLATES = Path(__file__).parents[2] / "bids_vlint" / "reports" / "templates"


def test_the_docs_say_what_the_reports_say() -> None:
    assert words.table() in words.PAGE.read_text(encoding="utf-8"), "python -m tests.reports.words"


def test_every_test_and_word_is_in_plain_words() -> None:
    for thing in (*WORDS, *(TESTS.named(name) for name in TESTS.of_here)):
        entry = glossary()[thing.name.replace("_", " ")]
        assert entry.plain == thing.plain != ""
        assert "_" not in entry.plain + entry.silent
        assert not entry.plain.endswith(".")
    assert {"site", "alignment", "q", "p", "interval", "latency", "prevalence", "noise ceiling"} <= set(glossary())
    assert len({anchor_of(word) for word in glossary()}) == len(glossary())


def test_every_word_that_a_template_names_is_there() -> None:
    named = {name for file in TEMPLATES.glob("*.html") for name in re.findall(r'"([^"]+)"\|term', file.read_text())}
    assert len(named) > 15
    assert named <= set(glossary())


def test_a_word_leads_to_its_entry() -> None:
    page = str(words_section().content)
    for word, entry in glossary().items():
        link = re.search(r'href="#([^"]+)"', str(term(word)))
        assert link
        assert f'<dt id="{link[1]}">' in page
        assert entry.plain.replace("'", "&#39;") in page
    assert term("multimodal_beats_linear") == term("multimodal beats linear")
    assert str(term("<b>")) == "<b>", "no word: the template escapes it"
    assert "<b>" not in str(term("q", "<b>"))


def test_a_test_of_others_is_said_by_its_meaning(lab: Install) -> None:
    lab(
        "bids_vlint.tests: a_beats_b",
        """
from bids_vlint.networks.comparisons import ElectrodeTest

THING = ElectrodeTest("a_beats_b", lambda models: ([], []), "the best A beats the best B", ("a", "b"))
""",
    )
    assert glossary()["a beats b"].plain == "the best A beats the best B"
