"""Where a film lies in a recording, in words."""

from __future__ import annotations

import numpy as np

from bids_vlint.film.length import length_of
from bids_vlint.study.presentation import Presentation

_SHOWN = 3  # stretches that a sentence names; more are counted


def where_film_lies(presentation: Presentation, duration: float) -> str:
    """Say from when to when a film was on in a recording of `duration` seconds.

    The end of a film that was not stopped is as far off as its file says it is long, else its last word or cut.
    """
    length, least = length_of(presentation.stimulus.path), ""
    if length is None:
        length, least = _last_event(presentation), "at least "
    stretches = [_seconds(showing.to_recording(np.array([showing.movie[0], min(showing.movie[-1], length)])))
                 for showing in presentation.showings if showing.movie[0] < length]  # fmt: skip
    bounded = all(showing.movie[-1] <= length for showing in presentation.showings)
    said = [f"from {a} s to {'' if bounded else least}{b} s" for a, b in stretches]
    if len(said) > _SHOWN:
        said = [f"from {stretches[0][0]} s to {stretches[-1][1]} s, in {len(said)} stretches,"]
    if not said:
        return f"no film in a recording of {_short(duration)} s"
    outside = _outside([(float(a), float(b)) for a, b in stretches], duration)
    return f"film {' and '.join(said)} of a {_short(duration)} s recording{outside}"


def _last_event(presentation: Presentation) -> float:
    """Seconds of the film that its words and cuts are known for."""
    times = [presentation.words["end"].to_numpy(float), presentation.words["movie_time"].to_numpy(float)]
    if presentation.cuts is not None:
        times.append(presentation.cuts)
    return float(np.concatenate([[0.0], *times]).max())


def _outside(stretches: list[tuple[float, float]], duration: float) -> str:
    """What of the film the recording does not hold."""
    before = sum(max(0.0, min(b, 0.0) - a) for a, b in stretches)
    after = sum(max(0.0, b - max(a, duration)) for a, b in stretches)
    parts = {"before its start": before, "after its end": after}
    said = [f"{_short(seconds)} s of it {where}" for where, seconds in parts.items() if seconds >= 0.05]
    return f"; {' and '.join(said)}" if said else ""


def _seconds(times: np.ndarray) -> tuple[str, str]:
    return _short(float(times[0])), _short(float(times[1]))


def _short(seconds: float) -> str:
    """Seconds to a tenth, without a decimal that says nothing."""
    text = f"{seconds:.1f}"
    return text.removesuffix(".0")
