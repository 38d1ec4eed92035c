"""What a report's words say of the shared results, written down again from their tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bids_vlint.atlas.words import region_words
from bids_vlint.derivatives.collection import read_fits
from bids_vlint.group.collected import Collected
from bids_vlint.log import counted
from bids_vlint.networks.comparisons import telling
from bids_vlint.reports.contents.detectable import detectable_in
from bids_vlint.reports.contents.nulls import read_kept, swapped_sites
from bids_vlint.reports.filters import cell_text
from bids_vlint.study.stimulus import ALIGNMENTS
from tests.reports.test_numbers import of, read


def spoken(name: str) -> str:
    return name.replace("_", " ")


def cells(*values: Any) -> str:
    return " ".join(map(str, values))


def shares(truth: pd.Series) -> str:
    known = truth.dropna().astype(bool)
    return f"{of(truth)} ({100 * known.mean():.1f} %)" if len(known) else "not tested"


def whats(tests: pd.DataFrame) -> list[str]:
    order = ["trained_beats_random", "beats_low_level", "multimodal_beats_unimodal", "multimodal_beats_linear"]
    return [*order, *sorted(set(tests["test"]) - set(order))]


def summary(sites: pd.DataFrame, tests: pd.DataFrame, subject: str | None) -> Iterator[str]:
    """The card, and how many electrodes pass each test."""
    found = sites[sites["integration_either"].astype(bool)].sort_values("integration_either_q", kind="stable")
    people = sites["participant_id"].nunique()
    yield f"{len(sites)} electrodes of {f'sub-{subject}' if subject else counted(people, 'participant')}."
    regions = found["region"].map(region_words).value_counts()
    where = ", ".join(f"{name} ({n})" for name, n in sorted(regions.items(), key=lambda x: (-x[1], x[0])))
    yield f"Integration: {of(sites['integration_either'])} electrodes, {100 * len(found) / len(sites):.1f} %: {where}."
    others = sites[~sites["integration_either"].astype(bool)]["trained_with_language_either"].astype(bool).sum()
    yield f"In {counted(int(others), 'other electrode')}, called trained with language"
    for _, site in found.iterrows():
        yield f"{site['name']} of {site['participant_id']} (q {site['integration_either_q']:.2g})"
    yield f"at most about {0.05 * len(found):.2g} of {counted(len(found), 'electrode')} are expected to be false"
    yield f"{sites['mni_x'].notna().sum()} of {len(sites)} electrodes have a place in MNI152 space"
    if subject is None:
        yield f"With {people} participants nothing can be said"
    ways = ["{a}_{w}".replace("{a}", a) for a in ALIGNMENTS] + ["{w}_either", "{w}_both"]
    for what in [*whats(tests), "integration", "trained_with_language"]:
        row = [shares(sites[way.format(w=what)]) for way in ways]
        over_all = [shares(group_truth(sites, tests, what))] if subject is None else []
        yield cells(spoken(what), *row, *over_all)
    for test, own in tests.groupby("test"):
        n_model, n_baseline = (sorted(set(own[side].astype(int))) for side in ("n_model", "n_baseline"))
        if n_model != n_baseline:
            yield f"{spoken(str(test))}, {n_model[0]} against {n_baseline[0]}"


def group_truth(sites: pd.DataFrame, tests: pd.DataFrame, what: str) -> pd.Series:
    """What holds in at least one alignment where q is of all participants together."""
    if what == "trained_with_language":
        truth = group_truth(sites, tests, "multimodal_beats_unimodal") & ~group_truth(sites, tests, "integration")
    else:
        truth = (sites[f"{what}_either_q_group"] <= 0.05) & sites[f"{what}_either"].astype(bool)
    return truth


def worth(reported: Path, tests: pd.DataFrame, subject: str | None) -> Iterator[str]:
    """What a yes and a no are worth."""
    fits = read_fits(reported, subject)
    kept = read_kept(reported, fits)
    yield f"Of {sum(len(fit.sites) for fit in fits)} electrodes, in at least one alignment and corrected as the others"
    yield from (f"{spoken(test)} {passed.passed}" for test, passed in swapped_sites(kept).items())
    for alignment in {a for _, a in kept}:
        courses = [one["stimulus"] for (_, a), one in kept.items() if a == alignment]
        r, lag = np.mean([course["r"].to_numpy() for course in courses], axis=0), courses[0]["lag"].to_numpy()
        yield f"r = {r.max():.2f} at best ({lag[r.argmax()]:+.2f} s) and with {r[lag <= -0.5].mean():.2f} on average"
    found = detectable_in(fits, 0.05)
    for test, by_alignment in ((test, found[test]) for test in telling() if test in found):
        own = tests[tests["test"] == test].groupby("alignment")["detectable"].median()
        for alignment, size in by_alignment.items():
            assert size.plain == pytest.approx(own[alignment], rel=1e-5)
        if test in ("multimodal_beats_linear", "beats_low_level"):  # of integration, on the first screen
            yield f"{spoken(test)} " + ", ".join(f"{x.single:.3f} ({a})" for a, x in by_alignment.items())
        yield f"{spoken(test)} " + ", ".join(
            f"{a} {x.plain:.3f} ({x.single:.3f} for a single site after the correction)"
            for a, x in by_alignment.items()
        )
    for test, own in tests[tests["significant"].astype(bool)].groupby("test"):
        if test in telling():
            yield f"{spoken(str(test))} {own['replicated'].astype(bool).sum()} of {len(own)}"


def sites_of(sites: pd.DataFrame, subject: str | None) -> Iterator[str]:
    """The table of sites, and the electrodes' names."""
    tests = ["multimodal_beats_unimodal", "multimodal_beats_linear", "clip_beats_simclr", "beats_low_level"]
    listed = sites[(sites[[f"{test}_either" for test in tests[:3]]].astype(bool)).any(axis=1)]
    yield f"comparison of networks with others: {len(listed)}."
    for _, site in listed.iterrows():
        row = [] if subject else [site["participant_id"]]
        row += [region_words(site["region"]), called(site)]
        for test in tests:
            row += [verdict(site, f"{a}_{test}", site[f"{a}_best_r"]) for a in ALIGNMENTS]
        yield cells(site["name"], *row)


