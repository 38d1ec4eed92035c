"""The tables of the README, from the counts in `results/`.

python -m benchmarks.regions.tables
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

RESULTS = Path(__file__).parent / "results"
COLUMNS = ("independent", "neighbours share 2.5", "shared 1.5, differ 1")
_LEAST, _MOST = 0.93, 0.97
_SHOWN = {"null_p05": 3, "null_named": 3, "power_p05": 2, "power_named": 2}


def methods() -> str:
    """Size, any region named, power, and power after correction of every test in the three columns; a row each."""
    rows = pd.read_csv(RESULTS / "methods.csv").set_index(["method", "kind"])
    names = dict.fromkeys(method for method, _ in rows.index)
    return "\n".join(f"| {name} | {' | '.join(_row(rows.loc[(name, kind)]) for kind in COLUMNS)} |" for name in names)


def _row(counts: pd.Series) -> str:
    return " / ".join(_text(counts[column], digits) for column, digits in _SHOWN.items())


def kinds() -> str:
    """How often regions have p < .05, and groups any region named, where nothing is; a row for each kind."""
    rows = pd.read_csv(RESULTS / "kinds.csv").to_dict("records")
    return "\n".join(f"| {r['kind']} | {_text(r['null_p05'], 3)} | {_text(r['null_named'], 3)} |" for r in rows)


def outside(limit: float = 0.069) -> str:
    """The mean over kinds of how often any region is named, and the kinds above a limit, in a sentence."""
    rows = pd.read_csv(RESULTS / "kinds.csv").sort_values("null_named", ascending=False, kind="stable")
    above = rows[rows["null_named"] > limit]
    said = "; ".join(f"{kind} ({_text(x, 3)})" for kind, x in zip(above["kind"], above["null_named"]))
    return (f"any region is named in {_text(rows['null_named'].mean(), 3)} on average. Above {_text(limit, 3)} "
            f"(two standard errors above .05) lie: {said}.")  # fmt: skip


def intervals() -> str:
    """How often intervals hold the truth: mean, least and most over kinds, and the kinds outside 93 to 97 %."""
    rows = pd.read_csv(RESULTS / "intervals.csv").dropna(subset=["proportion", "difference"])
    said = []
    for column, name in (("proportion", "proportions"), ("difference", "differences to the rest")):
        held = rows.set_index("kind")[column].sort_values(kind="stable")
        less, more = held[held < _LEAST], held[held > _MOST][::-1]
        listed = [f"{word} {'; '.join(f'{kind} ({_text(x, 3)})' for kind, x in part.items())}"
                  for word, part in (("below 93 %:", less), ("above 97 %:", more)) if len(part)]  # fmt: skip
        outside = (
            f" Of the {len(held)} kinds lie " + ". ".join(listed) + "." if listed else " None lies outside 93 to 97 %."
        )
        said.append(f"Intervals of {name} cover {_text(held.mean(), 3)} on average, by kind {_text(held.min(), 3)} to "
                    f"{_text(held.max(), 3)}.{outside}")  # fmt: skip
    return " ".join(said)


def planted(what: str) -> str:
    """The planted region's proportion or difference and how often its interval holds it, a row for each kind, a column
    per effect."""
    rows = pd.read_csv(RESULTS / "planted.csv")
    effects = sorted(set(rows["effect"]))
    lines = [f"| kind | {' | '.join(f'+{effect:g}' for effect in effects)} |", "|---" * (1 + len(effects)) + "|"]
    for kind, own in rows.groupby("kind", sort=False):
        found = own.set_index("effect").loc[effects]
        cells = [f"{_text(true, 2)}: {_text(held, 3)}" for true, held in zip(found[what], found[f"{what}_held"])]
        lines.append(f"| {kind} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _text(value: float, digits: int) -> str:
    text = f"{value:.{digits}f}"
    return text.removeprefix("0") if text.startswith("0.") else f"{value:.2f}"


if __name__ == "__main__":
    print("\n\n".join((methods(), kinds(), outside(), intervals(), planted("proportion"), planted("difference"))))
