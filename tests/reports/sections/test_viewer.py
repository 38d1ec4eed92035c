"""The brain that turns, in a browser where there is one."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from bids_vlint.derivatives.collection import read_fits
from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.figures.cortex import HEMISPHERES, cortex, on_inflated
from bids_vlint.reports.sections.evidence import pages_of
from bids_vlint.reports.sections.viewer import as_script, viewer
from tests.reports.browser import Browser

CHOOSE = """(s => {{s.value = {value!r}; s.dispatchEvent(new Event('change'))}})(
            document.querySelector('[data-is={name}]'))"""


def place_of(page: Browser, at: int) -> tuple[float, float]:
    """Where an electrode is in the window."""
    found = page.value(f"""(() => {{const own = document.querySelector('.viewer');
        const frame = own.querySelector('canvas').getBoundingClientRect(), [x, y] = own.placeOf({at});
        return [frame.x + x, frame.y + y]}})()""")
    return found[0], found[1]


def told(page: Browser) -> list[dict[str, object]]:
    """What the page was told of each electrode."""
    return list(page.value("JSON.parse(document.getElementById('viewer-data').textContent).electrodes"))


def choose(page: Browser, name: str, value: str) -> None:
    page.value(CHOOSE.format(name=name, value=value))


def test_it_draws_hovers_filters_and_clicks(reported: Path, page: Browser, tmp_path: Path) -> None:
    page.open(reported / "figures" / "brain.html", 1000, 800)
    page.until("document.querySelector('.viewer').dataset.drawn === 'yes'", 10)
    electrodes = told(page)
    assert len(electrodes) == 18
    page.picture(tmp_path / "seen.png")
    with Image.open(tmp_path / "seen.png") as seen:
        pixels = np.asarray(seen.convert("RGB")).reshape(-1, 3)
    grey = (np.ptp(pixels, axis=1) < 8) & (pixels[:, 0] > 200) & (pixels[:, 0] < 250)
    assert grey.sum() > 20_000, "no cortex"
    assert (np.abs(pixels - np.array([0xD5, 0x5E, 0x00])).max(1) < 40).sum() > 40, "no integration"

    site = next(e for e in electrodes if e["evidence"] and e["participant"] == "sub-01")
    choose(page, "participant", "sub-01")
    assert page.value("document.querySelector('[data-is=count]').textContent").startswith("12 of 18")
    choose(page, "kind", "integration")
    named = page.value("document.querySelector('[data-is=\"n integration\"]').textContent")
    integration = [e for e in electrodes if e["participant"] == "sub-01" and e["kind"]["either"] == "integration"]  # type: ignore[index]
    assert named == str(len(integration)) != "0"
    assert page.value("document.querySelector('[data-is=\"n neither\"]').textContent") == "0"
    choose(page, "alignment", "vision")
    both = [e for e in electrodes if e["participant"] == "sub-01" and e["kind"]["vision"] == "integration"]  # type: ignore[index]
    assert page.value("document.querySelector('[data-is=count]').textContent").startswith(f"{len(both)} of 18")
    choose(page, "alignment", "either")
    choose(page, "region", str(site["region"] or ""))

    x, y = place_of(page, int(str(site["at"])))
    page.mouse("Moved", x, y)
    page.until("!document.querySelector('.tip').hidden", 5)
    said = page.value("document.querySelector('.tip').textContent")
    assert "sub-01" in said
    assert "multimodal beats linear" in said
    assert "95 %" in said
    page.mouse("Moved", 5, 5)
    assert page.errors == []
    assert page.requests == []

    page.click(x, y)
    page.until("window.location.href.includes('sub-01.html#')", 5)
    (fit, *_) = read_fits(reported, "01")
    anchors = [anchor for _, _, anchor in pages_of([fit])]
    assert page.value("decodeURIComponent(window.location.hash.slice(1))") in anchors


def test_dragging_turns_it(reported: Path, page: Browser) -> None:
    page.open(reported / "figures" / "brain.html", 1000, 800)
    page.until("document.querySelector('.viewer').dataset.drawn === 'yes'", 10)
    before = place_of(page, 0)
    frame = page.value("(f => [f.x + f.width / 2, f.y + 20])(document.querySelector('canvas').getBoundingClientRect())")
    page.mouse("Pressed", *frame, button="left", buttons=1, clickCount=1)
    page.mouse("Moved", frame[0] + 80, frame[1], button="left", buttons=1)
    page.mouse("Released", frame[0] + 80, frame[1], button="left", clickCount=1)
    after = place_of(page, 0)
    assert abs(after[0] - before[0]) > 5
    choose(page, "surface", "inflated")
    assert "left out" in page.value("document.querySelector('[data-is=count]').textContent")
    assert page.errors == []
    assert page.requests == []


def test_without_webgl_a_sentence_says_so(reported: Path, page: Browser) -> None:
    none = "HTMLCanvasElement.prototype.getContext = () => null"
    script = page.call("Page.addScriptToEvaluateOnNewDocument", source=none)["identifier"]
    page.open(reported / "figures" / "brain.html", 1000, 800)
    assert "no WebGL" in page.value("document.body.innerText")
    assert page.value("document.querySelector('[data-is=turns]').hidden")
    page.call("Page.removeScriptToEvaluateOnNewDocument", identifier=script)
    assert page.errors == []


def test_what_it_is_told_is_what_the_tables_say(reported: Path) -> None:
    contents = Contents(reported, read_fits(reported))
    text = viewer(contents)[0].content
    data = json.loads(text.split('id="viewer-data">')[1].split("</script>")[0])
    assert [e["name"] for e in data["electrodes"]] == list(contents.sites["name"])
    first, site = data["electrodes"][0], contents.sites.iloc[0]
    assert first["mni"] == pytest.approx(site[["mni_x", "mni_y", "mni_z"]].astype(float).to_list(), abs=0.06)
    diff = first["tests"]["vision"][data["tests"].index("beats low level")][data["numbers"].index("diff")]
    assert diff == pytest.approx(site["vision_beats_low_level_diff"], rel=1e-3)


def test_names_from_data_cannot_end_the_script() -> None:
    assert "<" not in as_script({"name": "</script><b>"})
    assert json.loads(as_script({"name": "</script>"})) == {"name": "</script>"}


def test_electrodes_lie_on_the_inflated_surface_of_their_side() -> None:
    own = cortex()
    for side, sign in zip(HEMISPHERES, (-1, 1)):
        vertex = int(np.argmax(sign * own[f"pial_{side}"][:, 0]))
        on, distance = on_inflated(own[f"pial_{side}"][[vertex]])
        assert distance == pytest.approx([0])
        assert on[0].tolist() == own[f"inflated_{side}"][vertex].tolist()
    far, distance = on_inflated(np.array([[0.0, 0.0, 200.0]]))
    assert np.isnan(far).all()
    assert distance[0] > 100
