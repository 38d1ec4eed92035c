"""Who is called *integration*: recordings whose electrodes must not be, however badly networks are matched, and others
whose electrodes must.

A film of 20 minutes; every third word is an event. All electrodes of a recording follow the same thing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.calibration.datasets import DataSet, exponent_of
from benchmarks.calibration.film import Film, Latents, every_third, make_film, make_latents, slow, standardised
from benchmarks.calibration.fusion import N_OWN, Inputs, mixing, whole_and_parts
from benchmarks.calibration.networks import OWN, equipped, mixture, network
from benchmarks.calibration.recording import Run, cleaned, evoked, high_passed, power_law, responses
from bids_vlint.encoding.network_features import NetworkFeatures
from bids_vlint.networks.comparisons import Comparison
from bids_vlint.networks.identity import LINEAR
from bids_vlint.networks.tests.multimodal_beats_linear import MULTIMODAL_BEATS_LINEAR

WIDTH = 40
N_VISION = N_LANGUAGE = 10  # variables that networks of one modality know of
N_FACES = 2  # of the picture's, what the vision network may lack
SNRS = (0.3, 0.5, 0.7)
QUIET = 0.05  # share of a quieter network's variance that is its own
FLAG_STEPS = 8  # 0.2 s from the onset of a sentence
SHUT_TEXT = -2.0  # an empty text at which a network is blind to pictures
NO_PARTS = "none"


@dataclass(frozen=True)
class Word:
    """One kind of recording.

    Attributes
    ----------
    follows : str
        What its electrodes follow, an attribute of `Variables`; "additive": vision and language at once; "saturated": a
        saturating function of these.
    holds : tuple of str
        What the fusion network holds beside vision and language.
    lacks : int
        How many picture variables the vision network lacks.
    captions : bool
        With an image encoder that captions taught, which holds all of vision.
    fusion : bool
        With a network that is shown picture and text, and its parts.
    own : float
        Share of the fusion network's features that is its own.
    gain : float
        Its features saturate.
    shut : bool
        It sees the less of the picture the less is said, and next to nothing with an empty text.
    """

    follows: str
    holds: tuple[str, ...] = ()
    lacks: int = 0
    captions: bool = False
    fusion: bool = True
    own: float = OWN
    gain: float = 0.0
    shut: bool = False


WORDS = {
    "faces": Word("faces", ("interaction",), lacks=N_FACES, captions=True),
    "faces, captions alone": Word("faces", lacks=N_FACES, captions=True, fusion=False),
    "faces, blind": Word("faces", lacks=N_FACES, shut=True),
    "faces, saturated": Word("faces", lacks=N_FACES, gain=2.0),
    "vision": Word("vision", ("interaction",), lacks=N_FACES, captions=True),
    "vision x vision": Word("vision_product", ("vision_product",)),
    "unmodelled picture": Word("unmodelled_picture", ("unmodelled_picture",)),
    "unmodelled text": Word("unmodelled_text", ("unmodelled_text",)),
    "unmodelled correlated": Word("correlated", ("unmodelled_picture",)),
    "onsets": Word("onsets", ("onsets",)),
    "additive": Word("additive", own=QUIET),
    "saturation": Word("additive", own=QUIET, gain=1.0),
    "saturation, sites too": Word("saturated", own=QUIET, gain=1.0),
    "saturation, hard": Word("saturated", own=QUIET, gain=2.0),
    "interaction": Word("interaction", ("interaction",)),
    "interaction, saturated": Word("interaction", ("interaction",), gain=2.0),
}


@dataclass(frozen=True)
class Variables:
    """What is in the film, (n_steps, n) each: vision and language as `Latents` has them; what only pictures, and only
    texts, show and no network of one modality holds; and what follows from these."""

    vision: np.ndarray
    language: np.ndarray
    unmodelled_picture: np.ndarray
    unmodelled_text: np.ndarray
    onsets: np.ndarray
    pairs: np.ndarray  # (2, n): which variable of vision meets which of language

    @property
    def faces(self) -> np.ndarray:
        """What the vision network lacks."""
        return self.vision[:, -N_FACES:]

    @property
    def vision_product(self) -> np.ndarray:
        """Products of two variables of vision."""
        return standardised(self.vision[:, [0, 2, 4]] * self.vision[:, [1, 3, 5]])

    @property
    def interaction(self) -> np.ndarray:
        """Products of a variable of vision and one of language."""
        return standardised(self.vision[:, self.pairs[0]] * self.language[:, self.pairs[1]])

    @property
    def correlated(self) -> np.ndarray:
        """A variable that correlates with vision and with language; networks of one modality lack the third part."""
        known = self.vision[:, :1] + self.language[:, :1]
        return standardised(known + np.sqrt(2) * self.unmodelled_picture)


def word(
    kind: Word,
    seed: int,
    rng: np.random.Generator,
    parts: str = "marginal 4",
    duration: float = 1200.0,
    n_electrodes: int = 10,
    snr: float | None = None,
) -> DataSet:
    """Make a recording.

    Parameters
    ----------
    kind : Word
    seed : int
        Says the noise's exponent, and the ratio.
    rng : numpy.random.Generator
    parts : str
        How the fusion network's parts are made (`fusion.N_OTHERS`); "none": it has none, and the linear control is made
        of the networks of one modality alone.
    duration : seconds of film
    n_electrodes : int
    snr : float | None
        None: what the seed says.
    """
    film = make_film(duration, rng)
    latents = make_latents(film, rng)
    variables = _variables(film, latents, rng)
    events = every_third(film, rng)
    snr = SNRS[seed // 2 % len(SNRS)] if snr is None else snr
    noise = power_law(film.n_steps, np.full(n_electrodes, exponent_of(seed)), rng)
    run = Run("1", events, cleaned(noise, _effect(kind, variables, n_electrodes, rng), snr))
    seen = latents.vision[:, : N_VISION - kind.lacks]
    whole = [
        network("eye", "vision", mixture(seen, events, WIDTH, rng)),
        network("ear", "language", mixture(latents.language, events, WIDTH, rng)),
    ]
    own_parts: list[NetworkFeatures] = []
    if kind.captions:
        taught = mixture(latents.vision, events, WIDTH, rng)
        whole.append(NetworkFeatures("captioned", "multimodal", True, {"pooled": taught}, shown="image"))
    if kind.fusion:
        fusion, *own_parts = _fusion(kind, events, variables, rng, parts)
        whole.append(fusion)
    networks = equipped([*whole, *(own_parts if parts != NO_PARTS else [])], [run], rng)
    before = (Comparison(MULTIMODAL_BEATS_LINEAR.name, ("fusion",), (LINEAR,)),) if parts == NO_PARTS else ()
    truth = (kind.follows,) * n_electrodes
    return DataSet(networks, responses([run]), (run,), truth, before, f"SNR {snr:g}", snr)


def _variables(film: Film, latents: Latents, rng: np.random.Generator) -> Variables:
    more = slow(film, 2, rng)
    onsets = np.zeros((film.n_steps, 1), np.float32)
    for start in film.step(film.onset[film.position == 0]):
        onsets[start : start + FLAG_STEPS] = 1.0
    pairs = rng.permuted(np.tile(np.arange(6), (2, 1)), axis=1)  # of slow variables
    return Variables(latents.vision, latents.language, more[:, :1], more[:, 1:], onsets, pairs)


def _effect(kind: Word, variables: Variables, n_electrodes: int, rng: np.random.Generator) -> np.ndarray:
    """What the electrodes follow, (n_steps, n_electrodes)."""
    if kind.follows not in ("additive", "saturated"):
        return evoked(getattr(variables, kind.follows), n_electrodes, rng)
    sides = [high_passed(evoked(x, n_electrodes, rng)) for x in (variables.vision, variables.language)]
    total = np.sum([x / x.std(0) for x in sides], axis=0)
    return total if kind.follows == "additive" else np.tanh(1.5 * total / total.std(0))


def _fusion(
    kind: Word, film: Film, variables: Variables, rng: np.random.Generator, parts: str
) -> list[NetworkFeatures]:
    """The network that is shown picture and text, and its parts."""
    at = film.step(film.onset)
    flags = (film.position == 0)[:, None]
    own = slow(film, 2 * N_OWN, rng, shortest=2.0)[at]
    picture = standardised(np.hstack([variables.vision[at], variables.unmodelled_picture[at], own[:, :N_OWN]]))
    text = standardised(
        np.hstack([variables.language[at], variables.unmodelled_text[at], flags, own[:, N_OWN:]])
    )  # fmt: skip
    blank_text = rng.standard_normal(text.shape[1])
    if kind.shut:
        blank_text[0] = SHUT_TEXT

    def found(p: np.ndarray, t: np.ndarray) -> list[np.ndarray]:
        open_ = 1 / (1 + np.exp(-2 * t[:, :1])) if kind.shut else 1.0
        groups = {
            "vision_product": p[:, [0, 2, 4]] * p[:, [1, 3, 5]],
            "interaction": p[:, variables.pairs[0]] * t[:, variables.pairs[1]],
            "unmodelled_picture": p[:, N_VISION:],
            "unmodelled_text": t[:, N_LANGUAGE : N_LANGUAGE + 1],
            "onsets": t[:, N_LANGUAGE + 1 :],
        }
        return [p[:, :N_VISION] * open_, t[:, :N_LANGUAGE], *(groups[name] for name in kind.holds)]

    inputs = Inputs(picture, text, rng.standard_normal(picture.shape[1]), blank_text)
    function = mixing(found, inputs, WIDTH, rng, own=kind.own, gain=kind.gain)
    return whole_and_parts(function, inputs, rng, how="blanked" if parts == NO_PARTS else parts)
