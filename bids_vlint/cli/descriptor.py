"""`bids_vlint descriptor`: the Boutiques descriptor, from the list of options."""

from __future__ import annotations

import json
from typing import Any

from bids_vlint import __version__
from bids_vlint.settings import LEVELS, OPTIONS, Option

_CONTAINER = "bids_vlint"


def descriptor() -> dict[str, Any]:
    """The descriptor (Boutiques schema 0.5)."""
    names = ["bids_dir", "output_dir", "level", *(o.name for o in OPTIONS)]
    keys = " ".join(f"[{n.upper()}]" for n in names)
    positional: list[dict[str, Any]] = [
        {"id": "bids_dir", "name": "BIDS_DIR", "type": "File", "description": "the BIDS data set",
         "value-key": "[BIDS_DIR]", "optional": False},
        {"id": "output_dir", "name": "OUTPUT_DIR", "type": "String", "description": "where the results go",
         "value-key": "[OUTPUT_DIR]", "optional": False},
        {"id": "level", "name": "analysis level", "type": "String", "description": "level of the analysis",
         "value-key": "[LEVEL]", "value-choices": list(LEVELS), "optional": False},
    ]  # fmt: skip
    return {
        "name": "bids_vlint",
        "description": "Find where the human brain integrates vision and language, in intracranial EEG of people "
        "watching movies",
        "tool-version": __version__,
        "schema-version": "0.5",
        "command-line": f"bids_vlint {keys}",
        "container-image": {"type": "docker", "image": f"{_CONTAINER}:{__version__}"},
        "inputs": positional + [_input(o) for o in OPTIONS],
        "output-files": [
            {"id": "results", "name": "results", "description": "BIDS derivatives and HTML reports",
             "path-template": "[OUTPUT_DIR]", "optional": False},
        ],
        "error-codes": [
            {"code": 1, "description": "a participant failed while others succeeded"},
            {"code": 16, "description": "no BIDS data set"},
            {"code": 17, "description": "unknown level"},
            {"code": 18, "description": "the filters select nothing"},
            {"code": 64, "description": "wrong command line"},
            {"code": 65, "description": "wrong content of a file"},
            {"code": 66, "description": "a file that is not there"},
            {"code": 73, "description": "output cannot be made"},
            {"code": 74, "description": "reading or writing failed"},
            {"code": 75, "description": "try again: memory, or a lock that is held"},
        ],
        "tags": {"domain": ["neuroinformatics", "ieeg", "bids"]},
    }  # fmt: skip


def _input(option: Option) -> dict[str, Any]:
    kind = {bool: "Flag", int: "Number", float: "Number", str: "String"}.get(option.type, "String")
    if option.name in ("bids_filter_file", "stimuli", "config", "models_dir", "fs_subjects_dir"):
        kind = "File"
    entry: dict[str, Any] = {
        "id": option.name,
        "name": option.name,
        "type": kind,
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
    if option.type is not bool and option.default not in (None, ()):
        value = list(option.default) if isinstance(option.default, tuple) else option.default
        entry["default-value"] = str(value) if not isinstance(value, list | int | float | str) else value
    return entry


def print_descriptor() -> int:
    """Print the descriptor, as boutiques.json holds it."""
    print(json.dumps(descriptor(), indent=2))
    return 0
