"""Every table of the results, from the counts in `results/`.

python -m benchmarks.calibration.tables > benchmarks/calibration/results/README.md
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from benchmarks.calibration.conjunctions import TRUE
from benchmarks.calibration.power import METHODS as WAYS
from benchmarks.calibration.power import UNSTEADY
from benchmarks.calibration.power import summary as power_summary
from benchmarks.calibration.table import (
    LIMITS,
    false_shares,
    markdown,
    nothing_there,
    plain_markdown,
    shares_of_false,
    with_error,
)

RESULTS = Path(__file__).parent / "results"
AS_IT_IS, ALONE = "calibrated", "parts: none"
# What electrodes follow, for whoever uses the word.
FOLLOWED = {
    "pictures alone: all that is seen, faces that the vision network lacks, products of two picture variables, what no "
    "other network holds": ("faces", "faces, blind", "faces, saturated", "vision", "vision x vision",
                            "unmodelled picture"),
    "texts alone: sentence onsets, what no other network holds": ("onsets", "unmodelled text"),
    "what is seen and said, added (three kinds of saturation among them, and a picture variable that no other network "
    "holds)": ("additive", "saturation", "saturation, sites too", "saturation, hard", "unmodelled correlated"),
    "products of what is seen and said (the truth wanted)": ("interaction",),
    "the same, of a network that saturates": ("interaction, saturated",),
}  # fmt: skip
TRUE_KINDS = ("interaction", "interaction, saturated")
TESTS = ("trained_beats_random", "beats_low_level", "multimodal_beats_unimodal")
DRAWS = ("draws, 1 seeds", "draws, 3 seeds", "draws, 5 seeds", "draws, 4 networks of 3 seeds")


def read(name: str) -> pd.DataFrame:
    """Counts of a file of `results/`."""
    return pd.read_csv(RESULTS / name, dtype={"kind": str})


def called_by_what_is_followed(words: pd.DataFrame) -> str:
    """How often electrodes are called integration, a row for what they follow."""
    words = words[(words["test"] == "integration") & (words["method"] == AS_IT_IS)]
    rows = []
    for follows, kinds in FOLLOWED.items():
        own = words[words["kind"].isin(kinds)]
        n, found = int(own["n"].sum()), int(own["discoveries"].sum())
        share = with_error((own["discoveries"] / own["n"]).to_numpy(float))
        said = share if kinds[0] in TRUE_KINDS else f"{found} of {n} electrodes"
        rows.append({"the electrode follows": follows, "called integration": said, "data sets": len(own)})
    return plain_markdown(pd.DataFrame(rows))


def below_where_nothing_is(nulls: pd.DataFrame) -> str:
    """p at electrodes where there is nothing to find, a row for each test, all kinds together."""
    nulls = nulls[nothing_there(nulls)]
    rows = []
    for test in TESTS:
        own = nulls[nulls["test"] == test].groupby(["kind", "seed"])[["n", "below_0.05", "below_0.01", "below_0.001",
                                                                     "discoveries"]].sum()  # fmt: skip
        row: dict[str, object] = {"test": f"`{test}`"}
        row["p < .05"] = with_error((own["below_0.05"] / own["n"]).to_numpy(float))
        for level in ("0.01", "0.001"):
            row[f"p < {level[1:]}"] = f"{own[f'below_{level}'].sum() / own['n'].sum():.4f}"
        row["data sets with a discovery"] = f"{(own['discoveries'] > 0).sum()} of {len(own)}"
        rows.append(row)
    return plain_markdown(pd.DataFrame(rows))


def called_falsely(words: pd.DataFrame) -> str:
    """How many electrodes without integration are called so, in a sentence."""
    others = words[(words["test"] == "integration") & (words["method"] == AS_IT_IS) & ~words["kind"].isin(TRUE_KINDS)
                   & (words["n"] > 0)]  # fmt: skip
    called = int(others["discoveries"].sum())
    return (f"Of {int(others['n'].sum())} electrodes in {len(others)} recordings without integration {called} "
            f"{'is' if called == 1 else 'are'} called so, in {int((others['discoveries'] > 0).sum())} of the "
            "recordings.")  # fmt: skip


def beside(draws: pd.DataFrame, conjunctions: pd.DataFrame, nulls: pd.DataFrame) -> list[str]:
    """Draws, conjunctions and the kinds that are hardest, a sentence each."""
    drawn = draws[(draws["kind"] == "draws, 3 seeds") & (draws["truth"] == "follows")]
    drawn = drawn[drawn["test"] == "trained_beats_random"]
    share = with_error((drawn["below_0.05"] / drawn["n"]).to_numpy(float))
    false = [(names[2], shares.mean()) for names, shares in shares_of_false(_simulated(conjunctions), TRUE)]
    word, either = (max(x for test, x in false if what in test) for what in ("integration", "either"))
    hard = [f"{_at(nulls, kind, 'trained_beats_random')} and {_at(nulls, kind, 'beats_low_level')} {how}" for kind, how
            in (("locked 1.2", "at words, where one arousal drives how loud the noise is and how large features are"),
                ("locked 1.2 cuts", "at cuts, in the same way"),
                ("uneven runs", "with three films of unequal length and kind"),
                ("a words, spectrum", "at words, with 234 low-level features, as of a film with sound (elsewhere 10)"),
                ("a cuts, spectrum", "at cuts, with as many"))]  # fmt: skip
    return [
        f"Where training is one more random draw (3 twins), `trained_beats_random` has p < .05 at {share} of the "
        f"electrodes that follow the film ({len(drawn)} data sets).",
        "Where electrodes pass some of the tests that a word needs and not others, at most "
        f"{word:.3f} of those called integration are false, and {either:.3f} of those called any test in either "
        "alignment.",
        f"The gate and `beats_low_level` have p < .05 at {'; at '.join(hard)}.",
    ]


def _at(nulls: pd.DataFrame, kind: str, test: str) -> str:
    own = nulls[(nulls["kind"] == kind) & (nulls["test"] == test)].groupby("seed")[["n", "below_0.05"]].sum()
    return f"{with_error((own['below_0.05'] / own['n']).to_numpy(float))} ({len(own)})"


def kinds_of_the_word(words: pd.DataFrame) -> str:
    """A row for each kind of the word, with and without parts."""
    words = words[words["test"] == "integration"]
    rows = []
    for kind, part in words.groupby("kind"):
        row: dict[str, object] = {"kind": kind, "data sets": int((part["method"] == AS_IT_IS).sum())}
        for method, name in ((AS_IT_IS, ""), (ALONE, ", without parts")):
            own = part[part["method"] == method]
            row[f"called{name}"] = with_error((own["discoveries"] / own["n"]).to_numpy(float))
            row[f"p < .05{name}"] = with_error((own["below_0.05"] / own["n"]).to_numpy(float))
        rows.append(row)
    return plain_markdown(pd.DataFrame(rows))


def power_of_the_word(words: pd.DataFrame) -> str:
    """What true interactions keep of the power that they have without parts, in sentences."""
    words = words[(words["test"] == "integration") & (words["kind"] == "interaction")]
    ours = words[words["method"] == AS_IT_IS]
    by_snr = ", ".join(f"{(g['discoveries'] / g['n']).mean():.2f} at {snr} ({len(g)} data sets)"
                       for snr, g in ours.groupby("group"))  # fmt: skip
    both = words.pivot_table(index="seed", columns="method", values=["discoveries", "below_0.05"]).dropna()
    kept = {key: both[key][AS_IT_IS].sum() / both[key][ALONE].sum() for key in ("discoveries", "below_0.05")}
    return (f"Found among true interactions: {by_snr}. They keep {kept['discoveries']:.2f} (called) and "
            f"{kept['below_0.05']:.2f} (p < .05) of the power that they have without parts ({len(both)} recordings, "
            "the same for both).")  # fmt: skip


def draws_table(draws: pd.DataFrame) -> str:
    """trained_beats_random where "trained" is one more random draw."""
    draws = draws[draws["test"] == "trained_beats_random"]
    rows = []
    for kind in DRAWS:
        row: dict[str, object] = {"kind": kind}
        for truth, name in (("follows", "electrodes that follow the film"), ("noise", "noise")):
            own = draws[(draws["kind"] == kind) & (draws["truth"] == truth)]
            row |= {"data sets": len(own), f"{name}: p < .05": with_error((own["below_0.05"] / own["n"]).to_numpy())}
        rows.append(row)
    return plain_markdown(pd.DataFrame(rows))


def false_conjunctions(counts: pd.DataFrame) -> str:
    """The false among those called, a row for a claim, of the kinds where most are false."""
    return false_shares(_simulated(counts), TRUE)


def _simulated(counts: pd.DataFrame) -> pd.DataFrame:
    return counts[~counts["kind"].str.contains("recorded")]


def power_table(power: pd.DataFrame) -> str:
    """Power of every way to test: p < .05, and found after correction in brackets."""
    rows = []
    found = power_summary(power)
    ways = [way for way in WAYS[:-1] if found[f"{way}_power"].notna().any()]
    for row in found.to_dict("records"):
        shown = {way: f"{row[f'{way}_power']:.2f} ({row[f'{way}_found']:.2f})" for way in ways}
        rows.append({"test": row["test"], "SNR": row["snr"]} | shown | {"null: p < .05": f"{row['false_p']:.3f}"})
    mean = {way: f"{found[f'{way}_power'].mean():.2f} ({found[f'{way}_found'].mean():.2f})" for way in ways}
    rows.append({"test": "mean", "SNR": ""} | mean | {"null: p < .05": f"{found['false_p'].mean():.3f}"})
    return plain_markdown(pd.DataFrame(rows))


def against_the_published_rule(power: pd.DataFrame) -> str:
    """What the published rule finds, and the calibrated tests at its share of false positives."""
    found = power_summary(power).dropna(subset=["published_found"])
    columns = {"published_found": "published rule finds", "published_false": "of its null sites",
               "at_equal": "calibrated at that share", "calibrated_power": "calibrated, p < .05"}  # fmt: skip
    return plain_markdown(found[["test", "snr", *columns]].rename(columns=columns))


def report() -> str:
    """All of it, in Markdown."""
    words, nulls, low = read("words.csv"), read("nulls.csv"), read("on_low_level.csv")
    asked = ", ".join(f"p < {level:g}: {low:g} to {high:g}" for level, (low, high) in LIMITS.items())
    parts = [
        "# Results", "Printed by `python -m benchmarks.calibration.tables` from the counts beside this file. "
        "± is one standard error over data sets; of n data sets without any, the share of data sets with one lies "
        "below 3 / n (95 %).",
        "## In short", "How often electrodes are called integration:", called_by_what_is_followed(words),
        called_falsely(words),
        "How often p lies below a level where there is nothing to find, all kinds together:",
        below_where_nothing_is(nulls), *beside(read("draws.csv"), read("conjunctions.csv"), nulls),
        "## The word", kinds_of_the_word(words), power_of_the_word(words),
        "## Nulls with every test", f"Asked: {asked}; data sets with a discovery not significantly above 5 % (most). "
        "What lies outside is in bold.", markdown(nulls),
        "Every network joined with the low-level features (`on low-level`):", markdown(low),
        "## Exchangeable draws", "`trained_beats_random` where training is one more random draw:",
        draws_table(read("draws.csv")),
        "## Conjunctions", "The false among those called, mean over data sets:",
        false_conjunctions(read("conjunctions.csv")),
        "## Power", "Features of which 30 % of the variance is a network's own; p < .05, and found after correction in "
        f"brackets, with what is done to features and to responses left out (`{UNSTEADY}`):",
        power_table(pd.read_csv(RESULTS / "power_30.csv")),
        "5 % own:", power_table(pd.read_csv(RESULTS / "power_05.csv")),
        "Against the published rule, 5 % own:", against_the_published_rule(pd.read_csv(RESULTS / "power_05.csv")),
    ]  # fmt: skip
    return "\n\n".join(parts)


if __name__ == "__main__":
    print(report())
