"""bids_vlint: where does the human brain integrate vision and language?

A BIDS-App for intracranial EEG recorded while people watch movies, and a library: from arrays to tests
(`responses_around`, `compare_networks`, `find_sites`), from a BIDS data set to arrays (`load_fits`), from results to
tables and figures (`read_fits`, `stack_sites`, `glass_brain`, `redraw`). The way of the data:
inputs -> responses, features -> encoding -> inference -> outputs, then group.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from bids_vlint.version import __version__

if TYPE_CHECKING:
    from bids_vlint.derivatives.collection import read_fits, stack_sites, stack_tests
    from bids_vlint.derivatives.encoding_file import read_encoding
    from bids_vlint.encoding.network_features import NetworkFeatures
    from bids_vlint.encoding.plan import EncodingPlan
    from bids_vlint.errors import InputError
    from bids_vlint.inference.calibrated.comparison import compare_networks, find_sites
    from bids_vlint.networks.comparisons import Comparison
    from bids_vlint.reports.contents.printed import redraw
    from bids_vlint.reports.figures.brain import glass_brain
    from bids_vlint.signals.clean import clean_signals
    from bids_vlint.signals.responses import Responses, responses_around
    from bids_vlint.workflows.arrays import load_fits

# Where each name lives; imported when it is first asked for, so that importing the package stays quick.
_HOMES = {
    "Comparison": "networks.comparisons",
    "EncodingPlan": "encoding.plan",
    "InputError": "errors",
    "NetworkFeatures": "encoding.network_features",
    "Responses": "signals.responses",
    "clean_signals": "signals.clean",
    "compare_networks": "inference.calibrated.comparison",
    "find_sites": "inference.calibrated.comparison",
    "glass_brain": "reports.figures.brain",
    "load_fits": "workflows.arrays",
    "read_encoding": "derivatives.encoding_file",
    "read_fits": "derivatives.collection",
    "redraw": "reports.contents.printed",
    "responses_around": "signals.responses",
    "stack_sites": "derivatives.collection",
    "stack_tests": "derivatives.collection",
}

__all__ = [
    "Comparison",
    "EncodingPlan",
    "InputError",
    "NetworkFeatures",
    "Responses",
    "__version__",
    "clean_signals",
    "compare_networks",
    "find_sites",
    "glass_brain",
    "load_fits",
    "read_encoding",
    "read_fits",
    "redraw",
    "responses_around",
    "stack_sites",
    "stack_tests",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
