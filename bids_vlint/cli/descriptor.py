"""`bids_vlint descriptor`: the Boutiques descriptor, from the list of options."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from bids_vlint import __version__
from bids_vlint.settings import LEVELS, LEVELS_2, OPTIONS, Option

_CONTAINER = "bids_vlint"
# Options that BIDS-Apps 2.0 (a draft) names after their entity.
_IDS_2 = {"participant_label": "SubjectLabel", "session_label": "SessionLabel", "task": "TaskLabel", "run": "RunIndex"}
_FILES = ("bids_filter_file", "stimuli", "config", "models_dir", "fs_subjects_dir")
# A participant of 100 electrodes, 6,000 words, 1,000 cuts and 40 networks, twins included: fit.estimate, rounded up.
_RESOURCES = {"cpu-cores": 1, "ram": 8, "disk-space": 4, "walltime-estimate": 14400}
_EXIT_CODES = {
    1: "a participant failed while others succeeded",
    16: "no BIDS data set",
    17: "unknown level",
    18: "the filters select nothing",
    64: "wrong command line",
    65: "wrong content of a file",
    66: "a file that is not there",
    73: "output cannot be made",
    74: "reading or writing failed",
    75: "try again: memory, or a lock that is held",
}


def descriptor() -> dict[str, Any]:
    """The descriptor (Boutiques schema 0.5), with the ids of the command line and those of BIDS-Apps 2.0."""
    places = [
        _places("bids_dir", "InputDataset", "BIDS_DIR", "the BIDS data set", type="File"),
        _places("output_dir", "OutputLocation", "OUTPUT_DIR", "where the results go", type="String"),
        _places("level", "AnalysisLevel", "analysis level", "level of the analysis", type="String"),
    ]
    (_, dataset), _, (level, level_2) = places
    dataset |= {"list": True, "min-list-entries": 1, "max-list-entries": 1}
    level["value-choices"], level_2["value-choices"] = list(LEVELS), list(LEVELS_2)
    options = [_inputs(o) for o in OPTIONS]
    inputs = [entry for entries in places + options for entry in entries] + _ASKING
    return {
        "name": "bids_vlint",
        "description": "Find where the human brain integrates vision and language, in intracranial EEG of people "
        "watching movies",
        "tool-version": __version__,
        "schema-version": "0.5",
        "command-line": " ".join(["bids_vlint", *(entry["value-key"] for entry in inputs)]),
        "container-image": {"type": "docker", "image": f"{_CONTAINER}:{__version__}"},
        "inputs": inputs,
        "groups": [_alternatives(entries, needed=True) for entries in places]
        + [_alternatives(entries) for entries in options if len(entries) > 1]
        + [_NETWORKS],
        "output-files": [
            {"id": "results", "name": "results", "description": "BIDS derivatives and HTML reports",
             # a condition on what is not given is false
             "conditional-path-template": [{"output_dir == output_dir": "[OUTPUT_DIR]"},
                                           {"default": "[OUTPUTLOCATION]"}],
             "optional": True},
        ],
        "suggested-resources": _RESOURCES,
        "error-codes": [{"code": code, "description": said} for code, said in _EXIT_CODES.items()],
        "tests": _TESTS,
        "tags": {"domain": ["neuroinformatics", "ieeg", "bids"]},
        # the draft calls the first one name in its table, and the other in its example
        "custom": {"BIDSAppSpecVersion": "2.0", "BIDSApplicationVersion": "2.0"},
    }  # fmt: skip


_ASKING = [
    {"id": one, "name": one, "type": "Flag", "description": said, "command-line-flag": flag,
     "value-key": f"[{one.upper()}]", "optional": True}
    for one, said, flag in (("Help", "say how the program is used, and stop", "--help"),
                            ("ToolVersion", "say the program's version, and stop", "--version"))
]  # fmt: skip
_NETWORKS = {
    "id": "networks",
    "name": "networks",
    "description": "the model set, or settings that name it; at the group level those of the participant level",
    "members": ["models", "config"],
    "one-is-required": True,
}
# The last needs what `bids_vlint demo --data-only demo-output` writes into the current folder.
_TESTS = [
    {"name": "says its version", "assertions": {"exit-code": 0},
     "invocation": {"bids_dir": ".", "output_dir": "out", "level": "participant", "models": "demo",
                    "ToolVersion": True}},
    {"name": "refuses what is no data set", "assertions": {"exit-code": 16},
     "invocation": {"bids_dir": "no-data-set", "output_dir": "out", "level": "participant", "models": "demo"}},
    {"name": "says what would be run on the demo", "assertions": {"exit-code": 0},
     "invocation": {"InputDataset": ["demo-output/bids"], "OutputLocation": "out", "AnalysisLevel": "subject",
                    "models": "demo", "skip_bids_validation": True, "dry_run": True}},
]  # fmt: skip


def _places(old: str, new: str, name: str, said: str, **kind: str) -> list[dict[str, Any]]:
    """What stands first on the command line, by both names: one of them is given."""
    return [{"id": one, "name": name, "description": said, "value-key": f"[{one.upper()}]", "optional": True, **kind}
            for one in (old, new)]  # fmt: skip


def _alternatives(entries: Sequence[dict[str, Any]], *, needed: bool = False) -> dict[str, Any]:
    """A group of which at most one is given, or exactly one."""
    group = {"id": f"one_{entries[0]['id']}", "name": f"ways to say {entries[0]['id']}",
             "members": [entry["id"] for entry in entries], "mutually-exclusive": True}  # fmt: skip
    return group | {"one-is-required": True} if needed else group


def _inputs(option: Option) -> list[dict[str, Any]]:
    """An option's input; for one of labels, a file of them and the name of BIDS-Apps 2.0 besides."""
    entry = _input(option)
    if option.label:
        lines = {"type": "File", "description": f"file with a label on each line: {option.help}"}
        file = {k: v for k, v in entry.items() if k not in ("list", "min-list-entries")} | lines
        return [entry, _named(file, f"{option.name}_file"), _named(entry, _IDS_2[option.name])]
    if option.name == "context":
        words = {"type": "Number", "integer": True, "minimum": 0}
        texts = {"value-choices": ["to-word", "sentence"]}
        return [entry | texts, _named(entry | words, "context_words")]
    return [entry]


