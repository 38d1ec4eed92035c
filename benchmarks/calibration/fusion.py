"""Simulated networks that are shown a picture and a text at once, and their runs on one of them alone.

Such a network is a function of what the picture and the text of an event hold, and so are its runs on its parts: the
same function with the other input at one blank value, or its mean over the inputs of some other events. What neither
picture nor text alone determines, a network that is shown both and nothing else can hold only as a function of both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.calibration.film import Film, Latents, slow, standardised
from benchmarks.calibration.networks import OWN, part
from bids_vlint.encoding.network_features import NetworkFeatures

N_OWN = 10  # variables of pictures, and of texts, that drive no electrode
# White noise of every run, over the SD of what picture and text determine.
WHITE = 0.1
# How a part is made: the other input blank, or the mean over those of so many other events.
N_OTHERS = {"blanked": 0, "marginal 4": 4, "marginal 8": 8}

# What a network makes of pictures (n, n_picture) and texts (n, n_text): (n, n_features).
Function = Callable[[np.ndarray, np.ndarray], np.ndarray]
# What it finds in them, in columns.
Groups = Callable[[np.ndarray, np.ndarray], list[np.ndarray]]


@dataclass(frozen=True)
class Inputs:
    """What the pictures and the texts of events hold.

    Attributes
    ----------
    picture : (n_events, n_picture), of unit variance
    text : (n_events, n_text), of unit variance
    blank_picture, blank_text : (n_picture,), (n_text,)
        What a network finds in a mean picture, and in an empty text: one input of many, not the mean of the variables.
    """

    picture: np.ndarray
    text: np.ndarray
    blank_picture: np.ndarray
    blank_text: np.ndarray


def mixing(
    groups: Groups,
    inputs: Inputs,
    width: int,
    rng: np.random.Generator,
    *,
    n_own: int = N_OWN,
    own: float = OWN,
    gain: float = 0.0,
) -> Function:
    """A network of random mixtures.

    Parameters
    ----------
    groups : callable
        What it finds in a picture and a text beside what is its own.
    inputs : Inputs
        At which what it finds is scaled to unit variance. The last `n_own` variables of picture and of text drive no
        electrode: they are the network's own.
    width : int
        Number of features.
    rng : numpy.random.Generator
    n_own : int
    own : float
        Share of the features' variance that is the network's own.
    gain : float
        Features saturate: tanh(gain x); 0: they do not.
    """

    def found(picture: np.ndarray, text: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        both = np.hstack(groups(picture[:, :-n_own], text[:, :-n_own]))
        return both, np.hstack([picture[:, -n_own:], text[:, -n_own:]])

    typical = [(x.mean(0), x.std(0)) for x in found(inputs.picture, inputs.text)]
    weights = [rng.standard_normal((len(mean), width)) / np.sqrt(len(mean)) for mean, _ in typical]

    def function(picture: np.ndarray, text: np.ndarray) -> np.ndarray:
        mixed = [((x - m) / s) @ w for x, (m, s), w in zip(found(picture, text), typical, weights)]
        x: np.ndarray = np.sqrt(1 - own) * mixed[0] + np.sqrt(own) * mixed[1]
        return np.tanh(gain * x) if gain else x

    return function


def fusion_network(
    film: Film,
    latents: Latents,
    rng: np.random.Generator,
    name: str,
    width: int,
    holds: Sequence[str],
    own: float = OWN,
) -> list[NetworkFeatures]:
    """A network that holds some of a film's latents, with its runs on its parts.

    Parameters
    ----------
    film : Film
    latents : Latents
    rng : numpy.random.Generator
    name : str
    width : int
        Number of features.
    holds : sequence of str
        Some of vision, language and interaction.
    own : float
        Share of the features' variance that is the network's own.
    """
    at = film.step(film.onset)
    noise = slow(film, 2 * N_OWN, rng, shortest=2.0)[at]
    picture, text = (
        standardised(np.hstack([latents.of(kind)[at], x]))
        for kind, x in (("vision", noise[:, :N_OWN]), ("language", noise[:, N_OWN:]))
    )

    def found(p: np.ndarray, t: np.ndarray) -> list[np.ndarray]:
        groups = {"vision": p, "language": t, "interaction": p[:, latents.pairs[0]] * t[:, latents.pairs[1]]}
        return [groups[kind] for kind in holds]

    inputs = Inputs(picture, text, rng.standard_normal(picture.shape[1]), rng.standard_normal(text.shape[1]))
    return whole_and_parts(mixing(found, inputs, width, rng, own=own), inputs, rng, name)


def whole_and_parts(
    function: Function, inputs: Inputs, rng: np.random.Generator, name: str = "fusion", how: str = "blanked"
) -> list[NetworkFeatures]:
    """A network's joint run, and its runs on pictures and on texts alone.

    Parameters
    ----------
    function : callable
    inputs : Inputs
    rng : numpy.random.Generator
        Of the white noise that every run has of its own, and of the other events.
    name : str
    how : a key of N_OTHERS
    """
    joint = function(inputs.picture, inputs.text)
    white = WHITE * joint.std()

    def noisy(x: np.ndarray) -> np.ndarray:
        features: np.ndarray = (x + white * rng.standard_normal(x.shape)).astype(np.float32)
        return features

    pictures, texts = inputs.blank_picture[None], inputs.blank_text[None]
    if N_OTHERS[how]:
        others = rng.choice(len(inputs.text), N_OTHERS[how], replace=False)
        pictures, texts = inputs.picture[others], inputs.text[others]
    image = np.mean([function(inputs.picture, np.broadcast_to(t, inputs.text.shape)) for t in texts], axis=0)
    text = np.mean([function(np.broadcast_to(p, inputs.picture.shape), inputs.text) for p in pictures], axis=0)
    whole = NetworkFeatures(name, "multimodal", True, {"pooled": noisy(joint)})
    return [whole, part(whole, "image", noisy(image)), part(whole, "text", noisy(text))]
