"""The commands that try faults: each mutation spoils its file, and a few trials come to nothing wrong."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.faults import ground, readers
from benchmarks.faults.mutations import OF_KIND, mutations_of
from bids_vlint.settings import Settings

ROOT = Path(__file__).parents[1]
CONTENT = {
    "events.tsv": "onset\tduration\n" + "1.5\t2\n3.5\t1\n" * 20,
    "ieeg.json": '{"SamplingFrequency": 128, "Channels": [{"name": "A1"}, 2]}',
    "set.toml": '[[model]]\nname = "eye"\nlayers = ["a", "b"]\n',
    "film.mp4": "film" * 500,
}


@pytest.mark.parametrize("name", CONTENT)
def test_every_mutation_spoils_its_file(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    for kind, spoil in mutations_of(file).items():
        changed = 0
        for seed in range(20):
            file.write_text(CONTENT[name])
            spoil(file, random.Random(seed))
            changed += not file.is_file() or file.read_bytes() != CONTENT[name].encode()
            if file.is_dir() and not file.is_symlink():
                file.rmdir()
            else:
                file.unlink(missing_ok=True)
        assert changed == 20 if kind in OF_KIND else changed > 10, kind


def test_the_readers_read_a_study_that_is_whole(tmp_path: Path) -> None:
    study = ground.tiny_study(tmp_path, ("01",))
    words = {"bids_dir": study.root, "output_dir": tmp_path / "out", "models": str(study.models), "n_shifts": 0}
    settings = Settings(**words, work_dir=tmp_path / "work", alignment=("language",))
    numbers, said = readers.read_study(settings)
    assert (numbers, said) == readers.read_study(settings)
    events = next(study.root.rglob("*_events.tsv"))
    events.write_text("\n".join(events.read_text().splitlines()[:-3]) + "\n")
    assert readers.read_study(settings)[0] != numbers


@pytest.mark.full
@pytest.mark.parametrize("command", ["fuzz --n 40", "readers --n 200", "kills --n 4", "group"])
def test_nothing_is_wrong(command: str) -> None:
    module, *options = command.split()
    words = [sys.executable, "-m", f"benchmarks.faults.{module}", *options]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
