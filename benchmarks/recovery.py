"""Recoveries beside fresh simulations, and plans beside longer films.

python -m benchmarks.recovery pilot OUT [--minutes 20] [--electrodes 48] [--replicates 6] [--seed 1] [--noise bursty]
    effects recovered from simulated noise, as `bids_vlint recover` leaves them: OUT/recovery
python -m benchmarks.recovery built-in OUT
    the tests' rows of such a recovery become those that `bids_vlint plan` takes without a pilot
python -m benchmarks.recovery fresh OUT [--recordings 6] ...
    the same effects in recordings that are drawn anew, beside those of OUT: the largest gap of the curves
python -m benchmarks.recovery plan OUT LONGER
    what a plan from OUT says of films as long as those of LONGER, beside what was recovered there
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from benchmarks.calibration.planted import SITES, planted
from benchmarks.calibration.shapes import SHAPES
from bids_vlint.encoding.plan import EncodingPlan
from bids_vlint.recovery.assignment import assigned
from bids_vlint.recovery.files import read_trials, write_trials
from bids_vlint.recovery.held import held_of
from bids_vlint.recovery.kind import EFFECT_KINDS
from bids_vlint.recovery.power import pilot_of, planned
from bids_vlint.recovery.summary import false_table, recovery_table
from bids_vlint.recovery.trial import HowTested, PlantedFit, trials_of
from bids_vlint.workflows.plan import BUILT_IN
from bids_vlint.workflows.plan import BUILT_IN_WHO as WHO

SNR, OWN = 1e-4, 0.05  # of what is in the simulated recordings: next to nothing
KINDS = {kind.name: kind for kind in EFFECT_KINDS.everything}


def recording(minutes: float, n: int, seed: int, noise: str = "even") -> PlantedFit:
    """Noise as it is cleaned (power falling as 1/f, or 1/f^1.5 where the seed is odd; of a shape), a film, networks."""
    made, _ = planted(seed, SNR, n // len(SITES), 60 * minutes, untrained=True, own=OWN, shape=SHAPES[noise])
    networks, own = {"language": made.networks}, made.responses
    held = held_of(networks, {"language": own.events}, {})  # type: ignore[arg-type]
    return PlantedFit("sub-01_task-x", {"language": own}, networks, held, 3)  # type: ignore[arg-type]


def recover(minutes: float, n: int, n_replicates: int, seed: int, noise: str = "even") -> pd.DataFrame:
    """Effects planted into one recording's noise."""
    one = recording(minutes, n, seed, noise)
    rows = assigned(list(KINDS.values()), len(one.channels), n_replicates, np.random.default_rng(seed - 1))
    with threadpool_limits(limits=1, user_api="blas"):
        return trials_of([one], KINDS, rows, HowTested(EncodingPlan()))


def fresh(minutes: float, n: int, n_recordings: int, seed: int) -> pd.DataFrame:
    """The same kinds of effects, once in each of several recordings, each with noise, film and networks of its own."""
    rows = assigned(list(KINDS.values()), n // len(SITES) * len(SITES), n_recordings, np.random.default_rng(seed))
    parts = []
    for k, row in enumerate(rows, start=1):
        with threadpool_limits(limits=1, user_api="blas"):
            made = trials_of([recording(minutes, n, seed + 100 * k)], KINDS, [row], HowTested(EncodingPlan()))
        parts.append(made.assign(replicate=k))
    return pd.concat(parts, ignore_index=True)


def shares(trials: pd.DataFrame) -> pd.DataFrame:
    """Shares on the curves of claims that are true, and shares of false ones."""
    table = recovery_table(trials, KINDS, {})
    keys = ["claim", "alignment", "kind", "source", "size"]
    return table[table["size"] > 0].set_index(keys)[["true", "n", "share", "fitted"]]


def beside(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Two tables of shares, of claims that are true, in one."""
    both = first.join(second, lsuffix="_one", rsuffix="_other", how="inner")
    own = both[[value is True for value in both["true_one"]]]
    return own.xs("either", level="alignment").drop(columns=["true_one", "true_other"])


def main() -> None:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("pilot", "built-in", "fresh", "plan"))
    parser.add_argument("out", type=Path)
    parser.add_argument("longer", type=Path, nargs="?")
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--electrodes", type=int, default=48)
    parser.add_argument("--replicates", "--recordings", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--noise", choices=[*SHAPES], default="even")
    given = parser.parse_args()
    if given.what == "pilot":
        trials = recover(given.minutes, given.electrodes, given.replicates, given.seed, given.noise)
        write_trials(given.out, WHO, trials, {"minutes": given.minutes, "n_replicates": given.replicates,
                                              "n_electrodes": given.electrodes, "seed": given.seed})  # fmt: skip
        print(false_table(trials, KINDS).to_string())
        return
    trials, about = read_trials(given.out, WHO)
    if given.what == "built-in":
        write_trials(Path(str(BUILT_IN)), WHO, trials[trials["p_alone"].notna()], about)
        return
    if given.what == "fresh":
        other = fresh(about["minutes"], about["n_electrodes"], given.replicates, about["seed"])
        table = beside(shares(trials), shares(other))
        print(table.round(2).to_string())
        print(f"largest gap of the curves {(table['fitted_one'] - table['fitted_other']).abs().max():.2f}")
        print(false_table(other, KINDS).to_string())
        return
    longer, theirs = read_trials(given.longer, WHO)
    told = planned(pilot_of(trials, about["minutes"]), KINDS, theirs["minutes"], theirs["n_electrodes"], 0.05,
                   np.random.default_rng(0))  # fmt: skip
    told = told.set_index(["claim", "alignment", "kind", "source", "size"])[["true", "n", "share"]]
    print(beside(told.assign(fitted=told["share"]), shares(longer)).round(2).to_string())


if __name__ == "__main__":
    main()
