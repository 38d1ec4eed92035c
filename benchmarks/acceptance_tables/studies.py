"""The studies: small data sets, and the command lines that are run on them."""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import h5py
import numpy as np
import pandas as pd

from tests.acceptance import bids, datasets, films, models, signals
from tests.acceptance.datasets import Study
from tests.acceptance.films import Film, make_film
from tests.acceptance.signals import Showing

TRIES: dict[str, object] = {"skip_bids_validation": True, "n_bootstraps": 50, "n_shifts": 10}
QUICK: dict[str, object] = {"skip_bids_validation": True, "n_bootstraps": 30, "n_shifts": 0}
ONE, TWO = (make_film(name, 150.0, cut_every_s=4.0) for name in ("part1", "part2"))
KINDS = signals.kinds_of({"interaction": 2, "vision": 1, "null": 1})
OTHER = signals.kinds_of({"interaction": 2, "vision": 1}, prefix="B")


@dataclass
class Runner:
    """Runs the command line in a study's folder; `outputs` are the folders it wrote results to."""

    folder: Path
    nprocs: int
    outputs: list[Path] = field(default_factory=list)

    @property
    def root(self) -> Path:
        """Where the data set goes: its name seeds the recordings."""
        return self.folder / "bids"

    def run(self, study: Study, name: str = "out", *, group: bool = True, **options: object) -> Path:
        """Both levels, or the participant level alone, into an output of this name."""
        out = self.output(name)
        command_line(study.argv(out, **({"nprocs": str(self.nprocs)} | options)))
        if group:
            command_line(study.argv(out, "group"))
        return out

    def output(self, name: str) -> Path:
        """An output folder whose results are kept."""
        out = self.folder / name
        if out not in self.outputs:
            self.outputs.append(out)
        return out


