"""The lines of the recipes, as they stand in docs/platforms.md; what downloads is played by scripts."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bids_vlint
from tests.acceptance import bids, datasets, films, models, running
from tests.acceptance.films import Film, make_film
from tests.acceptance.signals import Showing
from tests.platforms.stand_ins import BIDS_VLINT, PLATFORMS, environment, programs, recipes, run, tools
from tests.prepare.test_prepare import RATE, SECONDS, package, recorded
from tests.prepare.world import made_words, write_root

KINDS = {"A1": "language", "A2": "null"}
QUICK = "--n-shifts 0 --n-bootstraps 30 --skip-bids-validation"


def follow(name: str, here: Path, model_set: Path, scripts: dict[str, str]) -> None:
    """Run the lines of a recipe one after the other, and look for the report; where weights are to be fetched, another
    model set takes the place of the one that is named, and participants are analysed quickly."""
    quickly = f"""#!/bin/sh
case "$1 $2 $3" in
    "models fetch "*) mkdir weights; exec cp {model_set} "$3";;
    *" participant") set -- "$@" {QUICK};;
esac
{BIDS_VLINT.splitlines()[1]}
"""
    env = environment(here.parent / "home", programs(here.parent / "bin", {"bids_vlint": quickly, **scripts}))
    for line in recipes()[name]:
        run(["bash", "-euc", line], env, here)
    assert (here / "results" / "group.html").is_file()


def stored(folder: Path, film: Film, networks: dict[str, str]) -> Path:
    """A model set of stored features."""
    models.write_features(folder / "features", film, networks)
    return models.write_model_set(folder / "set.toml", networks, comparison=False, folder=folder / "features")


def datalad_of(root: Path, home: Path) -> str:
    """A datalad whose clones come from this folder, whatever their address; all else is DataLad's own."""
    folder = tools("datalad")
    env = environment(home, folder)
    for words in (["create", "-f", "-c", "text2git"], ["save"]):
        run(["datalad", *words], env, root)
    return f"""#!/bin/sh
PATH={folder}:$PATH
[ "$1" != clone ] || exec {folder}/datalad clone {root} "$(basename "$2" .git)"
exec {folder}/datalad "$@"
"""


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder that holds platforms/."""
    shutil.copytree(PLATFORMS / "openneuro", tmp_path / "here" / "platforms" / "openneuro")
    return tmp_path / "here"


@pytest.mark.full
def test_ds003688(here: Path, tmp_path: Path) -> None:
    root = bids.start_dataset(tmp_path / "original", ["01", "02"])
    film = make_film("pippi_on_the_run_edited4brain_recordings", 150.0, cut_every_s=4.0)
    films.write_video(root / "stimuli" / f"{film.name}.avi", film)
    tables = root / "stimuli" / "annotations" / "sound"
    tables.mkdir(parents=True)
    words = film.words[["word", "onset", "offset"]].rename(columns={"word": "item"})
    words.to_csv(tables / "sound_annotation_words.tsv", sep="\t", index=False)
    whole = film.words.groupby("sentence", sort=False).agg(item=("word", " ".join), onset=("onset", "min"),
                                                           offset=("offset", "max"))  # fmt: skip
    whole.to_csv(tables / "sound_annotation_sentences.tsv", sep="\t", index=False)
    for subject in ("01", "02"):
        path = datasets.write_run(root, subject, KINDS, [Showing(film, at=9.0)], ["x"], events=False, session="iemu",
                                  task="film", run="1")  # fmt: skip
        rows = [(8.5, 0.1, "start task"), (9.0, 20.0, "music"), (29.0, 30.0, "speech"), (59.0, 20.0, "music")]
        events = pd.DataFrame(rows, columns=["onset", "duration", "trial_type"])
        bids.write_table(bids.table_path(path, "events"), events)
    follow("ds003688", here, stored(tmp_path, film, models.ONE), {"datalad": datalad_of(root, tmp_path / "home")})
    used = running.read_table(next((here / "results").rglob("sub-01*_desc-language_events.tsv")))
    assert float(used["onset"].iloc[0]) >= 9.0 + float(words["onset"].iloc[0]) - 1e-6


@pytest.mark.full
def test_ds005574(here: Path, tmp_path: Path) -> None:
    root = bids.start_dataset(tmp_path / "original", ["01", "02"])
    film = make_film("podcast", 150.0)
    films.write_audio(root / "stimuli" / "podcast.wav", 150.0)
    words = film.words[["word", "onset", "offset"]].rename(columns={"onset": "start", "offset": "end"})
    within = next(k for k in range(60, 200) if film.words["sentence"][k - 1 : k + 2].nunique() == 1)
    words.loc[within, ["word", "start", "end"]] = ["zebra", np.nan, np.nan]
    words.to_csv(root / "stimuli" / "podcast_transcript.csv", index=False)
    for subject in ("01", "02"):
        datasets.write_run(root, subject, KINDS, [Showing(film, at=0.0)], ["x"], events=False, task="podcast",
                           file_format="EDF", channel_type="ecog")  # fmt: skip
        bids.write_electrodes(root, subject, list(KINDS), space="MNI152NLin2009aSym")
    follow("ds005574", here, stored(tmp_path, film, models.ONE), {"datalad": datalad_of(root, tmp_path / "home")})
    used = running.read_table(next((here / "results").rglob("sub-02*_desc-language_events.tsv")))
    assert "zebra" in " ".join(used["text"])  # it has no onset: it is no event, but read


@pytest.mark.full
def test_nm000253(here: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    noise = np.cumsum(rng.standard_normal((4, int(SECONDS * RATE))), axis=1)
    root = write_root(tmp_path / "original", [recorded(5, "Coraline", signals=noise, small=True)])
    wheel = package(tmp_path / "np", {(6, 4): made_words(700, rate=RATE)}, wheel=True)
    listener = Path(bids_vlint.__file__).parent / "demo" / "weights" / "listener"
    (tmp_path / "set.toml").write_text(f'random_seeds = 1\n[[model]]\nname = "listener"\nmodality = "language"\n'
                                       f'source = "transformers"\narchitecture = "{listener}"\n')  # fmt: skip
    follow("nm000253", here, tmp_path / "set.toml", {
        "pip": f'#!/bin/sh\n[ "$1" != download ] || exec cp {wheel} .\n',
        "nemar-py": f'#!/bin/sh\nexec cp -r {root} "$4"\n',
    })  # fmt: skip
    assert (here / "results" / "sub-06.html").is_file()
