"""From results to tables and a figure: `python docs/examples/from_results.py OUTPUT_DIR FIGURE.png`.

OUTPUT_DIR is that of the participant level; the data set is not needed.
"""

import sys
from pathlib import Path

from bids_vlint import glass_brain, read_encoding, read_fits, stack_sites, stack_tests

out, figure = Path(sys.argv[1]), Path(sys.argv[2])
fits = read_fits(out)
sites, tests = stack_sites(fits), stack_tests(fits)
print(sites.groupby("participant_id")["integration_either"].agg(["sum", "count"]))
print(tests.groupby(["alignment", "test"])["diff"].describe().round(3))

for fit in fits:
    scores = read_encoding(out, fit.name, "language")
    best = scores["r"].sel(lag=slice(0, 2)).mean("lag").max("electrode")
    print(fit.name.stem, "best electrode of each network:", best.round(3).to_series().to_dict())

places = sites.dropna(subset=["mni_x", "mni_y", "mni_z"])
kinds = ["integration" if found is True else "neither" for found in places["integration_either"].astype(object)]
glass_brain(places[["mni_x", "mni_y", "mni_z"]].to_numpy(float), kinds).savefig(figure)
