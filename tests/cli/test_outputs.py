"""docs/outputs.md: made from the definitions, and complete."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bids_vlint.cli.outputs import outputs_page
from bids_vlint.derivatives.collection import read_fits
from bids_vlint.derivatives.encoding_file import read_encoding
from bids_vlint.derivatives.inference_file import read_inference
from bids_vlint.files.json_file import read_json
from bids_vlint.study.stimulus import ALIGNMENTS
from tests.acceptance.datasets import Study

PAGE = Path(__file__).parents[2] / "docs" / "outputs.md"
Analysed = tuple[Study, Path]


def test_the_page_says_what_the_program_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == outputs_page(), "python -m bids_vlint.cli.outputs > docs/outputs.md"


def test_every_file_column_and_variable_is_on_the_page(analysed: Analysed) -> None:
    page, out = PAGE.read_text(encoding="utf-8"), analysed[1]
    known = set(re.findall(r"^\| `(\S+)` \|", page, flags=re.MULTILINE))
    for file in (f for f in out.glob("sub-*/**/*") if f.is_file() and f.suffix in (".tsv", ".h5")):
        shown = re.sub(r"^.*_desc-", "FIT_desc-", file.name).replace("language", "A").replace("vision", "A")
        assert f"### {shown}" in page, file.name
    for file in out.glob("sub-*/**/*sites_channels.json"):
        columns = {c.replace("vision_", "language_", 1) if c.startswith("vision_") else c for c in read_json(file)}
        columns -= {"Description", "Fit", "Comparisons", "Digest", "size"}  # size: carried along
        named = re.compile(
            r"(language_)?(trained_beats_random|beats_low_level|multimodal_beats_unimodal|fusion_\w+)(_|$)"
        )
        assert {c for c in columns if not named.match(c)} <= known
    for fit in read_fits(out):
        for alignment in ALIGNMENTS:
            assert set(map(str, read_encoding(out, fit.name, alignment).variables)) <= known
            for dataset in read_inference(out, fit.name, alignment).values():
                assert set(map(str, dataset.variables)) <= known


def test_netcdf_tools_see_the_axes(analysed: Analysed) -> None:
    if shutil.which("ncdump") is None:
        pytest.skip("ncdump is not installed (Debian: netcdf-bin)")
    for kind, line in (
        ("encoding", "float r(model, electrode, lag) ;"),
        ("inference", "float null_t(test, electrode, shift) ;"),
    ):
        (file,) = analysed[1].glob(f"sub-*/**/*_desc-language_{kind}.h5")
        said = subprocess.run(["ncdump", "-h", str(file)], capture_output=True, text=True, check=True).stdout
        assert line in said
        assert "electrode = 5 ;" in said
