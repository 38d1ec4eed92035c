"""Does a recording last and run as its sidecars and its header declare? No file is opened here.

What differs by rounding, or by a value that everything else contradicts, is noted; what cannot be reconciled is
refused, since events would then get the responses of other moments.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bids_vlint.signals.finding import AGREES, NOTED, REFUSED, Finding
from bids_vlint.study.declared import Declared

# The last event may move by one step of a track, a quarter of the distance of two bins' centres.
_SHIFT_S = 0.025
# By so much may a sidecar round the rate that a header gives more exactly.
_ROUNDED = 1e-3
_SAME = 1e-6
# Two samples of a recording at 200 Hz, which a faster one may have been when its duration was counted; durations at two
# rates that matter lie further apart.
_COUNTED_S = 0.01
_EPOCH_SLACK_S = 1.0  # some call the whole recording one epoch, in whole seconds


@dataclass(frozen=True)
class InFile:
    """What a recording's file holds.

    Attributes
    ----------
    file : str
        Its name.
    rate : float
        Of the device in question, Hz, as the file says.
    n_times : int
        Samples of a channel.
    end : float
        Seconds from the first sample to the last, gaps among them.
    grain : float
        Seconds in whose multiples the file is written: a record of EDF; 0 for single samples.
    could_be : (from, to) Hz | None
        What a rounded rate of the file may be.
    channels : int | None
        Channels that the data are cut into, where their number of samples stands nowhere else.
    """

    file: str
    rate: float
    n_times: int
    end: float
    grain: float = 0.0
    could_be: tuple[float, float] | None = None
    channels: int | None = None


def judge_rate(found: InFile, declared: Mapping[str, float], length: Declared) -> tuple[float, Finding]:
    """Which sampling rate a device has.

    Parameters
    ----------
    found : InFile
    declared : mapping
        Where a rate stands to the rate, Hz.
    length : Declared
        RecordingDuration and the last event say what a difference does, and may say which rate is right.

    Returns
    -------
    rate : float
        Hz: that of the file, or the one that a header's rounded value is better known by.
    Finding

    Examples
    --------
    >>> file = InFile("x.vhdr", 128.0, 17408, 136.0)
    >>> judge_rate(file, {"x.json": 128.0}, Declared())[1].verdict
    'agrees'
    >>> judge_rate(file, {"x.json": 256.0, "x.tsv": 256.0}, Declared(duration=68.0))[1].verdict
    'refused'
    """
    rate, what = found.rate, "sampling rate"
    others = {where: value for where, value in declared.items() if abs(value / rate - 1) > _SAME}
    told, own = _listed(declared), f"{found.file}: {rate:g} Hz"
    if not others:
        return rate, Finding(what, told or "nothing", own)
    lasts = [value for value in (rate, *others.values()) if _lasts(found, value, length)]
    low, high = found.could_be or (rate, rate)
    better = next(iter(others.values()))
    if all(low <= value <= high and abs(value / better - 1) <= _SAME for value in others.values()) and lasts != [rate]:
        said = f"gives {rate:.9g} Hz by a rounded interval; {_listed(others)} is taken, which is better known"
        return better, Finding(what, told, own, NOTED, said)
    wrong = {where: value for where, value in others.items() if _matters(found, value, length)}
    if not wrong:
        return rate, Finding(what, told, own, NOTED, f"gives {rate:.9g} Hz, {_listed(others)} rounds it")
    lasts = [value for value in lasts if value == rate or value in wrong.values()]
    right = len(declared) - len(wrong)
    if lasts == [rate] or (right >= len(wrong) and (rate in lasts or not lasts)):
        why = "its length" if lasts == [rate] else _listed({k: v for k, v in declared.items() if k not in wrong})
        said = f"is sampled at {rate:g} Hz, as {why} says, but {_listed(wrong)}; that of the file is taken"
        return rate, Finding(what, told, own, NOTED, said)
    said = f"is sampled at {rate:g} Hz by its header, but {_listed(wrong)}: events would get other moments' signal"
    return rate, Finding(what, told, own, REFUSED, said, "correct the one that is wrong")


def _matters(found: InFile, value: float, length: Declared) -> bool:
    """Whether a rate would move the last event by more than a step, and is no rounding of the file's."""
    last = found.end if length.last_event is None else min(found.end, length.last_event)
    if last * abs(value / found.rate - 1) <= _SHIFT_S:
        return False
    decimals = len(f"{value:.12g}".partition(".")[2])
    return abs(value / found.rate - 1) > _ROUNDED or round(found.rate, decimals) != value


def _lasts(found: InFile, rate: float, length: Declared) -> bool:
    """Whether the file's samples make the declared duration at a rate."""
    if length.duration is None:
        return False
    seconds = found.n_times / rate
    return any(abs(t - length.duration) <= _slack(length.duration, rate, found.grain)
               for t in (seconds, found.end + seconds - found.n_times / found.rate))  # fmt: skip


def _slack(duration: float, rate: float, grain: float) -> float:
    """By how much a duration may differ: its last digit, two samples (some count intervals), a record of the file."""
    text = f"{duration:.9f}".rstrip("0")
    return 10.0 ** -len(text.partition(".")[2]) + max(2 / rate, _COUNTED_S) + grain


