"""Damaged folders of results, and what the group level makes of them.

    python -m benchmarks.faults.group [--only WORD] [--folder DIR]

Two participants are analysed once. Each trial damages a copy of their results in one way and runs the group level.
That is in order which is

- refused: another exit code than 0, in a sentence that names a file or folder of what was damaged;
- mended, or of no weight: exit code 0 and the tables of the undisturbed group;
- named: exit code 0 and other tables, and a line of the log, or a warning, that names the participant.

Wrong is anything else: a traceback, no end, numbers that count without a word. Prints a line for each trial; the exit
code is 1 where one is wrong. It needs a checkout.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py

from benchmarks.faults.fuzz import run_apart, said_of
from benchmarks.faults.ground import tiny_study, words_of
from benchmarks.faults.mutations import LFS, OF_KIND, POINTER
from bids_vlint.derivatives.whole import sealed
from tests.acceptance.datasets import Study

HURT, OTHER = "sub-02", "sub-01"
GROUP = ("group_sites", "group_tests", "group_regions", "group_models")
SITES, TESTS, EVENTS = "desc-sites_channels.tsv", "desc-tests_statistics.tsv", "desc-language_events.tsv"
ENCODING, INFERENCE = "desc-language_encoding.h5", "desc-language_inference.h5"
Damage = Callable[[Path], object]


def _of(out: Path, ending: str, who: str = HURT) -> Path:
    return out / who / "ieeg" / f"{who}_task-movie_{ending}"


def _bytes(ending: str, change: Callable[[bytes], bytes]) -> Damage:
    def damage(out: Path) -> None:
        file = _of(out, ending)
        file.write_bytes(change(file.read_bytes()))

    return damage


def _kind(ending: str, kind: str) -> Damage:
    return lambda out: OF_KIND[kind](_of(out, ending), random.Random(0))


def _others(ending: str) -> Damage:
    """The other participant's file in its place."""
    return lambda out: shutil.copy(_of(out, ending, OTHER), _of(out, ending))


def _cells(ending: str, column: str, value: str) -> Damage:
    def change(content: bytes) -> bytes:
        header, *rows = [line.split("\t") for line in content.decode().splitlines()]
        at = [k for k, name in enumerate(header) if name.endswith(column)]
        for row in rows:
            for k in at:
                row[k] = value
        return ("\n".join("\t".join(row) for row in [header, *rows]) + "\n").encode()

    return _bytes(ending, change)


def _without_column(content: bytes) -> bytes:
    return b"\n".join(line.partition(b"\t")[2] for line in content.splitlines()) + b"\n"


def _record(change: Callable[[dict[str, Any]], object]) -> Damage:
    """Another record under a seal of its own, as a version of the program might have written it."""

    def damage(out: Path) -> None:
        file = _of(out, SITES).with_suffix(".json")
        content = json.loads(file.read_text())
        del content["Digest"]
        change(content)
        file.write_text(json.dumps(sealed(content)))

    return damage


def _set(*keys: str, value: object) -> Callable[[dict[str, Any]], object]:
    def change(content: dict[str, Any]) -> None:
        for key in keys[:-1]:
            content = content[key]
        content[keys[-1]] = value

    return change


def _arrays(change: Callable[[h5py.File], object]) -> Damage:
    def damage(out: Path) -> None:
        with h5py.File(_of(out, ENCODING), "r+") as file:
            change(file)

    return damage


def _not_a_number(file: h5py.File) -> None:
    for name, values in file.items():
        if values.dtype.kind == "f" and values.ndim > 1:
            file[name][...] = float("nan")


def _again(out: Path, who: str, task: str, fit: str = HURT) -> None:
    """All files of a fit a second time, under another name."""
    (folder := out / who / "ieeg").mkdir(parents=True, exist_ok=True)
    for file in list((out / fit / "ieeg").iterdir()):
        new = file.name.replace(fit, who).replace("task-movie", f"task-{task}")
        (folder / new).write_bytes(file.read_bytes().replace(file.name[:18].encode(), new[:18].encode()))


