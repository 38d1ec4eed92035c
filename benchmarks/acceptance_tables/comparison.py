"""Two folders of tables side by side."""

from __future__ import annotations

import fnmatch
import json
import sys
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.acceptance_tables import ARRAYS

TOLERANCE = 1e-5  # of the sum of absolute values
LISTED = 20  # differences shown of a file


@dataclass
class Tally:
    """What was found in the files of a study."""

    files: int = 0
    identical: int = 0
    last_digit: int = 0
    different: int = 0
    allowed: int = 0
    said: list[str] = field(default_factory=list)

    def differs(self, file: str, rows: Sequence[str]) -> None:
        """Count differences of a file, and say the first of them."""
        self.different += len(rows)
        self.said += [f"{file}: {row}" for row in rows[:LISTED]]
        if len(rows) > LISTED:
            self.said.append(f"{file}: and {len(rows) - LISTED} more")


def number(cell: str) -> Decimal | None:
    """A cell as a number, exactly; None where it is none."""
    try:
        value = Decimal(cell)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def last_digit(one: str, other: str) -> bool:
    """Whether two cells are numbers at most one unit of the last place apart that the larger is printed to."""
    a, b = number(one), number(other)
    if a is None or b is None:
        return False
    largest = max(abs(a), abs(b))
    unit = Decimal("1e-4") if largest >= 10 else Decimal(1).scaleb((largest or Decimal(1)).adjusted() - 5)
    return abs(a - b) <= unit


def rows_of(path: Path) -> list[list[str]]:
    """The cells of a table."""
    return [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]


def is_allowed(name: str, allow: Sequence[str]) -> bool:
    """Whether a column may differ."""
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in allow)


def compare_tables(file: str, first: Path, second: Path, allow: Sequence[str], tally: Tally) -> None:
    """Count the cells of two tables that differ."""
    (head, *rows), (other_head, *other_rows) = rows_of(first), rows_of(second)
    shared = [c for c in head if c in other_head]
    said = []
    for column in [*head, *other_head]:
        if column not in shared:
            if is_allowed(column, allow):
                tally.allowed += 1
            else:
                said.append(f"the column {column} is in {'A' if column in head else 'B'} alone")
    if shared != [c for c in other_head if c in head]:
        said.append("the order of columns differs")
    if len(rows) != len(other_rows):
        tally.differs(file, [*said, f"{len(rows)} rows in A, {len(other_rows)} in B"])
        return
    label = head.index("name") if "name" in head else 0
    at = [(c, head.index(c), other_head.index(c)) for c in shared]
    for k, (row, other) in enumerate(zip(rows, other_rows)):
        for column, i, j in at:
            if row[i] == other[j]:
                continue
            if is_allowed(column, allow):
                tally.allowed += 1
            elif last_digit(row[i], other[j]):
                tally.last_digit += 1
            else:
                said.append(f"row {k + 1} ({row[label]}), {column}: {row[i]} | {other[j]}")
    tally.differs(file, said)


def compare_arrays(first: Path, second: Path, allow: Sequence[str], tally: Tally) -> None:
    """Count the arrays of two studies that differ; small differences of sums count as last digits."""
    one, other = (json.loads(p.read_text()) for p in (first, second))
    said = []
    for file in sorted(one.keys() | other.keys()):
        if file not in one or file not in other:
            said.append(f"{file} is in {'A' if file in one else 'B'} alone")
            continue
        for name in sorted(one[file].keys() | other[file].keys()):
            a, b = one[file].get(name), other[file].get(name)
            if a == b:
                continue
            if is_allowed(name, allow):
                tally.allowed += 1
            elif a and b and near(a, b):
                tally.last_digit += 1
            else:
                said.append(f"{file}, {name}: {a} | {b}")
    tally.differs(ARRAYS, said)


def near(one: dict[str, object], other: dict[str, object]) -> bool:
    """Whether two arrays of one shape and type have sums within the tolerance."""
    sums = ("sum", "sum_abs")
    if any(one.get(k) != other.get(k) for k in (one.keys() | other.keys()) - set(sums)) or "sum" not in one:
        return False
    a, b = (np.array([float(str(entry[k])) for k in sums]) for entry in (one, other))
    return bool((np.abs(a - b) <= TOLERANCE * max(a[1], b[1])).all())


def compare_studies(first: Path, second: Path, allow: Sequence[str]) -> Tally:
    """Compare the files of one study."""
    tally = Tally()
    one, other = ({p.relative_to(root) for p in root.rglob("*") if p.is_file()} for root in (first, second))
    if not one or not other:
        return Tally(len(one | other), different=len(one | other), said=[f"is in {'A' if one else 'B'} alone"])
    for path in sorted(one | other):
        tally.files += 1
        if path not in one or path not in other:
            tally.differs(str(path), [f"is in {'A' if path in one else 'B'} alone"])
        elif (first / path).read_bytes() == (second / path).read_bytes():
            tally.identical += 1
        elif path.name == ARRAYS:
            compare_arrays(first / path, second / path, allow, tally)
        else:
            compare_tables(str(path), first / path, second / path, allow, tally)
    return tally


def compare(first: Path, second: Path, allow: Sequence[str]) -> int:
    """Print what differs, then a line for each study of the second; 1 where anything does beyond last digits."""
    for path in (first, second):
        if not path.exists():
            sys.exit(f"{path} is not there")
    if first.is_dir():
        return _compare_folders(first, second, allow)
    with TemporaryDirectory() as folder, tarfile.open(first) as archive:
        archive.extractall(folder, filter="data")
        return _compare_folders(Path(folder), second, allow)


def _compare_folders(first: Path, second: Path, allow: Sequence[str]) -> int:
    made = {root: {p.name for p in root.iterdir() if p.is_dir()} - {"studies"} for root in (first, second)}
    tallies = {name: compare_studies(first / name, second / name, allow) for name in sorted(made[second])}
    for name, tally in tallies.items():
        for line in tally.said:
            print(f"{name}/{line}")
    if left := sorted(made[first] - made[second]):
        print("in A alone, not compared:", *left)
    columns = ("files", "identical", "last_digit", "different", "allowed")
    print(f"{'study':12s}" + "".join(f"{c.replace('_', ' '):>12s}" for c in columns))
    for name, tally in tallies.items():
        print(f"{name:12s}" + "".join(f"{getattr(tally, c):12d}" for c in columns))
    print(f"{'all':12s}" + "".join(f"{sum(getattr(t, c) for t in tallies.values()):12d}" for c in columns))
    print("files: counted whole; last digit, different, allowed: cells of tables, arrays, and files of one side alone")
    return int(not tallies or any(tally.different for tally in tallies.values()))