def command_line(words: Sequence[str]) -> None:
    """Run `python -m bids_vlint`; stop with what it said where it fails."""
    done = subprocess.run([sys.executable, "-m", "bids_vlint", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"bids_vlint {' '.join(words)}\nended with {done.returncode}:\n{done.stderr[-4000:]}")


def film(runner: Runner) -> None:
    """Twenty minutes of film, two participants, two formats, six networks and their twins, two comparisons."""
    study = datasets.plain_study(runner.root, formats=("BrainVision", "EDF"))
    with study.models.open("a") as file:
        file.write('\n[[comparison]]\nname = "dim_beats_ears"\nmodel = ["fusion-dim"]\nbaseline = ["ear", "ear-dim"]\n')
    runner.run(study, save_responses=True, skip_bids_validation=True, n_bootstraps=100, n_shifts=10)


def small(runner: Runner) -> None:
    """Two participants with a seed of their own, long enough to shift within."""
    runner.run(datasets.small_study(runner.root, subjects=("01", "02"), minutes=5.0), seed=3, **TRIES)


def published(runner: Runner) -> None:
    """Both inferences, and networks on top of the low-level features; the published one alone beside them."""
    study = datasets.small_study(runner.root, minutes=5.0)
    both = {"inference": ["calibrated", "published"], "on_low_level": True}
    runner.run(study, **(TRIES | both))
    runner.run(study, "alone", group=False, **(TRIES | {"inference": "published", "alignment": "language"}))


def bipolar(runner: Runner) -> None:
    """Neighbouring pairs, the envelope of high-gamma, EDF at 512 Hz."""
    study = datasets.small_study(runner.root, subjects=("01", "02"), sfreq=512.0, formats=("EDF",))
    runner.run(study, reference="bipolar", band="high-gamma", save_responses=True, **TRIES)


def runs(runner: Runner) -> None:
    """Runs, sessions and montages: fitted together, and each run by itself."""
    root = bids.start_dataset(runner.root, ["01", "02", "03"])

    def write(subject: str, shown: Film, kinds: dict[str, str] = KINDS, **entities: str) -> None:
        datasets.write_run(root, subject, kinds, [Showing(shown, at=5.0)], [f"{shown.name}.mp4"], **entities)

    write("01", ONE, run="1", seed="run1")
    write("01", TWO, run="2", seed="run2")
    write("02", ONE, session="a")
    write("02", TWO, session="b")
    write("03", ONE, run="1", seed="run1")
    write("03", TWO, OTHER, run="2", seed="run2")
    channels = root / "sub-01" / "ieeg" / "sub-01_task-movie_run-2_channels.tsv"
    bids.edit_table(channels, lambda t: t.assign(status=["good", "bad", "good", "good"]))
    study = Study(root, datasets.write_models(root, [ONE, TWO]), (ONE, TWO))
    runner.run(study, alignment="language", **TRIES)
    runner.run(study, "each", group=False, fit="run", participant_label=["01", "02"], **QUICK)


def paused(runner: Runner) -> None:
    """A film with a pause and bad stretches in one participant; two films in one run of another, without sentences."""
    root = bids.start_dataset(runner.root, ["01", "02"])
    halves = [Showing(ONE, at=5.0, stop=80.5), Showing(ONE, at=105.5, start=80.5)]
    path = datasets.write_run(root, "01", KINDS, halves, ["part1.mp4"] * 2)
    bad = pd.DataFrame({"onset": ["30.0"], "duration": ["4.0"], "trial_type": ["bad seizure"]})
    bids.edit_table(bids.table_path(path, "events"), lambda t: pd.concat([t, bad]).fillna("n/a"))
    both = [Showing(ONE, at=5.0), Showing(TWO, at=165.0, stop=120.0)]
    path = datasets.write_run(root, "02", OTHER, both, ["clips/part1.mp4", "part2.mp4"])
    bids.edit_table(bids.table_path(path, "events"), lambda t: t.drop(columns="sentence"))
    runner.run(Study(root, datasets.write_models(root, [ONE, TWO]), (ONE, TWO)), **TRIES)


def stimuli(runner: Runner) -> None:
    """A stimuli file with tables of words, sentences, cuts and sync times; no events.tsv; sound alone; laplacian."""
    root = bids.start_dataset(runner.root, ["01", "02", "03"])
    heard = make_film("heard", 120.0)
    pause = [Showing(ONE, at=5.0, stop=90.0), Showing(ONE, at=107.0, start=90.0)]
    for subject, index, shown in (
        ("01", "1", [Showing(ONE, at=3.0)]),
        ("01", "2", [Showing(TWO, at=8.0)]),
        ("02", "1", pause),
        ("03", "1", [Showing(heard, at=1.25)]),
    ):
        options = {"seconds": 175.0, "run": index, "seed": f"{subject}/{index}", "events": False}
        datasets.write_run(root, subject, KINDS, shown, ["x.mp4"] * len(shown), **options)  # type: ignore[arg-type]
    for shown_film in (ONE, TWO, heard):
        bids.film_tables(root / "tables", shown_film, separator=",", bom=True, index=True)
    films.write_audio(root / "stimuli" / "heard.wav", heard.duration)
    film_s = np.array([0.0, 45.0, 90.0, 90.0, 120.0, 150.0])
    sync = pd.DataFrame({"film_s": film_s, "rec_s": 5.0 + film_s * 1.002 + np.array([0, 0, 0, 12, 12, 12])})
    sync.to_csv(root / "tables" / "sync.csv", index=False)
    text = "\n".join(
        [
            stimulus("part1", 'participants = ["01"]', 'runs = ["01"]', "start_time = 3.0"),
            stimulus("part2", 'participants = ["sub-01"]', "runs = [2]", "start_time = 8.0"),
            stimulus("part1", 'participants = ["02"]'),
            '[stimulus.sync]\nfile = "tables/sync.csv"\nmovie = "film_s"\nrecording = "rec_s"',
            stimulus("heard", 'participants = ["03"]', "start_time = 1.25", sound=True),
        ]
    )
    file = runner.folder / "stimuli.toml"
    file.write_text(text, encoding="utf-8")
    model_set = datasets.write_models(root, [ONE, TWO, heard])
    for features in (model_set.parent / "features").glob("heard_vision_*"):
        features.unlink()
    runner.run(Study(root, model_set, (ONE, TWO, heard), stimuli=file), reference="laplacian", **TRIES)


def stimulus(name: str, *lines: str, sound: bool = False) -> str:
    """A `[[stimulus]]` with tables of words, sentences and (where there are pictures) cuts."""
    source = f'audio = "stimuli/{name}.wav"' if sound else f'video = "stimuli/{name}.mp4"'
    columns = 'text = "text"\nonset = "start"\noffset = "end"'
    text = ["[[stimulus]]", source, *lines]
    for kind in ("words", "sentences"):
        text.append(f'[stimulus.{kind}]\nfile = "tables/{name}_{kind}.csv"\n{columns}')
    if not sound:
        text.append(f'[stimulus.scene_cuts]\nfile = "tables/{name}_cuts.csv"\nonset = "time"')
    return "\n".join(text)


def twins(runner: Runner) -> None:
    """Three random twins of every network, and a comparison with two of them."""
    study = datasets.small_study(runner.root, minutes=5.0)
    shown, folder = study.films[0], study.models.parent / "features"
    for file in sorted(folder.glob("*-random.h5")):
        _, alignment, network = file.stem.removesuffix("-random").rsplit("_", 2)
        with h5py.File(file) as one:
            onset, first = one["onset"][()], {k: v[()] for k, v in one.items() if k != "onset"}
        for seed in (1, 2, 3):
            with h5py.File(folder / f"{shown.name}_{alignment}_{network}-random-{seed}.h5", "w") as twin:
                twin["onset"] = onset
                for layer, x in first.items():
                    drawn = (f"{network}-{seed}", models.SMALL[network], layer, shown, onset)
                    twin[layer] = x if seed == 1 else models.network_layer(*drawn, trained=False)
    blocks = []
    for block in models.model_set_text(models.SMALL).split("\n\n"):
        if "trained = false" in block:
            blocks += [block.replace("-random.h5", f"-random-{k}.h5") + f"\ntwin = {k}" for k in (1, 2, 3)]
        else:
            blocks.append(block)
    pair = 'model = ["fusion"]\nbaseline = ["eye-random-1", "ear-random-2"]\n'
    blocks.append(f'[[comparison]]\nname = "fusion_beats_twins"\n{pair}')
    several = study.models.with_name("several.toml")
    several.write_text("\n\n".join(blocks), encoding="utf-8")
    runner.run(study, "one", group=False, **TRIES)
    runner.run(dataclasses.replace(study, models=several), "three", **TRIES)


def low_level(runner: Runner) -> None:
    """A film with sound: its low-level features made in the run, and by `features` for a run without the film."""
    study = datasets.small_study(runner.root, subjects=("01", "02"))
    (file,) = (study.root / "stimuli").glob("*.mp4")
    sounding_film(file, study.films[0].duration)
    runner.run(study, **TRIES)
    written = runner.output("features")
    words = [str(study.root), str(written), "--models", str(study.models), "-w", str(runner.folder / "features-work")]
    command_line(["features", *words, "--skip-bids-validation"])
    file.unlink()
    runner.run(dataclasses.replace(study, models=written / "models.toml"), "served", group=False, **TRIES)


def sounding_film(path: Path, seconds: float, *, fps: int = 8, rate: int = 16000) -> None:
    """A film whose luminance goes up and down, with noise that does so too."""
    rng = films.generator("sound", path.name)
    at = np.arange(round(seconds * rate)) / rate
    wave = np.clip(0.1 * (1 + 0.9 * np.sin(4.4 * at)) * rng.standard_normal(len(at)), -1, 1).astype(np.float32)
    with av.open(str(path), "w") as container:
        picture = container.add_stream("libx264", rate=fps)
        voice = container.add_stream("aac", rate=rate, layout="mono")
        picture.width = picture.height = 64
        picture.pix_fmt, picture.time_base = "yuv420p", Fraction(1, fps)
        for k in range(round(seconds * fps)):
            grey = round(255 * (0.5 + 0.4 * np.sin(3 * k / fps)))
            image = av.VideoFrame.from_ndarray(np.full((64, 64, 3), grey, np.uint8), format="rgb24")
            image.pts = k
            container.mux(picture.encode(image))
        container.mux(picture.encode(None))
        for start in range(0, len(wave), 1024):
            piece = np.ascontiguousarray(wave[None, start : start + 1024])
            heard = av.AudioFrame.from_ndarray(piece, format="fltp", layout="mono")
            heard.sample_rate, heard.pts, heard.time_base = rate, start, Fraction(1, rate)
            container.mux(voice.encode(heard))
        container.mux(voice.encode(None))


def language(runner: Runner) -> None:
    """A Dutch transcript with its translation, word by word and of whole sentences; silence and a remark."""
    study = datasets.small_study(runner.root, video=False)
    blocks = study.models.read_text().split("\n\n")
    reading = [b + '\nlanguage = "en-GB"' if "[[model]]" in b and '"eye"' not in b else b for b in blocks]
    study.models.write_text("\n\n".join(reading))
    sidecar = next(study.root.glob("*_events.json"))
    bids.write_json(sidecar, json.loads(sidecar.read_text()) | {"Language": "nl"})

    def quiet(table: pd.DataFrame) -> pd.DataFrame:
        movie = table["onset"].astype(float) - 7.5
        gone = (table["trial_type"] == "word") & ((movie < 20) | ((movie > 60) & (movie < 110)))
        remark = {"onset": "77.5", "duration": "2.0", "trial_type": "word", "word": "[music]"}
        table = pd.concat([table[~gone], pd.DataFrame([remark])]).fillna("n/a")
        table = table.sort_values("onset", key=lambda t: t.astype(float), kind="stable")
        return table.assign(translation=[w if w == "n/a" else w.upper() for w in table["word"]])

    bids.edit_table(next(study.root.rglob("*_events.tsv")), quiet)
    runner.run(study, **QUICK)
    runner.run(study, "context", group=False, context="7", **QUICK)
    folder = bids.film_tables(study.root / "tables", study.films[0], separator=",")
    name = study.films[0].name
    for kind in ("words", "sentences"):
        table = pd.read_csv(folder / f"{name}_{kind}.csv")
        table.assign(english=table["text"].str.upper()).to_csv(folder / f"{name}_{kind}.csv", index=False)
    text = stimulus(name, 'language = "nl"', "start_time = 7.5")
    text = text.replace("\n[stimulus.scene_cuts]", '\ntranslation = "english"\n[stimulus.scene_cuts]')
    file = runner.folder / "stimuli.toml"
    file.write_text(text, encoding="utf-8")
    runner.run(dataclasses.replace(study, stimuli=file), "sentence", group=False, context="sentence", **QUICK)


def networks(runner: Runner) -> None:
    """Small networks of transformers with drawn weights: what they see and read, in the run and by `features`."""
    study = datasets.small_study(runner.root, subjects=("01", "02"))
    (shown,) = study.films
    part = Showing(shown, at=3.21, start=20.0, stop=130.0)
    datasets.write_run(study.root, "02", study.kinds["02"], [part], [f"{shown.name}.mp4"])
    save_networks(runner.folder)
    blocks = []
    for name, modality in (("vit", "vision"), ("bert", "language"), ("vilt", "multimodal")):
        lines = ["[[model]]", f'name = "{name}"', f'modality = "{modality}"', 'source = "transformers"']
        lines.append(f'architecture = "{name}"')
        lines += {"bert": ['layers = ["default", "encoder.layer.0"]'], "vilt": ["random_seeds = 2"]}.get(name, [])
        blocks.append("\n".join(lines))
    blocks.append('[[comparison]]\nname = "vilt_beats_vit"\nmodel = ["vilt"]\nbaseline = ["vit"]\n')
    file = runner.folder / "set.toml"
    file.write_text("\n\n".join(["random_seeds = 1", *blocks]))
    runner.run(dataclasses.replace(study, models=file), **TRIES)
    words = [str(study.root), str(runner.output("features")), "--models", str(file)]
    words += ["-w", str(runner.folder / "features-work"), "--skip-bids-validation", "--nprocs", str(runner.nprocs)]
    command_line(["features", *words])


def save_networks(folder: Path) -> None:
    """Save a small BERT, ViT and ViLT, with drawn weights and a tokeniser of the films' words."""
    import torch
    import transformers
    from tokenizers import Tokenizer, normalizers, pre_tokenizers, processors
    from tokenizers.models import WordLevel

    size = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    special = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    known = dict.fromkeys([*special.values(), "[MASK]", ".", "?", "!", *films.VOCABULARY])
    words = Tokenizer(WordLevel({w: k for k, w in enumerate(known)}, unk_token="[UNK]"))
    words.normalizer, words.pre_tokenizer = normalizers.Lowercase(), pre_tokenizers.Whitespace()
    ends = [("[CLS]", words.token_to_id("[CLS]")), ("[SEP]", words.token_to_id("[SEP]"))]
    words.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", special_tokens=ends)
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=words, mask_token="[MASK]", model_max_length=16, **special
    )
    reads = {"vocab_size": len(known), "max_position_embeddings": 16}
    sees = {"image_size": 32, "patch_size": 16}
    torch.manual_seed(2)
    transformers.BertModel(transformers.BertConfig(**reads, **size)).save_pretrained(folder / "bert")
    tokenizer.save_pretrained(folder / "bert")
    torch.manual_seed(3)
    vit = transformers.ViTModel(transformers.ViTConfig(**sees, **size), add_pooling_layer=False)
    vit.save_pretrained(folder / "vit")
    transformers.ViTImageProcessor(size={"height": 32, "width": 32}).save_pretrained(folder / "vit")
    torch.manual_seed(4)
    transformers.ViltModel(transformers.ViltConfig(**reads, **sees, **size)).save_pretrained(folder / "vilt")
    pictures = transformers.ViltImageProcessor(size={"shortest_edge": 32}, size_divisor=16)
    transformers.ViltProcessor(pictures, tokenizer).save_pretrained(folder / "vilt")


