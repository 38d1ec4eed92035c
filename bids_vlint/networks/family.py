"""Network families: what the `source` of a model set's `[[model]]` stands for.

A family is one `Family` object, in the folder `families` or in a package of others (`registry`, entry points of the
group `bids_vlint.families`). It is imported when a model set names it, and not before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from bids_vlint.citations import Reference
from bids_vlint.errors import Exit, InputError
from bids_vlint.networks.features import Features
from bids_vlint.networks.identity import LOW_LEVEL
from bids_vlint.networks.network import Network
from bids_vlint.networks.specification import ModelSpec
from bids_vlint.registry import Registry
from bids_vlint.study.stimulus import Alignment, Stimulus, StimulusEvents


def _no_files(_spec: ModelSpec, _models_dir: Path | None) -> list[Path]:
    return []


def _no_caveats(_spec: ModelSpec) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True)
class Family:
    """A family of networks: one of `build` and `read` is given.

    Attributes
    ----------
    name : str
        What a model set names as `source`.
    build : (spec, seed, models_dir) -> tuple of Network, or None
        Makes a network, or one per tower, with its weights; a random twin (`spec.trained` is False) from `seed` and
        `spec.label` alone. `models_dir` is where files may lie that are not beside the model set.
    read : (spec, events) -> Features, or None
        Reads features that are stored; such networks have no random twin but those that the model set declares.
    file : (spec, stimulus, alignment) -> Path, or None
        Where `read` is given: the file that it reads for one stimulus and alignment, in the form of precomputed
        features.
    files : (spec, models_dir) -> list of Path
        The files that a network is made of: features are kept by their content.
    packages : tuple of str
        Distributions that it needs and whose versions its results depend on, beside torch.
    caveats : spec -> tuple of str
        Sentences that every report must say of a network.
    needs, needs_trained : tuple of str
        Keys that a `[[model]]` has to give; those that a trained one has to give beside.
    image_tower_first : bool
        Its networks have two towers, of which the image tower alone is compared unless `tower` says more.
    install : str
        What pip has to install where `packages` are not there.
    works : tuple of str or Reference
        What is cited where its networks were used: keys of data/citations.toml, or works of one's own. A network's own
        are named by its model set (`cite`), its packages' by citations.toml.
    """

    name: str
    build: Callable[[ModelSpec, int, Path | None], tuple[Network, ...]] | None = None
    read: Callable[[ModelSpec, StimulusEvents], Features] | None = None
    file: Callable[[ModelSpec, Stimulus, Alignment], Path] | None = None
    files: Callable[[ModelSpec, Path | None], list[Path]] = _no_files
    packages: tuple[str, ...] = ()
    caveats: Callable[[ModelSpec], tuple[str, ...]] = _no_caveats
    needs: tuple[str, ...] = ()
    needs_trained: tuple[str, ...] = ()
    image_tower_first: bool = False
    install: str = "bids_vlint[networks]"
    works: tuple[str | Reference, ...] = ()

    @property
    def absent(self) -> list[str]:
        """Distributions that it needs and that are not installed."""
        needed = dict.fromkeys(("torch", *self.packages)) if self.build is not None else ()
        return [name for name in needed if not _is_installed(name)]


def _wrong(found: Family) -> str | None:
    """What a family lacks."""
    whole = (found.build is None) != (found.read is None) and (found.read is None) == (found.file is None)
    return None if whole else "gives neither 'build' alone nor 'read' with 'file'"


_GROUP = "bids_vlint.families"
FAMILIES = Registry("family", Family, "bids_vlint.networks.families", _GROUP, "family of networks", _wrong)


def sources() -> tuple[str, ...]:
    """Names of the families that a model set may name, without importing any."""
    return FAMILIES.names


def family(source: str) -> Family:
    """Load the family of a source.

    Parameters
    ----------
    source : str
        One of `sources()`.

    Raises
    ------
    InputError
        65 for a family that two packages bring, or one that cannot be loaded; 64 for an unknown one.
    """
    return FAMILIES.named(source)


def build_networks(spec: ModelSpec, seed: int, models_dir: Path | None) -> tuple[Network, ...]:
    """Build a network with its family.

    Parameters
    ----------
    spec : ModelSpec
        From `bids_vlint.networks.model_set.read_model_set`.
    seed : int
        Of a random twin's weights.
    models_dir : Path | None

    Raises
    ------
    InputError
        66 where packages are not installed, 64 for a network whose features are stored; others as its family says.
    """
    check_installed(spec.folder, spec)
    build = family(spec.source).build
    if build is None:
        do = "look into its HDF5 files: each data set beside 'onset' is a layer"
        raise InputError(spec.name, "its features are precomputed", do, Exit.USAGE)
    return build(spec, seed, models_dir)


def stored(spec: ModelSpec) -> bool:
    """Whether a network's features are read from files, and not computed."""
    return spec.source != LOW_LEVEL and family(spec.source).read is not None


def stored_file(spec: ModelSpec, stimulus: Stimulus, alignment: Alignment) -> Path:
    """Name the file of a network's stored features for one stimulus and alignment, whether it is there or not."""
    name = family(spec.source).file
    assert name is not None, spec.source
    return name(spec, stimulus, alignment)


def check_installed(file: Path, spec: ModelSpec) -> None:
    """Say which packages a network of a model set needs that are not installed, and the command that installs them.

    Raises
    ------
    InputError
        66.
    """
    made_by = family(spec.source)
    if absent := made_by.absent:
        wrong = f"network {spec.name!r} (source {spec.source}) needs {', '.join(absent)}, not installed here"
        raise InputError(file, wrong, f"run: pip install '{made_by.install}'", Exit.NO_INPUT)


def _is_installed(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True
