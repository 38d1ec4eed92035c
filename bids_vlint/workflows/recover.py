"""What would be found in these recordings: effects of known kind and size, planted into their own noise, and tested."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from bids_vlint import __version__
from bids_vlint.derivatives.encoding_file import read_encoding
from bids_vlint.derivatives.layout import encoding_h5
from bids_vlint.derivatives.sites_table import read_sites
from bids_vlint.encoding.arrays import card_memory
from bids_vlint.errors import Exit, InputError
from bids_vlint.files.lock import held
from bids_vlint.fit.features import compute_features, networks_of_fit
from bids_vlint.fit.fitting import kept_responses
from bids_vlint.fit.preparation import PreparedFit, prepare_fits
from bids_vlint.log import counted, duration, logger, remarks, step
from bids_vlint.networks.network import check_device, seed_of
from bids_vlint.recovery.assignment import assigned
from bids_vlint.recovery.files import RECOVERY_FOLDER, STUDY, read_trials, recovered, write_recovery, write_trials
from bids_vlint.recovery.held import held_of
from bids_vlint.recovery.kind import EFFECT_KINDS, EffectKind
from bids_vlint.recovery.planting import why_no_noise
from bids_vlint.recovery.sizing import ALL, LAYERS, ONE_EACH, Sizing, fewer_networks, seconds_of, sized
from bids_vlint.recovery.summary import false_table, recovery_table, smallest_table
from bids_vlint.recovery.trial import HowTested, PlantedFit, trials_of
from bids_vlint.recovery.words import methods_words
from bids_vlint.settings import OPTIONS, Settings, results_key
from bids_vlint.stages.stage import alone_in_work
from bids_vlint.study.fits import FitName, FitPlan
from bids_vlint.workflows.execution import attempt_each, exit_code, failure
from bids_vlint.workflows.logbook import Attempt
from bids_vlint.workflows.protocols import (
    calibrated_reach,
    encoding_plan,
    event_protocol,
    feature_protocol,
    signal_protocol,
)
from bids_vlint.workflows.study import Study, open_study, plan_all


@dataclass(frozen=True)
class HowMuch:
    """How much is made: processor time of a participant, or a number of replicates that overrules it."""

    cpu_minutes: float = 15.0
    n_replicates: int | None = None


def run_recover(settings: Settings, much: HowMuch) -> tuple[list[Path], int]:
    """Plant and test in the recordings of every participant; then the study's tables, of all that are in the folder.

    Returns
    -------
    files : list of Path
        The tables of what was found, the study's last.
    code : int
        The exit code.
    """
    encoding_plan(settings)  # a wrong option is said before anything is read
    check_device(settings.device)
    with step("the data set's recordings and events"):
        study, runs = open_study(settings)
        plans, failed, _ = plan_all(study, runs)
    outcomes = [failure(subject, error) for subject, error in failed.items()]
    done, broken = attempt_each(plans, partial(_recover_participant, study, much))
    outcomes += [failure(subject, error) for subject, error in broken.items()]
    outcomes += [Attempt(f"sub-{subject}", "done", int(Exit.OK)) for subject in done]
    for one in outcomes:
        if one.state == "failed":
            logger.error("%s: %s", one.participant, one.message)
    files = list(done.values())
    if done:
        with held(settings.output_dir / RECOVERY_FOLDER / ".study.lock", "the study's recovery", wait=True):
            files.append(_write_study(settings.output_dir))
    return files, exit_code(outcomes)


def _recover_participant(study: Study, much: HowMuch, fits: Sequence[FitPlan]) -> Path:
    settings, who = study.settings, f"sub-{fits[0].name.subject}"
    for fit in fits:
        check_same_settings(settings, fit.name)
    events, signals = event_protocol(settings), signal_protocol(settings)
    prepared = prepare_fits(fits, study.models, events, signals, calibrated_reach(settings))
    with step(f"{who}: features"):
        compute_features(prepared, study.models, feature_protocol(settings))
    with alone_in_work(settings.work_dir, who), remarks(), step(f"{who}: signals"):
        found = [_recording(study, fit) for fit in prepared]
    recordings = [one for one, _ in found]
    seconds = {which: _seconds(found, settings, which) for which in (ALL, LAYERS, ONE_EACH)}
    n = sum(len(one.channels) for one in recordings)
    size = sized({which: each / n for which, each in seconds.items()}, n, 60 * much.cpu_minutes)
    if much.n_replicates is not None:
        size = replace(size, n_replicates=much.n_replicates,
                       seconds=size.seconds * much.n_replicates / size.n_replicates)  # fmt: skip
    logger.info("%s: %d of %d electrodes, %s, networks: %s; about %s of processor time", who, size.n_electrodes, n,
                counted(size.n_replicates, "replicate"), size.networks, duration(size.seconds))  # fmt: skip
    rng = np.random.default_rng(seed_of(f"{settings.seed}/{who}/recovery"))
    chosen = _some(recordings, size.n_electrodes, rng)
    reduced = [replace(one, networks=fewer_networks(one.networks, size.networks, leading.layers, leading.order))
               for one, (_, leading) in zip(chosen, found)]  # fmt: skip
    kinds, lacking = _kinds(reduced)
    assignment = assigned(list(kinds.values()), size.n_electrodes, size.n_replicates, rng)
    how = HowTested(encoding_plan(settings), study.models.comparisons, settings.q, settings.smallest_effect,
                    settings.nprocs, settings.device)  # fmt: skip
    with step(f"{who}: planting and tests"), threadpool_limits(limits=1, user_api="blas"), card_memory():
        trials = trials_of([one for one in reduced if one.channels], kinds, assignment, how)
    about = _about(settings, size, n, reduced, lacking)
    write_trials(settings.output_dir, who, trials, about)
    return _write(settings.output_dir, who, trials, about)


@dataclass(frozen=True)
class _Leads:
    """Of a fit: each network's leading layer, and the labels of the networks, the leading one first."""

    layers: Mapping[str, str]
    order: Sequence[str]


