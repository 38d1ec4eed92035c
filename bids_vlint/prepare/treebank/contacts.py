"""Which contact each channel is: its label, its place in MNI152, whether it is bad, whether it is a contact at all."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from bids_vlint.errors import few
from bids_vlint.files.tables import NOT_AVAILABLE, numbers
from bids_vlint.log import counted
from bids_vlint.prepare.checks import GOOD, LIES, MARKED, UNCHECKED, Check
from bids_vlint.prepare.treebank.triggers import INTRACRANIAL, is_trigger

_ANONYMOUS = re.compile(r"iEEG\d+", re.IGNORECASE)
_MARKS = re.compile(r"[*#\s]")
_STARRED = re.compile(r".*\d(\*|x)")  # nm000253 writes x for the authors' *
_SHAFT = re.compile(r"(.*?)\d+")
_SIDES_AGREE = 0.95
FRAME, UNITS = "MNI152Lin", "mm"


def bare_label(label: str) -> str:
    """A contact's label without the marks that authors and converters put on it.

    Examples
    --------
    >>> [bare_label(label) for label in ("RT1aIa1*", "RT2aA1#", "RT1aIa1x", "F3aOFa1", "T1b")]
    ['RT1aIa1', 'RT2aA1', 'RT1aIa1', 'F3aOFa1', 'T1b']
    """
    bare = _MARKS.sub("", label)
    return bare[:-1] if re.fullmatch(r".*\dx", bare) else bare


def is_anonymous(names: Sequence[str]) -> bool:
    """Whether channels are numbered and named after no contact."""
    return bool(names) and all(_ANONYMOUS.fullmatch(name) for name in names)


def channel_labels(names: Sequence[str], listed: Sequence[str] | None) -> dict[str, str | None]:
    """The label of each channel.

    Parameters
    ----------
    names : sequence of str
        Of channels, in the recording's order.
    listed : sequence of str | None
        The authors' labels in the same order, perhaps one less; None where they are not there.

    Returns
    -------
    dict
        None for a channel of which nothing says what it is.
    """
    if not is_anonymous(names):
        return {name: bare_label(name) for name in names}
    said = [bare_label(label) for label in listed or ()]
    return {name: said[k] if k < len(said) else None for k, name in enumerate(names)}


def check_names(names: Sequence[str], listed: Sequence[str] | None, known: Collection[str]) -> Check:
    """Whether the channels are the contacts of which places are known.

    Parameters
    ----------
    names, listed
        As `channel_labels`.
    known : collection of str
        Contacts with coordinates.
    """
    if is_anonymous(names) and listed is None:
        return Check("names", MARKED, f"0 of {len(names)} channels have a label", "the channels are numbered, and no "
                     "public table says which contact each is: there are no coordinates without --labels (the authors' "
                     "electrode_labels.json)")  # fmt: skip
    if listed is not None and len(listed) > len(names):
        return Check(
            "names",
            LIES,
            f"{len(listed)} labels, {len(names)} channels",
            "electrode_labels.json has more labels than there are channels: it is another participant's",
        )
    named = [] if is_anonymous(names) else [bare_label(name) for name in names]
    if (
        listed is not None
        and named
        and [bare_label(label).replace("/", "-") for label in listed] != named[: len(listed)]
    ):
        return Check(
            "names",
            LIES,
            f"{len(listed)} labels, {len(names)} channels",
            "electrode_labels.json names other channels, or in another order",
        )
    labels = [label for label in channel_labels(names, listed).values() if label]
    found, lost = [x for x in labels if x in known], sorted({x for x in labels if x not in known})
    value = f"{len(found)} of {len(names)} channels are among {len(known)} contacts with coordinates"
    strangers = [label for label in lost if not is_trigger(label)]
    if known and not found:
        return Check("names", MARKED, value, "no channel bears the name of a contact: there are no coordinates")
    says = f"no coordinates are known of {few(strangers)}" if strangers else ""
    return Check("names", MARKED if strangers else GOOD, value, says)


def check_status(
    channels: pd.DataFrame, labels: Mapping[str, str | None], bad: Collection[str], *, listed: bool
) -> Check:
    """Whether bad contacts are called bad.

    Parameters
    ----------
    channels : DataFrame
        name, status; cells as text.
    labels : mapping
    bad : collection of str
        Labels that the authors' list, or another recording of the participant, calls bad.
    listed : bool
        Whether the authors' list is there.
    """
    status = dict(zip(channels["name"], channels["status"].str.strip().str.lower()))
    wrong = [name for name, label in labels.items() if label in bad and not status.get(name, "").startswith("bad")]
    n_bad = sum(own.startswith("bad") for own in status.values())
    value = f"{n_bad} of {len(channels)} channels are called bad"
    if wrong:
        whose = "the authors' list" if listed else "another recording of the participant"
        return Check("status", MARKED, value, f"{few(wrong)} are called good and are bad by {whose}; they are called "
                     "bad now")  # fmt: skip
    starred = [name for name in status if _STARRED.fullmatch(name)]
    if starred and not listed and not any(labels.get(name) in bad for name in starred):
        says = (f"{counted(len(starred), 'contact')} with * in the label ({starred[0]}, ...) are all called good, as "
                "where a large recording was converted, whatever they are: give corrupted_elec.json (--authors)"
                )  # fmt: skip
        return Check("status", MARKED, value, says)
    if is_anonymous(list(status)) and not listed:
        return Check("status", MARKED, value, "the channels were compared with no list of bad contacts: those of the "
                     "participant are called good, whatever they are")  # fmt: skip
    return Check("status", GOOD, value)


def check_frame(contacts: pd.DataFrame, file: Path) -> Check:
    """Whether contacts lie on the side that their hemisphere says.

    Parameters
    ----------
    contacts : DataFrame
        hem (L or R), mni152_x (mm); cells as text.
    file : Path
    """
    x, left = numbers(contacts, "mni152_x", file), contacts["hem"].str.strip().str.upper() == "L"
    known = np.isfinite(x) & contacts["hem"].str.strip().str.upper().isin(["L", "R"]).to_numpy()
    if not known.any():
        return Check("frame", UNCHECKED, "", "no contact has a hemisphere and a place")
    share = float(((x < 0) == left.to_numpy())[known].mean())
    value = f"{100 * share:.1f} % of {int(known.sum())} contacts on their side"
    if share < _SIDES_AGREE:
        return Check("frame", LIES, value, "contacts lie on the other side of the brain than their hemisphere says")
    return Check("frame", GOOD, value)


def places_table(labels: Mapping[str, str | None], contacts: pd.DataFrame, file: Path) -> pd.DataFrame:
    """The places of channels, as an electrodes.tsv.

    Parameters
    ----------
    labels : mapping
        As `channel_labels`.
    contacts : DataFrame
        electrode_label, mni152_x, mni152_y, mni152_z (mm), hem.
    file : Path

    Returns
    -------
    DataFrame
        name, x, y, z (MNI152, mm), size, hemisphere, group (the shaft), contact (its label); a row per channel that
        has a place.
    """
    place = {axis: numbers(contacts, f"mni152_{axis}", file) for axis in "xyz"}
    at = {bare_label(label): k for k, label in enumerate(contacts["electrode_label"])}
    rows = [(name, label, at[label]) for name, label in labels.items() if label in at]
    found = pd.DataFrame({"name": [name for name, _, _ in rows]})
    for axis, values in place.items():
        found[axis] = values[[k for *_, k in rows]]
    found["size"] = NOT_AVAILABLE
    found["hemisphere"] = [contacts["hem"].iloc[k] for *_, k in rows]
    found["group"] = [m[1] if (m := _SHAFT.fullmatch(label)) else label for _, label, _ in rows]
    return found.assign(contact=[label for _, label, _ in rows])


def channels_table(
    channels: pd.DataFrame,
    labels: Mapping[str, str | None],
    bad: Collection[str],
    strange: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """A channels.tsv that calls triggers, bad contacts and signals that are no brain's what they are; its other cells
    stay. `strange` is from `triggers.strange_channels`."""
    out = channels.copy()
    wanted = ["name", "type", "units", "low_cutoff", "high_cutoff"]  # by BIDS, in this order
    out = out.assign(**{name: NOT_AVAILABLE for name in wanted if name not in out})
    out = out[wanted + [name for name in out if name not in wanted]]
    own = [labels.get(name) for name in out["name"]]
    kinds = out["type"].str.upper()
    trigger = [is_trigger(label) and kind in INTRACRANIAL for label, kind in zip(own, kinds)]
    out["type"] = kinds.where(~np.array(trigger), "TRIG")
    good = ~out["status"].str.lower().str.startswith("bad").to_numpy()
    wrong = np.array([label in bad for label in own]) & good
    out["status"] = out["status"].where(~wrong, "bad")
    said = out["status_description"] if "status_description" in out else pd.Series(NOT_AVAILABLE, index=out.index)
    out["status_description"] = said.where(~wrong, "bad by the authors' list, or in another recording")
    no_brain = out["name"].isin(strange or {}) & (out["type"].isin(INTRACRANIAL)) & good & ~wrong
    out["status"] = out["status"].where(~no_brain, "bad")
    told = out["name"].map(lambda name: f"no brain's signal: {(strange or {}).get(name)}")
    out["status_description"] = out["status_description"].where(~no_brain, told)
    return out


def bad_labels(channels: pd.DataFrame, labels: Mapping[str, str | None]) -> set[str]:
    """Labels of the contacts that a channels.tsv calls bad, triggers left out."""
    bad = channels["status"].str.lower().str.startswith("bad")
    return {label for name in channels["name"][bad] if (label := labels.get(name)) and not is_trigger(label)}