def places(runner: Runner) -> None:
    """Electrodes in MNI space, in two frames, in fsaverage, with atlas columns, without a space, and none."""
    shown = make_film("the_film", 90.0)
    kinds = signals.kinds_of({"interaction": 1, "vision": 1, "null": 2})
    mni = np.array([[-60.0, -20.0, 4.0], [38.0, -48.0, -18.0], [-42.0, -8.0, 52.0], [-16.0, -92.0, 2.0]])
    subjects = ["01", "02", "03", "04", "05", "06"]
    root = bids.start_dataset(runner.root, subjects)
    for subject in subjects:
        datasets.write_run(root, subject, kinds, [Showing(shown, at=5.0)], ["the_film.mp4"])
    atlas = {
        "Region": ["r1", "r2", "r1", "n/a"],
        "Destrieux_label": ["d1", "d2", "d3", "d4"],
        "DKT-Atlas": ["superiortemporal", "fusiform", "superiortemporal", "n/a"],
    }
    names = list(kinds)
    bids.write_electrodes(root, "01", names, positions=mni, unit="m")
    bids.write_electrodes(root, "02", names, positions=mni + 300, space="Other", system="Other")
    bids.write_electrodes(root, "02", names, positions=mni)
    bids.write_electrodes(root, "03", names, positions=mni, space="fsaverage")
    bids.write_electrodes(root, "04", names, positions=mni, extra=atlas)
    bids.write_electrodes(root, "05", names, positions=mni, space=None, system="ACPC")
    file = next((root / "sub-01" / "ieeg").glob("*_electrodes.tsv"))
    bids.edit_table(file, lambda t: t.assign(**{axis: ["n/a", *t[axis][1:]] for axis in "xyz"}))
    study = Study(root, datasets.write_models(root, [shown]), (shown,))
    runner.run(study, alignment="language", **QUICK)


