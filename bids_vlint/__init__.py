"""bids_vlint: where does the human brain integrate vision and language?

A BIDS-App for intracranial EEG recorded while people watch movies. The way of the data:
inputs -> responses, features -> encoding -> inference -> outputs, then group.
"""

from bids_vlint.version import __version__

__all__ = ["__version__"]
