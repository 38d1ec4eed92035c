"""From arrays to tests, without a BIDS data set: `python docs/examples/from_arrays.py`.

Four electrodes are simulated: one follows what is seen, one what is said, one whether the two agree (their product),
and one nothing.
"""

import numpy as np
import pandas as pd

from bids_vlint import EncodingPlan, NetworkFeatures, clean_signals, compare_networks, find_sites, responses_around

SFREQ = 100.0
rng = np.random.default_rng(0)

# 900 words of a film, in seconds from the first sample; `movie_time` says when they are in the film
onset = 10 + np.cumsum(rng.uniform(0.3, 1.1, 900))
events = pd.DataFrame({"onset": onset, "movie_time": onset - 8.0})

# what each network makes of each word's picture and text, a layer or more per network; a twin with random weights
seen, said = rng.standard_normal((2, len(events), 4))
agree = seen * said
networks = [
    NetworkFeatures("eye", "vision", True, {"last": seen + 0.3 * rng.standard_normal(seen.shape)}),
    NetworkFeatures("ear", "language", True, {"last": said + 0.3 * rng.standard_normal(said.shape)}),
    NetworkFeatures("fusion", "multimodal", True, {"last": np.hstack([seen, said, agree])}),
    # what the fusion network makes of a picture alone, and of a text alone
    NetworkFeatures("fusion:image", "multimodal", True, {"last": seen}, shown="image", part_of="fusion"),
    NetworkFeatures("fusion:text", "multimodal", True, {"last": said}, shown="text", part_of="fusion"),
    NetworkFeatures("fusion", "multimodal", False, {"last": rng.standard_normal((len(events), 12))}),
]

# the recording: noise that drifts, and half a second of what drives each electrode after every word
signals = rng.standard_normal((4, round((onset[-1] + 10) * SFREQ)))
signals = signals + 0.02 * np.cumsum(rng.standard_normal(signals.shape), axis=1)
for word, sample in enumerate(np.round(onset * SFREQ).astype(int)):
    drive = seen[word, 0], said[word, 0], agree[word, 0], 0.0
    signals[:, sample + 20 : sample + 70] += np.array(drive)[:, None]

responses = responses_around(clean_signals(signals, SFREQ), SFREQ, events, ["V1", "L1", "I1", "N1"])
found = compare_networks(networks, responses, plan=EncodingPlan(n_shifts=20, n_bootstraps=200))
sites = find_sites({"language": found.tests})

print(found.tests.query("test == 'multimodal_beats_linear'")[["name", "diff", "low", "high", "p"]].round(3).to_string())
print("beyond vision and language side by side:", *sites.index[sites["language_multimodal_beats_linear"].eq(True)])