def short(runner: Runner) -> None:
    """Too short to shift within (the corrected t), another time before onset, cuts that are detected."""
    study = datasets.small_study(runner.root, minutes=1.25, cut_every_s=3.2, cuts=False)
    runner.run(study, **(TRIES | {"n_shifts": 20}))
    config = runner.folder / "config.toml"
    config.write_text('bins = "-1:0"\nhigh_pass = 0.5\nalignment = ["language"]\n')
    runner.run(study, "before", group=False, config=config, **TRIES)


def unshifted(runner: Runner) -> None:
    """No shifts, features as wide as they are, one participant without coordinates."""
    study = datasets.small_study(runner.root, subjects=("01", "02"))
    for file in (study.root / "sub-02" / "ieeg").glob("*_space-*"):
        file.unlink()
    runner.run(study, width="raw", **QUICK)


def sides(runner: Runner) -> None:
    """Tests that lack a side, an alignment with too few events, a participant with other comparisons."""
    study = datasets.small_study(runner.root, subjects=("01", "02"))
    events = next((study.root / "sub-02").rglob("*_events.tsv"))
    cuts = pd.read_csv(events, sep="\t").query("trial_type == 'scene_cut'").index[19:]
    bids.edit_table(events, lambda t: t.drop(index=cuts))
    out = runner.run(study, group=False, participant_label="01", **QUICK)
    blocks = models.model_set_text({"eye": "vision", "ear": "language"}, comparison=False).split("\n\n")
    study.models.write_text("\n\n".join(b for b in blocks if not ('"ear"' in b and "trained" in b)))
    other = runner.folder / "other"
    command_line(study.argv(other, participant_label="02", **QUICK))
    shutil.copytree(other / "sub-02", out / "sub-02")
    command_line(study.argv(out, "group"))


