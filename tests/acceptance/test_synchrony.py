"""A start of the film that is wrong: the run says where the film lies, that the recording follows it elsewhere, and
shifts nothing."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from benchmarks import synchrony as filled
from tests.acceptance import bids, datasets, models, running
from tests.acceptance.datasets import Study
from tests.acceptance.films import generator, make_film
from tests.acceptance.signals import pink_noise

TRUE_S, SAID_S, SFREQ = 11.5, 6.5, 256.0
FILM = make_film("the_film", 150.0)
SECONDS = FILM.duration + 20
STIMULI = """[[stimulus]]
audio = "stimuli/the_film.wav"
start_time = {start}
[stimulus.words]
file = "tables/the_film_words.tsv"
text = "text"
onset = "start"
offset = "end"
"""


def study(root: Path) -> Study:
    """Two channels, the high gamma of one follows the sound of a film that starts at 11.5 s."""
    rng = generator("synchrony")
    level = np.repeat(rng.lognormal(0, 0.8, round(FILM.duration * 5)), 1600)
    bids.start_dataset(root, ["01"])
    (root / "stimuli").mkdir()
    sound = (1500 * level * rng.standard_normal(len(level))).clip(-32000, 32000)
    wavfile.write(root / "stimuli" / "the_film.wav", 8000, sound.astype(np.int16))
    time = np.arange(round(SECONDS * SFREQ)) / SFREQ
    heard = np.interp(time - TRUE_S - 0.2, np.arange(len(level)) / 8000, level / level.std(), left=1, right=1)
    high = np.convolve(rng.standard_normal(len(time)), [1, -1, 1, -1], "same")
    data = np.stack([pink_noise(rng, len(time), SFREQ) for _ in "AB"])
    data[0] += 0.2 * heard * high
    bids.write_recording(root, 20 * data, SFREQ, ["A1", "B1"], subject="01")
    bids.film_tables(root / "tables", FILM)
    stimuli = root.parent / "stimuli.toml"
    stimuli.write_text(STIMULI.format(start=SAID_S))
    return Study(root, datasets.write_models(root, [FILM], models.ONE), (FILM,), stimuli=stimuli)


def test_a_film_that_starts_5_s_later(tmp_path: Path) -> None:
    own, out = study(tmp_path / "bids"), tmp_path / "out"
    quick = {"skip_bids_validation": True, "n_bootstraps": 30, "inference": "published", "alignment": "language"}
    lies = "film from 6.5 s to 156.5 s of a 170 s recording"
    planned = running.succeed(running.run_inside([*own.argv(out, **quick), "--dry-run"]))
    assert f"sub-01_task-movie_ieeg.vhdr: {lies}" in planned.stdout
    done = running.succeed(running.run_inside(own.argv(out, **quick), reports=True))
    assert f"INFO sub-01_task-movie_ieeg.vhdr: {lies}" in done.stderr
    warning = "the recording follows the sound of the_film best 5.2 s later than the film is said to be on (A1, "
    assert f"WARNING sub-01_task-movie_ieeg.vhdr: {warning}" in done.stderr
    report = (out / "sub-01.html").read_text(encoding="utf-8")
    assert report.count(warning) == 3, "on the first screen, in the notes and in a section with its picture"
    assert lies in report
    assert "As is said, film from 6.5 s to 156.5 s" in report
    record = json.loads(running.sites_files(out)[0].with_suffix(".json").read_text())["Fit"]
    (entry,) = record["synchrony"]
    assert (entry["follows"], entry["what"], entry["electrode"]) == (False, "sound", "A1")
    drawn = running.read_table(out / "sub-01" / "figures" / "alignment.tsv")
    assert set(drawn["verdict"]) == {"follows at another lag"}
    assert set(drawn["best_lag"].astype(float)) == {entry["lag"]}
    r = drawn[(drawn["curve"] == "around the start") & (drawn["electrode"] == "A1")].astype(
        {"lag": float, "value": float}
    )
    assert abs(r.loc[r["value"].idxmax(), "lag"] - (TRUE_S - SAID_S)) < 0.5
    used = running.read_table(next(out.rglob("*_desc-language_events.tsv")))["onset"].astype(float)
    np.testing.assert_allclose(used, FILM.words["onset"] + SAID_S, atol=2e-3)  # nothing was shifted
    assert running.validator_errors(out) == []


@pytest.mark.full
@pytest.mark.parametrize("stem", filled.RECORDINGS[:2])
def test_real_sidecars_filled_with_a_film(stem: str) -> None:
    """Starts that are wrong by 5 and by 97.6 s, early and late, and the right one."""
    for name, entry in filled.outcomes(stem, 0, driven=True):
        assert filled.right_answer(entry, filled.STARTS[name]), entry["said"]
