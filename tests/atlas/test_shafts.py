"""Shafts from what tables say, else from names."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bids_vlint.atlas.shafts import along_shafts, shaft_of, shafts


def test_names_as_recorders_write_them() -> None:
    names = {
        "A1": ("A", 1),
        "LA1": ("LA", 1),
        "LA'12": ("LA'", 12),
        "POL A1": ("A", 1),
        "EEG LTP_04-Ref": ("LTP", 4),
        "SEEG B' 03": ("B'", 3),
        "LTG-03": ("LTG", 3),
        "A1-A2": ("A", 1),
        "A1-2": ("A", 1),
        "T7a10": ("T7a", 10),
        "Cz": ("Cz", None),
        "12": ("", 12),
    }
    assert {name: tuple(shaft_of(name)) for name in names} == names


def test_a_column_goes_first_and_the_names_fill_what_it_leaves() -> None:
    table = pd.DataFrame({"name": ["A1", "A2", "B1"], "group": [None, "grid", " "], "shaft": ["old", "old", None]})
    found = shafts(table)
    assert list(found["shaft"]) == ["old", "grid", "B"]
    assert list(found["shaft_from"]) == ["group", "group", "name"]
    assert list(shafts(table[["name"]])["shaft"]) == ["A", "A", "B"]


def test_contacts_in_the_order_of_their_numbers() -> None:
    names = pd.Series(["A10", "B1", "A2", "A1", "B10", "B2"])
    assert list(names.iloc[np.argsort(along_shafts(names))]) == ["A1", "A2", "A10", "B1", "B2", "B10"]
