"""What the output folder says of itself: dataset_description.json, README, .bidsignore."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bids_vlint.atlas.labelling import image_named, native_named
from bids_vlint.citations import citations
from bids_vlint.derivatives import layout
from bids_vlint.errors import InputError
from bids_vlint.files.atomic import write_text
from bids_vlint.files.json_file import read_object, write_json
from bids_vlint.inference.description import DESCRIPTIONS

_BIDS_VERSION = "1.11.1"
_SIMULATED = "Simulated"

_README = """# Where vision and language are integrated: results of bids_vlint

Each participant has, in `sub-*/[ses-*/]ieeg/`, per fit (the runs of a session and task that share their channels):

- `*_desc-sites_channels.tsv`: a row per electrode, with every test, its place and region. The JSON file beside it
  defines each column and holds, under `Fit`, what was read, what was dropped and why, and the settings.
  What was not tested is n/a at every electrode; `Fit`, `lacking` says why, for each alignment: that no network of the
  set is shown picture and text together, for instance, or that one has no runs on its picture and its text alone.
- `*_desc-tests_statistics.tsv`: the same tests as a long table for statistics programs, a row per electrode,
  alignment and test: statistic, interval, p, q, the mean and spread of its null, blocks, candidates of each side, the
  smallest difference that could have been found, and both halves of the film.
- `*_desc-published_channels.tsv`: the published inference, with `--inference published` only.
- `*_desc-language_encoding.h5`, `*_desc-vision_encoding.h5`: held-out correlations of every network, electrode and
  time bin, with their intervals, penalties and layers. A random twin is NAME-random; of several, that is their average
  (without penalty and layer) and each is NAME-random-1, -2, ... `linear` is the linear control, `low_level` the
  low-level features of the stimulus, `low_level+NAME` a network joined with them; `hearing` the best network that hears
  joined with them, `hearing+NAME` a network joined with both.
- `*_desc-language_inference.h5`, `*_desc-vision_inference.h5`: what the tests come from: the t of every shift, and
  in a group of its own each description that was made:
{descriptions}
- `*_desc-language_events.tsv`, `*_desc-vision_events.tsv`: the events that were used.
- `*_desc-recordings_quality.h5`: how the recordings are: spectra of every channel before and after the mains are taken
  out, high gamma around the events, what became of the events over the film.

`sub-*/figures/` holds a participant's figures for print, each as SVG, PDF and PNG beside the table (.tsv) that it is
drawn from, whose columns a JSON file defines: `spectra` and `line_noise` of the channels, `event_high_gamma` around
words and cuts, `alignment` of recording and film, `dropped_events` over the film. What could not be drawn is not there,
and the report says why.

`atlas-*_description.json` describe the atlases that regions are from.

`sub-*.html` are the participants' reports; `sub-*_methods.md` is the methods paragraph of one as Markdown, and
`sub-*_references.bib` its references as BibTeX (`pandoc --citeproc` joins them), which are of every method, network and
program that took part. `logs/` has the settings of every run. The group level writes `group.html` with
`group_methods.md` and `group_references.bib` and, each with a JSON file beside it that defines its columns:

{group}

`exports/` holds the electrodes for other programs: `sites.csv` (20 columns that most people use), `sites.node` for
BrainNet Viewer (colour 1: integration, 2: trained with language, 3: neither, 4: not tested), `electrodes.csv` and
`values.csv` for threeBrain and RAVE (on fsaverage; `Subject` is the template, `SubjectCode` the participant; in R:
`brain$set_electrodes("electrodes.csv"); brain$set_electrode_values("values.csv")`), `sites.nii.gz` (MNI152, 2 mm: how
many integration sites lie within 3 mm).