def called(site: pd.Series) -> str:
    for word, claim in (("integration", "integration"), ("trained_with_language", "multimodal_beats_unimodal")):
        if site[f"{word}_either"]:
            return f"{spoken(word)} (q {site[f'{claim}_either_q']:.2g})"
    return "neither"


def verdict(site: pd.Series, prefix: str, best: float) -> str:
    if pd.isna(site[prefix]):
        return "n/a"
    diff, share = site[f"{prefix}_diff"], site[f"{prefix}_diff"] / best
    said = f"{diff:+.3f}".replace("-", "−") + f", {percent(share)} (q {site[f'{prefix}_q']:.2g})"
    return said + (" ✓" if site[prefix] else "")


def percent(share: float) -> str:
    return f"{100 * share:.{0 if abs(share) >= 0.03 else 1}f} %".replace("-", "−")


def evidence_of(reported: Path, sites: pd.DataFrame, tests: pd.DataFrame, subject: str | None) -> Iterator[str]:
    """Every site's page: what it passes, its latencies, its two tables."""
    if subject is None:
        return
    found = sites[sites[["integration_either", "trained_with_language_either"]].astype(bool).any(axis=1)]
    yield f"{counted(len(found), 'electrode')} called integration or trained with language."
    for _, site in found.iterrows():
        own = tests[tests["name"] == site["name"]]
        word = "integration" if site["integration_either"] else "trained_with_language"
        claim = "integration" if site["integration_either"] else "multimodal_beats_unimodal"
        where = ", ".join(a for a in ALIGNMENTS if site[f"{a}_{word}"] is True)
        yield f"{site['name']}, {site['region']}: {spoken(word)} ({where}; q {site[f'{claim}_either_q']:.2g})"
        for alignment, part in own.groupby("alignment"):
            best = site[f"{alignment}_best_r"]
            passed = [f"{spoken(row['test'])} ({row['diff']:+.3f}, {percent(row['diff'] / best)} of the best network's "
                      f"r of {best:.2f})" for _, row in part.iterrows() if row["significant"]]  # fmt: skip
            prefixes = {"half of its height": f"{alignment}_first_lag", "peak": f"{alignment}_peak_lag"}
            lags = [f"{noun} at {site[lag]:.2f} s (95 % interval {site[f'{lag}_low']:.2f} to {site[f'{lag}_high']:.2f})"
                    for noun, lag in prefixes.items()]  # fmt: skip
            first = part.iloc[0]
            yield f"{alignment} : passes {', '.join(passed)}. Deconvolved: {', '.join(lags)};"
            yield f"p from {first['method']}: {first['n_blocks']:.0f} blocks of 5 s, {first['n_shifts']:.0f} shifts."
        for _, row in own.iterrows():
            what = cells(row["alignment"], spoken(row["test"]))
            three = f"{row['diff']:+.3f} ({row['low']:+.3f} to {row['high']:+.3f})"
            p = cells(*(cell_text(float(row[name])) for name in ("p_alone", "p", "q", "q_by")))
            yield cells(what, "yes" if row["significant"] else "no", three, p, row["model"], "against", row["baseline"])
            halves = f"{row['diff_first_half']:+.3f}, {row['diff_second_half']:+.3f}"
            yield cells(what, f"{row['t']:.2f} {row['null_mean']:.2f} ± {row['null_sd']:.2f}",
                        f"{row['n_model']:.0f} against {row['n_baseline']:.0f}", halves,
                        "yes" if row["replicated"] else "no", f"{row['detectable']:.3f}")  # fmt: skip


