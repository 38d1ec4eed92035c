"""Low-level features against what was put into films: sound, pictures, cuts and words by hand."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.signal import hilbert

from bids_vlint.errors import Exit, InputError
from bids_vlint.log import WARNING
from bids_vlint.networks.extraction.extract import Extraction, features_of
from bids_vlint.networks.low_level import measurement as kept_module
from bids_vlint.networks.low_level.columns import HALVES, QUARTERS
from bids_vlint.networks.low_level.family import low_level_columns
from bids_vlint.networks.low_level.mel import EDGES_HZ
from bids_vlint.networks.low_level.picture import picture_series
from bids_vlint.networks.low_level.sound import SOUND_RATE, sound_series
from bids_vlint.networks.low_level.windows import averages, rates
from bids_vlint.networks.model_set import declared_set, needs_film, with_low_level
from bids_vlint.networks.shown import reads, sees
from bids_vlint.networks.specification import ModelSet, ModelSpec
from bids_vlint.study.stimulus import Stimulus, StimulusEvents, Words
from tests.acceptance.running import run_inside, succeed
from tests.networks.low_level.sounding_film import SIZE, grey, loudness, noise, write_film

NAMES = [c.name for c in low_level_columns()]
SECONDS = 20.0
TEXT = ["The", "dog", "sleeps.", "A", "big", "cat", "runs", "away!", "Yes."]
ONSET = np.array([1.0, 1.3, 1.8, 4.0, 4.2, 4.5, 4.9, 5.4, 9.0])
DURATION = np.array([0.2, 0.3, 0.5, 0.1, 0.2, 0.3, 0.4, 0.3, np.nan])
WORDS = Words(ONSET, DURATION, tuple(TEXT), np.array([0, 0, 0, 1, 1, 1, 1, 1, 2]))
CUTS = np.array([5.0, 9.0, 12.5])


def scene(time: float) -> np.ndarray:
    """Luminance 0.2, from 5 s 0.8 with a bright square that moves from 9 to 12.5 s, then 0.4."""
    picture = grey(0.2 if time < 4.999 else 0.8 if time < 12.499 else 0.4)
    if 4.999 <= time < 12.499:
        left = int(np.clip((time - 9) * 10, 0, 40))
        picture[16:32, left : left + 16] = 0
    return picture


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Stimulus:
    """A film with sound."""
    path = tmp_path_factory.mktemp("low") / "film.mp4"
    return Stimulus("film", write_film(path, SECONDS, scene, noise))


@pytest.fixture
def spec(tmp_path: Path) -> ModelSpec:
    """The program's own entry of a model set."""
    return with_low_level(ModelSet(tmp_path / "set.toml", ())).models[-1]


@pytest.fixture
def made(spec: ModelSpec, tmp_path: Path) -> Callable[..., dict[str, np.ndarray]]:
    """Features of events by name of their column."""

    def make(events: StimulusEvents, notes: list[str] | None = None) -> dict[str, np.ndarray]:
        features = features_of(spec, events, Extraction(tmp_path / "store"))
        (data,) = features.layers.values()
        assert data.dtype == np.float32
        assert data.shape == (len(events.onset), len(NAMES))
        assert np.isfinite(data).all()
        (notes if notes is not None else []).extend(features.notes)
        return dict(zip(NAMES, data.T))

    return make


def words_of(film: Stimulus) -> StimulusEvents:
    return StimulusEvents(film, "language", ONSET, tuple(TEXT), words=WORDS, cuts=CUTS)


def cuts_of(film: Stimulus) -> StimulusEvents:
    return StimulusEvents(film, "vision", CUTS, ("",) * 3, words=WORDS, cuts=CUTS)


def test_envelope_follows_the_amplitude(film: Stimulus, made: Callable) -> None:
    onset = np.arange(1.0, 17.0, 0.5)
    found = made(replace(words_of(film), onset=onset, text=("",) * len(onset)))
    for start, stop in QUARTERS:
        expected = [np.mean((loudness(np.linspace(t + start, t + stop, 50)) / 3) ** 0.6) for t in onset]
        column = found[f"sound_level[{start:g}:{stop:g}]"]
        assert np.corrcoef(column, expected)[0, 1] > 0.99
    for start, stop in HALVES:
        slope = [np.mean(np.gradient(loudness(np.linspace(t + start, t + stop, 50))).clip(min=0)) for t in onset]
        assert np.corrcoef(found[f"sound_rise[{start:g}:{stop:g}]"], slope)[0, 1] > 0.7


