"""Surprisal of words by a causal language network, against transformers by hand, token by token."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from bids_vlint.errors import Exit, InputError
from bids_vlint.networks.hub.surprisal import word_bits
from bids_vlint.networks.low_level.features import low_level_features
from bids_vlint.networks.low_level.measures import measure_features
from bids_vlint.networks.low_level.surprisal import said_in, surprisal_beside, surprisal_of, write_surprisals
from bids_vlint.networks.model_set import declared_set, with_low_level
from bids_vlint.networks.specification import ModelSet, ModelSpec
from bids_vlint.study.stimulus import Measures, Stimulus, StimulusEvents, Words
from tests.networks import hub_networks
from tests.networks.library import loaded

LIMIT = 32  # tokens that the network reads
SAID = "The dog sees über cats , and the naïve bird sees it too . No bird sees the dogs".split()  # noqa: SIM905


def causal(folder: Path, **more: Any) -> ModelSpec:
    path = hub_networks.gpt2_of_bytes(folder, " ".join(SAID), n_positions=LIMIT, **more)
    return ModelSpec("gpt2", "language", "transformers", path)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> ModelSpec:
    return causal(tmp_path_factory.mktemp("gpt2"))


def by_hand(spec: ModelSpec, words: Sequence[str], *, begin: bool = True) -> list[float]:
    """Each token from a pass of its own over what stands before it in its window; words are tokenised one by one."""
    module = loaded("GPT2LMHeadModel", str(spec.architecture)).eval()
    tokenizer = loaded("AutoTokenizer", str(spec.architecture))
    own = [tokenizer(f" {word}" if k else word, add_special_tokens=False)["input_ids"] for k, word in enumerate(words)]
    ids, before = [i for tokens in own for i in tokens], [tokenizer.bos_token_id] if begin else []
    length = LIMIT - len(before)
    half, bits = length // 2, []
    for k in range(len(ids)):
        start = 0 if k < length else half * ceil((k - length + 1) / half)
        context = [*before, *ids[start:k]]
        with torch.no_grad():
            p = module(torch.tensor([context])).logits[0, -1].softmax(0)[ids[k]].item() if context else np.nan
        bits.append(-np.log2(p))
    ends = np.cumsum([len(tokens) for tokens in own])
    return [float(np.sum(bits[stop - len(tokens) : stop])) for stop, tokens in zip(ends, own)]


def spoken(words: Sequence[str], **more: Any) -> StimulusEvents:
    onset = np.arange(len(words)) * 0.4
    sentence = np.cumsum([0, *(word == "." for word in words[:-1])])
    said = Words(onset, np.full(len(words), 0.3), tuple(words), sentence)
    return StimulusEvents(Stimulus("film", Path("film.wav")), "language", onset, tuple(words), words=said, **more)


def bits_of(spec: ModelSpec, words: Sequence[str]) -> np.ndarray:
    return word_bits(spec, *said_in(spoken(words)), "cpu")


def test_words_by_hand(network: ModelSpec) -> None:
    few = SAID[:6]  # within the window, of several tokens each, the first after the token of a beginning
    assert bits_of(network, few) == pytest.approx(by_hand(network, few), rel=1e-4)


def test_text_that_is_longer_than_the_network_reads(network: ModelSpec) -> None:
    long = SAID * 3
    found = bits_of(network, long)
    assert found == pytest.approx(by_hand(network, long), rel=1e-4)
    for n in (5, 20, 33):  # nothing that comes later changes a word
        assert bits_of(network, long[:n]) == pytest.approx(found[:n], rel=1e-5)


def test_without_a_token_for_the_beginning(tmp_path: Path) -> None:
    spec = causal(tmp_path, begin=False)
    found, expected = bits_of(spec, SAID * 2), by_hand(spec, SAID * 2, begin=False)
    assert np.isnan(found[0])
    assert found[1:] == pytest.approx(expected[1:], rel=1e-4)
    assert np.isfinite(found[1:]).all()


def test_words_without_an_onset_are_read_and_count_for_no_word(network: ModelSpec) -> None:
    so_far = ("The dog", "The dog who sees", "The dog who sees it too", "No")
    events = spoken(["dog", "sees", "too", "No"], so_far=so_far)
    events = replace(events, words=replace(events.words, sentence=np.array([0, 0, 0, 1])))
    text, spans = said_in(events)
    assert text == "The dog who sees it too No"
    everything = by_hand(network, text.split())
    assert word_bits(network, text, spans, "cpu") == pytest.approx(np.array(everything)[[1, 3, 5, 6]], rel=1e-4)


def models_of(folder: Path, *specs: ModelSpec, **more: Any) -> ModelSet:
    return ModelSet(folder / "set.toml", specs, **more)


def test_columns_say_which_network_they_are_of(network: ModelSpec, tmp_path: Path) -> None:
    events = spoken(SAID)
    none, some = (with_low_level(models_of(tmp_path, *specs)).models[-1] for specs in ((), (network,)))
    before, found = (low_level_features(spec, events, tmp_path / "store") for spec in (none, some))
    said = [note for note in found.notes if "surprisal" in note]
    assert said == [
        "low_level: the surprisal of the words of film.wav is by gpt2, from the text so far, at most 32 tokens."
    ]
    assert not any("surprisal" in note for note in before.notes)
    measures = Measures(events.onset, ("surprisal",), bits_of(network, SAID)[:, None])
    x, y = before.layers["low_level"], found.layers["low_level"]
    own = [k for k in range(y.shape[1]) if not any(np.array_equal(y[:, k], column) for column in x.T)]
    assert y.shape[1] == x.shape[1] + 6
    assert np.delete(y, own, axis=1).tobytes() == x.tobytes()  # the others are what they were
    np.testing.assert_allclose(y[:, own], measure_features(measures, events.onset), rtol=1e-4, atol=1e-3)
    left_out = with_low_level(models_of(tmp_path, network), ["surprisal"]).models[-1]
    without = low_level_features(left_out, events, tmp_path / "store")
    assert without.layers["low_level"].tobytes() == x.tobytes()
    assert "left out by --without-low-level: surprisal" in without.notes[0]


def test_it_is_made_once(network: ModelSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec, store = with_low_level(models_of(tmp_path, network)).models[-1], tmp_path / "store"
    made = surprisal_of(spec, spoken(SAID), store)
    monkeypatch.setattr("bids_vlint.networks.low_level.surprisal.word_bits", None)
    at_cuts = replace(spoken(SAID), alignment="vision", onset=np.array([1.0, 2.0]), text=("", ""))
    again = surprisal_of(spec, at_cuts, store)
    np.testing.assert_array_equal(made.bits, again.bits)
    (kept,) = store.glob("surprisal-*.npz")
    kept.write_bytes(kept.read_bytes()[:100])
    with pytest.raises(TypeError):  # what is damaged is made again
        surprisal_of(spec, at_cuts, store)


def test_only_a_network_that_foretells_gives_it(network: ModelSpec, tmp_path: Path) -> None:
    masked, encoder = hub_networks.specs(tmp_path, ("xlmr", "t5"))
    others = [masked, encoder, replace(network, trained=False), replace(network, modality="multimodal")]
    for spec in others:
        assert with_low_level(models_of(tmp_path, spec)).models[-1].surprisal is None
    assert with_low_level(models_of(tmp_path, *others, network)).models[-1].surprisal is network
    second = replace(network, name="second")
    named = with_low_level(models_of(tmp_path, network, second, surprisal="second"))
    assert named.models[-1].surprisal is second
    for name, said in (("gpt3", "unknown network"), (masked.name, "no language network that predicts")):
        with pytest.raises(InputError, match=said) as caught:
            with_low_level(models_of(tmp_path, network, masked, surprisal=name))
        assert caught.value.code == Exit.DATA
    (tmp_path / "set.toml").write_text('surprisal = 1\n[[model]]\nname = "a"\nmodality = "vision"\nsource = "timm"\n')
    with pytest.raises(InputError, match="'surprisal' is 1"):
        declared_set(str(tmp_path / "set.toml"))


@pytest.mark.parametrize("fault", ["no head", "no offsets", "sees what comes later"])
def test_what_cannot_be_had_is_said_and_zero(fault: str, tmp_path: Path) -> None:
    folder = tmp_path / "network"
    spec = causal(folder, tie_word_embeddings=False)
    if fault == "no head":  # an untied one, which transformers would draw at random
        from safetensors.torch import load_file, save_file

        weights = load_file(folder / "model.safetensors")
        del weights["lm_head.weight"]
        save_file(weights, folder / "model.safetensors", {"format": "pt"})
    elif fault == "no offsets":
        for file in (folder / "tokenizer.json", folder / "tokenizer_config.json"):
            file.unlink()
        (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "ByT5Tokenizer"}))
    else:
        from transformers import BertConfig, BertLMHeadModel

        size = {**hub_networks.SIZE, "vocab_size": len(hub_networks.BERT_LIKE), "max_position_embeddings": 16}
        hub_networks.save(folder, BertLMHeadModel(BertConfig(**size, is_decoder=False)), hub_networks.words("bert"))
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps({k: v for k, v in config.items() if k != "is_decoder"}))
    low = with_low_level(models_of(tmp_path, spec)).models[-1]
    found = low_level_features(low, spoken(["the", "dog", "sees", "a", "cat"]), tmp_path / "store")
    why = {"no head": "lacks weights of the head", "no offsets": "does not say where",
           "sees what comes later": "depends on what comes later"}  # fmt: skip
    (note,) = [note for note in found.notes if "surprisal" in note]
    assert why[fault] in note
    assert "cannot be controlled for" in note
    assert not list((tmp_path / "store").glob("surprisal-*.npz"))


def test_a_network_that_reads_the_translation_gives_none(network: ModelSpec, tmp_path: Path) -> None:
    spec = replace(network, language=("en",))
    events = spoken(["Der", "Hund"], translation=("The", "The dog"), language="de", translation_language="en")
    found = surprisal_of(with_low_level(models_of(tmp_path, spec)).models[-1], events, tmp_path / "store")
    assert found.bits is None
    assert "reads the translation" in found.notes[0]


def test_what_was_written_beside_a_model_set_is_read(network: ModelSpec, tmp_path: Path) -> None:
    low = with_low_level(models_of(tmp_path, network)).models[-1]
    first, second = spoken(SAID), spoken(SAID[7:] + SAID[:4])  # one who came later to the film
    made = [surprisal_of(low, events, tmp_path / "store") for events in (first, second)]
    path = surprisal_beside(tmp_path / "there", first.stimulus)
    path.parent.mkdir(parents=True)
    write_surprisals(made[:1], path, overwrite=False)
    write_surprisals(made[1:], path, overwrite=False)
    stored = ModelSpec("gpt2", "language", "precomputed", path="x.h5")
    there = with_low_level(models_of(tmp_path / "there", stored, surprisal="gpt2")).models[-1]
    for events, expected in zip((first, second), made):
        found = surprisal_of(there, events, tmp_path / "other store")
        np.testing.assert_array_equal(found.bits, expected.bits)
        assert found.notes == expected.notes
    strange = surprisal_of(there, spoken(["The", "bird"]), tmp_path / "other store")
    assert strange.bits is None
    assert "lacks 1 of the 2 words" in strange.notes[0]
    with pytest.raises(InputError, match="another network") as caught:
        write_surprisals([replace(made[0], made_from="other")], path, overwrite=False)
    assert caught.value.code == Exit.CANNOT_CREATE
