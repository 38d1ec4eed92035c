"""What is known of a fit besides its numbers: its channels and their places, and the record that reports read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from bids_vlint.atlas.freesurfer import reconstruction
from bids_vlint.atlas.places import place
from bids_vlint.atlas.transform import transform_for
from bids_vlint.atlas.ways import Helpers
from bids_vlint.derivatives.columns import CHANNEL_COLUMNS, sites_columns
from bids_vlint.derivatives.record import FitRecord
from bids_vlint.errors import Exit, InputError
from bids_vlint.fit.preparation import PreparedFit
from bids_vlint.fit.protocols import ANY_PLACE, PlaceProtocol
from bids_vlint.log import remark, remarks
from bids_vlint.networks.identity import LOW_LEVEL
from bids_vlint.networks.shown import shown_to
from bids_vlint.networks.specification import ModelSet
from bids_vlint.study.electrodes import Electrodes, read_electrodes
from bids_vlint.study.fits import FitName, FitPlan
from bids_vlint.study.sidecars import sidecars

_FLAT = "flat, or not all its samples are numbers"


def describe_channels(
    fit: PreparedFit, channels: Sequence[str], protocol: PlaceProtocol = ANY_PLACE
) -> tuple[pd.DataFrame, list[str]]:
    """Standard columns, place and region (`find_regions`) of each analysed channel, and what there is to say of the
    places."""
    first = {d.name: d.weights[0][0] for d in fit.derivations}
    table = fit.plan.runs[0].channels.table
    own = [c.name for c in CHANNEL_COLUMNS[1:]]
    columns = table.loc[[first[n] for n in channels], own].set_axis(pd.Index(channels, name="name"))
    for cutoff in ("low_cutoff", "high_cutoff"):  # carried along, not trusted: "DC" is no number
        columns[cutoff] = columns[cutoff].where(pd.to_numeric(columns[cutoff], errors="coerce").notna(), "n/a")
    electrodes, unread = _electrodes_of(fit.plan)
    contacts = {d.name: d.place for d in fit.derivations if d.name in channels}
    reserved = {c.name for c in sites_columns(())}
    with remarks() as told:
        helpers = helpers_of(fit.plan.name, protocol)
        try:
            places, notes = place(contacts, electrodes, reserved, protocol.atlases, helpers=helpers, unread=len(unread))
        except InputError as error:
            if error.code != Exit.DATA:
                raise
            remark(f"Places are not known from {error}")
            places, notes = place(contacts, electrodes, reserved, protocol.atlases, unread=len(unread))
    return columns.join(places.reindex(list(channels))), [*unread, *told, *notes]


def helpers_of(name: FitName, protocol: PlaceProtocol) -> Helpers:
    """A participant's FreeSurfer folder and transform; a remark says where there is none, or what is wrong with it.

    Raises
    ------
    InputError
        A file of them has not been fetched (66).
    """
    own, transform = None, None
    try:
        own = reconstruction(protocol.subjects_dir, name.subject, name.session)
        if protocol.subjects_dir is not None and own is None:
            remark(f"{protocol.subjects_dir} has no folder of sub-{name.subject}.")
        transform = transform_for(protocol.transform, name.subject, name.session)
        if protocol.transform is not None and transform is None:
            remark(f"There is no transform of sub-{name.subject} ({protocol.transform}).")
    except InputError as error:
        if error.code != Exit.DATA:
            raise
        remark(f"Places are not known from {error}")
    return Helpers(own, transform)


def _electrodes_of(plan: FitPlan) -> tuple[list[Electrodes], list[str]]:
    """The electrodes.tsv files that apply to a fit, the nearest of each space, with their coordinate systems.

    One that is wrong is said in a note, since no number depends on where an electrode is; one that has no content
    (66) can be had, and is asked for.
    """
    run = plan.runs[0].run
    systems = sidecars(run, "coordsystem", ".json", free=["space"])
    out: dict[str, Electrodes] = {}
    notes: list[str] = []
    for tsv in sidecars(run, "electrodes", ".tsv", free=["space"]):
        space = _space(tsv)
        if space not in out:
            system = next((s for s in systems if _space(s) == space), None)
            try:
                out[space] = read_electrodes(tsv, system)
            except InputError as error:
                if error.code != Exit.DATA:
                    raise
                notes.append(f"Places are not known from {error}")
    return list(out.values()), notes


def _space(file: Path) -> str:
    parts = [p for p in file.name.split("_") if p.startswith("space-")]
    return parts[0].removeprefix("space-") if parts else ""


def record_of(
    fit: PreparedFit, models: ModelSet, settings: dict[str, object], inputs: dict[str, str], notes: Iterable[str],
    flat: Sequence[str], lacking: Mapping[str, Mapping[str, str]], synchrony: Sequence[dict[str, Any]],
) -> FitRecord:  # fmt: skip
    """What the reports say of a fit besides its numbers; `notes` are all remarks on it, `lacking` says per alignment
    what was not tested, and why; `synchrony` is from `synchrony_of_fit`."""
    stimuli: dict[str, dict[str, Any]] = {}
    for run in fit.runs:
        for k, p in enumerate(run.plan.presentations):
            path = p.stimulus.video or p.stimulus.audio
            new = {
                "file": path.name if path else "n/a",
                "picture": p.stimulus.video is not None,
                "words": len(p.words),
                "scene_cuts": 0,
                "showings": 0,
            }
            row = stimuli.setdefault(p.stimulus.name, {"stimulus": p.stimulus.name, **new})
            row["showings"] += len(p.showings)
            if k in run.shown.get("vision", {}):
                row["scene_cuts"] = len(run.shown["vision"][k].onset)
    listed = [{"name": s.label, "modality": s.modality, "shown": "n/a" if s.source == LOW_LEVEL else shown_to(s),
               "part_of": s.part_of or "n/a", "source": s.source, "trained": s.trained,
               "architecture": s.architecture or "n/a", "weights": s.weights.rsplit("/", 1)[-1] if s.weights else "n/a",
               **({"cite": list(s.cite)} if s.cite else {}), **({"surprisal": s.surprisal.name} if s.surprisal else {})}
              for s in models.models]  # fmt: skip
    return FitRecord(
        recordings=[dict(run.about) for run in fit.runs],
        stimuli=list(stimuli.values()),
        channels_dropped=[*fit.dropped, *({"name": n, "reason": _FLAT} for n in flat)],
        events={str(a): log for a, log in fit.logs.items()},
        models=listed,
        notes=list(notes),
        settings=settings,
        inputs=inputs,
        checks=[
            {
                "recording": run.plan.run.label,
                "compared": f.what,
                "declared": f.declared,
                "found": f.found,
                "outcome": f.verdict,
            }
            for run in fit.runs
            for f in run.checked
        ],
        lacking={alignment: dict(own) for alignment, own in lacking.items() if own},
        synchrony=list(synchrony),
    )
