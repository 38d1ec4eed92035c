"""Error rates, power and coverage of what the group level says of regions."""
