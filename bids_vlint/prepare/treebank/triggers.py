"""Channels that are typed as contacts and carry triggers, or no brain's signal: by their names and their signals."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping

import numpy as np
import pandas as pd

from bids_vlint.errors import few
from bids_vlint.log import counted
from bids_vlint.prepare.checks import GOOD, MARKED, UNCHECKED, Check
from bids_vlint.prepare.treebank.recording import TreebankRecording
from bids_vlint.signals.pulses import without_brain

INTRACRANIAL = ("SEEG", "ECOG")
_TRIGGER = re.compile(r"(DC|TRIG)\d*", re.IGNORECASE)


def is_trigger(label: str | None) -> bool:
    """Whether a label is that of a channel of triggers."""
    return label is not None and _TRIGGER.fullmatch(label) is not None


def strange_channels(shown: TreebankRecording) -> dict[str, str] | None:
    """Channels whose signal is no brain's, and why (`signals.pulses.without_brain`); a few stretches are read.

    Returns
    -------
    dict | None
        None where the signals are not there, cannot be read or do not vary.
    """
    import mne

    if not shown.fetched:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            raw = mne.io.read_raw(shown.run.file, preload=False, verbose="error")
            names = [name for name in shown.channels["name"] if name in raw.ch_names]

            def read(start: int, stop: int) -> np.ndarray:
                return np.asarray(raw.get_data(picks=names, start=start, stop=stop, verbose="error"))

            return without_brain(read, names, int(raw.n_times), float(raw.info["sfreq"])) if names else None
    except Exception:  # whatever mne raises for files that are damaged: `check_signals` and both levels say so
        return None


def check_triggers(
    channels: pd.DataFrame, labels: Mapping[str, str | None], strange: Mapping[str, str] | None = None
) -> Check:
    """Which channels carry triggers, or no brain's signal, though they are typed as contacts.

    Parameters
    ----------
    channels : DataFrame
        channels.tsv: name, type, status; cells as text.
    labels : mapping
        As `contacts.channel_labels`.
    strange : mapping | None
        From `strange_channels`.
    """
    typed = [name for name, kind in zip(channels["name"], channels["type"].str.upper()) if kind in INTRACRANIAL]
    named = [name for name in typed if is_trigger(labels.get(name))]
    good = dict(zip(channels["name"], ~channels["status"].str.strip().str.lower().str.startswith("bad")))
    heard = {name: why for name, why in (strange or {}).items() if name in typed and name not in named and good[name]}
    said = [f"typed as contacts, and carrying triggers: {few(named)}; typed TRIG now"] if named else []
    if heard:
        odd = few([f"{name} ({why})" for name, why in heard.items()])
        said.append(f"called good, and no brain's signal: {odd}; called bad now")
    if said:
        return Check("triggers", MARKED, counted(len(named) + len(heard), "channel"), "; ".join(said))
    unknown = [name for name, label in labels.items() if label is None]
    if unknown and strange is None:
        says = "channels of triggers may be among those that have no label, and the signals were not read"
        return Check("triggers", UNCHECKED, f"{counted(len(unknown), 'channel')} without a label", says)
    return Check("triggers", GOOD, f"none typed as a contact, by name{'' if strange is None else ' and by signal'}")
