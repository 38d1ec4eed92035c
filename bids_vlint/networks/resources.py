"""Which files a network needs, where they are, and which of them are not there: asked here alone.

They are beside its model set, in `--models-dir`, in an installed package, or in the cache of the hub or of a library.
`bids_vlint.networks.fetch.addresses` says where those come from that are not there.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from bids_vlint.errors import Exit, InputError, did_you_mean
from bids_vlint.files.toml_file import is_toml_path
from bids_vlint.networks.specification import ModelSpec

WEIGHT_SUFFIXES = {".pt", ".pth", ".bin", ".safetensors", ".ckpt", ".npz", ".npy", ".tar"}
PACKAGE = "package:"
TAGGED = ("timm", "open_clip")  # families whose `weights` may be a pretrained tag
_TIMM_FILES = ("model.safetensors", "pytorch_model.bin")
_OPEN_CLIP_FILES = ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")
COCO = "coco"  # as `regions`: torchvision's detector
COCO_FILE = "fasterrcnn_resnet50_fpn_coco-258fb6c6.pth"
VISUAL_GENOME_FILES = ("config.yaml", "pytorch_model.bin")
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")


@dataclass(frozen=True)
class Tag:
    """Where the file of a pretrained tag comes from.

    Attributes
    ----------
    repository : str | None
        Of the hub.
    names : tuple of str
        In it, the first of these that is there.
    url : str | None
        Where it is in no repository.
    """

    repository: str | None
    names: tuple[str, ...]
    url: str | None = None


@dataclass(frozen=True)
class Resource:
    """Something that a network is made of.

    Attributes
    ----------
    kind : str
        file: of weights; tag: pretrained weights by their name; folder: of a transformers network; detector: of
        regions.
    name : str
        As the model set names it; of a tag the folder of its file.
    required : bool
        False for a random twin's weights: they only tell its size, where they are there.
    """

    kind: Literal["file", "tag", "folder", "detector"]
    name: str
    required: bool = True


def resources_of(spec: ModelSpec) -> list[Resource]:
    """List what a network needs that is no part of a library."""
    needed: list[Resource] = []
    if spec.weights and names_a_file(spec.weights):
        needed.append(Resource("file", spec.weights, spec.trained))
    elif spec.source in TAGGED and spec.trained:
        needed.append(Resource("tag", tag_folder(spec)))
    if spec.source == "transformers" and spec.architecture:
        needed.append(Resource("folder", spec.architecture))
    if spec.regions:
        needed.append(Resource("detector", spec.regions))
    return needed


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
    for resource in resources_of(spec):
        if resource.kind == "tag":
            here = _tag_is_here(spec, models_dir, caches)
        elif resource.kind == "detector":
            here = _detector_is_here(spec, models_dir)
        else:
            found = _in_folders(file, spec, resource, folders)
            here = found is not None or (resource.kind == "folder" and _is_cached(spec))
            spec = _with_path(spec, resource, found)
        if not here and resource.required:
            missing.append(resource.name)
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


def weights_path(spec: ModelSpec, models_dir: Path | None) -> Path:
    """Name the file of a located network's weights: the one that it names, or its pretrained tag's.

    Raises
    ------
    InputError
        66 where a tag's file is not on this machine, 65 for an unknown architecture or tag.
    """
    if spec.weights and names_a_file(spec.weights):
        return Path(spec.weights)
    found = tag_file(spec, models_dir)
    if found is None:
        wrong = f"the pretrained weights of network {spec.name!r} ({tag_folder(spec)}) are not on this machine"
        raise InputError(spec.folder, wrong, fetch_hint(models_dir), Exit.NO_INPUT)
    return found


def tag_folder(spec: ModelSpec) -> str:
    """Name the folder, in `--models-dir`, of a pretrained tag's file: ARCHITECTURE.TAG."""
    return f"{spec.architecture}.{spec.weights}" if spec.weights else str(spec.architecture)


def tag_of(spec: ModelSpec) -> Tag:
    """Ask the library of a network where its pretrained weights come from; no network is built.

    Raises
    ------
    InputError
        65 for an architecture or tag that the library does not know.
    """
    return _timm_tag(spec) if spec.source == "timm" else _open_clip_tag(spec)


def text_repositories(architecture: str) -> tuple[str | None, str | None]:
    """Repositories of the hub that an open_clip architecture takes its tokeniser and its text tower's form from."""
    import open_clip

    text: dict[str, Any] = (open_clip.get_model_config(architecture) or {}).get("text_cfg", {})
    return text.get("hf_tokenizer_name") or None, text.get("hf_model_name") or None


def tag_file(spec: ModelSpec, models_dir: Path | None) -> Path | None:
    """Find a pretrained tag's file in `--models-dir`, else in the hub's or open_clip's cache; None where it is not."""
    tag = tag_of(spec)
    names = [name for name in (*tag.names, Path(tag.url or "").name) if name]
    here = [models_dir / tag_folder(spec) / name for name in names] if models_dir else []
    if tag.repository:
        here += [found for name in tag.names if (found := cached_file(tag.repository, name, spec.revision))]
    if spec.source == "open_clip":
        here += [Path.home() / ".cache" / "clip" / name for name in names]
    return next((path for path in here if path.is_file()), None)


def folder_of(spec: ModelSpec) -> Path | None:
    """Find the folder of the network's files; None where it is only a name."""
    if Path(str(spec.architecture)).is_dir():
        return Path(str(spec.architecture))
    config = cached_file(str(spec.architecture), "config.json", spec.revision)
    return config.parent if config else None