`figures/` holds the group's figures for print, each as SVG, PDF and PNG beside its table (.tsv, with its JSON file),
and `brain.html`, the electrodes in a brain that turns. A line of Python draws a figure again:
`from bids_vlint import redraw; redraw("figures/sitemap.tsv").savefig("again.pdf")`.
"""


def start(out: Path, bids_dir: Path, *, version: str, group: Mapping[str, str]) -> None:
    """Make the output folder a BIDS derivative: dataset_description.json, README, .bidsignore.

    Parameters
    ----------
    out : Path
        The output folder; made if absent.
    bids_dir : Path
        The data set that was read; links in its path are not resolved.
    version : str
        The program's version.
    group : file -> str
        What the tables of the group level hold.
    """
    generated = {"Name": "bids_vlint", "Version": version, **_container()}
    write_json(
        layout.dataset_description(out),
        {
            "Name": "Integration of vision and language in movie iEEG",
            "BIDSVersion": _BIDS_VERSION,
            "DatasetType": "derivative",
            "GeneratedBy": [generated],
            "SourceDatasets": [_source(bids_dir)],
        },
    )
    listed = "\n".join(f"- `{file}`: {said}." for file, said in group.items())
    described = "\n".join(f"  - `{one.name}`: {one.holds}." for one in DESCRIPTIONS.everything)
    write_text(out / "README", _README.replace("{group}", listed).replace("{descriptions}", described))
    write_text(out / ".bidsignore", "\n".join(layout.BIDSIGNORE) + "\n")


def describe_atlases(out: Path, names: Iterable[str]) -> None:
    """Describe, as BIDS 1.11 has it, each atlas image that regions are from: `atlas-LABEL_description.json`.

    Parameters
    ----------
    out : Path
        The output folder.
    names : iterable of str
        Values of `region_atlas`; a column of electrodes.tsv names no atlas that is known, and is left out.
    """
    for name in sorted(names):
        image, own = image_named(name), native_named(name)
        if image is not None:
            title, license_, works = image.title, image.license, image.references
            said = f"Labels at the electrodes' MNI152 coordinates, in the image of {image.source or image.name}."
        elif own is not None:
            title, license_, works = own.said, "FreeSurfer Software License", (*own.works, "fischl2012")
            said = "Labels in the participants' own volumes, which FreeSurfer made."
        else:
            continue
        known = citations()
        cited = (known[work] if isinstance(work, str) else work for work in works)
        content = {"AtlasName": title, "Description": said, "License": license_,
                   "ReferencesAndLinks": [f"{one.text} {one.url}" for one in cited]}  # fmt: skip
        write_json(layout.atlas_json(out, re.sub(r"[^A-Za-z0-9]", "", title)), content)


def _container() -> dict[str, Any]:
    """The container, where its environment names it: BIDS_VLINT_CONTAINER is a tag or an image URI with its digest."""
    tag = os.environ.get("BIDS_VLINT_CONTAINER")
    apptainer = os.environ.get("APPTAINER_CONTAINER") or os.environ.get("SINGULARITY_CONTAINER")
    if not (tag or apptainer):
        return {}
    named = {"URI": tag} if tag and "://" in tag else {"Tag": tag or Path(str(apptainer)).name}
    return {"Container": {"Type": "apptainer" if apptainer else "docker", **named}}


def _source(bids_dir: Path) -> dict[str, str]:
    """Where the data came from, with the DOI that its description gives, and by whom they were simulated."""
    source = {"URL": bids_dir.absolute().as_uri()}
    try:
        description = read_object(bids_dir / "dataset_description.json")
    except InputError:
        return source
    doi = description.get("DatasetDOI")
    source |= {"DOI": doi.strip()} if isinstance(doi, str) and doi.strip() else {}
    made_by = description.get("GeneratedBy")
    for maker in made_by if isinstance(made_by, list) else []:
        if isinstance(maker, dict) and "simulated" in str(maker.get("Description", "")).lower():
            source[_SIMULATED] = f"{maker.get('Name', 'n/a')}, {maker['Description']}"
    return source


def simulated_source(out: Path) -> str | None:
    """What made the data that an output folder's results are of, where nobody was recorded; None: not known to be so.

    A data set says so in its description: an entry of GeneratedBy whose Description has the word simulated.
    """
    try:
        sources = read_object(layout.dataset_description(out)).get("SourceDatasets")
    except InputError:
        return None
    known = [one for one in sources if isinstance(one, dict)] if isinstance(sources, list) else []
    return next((str(one[_SIMULATED]) for one in known if one.get(_SIMULATED)), None)
