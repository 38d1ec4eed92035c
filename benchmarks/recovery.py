"""Recoveries beside fresh simulations, and plans beside simulations of longer films.

python -m benchmarks.recovery pilot OUT [--minutes 20] [--electrodes 48] [--replicates 6] [--seed 1] [--noise bursty]
    effects recovered from one simulated recording, as `bids_vlint recover` leaves them: OUT/recovery
python -m benchmarks.recovery simulate OUT [the same options]
    the same effects in noise that is drawn anew for each replicate, added before it is cleaned
python -m benchmarks.recovery beside PILOT ... --simulated OUT ...
    the power curves of both and their gaps, false ones of what was simulated
python -m benchmarks.recovery plan [PILOT ...] --simulated OUT ...
    what a plan from pilots (none: the built-in one) says of films as long as the simulated ones, beside those
python -m benchmarks.recovery built-in OUT ...
    the tests' rows become those that `bids_vlint plan` takes without a pilot
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from scipy.signal import fftconvolve
from threadpoolctl import threadpool_limits

from benchmarks.calibration.datasets import DataSet, exponent_of
from benchmarks.calibration.film import STEP_S
from benchmarks.calibration.planted import SITES, planted
from benchmarks.calibration.recording import WIDTH, Run, cleaned, high_passed, power_law, responses
from benchmarks.calibration.shapes import SHAPES
from bids_vlint.encoding.plan import EncodingPlan, counted_bins
from bids_vlint.recovery.assignment import SIZES, Planted, assigned
from bids_vlint.recovery.course import PEAKS_S, lasting, response_kernel
from bids_vlint.recovery.curve import on_curve, rising_curve, smallest_found
from bids_vlint.recovery.files import read_trials, recovered, write_trials
from bids_vlint.recovery.held import held_of
from bids_vlint.recovery.kind import EFFECT_KINDS
from bids_vlint.recovery.planting import values_followed
from bids_vlint.recovery.power import pilot_of, planned
from bids_vlint.recovery.summary import called, false_table
from bids_vlint.recovery.trial import EITHER, HowTested, PlantedFit, claims, replicate_tests, trials_of
from bids_vlint.signals.responses import Track
from bids_vlint.workflows.plan import BUILT_IN

SNR, OWN = 1e-4, 0.05  # of what is in the simulated recordings: next to nothing
KINDS = {kind.name: kind for kind in EFFECT_KINDS.everything}
_DRAWN = "plan/0"


@dataclass(frozen=True)
class Made:
    """What is simulated: minutes of film, electrodes, replicates, a shape of noise, kinds of effects, shifts."""

    minutes: float
    electrodes: int
    replicates: int
    seed: int
    noise: str
    kinds: tuple[str, ...]
    shifts: int

    def recording(self) -> tuple[PlantedFit, DataSet]:
        """A film, networks, and noise as it is cleaned: its power falls as 1/f, or as 1/f^1.5 where the seed is odd."""
        made, _ = planted(self.seed, SNR, self.electrodes // len(SITES), 60 * self.minutes, untrained=True, own=OWN,
                          shape=SHAPES[self.noise])  # fmt: skip
        networks, own = {"language": made.networks}, made.responses
        held = held_of(networks, {"language": own.events}, {})  # type: ignore[arg-type]
        return PlantedFit(f"sub-{self.seed}_task-x", {"language": own}, networks, held, 3), made  # type: ignore[arg-type]

    def rows(self, n_electrodes: int) -> list[list[Planted]]:
        """What electrodes follow."""
        kinds = [KINDS[name] for name in self.kinds]
        return assigned(kinds, n_electrodes, self.replicates, np.random.default_rng(self.seed - 1))

    @property
    def how(self) -> HowTested:
        """The program's own settings, but for the shifts."""
        return HowTested(EncodingPlan(n_shifts=self.shifts))


def recover(what: Made) -> pd.DataFrame:
    """Effects planted into one recording's noise."""
    one, _ = what.recording()
    return trials_of([one], KINDS, what.rows(len(one.channels)), what.how)


def simulate(what: Made) -> pd.DataFrame:
    """The film and networks of `recover`, and what its electrodes follow; noise of its own in each replicate, to which
    effects are added before it is cleaned."""
    one, made = what.recording()
    _, *rngs = np.random.default_rng(one.seed).spawn(1 + what.replicates)
    fresh, parts = np.random.default_rng([what.seed, 55]), []
    for k, row in enumerate(what.rows(len(one.channels))):
        values = values_followed(one.held, KINDS, row, rngs[k])
        peaks = np.exp(rngs[k].uniform(np.log(PEAKS_S[0]), np.log(PEAKS_S[1]), len(row)))
        raw = power_law(made.runs[0].film.n_steps, np.full(len(row), exponent_of(what.seed)), fresh)
        sizes = np.array([cell.size for cell in row])
        own = with_effects(made.runs[0], SHAPES[what.noise](raw, fresh), values, peaks, sizes)
        parts.append(claims([one], k, row, replicate_tests(one, [own], what.how), what.how.q))
    return pd.concat(parts, ignore_index=True)


