"""The dense scores of a fit and alignment; written, and read again by reports and group level."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from bids_vlint.derivatives import layout
from bids_vlint.encoding.labels import SCORE_VARIABLES, labelled_scores
from bids_vlint.encoding.score import Scores
from bids_vlint.files.netcdf import read_netcdf, write_netcdf
from bids_vlint.files.variable import Variable, labelled, narrowed
from bids_vlint.signals.responses import Responses
from bids_vlint.study.fits import FitName
from bids_vlint.study.stimulus import Alignment

if TYPE_CHECKING:
    import xarray as xr

_KIND, _VERSION = "encoding", 1

_RESPONSE_VARIABLES: tuple[Variable, ...] = (
    Variable("event_onset", ("event",), "Onset of the event in its recording", "s", labels=True),
    Variable("event_movie_time", ("event",), "Onset of the event in the film", "s", labels=True),
    Variable(
        "responses", ("event", "electrode", "lag"), "Responses, standardised per run (with --save-responses)", "1"
    ),
)
ENCODING_VARIABLES: tuple[Variable, ...] = (*SCORE_VARIABLES, *_RESPONSE_VARIABLES)


def write_encoding(
    out: Path, name: FitName, alignment: Alignment, scores: Scores, responses: Responses | None = None
) -> None:
    """Write the dense scores of a fit and alignment, and perhaps the responses; variables as `ENCODING_VARIABLES`.
    The attribute `channels` names the electrodes.

    The same values make the same bytes.
    """
    found = labelled_scores(scores)
    if responses is not None:
        columns = {"event_onset": "onset", "event_movie_time": "movie_time"}
        events = {key: responses.events[c].to_numpy(float) for key, c in columns.items() if c in responses.events}
        found = found.merge(labelled(_RESPONSE_VARIABLES, {**events, "responses": responses.data}))
    # for programs that read HDF5 and know no named axes
    found = narrowed(found).assign_attrs(channels=list(scores.channels))
    write_netcdf(layout.encoding_h5(out, name, alignment), {"/": found}, kind=_KIND, version=_VERSION)


def read_encoding(
    out: Path,
    name: FitName,
    alignment: Alignment,
    only: Collection[str] | None = None,
    lags: slice = slice(None),
) -> xr.Dataset:
    """Read the dense scores of a fit and alignment; variables as docs/outputs.md lists them.

    Parameters
    ----------
    out : Path
        The output folder.
    name : FitName
    alignment : Alignment
    only : collection of str | None
        Variables that are wanted, with the labels of their axes (saved responses are large). None: all.
    lags : slice
        Which of the lags.

    Raises
    ------
    InputError
        The file is not there (66), or is no such file, or of a format that this version does not know (65).

    Examples
    --------
    >>> from bids_vlint import read_fits
    >>> (fit,) = read_fits(Path("out"))
    >>> scores = read_encoding(Path("out"), fit.name, "language")
    >>> dict(scores["r"].sizes)
    {'model': 12, 'electrode': 5, 'lag': 161}
    >>> scores["r"].sel(model="fusion", lag=slice(0, 2)).mean("lag").dims
    ('electrode',)
    """
    return read_netcdf(layout.encoding_h5(out, name, alignment), kind=_KIND, version=_VERSION, only=only,
                        part={"lag": lags})["/"]  # fmt: skip
