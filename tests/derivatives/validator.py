"""The official BIDS validator."""

from __future__ import annotations

import json
import subprocess
import sysconfig
from pathlib import Path


def validate(out: Path) -> list[dict[str, object]]:
    """The official validator's issues."""
    program = Path(sysconfig.get_path("scripts")) / "bids-validator-deno"
    result = subprocess.run([program, "--format", "json", out], capture_output=True, text=True)
    return list(json.loads(result.stdout)["issues"]["issues"])