@pytest.mark.parametrize("hertz", [90.0, 200.0, 420.0])
def test_pitch_of_a_tone_that_starts(tmp_path: Path, made: Callable, hertz: float) -> None:
    def voice(time: np.ndarray) -> np.ndarray:
        harmonics = sum(np.sin(2 * np.pi * hertz * k * time) / k for k in range(1, 6))
        return np.where(time < 3, 0, 0.2 * harmonics)

    path = write_film(tmp_path / "tone.mkv", 8.0, lambda t: grey(0.5), voice, codec="pcm_s16le", rate=22050)
    found = made(StimulusEvents(Stimulus("tone", path), "vision", np.array([1.0, 4.0, 5.0]), ("",) * 3))
    assert found["sound_voiced[-0.5:0.75]"] == pytest.approx([0, 1, 1], abs=0.01)
    assert found["sound_voiced[0.75:2]"] == pytest.approx([0, 1, 1], abs=0.02)  # the last window reaches over
    assert found["sound_pitch[-0.5:0.75]"] == pytest.approx([0, np.log2(hertz / 100), np.log2(hertz / 100)], abs=0.01)
    assert found["sound_centroid[-0.5:0.75]"][1] > hertz / 1000


def test_luminance_and_contrast_step_and_a_square_moves(film: Stimulus, made: Callable) -> None:
    onset = np.array([2.0, 7.0, 10.0, 15.0])
    found = made(replace(cuts_of(film), onset=onset, text=("",) * 4))
    area = 16 * 16 / SIZE**2
    luminance = found["picture_luminance[-0.5:0.75]"]
    np.testing.assert_allclose(luminance, [0.2, 0.8 * (1 - area), 0.8 * (1 - area), 0.4], atol=0.02)
    contrast = found["picture_contrast[-0.5:0.75]"]
    np.testing.assert_allclose(contrast, [0, 0.8 * np.sqrt(area * (1 - area)), contrast[1], 0], atol=0.02)
    motion = found["picture_motion[0.5:1]"]
    np.testing.assert_allclose(motion[2], 10 / SIZE * 16 / SIZE * 2 * 0.8, rtol=0.15)  # two edges, 10 pixels a second
    assert motion[[0, 1, 3]].max() < 0.01
    assert found["picture_motion[-0.5:0]"].max() < 0.2


def test_motion_is_the_same_at_any_frame_rate(tmp_path: Path) -> None:
    def sliding(time: float) -> np.ndarray:
        picture = grey(0.2)
        picture[:, int(time * 10) : int(time * 10) + 8] = 255
        return picture

    found = []
    for fps in (5, 24, 25, 50):
        series = picture_series(write_film(tmp_path / f"{fps}.mp4", 4.0, sliding, None, fps=fps), 4.0).data
        assert series is not None
        found.append(series[4:28, 2].mean())
    np.testing.assert_allclose(found, found[1], rtol=0.12)


def test_cut_kernel(film: Stimulus, made: Callable) -> None:
    found = made(replace(cuts_of(film), onset=np.array([4.0, 5.0, 5.25, 9.0, 12.5]), text=("",) * 5))
    assert found["cut_since"] == pytest.approx([10, 10, 0.25, 4.0, 3.5])
    assert found["cut_kernel[0]"] == pytest.approx([0, 1, np.exp(-0.5), 1, 1])
    assert found["cut_kernel[1]"] == pytest.approx([1, np.exp(-2), np.exp(-2.5), np.exp(-2), np.exp(-2)])
    uncut = made(replace(cuts_of(film), cuts=np.empty(0)))
    assert not any(uncut[n].any() for n in NAMES if n.startswith("cut_"))


