"""`bids_vlint models`: which networks there are, and the layers of one."""

from __future__ import annotations

import argparse
from pathlib import Path

from bids_vlint.errors import Exit, InputError, did_you_mean
from bids_vlint.inputs.model_set import built_in_sets, read_model_set
from bids_vlint.types import ModelSpec

LISTING = "{:<28}{:<12}{:<14}{}"


def main(argv: list[str]) -> int:
    """Run the subcommand; returns the exit code.

    Parameters
    ----------
    argv : list of str
        What follows `bids_vlint models`.
    """
    options = _parser().parse_args(argv)
    if options.action == "layers":
        for name, shape in layers(options.set, options.name, options.models_dir):
            print(f"{name:<56}{' × '.join(map(str, shape))}")
        return Exit.OK
    for name, file in built_in_sets().items():
        print(name)
        for spec in (s for s in read_model_set(str(file), options.models_dir).models if s.trained):
            row = LISTING.format(spec.name, spec.modality, spec.source, spec.architecture or spec.path or "")
            print(f"  {row}".rstrip())
    return Exit.OK


def layers(value: str, name: str, models_dir: Path | None) -> list[tuple[str, tuple[int, ...]]]:
    """List the layers of one network of a set with one item's shape; the first of each tower is its default layer.

    Raises
    ------
    InputError
        64 for a name that the set does not have, or a network whose features are precomputed.
    """
    models = read_model_set(value, models_dir).models
    spec = next((s for s in models if s.name == name), None)
    if spec is None:
        raise InputError(value, f"has no network {name!r}", did_you_mean(name, [s.name for s in models]), Exit.USAGE)
    return _layers(spec, models_dir)


def _layers(spec: ModelSpec, models_dir: Path | None) -> list[tuple[str, tuple[int, ...]]]:
    from dataclasses import replace

    from bids_vlint.features.families import family
    from bids_vlint.features.layers import catalogue

    made_by = family(spec.source)
    if not hasattr(made_by, "build"):
        do = "look into its HDF5 files: each data set beside 'onset' is a layer"
        raise InputError(spec.name, "its features are precomputed", do, Exit.USAGE)
    towers = made_by.build(replace(spec, trained=False), 0, models_dir)  # the twin has the same layers
    return [item for tower in towers for item in catalogue(tower).items()]


class _Parser(argparse.ArgumentParser):
    """Argparse with the exit code of a usage error."""

    def error(self, message: str) -> None:  # type: ignore[override]
        raise InputError("bids_vlint models", message, "see bids_vlint models --help", Exit.USAGE)


def _parser() -> argparse.ArgumentParser:
    about = "List the networks of the built-in sets, or the layers of a network."
    parser = _Parser(prog="bids_vlint models", description=about)
    parser.add_argument("--models-dir", type=Path, help="where weights are that are not beside the set's file")
    actions = parser.add_subparsers(dest="action", metavar="{layers}")
    one = actions.add_parser("layers", help="list the layer names of a network", description="List a network's layers.")
    one.add_argument("set", metavar="SET", help="a built-in set's name, or a TOML file")
    one.add_argument("name", metavar="NAME", help="a network of the set")
    return parser
