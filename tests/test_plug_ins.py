"""A test, a description, an atlas, a figure, a table of the group are each added by one file, which nothing else
knows, and appear wherever such things do."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path

import pandas as pd
import pytest

from bids_vlint.atlas.labelling import check_atlases
from bids_vlint.atlas.regions import REGION_COLUMNS
from bids_vlint.cli.outputs import outputs_page
from bids_vlint.derivatives import layout
from bids_vlint.derivatives.encoding_file import read_encoding
from bids_vlint.derivatives.inference_file import read_inference
from bids_vlint.derivatives.sites_table import read_sites
from bids_vlint.errors import InputError
from bids_vlint.files.json_file import read_json
from bids_vlint.files.tables import read_tsv
from bids_vlint.files.variable import labelled
from bids_vlint.fit import results
from bids_vlint.fit.reuse import earlier_fits
from bids_vlint.inference.description import DESCRIPTIONS
from bids_vlint.networks.comparisons import TESTS, always_made
from bids_vlint.reports.contents.figure import FIGURES
from bids_vlint.reports.figures.site_evidence import Panels, site_page
from bids_vlint.reports.pages.participant import participant_report
from bids_vlint.workflows.group import run_group
from tests.plug_ins import Install
from tests.reports import fabricate
from tests.reports.text import words_of

BEATS_VISION = """
from bids_vlint.networks.comparisons import ElectrodeTest

THING = ElectrodeTest(
    "language_beats_vision",
    lambda models: (models.trained("language"), models.trained("vision")),
    "the best language network beats the best vision network",
    ("every layer of each language network", "every layer of each vision network"),
)
"""


def test_a_test_is_one_file(lab: Install, tmp_path: Path) -> None:
    built_in = always_made()
    lab("bids_vlint.tests: language_beats_vision", BEATS_VISION)
    name = "language_beats_vision"
    assert always_made() == [*built_in, name]
    out = tmp_path / "out"
    fit = fabricate.participant(out, "01", 1, n=6, comparisons=(), placed=False)
    sites, _ = read_sites(out, fit)
    assert sites.loc[sites["planted"] == "language", f"language_{name}"].all()
    assert not sites.loc[sites["planted"] == "vision", f"{name}_either"].any()
    sidecar = read_json(layout.sidecar(layout.sites_tsv(out, fit)))
    assert "the best language network beats the best vision network" in sidecar[f"vision_{name}"]["Description"]
    assert "Counted: every layer of each vision network." in sidecar[f"vision_{name}_n_baseline"]["Description"]
    long = read_tsv(layout.statistics_tsv(out, fit))
    assert set(long.loc[long["test"] == name, "model"]) == {"sbert"}
    report = words_of(run_group(out))
    assert "language beats vision : the best language network beats the best vision network." in report
    assert "It was also tested, as language beats vision, whether the best language network beats" in report
    assert f"{name}_either_n" in read_tsv(layout.group_file(out, "group_regions.tsv"))
    assert f"language_{name}_q_group" in read_tsv(layout.group_file(out, "group_sites.tsv"))
    assert f"| `{name}` | The best language network beats the best vision network. |" in outputs_page()


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        ("THING = 3", "is no bids_vlint.networks.comparisons.ElectrodeTest but a int"),
        (BEATS_VISION.replace("language_beats_vision", "other"), "is named 'other'"),
        (BEATS_VISION.replace("),\n)", "),\n    gate=True,\n)"), "cannot be the gate, which is trained_beats_random"),
    ],
)
def test_a_broken_test_is_one_sentence(lab: Install, content: str, wrong: str) -> None:
    lab("bids_vlint.tests: language_beats_vision", content)
    with pytest.raises(InputError, match=wrong) as caught:
        always_made()
    assert "mend or uninstall lab-package" in str(caught.value)


BEST = """
import pandas as pd

from bids_vlint.files.column import Column
from bids_vlint.group.export import Export


def table(collected):
    return collected.sites.groupby("participant_id")["tests_passed"].max().rename("most_passed").reset_index()


THING = Export(
    "group_best",
    "The most that an electrode passes, of {whose}.",
    "the most tests that an electrode of each participant passes",
    columns=lambda collected: (
        Column("participant_id", "string", "Participant."),
        Column("most_passed", "integer", "Tests that the electrode of most tests passes."),
    ),
    table=table,
)
"""


def test_an_export_is_one_file(lab: Install, tmp_path: Path) -> None:
    lab("bids_vlint.exports: group_best", BEST)
    out = tmp_path / "out"
    fit = fabricate.participant(out, "01", 1, n=6, comparisons=(), placed=False)
    run_group(out)
    table = read_tsv(out / "group_best.tsv")
    assert table.to_dict("list") == {
        "participant_id": ["sub-01"],
        "most_passed": [str(int(read_sites(out, fit)[0]["tests_passed"].max()))],
    }
    sidecar = read_json(out / "group_best.json")
    assert sidecar["Description"] == "The most that an electrode passes, of all participants."
    assert sidecar["most_passed"]["Format"] == "integer"
    assert (
        "- `group_best.tsv`: the most tests that an electrode of each participant passes."
        in (out / "README").read_text()
    )
    ignored = (out / ".bidsignore").read_text().split()
    assert any(fnmatch("group_best.tsv", line) for line in ignored)
    assert "### group_best.tsv\n\nThe most tests that an electrode of each participant passes." in outputs_page()


HALVES = """
import numpy as np

