"""What would be found, before recording: from a pilot's trials, or from those on simulated noise."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd

from bids_vlint.errors import Exit, InputError
from bids_vlint.recovery.files import RECOVERY_FOLDER, read_trials, recovered
from bids_vlint.recovery.kind import EFFECT_KINDS
from bids_vlint.recovery.power import pilot_of, planned, why_no_plan

# Trials on noise with power falling as 1/f and 1/f^1.5, made by `benchmarks/recovery.py`.
BUILT_IN = files("bids_vlint") / "data" / "pilot"
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
        The pilot has no trials (66) or too few (65), or a film is too short (64).
    """
    if min(minutes) < SHORTEST_MIN:
        raise InputError("--minutes", f"{min(minutes):g} is too short for the shifts that p comes from",
                         f"give {SHORTEST_MIN:g} or more", Exit.USAGE)  # fmt: skip
    own = pilot if pilot is not None else Path(str(BUILT_IN))
    known = pilot_of(_trials(own))
    if why := why_no_plan(known):
        raise InputError(own / RECOVERY_FOLDER, f"holds {why}", "run bids_vlint recover with more --replicates")
    kinds = {kind.name: kind for kind in EFFECT_KINDS.everything if kind.name in {c.kind for c in known.cell}}
    parts = [planned(known, kinds, length, n_electrodes, q, np.random.default_rng([seed, k])).assign(minutes=length)
             for k, length in enumerate(minutes)]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _trials(pilot: Path) -> pd.DataFrame:
    """Trials of all participants of a pilot."""
    parts = [read_trials(pilot, who)[0].assign(participant=who) for who in recovered(pilot)]
    return pd.concat(parts, ignore_index=True)
