"""Which files a network needs that have a public address: files by URL, and parts of the hub's repositories."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Literal

from bids_vlint.errors import InputError
from bids_vlint.networks.fetch.lock import read_lock
from bids_vlint.networks.resources import (
    COCO,
    COCO_FILE,
    PACKAGE,
    VISUAL_GENOME_FILES,
    is_hub_id,
    names_a_file,
    resources_of,
    tag_folder,
    tag_of,
    text_repositories,
)
from bids_vlint.networks.shown import reads
from bids_vlint.networks.specification import ModelSpec

Part = Literal["network", "tokenizer", "detector", "weights"]
# What is taken of a repository's first level; `network` adds the weights and the parts of a sentence embedder.
_TOKENIZER = ("tokenizer*", "vocab*", "merges.txt", "special_tokens_map.json", "added_tokens.json", "*.model",
             "config.json")  # fmt: skip
_NETWORK = ("*.json", "*.txt", "*.model", "*.jinja", "*.tiktoken", "*.bpe", "[0-9]_*/*.json")
_WEIGHTS = (  # the first that is there: safetensors before pickles, one file before shards
    ("model.safetensors", "[0-9]_*/model.safetensors"),
    ("model-?????-of-?????.safetensors", "[0-9]_*/model.safetensors"),
    ("pytorch_model.bin", "[0-9]_*/pytorch_model.bin"),
    ("pytorch_model-?????-of-?????.bin", "[0-9]_*/pytorch_model.bin"),
)


@dataclass(frozen=True)
class FromUrl:
    """A file by its URL.

    Attributes
    ----------
    path : str
        Where it goes, below the models folder.
    sha256 : str | None
        Of its content: the digest or its beginning, where known.
    """

    path: str
    url: str
    sha256: str | None = None


@dataclass(frozen=True)
class FromHub:
    """A part of a repository of the hub.

    Attributes
    ----------
    folder : str
        Where its files go, below the models folder.
    repository : str
    revision : str
        Branch, tag or commit.
    part : str
        network, tokenizer, detector or weights.
    names : tuple of str
        For `weights`: names to take the first of that is there.
    sha256 : str | None
        Of the weights' file: the digest or its beginning, where known.
    """

    folder: str
    repository: str
    revision: str
    part: Part
    names: tuple[str, ...] = ()
    sha256: str | None = None


def wanted(file: Path, specs: Iterable[ModelSpec], models_dir: Path) -> list[FromUrl | FromHub]:
    """List what the networks of a model set need that has a public address, each once.

    What lies beside the model set is left out, as is what lies in the models folder and has no address.

    Raises
    ------
    InputError
        65 for a file that is in neither place and has no address, an address that is none, or an unknown tag.
    """
    found: dict[FromUrl | FromHub, None] = {}
    for spec in specs:
        found |= dict.fromkeys(_addresses(file, spec, models_dir))
    return list(found)


def files_of_part(part: Part, names: Iterable[str], order: tuple[str, ...] = ()) -> list[str]:
    """Choose a part's files among those of a repository.

    Returns
    -------
    list of str
        Empty where the repository lacks what the part cannot be without. `config.json` is last: where it is, all is.
    """
    known = sorted(names, key=lambda n: (n == "config.json", n))
    if part == "weights":
        return [n for n in order if n in known][:1]
    if part == "detector":
        return list(VISUAL_GENOME_FILES) if set(VISUAL_GENOME_FILES) <= set(known) else []
    if part == "tokenizer":
        return [n for n in known if _matches(n, _TOKENIZER)]
    weights = next((w for w in _WEIGHTS if any(_matches(n, w[:1]) for n in known)), None)
    if weights is None or "config.json" not in known:
        return []
    other = ("*.bin.index.json",) if weights[0].endswith(".safetensors") else ("*.safetensors.index.json",)
    return [n for n in known if _matches(n, (*_NETWORK, *weights)) and not _matches(n, other)]


def _matches(name: str, patterns: Iterable[str]) -> bool:
    """Match a path part by part: `*` stays within its folder."""
    parts = PurePosixPath(name).parts
    split = [PurePosixPath(p).parts for p in patterns]
    return any(len(parts) == len(p) and all(map(fnmatchcase, parts, p)) for p in split)


def _addresses(file: Path, spec: ModelSpec, models_dir: Path) -> list[FromUrl | FromHub]:
    """Where what a network needs comes from; a random twin is made from its architecture."""
    found: list[FromUrl | FromHub] = []
    for resource in resources_of(spec):
        if resource.kind == "folder":
            found += _transformers(file, spec, models_dir)
        elif resource.kind == "detector":
            found += _detector(file, spec)
        elif resource.kind == "tag":
            found.append(_tagged(spec, spec.revision or "main"))
        elif resource.required:
            found += _by_url(file, spec, resource.name, models_dir)
    return [*found, *_texts(spec)]


def _transformers(file: Path, spec: ModelSpec, models_dir: Path) -> list[FromUrl | FromHub]:
    value = str(spec.architecture)
    if value.startswith(PACKAGE) or (file.parent / value / "config.json").is_file():
        return []
    if "/" not in value and (models_dir / value / "config.json").is_file() and not read_lock(models_dir).knows(value):
        return []  # a folder of the user's own
    if not is_hub_id(value):
        raise InputError(file, f"the folder of network {spec.name!r} ({value}) is not there", "correct its path")
    return [FromHub(value, value, spec.revision or "main", "network", sha256=spec.sha256)]


def _by_url(file: Path, spec: ModelSpec, weights: str, models_dir: Path) -> list[FromUrl | FromHub]:
    if weights.startswith(PACKAGE) or (file.parent / weights).exists():
        return []
    if spec.url is None and (models_dir / weights).exists():
        return []
    if spec.url is None:
        wrong = f"network {spec.name!r} has no 'url' and its weights ({weights}) are not on this machine"
        raise InputError(file, wrong, "give the url that its file comes from, or put the file there")
    if not spec.url.startswith(("https://", "http://")):
        raise InputError(file, f"the url of network {spec.name!r} ({spec.url}) is none", "give one with https://")
    if Path(weights).is_absolute() or ".." in Path(weights).parts:
        do = "name the file as it should be called in --models-dir"
        raise InputError(file, f"the weights of network {spec.name!r} ({weights}) lie outside of --models-dir", do)
    return [FromUrl(weights, spec.url, spec.sha256)]


def _detector(file: Path, spec: ModelSpec) -> list[FromUrl | FromHub]:
    regions = str(spec.regions)
    if regions == COCO:
        from torchvision.models.detection import FasterRCNN_ResNet50_FPN_Weights

        url = FasterRCNN_ResNet50_FPN_Weights.COCO_V1.url
        return [FromUrl(COCO_FILE, url, _sha_in(COCO_FILE))]
    if all((file.parent / regions / name).is_file() for name in VISUAL_GENOME_FILES):
        return []
    if not is_hub_id(regions):
        raise InputError(file, f"the detector of network {spec.name!r} ({regions}) is not there", "correct its path")
    return [FromHub(regions, regions, "main", "detector")]


def _tagged(spec: ModelSpec, revision: str) -> FromUrl | FromHub:
    tag, folder = tag_of(spec), tag_folder(spec)
    if tag.repository:
        return FromHub(folder, tag.repository, revision, "weights", tag.names, spec.sha256)
    if tag.url is None:
        raise InputError(spec.folder, f"the weights of network {spec.name!r} have no address", "choose another tag")
    return FromUrl(f"{folder}/{PurePosixPath(tag.url).name}", tag.url, spec.sha256 or _sha_in(tag.url))


def _texts(spec: ModelSpec) -> list[FromUrl | FromHub]:
    """Tokeniser and configuration of an open_clip network's text tower that come from the hub."""
    if spec.source != "open_clip" or names_a_file(str(spec.architecture)):
        return []
    tokenizer, form = text_repositories(str(spec.architecture))
    needed = [tokenizer if reads(spec) else None, form]
    return [FromHub(name, name, "main", "tokenizer") for name in dict.fromkeys(needed) if name]


def _sha_in(url: str) -> str | None:
    """The digest, or its beginning, that some projects put into a file's name or its folder."""
    path = PurePosixPath(url)
    candidates = (path.parent.name, path.stem.rpartition("-")[2])
    return next((c for c in candidates if len(c) in (8, 64) and set(c) <= set("0123456789abcdef")), None)