def _recording(study: Study, fit: PreparedFit) -> tuple[PlantedFit, _Leads]:
    settings, name = study.settings, fit.plan.name
    networks = {a: networks_of_fit(fit, a, study.models, feature_protocol(settings)) for a in fit.alignments}
    responses, _, _ = kept_responses(fit, signal_protocol(settings), settings.nprocs)
    tracks = next(iter(responses.values())).tracks
    if why := why_no_noise(tracks, encoding_plan(settings).reach):
        raise InputError(name.stem, f"nothing can be planted into its noise: {why}", "use longer recordings")
    leading = _leading(settings.output_dir, name, fit)
    events = {a: own.events for a, own in responses.items()}
    held = held_of(networks, events, leading.layers)
    return PlantedFit(name.stem, responses, networks, held, seed_of(f"{settings.seed}/{name.stem}/recovery")), leading


def _leading(out: Path, name: FitName, fit: PreparedFit) -> _Leads:
    """The layer at most electrodes, and the mean score, of each network as results that are there say them."""
    layers: dict[str, Counter[str]] = {}
    score: dict[str, float] = {}
    for alignment in fit.alignments:
        if not encoding_h5(out, name, alignment).is_file():
            continue
        scores = read_encoding(out, name, alignment, ["layer", "r"])  # saved responses are large
        chosen: Any = scores["layer"].transpose("model", ...).values if "layer" in scores else []
        for label, own in zip(scores["model"].values.astype(str), chosen):
            layers.setdefault(str(label), Counter()).update(own.astype(str).ravel().tolist())
        for label, r in zip(scores["model"].values.astype(str), scores["r"].mean(["electrode", "lag"]).values):
            score[str(label)] = score.get(str(label), 0.0) + float(r)
    return _Leads({label: found.most_common(1)[0][0] for label, found in layers.items()},
                  sorted(score, key=lambda label: -score[label]))  # fmt: skip


def _seconds(found: Sequence[tuple[PlantedFit, _Leads]], settings: Settings, which: str) -> float:
    """Of one replicate of all electrodes, with all networks or fewer."""
    total = 0.0
    for one, leading in found:
        networks = fewer_networks(one.networks, which, leading.layers, leading.order)
        n_events = {a: len(own.events) for a, own in one.responses.items()}
        total += seconds_of(networks, n_events, len(one.channels), replace(encoding_plan(settings), n_bootstraps=2))
    return total


