"""Kinds of planted effects, one file each."""