def _instead(out: Path) -> None:
    shutil.rmtree(out / HURT)
    (out / HURT).symlink_to(out / OTHER)


def _lone_table(out: Path) -> None:
    shutil.copy(_of(out, SITES), out / HURT / "ieeg" / f"{HURT}_task-rest_{SITES}")


JSON = SITES.replace(".tsv", ".json")
DAMAGES: dict[str, Damage] = {
    "sites: cut at a line": _bytes(SITES, lambda b: b"".join(b.splitlines(keepends=True)[:-1])),
    "sites: cut within a line": _bytes(SITES, lambda b: b[: len(b) // 2]),
    "sites: header alone": _bytes(SITES, lambda b: b.splitlines(keepends=True)[0]),
    "sites: a row twice": _bytes(SITES, lambda b: b + b.splitlines(keepends=True)[-1]),
    "sites: of the other participant": _others(SITES),
    "sites: all p missing": _cells(SITES, "_p", "n/a"),
    "sites: words for p": _cells(SITES, "_p", "small"),
    "sites: p of 7": _cells(SITES, "_p", "7"),
    "sites: NaN for differences": _cells(SITES, "_diff", "NaN"),
    "sites: first column gone": _bytes(SITES, _without_column),
    "sites: git-annex pointer": _bytes(SITES, lambda _: POINTER.encode()),
    "sites: Git LFS pointer": _bytes(SITES, lambda _: LFS.encode()),
    **{f"sites: {kind}": _kind(SITES, kind) for kind in ("empty", "gone", "pipe", "folder", "loop", "dangling")},
    "sites: link to the other participant's": lambda out: (
        _of(out, SITES).unlink(), _of(out, SITES).symlink_to(_of(out, SITES, OTHER))),
    "record: cut": _bytes(JSON, lambda b: b[: len(b) // 2]),
    "record: of the other participant": _others(JSON),
    "record: one digit changed": _bytes(JSON, lambda b: b.replace(b'"duration": 8', b'"duration": 9', 1)),
    "record: nested too deep": _bytes(JSON, lambda _: b'{"a":' * 100_000),
    **{f"record: {kind}": _kind(JSON, kind) for kind in ("empty", "gone", "pipe", "folder")},
    "record: no fit in it": _record(lambda content: content.pop("Fit")),
    "record: of another version": _record(_set("Fit", "settings", "version", value="0.0.1")),
    "record: q is a word": _record(_set("Fit", "settings", "q", value="abc")),
    "record: settings are a list": _record(_set("Fit", "settings", value=[])),
    "record: networks are a number": _record(_set("Fit", "models", value=3)),
    "record: comparisons of its own": _record(_set("Comparisons", value={})),
    "tests: cut at a line": _bytes(TESTS, lambda b: b"".join(b.splitlines(keepends=True)[:-3])),
    "tests: NaN for p": _cells(TESTS, "p", "NaN"),
    "tests: of the other participant": _others(TESTS),
    "tests: gone": _kind(TESTS, "gone"),
    "tests: sidecar gone": _kind(TESTS.replace(".tsv", ".json"), "gone"),
    "events: cut": _bytes(EVENTS, lambda b: b[: len(b) // 2]),
    "events: gone": _kind(EVENTS, "gone"),
    "scores: half": _bytes(ENCODING, lambda b: b[: len(b) // 2]),
    "scores: noise": _bytes(ENCODING, lambda b: random.Random(0).randbytes(len(b))),
    "scores: of the other participant": _others(ENCODING),
    "scores: NaN": _arrays(_not_a_number),
    "scores: a data set gone": _arrays(lambda file: file.pop(sorted(file)[0])),
    **{f"scores: {kind}": _kind(ENCODING, kind) for kind in ("empty", "gone")},
    "inference: half": _bytes(INFERENCE, lambda b: b[: len(b) // 2]),
    "inference: gone": _kind(INFERENCE, "gone"),
    "a fit twice, under another task": lambda out: _again(out, HURT, "other"),
    "a fit twice, under another participant": lambda out: _again(out, "sub-03", "movie", OTHER),
    "foreign: a table of sites alone": _lone_table,
    "foreign: notes beside the results": lambda out: (out / HURT / "ieeg" / "notes.txt").write_text("mine\n"),
    "foreign: a folder of a participant": lambda out: (out / "sub-09" / "ieeg").mkdir(parents=True),
    "a participant's folder is a link to the other's": _instead,
    "a participant's folder is gone": lambda out: shutil.rmtree(out / HURT),
    "the folder's description is cut": lambda out: (out / "dataset_description.json").write_text('{"Name": '),
}  # fmt: skip
# Results of one participant that were made in another way, by the program itself.
MADE: dict[str, dict[str, object]] = {
    "made with another level of false discoveries": {"q": 0.2},
    "made with an atlas": {"atlas": "dkt"},
    "made with another reference": {"reference": "average", "overwrite": None},
    "made with fewer networks": {"overwrite": None},
}


def make(study: Study, ground: Path, name: str, options: dict[str, object]) -> Damage:
    """Analyse one participant anew with other options, or with a network less."""

    def damage(out: Path) -> None:
        words = words_of(study, out, ground / "work", participant_label=HURT.removeprefix("sub-"), **options)
        if "fewer" in name:
            at = words.index("--models") + 1
            blocks = Path(words[at]).read_text().split("[[model]]")
            fewer = Path(words[at]).with_name("fewer.toml")
            fewer.write_text("[[model]]".join(block for block in blocks if '"fusion"' not in block))
            words[at] = str(fewer)
        if code := run_apart(words, ground / "made.txt"):
            sys.exit(f"{name}: exit {code}\n{(ground / 'made.txt').read_text()}")

    return damage


def group_tables(out: Path) -> dict[str, bytes]:
    """The group's tables."""
    files = [out / f"{name}.tsv" for name in GROUP]
    return {file.name: file.read_bytes() for file in files if file.is_file()}


def judged(out: Path, code: int | None, said: Path, right: Path, quiet: Path) -> str:
    """What came of a damage, in a word; "wrong" with the reason."""
    text = said.read_text(errors="replace")
    if code is None or "Traceback" in text or "of the program's own" in text or code in (1, 70) or code < 0:
        return f"wrong: exit {code}: {' '.join(text.split())[-200:]}"
    if code:
        named = any(word in text for word in (HURT, "sub-03", "sub-09", "dataset_description.json"))
        return f"refused ({code})" if named else f"wrong: exit {code} without a name: {' '.join(text.split())[-200:]}"
    if any("WARNING" in line for line in said_of(said) - said_of(quiet)):
        return "named"
    return "mended, or of no weight" if group_tables(out) == group_tables(right) else "wrong: other tables, not a word"


def main() -> None:
    """Damage results, run the group level, and say what is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="damages with this in their names alone")
    parser.add_argument("--folder", type=Path, help="where the trials are kept")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        ground = args.folder or Path(temporary)
        ground.mkdir(parents=True, exist_ok=True)
        study, right = tiny_study(ground, (OTHER[4:], HURT[4:])), ground / "out"
        for words in (words_of(study, right, ground / "work"), [str(study.root), str(right), "group"]):
            if run_apart(words, ground / "said.txt"):
                sys.exit((ground / "said.txt").read_text())
        for who in (OTHER, HURT):
            (right / f"{who}.html").touch()  # pages are not made here; that one is there says who was analysed
        damages = DAMAGES | {name: make(study, ground, name, options) for name, options in MADE.items()}
        found = {}
        for name, damage in damages.items():
            if args.only not in name:
                continue
            out = ground / "".join(c if c.isalnum() else "-" for c in name)
            shutil.copytree(right, out)
            for table in GROUP:
                os.remove(out / f"{table}.tsv")
            damage(out)
            code = run_apart([str(study.root), str(out), "group"], said := ground / "trial.txt")
            found[name] = judged(out, code, said, right, ground / "said.txt")
            print(f"{name}: {found[name]}", flush=True)
            shutil.rmtree(out)
    wrong = [name for name, what in found.items() if what.startswith("wrong")]
    print(f"{len(wrong)} of {len(found)} are wrong")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
