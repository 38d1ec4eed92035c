"""From all participants' sites to regions, networks and the group's tables."""
