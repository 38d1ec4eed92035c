"""The tests of planted recordings, as the program makes them: encoding, evidence, correction, claims."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from bids_vlint.encoding.arrays import on_device
from bids_vlint.encoding.blocks import BLOCK_S
from bids_vlint.encoding.engine import Encoded, encode
from bids_vlint.encoding.network_features import NetworkFeatures
from bids_vlint.encoding.plan import EncodingPlan
from bids_vlint.encoding.shift import Shifts, draw_shifts
from bids_vlint.inference.calibrated.claims import WORDS, claims_of
from bids_vlint.inference.calibrated.evidence import evidence
from bids_vlint.inference.calibrated.sites import correct_participant, fit_tests, participant_sites
from bids_vlint.networks.comparisons import Comparison
from bids_vlint.recovery.assignment import Planted
from bids_vlint.recovery.held import FilmFeatures
from bids_vlint.recovery.kind import EffectKind
from bids_vlint.recovery.planting import (
    planted_tracks,
    replicates_together,
    responses_of_tracks,
    rolled,
    rolls_of,
    values_followed,
)
from bids_vlint.signals.responses import Responses, Track
from bids_vlint.signals.windows import STEP_S
from bids_vlint.study.stimulus import ALIGNMENTS, Alignment

EITHER = "either"
# Bytes of the block sums of replicates that are encoded together, so that each network is factorised once for them.
_TOGETHER_BYTES = 2**28


@dataclass(frozen=True)
class PlantedFit:
    """A fit, as effects are planted into it.

    Attributes
    ----------
    name : str
        The fit's stem.
    responses : alignment -> Responses
        With tracks, which all alignments share.
    networks : alignment -> networks
    held : FilmFeatures
    seed : int
    """

    name: str
    responses: Mapping[Alignment, Responses]
    networks: Mapping[Alignment, Sequence[NetworkFeatures]]
    held: FilmFeatures
    seed: int

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of its electrodes."""
        return next(iter(self.responses.values())).channels

    @property
    def tracks(self) -> tuple[Track, ...]:
        """Its signals."""
        return next(iter(self.responses.values())).tracks


@dataclass(frozen=True)
class HowTested:
    """How planted recordings are tested.

    Attributes
    ----------
    plan : EncodingPlan
    comparisons : sequence of Comparison
        Of the model set.
    q, smallest_effect : float
    threads : int
    device : str
        On which regressions are computed: auto, cpu, cuda, …
    """

    plan: EncodingPlan
    comparisons: Sequence[Comparison] = ()
    q: float = 0.05
    smallest_effect: float = 0.0
    threads: int = 1
    device: str = "cpu"


def trials_of(
    recordings: Sequence[PlantedFit],
    kinds: Mapping[str, EffectKind],
    assignment: Sequence[Sequence[Planted]],
    how: HowTested,
) -> pd.DataFrame:
    """Plant effects into a participant's recordings, and test them.

    Parameters
    ----------
    recordings : sequence of PlantedFit
        All fits of the participant: electrodes of all are corrected together.
    kinds : name -> EffectKind
    assignment : of replicates, of electrodes
        What each electrode follows; those of the first recording come first.
    how : HowTested

    Returns
    -------
    DataFrame
        A row per replicate, electrode, alignment (or "either") and claim that was tested: replicate, fit, name, kind,
        source, size, alignment, claim, found, p, q; of claims that are a test's also p_alone, diff, detectable and df.
    """
    ends = np.cumsum([len(one.channels) for one in recordings])
    parts: list[list[pd.DataFrame]] = [[] for _ in assignment]
    for one, end in zip(recordings, ends):
        own = [row[end - len(one.channels) : end] for row in assignment]
        for k, tests in enumerate(_tests_of(one, kinds, own, how)):
            parts[k].append(tests)
    return pd.concat([claims(recordings, k, row, fits, how.q)
                      for k, (row, fits) in enumerate(zip(assignment, parts))], ignore_index=True)  # fmt: skip


