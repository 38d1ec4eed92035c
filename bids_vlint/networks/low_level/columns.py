"""The columns of the low-level features: names, units, meanings, and the windows around an event that they average."""

from __future__ import annotations

from dataclasses import dataclass

from bids_vlint.networks.low_level.windows import Windows

# Responses are analysed up to 2 s after an event and may lag what evokes them by half a second.
QUARTERS: Windows = tuple((k / 4, (k + 1) / 4) for k in range(-2, 8))
HALVES: Windows = tuple((k / 2, (k + 1) / 2) for k in range(-1, 4))
WIDE: Windows = ((-0.5, 0.75), (0.75, 2.0))
CENTRED: Windows = ((-2.5, 2.5),)
AFTER_S = (0.0, 0.5, 1.0, 1.5, 2.0)
REACH_S = 2.0  # no sound and no picture later than that is asked for

WORD_CAP_S = 5.0
CUT_CAP_S = 10.0
DECAY_S = 0.5


@dataclass(frozen=True)
class Measure:
    """A column: its name, its unit, and what it is."""

    name: str
    unit: str
    meaning: str


def in_windows(name: str, windows: Windows) -> list[str]:
    """Names of a measure in several windows: level[0:0.25] is its mean from 0 to 0.25 s after the event."""
    return [f"{name}[{start:g}:{stop:g}]" for start, stop in windows]


def _each(name: str, windows: Windows, unit: str, meaning: str) -> list[Measure]:
    said = [f"{meaning}, from {start:g} to {stop:g} s relative to the event" for start, stop in windows]
    return [Measure(n, unit, text) for n, text in zip(in_windows(name, windows), said)]


WORD_COLUMNS = (
    *_each("word_rate", (*HALVES, *CENTRED), "words per s", "word onsets"),
    Measure("word_position", "words", "place of the word in its sentence, the first being 1"),
    Measure("word_relative_position", "", "place of the word divided by the words of its sentence"),
    Measure("word_since_previous", "s", f"time since the onset of the word before, at most {WORD_CAP_S:g}"),
    Measure("word_to_next", "s", f"time to the onset of the next word, at most {WORD_CAP_S:g}"),
    Measure("word_letters", "letters", "letters and digits of the word"),
    Measure("word_duration", "s", "duration of the word; 0 where unknown"),
    Measure("word_frequency", "Zipf", "log10 of the word's frequency per billion words; 0 where unknown"),
)
SOUND_COLUMNS = (
    *_each("sound_level", QUARTERS, "RMS^0.6", "audio envelope: RMS of the sound (1: full scale) to the power of 0.6"),
    *_each("sound_rise", HALVES, "RMS^0.6 per s", "positive part of the envelope's derivative"),
    *_each("sound_voiced", WIDE, "", "share of the time with a pitch"),
    *_each("sound_pitch", WIDE, "octaves", "pitch above 100 Hz, mean over the voiced time; 0 where there is none"),
    *_each("sound_centroid", WIDE, "kHz", "spectral centroid"),
)
_PICTURE_COLUMNS = (
    *_each("picture_luminance", WIDE, "", "mean luminance of the picture, 0 (black) to 1"),
    *_each("picture_contrast", WIDE, "", "RMS contrast: standard deviation of the luminance over the picture"),
    *_each("picture_motion", HALVES, "per s", "motion energy: mean absolute change of the luminance"),
    Measure("cut_since", "s", f"time since the scene cut before the event, at most {CUT_CAP_S:g}"),
    *(
        Measure(f"cut_kernel[{s:g}]", "", f"exp(-d / {DECAY_S:g} s), d: time since the last scene cut, {s:g} s after "
               "the event")
        for s in AFTER_S
    ),
)  # fmt: skip
COLUMNS: tuple[Measure, ...] = (*WORD_COLUMNS, *SOUND_COLUMNS, *_PICTURE_COLUMNS)
