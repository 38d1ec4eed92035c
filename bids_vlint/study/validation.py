"""The official BIDS validator, offline: what it says is shown, and stops nothing."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

from bids_vlint.stopping import killed_with_parent
from bids_vlint.study.folders import closed_folders

_VALIDATOR = "bids-validator-deno"
_SHOWN = 5


def validate(bids_dir: Path) -> list[str]:
    """Run the validator.

    Parameters
    ----------
    bids_dir : Path

    Returns
    -------
    list of str
        A few lines: how many errors of which kind, where the first is. Empty where there is none.
    """
    for folder, why in closed_folders(bids_dir, lambda _: False):
        if not why:  # it would go round and round
            return [f"The data set was not validated: {folder} is a link to a folder that it lies in."]
    program = _program()
    if program is None:
        return [f"{_VALIDATOR} is not installed: the data set was not validated."]
    try:
        done = subprocess.run(  # rows of large tables change nothing here
            [program, "--json", "--ignoreNiftiHeaders", "--max-rows", "1000", str(bids_dir)],
            capture_output=True, text=True, timeout=3600, check=False, stdin=subprocess.DEVNULL,
            preexec_fn=killed_with_parent,
        )  # fmt: skip
        issues = json.loads(done.stdout)["issues"]["issues"]
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError, TypeError) as error:
        return [f"The BIDS validator gave no answer ({type(error).__name__}): the data set was not validated."]
    errors = [i for i in issues if i.get("severity") == "error"]
    if not errors:
        return []
    kinds = Counter(i["code"] for i in errors)
    first = {i["code"]: i.get("location", "") for i in reversed(errors)}
    lines = [f"The BIDS validator reports {len(errors)} error{'s' * (len(errors) > 1)}:"]
    lines += [f"{code} ({n}), first in {first[code]}" for code, n in kinds.most_common(_SHOWN)]
    if len(kinds) > _SHOWN:
        lines.append(f"and {len(kinds) - _SHOWN} other kinds")
    return lines


def _program() -> str | None:
    beside = Path(sys.executable).parent / _VALIDATOR
    return str(beside) if beside.exists() else shutil.which(_VALIDATOR)
