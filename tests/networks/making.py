"""Features of one network, made in a folder of their own."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import numpy as np

from bids_vlint.networks.extraction.extract import Extraction, features_of
from bids_vlint.networks.specification import ModelSpec
from bids_vlint.study.stimulus import StimulusEvents


def made(
    spec: ModelSpec, shown: StimulusEvents, seed: int = 0, batch_size: int | None = None, store: Path | None = None
) -> dict[str, np.ndarray]:
    """Layer -> (n_events, n_features), computed anew where no store is given."""
    with TemporaryDirectory() as folder:
        how = Extraction(store or Path(folder), device="cpu", seed=seed)
        if batch_size is None:
            return dict(features_of(spec, shown, how).layers)
        with patch("bids_vlint.networks.extraction.stream.batch_size", lambda *_: batch_size):
            return dict(features_of(spec, shown, how).layers)
