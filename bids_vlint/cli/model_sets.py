"""What `bids_vlint models` does: the networks of the model sets, the layers of one, getting their files."""

from __future__ import annotations

from pathlib import Path

from bids_vlint.errors import Exit, InputError, did_you_mean
from bids_vlint.networks.family import check_installed, stored
from bids_vlint.networks.identity import LOW_LEVEL
from bids_vlint.networks.model_set import built_in_sets, declared_set
from bids_vlint.networks.parts import whole_spec
from bids_vlint.networks.resources import can_be_fetched, fetch_command, locate, places
from bids_vlint.networks.shown import shown_to
from bids_vlint.networks.specification import ModelSet, ModelSpec

_ORDER = ("paper", "controlled", "modern", "demo")  # in which a network's name is looked for
_LISTING = "{:<24}{:<12}{:<8}{:<14}{:<16}{}"
_PARTS = "those shown both have parts, runs on the picture and on the text alone: NAME:image and NAME:text"


def print_sets(value: str | None, models_dir: Path | None) -> int:
    """Print the networks of a set, or of all built-in ones, and whether their files are on this machine."""
    for name in [value] if value else sorted(built_in_sets(), key=_order):
        models = declared_set(name)
        print(name)
        for spec in (s for s in models.models if s.trained and (s.part_of is None or stored(s))):
            what = spec.architecture or spec.path or ""
            what += f" ({spec.weights})" if spec.weights and spec.weights not in what else ""
            here = _whereabouts(models, spec, models_dir)
            row = _LISTING.format(spec.name, spec.modality, shown_to(spec), spec.source, here, what)
            print(f"  {row}".rstrip())
        if any(s.part_of is not None and not stored(s) for s in models.models):
            print(f"  ({_PARTS})")
    return Exit.OK


def _order(name: str) -> tuple[int, str]:
    return _ORDER.index(name) if name in _ORDER else len(_ORDER), name


def _whereabouts(models: ModelSet, spec: ModelSpec, models_dir: Path | None) -> str:
    """Whether a network's files are on this machine."""
    if stored(spec):
        return ""
    try:
        check_installed(models.file, spec)
        _, missing = locate(models.file, spec, models_dir, caches=False)
    except InputError:  # of a network's package, or of its family's
        return "not installed"
    if not missing:
        return "here"
    by_hand = [name for name in missing if not can_be_fetched(spec, name)]
    return "not here" if by_hand else "to be fetched"


def print_layers(words: list[str], value: str | None, models_dir: Path | None) -> int:
    """Print the layers of a network, as `layer_rows` lists them, or the columns of the low-level features.

    Raises
    ------
    InputError
        As `find_network` and `layer_rows`.
    """
    if words[-1] == LOW_LEVEL:
        return _print_columns()
    models, spec = find_network(words, value)
    for row in layer_rows(models, spec, models_dir):
        print(row)
    return Exit.OK


def _print_columns() -> int:
    """The low-level features have one layer: its columns are told."""
    from bids_vlint.networks.low_level.family import low_level_columns

    for column in low_level_columns(of_networks=True):
        print(f"{column.name:<28} {column.unit:<16} {column.meaning}")
    return Exit.OK


def find_network(words: list[str], value: str | None) -> tuple[ModelSet, ModelSpec]:
    """Find a network by its name, in one set or in all built-in ones.

    Parameters
    ----------
    words : list of str
        NAME, or SET NAME.
    value : str | None
        The set; None: as `words` say.

    Raises
    ------
    InputError
        64 for a name that no set has.
    """
    if len(words) > 2 or (value and len(words) == 2):
        raise InputError("bids_vlint models layers", "has too many words", "give NAME, or SET NAME", Exit.USAGE)
    name, value = words[-1], value or (words[0] if len(words) == 2 else None)
    sets = [value] if value else sorted(built_in_sets(), key=_order)
    known: list[str] = []
    for one in sets:
        models = declared_set(one)
        known += [s.name for s in models.models if s.trained]
        spec = next((s for s in models.models if s.name == name), None)
        if spec is not None:
            return models, spec
    where = value or "the built-in model sets"
    raise InputError(where, f"has no network {name!r}", did_you_mean(name, known), Exit.USAGE)


def layer_rows(models: ModelSet, spec: ModelSpec, models_dir: Path | None) -> list[str]:
    """List the layers of a network with one item's shape; those that its entry stands for and its blocks are marked.

    The random twin is looked at, so that weights need not be there; only a transformers network needs its folder.

    Raises
    ------
    InputError
        64 for a network whose features are precomputed, 66 where its folder is not there.
    """
    from dataclasses import replace

    from bids_vlint.networks.family import build_networks
    from bids_vlint.networks.layers import blocks, choose_layers, survey

    check_installed(models.file, spec)
    twin, missing = locate(models.file, replace(whole_spec(spec), trained=False), models_dir)  # a part's are the same
    if missing:
        names = {str(p): n for n, p in built_in_sets().items()}
        command = fetch_command(names.get(str(models.file), str(models.file)), places(models.file, models_dir)[1:])
        wrong = f"the configuration of network {spec.name!r} ({', '.join(missing)}) is not on this machine"
        raise InputError(models.file.name, wrong, f"run: {command} --name {spec.name}", Exit.NO_INPUT)
    towers = build_networks(twin, 0, models_dir)
    rows: list[str] = []
    for tower, chosen in zip(towers, choose_layers(twin, towers)):
        layers, series = survey(tower), set(blocks(tower))
        default = {layer.name for layer in chosen} if chosen is not None else {next(iter(layers))}
        for name, layer in layers.items():
            marks = ["default"] * (name in default) + ["block"] * (name in series)
            marks += [f"same as {layer.repeats}"] * (layer.repeats is not None)
            rows.append(f"{name:<56} {' × '.join(map(str, layer.shape)):<20} {', '.join(marks)}".rstrip())
    return rows


def fetch_set(value: str, names: list[str] | None, models_dir: Path) -> int:
    """Get the files of a set's networks, or of those that are named.

    Raises
    ------
    InputError
        64 for a name that the set has not; as `fetch`.
    """
    from bids_vlint import log
    from bids_vlint.networks.fetch.addresses import wanted
    from bids_vlint.networks.fetch.fetch import fetch
    from bids_vlint.networks.fetch.lock import LOCK

    log.setup(verbose=False)
    models = declared_set(value)
    trained = {s.name for s in models.models if s.trained}
    specs = [s for s in models.models if s.part_of is None and (s.trained or s.name not in trained)]
    known = [s.name for s in specs]
    for name in names or ():
        if name not in known:
            raise InputError(value, f"has no network {name!r}", did_you_mean(name, known), Exit.USAGE)
    chosen = [s for s in specs if not names or s.name in names]
    for spec in chosen:
        check_installed(models.file, spec)
    sources = wanted(models.file, chosen, models_dir)
    if not sources:
        print("nothing has to be fetched")
        return Exit.OK
    fetched, kept = fetch(sources, models_dir)
    print(f"{fetched} files fetched, {kept} were there; {models_dir / LOCK} says what they are")
    return Exit.OK
