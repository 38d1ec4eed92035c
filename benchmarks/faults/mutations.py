"""Ways to spoil a file: its bytes, the values of its JSON or TOML, the cells of its tables, or what it is at all."""

from __future__ import annotations

import json
import os
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

ODD_VALUES = (None, True, -1, 0, 1e-9, 1e400, float("nan"), "", "n/a", "abc", "é\u0000$x_{", "x" * 5000, [], {}, [[[]]],
              {"a": {"b": []}}, 2**70, "../../../etc", "1,5", -1e308)  # fmt: skip
ODD_CELLS = ("", "n/a", "nan", "inf", "-1", "1e400", "1,5", "abc", "$^{", "\u0000", "x" * 5000, "0", "-0", "2**70", "é",
             '"', "'", "TRUE", "film.mp4", "../x", "-")  # fmt: skip
POINTER = "/annex/objects/MD5E-s12--d41d8cd98f00b204e9800998ecf8427e.eeg\n"
LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a21\nsize 12\n"

Mutation = Callable[[Path, random.Random], None]


def _bytes(change: Callable[[bytearray, random.Random], bytes | bytearray]) -> Mutation:
    def spoil(file: Path, rng: random.Random) -> None:
        file.write_bytes(change(bytearray(file.read_bytes()), rng))

    return spoil


def _flip(content: bytearray, rng: random.Random) -> bytearray:
    for _ in range(rng.choice((1, 1, 3, 30))):
        if content:
            content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    return content


def _head(content: bytearray, rng: random.Random) -> bytearray:
    """Other bytes in the first 600, where formats keep what they are."""
    for _ in range(rng.choice((1, 4, 40))):
        if content:
            content[rng.randrange(min(len(content), 600))] = rng.randrange(256)
    return content


def _block(content: bytearray, rng: random.Random) -> bytes:
    start = rng.randrange(len(content) + 1)
    stop = min(len(content), start + rng.randrange(1, 2000))
    what = rng.choice(("zero", "double", "drop", "noise"))
    piece = content[start:stop]
    new = {"zero": bytes(len(piece)), "double": bytes(piece * 2), "drop": b"", "noise": rng.randbytes(len(piece))}[what]
    return bytes(content[:start]) + new + bytes(content[stop:])


def _lines(content: bytearray, rng: random.Random) -> bytes:
    lines = bytes(content).split(b"\n")
    what, k = rng.choice(("swap", "double", "drop", "header", "tail", "joined")), rng.randrange(len(lines))
    if what == "swap":
        rng.shuffle(lines)
    elif what == "double":
        lines.insert(k, lines[k])
    elif what == "drop":
        lines.pop(k)
    elif what == "header":
        lines[0] = lines[0].upper()
    elif what == "tail":
        lines = lines[: k + 1]
    else:
        lines[k] = lines[k].replace(b"\t", rng.choice((b",", b" ", b"\t\t", b"")))
    return b"\n".join(lines)


def _cell(content: bytearray, rng: random.Random) -> bytes:
    rows = [line.split("\t") for line in bytes(content).decode("utf-8", "replace").split("\n")]
    for _ in range(rng.choice((1, 3, 20))):
        row = rng.choice(rows)
        row[rng.randrange(len(row))] = rng.choice(ODD_CELLS)
    return "\n".join("\t".join(row) for row in rows).encode("utf-8", "surrogatepass")


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every container and key within a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [(value, key) for key, _ in items]
    for _, inside in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        found += _places(inside)
    return found


def _json_value(file: Path, rng: random.Random) -> None:
    content = json.loads(file.read_text(encoding="utf-8"))
    places = _places(content)
    if places:
        where, key = rng.choice(places)
        where[key] = rng.choice(ODD_VALUES)
    file.write_text(json.dumps(content), encoding="utf-8", errors="replace")


def _deep(file: Path, rng: random.Random) -> None:
    file.write_text(rng.choice(('{"a":', "[")) * 100_000)


def _toml_value(file: Path, rng: random.Random) -> None:
    text = file.read_text(encoding="utf-8")
    values = list(re.finditer(r"= (.+)$", text, re.MULTILINE))
    if values:
        one = rng.choice(values)
        new = rng.choice(('""', "0", "-1", "nan", "[]", "[1, 2]", "{}", '"x"', "true", "1979-05-27", '"../x"', "'$x'"))
        text = text[: one.start(1)] + new + text[one.end(1) :]
    file.write_text(text, encoding="utf-8")


def _becomes(make: Callable[[Path], object]) -> Mutation:
    def spoil(file: Path, _rng: random.Random) -> None:
        file.unlink()
        make(file)

    return spoil


OF_BYTES: dict[str, Mutation] = {
    "bits": _bytes(_flip),
    "head": _bytes(_head),
    "block": _bytes(_block),
    "cut": _bytes(lambda content, rng: content[: rng.randrange(len(content) + 1)]),
    "longer": _bytes(lambda content, rng: content + rng.randbytes(rng.randrange(1, 999))),
}
# What a file is instead; whatever it was, it can be told.
OF_KIND: dict[str, Mutation] = {
    "empty": _becomes(lambda file: file.touch()),
    "gone": _becomes(lambda file: None),
    "pipe": _becomes(lambda file: os.mkfifo(file)),
    "folder": _becomes(lambda file: file.mkdir()),
    "loop": _becomes(lambda file: file.symlink_to(file)),
    "upwards": _becomes(lambda file: file.symlink_to("..")),
    "dangling": _becomes(lambda file: file.symlink_to("nowhere")),
    "device": _becomes(lambda file: file.symlink_to("/dev/zero")),
    "annex": _becomes(lambda file: file.write_text(POINTER)),
    "lfs": _becomes(lambda file: file.write_text(LFS)),
}
OF_TABLE: dict[str, Mutation] = {"lines": _bytes(_lines), "cell": _bytes(_cell)}
OF_JSON: dict[str, Mutation] = {"value": _json_value, "deep": _deep}
OF_TOML: dict[str, Mutation] = {"toml value": _toml_value}


def mutations_of(file: Path) -> dict[str, Mutation]:
    """What can be done to a file."""
    own = {".tsv": OF_TABLE, ".json": OF_JSON, ".toml": OF_TOML}.get(file.suffix, {})
    return OF_BYTES | OF_KIND | own
