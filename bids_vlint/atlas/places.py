"""Where each channel is: coordinates, their way to MNI152, and regions from electrodes.tsv or from an atlas image."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from bids_vlint.atlas.freesurfer import native_labels
from bids_vlint.atlas.image import SOUGHT_MM
from bids_vlint.atlas.labelling import ALSO, NATIVE
from bids_vlint.atlas.regions import REGION_COLUMNS, find_regions
from bids_vlint.atlas.spaces import MOST_MM, from_origin, in_mm, moved
from bids_vlint.atlas.ways import NO_HELPERS, Helpers, Way, way_of, wrong_unit
from bids_vlint.errors import few
from bids_vlint.files.tables import MISSING
from bids_vlint.study.electrodes import AXES, Electrodes

_OURS = (NATIVE, ALSO)


def place(
    contacts: Mapping[str, Sequence[str]],
    electrodes: Sequence[Electrodes],
    reserved: Collection[str] = (),
    atlases: Sequence[str] = (),
    *,
    helpers: Helpers = NO_HELPERS,
    unread: int = 0,
) -> tuple[pd.DataFrame, list[str]]:
    """Find the place and region of every channel.

    Parameters
    ----------
    contacts : channel -> its contact, or the two of a bipolar pair
    electrodes : sequence of Electrodes
        One per electrodes.tsv (several where there are several `space-` files).
    reserved : collection of str
        Names that a column of electrodes.tsv cannot take, besides the table's own; it is called `electrodes_NAME` then.
    atlases : sequence of str
        Whose labels are regions, in order (`find_regions`).
    helpers : Helpers
        The participant's FreeSurfer folder and transform.
    unread : int
        Electrodes.tsv files that cannot be read.

    Returns
    -------
    table : DataFrame
        A row per channel, indexed by its name: region, region_name, region_atlas, tissue, distance_mm, region_share, x,
        y, z, space, coordinate_units, mni_x, mni_y, mni_z (MNI152, mm), mni_from, then further frames (x_SPACE), what
        the participant's own volumes say, atlas columns and what else electrodes.tsv holds.
    notes : list of str
        Which atlas was used; why there is no region; the error to expect of the way to MNI152; channels without
        coordinates.

    Examples
    --------
    >>> from pathlib import Path
    >>> rows = pd.DataFrame({"x": [-44.0, np.nan], "y": [-20.0, np.nan], "z": [8.0, np.nan], "DKT": ["insula", "NA"]},
    ...                     index=["A1", "A2"])
    >>> electrodes = Electrodes(rows, "MNI152Lin", "mm", Path("sub-01_electrodes.tsv"))
    >>> table, notes = place({"A1": ["A1"], "A2": ["A2"]}, [electrodes])
    >>> table["region"].tolist(), table["mni_x"].tolist()
    (['insula', None], [-44.0, nan])
    >>> notes[0]
    'Regions are column DKT of electrodes.tsv.'
    """
    channels = list(contacts)
    found = sorted(((e, way_of(e, helpers)) for e in electrodes), key=_fitness)
    ordered, ways = [e for e, _ in found], [way for _, way in found]
    rows = [_match(contacts, e) for e in ordered]
    table, scanner, used = _coordinates(channels, ordered, ways, rows)
    natives, lost = _natives(helpers, scanner)
    if lost:
        ways = [Way(why=lost) if way.to_scanner is not None else way for way in ways]
        table, _, used = _coordinates(channels, ordered, ways, rows)
    columns = _merged_columns(channels, ordered, rows)
    places = table[["mni_x", "mni_y", "mni_z"]].join(natives)
    regions, notes = find_regions(columns, places, atlases, _reason(ordered, ways, unread))
    taken = {*reserved, *regions, *table, *natives}
    columns = columns.rename(columns=lambda c: f"electrodes_{c}" if c in taken or c.startswith(_OURS) else c)
    same = [c for c in columns if c == "electrodes_region" and columns[c].equals(regions["region"])]
    wrong = [note for note in [*(wrong_unit(e) for e in electrodes), lost] if note]
    notes += [f"{note[0].upper()}{note[1:]}." for note in wrong if not any(note in said for said in notes)]
    notes += [way.off for way in used if way.off]
    notes += [*_far_note(table), *_at_one_place(table)]
    notes += _missing_note(table) if electrodes else []
    first, further = regions[list(REGION_COLUMNS)], regions.drop(columns=list(REGION_COLUMNS))
    whole = pd.concat([first, table, natives, columns.drop(columns=same), further], axis=1)
    return whole.rename_axis("name"), notes


def _fitness(found: tuple[Electrodes, Way]) -> tuple[bool, int]:
    """Sorts frames that lead to MNI152 first, the nearest before others; files keep their order otherwise."""
    electrodes, way = found
    empty = bool(electrodes.table[list(AXES)].isna().any(axis=1).all())
    return empty, way.rank


def _natives(helpers: Helpers, scanner: pd.DataFrame) -> tuple[pd.DataFrame, str | None]:
    """What the participant's own volumes say, and why nothing of it can be believed, if so."""
    nothing, known = pd.DataFrame(index=scanner.index), scanner["x"].notna()
    if helpers.own is None or not known.any():
        return nothing, None
    found = native_labels(helpers.own, scanner.to_numpy(float)).set_axis(scanner.index)
    near = found[[f"{NATIVE}{atlas}_mm" for atlas in helpers.own.volumes]].min(axis=1)
    lost, n = int(near[known].isna().sum()), int(known.sum())
    if lost > n / 2:
        where = f"more than {SOUGHT_MM:g} mm from the grey matter in {helpers.own.folder}"
        why = "FreeSurfer was not given the image that the coordinates are of"
        return nothing, f"{lost} of {n} channels would lie {where}: {why}"
    return found, None


