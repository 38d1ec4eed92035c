"""Between-brain ceilings against what is known of simulated participants, and what predicts best from others:
`python -m benchmarks.between_brains [REPLICATES]`.

Each row is a setting that differs in what it names from six participants with 20 electrodes of which all have a ceiling
of .5, five shared signals, and 20 minutes of film. Electrodes of the first two participants of each replicate count.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from bids_vlint.between_brains.ceiling import BetweenBrains, between_brains
from bids_vlint.between_brains.prediction import predict_from_others
from bids_vlint.between_brains.space import brain_components, share_of_components, shared_courses
from bids_vlint.encoding.blocks import blocks_of
from bids_vlint.encoding.plan import folds_of
from tests.between_brains.people import GAP_S, People, people

SETTINGS: dict[str, dict[str, Any]] = {
    **{f"{n} participants": {"n": n} for n in (2, 3, 4, 8, 12)},
    **{f"{n} electrodes each": {"electrodes": n} for n in (5, 10, 50, 100)},
    "4 participants, 5 electrodes each": {"n": 4, "electrodes": 5},
    "3 participants, 10 electrodes, ceiling .3": {"n": 3, "electrodes": 10, "ceiling": 0.3},
    "a fifth of 20 electrodes, ceiling .4": {"share": 0.2, "ceiling": 0.4},
    "3 participants, ceiling .2": {"n": 3, "ceiling": 0.2},
    "4 participants, ceiling .2": {"n": 4, "ceiling": 0.2},
    "ceiling .2": {"ceiling": 0.2},
    "ceiling .2, 60 minutes": {"ceiling": 0.2, "minutes": 60.0},
    "ceiling .2, 12 participants": {"ceiling": 0.2, "n": 12},
    "ceiling .8": {"ceiling": 0.8},
    "half of the electrodes": {"share": 0.5},
    "a fifth of 50 electrodes": {"share": 0.2, "electrodes": 50},
    "one signal": {"signals": 1},
    "15 signals": {"signals": 15},
    "15 signals, each .8 of the last": {"signals": 15, "falls": 0.8},
    "noise all of one's own signals": {"own": 0.9},
    "nothing is shared": {"ceiling": 0.0},
}
_DEFAULT: dict[str, Any] = {"n": 6}
# What a ceiling needs was chosen by looking at replicates below 200: these are others.
_FIRST_SEED = 300


def ceilings_of(made: People, which: int, brains: list[np.ndarray]) -> BetweenBrains:
    """The ceilings of a participant from all others."""
    folds = folds_of(made.events, GAP_S)
    assert folds is not None
    others = [brain for k, brain in enumerate(brains) if k != which]
    blocks = blocks_of(made.events, folds)
    network = np.full((len(blocks), made.responses[which].shape[1]), np.nan)
    return between_brains(others, list(range(len(others))), made.responses[which], folds, blocks, network)


def brains_of(made: People) -> list[np.ndarray]:
    """The components of every participant."""
    rows = [np.ascontiguousarray(y.transpose(0, 2, 1)).reshape(-1, y.shape[1]) for y in made.responses]
    return [brain_components(x, share_of_components(len(rows) - 1)) for x in rows]


def row_of(name: str, replicates: int) -> str:
    """A setting's row: what was estimated less what is true, and how often the interval held it."""
    errors, zeros, held, r, unknown = [], [], [], [], []
    for seed in range(_FIRST_SEED, _FIRST_SEED + replicates):
        made = people(seed, **(_DEFAULT | SETTINGS[name]))
        brains = brains_of(made)
        for which in (0, 1):
            found, truth = ceilings_of(made, which, brains), made.truth[which]
            value = found.ceiling.value
            errors += list((value - truth)[truth > 0])
            zeros += list(value[truth == 0])
            known = np.isfinite(found.ceiling.low)
            held += list(((found.ceiling.low <= truth) & (truth <= found.ceiling.high))[known])
            r += list(found.r.value)
            unknown += list(np.isnan(value))
    return (f"| {name} | {np.mean(r):.3f} | {_mean_sd(errors)} | {_mean_sd(zeros)} | "
            f"{np.mean(held) if held else np.nan:.2f} | {np.mean(unknown):.2f} |")  # fmt: skip


def _mean_sd(values: list[float]) -> str:
    known = np.array(values)[np.isfinite(values)] if values else np.empty(0)
    return f"{known.mean():+.3f} ± {known.std():.3f}" if len(known) else "n/a"


def predictors(name: str) -> str:
    """Mean held-out r of ridge from all components of the others, and from the courses that they share."""
    made = people(_FIRST_SEED, **(_DEFAULT | SETTINGS[name]))
    folds = folds_of(made.events, GAP_S)
    assert folds is not None
    others, blocks = brains_of(made)[1:], blocks_of(made.events, folds)
    courses = np.sum([b @ v for b, v in zip(others, shared_courses(others, np.arange(len(others[0]))))], axis=0)
    layers = {"components": np.concatenate(others, axis=1)}
    layers |= {f"{n} courses": np.ascontiguousarray(courses[:, :n]) for n in (5, 10, 20)}
    ways = [*({label: x} for label, x in layers.items()), {k: v for k, v in layers.items() if k != "components"}]
    r = [predict_from_others(way, made.responses[0], folds, blocks).sum(0)[made.truth[0] > 0].mean() for way in ways]
    return f"| {name} | " + " | ".join(f"{one:.3f}" for one in r) + " |"


def main(replicates: int = 5) -> None:
    """Print both tables."""
    print("| setting | mean r | ceiling less truth | where truth is 0 | interval holds it | n/a |\n" + 6 * "|---" + "|")
    for name in SETTINGS:
        print(row_of(name, replicates), flush=True)
    print("\n| setting | components | 5 courses | 10 | 20 | 5, 10 or 20 |\n|---|---|---|---|---|---|")
    for name in ("3 participants", "12 participants", "5 electrodes each", "100 electrodes each", "ceiling .2"):
        print(predictors(name), flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
