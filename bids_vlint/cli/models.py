"""`bids_vlint models`: its words; `model_sets` does what they say."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from bids_vlint.cli.subcommand import SubcommandParser
from bids_vlint.errors import Exit, InputError
from bids_vlint.networks.identity import LOW_LEVEL


def run_models(argv: list[str]) -> int:
    """Run the subcommand; returns the exit code.

    Parameters
    ----------
    argv : list of str
        What follows `bids_vlint models`.
    """
    try:
        options = _parser().parse_args(argv)
    except SystemExit as stop:  # --help
        return int(stop.code or 0)
    if options.action == "fetch":
        _check_fetch(options)
    from bids_vlint.cli.model_sets import fetch_set, print_layers, print_sets

    if options.action == "fetch":
        return fetch_set(options.set, options.name, options.models_dir)
    if options.action == "layers":
        return print_layers(options.words, options.models, options.models_dir)
    return print_sets(getattr(options, "set", None), options.models_dir)


def _check_fetch(options: argparse.Namespace) -> None:
    if options.offline:
        wrong = "fetching needs a connection"
        raise InputError("--offline", wrong, "leave it out of models fetch; give it to the run", Exit.USAGE)
    if options.models_dir is None:
        raise InputError("--models-dir", "is required to fetch", "name the folder that files go to", Exit.USAGE)


def _parser() -> SubcommandParser:
    about = (
        "List the networks of the built-in sets, list the layers of a network, or fetch the files of a set. Every set "
        f"also has {LOW_LEVEL}, made from the film, its sound and its transcript: layers {LOW_LEVEL} lists its columns."
    )
    parser = SubcommandParser(prog="bids_vlint models", description=about, allow_abbrev=False)
    folder: dict[str, Any] = {
        "type": Path,
        "metavar": "DIR",
        "help": "where weights are that are not beside the set's file",
    }
    parser.add_argument("--models-dir", "--models_dir", default=None, **folder)
    actions = parser.add_subparsers(dest="action", metavar="{list,layers,fetch}")
    listed = actions.add_parser(
        "list", allow_abbrev=False, help="list the networks, and whether their files are on this machine"
    )
    listed.add_argument("set", metavar="SET", nargs="?", help="a built-in set's name, or a TOML file; all if left out")
    one = actions.add_parser(
        "layers", allow_abbrev=False, help="list the layers of a network, its default and its blocks marked"
    )
    one.add_argument(
        "words", metavar="[SET] NAME", nargs="+", help="a network; of the built-in sets if no set is given"
    )
    one.add_argument("--models", metavar="FILE|NAME", help="the set: a built-in set's name, or a TOML file")
    got = actions.add_parser(
        "fetch", allow_abbrev=False, help="get every file of a set's networks once, into --models-dir"
    )
    got.add_argument("set", metavar="SET", help="a built-in set's name, or a TOML file")
    got.add_argument("--name", nargs="+", action="extend", metavar="NAME", help="fetch for these networks alone")
    got.add_argument("--offline", action="store_true", help=argparse.SUPPRESS)
    for action in (listed, one, got):
        action.add_argument("--models-dir", "--models_dir", **folder | {"default": argparse.SUPPRESS})
    return parser