def with_effects(
    run: Run, noise: np.ndarray, values: np.ndarray, peaks: np.ndarray, sizes: np.ndarray
) -> tuple[Track, ...]:
    """Tracks of noise and of effects that have a share of the variance of the responses, cleaned together."""
    time = np.arange(run.film.n_steps) * STEP_S
    onset = responses([run]).events["onset"].to_numpy(float)
    effect = lasting(time, onset, values)
    for e, peak in enumerate(peaks):
        effect[:, e] = fftconvolve(effect[:, e], response_kernel(peak))[: len(time)]
    lags = responses([run]).lags
    steps = np.round(lags[counted_bins(lags, EncodingPlan().bins)] / STEP_S).astype(int)
    at = run.film.step(run.film.onset)[:, None] + steps

    def variance(x: np.ndarray) -> np.ndarray:
        y = high_passed(x)
        y = y / np.maximum(y.std(0), 1e-12)
        means = np.stack([y[at + k - WIDTH // 2] for k in range(WIDTH)]).mean(0)
        share: np.ndarray = means.var(0).mean(0)
        return share

    ratio = np.divide(variance(noise), variance(effect), out=np.zeros(len(sizes)), where=sizes > 0)
    whole = cleaned(noise, effect, np.sqrt(sizes / (1 - sizes) * ratio))
    return responses([Run(run.name, run.film, whole)]).tracks


def of_true_claims(trials: pd.DataFrame) -> pd.DataFrame:
    """What became of claims that are true, in any alignment: columns claim, kind, source, size, cluster, found, and z,
    of the claim's p."""
    true = [KINDS[k].truth(c) is True for k, c in zip(trials["kind"], trials["claim"])]
    own = trials[np.array(true) & (trials["alignment"] == EITHER) & (trials["size"] > 0)]
    cluster = own["participant"].astype(str) + "/" + own["replicate"].astype(str)
    return own[["claim", "kind", "source", "size"]].assign(
        cluster=cluster, found=called(own), z=stats.norm.isf(own["p"])
    )


def gaps(own: pd.DataFrame, first: pd.DataFrame) -> pd.DataFrame:
    """Curves of a recovery, or of a plan, beside those of simulations, at each size of each claim.

    Parameters
    ----------
    own, first : DataFrame
        What was simulated, and the other side, from `of_true_claims`.

    Returns
    -------
    DataFrame
        n, share and curve of what was simulated; theirs; the gap of the curves, with the standard error of leaving out
        one replicate after the other (of both sides, where both have it).
    """
    left = [_gaps(own[own["cluster"] != c], first[first["cluster"] != c])["gap"]
            for c in sorted(set(own["cluster"]) | set(first["cluster"]) - {_DRAWN})]  # fmt: skip
    return _gaps(own, first).assign(error=np.sqrt((len(left) - 1) * np.var(left, axis=0)))


def _gaps(own: pd.DataFrame, first: pd.DataFrame) -> pd.DataFrame:
    one, other, rows = _curves(own), _curves(first), []
    for (claim, size), part in own.groupby(["claim", "size"], sort=True):
        mine, yours = (on_curve(c[str(claim)], float(str(size))) for c in (one, other))
        theirs = first[(first["claim"] == claim) & (first["size"] == size)]["found"]
        rows.append((claim, size, len(part), part["found"].mean(), mine, theirs.mean(), yours, yours - mine))
    names = ["claim", "size", "n", "simulated", "curve", "theirs", "their_curve", "gap"]
    return pd.DataFrame(rows, columns=names)


def gaps_of_z(own: pd.DataFrame, first: pd.DataFrame) -> pd.DataFrame:
    """By how much z differs on average, of each claim, with its standard error as in `gaps`; and the most by which
    power differs therefore, at whatever size: that of two normal distributions of z around any threshold."""

    def differences(one: pd.DataFrame, other: pd.DataFrame) -> pd.Series:
        return other.groupby("claim")["z"].mean() - one.groupby("claim")["z"].mean()

    left = [differences(own[own["cluster"] != c], first[first["cluster"] != c]) for c in sorted(set(own["cluster"]))]
    within = own["z"] - own.groupby(["claim", "kind", "source", "size"])["z"].transform("mean")
    table = pd.DataFrame({"n": own.groupby("claim").size(), "gap": differences(own, first),
                          "error": np.sqrt((len(left) - 1) * pd.concat(left, axis=1).var(axis=1, ddof=0)),
                          "sd": within.groupby(own["claim"]).std()})  # fmt: skip
    return table.assign(power=2 * stats.norm.cdf(table["gap"].abs() / table["sd"] / 2) - 1,
                        power_error=stats.norm.pdf(0) * table["error"] / table["sd"])  # fmt: skip


def _curves(own: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """Claim -> the curve through the shares of all kinds and sources."""
    found = {}
    for claim, part in own.groupby("claim", sort=False):
        curve = rising_curve(part["size"].to_numpy(float), part["found"].to_numpy(bool))
        assert curve is not None
        found[str(claim)] = curve
    return found


def sizes_found(own: pd.DataFrame, first: pd.DataFrame) -> pd.DataFrame:
    """The size that is found with 80 % power on the curves of both sides, of each claim, and their ratio less 1."""
    one, other = _curves(own), _curves(first)
    rows = [(claim, *(smallest_found(curves[claim], SIZES) for curves in (one, other))) for claim in one]
    return pd.DataFrame(rows, columns=["claim", "simulated", "theirs"]).eval("off = theirs / simulated - 1")


def plan_of(pilots: pd.DataFrame, minutes: float, n_electrodes: int, df: float) -> pd.DataFrame:
    """What a plan says of tests with `df` degrees of freedom, as trials: so many rows as it drew."""
    pilot = replace(pilot_of(pilots), df=df)
    told = planned(pilot, KINDS, minutes, n_electrodes, 0.05, np.random.default_rng(0))
    rows = told.loc[np.repeat(told.index, told["n"])]
    nth = rows.groupby(level=0).cumcount()
    return rows.assign(found=nth < (rows["n"] * rows["share"]).round(), participant="plan", replicate=0, p=np.nan)


def trials_in(folders: Sequence[Path]) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Trials of all participants of some folders, and how those of the last were made."""
    parts = []
    for folder in folders:
        for who in recovered(folder):
            trials, about = read_trials(folder, who)
            parts.append(trials.assign(participant=who))
    return pd.concat(parts, ignore_index=True), about


def main() -> None:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("pilot", "simulate", "beside", "plan", "built-in"))
    parser.add_argument("folders", type=Path, nargs="*")
    parser.add_argument("--simulated", type=Path, nargs="+")
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--electrodes", type=int, default=48)
    parser.add_argument("--replicates", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--noise", choices=[*SHAPES], default="even")
    parser.add_argument("--kinds", choices=[*KINDS], nargs="+", default=[*KINDS], help="fewer: more of each")
    parser.add_argument("--shifts", type=int, default=40)
    given = parser.parse_args()
    if given.what in ("beside", "plan") and not given.simulated:
        parser.error("--simulated names the folders of the simulations")
    if given.what in ("pilot", "simulate"):
        what = Made(given.minutes, given.electrodes, given.replicates, given.seed, given.noise, tuple(given.kinds),
                    given.shifts)  # fmt: skip
        with threadpool_limits(limits=1, user_api="blas"):
            trials = {"pilot": recover, "simulate": simulate}[given.what](what)
        about = {"minutes": dict.fromkeys(trials["fit"].unique(), given.minutes), "seed": given.seed,
                 "noise": given.noise, "n_replicates": given.replicates, "n_electrodes": given.electrodes}  # fmt: skip
        made = {"pilot": "recovered", "simulate": "simulated"}[given.what]
        write_trials(given.folders[0], f"sub-{made}{given.seed}", trials, about)
        print(false_table(trials, KINDS).to_string())
    elif given.what == "built-in":
        for old in Path(str(BUILT_IN)).rglob("*_trials.*"):
            old.unlink()
        for folder in given.folders:
            for who in recovered(folder):
                trials, about = read_trials(folder, who)
                write_trials(Path(str(BUILT_IN)), who, trials[trials["p_alone"].notna()], about)
    else:
        own, about = trials_in(given.simulated)
        first, _ = trials_in(given.folders or [Path(str(BUILT_IN))])
        if given.what == "plan":
            first = first[first["kind"].isin(own["kind"].unique())]
            first = plan_of(first, own["minutes"].mean(), about["n_electrodes"], own["df"].median())
        table = gaps(of_true_claims(own), of_true_claims(first))
        print(table.round(3).to_string(index=False))
        print(f"largest gap of the curves {table['gap'].abs().max():.2f}")
        print(sizes_found(of_true_claims(own), of_true_claims(first)).round(3).to_string(index=False))
        if given.what == "beside":
            print(gaps_of_z(of_true_claims(own), of_true_claims(first)).round(3).to_string())
        print(false_table(own, KINDS).to_string())


if __name__ == "__main__":
    main()
