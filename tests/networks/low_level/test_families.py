"""Families of low-level features: mel bands against another's, phonemes by hand, fewer columns for few events."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bids_vlint.errors import Exit, InputError
from bids_vlint.networks.low_level.family import LOW_LEVEL_FAMILIES, FilmAndWords, left_out, low_level_columns
from bids_vlint.networks.low_level.features import low_level_features
from bids_vlint.networks.low_level.mel import EDGES_HZ, N_BANDS, band_levels, edges, filter_bank
from bids_vlint.networks.low_level.phonemes import CLASSES, manner_of
from bids_vlint.networks.low_level.sound import MEL_BANDS, sound_series
from bids_vlint.networks.model_set import with_low_level
from bids_vlint.networks.specification import ModelSet
from bids_vlint.study.stimulus import Phonemes, Stimulus, StimulusEvents, Words
from tests.networks.low_level.sounding_film import write_film

TIME = np.array([1.0, 2.0, 4.0])
WORDS = Words(np.array([1.0, 1.5, 2.0, 3.0]), np.full(4, 0.2), ("a", "dog", "barks", "Loud"), np.array([0, 0, 0, 1]))


def events_of(path: Path, time: np.ndarray = TIME, **more: object) -> StimulusEvents:
    return StimulusEvents(Stimulus(path.stem, audio=path), "language", time, ("",) * len(time), words=WORDS, **more)


def of(
    family: str, events: StimulusEvents, sound: np.ndarray | None = None, n_events: int = 1000
) -> dict[str, np.ndarray]:
    own = LOW_LEVEL_FAMILIES.named(family)
    found = own.features(FilmAndWords(sound, None, events), n_events)
    return dict(zip([c.name for c in own.columns], found.T, strict=True))


@pytest.mark.parametrize("n_bands", [8, 13, 40])
def test_triangles_are_those_of_another_library(n_bands: int) -> None:
    audio_utils = pytest.importorskip("transformers.audio_utils", reason="transformers is not installed")
    hertz = np.fft.rfftfreq(1024, 1 / 16000)
    theirs = audio_utils.mel_filter_bank(len(hertz), n_bands, 60.0, 8000.0, 16000, norm=None, mel_scale="htk")
    np.testing.assert_allclose(filter_bank(hertz, n_bands), theirs, atol=1e-5)


def test_a_tone_is_in_its_band(tmp_path: Path) -> None:
    """Three seconds of silence, then a second for each band, of a tone where its triangle peaks."""

    def tones(time: np.ndarray) -> np.ndarray:
        band = np.clip(np.floor(time - 3), 0, N_BANDS - 1).astype(int)
        return np.where(time < 3, 0, 0.5 * np.sin(2 * np.pi * np.array(EDGES_HZ)[band + 1] * time))

    path = write_film(tmp_path / "tone.wav", 3.0 + N_BANDS, None, tones, codec="pcm_s16le", rate=16000, layout="mono")
    sound = sound_series(path, 3.0 + N_BANDS).data
    assert sound is not None
    bands = sound[:, MEL_BANDS]
    assert bands[:140].max() < 0.1
    level = 70 + 10 * np.log10(0.125)  # mean square of a sine of 0.5
    for band in range(N_BANDS):
        at = 3 + band
        levels = bands[50 * at + 5 : 50 * at + 45].mean(0)
        assert levels.argmax() == band
        assert levels[band] == pytest.approx(
            level, abs=0.3 if band > 2 else 1.5
        )  # the lowest are narrower than the window resolves
        found = of("mel", events_of(path, np.array([at + 0.25, at - 1.0])), sound)
        assert found[f"mel_{band + 1}[0:0.2]"][0] == pytest.approx(level, abs=0.5 if band > 2 else 1.5)
        rise = (level - bands[50 * at - 10, band]) / 1.25  # from what its neighbour's tone leaves in it
        assert found[f"mel_{band + 1}_rise[0.75:2]"][1] == pytest.approx(rise, rel=0.2)


def test_few_events_have_fewer_columns_in_truth(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    sound = rng.uniform(0, 60, (2000, 4 + N_BANDS)).astype(np.float32)
    events = events_of(tmp_path / "x.wav", np.sort(rng.uniform(2, 36, 400)))
    finest = of("mel", events, sound, 5000)
    for n, rank in ((0, 4 * 2), (299, 4 * 2), (300, 8 * 4 + 8 * 2), (999, 8 * 4 + 8 * 2), (1000, 16 * 12 + 16 * 2)):
        found = of("mel", events, sound, n)
        assert list(found) == list(finest)
        x = np.stack(list(found.values()), 1)
        assert np.linalg.matrix_rank(x) == rank
        np.testing.assert_allclose(x[:, ["rise" not in name for name in found]].mean(1),
                                   np.mean([v for k, v in finest.items() if "rise" not in k], axis=0))  # fmt: skip


def test_bands_add_up_to_what_is_heard() -> None:
    power = np.random.default_rng(0).random((5, 513)) * 1e-4
    hertz = np.fft.rfftfreq(1024, 1 / 16000)
    linear = 10 ** (band_levels(power, filter_bank(hertz)) / 10) - 1
    inside = (hertz >= edges()[1]) & (hertz <= edges()[-2])  # where two triangles add up to 1
    assert (linear.sum(1) * 1e-7 >= power[:, inside].sum(1) * 0.999).all()
    assert not band_levels(np.zeros((2, 513)), filter_bank(hertz)).any()


def test_phonemes_count_by_class(tmp_path: Path) -> None:
    said = Phonemes(np.array([1.0, 1.1, 1.2, 2.6, 3.9]), ("D", "AO1", "G", "ŋ", "spn"))
    found = of("phonemes", events_of(tmp_path / "x.wav", phonemes=said))
    assert found["phoneme_plosive[0:0.5]"] == pytest.approx([4, 0, 0])
    assert found["phoneme_vowel[0:0.5]"] == pytest.approx([2, 0, 0])
    assert found["phoneme_nasal[0.5:1]"] == pytest.approx([0, 2, 0])
    assert found["phoneme_plosive[-0.5:0]"] == pytest.approx([0, 0, 0])
    notes = LOW_LEVEL_FAMILIES.named("phonemes").notes(
        FilmAndWords(None, None, events_of(tmp_path / "x", phonemes=said))
    )
    assert "in no class do not count (spn)" in notes[0]
    silent = of("phonemes", events_of(tmp_path / "x.wav"))
    assert not np.array(list(silent.values())).any()


def test_classes_of_both_alphabets() -> None:
    by_class = {"vowel": "AA0 IY1 ER2 a ɔː aɪ ə ˈɛ", "plosive": "B T K p tʰ ɡ ʔ", "fricative": "CH HH ZH ʃ tʃ dʒ ts x",
                "nasal": "M NG n ŋ ɲ", "approximant": "L Y W ɹ j lʲ"}  # fmt: skip
    for name, labels in by_class.items():
        assert {label: manner_of(label) for label in labels.split()} == dict.fromkeys(labels.split(), name)
    assert [manner_of(label) for label in ("spn", "sil", "noise", "", "#", "1")] == [None] * 6
    assert set(by_class) == set(CLASSES)


def test_sentences_by_hand(tmp_path: Path) -> None:
    found = of("sentence_onset", events_of(tmp_path / "x.wav", np.array([0.5, 1.0, 2.0, 3.0, 60.0])))
    assert found["sentence_rate[0:0.5]"] == pytest.approx([0, 2, 0, 2, 0])
    assert found["sentence_rate[0.5:1]"] == pytest.approx([2, 0, 0, 0, 0])
    assert found["sentence_since"] == pytest.approx([10, 0, 1, 0, 10])


def test_each_family_can_be_left_out(tmp_path: Path) -> None:
    everything = [c.name for c in low_level_columns()]
    for name in LOW_LEVEL_FAMILIES.names:
        models = with_low_level(ModelSet(tmp_path / "set.toml", ()), [name])
        found = low_level_features(models.models[-1], events_of(tmp_path / "gone.wav"), tmp_path / "store")
        own = {c.name for c in LOW_LEVEL_FAMILIES.named(name).columns}
        assert own
        left = [c for c in everything if c not in own]  # all of them, of a family that a network would have made
        assert [c.name for c in low_level_columns(without=[name])] == left
        assert found.layers.widths == {"low_level": len(left)}
        assert f"left out by --without-low-level: {name}" in found.notes[0]
    for names, said in ((["mell"], "no family"), (LOW_LEVEL_FAMILIES.names, "leaves no family")):
        with pytest.raises(InputError, match=said) as caught:
            left_out(names)
        assert caught.value.code == Exit.USAGE


def test_a_measure_without_sound_or_words_is_zero_and_defined(tmp_path: Path) -> None:
    nothing = replace(events_of(tmp_path / "x.wav"), words=None)
    for family in LOW_LEVEL_FAMILIES.everything:
        for n in (3, 10**6):
            found = family.features(FilmAndWords(None, None, nothing), n)
            assert found.shape == (len(TIME), len(family.columns))
            assert not found.any()
