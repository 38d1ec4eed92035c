"""Networks that hear: real architectures of small size, on sound that is known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bids_vlint.errors import Exit, InputError
from bids_vlint.fit.stimuli import is_blind
from bids_vlint.networks.extraction.extract import Extraction, features_of, key
from bids_vlint.networks.family import build_networks
from bids_vlint.networks.shown import HEARD_S, hears, reads, sees, shown_to
from bids_vlint.networks.specification import ModelSpec
from bids_vlint.study.stimulus import Stimulus, StimulusEvents
from tests.networks import hub_networks
from tests.networks.low_level.sounding_film import grey, write_film
from tests.networks.making import made

ONSET = np.array([1.0, 3.0, 5.0, 7.0])
NETWORKS = {"wav2vec2": hub_networks.wav2vec2, "hubert": hub_networks.hubert, "whisper": hub_networks.whisper,
            "clap": hub_networks.clap}  # fmt: skip


@pytest.fixture(scope="module", params=NETWORKS)
def network(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ModelSpec:
    """A network that hears."""
    folder = NETWORKS[request.param](tmp_path_factory.mktemp("hub") / request.param)
    return ModelSpec(request.param, "audio", "transformers", folder)


def hum(time: np.ndarray) -> np.ndarray:
    """A tone that rises all the time, from 200 Hz."""
    return 0.3 * np.sin(2 * np.pi * (200 * time + 40 * time**2))


def heard_in(path: Path, sound: Callable[[np.ndarray], np.ndarray]) -> StimulusEvents:
    write_film(path, 8.0, None, sound, codec="pcm_s16le", rate=16000, layout="mono")
    return StimulusEvents(Stimulus(path.stem, audio=path), "language", ONSET, ("a",) * len(ONSET))


def test_it_hears_until_half_a_second_after_the_event(network: ModelSpec, tmp_path: Path) -> None:
    assert (hears(network), sees(network), reads(network), shown_to(network)) == (True, False, False, "sound")
    assert HEARD_S == (-2.0, 0.5)
    (whole,) = made(network, heard_in(tmp_path / "whole.wav", hum)).values()
    assert whole.shape[0] == len(ONSET)
    assert np.isfinite(whole).all()
    assert whole.std(0).max() > 0
    (later,) = made(network, heard_in(tmp_path / "later.wav", lambda t: np.where(t < 5.52, hum(t), 0))).values()
    np.testing.assert_array_equal(later[:3], whole[:3])  # nothing later than the window is heard
    assert not np.array_equal(later[3], whole[3])
    (within,) = made(network, heard_in(tmp_path / "in.wav", lambda t: np.where(t < 5.2, hum(t), 0))).values()
    np.testing.assert_array_equal(within[:2], whole[:2])
    assert not np.array_equal(within[2], whole[2])


def test_a_twin_has_its_layers_and_other_features(network: ModelSpec, tmp_path: Path) -> None:
    shown = heard_in(tmp_path / "hum.wav", hum)
    spec = ModelSpec(network.name, "audio", "transformers", network.architecture, layers=("blocks",))
    twin = ModelSpec(network.name, "audio", "transformers", network.architecture, layers=("blocks",), trained=False)
    trained, untrained = made(spec, shown), made(twin, shown)
    assert list(trained) == list(untrained)
    assert len(trained) >= 3  # the default one and two blocks
    assert not any(np.allclose(trained[name], untrained[name]) for name in trained)


def test_a_part_of_the_film_has_the_same_features(tmp_path: Path) -> None:
    spec = ModelSpec("w", "audio", "transformers", hub_networks.wav2vec2(tmp_path / "w"))
    shown = heard_in(tmp_path / "hum.wav", hum)
    part = StimulusEvents(shown.stimulus, "language", ONSET[1:3], ("", ""))  # silence has a sound, too
    np.testing.assert_array_equal(made(spec, part)["pooled"], made(spec, shown)["pooled"][1:3])


def test_its_features_depend_on_the_sound(tmp_path: Path) -> None:
    spec = ModelSpec("w", "audio", "transformers", hub_networks.wav2vec2(tmp_path / "w"))
    how = Extraction(tmp_path / "store")
    first = key(spec, heard_in(tmp_path / "a.wav", hum), how)
    again = key(spec, heard_in(tmp_path / "b.wav", hum), how)
    other = key(spec, heard_in(tmp_path / "c.wav", lambda t: 0.5 * hum(t)), how)
    assert first == again != other


def test_a_silent_film_is_not_for_it_and_a_sounding_one_is(tmp_path: Path) -> None:
    spec = ModelSpec("w", "audio", "transformers", hub_networks.wav2vec2(tmp_path / "w"))
    silent = Stimulus("silent", write_film(tmp_path / "silent.mp4", 2.0, lambda t: grey(0.5), None, fps=4))
    sounding = Stimulus("film", write_film(tmp_path / "film.mp4", 8.0, lambda t: grey(0.5), hum, fps=4))
    assert is_blind(spec, StimulusEvents(silent, "language", ONSET, ("a",) * 4))
    events = StimulusEvents(sounding, "vision", ONSET, ("",) * 4)
    assert not is_blind(spec, events)
    assert features_of(spec, events, Extraction(tmp_path / "store")).layers["pooled"].shape == (4, 32)
    gone = StimulusEvents(Stimulus("gone", tmp_path / "gone.mp4"), "vision", ONSET, ("",) * 4)
    assert not is_blind(spec, gone)
    with pytest.raises(InputError) as caught:
        features_of(spec, gone, Extraction(tmp_path / "store"))
    assert caught.value.code in (Exit.NO_INPUT, Exit.DATA)


def test_what_takes_no_sound_is_refused(tmp_path: Path) -> None:
    from transformers import BertConfig, BertModel

    folder = hub_networks.save(tmp_path / "bert", BertModel(BertConfig(**hub_networks.SIZE, vocab_size=14)))
    with pytest.raises(InputError, match="takes no sound") as caught:
        build_networks(ModelSpec("b", "audio", "transformers", folder), 0, None)
    assert caught.value.code == Exit.DATA
