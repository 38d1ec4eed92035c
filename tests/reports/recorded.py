"""How made-up recordings are: spectra with mains, responses to events, dropped events, and the lags of synchrony."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bids_vlint.derivatives.quality_file import OF_EVENTS, OF_HIGH_GAMMA, OF_SPECTRA, QUALITY_VARIABLES, USED
from bids_vlint.files.variable import labelled
from bids_vlint.signals.locked import LOCKED_LAGS, N_PARTS
from bids_vlint.signals.spectra import FREQUENCIES, STAGES
from bids_vlint.signals.usability import LEAVES, MARKED_BAD, PAUSE
from bids_vlint.study.stimulus import ALIGNMENTS

if TYPE_CHECKING:
    import xarray as xr

LINE_HZ, BAD_CHANNEL, LOUD = 50.0, "LA99", 1
FOLLOWER, RESPONSE_DB = 2, 3.0


def recordings(n_runs: int) -> list[str]:
    """Their names."""
    return [f"sub-01_task-film_run-{k + 1}" for k in range(n_runs)]


def quality(channels: list[str], seed: int, n_runs: int = 1) -> dict[str, xr.Dataset]:
    """The groups of a quality file: the second channel is loud, the third follows word onsets."""
    return {
        OF_SPECTRA: _spectra(channels, seed, n_runs),
        OF_HIGH_GAMMA: _high_gamma(channels, seed),
        OF_EVENTS: _events(n_runs),
    }


def _spectra(channels: list[str], seed: int, n_runs: int) -> xr.Dataset:
    rng, names = np.random.default_rng(seed), [*channels, BAD_CHANNEL]
    level = np.exp(0.1 * rng.standard_normal((n_runs, len(names), 1, len(FREQUENCIES)))) * 1e3 / FREQUENCIES
    level = np.repeat(level, len(STAGES), axis=2)
    level[:, LOUD] *= 100
    at = FREQUENCIES == LINE_HZ
    level[:, :, 0, at] *= 1000
    level[:, :, 1, at] /= 10
    shape = (n_runs, len(names))
    values = {"recording": recordings(n_runs), "channel": names, "stage": list(STAGES), "frequency": FREQUENCIES,
              "power": level, "kept": np.isin(names, channels).astype(np.int32),
              "line_freq": np.full(shape, LINE_HZ), "sfreq": np.full(shape, 512.0)}  # fmt: skip
    return labelled(QUALITY_VARIABLES[OF_SPECTRA], values)


def _high_gamma(channels: list[str], seed: int) -> xr.Dataset:
    rng = np.random.default_rng(seed)
    level = 0.2 * rng.standard_normal((len(ALIGNMENTS), N_PARTS, len(channels), len(LOCKED_LAGS)))
    level[0, :, FOLLOWER] += RESPONSE_DB * np.exp(-0.5 * ((LOCKED_LAGS - 0.3) / 0.15) ** 2)
    values = {"alignment": list(map(str, ALIGNMENTS)), "part": np.arange(1, N_PARTS + 1), "electrode": channels,
              "lag": LOCKED_LAGS, "level": level, "n_events": np.full((len(ALIGNMENTS), N_PARTS), 190)}  # fmt: skip
    return labelled(QUALITY_VARIABLES[OF_HIGH_GAMMA], values)


def _events(n_runs: int) -> xr.Dataset:
    rows = []
    for recording in recordings(n_runs):
        for alignment in map(str, ALIGNMENTS):
            rows += [(recording, "film", alignment, USED, 12.0 * k, 12.0 * (k + 1), 20) for k in range(1, 100)]
            rows += [(recording, "film", alignment, LEAVES, 0.0, 12.0, 5),
                     (recording, "film", alignment, MARKED_BAD, 240.0, 252.0, 9),
                     (recording, "film", alignment, PAUSE, 600.0, 612.0, 3)]  # fmt: skip
    names = [variable.name for variable in QUALITY_VARIABLES[OF_EVENTS]]
    return labelled(QUALITY_VARIABLES[OF_EVENTS], dict(zip(names, map(np.array, zip(*rows)))))


def followed(recording: str, follows: bool | None = True, *, compared: bool = True) -> dict[str, Any]:
    """An entry of `FitRecord.synchrony`."""
    said = {True: "the recording follows the sound of film best at +0.2 s (LA1, high gamma, r = 0.40), as it should",
            False: "the recording follows the sound of film best 97.6 s later than the film is said to be on",
            None: "nothing follows the sound of film: the alignment could not be checked"}[follows]  # fmt: skip
    known = {"file": recording, "stimulus": "film", "film": "film from 1 s to 9 s of a 20 s recording",
             "what": "sound", "seed": 1, "surrogates": 99, "said": said}  # fmt: skip
    lag = 97.6 if follows is False else 0.2
    near, far = np.arange(-100, 101) / 10, np.arange(-200, 201, 2) * 1.0
    curves = [{"electrode": f"LA{k}", "kind": kind, "r": (0.4 / k * np.exp(-((near - 0.2) ** 2))).round(4).tolist()}
              for k, kind in ((1, "high gamma"), (2, "the analysed signal"), (3, "high gamma"))]  # fmt: skip
    found = {"follows": follows, "lag": lag, "z": 9.0, "threshold": 6.0, "p": 0.01, "thirds": [-0.1, 0.0, 0.3],
             "curve_lag": near.tolist(), "curves": curves, "profile_lag": far.tolist(),
             "profile": (2 + 7 * np.exp(-(((far - lag) / 3) ** 2))).round(3).tolist()}  # fmt: skip
    return known | found if compared else known