def detector_paths(
    regions: str, revision: str | None, models_dir: Path | None, *, folder: Path | None, name: str
) -> tuple[Path, ...]:
    """Find a detector's files; parameters as `detector`.

    Returns
    -------
    tuple of Path
        `config.yaml` and `pytorch_model.bin` of one folder; for `coco` the weights alone.

    Raises
    ------
    InputError
        66 where one of them is in none of the places.
    """
    parents = [f.absolute() for f in (folder, models_dir) if f is not None]
    if regions == COCO:
        return (_coco(parents, name),)
    folders = [p / regions for p in parents] or [Path(regions).absolute()]
    # the folder that has most of them, so that a message names what is missing from it
    best = max(folders, key=lambda f: sum((f / n).is_file() for n in VISUAL_GENOME_FILES))
    found = [best / n for n in VISUAL_GENOME_FILES if (best / n).is_file()]
    if not found:
        found = [f for f in (cached_file(regions, n, revision) for n in VISUAL_GENOME_FILES) if f is not None]
    missing = [n for n in VISUAL_GENOME_FILES if n not in {f.name for f in found}]
    if missing:
        places = str(found[0].parent) if found else " or in ".join([*map(str, folders), "the hub's cache"])
        wrong = f"the region detector of network {name!r} is not on this machine: no {missing[0]} in {places}"
        raise InputError(regions, wrong, fetch_hint(None), Exit.NO_INPUT)
    return tuple(found)


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


def cached_file(repository: str, file: str, revision: str | None) -> Path | None:
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


def _in_folders(file: Path, spec: ModelSpec, resource: Resource, folders: list[Path]) -> Path | None:
    """Find a file or a folder in an installed package, or the first of some folders that holds it."""
    if resource.name.startswith(PACKAGE):
        return _installed(file, spec, resource.name)
    inside = "config.json" if resource.kind == "folder" else ""
    return next(((f / resource.name).absolute() for f in folders if (f / resource.name / inside).exists()), None)


def _with_path(spec: ModelSpec, resource: Resource, found: Path | None) -> ModelSpec:
    """Put a path in place of a name; weights that a random twin lacks are left out."""
    if resource.kind == "folder":
        return replace(spec, architecture=str(found)) if found else spec
    return replace(spec, weights=str(found) if found else spec.weights if spec.trained else None)


def _is_cached(spec: ModelSpec) -> bool:
    return cached_file(str(spec.architecture), "config.json", spec.revision) is not None


def _installed(file: Path, spec: ModelSpec, value: str) -> Path:
    found = in_package(value)
    if found is None:
        wrong = f"the files of network {spec.name!r} ({value}) are not installed"
        raise InputError(file, wrong, "run: pip install bids_vlint[demo]", Exit.NO_INPUT)
    return found


def _tag_is_here(spec: ModelSpec, models_dir: Path | None, caches: bool) -> bool:
    """Whether a pretrained tag's file is in `--models-dir`, or where the family finds it (the libraries' caches)."""
    folder = models_dir / tag_folder(spec) if models_dir else None
    if folder and any(p.suffix in WEIGHT_SUFFIXES for p in folder.glob("*")):
        return True
    return caches and tag_file(spec, None) is not None


def _detector_is_here(spec: ModelSpec, models_dir: Path | None) -> bool:
    try:
        detector_paths(str(spec.regions), None, models_dir, folder=spec.folder, name=spec.name)
    except InputError:
        return False
    return True


def _timm_tag(spec: ModelSpec) -> Tag:
    import timm

    name = tag_folder(spec)
    try:
        config: Any = timm.get_pretrained_cfg(name, allow_unregistered=False)
    except RuntimeError as error:
        wrong = f"network {spec.name!r}: timm has no pretrained weights {name!r}"
        known = timm.list_pretrained() if "." in name else timm.list_models()
        raise InputError(spec.folder, wrong, did_you_mean(name, known)) from error
    names = (config.hf_hub_filename, *_TIMM_FILES) if config.hf_hub_filename else _TIMM_FILES
    return Tag(config.hf_hub_id or None, names, config.url or None)


def _open_clip_tag(spec: ModelSpec) -> Tag:
    import open_clip

    architecture = str(spec.architecture)
    if architecture not in open_clip.list_models():
        wrong = f"network {spec.name!r}: open_clip knows no {architecture!r}"
        raise InputError(spec.folder, wrong, did_you_mean(architecture, open_clip.list_models()))
    known = open_clip.list_pretrained_tags_by_model(architecture)
    if spec.weights not in known:
        wrong = f"network {spec.name!r}: {architecture} has no pretrained weights {spec.weights!r}"
        raise InputError(spec.folder, wrong, did_you_mean(str(spec.weights), known))
    config = open_clip.get_pretrained_cfg(architecture, str(spec.weights))
    repository, _, name = (config.get("hf_hub") or "").rpartition("/")
    return Tag(repository or None, (name,) if name else _OPEN_CLIP_FILES, config.get("url") or None)


def _coco(parents: list[Path], name: str) -> Path:
    import torch

    folders = [*parents, Path(torch.hub.get_dir()) / "checkpoints"]
    for folder in folders:
        if (folder / COCO_FILE).is_file():
            return folder / COCO_FILE
    places = " or in ".join(map(str, folders))
    wrong = f"the region detector of network {name!r} is not on this machine: no {COCO_FILE} in {places}"
    raise InputError(COCO, wrong, fetch_hint(None), Exit.NO_INPUT)
