"""Parts: a network that is shown both, on the picture and on the text alone, the other blanked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from bids_vlint import EncodingPlan, NetworkFeatures, compare_networks, find_sites, responses_around
from bids_vlint.errors import InputError
from bids_vlint.film import frames as shown_module
from bids_vlint.film.video import frames_at, probe
from bids_vlint.networks.extraction.extract import Extraction, extract_features, features_of, key
from bids_vlint.networks.extraction.others import blank_picture
from bids_vlint.networks.family import family
from bids_vlint.networks.layers import run_batch
from bids_vlint.networks.network import Network
from bids_vlint.networks.parts import with_parts
from bids_vlint.networks.specification import ModelSpec
from bids_vlint.study.stimulus import Stimulus, StimulusEvents, Words
from tests.networks import library, networks
from tests.sharing import Shared

CLIP, IMAGENET = (123, 117, 104), (124, 116, 104)  # round(255 * mean)
BLANK = {  # the networks that are shown both, and the colour of their mean picture
    "albef": CLIP, "blip": CLIP, "blip-itm": CLIP, "flava": CLIP, "bridgetower": CLIP, "qwen-vl": CLIP, "clip": CLIP,
    "open_clip": CLIP, "slip-both": IMAGENET, "vilt": (128, 128, 128), "lxmert": (123, 116, 103),
    "visualbert": (123, 116, 103),
}  # fmt: skip
TWINS = ("albef", "open_clip", "vilt")  # of which random twins are run, too
HALVES = {"slip-both": 32, "clip": 24, "open_clip": 24}  # of two towers: where the text's half begins


@pytest.fixture
def features(specs: dict[str, ModelSpec], shown: StimulusEvents, shared: Shared) -> dict[str, np.ndarray]:
    """Label -> features of the six events, of the networks, some random twins and the parts of all."""

    def make(folder: Path) -> dict[str, np.ndarray]:
        trained = [replace(specs[name], layers=None, parts="blanked") for name in BLANK]
        every = with_parts([s for t in trained for s in (t, replace(t, trained=False)) if s.trained or s.name in TWINS])
        how = Extraction(folder, device="cpu")
        extract_features([(spec, shown) for spec in every], how)
        return {spec.label: next(iter(features_of(spec, shown, how).layers.values())) for spec in every}

    return shared.made("parts", make)


@pytest.fixture
def frames(shown: StimulusEvents) -> list[np.ndarray]:
    """The frame that each of the first five events shows."""
    assert shown.stimulus.video is not None
    return [frame for _, frame in sorted(frames_at(shown.stimulus.video, shown.onset[:5]), key=lambda item: item[0])]


def relative(found: np.ndarray, expected: np.ndarray) -> float:
    """Largest difference, relative to the largest value."""
    return float(np.abs(found - expected).max() / np.abs(expected).max())


@pytest.mark.parametrize("name", sorted(BLANK))
def test_parts_equal_the_librarys_own_pass_on_a_blanked_input(
    features: dict[str, np.ndarray], specs: dict[str, ModelSpec], frames: list[np.ndarray], name: str
) -> None:
    call = library.pooled(specs[name])
    even = np.full((48, 64, 3), BLANK[name], np.uint8)
    with torch.inference_mode():
        for event, frame in enumerate(frames):
            if event == 1:  # the first once more
                continue
            said = networks.TEXTS[event]
            for label, item in ((name, (frame, said)), (f"{name}:image", (frame, "")), (f"{name}:text", (even, said))):
                assert relative(features[label][event], call(*item)[0].numpy()) < 2e-4, (label, event)


@pytest.mark.parametrize("name", sorted(BLANK))
def test_parts_differ_from_the_joint_run_and_know_one_input_alone(features: dict[str, np.ndarray], name: str) -> None:
    for twin in ("", "-random") if name in TWINS else ("",):
        joint, image, text = (features[f"{name}{part}{twin}"] for part in ("", ":image", ":text"))
        for part in (image, text):
            assert part.shape == joint.shape
            assert relative(part[:5], joint[:5]) > 1e-3
            assert np.ptp(part[:5], axis=0).max() > 1e-4
            np.testing.assert_array_equal(part[0], part[1])
        half = HALVES.get(name, 0)
        for run in (joint, image, text):  # no text: nothing that reads is run, in the parts as in the whole
            assert not run[5, half:].any()
        if half:
            np.testing.assert_array_equal(image[:, :half], joint[:, :half])
            np.testing.assert_array_equal(text[:, half:], joint[:, half:])
            assert not np.ptp(text[:, :half], axis=0).any()
            assert not np.ptp(image[:5, half:], axis=0).any()


@pytest.mark.parametrize("name", TWINS)
def test_parts_of_a_twin_have_the_twins_own_weights(
    features: dict[str, np.ndarray], specs: dict[str, ModelSpec], frames: list[np.ndarray], name: str
) -> None:
    towers = family(specs[name].source).build(replace(specs[name], trained=False), 0, None)
    even = np.full((48, 64, 3), BLANK[name], np.uint8)
    for label, (frame, said) in {"image": (frames[2], ""), "text": (even, networks.TEXTS[2])}.items():
        runs = [run_batch(t, [frame] * t.sees, [said] * t.reads, []) for t in towers]
        expected = np.concatenate([next(iter(run.values()))[0].numpy() for run in runs])
        assert relative(features[f"{name}:{label}-random"][2], expected) < 2e-4


def test_the_network_is_loaded_once_and_every_item_is_run_once(
    specs: dict[str, ModelSpec], shown: StimulusEvents, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[str] = []
    sizes: list[int] = []
    build = family("transformers").build
    assert build is not None

    def counting(spec: ModelSpec, seed: int, models_dir: Path | None) -> tuple[Network, ...]:
        built.append(spec.label)
        (network,) = build(spec, seed, models_dir)
        run = network.forward
        return (replace(network, batch_size=1, forward=lambda x: sizes.append(len(x["input_ids"])) or run(x)),)

    passes: list[int] = []
    monkeypatch.setattr("bids_vlint.networks.extraction.extract.build_networks", counting)
    monkeypatch.setattr(shown_module, "frames_at", lambda video, t: passes.append(len(t)) or frames_at(video, t))
    events = replace(shown, text=("a dog", "the red ball", "a cat", "a dog", "a dog sees the red ball", ""))
    whole, image, text = with_parts([replace(specs["vilt"], parts="blanked")])
    extract_features([(spec, events) for spec in (whole, image, text)], Extraction(tmp_path))
    assert built == ["vilt"]
    assert sum(sizes) == 4 + 5 + 4 + 4  # trials; five items, four frames, four texts
    assert passes == [12]  # the film's frames for the joint run and the picture's
    extract_features([(text, replace(events, onset=events.onset + 0.1))], Extraction(tmp_path))
    assert passes == [12]


@pytest.mark.parametrize("name", ["albef", "vilt", "open_clip"])
def test_marginal_parts_are_means_over_other_texts_and_pictures_of_the_film(
    specs: dict[str, ModelSpec], shown: StimulusEvents, frames: list[np.ndarray], tmp_path: Path, name: str
) -> None:
    said = ["a", "dog", "sees", "the", "red", "ball", "a", "cat", "the", "red", "dog"]
    sentence = np.array([0] * 6 + [1] * 2 + [2] * 3)
    video = shown.stimulus.video
    assert video is not None
    length = probe(video).duration
    assert length is not None
    events = replace(shown, words=Words(np.linspace(0, length, 11), np.ones(11), tuple(said), sentence))
    others = ["a dog", "a dog sees the red", "a", "the red"]  # up to words 1, 4, 6 and 9
    pictures = [frame for _, frame in frames_at(video, np.array([1, 3, 5, 7]) / 8 * length)]
    how = Extraction(tmp_path, device="cpu")
    _, image, text = with_parts([replace(specs[name], layers=None)])
    extract_features([(image, events), (text, events)], how)
    made = {spec.shown: next(iter(features_of(spec, events, how).layers.values())) for spec in (image, text)}
    call = library.pooled(specs[name])
    with torch.inference_mode():
        for event in (0, 2, 3):
            seen = torch.stack([call(frames[event], other)[0] for other in others]).mean(0)
            read = torch.stack([call(other, networks.TEXTS[event])[0] for other in pictures]).mean(0)
            assert relative(made["image"][event], seen.numpy()) < 2e-4
            assert relative(made["text"][event], read.numpy()) < 2e-4
    np.testing.assert_array_equal(made["image"][0], made["image"][1])  # the same frame again
    later = replace(events, onset=events.onset[2:], text=events.text[2:])  # somebody who saw less of the film
    for part in (image, text):
        fewer = next(iter(features_of(part, later, how).layers.values()))
        np.testing.assert_array_equal(fewer, made[part.shown][2:])
    assert key(image, events, how) != key(image, replace(events, words=None), how)


def test_keys(specs: dict[str, ModelSpec], shown: StimulusEvents, tmp_path: Path) -> None:
    how = Extraction(tmp_path)
    every = with_parts([specs["vilt"], replace(specs["vilt"], trained=False)])
    assert [s.label for s in every] == ["vilt", "vilt-random", "vilt:image", "vilt:image-random", "vilt:text",
                                        "vilt:text-random"]  # fmt: skip
    keys = {s.label: key(s, shown, how) for s in every}
    assert len(set(keys.values())) == 6
    silent = replace(shown, text=("", *shown.text[1:]))
    assert all(key(s, silent, how) != keys[s.label] for s in every)


def test_a_stimulus_without_a_picture_has_no_parts(
    specs: dict[str, ModelSpec], shown: StimulusEvents, tmp_path: Path
) -> None:
    podcast = replace(shown, stimulus=Stimulus("podcast", audio=tmp_path / "podcast.wav"))
    *_, text = with_parts([specs["vilt"]])
    with pytest.raises(InputError, match="no picture"):
        features_of(text, podcast, Extraction(tmp_path))


def test_a_clip_is_blanked_frame_by_frame(hub_specs: dict[str, ModelSpec]) -> None:
    (network,) = family("transformers").build(hub_specs["xclip"], 0, None)
    clip = blank_picture(network, (48, 64, 3))
    assert len(clip) == len(network.clip) == 2
    assert {tuple(pixel) for frame in clip for pixel in frame.reshape(-1, 3).tolist()} == {CLIP}


def of_both(towers: tuple[Network, ...], together: Any) -> Network:
    """A network of a picture encoder and a text encoder, whose embeddings are put together."""
    image, text = towers

    def prepare(frames: list[Any], texts: list[str], length: int | None) -> dict[str, Any]:
        return image.prepare(frames, [], None) | text.prepare([], texts, length)

    def forward(inputs: dict[str, Any]) -> dict[str, Any]:
        seen = image.forward({"pixel_values": inputs["pixel_values"]})["image_embedding"]
        rest = {k: v for k, v in inputs.items() if k != "pixel_values"}
        return {"pooled": together(seen, text.forward(rest)["text_embedding"])}

    return replace(image, reads=True, prepare=prepare, forward=forward, count=text.count, limit=text.limit,
                   mask=text.mask)  # fmt: skip


def test_the_sum_of_two_encoders_is_the_sum_of_its_parts(
    specs: dict[str, ModelSpec], shown: StimulusEvents, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    towers = family("transformers").build(specs["clip"], 0, None)
    network = of_both(towers, torch.add)
    monkeypatch.setattr("bids_vlint.networks.extraction.extract.build_networks", lambda *_: (network,))
    every = with_parts([replace(specs["clip"], name="sum")])
    extract_features([(spec, shown) for spec in every], Extraction(tmp_path))
    joint, image, text = (features_of(s, shown, Extraction(tmp_path)).layers["pooled"] for s in every)
    constant = (joint - image - text)[:5]
    assert np.ptp(constant, axis=0).max() < 1e-5 * np.abs(joint).max()
    assert np.ptp(joint[:5], axis=0).max() > 1e-2 * np.abs(joint).max()


@pytest.mark.parametrize(("together", "integrates"), [("add", False), ("mul", True)])
def test_only_what_is_more_than_a_sum_beats_its_parts(
    specs: dict[str, ModelSpec], together: str, *, integrates: bool
) -> None:
    rng = np.random.default_rng(0)
    n = 600
    frames = [rng.integers(0, 255, (4, 4, 3), np.uint8).repeat(8, 0).repeat(8, 1) for _ in range(40)]
    texts = [" ".join(rng.choice(networks.WORDS[5:], 4)) for _ in range(40)]
    at_frame, at_text = rng.integers(0, 40, (2, n))
    network = of_both(family("transformers").build(specs["clip"], 0, None), getattr(torch, together))
    even = blank_picture(network, (32, 32, 3))

    def run(pictures: list[np.ndarray], said: list[str]) -> np.ndarray:
        return run_batch(network, pictures, said, [])["pooled"].numpy()  # type: ignore[no-any-return]

    seen, said = run(frames, [""] * 40)[at_frame], run([even] * 40, texts)[at_text]
    joint = run([frames[k] for k in at_frame], [texts[k] for k in at_text])
    parts = [NetworkFeatures(f"net:{a}", "multimodal", True, {"pooled": x}, shown=a, part_of="net")
             for a, x in (("image", seen), ("text", said))]  # fmt: skip
    axes = [np.linalg.svd(x - x.mean(0), full_matrices=False)[0][:, :2] * n**0.5 for x in (seen, said)]
    mixed = [a * axes[0][:, 0] + b * axes[1][:, 0] for a, b in ((1, 0), (0, 1), (1, 1), (1, -2), (0.3, 1))]
    driven = [*mixed, axes[0][:, 1] + axes[1][:, 1], axes[0][:, 0] * axes[1][:, 0]]
    onset = 10 + np.cumsum(rng.uniform(0.4, 1.0, n))
    signals = rng.standard_normal((len(driven), int(40 * (onset[-1] + 10))))
    for event, sample in enumerate(np.round(40 * onset).astype(int)):
        signals[:, sample + 8 : sample + 20] += np.array([d[event] for d in driven])[:, None]
    responses = responses_around(signals, 40, pd.DataFrame({"onset": onset}), [f"E{k}" for k in range(len(driven))])
    plan = EncodingPlan(n_shifts=20, n_bootstraps=20, width="raw")
    net = NetworkFeatures("net", "multimodal", True, {"pooled": joint})
    sites = find_sites({"language": compare_networks([net, *parts], responses, plan=plan).tests})
    passed = sites["language_multimodal_beats_linear"].tolist()
    assert passed == [False] * (len(driven) - 1) + [integrates]
