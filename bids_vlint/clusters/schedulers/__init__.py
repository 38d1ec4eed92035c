"""Schedulers of clusters, one file each."""