def test_words_by_hand(film: Stimulus, made: Callable) -> None:
    found = made(words_of(film))
    assert found["word_position"] == pytest.approx([1, 2, 3, 1, 2, 3, 4, 5, 1])
    assert found["word_relative_position"] == pytest.approx([1 / 3, 2 / 3, 1, 0.2, 0.4, 0.6, 0.8, 1, 1])
    assert found["word_since_previous"] == pytest.approx([5, 0.3, 0.5, 2.2, 0.2, 0.3, 0.4, 0.5, 3.6])
    assert found["word_to_next"] == pytest.approx([0.3, 0.5, 2.2, 0.2, 0.3, 0.4, 0.5, 3.6, 5])
    assert found["word_letters"] == pytest.approx([3, 3, 6, 1, 3, 3, 4, 4, 3])
    assert found["word_duration"] == pytest.approx([*DURATION[:-1], 0])
    frequency = found["word_frequency"]
    assert frequency[0] == frequency.max() > 7  # "the" is 5 % of all words: log10(0.05 * 1e9) = 7.7
    assert 3.5 < frequency[2] < frequency[1] < 5.5  # sleeps, dog
    assert found["word_rate[0:0.5]"] == pytest.approx([4, 2, 2, 4, 4, 4, 2, 2, 2])
    assert found["word_rate[-0.5:0]"] == pytest.approx([0, 2, 2, 0, 2, 4, 2, 2, 0])
    assert found["word_rate[-2.5:2.5]"] == pytest.approx(np.array([3, 3, 5, 6, 6, 5, 5, 5, 1]) / 5)


def test_vision_alignment_has_the_last_word_before(film: Stimulus, made: Callable) -> None:
    found = made(cuts_of(film))
    assert found["word_letters"] == pytest.approx([4, 3, 3])  # runs, Yes, Yes
    assert found["word_position"] == pytest.approx([4, 1, 1])
    assert found["word_since_previous"] == pytest.approx([0.1, 3.6, 3.5])
    assert found["word_to_next"] == pytest.approx([0.4, 5, 5])
    late = made(replace(cuts_of(film), onset=np.array([0.5, 60.0]), text=("", "")))
    assert not late["word_letters"].any()  # before the first word; long after the last


def test_frequency_in_another_language(film: Stimulus, made: Callable) -> None:
    dutch = replace(words_of(film), words=replace(WORDS, text=("hond",) * 9), language="nl")
    english = replace(dutch, language=None)
    assert made(dutch)["word_frequency"].min() > 4.5 > made(english)["word_frequency"].max()
    chinese = replace(dutch, words=replace(WORDS, text=("我们",) * 9), language="zh")
    assert made(chinese)["word_frequency"].min() > 5
    notes: list[str] = []
    unknown = made(replace(dutch, language="xx"), notes)
    assert not unknown["word_frequency"].any()
    assert "not known for the language xx" in notes[0]


def test_silent_film(tmp_path: Path, made: Callable) -> None:
    notes: list[str] = []
    path = write_film(tmp_path / "silent.mp4", SECONDS, scene, None)
    found = made(words_of(Stimulus("silent", path)), notes)
    assert not any(found[n].any() for n in NAMES if n.startswith("sound_"))
    assert found["picture_luminance[-0.5:0.75]"].all()
    assert notes[-1] == "low_level: the columns of the sound are zero (silent.mp4: it has no sound)."
    assert not any(found[n].any() for n in NAMES if n.startswith("mel_"))


def test_sound_alone(film: Stimulus, tmp_path: Path, made: Callable) -> None:
    notes: list[str] = []
    path = write_film(tmp_path / "podcast.wav", SECONDS, None, noise, codec="pcm_s16le")
    found, whole = made(words_of(Stimulus("podcast", audio=path)), notes), made(words_of(film))
    assert not any(found[n].any() for n in NAMES if n.startswith("picture_"))
    for name in (n for n in NAMES if n.startswith("sound_level")):
        np.testing.assert_allclose(found[name], whole[name], rtol=0.05)
    assert "no picture" in notes[-1]


@pytest.mark.parametrize("content", [b"", b"no film at all" * 100, b"/annex/objects/MD5E-s1--c.mp4\n", None])
def test_transcript_alone(tmp_path: Path, made: Callable, content: bytes | None) -> None:
    path, notes = tmp_path / "stand-in.mp4", list[str]()
    if content is not None:
        path.write_bytes(content)
    found = made(words_of(Stimulus("stand-in", path)), notes)
    assert not any(found[n].any() for n in NAMES if n.startswith(("sound_", "picture_")))
    assert found["word_position"][1] == 2
    assert "made from the transcript and cuts alone (stand-in.mp4: " in notes[-1]
    damaged = content is not None and content.startswith(b"no film")  # what is not there is no damage
    assert notes[-1].startswith(WARNING) == damaged


