"""The numbers that the group's report says are those of the group's tables."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path

import numpy as np
import pandas as pd

from bids_vlint.atlas.words import region_words
from bids_vlint.networks.comparisons import TESTS
from bids_vlint.reports.sections.inferences import WAYS
from bids_vlint.study.stimulus import ALIGNMENTS


def read(reported: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(reported / f"{name}.tsv", sep="\t", na_values="n/a", keep_default_na=False)


def tables_after(page: str, title: str) -> list[tuple[list[str], list[list[str]]]]:
    """Titles and rows of each table of a section."""
    article = page.split(f"<h3>{title}</h3>", 1)[1].split("</article>", 1)[0]
    found = []
    for table in re.findall(r"(?s)<table>(.*?)</table>", article):
        rows = [[" ".join(unescape(re.sub(r"<[^>]+>", "", cell)).split())
                 for cell in re.findall(r"(?s)<t[hd][^>]*>(.*?)</t[hd]>", row)]
                for row in re.findall(r"(?s)<tr[^>]*>(.*?)</tr>", table)]  # fmt: skip
        found.append((rows[0], rows[1:]))
    return found


def of(truth: pd.Series) -> str:
    known = truth.dropna().astype(bool)
    return f"{known.sum()} of {len(known)}" if len(known) else "not tested"


def test_counts_are_those_of_the_sites(reported: Path) -> None:
    page, sites = (reported / "group.html").read_text(encoding="utf-8"), read(reported, "group_sites")
    ((titles, rows),) = tables_after(page, "How many electrodes pass each test")
    assert titles[1:5] == list(WAYS.values())
    for row in rows:
        what = row[0].replace(" ", "_")
        columns = [f"{way}_{what}" if way in ALIGNMENTS else f"{what}_{way}" for way in WAYS]
        assert [cell.split(" (")[0] for cell in row[1:5]] == [of(sites[column]) for column in columns]
    found = sites["integration_either"].dropna().astype(bool)
    assert f": {found.sum()} of {len(found)} electrodes, {100 * found.mean():.1f} %: " in page
    assert f"at most about {0.05 * found.sum():.2g} of\n{found.sum()} electrodes are expected to be false" in page
    regions = sites.loc[found, "region"].map(region_words).value_counts()
    for region, n in regions.items():
        assert f"{region} ({n})" in page
    ((titles, rows),) = tables_after(page, "Participants")
    for row in rows:
        own = sites[sites["participant_id"] == row[0]]
        assert row[2] == str(len(own))
        whats = [title.replace(" ", "_") for title in titles[5:-1]]
        assert row[5:-1] == [of(own[f"{what}_either"]) for what in whats]


def test_sites_are_those_of_the_table(reported: Path) -> None:
    page, sites = (reported / "group.html").read_text(encoding="utf-8"), read(reported, "group_sites")
    sites = sites.set_index(["participant_id", "name"])
    ((titles, rows),) = tables_after(page, "Sites")
    beyond = [f"{test}_either" for test in TESTS.names if not TESTS.named(test).control]
    listed = sites[[*beyond, "clip_beats_simclr_either"]].fillna(False).astype(bool).any(axis=1)
    assert {(row[1], row[0]) for row in rows} == set(sites.index[listed])
    for row in rows:
        site = sites.loc[(row[1], row[0])]
        for title, cell in zip(titles[4:], row[4:]):
            test, alignment = title.rsplit(", ", 1)
            prefix = f"{alignment}_{test.replace(' ', '_')}"
            if pd.isna(site[prefix]):
                assert cell == "n/a"
                continue
            gain, q, passed = re.fullmatch(r"(\S\d\.\d+)(?:, [−\d.]+ %)? \(q (\S+)\)( ✓)?", cell).groups()  # type: ignore[union-attr]
            assert gain.replace("−", "-") == f"{site[f'{prefix}_diff']:+.3f}"
            assert q == f"{site[f'{prefix}_q']:.2g}"
            assert bool(passed) == (site[prefix] in (True, "true"))


def test_regions_are_those_of_the_tables(reported: Path) -> None:
    page, tests = (reported / "group.html").read_text(encoding="utf-8"), read(reported, "group_region_tests")
    own = tests[(tests["claim"] == "integration") & (tests["where"] == "either")]
    (atlas,) = set(own["atlas"])
    (_, rows), *_ = tables_after(page, f"Regions against the rest of the brain: {atlas}")
    counts = own[["n_electrodes", "n_shafts", "n_participants", "n_sites"]].to_numpy(int)
    wanted = {region_words(region): list(map(str, row)) for region, row in zip(own["region"], counts)}
    assert {row[0]: [cell.split(" (")[0] for cell in row[1:5]] for row in rows} == wanted
    regions = read(reported, "group_regions")
    ((titles, rows),) = tables_after(page, f"Regions in numbers: {atlas}")
    assert len(rows) == len(regions)
    for row, (_, region) in zip(rows, regions.iterrows()):
        assert row[:3] == [region_words(region["region"]), str(region["n_electrodes"]), str(region["n_participants"])]
        for title, cell in zip(titles[3:], row[3:]):
            n, tested = (region[f"{title.replace(' ', '_')}_either_{end}"] for end in ("n", "tested"))
            assert cell == (f"{n} of {tested}" if tested else "not tested")


def test_the_brain_that_turns_has_all_electrodes(reported: Path) -> None:
    page, sites = (reported / "group.html").read_text(encoding="utf-8"), read(reported, "group_sites")
    data = json.loads(page.split('id="viewer-data">')[1].split("</script>")[0])
    assert len(data["electrodes"]) == len(sites)
    column = data["tests"].index("multimodal beats linear")
    told = [e["tests"]["language"][column] for e in data["electrodes"]]
    for k, end in enumerate(data["numbers"]):
        values = sites[f"language_multimodal_beats_linear_{end}"].to_numpy(float)
        assert np.allclose([own[k] for own in told], values, rtol=1e-3)