def _match(contacts: Mapping[str, Sequence[str]], electrodes: Electrodes) -> dict[str, list[str]]:
    """The rows of an electrodes.tsv that are a channel's contacts; channels that lack one are left out."""
    names = [str(n) for n in electrodes.table.index]
    wanted = {c.strip() for pair in contacts.values() for c in pair}
    exact = {n: n for n in names}
    unique = _unique_folds(names)
    askers = Counter(w.casefold() for w in wanted)
    found: dict[str, list[str]] = {}
    for channel, pair in contacts.items():
        stripped = [c.strip() for c in pair]
        hits = [exact.get(c) or (unique.get(c.casefold()) if askers[c.casefold()] == 1 else None) for c in stripped]
        if all(hits):
            found[channel] = [str(h) for h in hits]
    return found


def _unique_folds(names: Iterable[str]) -> dict[str, str]:
    """Names by their form without case, where one name alone has it."""
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(name.casefold(), []).append(name)
    return {fold: group[0] for fold, group in groups.items() if len(group) == 1}


def _coordinates(
    channels: list[str], electrodes: Sequence[Electrodes], ways: Sequence[Way], rows: Sequence[dict[str, list[str]]]
) -> tuple[pd.DataFrame, pd.DataFrame, list[Way]]:
    """Coordinates as given and in MNI152, from the first frame that has a channel, further frames as columns; those of
    the scanner, from the first frame that leads there; the ways to MNI152 that were taken."""
    table = pd.DataFrame(np.nan, index=channels, columns=[*AXES, "mni_x", "mni_y", "mni_z"])
    words = ["space", "coordinate_units", "mni_from"]
    table = table.assign(**dict.fromkeys(words)).astype(dict.fromkeys(words, object))
    scanner = pd.DataFrame(np.nan, index=channels, columns=list(AXES))
    seen: list[str] = []
    used: list[Way] = []
    for file, way, matched in zip(electrodes, ways, rows):
        xyz = np.full((len(channels), 3), np.nan)
        for k, channel in enumerate(channels):
            if channel in matched:
                xyz[k] = file.table.loc[matched[channel], list(AXES)].to_numpy(float).mean(axis=0)
        new = np.isfinite(xyz).all(axis=1) & table["x"].isna().to_numpy()
        table.loc[new, list(AXES)] = xyz[new]
        inside = np.isfinite(xyz).all(axis=1) & xyz.any(axis=1) & ~(from_origin(xyz, file.units) > MOST_MM)
        if way.to_mni152 is not None and (new & inside).any():
            there = moved(way.to_mni152, in_mm(xyz[new & inside], file.units))
            table.loc[new & inside, ["mni_x", "mni_y", "mni_z"]] = there
            table.loc[new & inside, "mni_from"] = way.said
        own = inside & scanner["x"].isna().to_numpy()
        if way.to_scanner is not None and own.any():
            scanner[own] = moved(way.to_scanner, in_mm(xyz[own], file.units))
        if (way.to_mni152 is not None and (new & inside).any()) or (way.to_scanner is not None and own.any()):
            used.append(way)
        table.loc[new, ["space", "coordinate_units"]] = [file.space, file.units]
        label = _frame_label(file)
        if seen and label not in seen and np.isfinite(xyz).any():
            table[[f"{axis}_{label}" for axis in AXES]] = xyz
        seen.append(label)
    first = [*AXES, "space", "coordinate_units", "mni_x", "mni_y", "mni_z", "mni_from"]
    return table[[*first, *(c for c in table if c not in first)]], scanner, used


