"""Programs of clusters and archives that are not here, played by small scripts; and where the real tools are."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
PLATFORMS = ROOT / "platforms"
PAGE = ROOT / "docs" / "platforms.md"

BIDS_VLINT = f"""#!/bin/sh
PYTHONPATH={ROOT} exec {sys.executable} -m bids_vlint "$@"
"""

# run or exec, options, image, words: no container; what is bound elsewhere is looked for where it is
CONTAINER = f"""#!{sys.executable}
import os, sys
verb, words, places = sys.argv[1], sys.argv[2:], {{}}
while words[0].startswith("-"):
    flag = words.pop(0)
    if flag in ("-B", "--bind"):
        there, _, here = words.pop(0).partition(":")
        places[here.split(":")[0] or there] = there
image = words.pop(0)
assert image.startswith("docker://") or os.path.exists(image), image
print("image", image, file=sys.stderr)
words = [next((there + word[len(here):] for here, there in places.items() if word.startswith(here)), word)
         for word in words]
words = ["bids_vlint", *words] if verb == "run" else [sys.executable if w == "python3" else w for w in words]
os.environ["PYTHONPATH"] = {str(ROOT)!r}
os.execvp(words[0], words)
"""

# every index of the array, one after the other
SBATCH = f"""#!{sys.executable}
import os, subprocess, sys
words, logs, array = sys.argv[1:], {{}}, "1"
while words[0].startswith("-"):
    flag, _, value = words.pop(0).partition("=")
    if flag == "--export":
        os.environ.__setitem__(*value.split("=", 1))
    elif flag == "--array":
        array = value
    else:
        logs[flag] = value or words.pop(0)
first, _, last = array.partition("-")
for k in range(int(first), int(last or first) + 1):
    os.environ |= {{"SLURM_ARRAY_JOB_ID": "7", "SLURM_ARRAY_TASK_ID": str(k)}}
    out, err = (open(logs[flag].replace("%A", "7").replace("%a", str(k)), "w") for flag in ("-o", "-e"))
    subprocess.run(["bash", *words], stdout=out, stderr=err)
print("Submitted batch job 7")
"""

# a ARCHIVE FOLDER
SEVEN_ZIP = f"""#!{sys.executable}
import pathlib, sys, zipfile
_, verb, archive, folder = sys.argv
assert verb == "a"
with zipfile.ZipFile(archive, "w") as file:
    for path in sorted(p for p in pathlib.Path(folder).rglob("*") if p.is_file()):
        file.write(path)
"""

NOTHING = "#!/bin/sh\n"


def programs(folder: Path, scripts: Mapping[str, str]) -> Path:
    """A folder of executable scripts, for PATH."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in scripts.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    return folder


def tools(name: str) -> Path:
    """The folder of a platform's own tools; the test is skipped where they are not installed."""
    place = shutil.which(name, path=os.pathsep.join([str(ROOT / ".venv-platforms" / "bin"), os.environ["PATH"]]))
    if place is None:
        pytest.skip(f"{name} is not installed: make .venv-platforms")
    return Path(place).parent


def environment(home: Path, *folders: Path) -> dict[str, str]:
    """An environment with a home of its own, whose programs come from these folders first."""
    home.mkdir(exist_ok=True)
    (home / ".gitconfig").write_text("[user]\n\tname = Test\n\temail = test@example.org\n")
    path = os.pathsep.join([*map(str, folders), os.environ["PATH"]])
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return kept | {"HOME": str(home), "PATH": path, "OMP_NUM_THREADS": "1", "COLUMNS": "5000"}


def run(words: list[str], env: Mapping[str, str], cwd: Path) -> str:
    """What a command said, once it has ended well."""
    done = subprocess.run(words, env=env, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{words}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout + done.stderr


def recipes() -> dict[str, list[str]]:
    """The lines of each recipe, by accession number."""
    found = re.findall(r"^### (\w+)\n.*?```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    return {name: lines.splitlines() for name, lines in found}


def app() -> ModuleType:
    """The app of Brainlife, which is no module of the package."""
    spec = importlib.util.spec_from_file_location("brainlife_app", PLATFORMS / "brainlife" / "app.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