from bids_vlint.atlas.image import LabelImage
from bids_vlint.atlas.labelling import Atlas, AtlasImage
from bids_vlint.citations import Reference


def read():
    labels = np.ones((200, 200, 200), int)
    labels[:100] = 2
    to_voxel = np.eye(4)
    to_voxel[:3, 3] = 100
    return LabelImage(labels, to_voxel, {1: "right half", 2: "left half"}, np.array([1, 2]))


WORK = Reference("nobody2020", "Two halves", "Nobody, N.", 2020, doi="10.1/x")
THING = Atlas("halves", "halves", column="halves", image=AtlasImage("Halves", "two-halves", "the lab", read, (WORK,)))
"""


def test_an_atlas_is_one_file(lab: Install, tmp_path: Path) -> None:
    lab("bids_vlint.atlases: halves", HALVES)
    out = tmp_path / "out"
    fit = fabricate.participant(out, "01", 1, n=6, comparisons=())
    before, _ = read_sites(out, fit)
    check_atlases(["halves"])
    results.write_fits(out, earlier_fits(out, "01"), (), atlases=["halves", "desikan"])
    sites, record = read_sites(out, fit)
    assert list(sites["region"]) == ["right half" if x > 0 else "left half" for x in sites["mni_x"]]
    assert set(sites["region_atlas"]) == {"Halves"}
    assert "Regions are labels of Halves at the MNI152 coordinates." in record["notes"]
    assert record["settings"]["atlas"] == ["halves", "desikan"]
    regions = [column for column in before if column in REGION_COLUMNS]
    assert before.drop(columns=regions).equals(sites.drop(columns=[*regions, "also_desikan"]))
    assert list(sites["also_desikan"]) == list(before["region"]), "the other atlas that is named stands beside it"
    meaning = read_json(layout.sidecar(layout.sites_tsv(out, fit)))["region"]["Description"]
    assert "(DKT, Desikan, Destrieux, region, label, AAL, Harvard-Oxford, halves, in this order)" in meaning
    report = words_of(run_group(out))
    assert set(read_tsv(out / "group_regions.tsv")["atlas"]) == {"Halves", "also_desikan"}
    assert "Regions: Halves" in report
    assert "labels of the two-halves atlas at the electrodes' MNI152 coordinates, in the lab's image [" in report
    assert "Nobody N. (2020). Two halves." in report
    assert "| `halves` | `halves` | Halves |" in outputs_page()


GAINS = """
from bids_vlint.figures.style import new_figure
from bids_vlint.reports.contents.figure import ReportFigure
from bids_vlint.reports.page import picture_section


def sections(contents):
    gains = contents.sites["vision_beats_low_level_diff"]
    figure = new_figure(4, 3)
    figure.subplots().hist(gains)
    caption = f"What networks add to the low-level features, at {len(gains)} electrodes of {contents.who}."
    return [picture_section("Scores", "Gains <of the lab>", figure, caption)]


THING = ReportFigure("gains", sections, {"participant": 225, "group": 225})
"""


def test_a_figure_is_one_file(lab: Install, tmp_path: Path) -> None:
    out = tmp_path / "out"
    fabricate.participant(out, "01", 1, n=3, alignments=("vision",), comparisons=(), bare=True, placed=False)
    before = participant_report(out, "01").read_text()
    lab("bids_vlint.figures: gains", GAINS)
    page = participant_report(out, "01").read_text()
    start, end = page.index("<h3>Gains &lt;of the lab&gt;</h3>"), page.index('<section id="sites">')
    assert "What networks add to the low-level features, at 3 electrodes of sub-01." in page[start:end]
    assert page[start:end].count('src="data:image/png;base64,') == 1
    assert page.index("<h3>Score time courses</h3>") < start
    article = page[page.rindex("<article>", 0, start) : page.index("</article>", start) + len("</article>\n")]
    assert page.replace(article, "").splitlines()[:-1] == before.splitlines()[:-1], "nothing else changes"
    assert "at 3 electrodes of 1 participant." in words_of(run_group(out))
    assert "| gains | participant, group |" in outputs_page()


@pytest.mark.parametrize("places", ["{}", '{"participants": 5}'])
def test_a_figure_without_a_page_is_refused(lab: Install, places: str) -> None:
    lab("bids_vlint.figures: gains", GAINS.replace('{"participant": 225, "group": 225}', places))
    with pytest.raises(InputError, match="the figure 'gains' stands on no page"):
        FIGURES.named("gains")


def test_what_others_bring_is_told_apart_by_its_content(lab: Install, tmp_path: Path) -> None:
    assert TESTS.of_others == ()
    lab("bids_vlint.tests: language_beats_vision", BEATS_VISION)
    (before,) = TESTS.of_others
    assert before.startswith("bids_vlint.tests language_beats_vision: lab-package 1.0 ")
    file = tmp_path / "site" / "lab_thing.py"
    file.write_text(file.read_text() + "\n# another version\n")
    assert TESTS.of_others != (before,)


ECHO = """
import numpy as np