def judge_duration(found: InFile, declared: Declared, *, rate_known: bool) -> Finding | None:
    """Whether RecordingDuration is that of the file; None where it is not declared.

    Parameters
    ----------
    found : InFile
        With the rate that was decided on.
    declared : Declared
    rate_known : bool
        Whether another declaration gives the rate, which the duration is otherwise the only check of.

    Examples
    --------
    >>> file = InFile("x.vhdr", 128.0, 17408, 136.0)
    >>> judge_duration(file, Declared(duration=135.992), rate_known=True).verdict
    'agrees'
    """
    duration = declared.duration
    if duration is None:
        return None
    own, end = f"{found.file}: {found.end:.6g} s", found.end
    told = f"RecordingDuration: {duration:.6g} s"
    if _lasts(found, found.rate, declared):
        return Finding("duration", told, own)
    said = f"holds {end:.6g} s, but RecordingDuration is {duration:.6g} s"
    if declared.last_event is not None and end < declared.last_event <= duration + 1:
        return Finding("duration", told, own, REFUSED, f"{said}, with events up to {declared.last_event:.6g} s: it was "
                       "cut", "get the whole file, or correct RecordingDuration")  # fmt: skip
    if (n := found.channels) and (true := _other_channels(found, duration)):
        return Finding("duration", told, own, REFUSED, f"{said}: as it would be if the data had {true} channels, not "
                       f"the {n} of the header", "correct the header, or the duration")  # fmt: skip
    if not rate_known:
        return Finding("duration", told, own, REFUSED, f"{said}, and nothing else gives the sampling rate",
                       "correct RecordingDuration, or add SamplingFrequency to ieeg.json")  # fmt: skip
    return Finding("duration", told, own, NOTED, f"{said}; that of the file is taken")


def judge_listed(found: InFile, listed: int, duration: Finding | None) -> Finding | None:
    """Whether the data may hold the channels of channels.tsv rather than the fewer of the header; None where nothing
    is to be said.

    Parameters
    ----------
    found : InFile
    listed : int
        Channels of channels.tsv, of any type.
    duration : Finding | None
        What `judge_duration` found: one that agrees tells how many channels there are.

    Examples
    --------
    >>> judge_listed(InFile("x.vhdr", 128.0, 21760, 170.0, channels=4), 5, None).verdict
    'refused'
    """
    n = found.channels
    if n is None or listed <= n or found.n_times * n % listed or (duration and duration.verdict == AGREES):
        return None
    return Finding("channels", f"channels.tsv: {listed}", f"{found.file}: {n}", REFUSED,
                   f"has {n} channels by its header, but {listed} in channels.tsv, which its bytes fit as well, and "
                   "nothing says how long it is",
                   "correct the header, or give RecordingDuration in ieeg.json")  # fmt: skip


def _other_channels(found: InFile, duration: float) -> int | None:
    """The number of channels that would give the file's bytes the declared duration, if there is one."""
    assert found.channels is not None
    bytes_s = found.n_times * found.channels / found.rate  # seconds times channels
    near = round(bytes_s / duration)
    exact = near > 0 and near != found.channels and abs(bytes_s / near - duration) <= 3 / found.rate
    return near if exact else None


def judge_kind(file: str, end: float, breaks: int, declared: Declared) -> Finding | None:
    """Whether the recording is as continuous as declared; None where nothing is declared.

    Parameters
    ----------
    file : str
    end : float
        Seconds.
    breaks : int
        Discontinuities that the file shows.
    declared : Declared

    Examples
    --------
    >>> judge_kind("x.edf", 136.0, 0, Declared(kind="epoched", epoch=2.0)).verdict
    'refused'
    """
    kind, epoch = declared.kind, declared.epoch
    if kind is None and epoch is None:
        return None
    told = "; ".join([*([f"RecordingType: {kind}"] if kind else []), *([f"EpochLength: {epoch:g} s"] if epoch else [])])
    own = f"{file}: {breaks} discontinuities" if breaks else f"{file}: continuous"
    what, do = "continuity", "give the continuous recording, or correct ieeg.json"
    if kind == "epoched" or (epoch is not None and epoch < end - _EPOCH_SLACK_S):
        said = f"holds {end:.6g} s that are declared to be epochs ({told}), in which times of events are not known"
        return Finding(what, told, own, REFUSED, said, do)
    if kind == "discontinuous" and not breaks:
        said = "is declared discontinuous (RecordingType), but does not say where it was interrupted"
        return Finding(what, told, own, REFUSED, said, do)
    if kind == "continuous" and breaks:
        said = f"is declared continuous (RecordingType), but has {breaks} discontinuities, which are heeded"
        return Finding(what, told, own, NOTED, said)
    return Finding(what, told, own)


def _listed(values: Mapping[str, float]) -> str:
    """Who says which rate."""
    by_value: dict[float, list[str]] = {}
    for where, value in values.items():
        by_value.setdefault(value, []).append(where)
    return ", ".join(f"{' and '.join(where)}: {value:.9g} Hz" for value, where in by_value.items())
