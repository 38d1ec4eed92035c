"""A data set as arrays: the responses and features of every fit, for analyses of one's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from bids_vlint.encoding.network_features import NetworkFeatures
from bids_vlint.errors import Exit, InputError, did_you_mean
from bids_vlint.fit.features import compute_features, networks_of_fit
from bids_vlint.fit.preparation import PreparedFit, prepare_fits
from bids_vlint.fit.record import describe_channels
from bids_vlint.fit.responses import responses_of_fit
from bids_vlint.log import remarks
from bids_vlint.settings import BY_NAME, Settings, checked
from bids_vlint.signals.responses import Responses
from bids_vlint.study.fits import FitName
from bids_vlint.study.stimulus import Alignment
from bids_vlint.workflows.folders import work_in_use
from bids_vlint.workflows.protocols import (
    calibrated_reach,
    event_protocol,
    feature_protocol,
    place_protocol,
    signal_protocol,
)
from bids_vlint.workflows.study import Study, open_study, plan_all


@dataclass(frozen=True)
class FitArrays:
    """Recordings that are analysed together, as arrays.

    Attributes
    ----------
    name : FitName
        Its entities; `name.stem` is what its files would be called.
    responses : alignment -> Responses
        `language`: around word onsets; `vision`: around scene cuts. An alignment with too few events is not there.
    networks : alignment -> list of NetworkFeatures
        Every network of the model set with its random twins, and the low-level features; rows as the events of the
        responses. A layer is read from disk when it is asked for.
    channels : DataFrame
        Type, unit, place and region of each electrode; index `name`, in the order of the responses' electrodes.
    notes : tuple of str
        What a reader must know: events, channels and networks that are left out, and why.
    """

    name: FitName
    responses: Mapping[Alignment, Responses]
    networks: Mapping[Alignment, list[NetworkFeatures]]
    channels: pd.DataFrame
    notes: tuple[str, ...]


def load_fits(bids_dir: str | Path, models: str | Path, *, threads: int = 1, **options: Any) -> Iterator[FitArrays]:
    """Read a BIDS data set of people who watched films: responses and features of one fit after the other.

    The same recordings, events, cleaning and features as the command line's; nothing is written but what it keeps in
    `work_dir` (`work` below the current folder, if that is not given).

    Parameters
    ----------
    bids_dir : str or Path
    models : str or Path
        A model set: a TOML file or the name of a built-in one.
    threads : int
        Channels in work at a time.
    **options
        Settings as on the command line, with underscores: `participant_label="01"`, `band="high-gamma"`,
        `stimuli="stimuli.toml"`.

    Yields
    ------
    FitArrays

    Raises
    ------
    InputError
        An unknown option or value (64), no recording of a film (18), or a file that cannot be used.

    Examples
    --------
    >>> from bids_vlint import EncodingPlan, compare_networks, find_sites, load_fits
    >>> (fit,) = load_fits("bids", "networks.toml", participant_label="01", alignment="language")
    >>> fit.name.stem, list(fit.channels.index), fit.responses["language"].data.shape[1:]
    ('sub-01_task-movie', ['A1', 'A2', 'A3', 'A4', 'A5'], (5, 161))
    >>> [network.label for network in fit.networks["language"]][:4]
    ['eye', 'eye-random', 'ear', 'ear-random']
    >>> plan = EncodingPlan(n_shifts=10, n_bootstraps=20)
    >>> found = compare_networks(fit.networks["language"], fit.responses["language"], plan=plan)
    >>> len(find_sites({"language": found.tests}))
    5
    """
    settings = _settings(bids_dir, models, options)
    with work_in_use(settings.work_dir):
        study, runs = open_study(settings)
        plans, failed, _ = plan_all(study, runs)
        for error in failed.values():
            raise error
        protocols = event_protocol(settings), signal_protocol(settings), calibrated_reach(settings)
        for fit in (fit for fits in plans.values() for fit in prepare_fits(fits, study.models, *protocols)):
            yield _arrays(study, fit, threads)


def _settings(bids_dir: str | Path, models: str | Path, options: Mapping[str, Any]) -> Settings:
    for name in options:
        if name not in BY_NAME or name in ("models", "config"):
            raise InputError(f"load_fits({name}=...)", "is unknown", did_you_mean(name, BY_NAME), Exit.USAGE)
    given = {"models": str(models), **options}
    values = {name: checked(BY_NAME[name], value, "load_fits", Exit.USAGE) for name, value in given.items()
              if value is not None}  # fmt: skip
    return Settings(bids_dir=Path(bids_dir), output_dir=Path(values.get("work_dir", "work")), **values)


def _arrays(study: Study, fit: PreparedFit, threads: int) -> FitArrays:
    how = feature_protocol(study.settings)
    with remarks(fit.notes) as notes:
        compute_features([fit], study.models, how)
        networks = {a: networks_of_fit(fit, a, study.models, how) for a in fit.alignments}
        responses, flat, _ = responses_of_fit(fit, signal_protocol(study.settings), threads)
        channels, of_places = describe_channels(fit, [name for name in fit.channels if name not in flat],
                                                place_protocol(study.settings))  # fmt: skip
    return FitArrays(fit.plan.name, responses, networks, channels, (*notes, *of_places))
