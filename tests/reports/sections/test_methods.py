"""The methods paragraph and its references."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bids_vlint.atlas.labelling import ATLASES
from bids_vlint.citations import citations
from bids_vlint.inference.calibrated.evidence import CORRECTED, SHIFTS
from bids_vlint.inference.description import DESCRIPTIONS
from bids_vlint.reports.sections.methods import methods


def test_methods_name_what_was_done() -> None:
    sites = pd.DataFrame({"region_atlas": [None], "mni_x": [np.nan]})

    def said(**settings: object) -> str:
        return " ".join(methods(settings, sites)[0].content.split())

    assert "40 circular shifts" in said(n_shifts=40)
    assert "from 0.2 to 1.5 s after onset" in said(bins="0.2:1.5")
    assert "as many principal components" in said(width="equal")
    assert "as many principal components" not in said(width="raw")
    assert "joined with the low-level features;" not in said()
    assert "every network was joined with the low-level features" in said(on_low_level=True)
    assert "Published" not in said()
    only = said(inference=("published",))
    assert "Reconstructed" in only
    assert "circular shifts" not in only
    assert "tested against 0.02, not against 0" in said(smallest_effect=0.02)
    assert "not against 0" not in said()
    assert "nadeau2003" in {reference.key for reference in methods({}, sites, p_from=("corrected t",))[1]}


def test_every_citation_is_cited_and_known() -> None:
    images = [atlas.image.name for atlas in ATLASES.everything if atlas.image]
    ways = ["MNI152Lin, taken as MNI152", "ACPC, by FreeSurfer's talairach.xfm and by FreeSurfer's affine from MNI305",
            "Talairach, by the inverse of Lancaster's affine from ICBM-152"]  # fmt: skip
    sites = pd.DataFrame({"region_atlas": [*images, "freesurfer_dkt"], "mni_x": 1.0})
    sites = sites.assign(mni_from=[ways[k % len(ways)] for k in range(len(sites))])
    settings = {"inference": ["calibrated", "published"]}
    cited = {
        reference.key for reference in methods(settings, sites, p_from=(SHIFTS, CORRECTED), made=DESCRIPTIONS.names)[1]
    }
    assert cited == set(citations())
