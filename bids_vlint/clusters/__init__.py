"""Running on more than one machine: the script that gives a study to a cluster's scheduler."""