def test_a_film_that_breaks_off(film: Stimulus, tmp_path: Path, made: Callable) -> None:
    whole = write_film(tmp_path / "whole.mkv", SECONDS, lambda t: grey(0.5 + 0.4 * np.sin(40 * t)), noise)
    (tmp_path / "half.mkv").write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    notes: list[str] = []
    events = replace(words_of(film), onset=np.array([2.0, 18.0]), text=("", ""))
    found = made(replace(events, stimulus=Stimulus("half", tmp_path / "half.mkv")), notes)
    assert found["picture_luminance[-0.5:0.75]"][0] > 0.3
    warned = [note for note in notes if note.startswith(WARNING)]
    assert any("ends at" in note and "beats_low_level is easier to pass" in note for note in warned)


def test_a_part_of_the_film_has_the_same_features(film: Stimulus, spec: ModelSpec, tmp_path: Path) -> None:
    onset = np.arange(1.0, 12.0, 0.25)
    whole = replace(words_of(film), onset=onset, text=("",) * len(onset))
    part = replace(whole, onset=onset[10:20], text=("",) * 10)
    found = [
        features_of(spec, e, Extraction(tmp_path / str(k))).layers["low_level"] for k, e in enumerate((whole, part))
    ]
    np.testing.assert_array_equal(found[0][10:20], found[1])


def test_series_do_not_depend_on_how_far_the_film_is_decoded(film: Stimulus) -> None:
    for measure in (sound_series, picture_series):
        long, short = (measure(film.path, until).data for until in (18.0, 7.0))
        assert long is not None
        assert short is not None
        np.testing.assert_array_equal(long[: len(short) - 1], short[:-1])


