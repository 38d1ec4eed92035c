"""Names, places, bad contacts and triggers of a participant's channels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from bids_vlint.prepare.treebank.contacts import (
    bad_labels,
    channel_labels,
    channels_table,
    check_frame,
    check_names,
    check_status,
    places_table,
)
from bids_vlint.prepare.treebank.recording import find_recordings, read_recording
from bids_vlint.prepare.treebank.triggers import check_triggers, strange_channels
from tests.prepare.world import Recorded, made_contacts, write_root

NAMES = ["RT1aIa1x", "RT1aIa2x", "RT2aA1#", "F3b1", "DC4"]
LABELS = ["RT1aIa1*", "RT1aIa2*", "RT2aA1#", "F3b1", "DC4"]
CONTACTS = made_contacts(["RT1aIa1", "RT1aIa2", "RT2aA1", "F3b1"], 2, "R").astype(str)
NUMBERED = [f"iEEG{k:03d}" for k in range(5)]
FILE = Path("mni.csv")


def channels(names: list[str], bad: tuple[str, ...] = ()) -> pd.DataFrame:
    return pd.DataFrame({"name": names, "type": "seeg", "units": "µV",
                         "status": ["bad" if name in bad else "good" for name in names]})  # fmt: skip


def test_marks_are_no_part_of_a_label_and_every_contact_has_its_place() -> None:
    found = places_table(channel_labels(NAMES, None), CONTACTS, FILE)
    assert found["name"].tolist() == NAMES[:4]
    assert found["contact"].tolist() == ["RT1aIa1", "RT1aIa2", "RT2aA1", "F3b1"]
    assert found["group"].tolist() == ["RT1aIa", "RT1aIa", "RT2aA", "F3b"]
    assert found["x"].tolist() == [30.0, 33.0, 36.0, 39.0]


def test_numbered_channels_have_places_where_the_labels_are_given() -> None:
    known = CONTACTS["electrode_label"].tolist()
    assert "--labels" in check_names(NUMBERED, None, known).says
    assert len(places_table(channel_labels(NUMBERED, None), CONTACTS, FILE)) == 0
    found = places_table(channel_labels(NUMBERED, LABELS), CONTACTS, FILE)
    assert found["name"].tolist() == NUMBERED[:4]
    assert (
        channel_labels([*NUMBERED, "iEEG005"], LABELS)["iEEG005"] is None
    )  # nm000253 has one channel more than labels
    assert check_names(NUMBERED, LABELS, known).verdict == "good"
    assert check_names(NUMBERED[:4], LABELS, known).verdict == "refused"


def test_labels_of_other_channels_are_refused_and_strangers_named() -> None:
    known = CONTACTS["electrode_label"].tolist()
    assert check_names(NAMES, LABELS, known).verdict == "good"
    assert check_names(NAMES, LABELS[::-1], known).verdict == "refused"
    assert "Zz1" in check_names([*NAMES, "Zz1"], None, known).says
    assert "no channel bears" in check_names(["Zz1", "Zz2"], None, known).says


def test_triggers_are_typed_so() -> None:
    labels = channel_labels(NAMES, None)
    assert "DC4" in check_triggers(channels(NAMES), labels).says
    made = channels_table(channels(NAMES), labels, ())
    assert made["type"].tolist() == ["SEEG"] * 4 + ["TRIG"]
    assert list(made)[:5] == ["name", "type", "units", "low_cutoff", "high_cutoff"]
    assert check_triggers(channels(NUMBERED), channel_labels(NUMBERED, None)).verdict == "not checked"
    assert channel_labels(["DCa1"], None)["DCa1"] == "DCa1"
    assert check_triggers(channels(["DCa1"]), channel_labels(["DCa1"], None)).verdict == "good"


def test_a_contact_that_is_bad_in_one_recording_is_bad_in_all() -> None:
    labels = channel_labels(NAMES, None)
    bad = bad_labels(channels(NAMES, ("RT1aIa1x", "DC4")), labels)
    assert bad == {"RT1aIa1"}
    large = channels(NAMES)
    assert "RT1aIa1x" in check_status(large, labels, bad, listed=False).says
    made = channels_table(large, labels, bad)
    assert made["status"].tolist() == ["bad", "good", "good", "good", "good"]
    assert made["status_description"][0] != "n/a"


def test_starred_contacts_that_are_all_good_are_doubted_unless_the_authors_list_is_there() -> None:
    labels = channel_labels(NAMES, None)
    assert "corrupted_elec.json" in check_status(channels(NAMES), labels, (), listed=False).says
    assert check_status(channels(NAMES), labels, (), listed=True).verdict == "good"
    assert check_status(channels(["F3b1"]), channel_labels(["F3b1"], None), (), listed=False).verdict == "good"


def test_contacts_on_the_wrong_side_are_refused() -> None:
    assert check_frame(CONTACTS, FILE).verdict == "good"
    assert check_frame(CONTACTS.assign(hem="L"), FILE).verdict == "refused"


def test_what_no_brain_says_is_called_bad_with_the_reason() -> None:
    table, labels = channels([*NUMBERED, "iEEG005"], ("iEEG004",)), channel_labels([*NUMBERED, "iEEG005"], None)
    strange = {"iEEG004": "it is constant", "iEEG005": "it carries square pulses (9 steps in 8 of 8 stretches)"}
    said = check_triggers(table, labels, strange)
    assert said.verdict == "noted"
    assert "iEEG005 (it carries square pulses" in said.says
    assert "iEEG004" not in said.says  # bad already
    made = channels_table(table, labels, (), strange)
    assert made["status"].tolist() == ["good"] * 4 + ["bad", "bad"]
    assert made["status_description"].iloc[5].startswith("no brain's signal: it carries square pulses")
    assert (made["status_description"].iloc[:5] == "n/a").all()
    assert check_triggers(table, labels, {}).verdict == "good"
    found = {"DC4": "it has 2 values alone", "F3b1": "it is constant"}
    both = check_triggers(channels(NAMES), channel_labels(NAMES, None), found)
    assert both.value == "2 channels"
    assert "DC4; typed TRIG now; called good, and no brain's signal: F3b1 (it is constant)" in both.says


def test_signals_are_looked_at_where_they_are_there(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    signals = np.cumsum(rng.standard_normal((5, 60 * 256)), axis=1)
    signals[3] = 5e6 * (np.arange(signals.shape[1]) % 100 < 20) + 1e3 * rng.standard_normal(signals.shape[1])
    signals[4] = 7.0
    made = [Recorded(1, run, "Film", NUMBERED, signals.shape[1], 256.0, signals=own) for run, own in
            ((1, signals), (2, None))]  # fmt: skip
    there, empty = [read_recording(run) for run in find_recordings(write_root(tmp_path / "nm", made))]
    found = strange_channels(there)
    assert found is not None
    assert list(found) == ["iEEG003", "iEEG004"]
    assert "square pulses" in found["iEEG003"]
    assert found["iEEG004"] == "it is constant"
    assert strange_channels(empty) is None  # zeros alone
    assert strange_channels(replace(there, fetched=False)) is None
    there.run.file.write_text("no header")
    assert strange_channels(there) is None
