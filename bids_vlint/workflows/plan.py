"""What would be found, before recording: from a pilot's trials, or from those on simulated noise."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd

from bids_vlint.errors import Exit, InputError
from bids_vlint.recovery.files import read_trials, recovered
from bids_vlint.recovery.kind import EFFECT_KINDS
from bids_vlint.recovery.power import pilot_of, planned

# Trials on noise with power falling as 1/f^1.5, made by `benchmarks/recovery.py`.
BUILT_IN = files("bids_vlint") / "data" / "pilot"
BUILT_IN_WHO = "sub-simulated"
SHORTEST_MIN = 5.0


def run_plan(minutes: Sequence[float], n_electrodes: int, pilot: Path | None, q: float, seed: int) -> pd.DataFrame:
    """Say what would be found in films of some lengths.

    Parameters
    ----------
    minutes : sequence of float
    n_electrodes : int
    pilot : Path | None
        An output folder with a recovery; None: trials on simulated noise.
    q : float
    seed : int

    Returns
    -------
    DataFrame
        `planned`, with a column minutes.

    Raises
    ------
    InputError
        The pilot has no trials (66), or a film is too short (64).
    """
    if min(minutes) < SHORTEST_MIN:
        raise InputError("--minutes", f"{min(minutes):g} is too short for the shifts that p comes from",
                         f"give {SHORTEST_MIN:g} or more", Exit.USAGE)  # fmt: skip
    trials, length = _trials(pilot)
    known = pilot_of(trials, length)
    kinds = {kind.name: kind for kind in EFFECT_KINDS.everything if kind.name in {c.kind for c in known.cell}}
    parts = [planned(known, kinds, length, n_electrodes, q, np.random.default_rng([seed, k])).assign(minutes=length)
             for k, length in enumerate(minutes)]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _trials(pilot: Path | None) -> tuple[pd.DataFrame, float]:
    """Trials of all participants of a pilot, or the built-in ones, and the minutes of film that they saw."""
    out, whos = (pilot, recovered(pilot)) if pilot is not None else (Path(str(BUILT_IN)), [BUILT_IN_WHO])
    parts, abouts = zip(*(read_trials(out, who) for who in whos))
    trials = pd.concat([part.assign(participant=who) for part, who in zip(parts, whos)], ignore_index=True)
    return trials, float(np.mean([about["minutes"] for about in abouts]))
