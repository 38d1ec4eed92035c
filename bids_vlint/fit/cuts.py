"""Scene cuts of a film that has no table of them: found in the film, kept in the store; or the features' events."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bids_vlint.files.access import why_absent
from bids_vlint.files.digest import digest_of, key_of
from bids_vlint.files.json_file import write_json
from bids_vlint.film.scenes import scene_cuts
from bids_vlint.networks.families.precomputed import vision_onsets
from bids_vlint.networks.model_set import needs_film
from bids_vlint.networks.specification import ModelSet
from bids_vlint.study.clock import DECIMALS
from bids_vlint.study.presentation import Presentation

_DETECTOR = "PySceneDetect ContentDetector, defaults"


def cuts_of(presentation: Presentation, models: ModelSet, store: Path) -> tuple[np.ndarray, str]:
    """Scene cuts of a presented film, and where they come from.

    Parameters
    ----------
    presentation : Presentation
    models : ModelSet
        With precomputed networks alone the film need not exist: their vision events are the cuts then.
    store : Path

    Returns
    -------
    cuts : (n,) float64, seconds in movie time; empty where there are none
    source : str
        In words.

    Raises
    ------
    InputError
        Where the film is needed and not there (66) or cannot be decoded (65).
    """
    film = presentation.stimulus.video
    if film is None:
        return np.empty(0), "no picture"
    absent = why_absent(film)
    if absent and needs_film(models):
        raise absent
    if presentation.cuts is not None:
        return presentation.cuts, "table"
    if not absent:
        return np.round(_kept(store, film, lambda: scene_cuts(film)), DECIMALS), _DETECTOR
    onsets = vision_onsets(models, presentation.stimulus)
    return (np.empty(0), "the film is not there") if onsets is None else (onsets, "events of the precomputed features")


def _kept(store: Path, film: Path, compute: Callable[[], np.ndarray]) -> np.ndarray:
    file = store / f"cuts-{key_of({'film': digest_of(film), 'detector': _DETECTOR})}.json"
    if file.is_file():
        try:
            return np.array(json.loads(file.read_text(encoding="utf-8"))["cuts"], float)
        except (ValueError, KeyError, TypeError):
            pass  # half-written by another program: find them again
    cuts = compute()
    store.mkdir(parents=True, exist_ok=True)
    write_json(file, {"cuts": cuts.tolist()})
    return cuts
