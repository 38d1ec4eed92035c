"""The frame at a time is the one on the screen, whatever the file's structure."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from bids_vlint.errors import Exit, InputError
from bids_vlint.film.video import frames_at, probe
from tests.film.write_film import SIZE, number_of, picture, write_film

B_FRAMES = {"bf": "3", "b-adapt": "0", "g": "12"}
NTSC = Fraction(1001, 24000)  # 23.976 frames per second


def numbers(video: Path, times: list[float]) -> list[int]:
    """Numbers of the frames at these times, in the order of the times."""
    found = dict(frames_at(video, np.array(times)))
    assert sorted(found) == list(range(len(times)))
    return [number_of(found[k]) for k in range(len(times))]


def test_b_frames_are_shown_in_order(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.mp4", range(48), options=B_FRAMES)
    with av.open(str(film)) as container:
        assert any(str(f.pict_type).endswith("B") or f.pict_type == 3 for f in container.decode(video=0))
    assert numbers(film, [0, 1 / 24, 10 / 24, 10.5 / 24, 47 / 24]) == [0, 1, 10, 10, 47]


def test_a_film_is_closed_where_ffmpeg_was_made_to_speak_in_python(tmp_path: Path) -> None:
    """As older torchvision does, when it is imported; in a process of its own, which hung."""
    film = write_film(tmp_path / "film.mp4", range(240), options=B_FRAMES)
    code = "import sys, av; av.logging.set_level(av.logging.ERROR); from bids_vlint.film.video import probe\n" \
        "from pathlib import Path; print([probe(Path(sys.argv[1])).duration for _ in range(20)][-1])"  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code, film], capture_output=True, text=True, timeout=120, check=True)
    assert float(done.stdout) == pytest.approx(10)


def test_times_need_no_order_and_may_repeat(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.mp4", range(48))
    assert numbers(film, [1.5, 0, 1.5, 0.5]) == [36, 0, 36, 12]
    assert [k for k, _ in frames_at(film, np.array([1.5, 0, 1.5, 0.5]))] == [1, 3, 0, 2]


def test_rate_of_23_976(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.mp4", range(200), time_base=NTSC, options=B_FRAMES)
    exact = [float(k * NTSC) for k in (0, 1, 24, 100, 199)]
    assert numbers(film, exact) == [0, 1, 24, 100, 199]
    assert numbers(film, [t + 0.001 for t in exact]) == [0, 1, 24, 100, 199]
    assert numbers(film, [t - 0.006 for t in exact[1:]]) == [0, 23, 99, 198]
    assert numbers(film, [1.0, 4.0]) == [24, 96]  # frame 24 is shown at 1.001 s


def test_onsets_rounded_to_microseconds_still_get_their_frame(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.mp4", range(60), time_base=NTSC)
    assert numbers(film, [round(float(k * NTSC), 6) for k in range(60)]) == list(range(60))


@pytest.mark.parametrize("suffix", ["mkv", "ts", "mp4"])
def test_start_other_than_zero(tmp_path: Path, suffix: str) -> None:
    film = write_film(tmp_path / f"film.{suffix}", range(36, 84), options=B_FRAMES)
    assert numbers(film, [0, 12 / 24, 12.5 / 24]) == [0, 12, 12]


def test_picture_that_starts_after_the_sound(tmp_path: Path) -> None:
    path = tmp_path / "film.mkv"
    with av.open(str(path), "w") as container:
        sound = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        stream = container.add_stream("libx264", rate=24, options={"bf": "0"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 16000), np.int16), format="s16", layout="mono")
        silence.sample_rate, silence.pts = 8000, 0
        container.mux(sound.encode(silence))
        for number in range(24):
            frame = av.VideoFrame.from_ndarray(picture(number), format="rgb24")
            frame.pts, frame.time_base = number + 12, Fraction(1, 24)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        container.mux(sound.encode())
    assert probe(path).start == pytest.approx(0.5, abs=0.002)
    assert numbers(path, [0, 0.5, 1.0]) == [0, 0, 12]


def test_variable_frame_rate(tmp_path: Path) -> None:
    times = [0, 40, 50, 500, 530, 1000]  # milliseconds
    film = write_film(tmp_path / "film.mkv", times, time_base=Fraction(1, 1000))
    assert numbers(film, [0, 0.04, 0.044, 0.051, 0.4, 0.5, 0.501, 0.9]) == [0, 1, 1, 2, 2, 3, 3, 4]


def test_held_frames_stay(tmp_path: Path) -> None:
    """A screen recording stores a frame only where the picture changes: an event gets what was on, not what came."""
    film = write_film(tmp_path / "slides.mp4", [1500 * k for k in range(20)], time_base=Fraction(1, 1000))
    assert numbers(film, [0.1, 5.2, 6.1, 6.7, 8.2, 28.0]) == [0, 3, 4, 4, 5, 18]


def test_an_onset_rounded_to_hundredths_shows_the_new_scene(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.mp4", range(200))
    assert numbers(film, [round(k / 24, 2) for k in range(200)]) == list(range(200))


def test_after_the_end_the_last_frame_stays(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.mp4", range(48), options=B_FRAMES)
    assert numbers(film, [1.99, 2.5, 60]) == [47, 47, 47]


@pytest.mark.parametrize(("rotation", "corner"), [(90, (-1, 0)), (-90, (0, -1)), (180, (-1, -1))])
def test_rotated_film_is_turned_upright(tmp_path: Path, rotation: int, corner: tuple[int, int]) -> None:
    def draw(number: int) -> np.ndarray:  # white in the upper left corner
        frame = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
        frame[:16, :16] = 255
        return frame

    film = write_film(tmp_path / "film.mp4", range(12), draw=draw, rotation=rotation)
    ((_, frame),) = frames_at(film, np.array([0.1]))
    assert frame.shape == ((SIZE[1], SIZE[0], 3) if rotation == 180 else (SIZE[0], SIZE[1], 3))
    rows, columns = (slice(0, 8) if c == 0 else slice(-8, None) for c in corner)
    assert frame[rows, columns].mean() > 200
    assert frame.mean() < 60


@pytest.mark.parametrize("aspect", [Fraction(64, 45), Fraction(8, 9), Fraction(1, 2), Fraction(1, 1)])
@pytest.mark.parametrize(
    ("name", "rotation"), [("film.mp4", None), ("film.mp4", 90), ("film.mkv", None), ("film.avi", None)]
)
def test_pixels_are_square(tmp_path: Path, name: str, aspect: Fraction, rotation: int | None) -> None:
    """A circle on the screen is one in the picture that networks see."""
    width, height = 240, 180
    y, x = np.mgrid[:height, :width]
    disc = (((x - 120) * float(aspect)) ** 2 + (y - 90) ** 2) < (60 * min(1.0, float(aspect))) ** 2

    def draw(number: int) -> np.ndarray:
        return np.repeat(np.uint8(disc)[..., None] * 255, 3, axis=2)

    codec = "mpeg4" if name.endswith("avi") else "libx264"
    film = write_film(tmp_path / name, range(12), draw=draw, aspect=aspect, rotation=rotation, codec=codec)
    ((_, frame),) = frames_at(film, np.array([0.1]))
    white = frame.mean(2) > 128
    down, across = (int(white.any(axis).sum()) for axis in (1, 0))
    assert abs(down - across) <= 3
    assert down >= 60
    shape = (round(height * max(1 / float(aspect), 1)), round(width * max(float(aspect), 1)))
    assert frame.shape[:2] == (shape if rotation is None else shape[::-1])


def test_high_dynamic_range_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    film = write_film(tmp_path / "film.mkv", range(12), curve=16)
    list(frames_at(film, np.array([0.1])))
    assert "HDR (PQ)" in caplog.text
    assert "without tone mapping" in caplog.text
    caplog.clear()
    list(frames_at(write_film(tmp_path / "other.mkv", range(12)), np.array([0.1])))
    assert not caplog.text


def test_grayscale_has_three_equal_channels(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.mkv", range(24), codec="ffv1", pix_fmt="gray")
    ((_, frame),) = frames_at(film, np.array([0.5]))
    assert frame.shape == (SIZE[1], SIZE[0], 3)
    assert number_of(frame) == 12
    np.testing.assert_array_equal(frame[..., 0], frame[..., 2])


def test_film_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not there") as caught:
        list(frames_at(tmp_path / "film.mp4", np.array([0.0])))
    assert caught.value.code == Exit.NO_INPUT


def test_content_that_was_not_fetched(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").symlink_to(tmp_path / "annex" / "key")
    with pytest.raises(InputError, match=r"datalad get .*film\.mp4") as caught:
        probe(tmp_path / "film.mp4")
    assert caught.value.code == Exit.NO_INPUT


def test_sound_alone_has_no_picture(tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.int16), format="s16", layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    with pytest.raises(InputError, match="no picture") as caught:
        probe(path)
    assert caught.value.code == Exit.DATA


def test_file_that_is_no_film(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    for content in (b"\n", b"no film at all" * 1000, np.random.default_rng(0).bytes(50_000)):
        path.write_bytes(content)
        with pytest.raises(InputError, match="cannot be decoded") as caught:
            probe(path)
        assert caught.value.code == Exit.DATA
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("options", [{}, {"movflags": "faststart"}])
def test_truncated_film(tmp_path: Path, options: dict[str, str]) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (240, SIZE[1], SIZE[0], 3), np.uint8)
    path = tmp_path / "film.mkv"  # an MKV can be read up to where it breaks off
    write_film(path, range(240), draw=lambda k: noise[k], options=B_FRAMES | options)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    with pytest.raises(InputError, match="cannot be decoded") as caught:
        list(frames_at(path, np.array([0.5, 9.0])))
    assert caught.value.code == Exit.DATA


def test_truncated_mp4(tmp_path: Path) -> None:
    path = write_film(tmp_path / "film.mp4", range(240))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    with pytest.raises(InputError, match="cannot be decoded") as caught:
        list(frames_at(path, np.array([0.5])))
    assert caught.value.code == Exit.DATA


def test_probe_reads_the_header(tmp_path: Path) -> None:
    film = probe(write_film(tmp_path / "film.mp4", range(48)))
    assert film.duration == pytest.approx(2)
    assert film.rate == pytest.approx(24)
    assert film.size == SIZE
