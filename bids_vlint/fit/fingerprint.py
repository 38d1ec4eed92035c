"""What a fit's numbers depend on besides the settings: the content of every file that went in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bids_vlint.atlas.label_table import table_of
from bids_vlint.atlas.labelling import ATLASES
from bids_vlint.files.access import check_recording, why_absent
from bids_vlint.files.digest import digest_of, key_of
from bids_vlint.fit.preparation import PreparedFit
from bids_vlint.fit.protocols import ANY_PLACE, PlaceProtocol
from bids_vlint.fit.record import helpers_of
from bids_vlint.inference.description import DESCRIPTIONS
from bids_vlint.log import remarks
from bids_vlint.networks.comparisons import TESTS
from bids_vlint.networks.family import family, stored, stored_file
from bids_vlint.networks.identity import LOW_LEVEL
from bids_vlint.networks.low_level.family import LOW_LEVEL_FAMILIES
from bids_vlint.networks.low_level.features import files_of_stimulus
from bids_vlint.networks.model_set import needs_film
from bids_vlint.networks.specification import ModelSet, ModelSpec
from bids_vlint.signals.mirror import signal_files
from bids_vlint.study.dataset import Run
from bids_vlint.study.sidecars import tables_of
from bids_vlint.study.stimuli_file import StimulusEntry

OF_PLACES = "places"  # the name of the digest of what places come from besides the data set


def inputs_of(
    fit: PreparedFit, models: ModelSet, entries: tuple[StimulusEntry, ...] | None, models_dir: Path | None,
    places: PlaceProtocol = ANY_PLACE,
) -> dict:  # fmt: skip
    """Digest of every input of a fit by name: recordings and sidecars, stimuli, tables, networks."""
    digests: dict[str, str] = {}
    for run in fit.runs:
        for file in _run_files(run.plan.run):
            check_recording(file)
            digests[file.name] = digest_of(file)
        for alignment, events in run.events.items():
            times = [[float(t) for t in events[c]] for c in ("onset", "movie_time")]
            digests[f"{run.plan.run.label}: {alignment} events"] = key_of({"times": times})
        for k, presentation in enumerate(run.plan.presentations):
            shown = [[a, list(map(float, e[k].onset)), e[k].text, e[k].language, e[k].translation,
                      e[k].translation_language] for a, e in run.shown.items() if k in e]  # fmt: skip
            heard = {"sound_track": track} if (track := presentation.stimulus.sound_track) else {}
            told = {"measures": list(m.names)} if (m := presentation.measures) is not None else {}
            digests[f"{run.plan.run.label}: {presentation.stimulus.name}"] = key_of({"shown": shown, **heard, **told})
    recordings = [run.plan.run for run in fit.runs]
    for entry in (e for e in entries or () if any(e.matches(run) for run in recordings)):
        for table in entry.tables.values():
            if Path(table["file"]).is_file():
                digests[Path(table["file"]).name] = digest_of(Path(table["file"]))
    for film in _films(fit, models):
        digests[film.name] = digest_of(film)
    for spec in models.models:
        digests[f"network {spec.label}"] = key_of(_network(spec, fit, models_dir))
    if helping := _files_of_places(fit, places):
        digests[OF_PLACES] = key_of({"files": [[file.name, digest_of(file)] for file in helping]})
    comparisons = [[c.name, c.model, c.baseline] for c in models.comparisons]
    for what, brought in (("tests", TESTS.of_others), ("descriptions", DESCRIPTIONS.of_others)):
        if brought:
            digests[f"{what} of other packages"] = key_of({what: brought})
    return digests | {"comparisons": key_of({"comparisons": comparisons})}


def _files_of_places(fit: PreparedFit, places: PlaceProtocol) -> list[Path]:
    """The files besides those of the data set that places and regions come from."""
    with remarks():  # they are said when the channels are described
        helpers = helpers_of(fit.plan.name, places)
    images = [Path(name) for name in places.atlases if name not in ATLASES.names]
    return [*(helpers.own.files if helpers.own else ()), *([helpers.transform.file] if helpers.transform else []),
            *(file for image in images for file in (image, table_of(image)))]  # fmt: skip


def _films(fit: PreparedFit, models: ModelSet) -> set[Path]:
    """The films that a network is shown."""
    if not needs_film(models):
        return set()
    shown = [p.stimulus.video for run in fit.runs for p in run.plan.presentations]
    return {film for film in shown if film is not None and why_absent(film) is None}


def _run_files(run: Run) -> Iterator[Path]:
    for part in run.files:
        yield from signal_files(part)
    yield from tables_of(run)


def _network(spec: ModelSpec, fit: PreparedFit, models_dir: Path | None) -> dict[str, object]:
    events = [e for run in fit.runs for shown in run.shown.values() for e in shown.values()]
    if stored(spec):
        files = sorted({stored_file(spec, e.stimulus, e.alignment) for e in events})
    elif spec.source == LOW_LEVEL:
        files = sorted({f for e in events for f in files_of_stimulus(spec, e.stimulus)})
    else:
        files = family(spec.source).files(spec, models_dir)
    parts: list[object] = [spec.source, spec.modality, spec.tower, spec.revision, spec.trained, spec.layers]
    parts += [spec.language, spec.twin, spec.context_length, spec.regions, spec.shown, spec.part_of]
    parts += [spec.parts] if spec.part_of and not stored(spec) else []
    parts += [["surprisal", spec.surprisal.label]] if spec.surprisal else []
    parts += [list(spec.without), list(LOW_LEVEL_FAMILIES.of_others)] if spec.source == LOW_LEVEL else []
    return {"spec": parts, "files": [digest_of(f) for f in files if f.exists()]}
