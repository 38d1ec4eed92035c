"""Every number that the words of a report say: each is written down again from the tables and taken out of the text,
and none is left over.

The methods, with their references, and the glossary have tests of their own.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from bids_vlint.derivatives.collection import read_fits
from bids_vlint.derivatives.encoding_file import read_encoding
from bids_vlint.derivatives.layout import encoding_h5
from bids_vlint.version import __version__
from tests.reports.test_numbers import read
from tests.reports.text import words_of_html
from tests.reports.written_again import evidence_of, group, participant, sites_of, summary, worth

NUMBER = re.compile(r"(?<![\w.^-])[+−-]?\d[\d.]*(?:e[+-]?\d+)?(?![\w-])")
# What is said whatever the results are: the method's own numbers.
ALWAYS = (
    "At q = 0.05,", "q is at most 0.05", "q at most 0.05", "[95 %]", "(95 %)", "95 % intervals", "95 % block-",
    "80 % power", "80 of 100 such", "p of 0.05", "p below 0.05", "5 s block sums", "sqrt(1 + (K - 1)", "(Smyth 2004)",
    "Bengio 2003", "0.5 to 2 s before the event", "a 200 ms window", "faster than 5 s", "(and 30 s)", "0.5 to 1.0 s",
    "1.15 times", "lies 3 dB and more above 0", "band leaves 0", "at least 3 participants", "fewer than 3",
)  # fmt: skip


class Said:
    """What is left of a page's words."""

    def __init__(self, page: Path) -> None:
        html = page.read_text(encoding="utf-8")
        html = re.sub(r'(?s)<section id="(methods|glossary)".*?</section>|<head>.*?</head>', "", html)
        self.text = words_of_html(html)

    def take(self, *phrases: str) -> None:
        """Every phrase is there; it is taken out, as often as it is."""
        for phrase in sorted(set(phrases), key=lambda phrase: (-len(phrase), phrase)):
            assert phrase in self.text, phrase
            self.text = self.text.replace(phrase, " # ")


@pytest.mark.parametrize("subject", [None, "01", "a-long-label"])
def test_no_number_is_said_that_the_tables_do_not_hold(reported: Path, subject: str | None) -> None:
    said = Said(reported / (f"sub-{subject}.html" if subject else "group.html"))
    sites, tests = read(reported, "group_sites"), read(reported, "group_tests")
    if subject:
        sites, tests = (table[table["participant_id"] == f"sub-{subject}"] for table in (sites, tests))
    said.take(*evidence_of(reported, sites, tests, subject), *summary(sites, tests, subject))
    said.take(f"Made by bids_vlint {__version__}", *worth(reported, tests, subject), *sites_of(sites, subject))
    said.take(*(group(reported, sites) if subject is None else participant(reported, subject)))
    for phrase in ALWAYS:
        said.text = said.text.replace(phrase, " ")
    left = [said.text[max(0, at.start() - 60) : at.end() + 30] for at in NUMBER.finditer(said.text)]
    assert left == []


def test_courses_are_means_of_the_scores(reported: Path) -> None:
    courses = read(reported, "figures/courses")
    for alignment, own in courses[courses["curve"] == "linear control"].groupby("alignment"):
        fits = [fit for fit in read_fits(reported) if encoding_h5(reported, fit.name, alignment).is_file()]
        scores = [read_encoding(reported, fit.name, alignment).sel(model="linear") for fit in fits]
        assert set(own["n_electrodes"]) == {sum(one.sizes["electrode"] for one in scores)}
        for name in ("r", "r_low", "r_high"):
            mean = np.concatenate([one[name].to_numpy() for one in scores]).mean(axis=0)
            np.testing.assert_allclose(own[name], mean, rtol=1e-4, atol=1e-6)
