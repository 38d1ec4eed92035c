"""
From a BIDS data set to arrays
==============================

``python docs/examples/from_bids.py BIDS_DIR MODELS.toml [WORK_DIR]``

For every fit and alignment the shapes of responses and features, and how well the first layer of each network
predicts the mean response of the second after an event with scikit-learn's ridge regression: any model can be put in
its place.
"""

import sys

import numpy as np
from matplotlib import pyplot as plt
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import KFold, cross_val_predict

from bids_vlint import load_fits

bids_dir, models, work_dir = [*sys.argv[1:], "work"][:3]
best: dict[str, dict[str, float]] = {}
for fit in load_fits(bids_dir, models, work_dir=work_dir):
    print(fit.name.stem, f"{len(fit.channels)} electrodes")
    for alignment, responses in fit.responses.items():
        print(f"  {alignment}: responses {responses.data.shape}, events x electrodes x lags")
        after = (responses.lags >= 0) & (responses.lags <= 1)
        target = responses.data[:, :, after].mean(axis=2)
        for network in fit.networks[alignment]:
            name, layer = next(iter(network.layers.items()))
            predicted = cross_val_predict(RidgeCV([1.0, 1e2, 1e4]), layer, target, cv=KFold(5))
            r = [np.corrcoef(predicted[:, e], target[:, e])[0, 1] for e in range(target.shape[1])]
            best.setdefault(alignment, {})[network.label] = float(np.nanmax(r))
            print(f"    {network.label}, layer {name} {layer.shape}: best electrode r = {np.nanmax(r):.2f}")
    for note in fit.notes:
        print(f"  note: {note}")

# %%
# The best electrode of each network (of the last fit). The twins with random weights stand beside the trained ones.

figure, panels = plt.subplots(1, len(best), figsize=(10, 4), sharex=True, layout="constrained", squeeze=False)
for panel, (alignment, scores) in zip(panels[0], best.items(), strict=True):
    panel.barh(list(scores), list(scores.values()))
    panel.set(title=alignment, xlabel="r of the best electrode")