def _some(recordings: Sequence[PlantedFit], n: int, rng: np.random.Generator) -> list[PlantedFit]:
    """Recordings with n of their electrodes, drawn; all of them where there are no more."""
    ends = np.cumsum([len(one.channels) for one in recordings])
    kept = np.sort(rng.permutation(ends[-1])[:n])
    chosen: list[PlantedFit] = []
    for one, end in zip(recordings, ends):
        first = end - len(one.channels)
        own = kept[(kept >= first) & (kept < end)] - first
        channels = tuple(one.channels[k] for k in own)
        tracks = tuple(replace(track, data=track.data[:, own]) for track in one.tracks)
        responses = {a: replace(r, data=r.data[:, own], channels=channels, tracks=tracks)
                     for a, r in one.responses.items()}  # fmt: skip
        chosen.append(replace(one, responses=responses))
    return chosen


def _kinds(recordings: Sequence[PlantedFit]) -> tuple[dict[str, EffectKind], dict[str, str]]:
    """The kinds that can be planted into all recordings, and why the others cannot."""
    lacking = {kind.name: why for kind in EFFECT_KINDS.everything for one in recordings
               if one.channels and (why := kind.lacks(one.held))}  # fmt: skip
    return {kind.name: kind for kind in EFFECT_KINDS.everything if kind.name not in lacking}, lacking


def check_same_settings(settings: Settings, name: FitName) -> None:
    """Refuse settings with which the results in the output folder were not made: what is planted would be tested in
    another way, and stages that those results are made from would be replaced.

    Raises
    ------
    InputError
        64, with the option that differs.
    """
    try:
        _, record = read_sites(settings.output_dir, name)
    except InputError as error:
        if error.code == Exit.NO_INPUT:
            return  # there are none yet
        raise
    again = {option.name for option in OPTIONS if option.tests_only}
    made, own = record.get("settings") or {}, results_key(settings)
    for key, value in own.items():
        if key in made and key not in again and made[key] != value:
            raise InputError("--" + key.replace("_", "-"), f"is {value}, and {name.stem} was made with {made[key]}",
                             "give the options of that run (--config takes its settings from OUTPUT_DIR/logs)",
                             Exit.USAGE)  # fmt: skip


def _about(
    settings: Settings, size: Sizing, of: int, recordings: Sequence[PlantedFit], lacking: Mapping[str, str]
) -> dict[str, Any]:
    """How trials were made, for sidecars and sentences."""
    plan = encoding_plan(settings)
    minutes = {one.name: round(_film_minutes(one), 2) for one in recordings}
    return {"n_replicates": size.n_replicates, "n_electrodes": size.n_electrodes, "of": of, "networks": size.networks,
            "n_shifts": plan.n_shifts, "seed": settings.seed, "q": settings.q, "minutes": minutes,
            "lacking": dict(lacking), "version": __version__}  # fmt: skip


def _film_minutes(one: PlantedFit) -> float:
    """Minutes from the first to the last event of each film of a fit, added up."""
    events = one.held.events
    spans = [part["movie_time"].astype(float) for _, part in events.groupby("stimulus")]
    return float(sum(times.max() - times.min() for times in spans)) / 60


def _write(out: Path, who: str, trials: pd.DataFrame, about: Mapping[str, Any]) -> Path:
    known = {kind.name: kind for kind in EFFECT_KINDS.everything}
    lacking = dict(about["lacking"])
    kinds = {name: kind for name, kind in known.items() if name not in lacking}
    tables = {"recovery": recovery_table(trials, kinds, lacking), "smallest": smallest_table(trials, kinds),
              "false": false_table(trials, kinds)}  # fmt: skip
    return write_recovery(out, who, tables, methods_words(who, tables, kinds, lacking, about), about)


def _write_study(out: Path) -> Path:
    """The tables of all participants whose trials are in the folder."""
    parts, abouts = zip(*(read_trials(out, who) for who in recovered(out)))
    trials = pd.concat([part.assign(participant=who) for part, who in zip(parts, recovered(out))], ignore_index=True)
    first = dict(abouts[0])
    lacking = {kind: why for about in abouts for kind, why in about["lacking"].items()
               if all(kind in other["lacking"] for other in abouts)}  # fmt: skip
    about = {**first, "participants": recovered(out), "lacking": lacking,
             "n_electrodes": sum(a["n_electrodes"] for a in abouts), "of": sum(a["of"] for a in abouts),
             "n_replicates": " or ".join(map(str, sorted({a["n_replicates"] for a in abouts}))),
             "networks": " or ".join(sorted({a["networks"] for a in abouts})),
             "minutes": {fit: m for a in abouts for fit, m in a["minutes"].items()}}  # fmt: skip
    return _write(out, STUDY, trials, about)
