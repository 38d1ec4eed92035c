"""Statistics of electrodes that lie in shafts, which lie in participants: regions against the rest of the brain, shares
with their intervals, ranks. Functions of arrays."""
