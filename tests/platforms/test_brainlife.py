"""The app of Brainlife, from config.json to product.json."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.platforms.conftest import QUICK
from tests.platforms.stand_ins import BIDS_VLINT, CONTAINER, PLATFORMS, app, environment, programs, run, tools


@pytest.mark.full
def test_main_leaves_results_and_a_product(tiny: Path, tmp_path: Path) -> None:
    for name in ("bids", "features"):
        shutil.copytree(tiny / name, tmp_path / name)
    task = tmp_path / "task"
    shutil.copytree(PLATFORMS / "brainlife", task)
    config = json.loads((task / "config.json.sample").read_text()) | QUICK | {"_app": "bids_vlint"}
    (task / "config.json").write_text(json.dumps(config))
    env = environment(
        tmp_path / "home", programs(tmp_path / "bin", {"singularity": CONTAINER, "bids_vlint": BIDS_VLINT})
    )
    run(["./main"], env, task)
    product = json.loads((task / "product.json").read_text())
    assert (task / "product.json").stat().st_size < 4096
    assert (product["participants"], product["electrodes"]) == (2, 4)
    assert product["tests"]["trained_beats_random"]["language"]["tested"] == 4
    said, figure = product["brainlife"]
    assert "tested at none of 4 electrodes" in said["msg"]  # a network that reads alone
    assert figure["data"][0]["x"] == list(product["tests"])
    for name in ("group.html", "sub-01.html", "group_sites.tsv"):
        assert (task / "output" / name).is_file()


@pytest.mark.full
def test_plotly_takes_the_figure(tmp_path: Path) -> None:
    row = {"test": "trained_beats_random", "alignment": "vision", "significant": "true"}
    figure = app().product([{"participant_id": "sub-1", "integration_either": "true"}], [row])["brainlife"][1]
    assert figure["data"]
    (tmp_path / "figure.json").write_text(json.dumps({key: figure[key] for key in ("data", "layout")}))
    draws = "import json, plotly.graph_objects as g; print(g.Figure(**json.load(open('figure.json'))).data[0].y)"
    said = run([str(tools("nipoppy") / "python"), "-c", draws], environment(tmp_path / "home"), tmp_path)
    assert "1" in said
