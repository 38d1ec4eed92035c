"""Whole data sets for the acceptance tests, made as an outside evaluator would: recordings with planted sites, a film,
precomputed networks, and every variation as an argument."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from mne_bids import BIDSPath

from tests.acceptance import bids, models, signals
from tests.acceptance.films import Film, make_film, write_video
from tests.acceptance.signals import Showing

COUNTS = {"interaction": 6, "linear": 4, "vision": 4, "language": 4, "null": 6}
FEW = {"interaction": 2, "vision": 1, "language": 1, "null": 1}
TRUE = {
    "multimodal_beats_unimodal": ("interaction", "linear"),
    "multimodal_beats_linear": ("interaction",),
}


@dataclass(frozen=True)
class Study:
    """A data set on disk and the truth about it: kinds[subject][channel]."""

    root: Path
    models: Path
    films: tuple[Film, ...]
    kinds: dict[str, dict[str, str]] = field(default_factory=dict)
    stimuli: Path | None = None

    def argv(self, output: Path, level: str = "participant", **options: object) -> list[str]:
        """A command line: options with None or True are flags, lists several values."""
        chosen: dict[str, object] = {"models": self.models} | ({"stimuli": self.stimuli} if self.stimuli else {})
        words = [str(self.root), str(output), level]
        for name, value in (chosen | {"work_dir": output.parent / f"{output.name}-work"} | options).items():
            words.append("--" + name.replace("_", "-"))
            if value not in (None, True):
                words += [str(v) for v in value] if isinstance(value, list | tuple) else [str(value)]
        return words


def copy_of(study: Study, folder: Path) -> Study:
    """A copy of a study and its models, to change."""
    for original in (study.root, study.models.parent):
        shutil.copytree(original, folder / original.name)
    models = folder / study.models.parent.name / study.models.name
    return Study(folder / study.root.name, models, study.films, study.kinds)


def checksums(root: Path) -> dict[str, str]:
    """SHA-256 of every file below a folder (links by their target's name), and every folder."""
    out = {}
    for path in sorted(root.rglob("*")):
        key = str(path.relative_to(root))
        if path.is_symlink():
            out[key] = f"link to {path.readlink()}"
        else:
            out[key] = "folder" if path.is_dir() else hashlib.sha256(path.read_bytes()).hexdigest()
    return out


def write_run(
    root: Path,
    subject: str,
    kinds: dict[str, str],
    showings: Sequence[Showing],
    files: Sequence[str],
    *,
    sfreq: float = 128.0,
    seconds: float | None = None,
    words: bool = True,
    cuts: bool = True,
    events: bool = True,
    seed: str = "",
    snr: float = 0.5,
    exponent: float = 1.0,
    line_hz: float = 60.0,
    **recording: object,
) -> BIDSPath:
    """One recording of these showings with its events.tsv; `recording` goes to `bids.write_recording`."""
    if seconds is None:
        seconds = max(s.at + s.end - s.start for s in showings) + 6.0
    seed = seed or f"{root.name}/{subject}"
    record = {"seconds": seconds, "sfreq": sfreq, "seed": seed, "snr": snr, "exponent": exponent, "line_hz": line_hz}
    data = signals.record(kinds, showings, **record)  # type: ignore[arg-type]
    path = bids.write_recording(root, data, sfreq, list(kinds), subject=subject, **recording)  # type: ignore[arg-type]
    bids.table_path(path, "events").unlink(missing_ok=True)
    if events:
        table = bids.stimulus_events(showings, files=files, words=words, cuts=cuts)
        bids.write_table(bids.table_path(path, "events"), table)
    return path


def write_models(root: Path, films: Sequence[Film], networks: dict[str, str] = models.SMALL) -> Path:
    """Features of these films and the model set, beside the data set."""
    folder = root.parent / f"{root.name}_models"
    for film in films:
        models.write_features(folder / "features", film, networks)
    return models.write_model_set(folder / "set.toml", networks)


def plain_study(
    root: Path,
    *,
    subjects: Sequence[str] = ("01", "02"),
    minutes: float = 20.0,
    counts: dict[str, int] = COUNTS,
    sfreq: float = 128.0,
    networks: dict[str, str] = models.NETWORKS,
    film_name: str = "the_film",
    lead_s: float = 7.5,
    formats: Sequence[str] = ("BrainVision",),
    snr: float = 0.5,
    cuts: bool = True,
    video: bool = True,
    space: str | None = "MNI152NLin2009cAsym",
    exponent: float = 1.0,
    folder: str = "",
    cut_every_s: float = 5.5,
) -> Study:
    """One film, one run per participant, events by the convention, precomputed networks beside the model set."""
    film = make_film(film_name, 60.0 * minutes, cut_every_s=cut_every_s)
    bids.start_dataset(root, subjects)
    bids.describe_events(root)
    file = f"{folder}{film.name}.mp4"
    if video:
        write_video(root / "stimuli" / file, film)
    kinds = {}
    for k, subject in enumerate(subjects):
        kinds[subject] = signals.kinds_of(counts, prefix="ABCDEFG"[k])
        showing = Showing(film, at=lead_s + k)
        write_run(
            root,
            subject,
            kinds[subject],
            [showing],
            [file],
            sfreq=sfreq,
            cuts=cuts,
            snr=snr,
            exponent=exponent,
            file_format=formats[k % len(formats)],
        )
        if space:
            bids.write_electrodes(root, subject, list(kinds[subject]), space=space)
    model_set = write_models(root, [film], networks)
    return Study(root, model_set, (film,), kinds)


def small_study(root: Path, **options: object) -> Study:
    """Two and a half minutes of film, five channels, three networks: for everything that is not about power."""
    chosen: dict[str, object] = {"minutes": 2.5, "counts": FEW, "networks": models.SMALL, "subjects": ("01",)}
    chosen["cut_every_s"] = 4.0
    return plain_study(root, **(chosen | options))  # type: ignore[arg-type]


def found_sites(table: pd.DataFrame, column: str) -> set[str]:
    """Names of the channels that a true/false/n/a column calls true."""
    return set(table.loc[table[column].astype(str).str.lower() == "true", "name"])
