"""How the recordings of a fit are: spectra, high gamma around events, what became of the events over the film."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from bids_vlint.derivatives import layout
from bids_vlint.files.netcdf import read_netcdf, write_netcdf
from bids_vlint.files.variable import Variable, labelled, narrowed
from bids_vlint.study.fits import FitName

if TYPE_CHECKING:
    import xarray as xr

_KIND, _VERSION = "quality", 1
OF_SPECTRA, OF_HIGH_GAMMA, OF_EVENTS = "spectra", "high_gamma", "film"
USED = "used"

_CHANNEL = Variable("channel", ("channel",), "Channel, after the reference; or a contact that is not analysed")

QUALITY_VARIABLES: Mapping[str, tuple[Variable, ...]] = {
    OF_SPECTRA: (
        Variable("recording", ("recording",), "Recording"),
        _CHANNEL,
        Variable("stage", ("stage",), "Before or after the mains are taken out"),
        Variable("frequency", ("frequency",), "Frequency", "Hz"),
        Variable("power", ("recording", "channel", "stage", "frequency"), "Welch's power spectral density (windows of "
                 "2 s), the median over up to 12 stretches of 30 s spread over the recording", "µV²/Hz"),
        Variable("kept", ("channel",), "Whether the channel is analysed"),
        Variable("line_freq", ("recording", "channel"), "Of the mains that are taken out", "Hz"),
        Variable("sfreq", ("recording", "channel"), "Sampling rate", "Hz"),
    ),
    OF_HIGH_GAMMA: (
        Variable("alignment", ("alignment",), "What the events are: language (word onsets) or vision (scene cuts)"),
        Variable("part", ("part",), "Tenth of the used events, in order"),
        Variable("electrode", ("electrode",), "Electrode"),
        Variable("lag", ("lag",), "Time from the event", "s"),
        Variable("level", ("alignment", "part", "electrode", "lag"), "Mean over the part's events of log power from 70 "
                 "to 150 Hz, against its mean over the recording; none where the sampling rate does not hold it", "dB"),
        Variable("n_events", ("alignment", "part"), "Events that were averaged: of each part without those within "
                 "3.2 s of the part before"),
    ),
    OF_EVENTS: (
        Variable("recording", ("row",), "Recording"),
        Variable("stimulus", ("row",), "Film"),
        Variable("alignment", ("row",), "What the events are"),
        Variable("outcome", ("row",), "used, or why not"),
        Variable("start", ("row",), "First second of a stretch of the film", "s"),
        Variable("stop", ("row",), "Last second of the stretch", "s"),
        Variable("n", ("row",), "Events of this outcome in the stretch"),
    ),
}  # fmt: skip


def write_quality(out: Path, name: FitName, groups: Mapping[str, xr.Dataset]) -> None:
    """Write how the recordings of a fit are; the same values make the same bytes.

    Parameters
    ----------
    out : Path
    name : FitName
    groups : group -> Dataset
        With variables as `QUALITY_VARIABLES`.
    """
    narrow = {group: narrowed(dataset) for group, dataset in groups.items()}
    path = layout.quality_h5(out, name)
    write_netcdf(path, {"/": labelled((), {}), **narrow}, kind=_KIND, version=_VERSION)


def read_quality(out: Path, name: FitName) -> dict[str, xr.Dataset]:
    """Read how the recordings of a fit are.

    Returns
    -------
    group -> Dataset
        None where a version before wrote the fit.

    Raises
    ------
    InputError
        The file is no such file, or of a format that this version does not know (65).
    """
    path = layout.quality_h5(out, name)
    if not path.is_file():
        return {}
    return {group: one for group, one in read_netcdf(path, kind=_KIND, version=_VERSION).items() if group != "/"}
