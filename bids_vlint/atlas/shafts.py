"""Shafts, strips and grids: columns `group` or `shaft` of electrodes.tsv or channels.tsv, else the contacts' names."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np
import pandas as pd

FROM_GROUP, FROM_NAME = "group", "name"
_SAID = ("group", "electrodes_group", "shaft", "electrodes_shaft")
# Recorders put these before the contact's name, and the reference after it.
_PREFIX = re.compile(r"^(?:POL|EEG|SEEG|ECOG|IEEG|CH|CHAN)[\s_-]+(?=\S)", re.IGNORECASE)
_REFERENCE = re.compile(r"[\s_-]+(?:REF|AVG|CAR|M1|M2|A1A2)\d*$", re.IGNORECASE)
_CONTACT = re.compile(r"(.*?)[\s_-]*(\d+)")


class ShaftContact(NamedTuple):
    """The shaft (strip, grid) of a contact and its number on it; None where its name does not end in a number."""

    name: str
    contact: int | None


def shaft_of(contact: str) -> ShaftContact:
    """The shaft that a contact's name tells; of a bipolar pair, that of its first contact.

    A name of digits alone is a contact of a shaft without a name, the empty one; a name without digits at its end is
    a shaft of its own.

    Examples
    --------
    >>> [tuple(shaft_of(name)) for name in ("A1", "LA'10", "POL B2", "EEG LTP_04-Ref", "A1-A2", "G12-13", "Cz", "7")]
    [('A', 1), ("LA'", 10), ('B', 2), ('LTP', 4), ('A', 1), ('G', 12), ('Cz', None), ('', 7)]
    """
    plain = _PREFIX.sub("", _REFERENCE.sub("", contact.strip()))
    for candidate in (plain, plain.split("-")[0].strip()) if _pair(plain) is None else (_pair(plain),):
        found = _CONTACT.fullmatch(candidate or "")
        if found:
            return ShaftContact(found[1], int(found[2]))
    return ShaftContact(plain, None)


def _pair(name: str) -> str | None:
    """The first contact of a bipolar pair (A1-A2, A1-2), None where the name is none."""
    first, dash, second = name.partition("-")
    own, other = _CONTACT.fullmatch(first.strip()), _CONTACT.fullmatch(second.strip())
    if not (dash and own and other and other[1] in (own[1], "")) or not own[1]:
        return None
    return first.strip()


def shafts(sites: pd.DataFrame) -> pd.DataFrame:
    """The shaft of every electrode, and where it was read.

    Parameters
    ----------
    sites : DataFrame
        With `name`, perhaps `group` or `shaft`, as carried along.

    Returns
    -------
    DataFrame
        shaft; shaft_from: `group` where a column says it, else `name`.

    Examples
    --------
    >>> table = pd.DataFrame({"name": ["A1", "A2", "B1"], "group": ["amygdala", "amygdala", None]})
    >>> shafts(table).to_numpy().tolist()
    [['amygdala', 'group'], ['amygdala', 'group'], ['B', 'name']]
    """
    by_name = [shaft_of(str(name)) for name in sites["name"]]
    columns = [sites[name] for name in _SAID if name in sites]
    said = [next((v.strip() for v in row if isinstance(v, str) and v.strip()), None) for row in zip(*columns)]
    said = said or [None] * len(by_name)
    return pd.DataFrame({"shaft": [group or own.name for group, own in zip(said, by_name)],
                         "shaft_from": [FROM_GROUP if group else FROM_NAME for group in said]},
                        index=sites.index, dtype=object)  # fmt: skip


def along_shafts(names: pd.Series) -> np.ndarray:
    """Numbers that grow along shafts, (n,): the contacts' own, of a shaft with several names one name after the other.

    Examples
    --------
    >>> along_shafts(pd.Series(["A10", "A2", "B1"])).tolist()
    [1, 0, 2]
    """
    keys = [(own.name, -1 if own.contact is None else own.contact) for own in map(shaft_of, map(str, names))]
    order = {key: k for k, key in enumerate(sorted(set(keys)))}
    return np.array([order[key] for key in keys], int)
