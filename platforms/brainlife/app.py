"""bids_vlint as an app of Brainlife: config.json is read, both levels are run, product.json says what came out."""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bids_vlint.cli.main import main as bids_vlint
from bids_vlint.settings import BY_NAME

OUTPUT = Path("output")


def command_line(config: Mapping[str, Any], level: str) -> list[str]:
    """The words of the command line.

    Parameters
    ----------
    config : mapping
        `bids`, the data set's folder, and options by name (`n_shifts`); text of options that take several values is
        split at spaces. What is empty is left to its default; what begins with _ is Brainlife's own.
    level : str
        participant or group.

    Raises
    ------
    SystemExit
        Where the data set is not given, or a name is no option's.
    """
    if not config.get("bids"):
        raise SystemExit("config.json names no data set: give its folder as bids")
    words = [str(config["bids"]), str(OUTPUT), level]
    for name, value in config.items():
        if name == "bids" or name.startswith("_") or value in (None, "", False, []):
            continue
        if name not in BY_NAME:
            raise SystemExit(f"config.json sets {name}, which is no option of bids_vlint: see bids_vlint --help")
        words.append(BY_NAME[name].flag)
        if value is not True:
            words += str(value).split() if BY_NAME[name].several and isinstance(value, str) else _values(value)
    return words


def _values(value: Any) -> list[str]:
    return [str(v) for v in value] if isinstance(value, list) else [str(value)]


def product(sites: Iterable[Mapping[str, str]], tests: Iterable[Mapping[str, str]]) -> dict[str, Any]:
    """What Brainlife keeps and shows: counts, a sentence, and one figure.

    Parameters
    ----------
    sites, tests : iterable of mappings
        The rows of group_sites.tsv and group_tests.tsv.
    """
    sites, tests = list(sites), list(tests)
    integrates = Counter(row["integration_either"] for row in sites)
    participants = len({row["participant_id"] for row in sites})
    tested = Counter((row["test"], row["alignment"]) for row in tests if row["significant"] in ("true", "false"))
    passed = Counter((row["test"], row["alignment"]) for row in tests if row["significant"] == "true")
    names = list(dict.fromkeys(row["test"] for row in tests))
    alignments = list(dict.fromkeys(row["alignment"] for row in tests))
    n_asked = integrates["true"] + integrates["false"]
    said = (
        f"{integrates['true']} of {n_asked} electrodes of {participants} participants integrate vision and language."
        if n_asked
        else f"Integration was tested at none of {len(sites)} electrodes: output/group.html says why."
    )
    bars = [
        {"type": "bar", "name": f"{alignment} alignment", "x": names, "y": [passed[name, alignment] for name in names]}
        for alignment in alignments
    ]
    axes = {"xaxis": {"title": {"text": "test"}}, "yaxis": {"title": {"text": "electrodes"}}}
    return {
        "brainlife": [
            {"type": "info", "msg": said},
            {
                "type": "plotly",
                "name": "Electrodes that pass each test",
                "data": bars,
                "layout": {"barmode": "group", **axes},
            },
        ],
        "participants": participants,
        "electrodes": len(sites),
        "integration": integrates["true"],
        "tests": {
            name: {a: {"tested": tested[name, a], "passed": passed[name, a]} for a in alignments} for name in names
        },
    }


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table, delimiter="\t"))


def main() -> int:
    """Run both levels, and write product.json; the exit code is the program's."""
    config = json.loads(Path("config.json").read_text(encoding="utf-8"))
    for level in ("participant", "group"):
        if code := bids_vlint(command_line(config, level)):
            return code
    written = product(_rows(OUTPUT / "group_sites.tsv"), _rows(OUTPUT / "group_tests.tsv"))
    Path("product.json").write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
