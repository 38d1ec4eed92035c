"""Figures: words are drawn as they are written."""

from __future__ import annotations

import pytest

from bids_vlint.figures.style import new_figure


@pytest.mark.parametrize("layout", ["constrained", None])
def test_no_word_is_a_formula(layout: object) -> None:
    names = [r"net $\frac{", "costs $5 to $6", "$^", "$x$"]
    figure = new_figure(4, 3, layout=layout)  # type: ignore[arg-type]
    axes = figure.subplots()
    axes.barh(range(4), range(4), label="$^")
    axes.set_yticks(range(4), names)
    axes.set_title(names[0])
    axes.legend()
    figure.canvas.draw()
    assert [label.get_text() for label in axes.get_yticklabels()] == names
    assert not any(words.get_parse_math() for words in [*axes.get_yticklabels(), axes.title])  # type: ignore[attr-defined]
