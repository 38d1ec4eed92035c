"""What a network that is shown picture and text holds only when it is shown both."""

from __future__ import annotations

import numpy as np

from bids_vlint.recovery.held import FilmFeatures, Leading, remainder, standardised_columns
from bids_vlint.recovery.kind import EffectKind

# Directions of a network's features of which an electrode follows a mixture.
_N_DIRECTIONS = 5
# Those in which less is left than this share of the best one's are none.
_LEAST_OF_BEST = 0.5
# What its parts and all others must leave of the best direction.
_LEAST_LEFT = 0.05


def _wholes(held: FilmFeatures) -> list[Leading]:
    shown = {(n.part_of, n.shown) for n in held.networks}
    return [n for n in held.shown("both") if {(n.label, "image"), (n.label, "text")} <= shown]


def _joint(held: FilmFeatures, whole: Leading) -> tuple[np.ndarray, float]:
    """What a network holds and nothing that is shown less does, (n_events, n); and how much is left of it.

    Of the directions of its features those in which most is left, relative to all that varies there and in the mean
    direction together: one of little variance is noise of the network, which no regression reaches.
    """
    one_alone = [n for n in held.networks if n.shown in ("image", "text")]
    own = whole.scores - whole.scores.mean(0)
    left = remainder(own, [*one_alone, *held.low_level])
    total = own.T @ own
    total += np.eye(len(total)) * np.trace(total) / len(total)
    values, vectors = np.linalg.eig(np.linalg.solve(total, left.T @ left))
    order = np.argsort(-values.real)[:_N_DIRECTIONS]
    best = vectors[:, order[values.real[order] >= _LEAST_OF_BEST * values.real[order[0]]]].real
    return standardised_columns(left @ best), float(values.real.max())


def _variable(held: FilmFeatures, n: int, rng: np.random.Generator) -> np.ndarray:
    known = [x for x, share in (_joint(held, whole) for whole in _wholes(held)) if share >= _LEAST_LEFT]
    mixed = [known[k % len(known)] @ rng.standard_normal(known[k % len(known)].shape[1]) for k in range(n)]
    return standardised_columns(np.stack(mixed, 1))


def _lacks(held: FilmFeatures) -> str:
    wholes = _wholes(held)
    if not wholes:
        return "no network of the set is shown picture and text together and has its runs on each alone"
    shares = [_joint(held, whole)[1] for whole in wholes]
    if max(shares) < _LEAST_LEFT:
        return (f"of what {' and '.join(n.label for n in wholes)} hold, what is shown picture or text alone says "
                f"all but {100 * max(shares):.0f} %")  # fmt: skip
    return ""


INTEGRATION = EffectKind(
    "integration",
    "what a network that is shown picture and text together holds, and none that is shown one of them",
    _variable,
    _lacks,
    ("integration", "multimodal_beats_linear", "beats_low_level", "trained_beats_random"),
    (),
    10,
)