def _named(entry: dict[str, Any], name: str) -> dict[str, Any]:
    return entry | {"id": name, "name": name, "value-key": f"[{name.upper()}]"}


def _input(option: Option) -> dict[str, Any]:
    kind = {bool: "Flag", int: "Number", float: "Number", str: "String"}.get(option.type, "String")
    entry: dict[str, Any] = {
        "id": option.name,
        "name": option.name,
        "type": "File" if option.name in _FILES else kind,
        "description": option.help,
        "command-line-flag": option.flag,
        "value-key": f"[{option.name.upper()}]",
        "optional": True,
    }
    if option.type is int:
        entry["integer"] = True
    if option.choices:
        entry["value-choices"] = list(option.choices)
    if option.several:
        entry["list"] = True
        entry["min-list-entries"] = 1
    if option.minimum is not None:
        entry["minimum"] = option.minimum
    if option.above is not None:
        entry |= {"minimum": option.above, "exclusive-minimum": True}
    if option.below is not None:
        entry |= {"maximum": option.below, "exclusive-maximum": True}
    if option.name == "bins":  # two numbers, with = since the first may be below 0
        return entry | {"type": "Number", "list": True, "min-list-entries": 2, "max-list-entries": 2,
                        "minimum": -2, "maximum": 2, "list-separator": ":", "command-line-flag-separator": "=",
                        "default-value": [float(end) for end in option.default.split(":")]}  # fmt: skip
    # bosh gives a default always: one of another input's, or one that depends on the place, stays the program's
    if option.type is not bool and option.default not in (None, ()) and option.name not in ("context", "work_dir"):
        value = list(option.default) if isinstance(option.default, tuple) else option.default
        entry["default-value"] = str(value) if not isinstance(value, list | int | float | str) else value
    return entry


def print_descriptor() -> int:
    """Print the descriptor, as boutiques.json holds it."""
    print(json.dumps(descriptor(), indent=2))
    return 0
