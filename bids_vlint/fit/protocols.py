"""What the parts of a fit need to be told, cut from the settings by `workflows.protocols`.

How responses are encoded is `encoding.plan.EncodingPlan`, and how features are made
`networks.extraction.extract.Extraction`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bids_vlint.signals.extract import SAMPLES_AT_A_TIME
from bids_vlint.study.stimulus import ALIGNMENTS, Alignment
from bids_vlint.study.transcript import TO_WORD

CALIBRATED, PUBLISHED = "calibrated", "published"


@dataclass(frozen=True)
class EventProtocol:
    """Which events are analysed.

    Attributes
    ----------
    alignments : tuple of Alignment
    context : "to-word", "sentence" or a number of words
        The text at an event.
    store : Path
        Where scene cuts that were found in a film are kept.
    """

    alignments: tuple[Alignment, ...] = ALIGNMENTS
    context: str = TO_WORD
    store: Path = Path("work")


@dataclass(frozen=True)
class SignalProtocol:
    """How signals are read and cleaned.

    Attributes
    ----------
    reference : "none", "average", "laplacian" or "bipolar"
    band : "broadband" or "high-gamma"
    high_pass : float
        Cutoff in Hz.
    work_dir : Path
        Where recordings are mirrored while they are read.
    samples : float
        So many are read at a time; results do not depend on it.
    """

    reference: str = "none"
    band: str = "broadband"
    high_pass: float = 0.1
    work_dir: Path = Path("work")
    samples: float = SAMPLES_AT_A_TIME


@dataclass(frozen=True)
class PlaceProtocol:
    """How places and regions are found.

    Attributes
    ----------
    atlases : tuple of str
        Whose labels are regions, in order.
    subjects_dir : Path | None
        FreeSurfer's subjects folder.
    transform : str | None
        The file of a linear transform, with {subject} and {session} for labels.
    """

    atlases: tuple[str, ...] = ()
    subjects_dir: Path | None = None
    transform: str | None = None


ANY_PLACE = PlaceProtocol()


@dataclass(frozen=True)
class InferenceProtocol:
    """How networks are compared.

    Attributes
    ----------
    tests : tuple of CALIBRATED, PUBLISHED
    n_bootstraps : int
        Resamples for intervals that the encoding does not make, and of the published tests.
    seed : int
        Of everything random, with the names of the fit and alignment.
    smallest_effect : float
        The difference in r that calibrated tests are made against.
    """

    tests: tuple[str, ...] = (CALIBRATED,)
    n_bootstraps: int = 1000
    seed: int = 0
    smallest_effect: float = 0.0