def _frame_label(electrodes: Electrodes) -> str:
    """What a frame is called in a column's name: its space, else the file's space- entity."""
    entity = re.search(r"_space-([^_]+)", electrodes.file.name)
    return re.sub(r"\W", "", electrodes.space or (entity[1] if entity else "")) or "undeclared"


def _merged_columns(
    channels: list[str], electrodes: Sequence[Electrodes], rows: Sequence[dict[str, list[str]]]
) -> pd.DataFrame:
    """The text columns of electrodes.tsv per channel, from the first file that fills them."""
    names = dict.fromkeys(str(c) for e in electrodes for c in e.table.columns if c not in AXES)

    def cell(channel: str, column: str) -> str | None:
        for file, matched in zip(electrodes, rows):
            if channel in matched and column in file.table:
                cells = file.table[column]
                if value := _joined([str(cells[contact]) for contact in matched[channel]]):
                    return value
        return None

    filled = {column: [cell(channel, column) for channel in channels] for column in names}
    return pd.DataFrame(filled, index=channels, dtype=object)


def _joined(values: Sequence[str]) -> str | None:
    """One label of a channel: of the two contacts of a pair, the one that is known, or both as A / B."""
    known = sorted({v for v in values if v.strip().lower() not in MISSING})
    return " / ".join(known) or None


def _reason(electrodes: Sequence[Electrodes], ways: Sequence[Way], unread: int) -> str:
    """Why no channel has a place in MNI152."""
    if not electrodes and unread:
        return "electrodes.tsv cannot be read, so there are no coordinates"
    if not electrodes:
        return "there is no electrodes.tsv, so there are no coordinates"
    located = [way for e, way in zip(electrodes, ways) if e.table[list(AXES)].notna().all(axis=1).any()]
    if not located:
        return "electrodes.tsv gives no coordinates"
    reasons = dict.fromkeys(way.why for way in located)
    return "; ".join(r for r in reasons if r) or "no channel's name is in electrodes.tsv with coordinates"


def _far_note(table: pd.DataFrame) -> list[str]:
    """What is said of single channels that cannot be where their coordinates say."""
    if not table["mni_x"].notna().any():
        return []
    far = []
    for name, row in table[table["mni_x"].isna() & table["x"].notna()].iterrows():
        if from_origin(row[list(AXES)].to_numpy(float)[None], row["coordinate_units"])[0] > MOST_MM:
            far.append(str(name))
    said = f"{len(far)} channels would lie more than {MOST_MM:g} mm from the origin and have no place"
    return [f"{said}: {', '.join(far[:10])}."] if far else []


def _at_one_place(table: pd.DataFrame) -> list[str]:
    """What is said of channels at the origin, where nobody has an electrode by measurement, and at one place."""
    if not table["mni_x"].notna().any():
        return []
    at = table[list(AXES)].dropna()
    unset = [str(name) for name, row in at.iterrows() if not row.astype(float).any()]
    notes = [f"{len(unset)} channels lie at 0, 0, 0, as where nothing was measured, and have no place: "
             f"{', '.join(unset[:10])}."] if unset else []  # fmt: skip
    same = [str(name) for name in at.index[at.duplicated(keep=False)] if str(name) not in unset]
    if same:
        notes.append(f"{len(same)} channels have the coordinates of another: {', '.join(same[:10])}.")
    return notes


def _missing_note(table: pd.DataFrame) -> list[str]:
    lost = [str(c) for c in table.index[table["x"].isna()]]
    if not lost:
        return []
    return [f"{len(lost)} of {len(table)} channels have no coordinates in electrodes.tsv: {few(lost, 10)}."]