def test_decoded_once_and_kept(
    film: Stimulus, tmp_path: Path, spec: ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[float] = []
    monkeypatch.setattr(
        kept_module, "picture_series", lambda path, until: decoded.append(until) or picture_series(path, until)
    )
    how = Extraction(tmp_path / "store")
    first = features_of(spec, words_of(film), how).layers["low_level"]
    features_of(spec, cuts_of(film), how)
    again = features_of(spec, words_of(film), how).layers["low_level"]
    assert decoded == [60.0]
    np.testing.assert_array_equal(first, again)
    (kept,) = (tmp_path / "store").glob("low_level-*.npz")
    kept.write_bytes(kept.read_bytes()[:1000])
    np.testing.assert_array_equal(features_of(spec, words_of(film), how).layers["low_level"], first)
    features_of(spec, replace(words_of(film), onset=ONSET + 60), how)
    assert decoded == [60.0, 60.0, 120.0]


def test_sound_that_starts_later_than_the_picture(tmp_path: Path) -> None:
    for suffix, codec in ((".mkv", "pcm_s16le"), (".mp4", "aac")):
        path = write_film(
            tmp_path / f"late{suffix}", 6.0, lambda t: grey(0.5), lambda t: 0.3 * np.sin(1e3 * t), codec=codec,
            sound_from=2.5,
        )  # fmt: skip
        series = sound_series(path, 6.0).data
        assert series is not None
        loud = np.flatnonzero(series[:, 0] > 0.2)
        assert loud[0] / SOUND_RATE == pytest.approx(2.5, abs=0.06)
        assert loud[-1] / SOUND_RATE == pytest.approx(6.0, abs=0.06)


def test_envelope_is_where_the_sound_is(tmp_path: Path) -> None:
    """Clicks every second: no delay of codecs or windows."""

    def clicks(time: np.ndarray) -> np.ndarray:
        return 0.5 * np.sin(2 * np.pi * 800 * time) * ((time % 1) < 0.06)

    for suffix, codec, rate in ((".mp4", "aac", 44100), (".mkv", "aac", 48000), (".mkv", "pcm_s16le", 8000)):
        path = write_film(
            tmp_path / f"{codec}{rate}{suffix}", 10.0, lambda t: grey(0.5), clicks, codec=codec, rate=rate
        )
        series = sound_series(path, 10.0).data
        assert series is not None
        time = (np.arange(len(series)) + 0.5) / SOUND_RATE
        centre = [np.average(time[k * 50 : k * 50 + 10] % 1, weights=series[k * 50 : k * 50 + 10, 0] ** 3) for k in
                  range(1, 9)]  # fmt: skip
        np.testing.assert_allclose(centre, 0.03, atol=0.012)


def test_the_envelope_is_that_of_an_independent_method() -> None:
    rng = np.random.default_rng(3)
    time = np.arange(160000) / 16000
    wave = (0.2 * (1.1 + np.sin(2 * np.pi * 1.5 * time)) * np.sin(2 * np.pi * 500 * time)).astype(np.float32)
    wave += 1e-4 * rng.standard_normal(len(wave)).astype(np.float32)
    from bids_vlint.networks.low_level.sound import _HOP, _WINDOW, analyse

    found = analyse(np.lib.stride_tricks.sliding_window_view(wave, _WINDOW)[::_HOP])[:, 0]
    analytic = (np.abs(hilbert(wave)) / np.sqrt(2)) ** 0.6
    expected = [analytic[k * _HOP : k * _HOP + _WINDOW].mean() for k in range(len(found))]
    np.testing.assert_allclose(found[5:-5], expected[5:-5], rtol=0.05)


@settings(max_examples=40)
@given(
    arrays.arrays(np.float64, st.integers(1, 40), elements=st.floats(-10, 10)),
    st.floats(-3, 8),
    st.floats(-2, 2),
    st.floats(0.05, 3),
)
def test_averages_are_integrals(series: np.ndarray, time: float, start: float, length: float) -> None:
    (found,) = averages(series, 8.0, np.array([time]), ((start, start + length),))[0]
    fine = np.linspace(time + start, time + start + length, 20001)[:-1] + length / 40000
    step = np.floor(fine * 8).astype(int)
    inside = (step >= 0) & (step < len(series))
    expected = np.where(inside, series[step.clip(0, len(series) - 1)], 0).mean()
    assert found == pytest.approx(expected, abs=0.02)


@settings(max_examples=40)
@given(st.lists(st.integers(0, 200), unique=True), st.integers(0, 200))
def test_rates_are_counts(tenths: list[int], at: int) -> None:
    onset, time = np.sort(np.array(tenths, float)) / 10, np.array([at / 10])
    found = rates(onset, time, HALVES)[0]
    for (start, stop), value in zip(HALVES, found):
        count = sum(at + round(10 * start) <= k < at + round(10 * stop) for k in tenths)
        assert value == pytest.approx(count / (stop - start))


def test_every_column_is_documented() -> None:
    page = (Path(__file__).parents[3] / "docs" / "low_level.md").read_text(encoding="utf-8")
    assert len(set(NAMES)) == len(NAMES)
    for column in low_level_columns(of_networks=True):  # of mel bands once for all
        name = re.sub(r"^mel_\d+", "mel_K", column.name)
        assert f"`{name}`" in page, column.name
    bands = [f"{low:.0f}-{high:.0f}" for low, high in zip(EDGES_HZ, EDGES_HZ[2:])]
    assert ", ".join(bands) in " ".join(page.split())


def test_no_model_set_can_declare_it(tmp_path: Path) -> None:
    entry = '[[model]]\nname = "{}"\nmodality = "{}"\nsource = "{}"\npath = "x.h5"\n'
    for values, said in (
        (("low_level", "vision", "precomputed"), "name of the low-level features that the program adds"),
        (("Low_Level", "vision", "precomputed"), "name of the low-level features that the program adds"),
        (("mine", "low_level", "precomputed"), "unknown modality 'low_level'"),
        (("mine", "vision", "low_level"), "unknown source 'low_level'"),
    ):
        (tmp_path / "set.toml").write_text(entry.format(*values))
        with pytest.raises(InputError, match=said) as caught:
            declared_set(str(tmp_path / "set.toml"))
        assert caught.value.code == Exit.DATA


def test_it_is_in_every_set_and_nothing_else_is_made_of_it(tmp_path: Path) -> None:
    (tmp_path / "set.toml").write_text(
        '[[model]]\nname = "eye"\nmodality = "vision"\nsource = "precomputed"\npath = "x.h5"\n'
        '[[comparison]]\nname = "eye_beats_low_level"\nmodel = "eye"\nbaseline = "low_level"\n'
    )
    models = with_low_level(declared_set(str(tmp_path / "set.toml")))
    assert [m.label for m in models.models] == ["eye", "low_level"]
    spec = models.models[-1]
    assert (sees(spec), reads(spec), needs_film(models), spec.trained) == (False, False, False, True)
    assert models.comparisons[0].baseline == ("low_level",)


def test_its_columns_are_listed() -> None:
    lines = succeed(run_inside(["models", "layers", "low_level"])).stdout.splitlines()
    assert [line.split()[0] for line in lines] == [c.name for c in low_level_columns(of_networks=True)]
