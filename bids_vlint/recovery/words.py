"""What a recovery says in sentences: a paragraph for the methods section, and which claims are not to be believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from bids_vlint.recovery.assignment import SIZES
from bids_vlint.recovery.kind import EffectKind
from bids_vlint.recovery.summary import FEWEST
from bids_vlint.recovery.trial import EITHER


def methods_words(
    who: str,
    tables: Mapping[str, pd.DataFrame],
    kinds: Mapping[str, EffectKind],
    lacking: Mapping[str, str],
    made: Mapping[str, object],
) -> str:
    """A paragraph for the methods section, in Markdown.

    Parameters
    ----------
    who : str
        Whose recordings they are.
    tables : name -> DataFrame
        recovery, smallest and false.
    kinds, lacking : mapping
        As in `recovery_table`.
    made : mapping
        n_replicates, n_electrodes, of (electrodes that there are), networks, n_shifts, seed, q.
    """
    sizes = ", ".join(f"{100 * size:g}" for size in SIZES)
    planted = "; ".join(f"*{k.name}*: {k.follows}" for k in kinds.values() if k.name not in lacking)
    some = "" if made["n_electrodes"] == made["of"] else f" (of {made['of']}, drawn by the seed)"
    replicates = f"{made['n_replicates']} {'replicate' if str(made['n_replicates']) == '1' else 'replicates'}"
    lines = [
        f"# What would be found: {who}",
        f"What the tests would find in these recordings was measured by effects of known kind and size, planted into "
        f"their own noise. The electrodes' signals were set against another part of the film by circular "
        f"shifts ({replicates}), so that nothing real is left while spectrum, bursts, drifts and what electrodes share "
        "stay. "
        f"To {made['n_electrodes']} electrodes{some} a continuous course was added that follows the film's events, "
        f"scaled to {sizes} % of the variance of the response in the windows that count ({planted}), of variables that "
        f"the networks hold wholly, and of variables of which half of the variance is in none. Kinds and sizes were "
        f"spread evenly over electrodes; every electrode had one in each replicate, so that of {len(kinds)} kinds each "
        f"was in one electrode of {len(kinds)}. The tests were run as on the recordings themselves "
        f"(networks: {made['networks']}; {made['n_shifts']} shifts for the null; false discoveries controlled at "
        f"{made['q']:g} over electrodes and alignments). Seed {made['seed']}.",
        _found(tables["smallest"]),
        *beliefs(tables["false"]),
        *(f"Not planted: {kind} ({why})." for kind, why in lacking.items()),
    ]
    return "\n\n".join(line for line in lines if line) + "\n"


def _found(smallest: pd.DataFrame) -> str:
    own = smallest[(smallest["alignment"] == EITHER) & (smallest["source"] == "wholly")]
    said = []
    for claim, kind in (("integration", "integration"), ("trained_beats_random", "vision"),
                        ("trained_beats_random", "language")):  # fmt: skip
        row = own[(own["claim"] == claim) & (own["kind"] == kind)]
        if len(row):
            size, n = float(row["smallest"].iloc[0]), int(row["n"].iloc[0])
            often = (f"from {100 * size:.1f} % on" if size > SIZES[0] else f"at {100 * size:g} % already") \
                if np.isfinite(size) else f"not even at {100 * SIZES[-1]:g} %" if n >= FEWEST \
                else f"not told, of {n} electrodes over all replicates"  # fmt: skip
            said.append(f"*{claim.replace('_', ' ')}* of planted {kind} {often}")
    what = "Found in 80 of 100 electrodes, in at least one alignment, of what the networks hold wholly"
    return f"{what}: {'; '.join(said)}." if said else ""


def beliefs(false: pd.DataFrame) -> Sequence[str]:
    """Sentences on false ones: how many of each claim, and which claims are not to be believed on this recording."""
    if not len(false):
        return ["No claim was false of what could be planted."]
    rows: list[dict[str, Any]] = [{str(k): v for k, v in row.items()} for row in false.to_dict("records")]
    rows = [{**row, "words": str(row["claim"]).replace("_", " ")} for row in rows]
    rates = [f"{row['words']} {100 * row['share']:.1f} % (p < .05 at {100 * row['p_share']:.1f} %) of {row['n']}"
             for row in rows if row["alignment"] == EITHER]  # fmt: skip
    lines = [f"Called so where it is false, in at least one alignment: {'; '.join(rates)}."]
    bad = [row for row in rows if row["believed"] is False]
    few = dict.fromkeys(str(row["words"]) for row in rows if row["believed"] is None)
    for row in bad:
        where = "in at least one alignment" if row["alignment"] == EITHER else f"in the {row['alignment']} alignment"
        lines.append(f"**Not to be believed on this recording: {row['words']}, {where}.** Where it "
                     f"is false it was called so at {100 * row['share']:.1f} % of {row['n']} electrodes, and p was "
                     f"below .05 at {100 * row['p_share']:.1f} % (most at {row['worst_kind']}), which is more than 5 % "
                     "by more than chance.")  # fmt: skip
    if few:
        lines.append(f"Of fewer than {FEWEST} electrodes nothing is told: {', '.join(few)}.")
    if not bad and len(few) < len({row["words"] for row in rows}):
        lines.append(f"No {'other ' if few else ''}claim was made of more than 5 % of such electrodes by more than "
                     "chance.")  # fmt: skip
    return lines