def recordings(runner: Runner) -> None:
    """Units, formats, types, statuses and cutoffs as labs leave them, two devices at once; common average."""
    root = bids.start_dataset(runner.root, ["01", "02", "03"])
    kinds = signals.kinds_of({"interaction": 2, "vision": 1, "language": 1, "null": 2})
    showing = Showing(ONE, at=7.5)
    options = {"seconds": 164.0, "seed": "same"}
    path = datasets.write_run(root, "01", kinds, [showing], ["part1.mp4"], **options)  # type: ignore[arg-type]
    data = signals.record(kinds, [showing], sfreq=128.0, **options)  # type: ignore[arg-type]
    bids.rewrite_brainvision(path, data, 128.0, list(kinds), ["V", "mV", "µV", "µV", "mV", "V"])
    bids.edit_table(bids.table_path(path, "channels"), lambda t: t.assign(low_cutoff="DC", high_cutoff=["0.3"] * 6))
    path = datasets.write_run(
        root, "02", kinds, [showing], ["part1.mp4"], file_format="EEGLAB", line_hz=50.0,
        channel_type=["seeg", "seeg", "ecog", "ecog", "seeg", "seeg"], **options,
    )  # fmt: skip
    statuses = ["n/a", "good", "", "GOOD", "bad", "n/a"]
    bids.edit_table(bids.table_path(path, "channels"), lambda t: t.assign(type=t["type"].str.lower(), status=statuses))
    for acquisition, own, sfreq in (("clinical", KINDS, 128.0), ("HDgrid", OTHER, 200.0)):
        datasets.write_run(
            root, "03", own, [Showing(ONE, at=5.0)], ["part1.mp4"], session="x", run="1", acquisition=acquisition,
            sfreq=sfreq, events=False, channel_type="ecog",
        )  # fmt: skip
    events = bids.stimulus_events([Showing(ONE, at=5.0)], files=["part1.mp4"])
    bids.write_table(root / "sub-03" / "ses-x" / "ieeg" / "sub-03_ses-x_task-movie_run-1_events.tsv", events)
    study = Study(root, datasets.write_models(root, [ONE]), (ONE,))
    runner.run(study, alignment="language", reference="average", **QUICK)


def demo(runner: Runner) -> None:
    """The demo, with its networks."""
    command_line(["demo", str(runner.folder / "demo"), "--seed", "0", "--nprocs", str(runner.nprocs)])
    runner.output("demo/derivatives")


STUDIES: dict[str, Callable[[Runner], None]] = {
    made.__name__: made
    for made in (
        small, published, bipolar, runs, paused, stimuli, twins, low_level, language, networks, places, short,
        unshifted, sides, recordings, film, demo,
    )
}  # fmt: skip