def participant(reported: Path, subject: str) -> Iterator[str]:
    """What was read, dropped and checked, and the participant's networks."""
    (fit,) = read_fits(reported, subject)
    record = fit.record
    for one in record["recordings"]:
        yield cells(one["file"], cell_text(one["minutes"]), cell_text(one["sampling_frequency"]))
    for one in record["stimuli"]:
        yield cells(one["stimulus"], one["words"], one["scene_cuts"])
    for alignment, events in record["events"].items():
        dropped = "; ".join(f"{n}: {why}" for why, n in events["dropped"].items())
        total = sum(events["dropped"].values())
        yield f"{alignment}: {events['used']} of {events['found']} events were used, {total} dropped ({dropped})."
    yield f"Channels: {len(fit.sites)} analysed, {len(record['channels_dropped'])} left out"
    for one in record["synchrony"]:
        yield f"{one['film']}; {one['said']}."
        yield f"best {one['thirds'][0]:+.1f} s from there, the last {one['thirds'][-1]:+.1f} s: where they differ"
        yield f"z = {one['z']}, and has to reach {one['threshold']},"
        yield f"the largest that {one['surrogates']} levels of"
        yield f"electrode and lag (p = {one['p']})"
    yield from networks(Collected(reported, [fit]).models)


def networks(models: pd.DataFrame) -> Iterator[str]:
    return (cells(*map(cell_text, row)) for row in models.itertuples(index=False, name=None))


def group(reported: Path, sites: pd.DataFrame) -> Iterator[str]:
    """Participants, regions, networks."""
    tests = ["integration", "trained_with_language", "multimodal_beats_unimodal", "multimodal_beats_linear"]
    for fit in read_fits(reported):
        own = sites[sites["participant_id"] == f"sub-{fit.name.subject}"]
        events = [fit.record["events"].get(a, {}).get("used", 0) for a in ALIGNMENTS]
        yield cells(f"sub-{fit.name.subject}", 1, len(own), *events, *(of(own[f"{t}_either"]) for t in tests),
                    own["region"].notna().sum())  # fmt: skip
    yield f"({len(read_fits(reported))} of {len(read_fits(reported))} fits)"
    regions, claims = read(reported, "group_regions"), read(reported, "group_region_tests")
    for _, row in claims[(claims["claim"] == "integration") & (claims["where"] == "either")].iterrows():
        assert row["n_participants"] < 3, "so that nothing is tested"
        grey = f"({row['n_electrodes_grey']:.0f})"
        counts = cells(row["n_electrodes"], grey, row["n_shafts"], row["n_participants"],
                       f"{row['n_sites']} ({row['n_sites_grey']:.0f})")  # fmt: skip
        yield cells(region_words(row["region"]), counts, "n/a n/a n/a n/a n/a not named", row["not_tested"])
    for _, row in read(reported, "group_region_latencies").iterrows():
        kind = "half of its height" if row["latency"] == "first_lag" else "peak"
        yield cells(region_words(row["region"]), row["alignment"], kind, row["n_electrodes"], row["n_participants"],
                    "fewer than 3 participants")  # fmt: skip
    shown = [*tests[:2], "trained_beats_random", "beats_low_level", *tests[2:], "clip_beats_simclr"]
    for _, row in regions.iterrows():
        told = [f"{row[f'{t}_either_n']} of {row[f'{t}_either_tested']}" for t in shown]
        yield cells(region_words(row["region"]), row["n_electrodes"], row["n_participants"], *told)
    yield from networks(read(reported, "group_models"))
