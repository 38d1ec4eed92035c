"""What networks are shown, and the commands that list them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import h5py
import numpy as np
import pytest
import torch

from bids_vlint.cli import models as command
from bids_vlint.errors import Exit, InputError
from bids_vlint.film import frames as shown_module
from bids_vlint.film.video import frames_at
from bids_vlint.networks import network as network_module
from bids_vlint.networks.extraction.extract import Extraction, extract_features, features_of, key
from bids_vlint.networks.extraction.run import EventsRun
from bids_vlint.networks.family import family
from bids_vlint.networks.network import Network, seeded
from bids_vlint.networks.specification import ModelSpec
from bids_vlint.study.stimulus import Stimulus, StimulusEvents
from tests.networks import networks
from tests.networks.making import made


def counting(network: Network, seen: list[int]) -> Network:
    """The same network, noting the size of each batch."""

    def forward(inputs: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        seen.append(len(next(iter(inputs.values()))))
        return network.forward(inputs)

    return replace(network, forward=forward)


@pytest.mark.parametrize(("name", "items", "trials"), [("simclr", 4, 2), ("bert", 4, 4), ("vilt", 4, 4)])
def test_same_frame_and_text_are_run_once(
    specs: dict[str, ModelSpec], shown: StimulusEvents, monkeypatch: pytest.MonkeyPatch, name: str, items: int,
    trials: int,
) -> None:  # fmt: skip
    sizes: list[int] = []
    build = family(specs[name].source).build
    made_by = "bids_vlint.networks.extraction.extract.build_networks"
    monkeypatch.setattr(made_by, lambda *args: tuple(counting(n, sizes) for n in build(*args)))
    made(specs[name], shown, batch_size=1)
    assert sum(sizes) == items + trials  # of six events


@pytest.mark.parametrize(("name", "towers"), [("simclr", 1), ("bert", 1), ("vilt", 1), ("slip-both", 2)])
def test_what_somebody_else_was_shown_is_not_run_again(
    specs: dict[str, ModelSpec], shown: StimulusEvents, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str,
    towers: int,
) -> None:  # fmt: skip
    """Neither for a participant who saw another stretch of the film, nor for the events of the other alignment."""
    sizes: list[int] = []
    build = family(specs[name].source).build
    made_by = "bids_vlint.networks.extraction.extract.build_networks"
    monkeypatch.setattr(made_by, lambda *args: tuple(counting(n, sizes) for n in build(*args)))
    early, late = (replace(shown, onset=shown.onset[own], text=shown.text[own]) for own in (slice(4), slice(1, 6)))
    late = replace(late, alignment="vision", onset=late.onset + 1e-3)  # within the same frames
    made(specs[name], early, batch_size=1, store=tmp_path)
    first = sum(sizes)
    taken = made(specs[name], late, batch_size=1, store=tmp_path)
    second = sum(sizes) - first
    anew = made(specs[name], late, batch_size=1)
    trials = sum(sizes) - first - second - 4 * towers  # of four items that are shown to each tower
    assert (first, second) == (3 * towers + trials, towers + trials)
    for layer, data in anew.items():
        np.testing.assert_array_equal(taken[layer], data)
        assert data[-2].any()


@pytest.mark.parametrize(("name", "later"), [("bert", 0.2), ("simclr", 1e-3), ("vilt", 1e-3), ("slip-both", 1e-3)])
def test_what_both_alignments_show_is_run_once(
    specs: dict[str, ModelSpec], shown: StimulusEvents, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str,
    later: float,
) -> None:  # fmt: skip
    sizes: list[int] = []
    build = family(specs[name].source).build
    made_by = "bids_vlint.networks.extraction.extract.build_networks"
    monkeypatch.setattr(made_by, lambda *args: tuple(counting(n, sizes) for n in build(*args)))
    vision = replace(shown, alignment="vision", onset=shown.onset + later)
    extract_features([(specs[name], shown)], Extraction(tmp_path / "one"))
    one = sum(sizes)
    extract_features([(specs[name], events) for events in (shown, vision)], Extraction(tmp_path / "both"))
    both = sum(sizes) - one
    assert one > 4  # four texts, and trials
    assert both == one
    for events in (shown, vision):
        taken, anew = made(specs[name], events, store=tmp_path / "both"), made(specs[name], events)
        for layer, data in anew.items():
            np.testing.assert_array_equal(taken[layer], data)


def test_where_one_alignment_fails_what_the_other_shares_with_it_is_made_again(
    specs: dict[str, ModelSpec], shown: StimulusEvents, tmp_path: Path
) -> None:
    spec, vision = specs["simclr"], replace(shown, alignment="vision", onset=shown.onset + 1e-3)
    run = EventsRun.run_the_rest

    def failing(self: EventsRun) -> None:
        if self.events.alignment == "language":
            raise InputError("weights", "are not numbers", "check them")
        run(self)

    with patch.object(EventsRun, "run_the_rest", failing), pytest.raises(InputError, match="are not numbers"):
        extract_features([(spec, events) for events in (shown, vision)], Extraction(tmp_path))
    assert not list(tmp_path.glob("*.h5"))
    for layer, data in made(spec, vision).items():
        np.testing.assert_array_equal(made(spec, vision, store=tmp_path)[layer], data)


def test_wide_layers_are_projected(
    specs: dict[str, ModelSpec], shown: StimulusEvents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bids_vlint.networks.extraction.stream.target_size", lambda: 1000)
    layers = made(replace(specs["timm"], layers=("blocks.0", "patch_embed")), shown)
    assert {d.shape for d in layers.values()} == {(6, 1000)}


def test_no_event_with_text_gives_zeros(specs: dict[str, ModelSpec], shown: StimulusEvents) -> None:
    silent = replace(shown, text=("",) * 6)
    for name in ("bert", "vilt"):
        (data,) = made(specs[name], silent).values()
        assert data.shape == (6, 32)
        assert not data.any()


def test_tokens_are_padded_with_zeros_whatever_the_batch(specs: dict[str, ModelSpec], shown: StimulusEvents) -> None:
    spec = replace(specs["bert"], layers=("encoder.layer.1",))
    (all_,) = made(spec, shown).values()
    (one,) = made(spec, replace(shown, text=("a dog",) * 6)).values()
    assert all_.shape == one.shape == (6, 16 * 32)  # 16 tokens at most
    np.testing.assert_allclose(all_[2], one[2], rtol=1e-4, atol=1e-5)
    tokens = all_[2].reshape(16, 32)
    assert np.abs(tokens[:4]).min(axis=1).max() > 0  # [CLS] a dog [SEP]
    assert not tokens[4:].any()


def test_blocks_and_last_and_all(specs: dict[str, ModelSpec], shown: StimulusEvents) -> None:
    spec = specs["simclr"]
    assert list(made(replace(spec, layers=("blocks",)), shown)) == ["visual", "visual.blocks.0", "visual.blocks.1"]
    assert list(made(replace(spec, layers=("last",)), shown)) == ["visual"]
    everything = made(replace(spec, layers=("all",)), shown)
    assert {"visual", "visual.patch_embed", "visual.blocks.0.attn.qkv", "visual.norm"} <= set(everything)
    for k, (name, data) in enumerate(everything.items()):  # duplicates are left out
        for other in list(everything.values())[:k]:
            assert data.shape != other.shape or np.abs(data - other).max() > 0, name


def test_several_networks_in_one_pass(
    specs: dict[str, ModelSpec], shown: StimulusEvents, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes: list[int] = []
    monkeypatch.setattr(shown_module, "frames_at", lambda video, t: passes.append(len(t)) or frames_at(video, t))
    names = ("simclr", "timm", "vilt", "slip-both")
    vision = replace(shown, alignment="vision", onset=shown.onset + 0.2)
    jobs = [(specs[name], events) for name in names for events in (shown, vision)]
    extract_features(jobs, Extraction(tmp_path))
    assert passes == [6 * 8]
    for spec, events in jobs:
        alone, together = made(spec, events), made(spec, events, store=tmp_path)
        for name, data in alone.items():
            np.testing.assert_array_equal(data, together[name])
    assert passes == [48, *[6] * 8]


def test_one_that_fails_leaves_the_others(specs: dict[str, ModelSpec], shown: StimulusEvents, tmp_path: Path) -> None:
    state = networks.slip_state(text=False, head=False)
    state["visual.norm.weight"][0] = torch.inf
    broken = replace(specs["simclr"], name="broken", weights=networks.save_slip(tmp_path / "broken.pt", state))
    with pytest.raises(InputError, match=r"broken .*not finite"):
        extract_features([(broken, shown), (specs["timm"], shown)], Extraction(tmp_path / "store"))
    kept = list((tmp_path / "store").glob("*.h5"))
    assert len(kept) == 1
    assert not list((tmp_path / "store").glob("*.tmp"))


def test_files_say_what_was_read(specs: dict[str, ModelSpec], shown: StimulusEvents, tmp_path: Path) -> None:
    features_of(specs["bert"], shown, Extraction(tmp_path))
    (path,) = tmp_path.glob("*.h5")
    with h5py.File(path) as file:
        assert list(file["text"].asstr()[:2]) == list(shown.text[:2])
        assert file["text"].asstr()[-1] == "n/a"
        np.testing.assert_array_equal(file["onset"], shown.onset)


def test_sound_has_no_picture(specs: dict[str, ModelSpec], shown: StimulusEvents, tmp_path: Path) -> None:
    podcast = replace(shown, stimulus=Stimulus("podcast", audio=tmp_path / "podcast.wav"))
    how = Extraction(tmp_path)
    assert features_of(specs["bert"], podcast, how).layers["pooled"].shape == (6, 32)
    with pytest.raises(InputError, match="no picture") as caught:
        features_of(specs["simclr"], podcast, how)
    assert caught.value.code == Exit.DATA


def test_film_that_is_not_there(specs: dict[str, ModelSpec], shown: StimulusEvents, tmp_path: Path) -> None:
    absent = replace(shown, stimulus=Stimulus("film", tmp_path / "film.mp4"))
    with pytest.raises(InputError, match="not there") as caught:
        features_of(specs["simclr"], absent, Extraction(tmp_path))
    assert caught.value.code == Exit.NO_INPUT


def test_device_that_is_not_there(specs: dict[str, ModelSpec], shown: StimulusEvents, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--device") as caught:
        features_of(specs["simclr"], shown, Extraction(tmp_path, device="abacus"))
    assert caught.value.code == Exit.USAGE


def test_random_streams_are_named_and_leave_no_trace() -> None:
    torch.manual_seed(5)
    expected = torch.rand(2)
    torch.manual_seed(5)
    with seeded("a"):
        first = torch.rand(1)
    with seeded("b"):
        second = torch.rand(1)
    with seeded("a"):
        again = torch.rand(1)
    assert first == again != second
    np.testing.assert_array_equal(torch.rand(2), expected)


@pytest.mark.parametrize("words", [["no-such-action"], ["layers"], ["--no-such-option"]])
def test_wrong_words(words: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        command.run_models(words)
    assert caught.value.code == Exit.USAGE


@pytest.mark.parametrize("name", ["slip-both", "timm", "bert", "vilt", "albef"])
def test_features_are_the_same_bits_whatever_else_is_run(
    specs: dict[str, ModelSpec], shown: StimulusEvents, name: str
) -> None:
    some = replace(shown, onset=shown.onset[2:4], text=shown.text[2:4])
    spec = replace(specs[name], layers=("blocks",))
    whole, part = made(spec, shown), made(spec, some)
    for layer, data in part.items():
        np.testing.assert_array_equal(data, whole[layer][2:4])


def test_a_layer_named_as_what_the_file_holds(specs: dict[str, ModelSpec], shown: StimulusEvents) -> None:
    assert list(made(replace(specs["albef"], tower="text"), shown)) == ["text_layer"]


def test_no_room_for_a_word(specs: dict[str, ModelSpec], shown: StimulusEvents) -> None:
    with pytest.raises(InputError, match="no room for a word in 2 tokens"):
        made(replace(specs["bert"], context_length=2), shown)


def test_what_a_killed_process_left_is_taken_away(
    specs: dict[str, ModelSpec], shown: StimulusEvents, tmp_path: Path
) -> None:
    (tmp_path / f"{key(specs['bert'], shown, Extraction(tmp_path))}.0123.tmp").write_bytes(b"half")
    features_of(specs["bert"], shown, Extraction(tmp_path))
    assert not list(tmp_path.glob("*.tmp"))


@pytest.mark.parametrize("name", ["bert", "albef", "vilt"])
def test_padding_is_zero_with_a_small_context_too(
    specs: dict[str, ModelSpec], shown: StimulusEvents, name: str
) -> None:
    spec = replace(specs[name], context_length=6, layers=("*encoder.layer.1",))
    (data,) = made(spec, shown).values()
    tokens = data.reshape(6, -1, {"bert": 32, "albef": 24, "vilt": 32}[name])
    if name == "vilt":  # picture and text in one row of tokens: padded to one length
        assert len({row.any(axis=1).sum() for row in tokens[:5]}) == 1
        return
    lengths = [int(row.any(axis=1).sum()) for row in tokens[:5]]
    assert lengths == [5, 5, 4, 6, 4]  # [CLS], words, [SEP]
    assert not tokens[5].any()


@pytest.mark.parametrize(("flags", "said"), [("fpu avx2", 1), ("fpu avx512_bf16", 0), ("", 0)])
def test_bfloat16_on_a_processor_without_it_is_warned_of_once(
    specs: dict[str, ModelSpec], shown: StimulusEvents, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: str,
    said: int,
) -> None:  # fmt: skip
    monkeypatch.setattr(network_module, "_processor_flags", lambda: set(flags.split()))
    network_module._warn_once.cache_clear()
    told: list[str] = []
    monkeypatch.setattr(network_module.logger, "warning", lambda text, sentence: told.append(sentence))
    for precision in ("float32", "bf16", "bf16"):
        how = Extraction(tmp_path / str(len(list(tmp_path.iterdir()))), device="cpu", precision=precision)
        extract_features([(specs["simclr"], shown)], how)
    assert len(told) == said
    assert all("--precision bf16: this processor" in one for one in told)
