"""Figures for print: each lies beside its table, from which it is drawn again byte by byte; legible in print."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest
from markupsafe import Markup
from matplotlib.figure import Figure
from matplotlib.text import Text

from bids_vlint import redraw
from bids_vlint.derivatives.collection import read_fits
from bids_vlint.derivatives.layout import FIGURE_ENDINGS
from bids_vlint.errors import InputError
from bids_vlint.figures.style import PAGE, laid_out
from bids_vlint.files.json_file import read_json
from bids_vlint.files.tables import read_tsv
from bids_vlint.reports.contents import printed
from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.contents.printed import PRINTED
from bids_vlint.reports.page import Section, page_stands, write_page
from bids_vlint.reports.sections.files import files_beside

NAMES = ("sitemap", "shares", "courses", "ranking", "latency", "coverage")
OF_A_PARTICIPANT = ("spectra", "line_noise", "event_high_gamma", "alignment", "dropped_events")
ON_REQUEST = ("ceilings",)  # by the group level's option: sections/test_between_brains.py
FRAGILE = ("event_high_gamma", "line_noise", "ranking")  # laid out anew for each format, they would move
TABLES = [f"figures/{name}.tsv" for name in NAMES] + [f"sub-01/figures/{name}.tsv" for name in OF_A_PARTICIPANT]


@pytest.fixture(autouse=True)
def _laid_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printed, "laid_out", laid_out)


def illegible(figure: Figure) -> list[str]:
    """The words that are smaller than 7 pt, and how far anything sticks out of the figure (inches)."""
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    figure.draw(renderer)
    seen = [w for w in figure.findobj(Text) if w.axes is None or w.axes.axison or w in w.axes.texts]
    small = [w.get_text() for w in seen if w.get_text().strip() and w.get_visible() and w.get_fontsize() < 7]
    box = figure.get_tightbbox(renderer)
    out_of = [-box.x0, -box.y0, box.x1 - figure.get_figwidth(), box.y1 - figure.get_figheight()]
    return small + [f"{inches:.3f} inches" for inches in out_of if inches > 0.02]


@pytest.mark.parametrize("name", TABLES)
def test_a_figure_is_drawn_again_from_its_table(reported: Path, tmp_path: Path, name: str) -> None:
    table = reported / name
    figure = redraw(table)
    assert figure.get_figwidth() <= PAGE
    assert illegible(figure) == []
    for ending in ("svg", "pdf", "png") if table.stem in FRAGILE else ("svg",):
        redraw(table).savefig(tmp_path / f"again.{ending}")
        assert (tmp_path / f"again.{ending}").read_bytes() == table.with_suffix(f".{ending}").read_bytes()
    for ending in FIGURE_ENDINGS:
        assert table.with_suffix(f".{ending}").stat().st_size > 1000
    defined = read_json(table.with_suffix(".json"))
    assert set(read_tsv(table).columns) == set(defined) - {"Description"}
    assert all(defined[column]["Description"] for column in set(defined) - {"Description"})


def test_the_example_runs(reported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "out").symlink_to(reported)
    monkeypatch.chdir(tmp_path)
    assert doctest.testmod(printed).failed == 0
    assert (tmp_path / "ranking.pdf").stat().st_size > 1000


def test_all_are_written_and_linked(reported: Path) -> None:
    assert {*NAMES, *ON_REQUEST, *OF_A_PARTICIPANT} == set(PRINTED.of_here)
    contents = Contents(reported, read_fits(reported))
    links = files_beside(contents)[0].content
    for name in NAMES:
        for ending in (*FIGURE_ENDINGS, "tsv"):
            assert f'href="figures/{name}.{ending}"' in links
    assert f'redraw("figures/{NAMES[0]}.tsv")' in links.replace("&#34;", '"')
    assert (reported / "figures" / "brain.html").is_file()


def test_a_page_whose_figure_is_gone_does_not_stand(tmp_path: Path) -> None:
    figure = tmp_path / "figures" / "a b.pdf"
    figure.parent.mkdir()
    figure.write_text("drawn")
    page = tmp_path / "group.html"
    write_page(page, "Group", [Section("Files", "Figures", Markup('<a href="figures/a%20b.pdf">PDF</a>'))], "source")
    assert page_stands(page, "source")
    figure.unlink()
    assert not page_stands(page, "source")


def test_a_participant_has_links_to_its_tables(reported: Path) -> None:
    links = files_beside(Contents(reported, read_fits(reported, "01"), subject="01"))[0].content
    assert 'href="sub-01/ieeg/sub-01_task-film_desc-sites_channels.tsv"' in links
    for name in OF_A_PARTICIPANT:
        for ending in (*FIGURE_ENDINGS, "tsv"):
            assert f'href="sub-01/figures/{name}.{ending}"' in links
    assert 'href="figures/' not in links


def test_what_is_no_table_of_a_figure_is_refused(reported: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no table of a figure"):
        redraw(reported / "group_sites.tsv")
    (tmp_path / "ranking.tsv").write_text("alignment\tmodel\nlanguage\tclip\n")
    with pytest.raises(InputError, match="is not the table of the figure ranking"):
        redraw(tmp_path / "ranking.tsv")