def _tests_of(
    one: PlantedFit, kinds: Mapping[str, EffectKind], own: Sequence[Sequence[Planted]], how: HowTested
) -> list[pd.DataFrame]:
    """The tests of a recording, from `fit_tests`, of each replicate."""
    for_rolls, *rngs = np.random.default_rng(one.seed).spawn(1 + len(own))
    rolls = rolls_of(one.tracks, len(own), how.plan.reach, null_shifts(one, how.plan), for_rolls)
    events = one.held.events
    n_blocks = len({(film, t // BLOCK_S) for film, t in zip(events["stimulus"], events["movie_time"])})
    each = 8 * len(next(iter(one.networks.values()))) * n_blocks * len(one.channels) * (1 + how.plan.n_shifts)
    step = max(1, _TOGETHER_BYTES // each)
    found: list[pd.DataFrame] = []
    for first in range(0, len(own), step):
        planted = []
        for k in range(first, min(first + step, len(own))):
            values = values_followed(one.held, kinds, own[k], rngs[k])
            sizes = np.array([cell.size for cell in own[k]])
            tracks = rolled(one.tracks, rolls, k)
            planted.append(planted_tracks(tracks, one.responses, one.held, values, sizes, how.plan, rngs[k]))
        found += replicate_tests(one, planted, how)
    return found


def null_shifts(one: PlantedFit, plan: EncodingPlan) -> Shifts:
    """The shifts that `encode` will draw, of all alignments, since each begins with the recording's seed."""
    for_shifts, _ = np.random.default_rng(one.seed).spawn(2)
    return draw_shifts(one.tracks, plan.n_shifts, STEP_S, plan.reach, for_shifts)


def replicate_tests(one: PlantedFit, replicates: Sequence[Sequence[Track]], how: HowTested) -> list[pd.DataFrame]:
    """The tests of a recording, from `fit_tests`, with the tracks of several replicates in its tracks' place."""
    by_replicate: list[dict[Alignment, pd.DataFrame]] = [{} for _ in replicates]
    for alignment, tests in _encoded_together(one, replicates_together(replicates), len(replicates), how).items():
        for k, table in enumerate(tests):
            by_replicate[k][alignment] = table
    return [fit_tests(tables) for tables in by_replicate]


def _encoded_together(
    one: PlantedFit, tracks: tuple[Track, ...], n: int, how: HowTested
) -> dict[Alignment, list[pd.DataFrame]]:
    """The tests of n replicates that lie side by side as electrodes of one recording."""
    names = [f"{k}/{channel}" for k in range(n) for channel in one.channels]
    plan = replace(how.plan, n_bootstraps=2)  # of intervals that no test reads
    found: dict[Alignment, list[pd.DataFrame]] = {}
    for alignment, responses in one.responses.items():
        networks, rng = one.networks[alignment], np.random.default_rng(one.seed)
        whole = encode(networks, responses_of_tracks(responses, tracks, plan, names), plan, rng=rng,
                       threads=how.threads, on=on_device(how.device))  # fmt: skip
        own = [of_electrodes(whole, slice(k * len(one.channels), (k + 1) * len(one.channels)), one.channels)
               for k in range(n)]  # fmt: skip
        found[alignment] = [evidence(part, networks, how.comparisons, one.seed, how.smallest_effect).tests
                            for part in own]  # fmt: skip
    return found


def of_electrodes(encoded: Encoded, which: slice, channels: tuple[str, ...]) -> Encoded:
    """What was encoded of some of its electrodes, under other names."""
    scores = encoded.scores
    own = {name: getattr(scores, name)[:, which] for name in ("r", "low", "high", "r_low", "r_high", "penalty",
                                                              "validation") if hasattr(scores, name)}  # fmt: skip
    scores = replace(scores, channels=channels, layer=scores.layer[:, :, which], **own)
    return replace(encoded, scores=scores, sums=encoded.sums[:, :, which], score=encoded.score[:, :, which],
                   bin_r=encoded.bin_r[:, which], by_bin=None)  # fmt: skip


def claims(
    recordings: Sequence[PlantedFit],
    replicate: int,
    row: Sequence[Planted],
    fits: Sequence[pd.DataFrame],
    q: float,
) -> pd.DataFrame:
    """A replicate's claims, corrected over all electrodes of the participant: rows of `trials_of`."""
    tables = correct_participant(fits, q)
    tests = list(dict.fromkeys(str(t) for table in tables for t in table["test"]))
    channels = [one.channels for one in recordings]
    sites = participant_sites(tables, channels, tests, q)
    cells = iter(row)
    parts = []
    for one, own, table in zip(recordings, sites, tables):
        about = pd.DataFrame([vars(next(cells)) for _ in one.channels])
        about.insert(0, "name", one.channels)
        about.insert(0, "fit", one.name)
        about.insert(0, "replicate", replicate + 1)
        parts += _rows(about, own, table, tests)
    return pd.concat(parts, ignore_index=True)


def _rows(about: pd.DataFrame, sites: pd.DataFrame, table: pd.DataFrame, tests: Sequence[str]) -> list[pd.DataFrame]:
    known = {key: part.set_index("name") for key, part in table.groupby(["alignment", "test"])}
    words = {word.name: word.claim for word in WORDS}
    rows = []
    for place in (*ALIGNMENTS, EITHER):
        for claim in [*claims_of(tests), *(name for name in words if name not in claims_of(tests))]:
            # a word that has no p of its own has that of its test
            stem = _column(place, claim)
            p = _column(place, words[claim]) if f"{stem}_p" not in sites and claim in words else stem
            if stem not in sites or f"{p}_p" not in sites or sites[f"{p}_p"].isna().all():
                continue
            own = about.assign(alignment=place, claim=claim, found=sites[stem].to_numpy(),
                               p=sites[f"{p}_p"].to_numpy(), q=sites[f"{p}_q"].to_numpy())  # fmt: skip
            alone = known.get((place, claim))
            for column in ("p_alone", "diff", "detectable", "df"):
                values = alone[column].reindex(own["name"]).to_numpy(float) if alone is not None else np.nan
                own[column] = values
            rows.append(own)
    return rows


def _column(place: str, claim: str) -> str:
    return f"{claim}_{EITHER}" if place == EITHER else f"{place}_{claim}"
