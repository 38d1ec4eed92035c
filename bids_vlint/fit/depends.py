"""What each stage of a fit depends on: the keys under which it is kept are made of this and of nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from bids_vlint.encoding.network_features import NetworkFeatures
from bids_vlint.encoding.plan import EncodingPlan
from bids_vlint.files.digest import digest_of, key_of
from bids_vlint.files.json_file import plain
from bids_vlint.fit.preparation import PreparedFit, PreparedRun
from bids_vlint.fit.protocols import SignalProtocol
from bids_vlint.networks.extraction.extract import Extraction, key
from bids_vlint.networks.family import stored, stored_file
from bids_vlint.networks.identity import LOW_LEVEL
from bids_vlint.networks.low_level.family import LOW_LEVEL_FAMILIES
from bids_vlint.networks.low_level.features import files_of_stimulus
from bids_vlint.networks.low_level.surprisal import surprisal_key
from bids_vlint.networks.specification import ModelSet, ModelSpec
from bids_vlint.signals.mirror import signal_files
from bids_vlint.signals.responses import Responses
from bids_vlint.signals.steady import STEADY_S
from bids_vlint.study.sidecars import sidecars
from bids_vlint.study.stimulus import Alignment, StimulusEvents


def of_responses(fit: PreparedFit, protocol: SignalProtocol) -> dict[str, Any]:
    """What the responses of a fit depend on."""
    return {
        "runs": [_run(run, fit) for run in fit.runs],
        "channels": list(fit.channels),
        "contacts": list(fit.plan.contacts),
        "cleaning": [protocol.reference, protocol.band, protocol.high_pass, STEADY_S],
    }


def _run(run: PreparedRun, fit: PreparedFit) -> dict[str, Any]:
    own = run.plan.run
    files = [file for part in own.files for file in signal_files(part)]
    files += [*sidecars(own, "channels", ".tsv")[:1], *sidecars(own, "ieeg", ".json")]
    return {
        "run": own.get("run") or "n/a",
        "files": [digest_of(file) for file in files if file.exists()],
        "onsets": {a: run.events[a]["onset"].astype(float).tolist() for a in fit.alignments},
        "interruptions": run.interruptions.tolist(),
        "rates": run.about["sampling_frequency"],
        "line_freq": run.line_freq,
        "derivations": plain(run.derivations),
    }


def of_features(
    fit: PreparedFit, alignment: Alignment, models: ModelSet, networks: Sequence[NetworkFeatures], how: Extraction
) -> dict[str, Any]:
    """What the features of a fit's networks depend on, in an alignment.

    `networks` are those of the model set that are not left out.
    """
    shown = [events for run in fit.runs for events in run.shown[alignment].values()]
    specs = {spec.label: spec for spec in models.models}
    return {
        n.label: [n.modality, n.shown, n.part_of, *(_features(specs[n.label], events, how) for events in shown)]
        for n in networks
    }


def _features(spec: ModelSpec, events: StimulusEvents, how: Extraction) -> str:
    if stored(spec):
        file = stored_file(spec, events.stimulus, events.alignment)
        return key_of({"file": digest_of(file), "onset": events.onset.tolist(), "layers": plain(spec.layers)})
    if spec.source == LOW_LEVEL:
        files = [digest_of(file) for file in files_of_stimulus(spec, events.stimulus)]
        told: dict[str, Any] = {"measures": plain(events.measures)} if events.measures is not None else {}
        told |= {"phonemes": plain(events.phonemes)} if events.phonemes is not None else {}
        told |= {"surprisal": by} if (by := surprisal_key(spec, events)) else {}
        told |= {"without": list(spec.without), "brought": list(LOW_LEVEL_FAMILIES.of_others)}
        return key_of({**told, "files": files, "onset": events.onset.tolist(), "cuts": events.cuts.tolist(),
                       "words": plain(events.words), "language": events.language,
                       "sound_track": events.stimulus.sound_track})  # fmt: skip
    return key(spec, events, how)


def of_encoding(
    responses: Responses, signals: str, features: Mapping[str, Any], plan: EncodingPlan, seed: int
) -> dict[str, Any]:
    """What choices and block sums depend on.

    Parameters
    ----------
    responses : Responses
        Whose events say how folds and blocks are cut.
    signals : str
        The key of the fit's responses.
    features : mapping
        From `of_features`; in their order ties are broken.
    plan : EncodingPlan
    seed : int
    """
    events = {c: plain(responses.events[c].tolist()) for c in ("onset", "run", "stimulus", "movie_time")}
    return {"signals": signals, "networks": list(features), "features": dict(features), "events": events,
            "plan": plain(asdict(plan)), "seed": seed}  # fmt: skip


def of_refitting(signals: str, features: Mapping[str, Any], n_bootstraps: int, seed: int) -> dict[str, Any]:
    """What the published refitting depends on; parameters as in `of_encoding`."""
    return {"signals": signals, "networks": list(features), "features": dict(features), "n_bootstraps": n_bootstraps,
            "seed": seed}  # fmt: skip
