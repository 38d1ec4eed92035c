"""The configuration of BABS with BABS' own commands; Slurm, the container and 7z are played by scripts."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest

from bids_vlint import __version__
from tests.acceptance import running
from tests.platforms.conftest import QUICK
from tests.platforms.stand_ins import (
    BIDS_VLINT,
    CONTAINER,
    NOTHING,
    PLATFORMS,
    SBATCH,
    SEVEN_ZIP,
    environment,
    programs,
    run,
    tools,
)

NAME = f"bids-vlint-{__version__.replace('.', '-')}"


@pytest.mark.full
def test_babs_init_check_setup_submit_and_merge(tiny: Path, tmp_path: Path) -> None:
    scripts = {"bids_vlint": BIDS_VLINT, "singularity": CONTAINER, "sbatch": SBATCH, "squeue": NOTHING, "7z": SEVEN_ZIP}
    env = environment(tmp_path / "home", programs(tmp_path / "bin", scripts), tools("babs"))

    def said(*words: str) -> str:
        return run(list(words), env, tmp_path)

    said("datalad", "create", "-c", "text2git", "bids")
    shutil.copytree(tiny / "bids", tmp_path / "bids", dirs_exist_ok=True)
    said("datalad", "save", "-d", "bids")
    (tmp_path / "bids_vlint.sif").touch()
    said("datalad", "create", "containers")
    said("datalad", "containers-add", "-d", "containers", "--url", str(tmp_path / "bids_vlint.sif"), NAME)
    (tmp_path / "scratch").mkdir()

    text = (PLATFORMS / "babs" / "bids_vlint.yaml").read_text()
    for capitals, here in (("/PATH/TO/DATALAD/DATASET", tmp_path / "bids"), ("/PATH/TO/FEATURES", tiny / "features"),
                           ("/PATH/TO/SCRATCH", tmp_path / "scratch"),
                           ("source /PATH/TO/VENV/bin/activate", f"export PATH={env['PATH']}")):  # fmt: skip
        assert capitals in text
        text = text.replace(capitals, str(here))
    quick = "".join(
        f'  --{name.replace("_", "-")}: "{"" if value is True else value}"\n' for name, value in QUICK.items()
    )
    (tmp_path / "ours.yaml").write_text(text.replace("bids_app_args:\n", f"bids_app_args:\n{quick}"))

    said("babs", "init", "project", "--container-ds", str(tmp_path / "containers"), "--container-name", NAME,
         "--container-config", "ours.yaml", "--processing-level", "subject", "--queue", "slurm")  # fmt: skip
    paths = str(PLATFORMS / "babs" / "common_paths.sh")
    said(paths, "project")
    said(paths, "project", "stimuli", "participants.tsv")
    job = (tmp_path / "project" / "analysis" / "code" / "participant_job.sh").read_text()
    for path in ("stimuli", "participants.tsv"):
        assert job.count(f'\t-i "inputs/data/BIDS/{path}" \\\n') == 1
    assert "`babs check-setup` was successful!" in said("babs", "check-setup", "project")

    said("babs", "submit", "project")
    logs = tmp_path / "project" / "analysis" / "logs"
    ended = "\n".join(file.read_text()[-1500:] for file in sorted(logs.iterdir()))
    assert "All jobs are completed" in said("babs", "status", "project"), ended
    said("babs", "merge", "project")
    said("datalad", "clone", f"ria+file://{tmp_path}/project/output_ria#~data", "outputs")
    said("datalad", "get", "-d", "outputs", "outputs")
    files = sorted((tmp_path / "outputs").glob(f"sub-*_{NAME.replace('bids-vlint', 'bids_vlint')}.zip"))
    assert len(files) == 2
    for file in files:
        zipfile.ZipFile(file).extractall(tmp_path / "results")
    out = tmp_path / "results" / "bids_vlint"
    assert "has not been fetched" not in (out / "sub-01.html").read_text(encoding="utf-8")  # of the film
    said("bids_vlint", str(tiny / "bids"), str(out), "group")

    options = [word for name, value in QUICK.items()
               for word in (f"--{name.replace('_', '-')}", *([] if value is True else [str(value)]))]  # fmt: skip
    serial, model_set = tmp_path / "serial", tiny / "features" / "models.toml"
    said("bids_vlint", str(tiny / "bids"), str(serial), "participant", "--models", str(model_set), *options)
    said("bids_vlint", str(tiny / "bids"), str(serial), "group")
    running.same_tables(serial, out)