from bids_vlint.citations import Reference
from bids_vlint.files.column import Column
from bids_vlint.files.variable import Variable, labelled
from bids_vlint.inference.description import ELECTRODE, Description


def compute(material):
    r = material.encoded.scores.r.max((0, 2))
    return labelled(THING.variables, {"electrode": material.electrodes, "highest": r})


def panel(axes, found, alignment):
    axes.set_title(f"echo of {alignment}: {float(found['highest']):.2f}")


THING = Description(
    "echo",
    "echo",
    compute,
    (ELECTRODE, Variable("highest", ("electrode",), "Highest r of any network", "1")),
    "the highest r of any network",
    columns=(Column("echo", "number", "Highest r of any network; {alignment}.", "correlation"),),
    values=lambda found: {"echo": found["highest"].to_numpy()},
    panel=panel,
    said=lambda found: "No echo." if found is None else f"Echo: {float(found['highest']):.2f}.",
    methods="The echo is the highest r of any network",
    references=(Reference("narcissus", "Metamorphoses 3", "Ovid", url="https://example.org"),),
)
"""


def test_a_description_is_one_file(lab: Install, tmp_path: Path) -> None:
    before = outputs_page()
    lab("bids_vlint.descriptions: echo", ECHO)
    out = tmp_path / "out"
    fit = fabricate.participant(out, "01", 1, n=6, placed=False, also=DESCRIPTIONS.named("echo"))
    sites, _ = read_sites(out, fit)
    highest = read_encoding(out, fit, "vision")["r"].max(("model", "lag"))
    assert sites["vision_echo"].to_numpy() == pytest.approx(highest.to_numpy(), rel=1e-4)
    columns = list(sites.columns)
    assert columns.index("language_echo") == columns.index("language_ceiling") + 1
    sidecar = read_json(layout.sidecar(layout.sites_tsv(out, fit)))
    assert sidecar["vision_echo"] == {"Description": "Highest r of any network; vision.", "Format": "number",
                                      "Units": "correlation"}  # fmt: skip
    kept = read_inference(out, fit, "vision")["echo"]["highest"]
    assert kept.attrs == {"long_name": "Highest r of any network", "units": "1"}
    report = words_of(participant_report(out, "01"))
    assert f"Echo: {float(kept[0]):.2f}." in report
    assert "The echo is the highest r of any network [" in report
    assert "Ovid. Metamorphoses 3." in report
    assert "- `echo`: the highest r of any network." in (out / "README").read_text()
    page = outputs_page()
    assert "group echo" not in before
    assert "### FIT_desc-A_inference.h5, group echo" in page
    assert "| `language_echo` | number | correlation | Highest r of any network; language. |" in page


def test_a_description_has_a_panel_on_a_sites_page(lab: Install) -> None:
    lab("bids_vlint.descriptions: echo", ECHO)
    found = labelled(DESCRIPTIONS.named("echo").variables, {"electrode": ["A1"], "highest": [0.25]})
    tests = pd.DataFrame(columns=["test", "significant", "low", "high", "diff", "t", "p_alone"])
    figure = site_page({"vision": Panels({}, tests, {}, {"echo": found.sel(electrode="A1")})})
    assert "echo of vision: 0.25" in [axes.get_title() for axes in figure.axes]
    assert [text.get_text() for axes in figure.axes for text in axes.texts] == [
        "Not made: the stimulus in the brain's place.", "Not made: deconvolved course.",
        "Not made: variance partition.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        ("THING = 3", "is no bids_vlint.inference.description.Description but a int"),
        (ECHO.replace('Column("echo"', 'Column("ceiling"'), "has the column 'ceiling' of ceiling"),
        (ECHO.replace("    values=lambda", "    overlay=lambda"), "has columns and no values for them"),
    ],
)
def test_a_broken_description_is_one_sentence(lab: Install, content: str, wrong: str) -> None:
    lab("bids_vlint.descriptions: echo", content)
    with pytest.raises(InputError, match=wrong):
        DESCRIPTIONS.everything  # noqa: B018
