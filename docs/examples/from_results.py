"""
From results to tables and figures
==================================

``python docs/examples/from_results.py OUTPUT_DIR [FIGURE.png]``

OUTPUT_DIR is that of the participant level; the data set is not needed.
"""

import sys
from pathlib import Path

from matplotlib import pyplot as plt

from bids_vlint import glass_brain, read_encoding, read_fits, stack_sites, stack_tests

out = Path(sys.argv[1])
fits = read_fits(out)

# %%
# Tables of all participants
# --------------------------
# A row per electrode, and a row per electrode, alignment and test.

sites, tests = stack_sites(fits), stack_tests(fits)
print(sites.groupby("participant_id")["integration_either"].agg(["sum", "count"]))
print(tests.groupby(["alignment", "test"])["diff"].describe().round(3))

# %%
# Dense scores
# ------------
# The held-out r of every network, electrode and time bin, with named axes; here the mean over electrodes.

figure, panel = plt.subplots(figsize=(7, 3.5), layout="constrained")
for fit in fits:
    scores = read_encoding(out, fit.name, "language")
    best = scores["r"].sel(lag=slice(0, 2)).mean("lag").max("electrode")
    print(fit.name.stem, "best electrode of each network:", best.round(3).to_series().to_dict())
    for network in scores["model"].values:
        panel.plot(
            scores["lag"], scores["r"].sel(model=network).mean("electrode"), label=f"{fit.name.subject} {network}"
        )
panel.set(xlabel="seconds after the word", ylabel="held-out r, mean of electrodes")
_ = panel.legend(fontsize=7, frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))

# %%
# Sites in a glass brain
# ----------------------

places = sites.dropna(subset=["mni_x", "mni_y", "mni_z"])
kinds = ["integration" if found is True else "neither" for found in places["integration_either"].astype(object)]
brain = glass_brain(places[["mni_x", "mni_y", "mni_z"]].to_numpy(float), kinds)
if len(sys.argv) > 2:
    brain.savefig(sys.argv[2])
