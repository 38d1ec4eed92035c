"""
From arrays to tests
====================

Without a BIDS data set: ``python docs/examples/from_arrays.py``.

Four electrodes are simulated: one follows what is seen, one what is said, one whether the two agree (their product),
and one nothing. Networks of each, and of both, are compared at all of them.
"""

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt

from bids_vlint import EncodingPlan, NetworkFeatures, clean_signals, compare_networks, find_sites, responses_around

SFREQ = 100.0
rng = np.random.default_rng(0)

# %%
# The film and the networks
# -------------------------
# 900 words of a film, in seconds from the first sample; ``movie_time`` says when they are in the film. A network gives
# one layer of features or more for each word, events x features. The run of the network of both on a picture alone,
# and on a text alone, are its parts: what they hold is not integration. The last one is its twin with random weights.

onset = 10 + np.cumsum(rng.uniform(0.3, 1.1, 900))
events = pd.DataFrame({"onset": onset, "movie_time": onset - 8.0})

seen, said = rng.standard_normal((2, len(events), 4))
agree = seen * said
networks = [
    NetworkFeatures("eye", "vision", True, {"last": seen + 0.3 * rng.standard_normal(seen.shape)}),
    NetworkFeatures("ear", "language", True, {"last": said + 0.3 * rng.standard_normal(said.shape)}),
    NetworkFeatures("fusion", "multimodal", True, {"last": np.hstack([seen, said, agree])}),
    NetworkFeatures("fusion:image", "multimodal", True, {"last": seen}, shown="image", part_of="fusion"),
    NetworkFeatures("fusion:text", "multimodal", True, {"last": said}, shown="text", part_of="fusion"),
    NetworkFeatures("fusion", "multimodal", False, {"last": rng.standard_normal((len(events), 12))}),
]

# %%
# The recording
# -------------
# Noise that drifts, and half a second of what drives each electrode after every word. It is cleaned and averaged in
# windows of 200 ms around the words.

signals = rng.standard_normal((4, round((onset[-1] + 10) * SFREQ)))
signals = signals + 0.02 * np.cumsum(rng.standard_normal(signals.shape), axis=1)
for word, sample in enumerate(np.round(onset * SFREQ).astype(int)):
    drive = seen[word, 0], said[word, 0], agree[word, 0], 0.0
    signals[:, sample + 20 : sample + 70] += np.array(drive)[:, None]

responses = responses_around(clean_signals(signals, SFREQ), SFREQ, events, ["V1", "L1", "I1", "N1"])

# %%
# Which network predicts which electrode
# --------------------------------------
# The correlation between what was recorded and what each network predicts, in parts of the film that it was not
# fitted to.

found = compare_networks(networks, responses, plan=EncodingPlan(n_shifts=20, n_bootstraps=200))
figure, panels = plt.subplots(1, 4, figsize=(10, 2.8), sharey=True, layout="constrained")
for panel, electrode in zip(panels, responses.channels, strict=True):
    for network in ("eye", "ear", "fusion"):
        panel.plot(found.scores["lag"], found.scores["r"].sel(model=network, electrode=electrode), label=network)
    panel.axvline(0, color="grey", linewidth=0.8)
    panel.set(title=electrode, xlabel="seconds after the word")
panels[0].set_ylabel("held-out r")
_ = panels[-1].legend(frameon=False)

# %%
# Which electrodes integrate
# --------------------------
# The linear control is the best of what is shown the text alone beside the best of what is shown the picture alone. An
# electrode that only adds the two is predicted by it as well.

table = found.tests.query("test == 'multimodal_beats_linear'")
print(table[["name", "diff", "low", "high", "p"]].round(3).to_string())
sites = find_sites({"language": found.tests})
print("beyond vision and language side by side:", *sites.index[sites["language_multimodal_beats_linear"].eq(True)])

figure, panel = plt.subplots(figsize=(5, 2.4), layout="constrained")
panel.errorbar(
    table["diff"], table["name"], xerr=[table["diff"] - table["low"], table["high"] - table["diff"]], fmt="o"
)
panel.axvline(0, color="grey", linewidth=0.8)
_ = panel.set(xlabel="held-out r above the linear control (95 % interval)", ylabel="electrode")
