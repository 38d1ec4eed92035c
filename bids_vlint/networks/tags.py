"""Pretrained tags of timm and open_clip: where their files come from, as the libraries say."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bids_vlint.errors import InputError, did_you_mean
from bids_vlint.networks.specification import ModelSpec

TAGGED = ("timm", "open_clip")  # families whose `weights` may be a pretrained tag
_TIMM_FILES = ("model.safetensors", "pytorch_model.bin")
_OPEN_CLIP_FILES = ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")


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
    return _timm(spec) if spec.source == "timm" else _open_clip(spec)


def _timm(spec: ModelSpec) -> Tag:
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


def _open_clip(spec: ModelSpec) -> Tag:
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


def text_repositories(architecture: str) -> tuple[str | None, str | None]:
    """Repositories of the hub that an open_clip architecture takes its tokeniser and its text tower's form from."""
    import open_clip

    text: dict[str, Any] = (open_clip.get_model_config(architecture) or {}).get("text_cfg", {})
    return text.get("hf_tokenizer_name") or None, text.get("hf_model_name") or None


def tag_file(spec: ModelSpec, models_dir: Path | None) -> Path | None:
    """Find a pretrained tag's file in `--models-dir`, else in the hub's or open_clip's cache; None where it is not."""
    from bids_vlint.networks.weights import cached

    tag = tag_of(spec)
    names = [name for name in (*tag.names, Path(tag.url or "").name) if name]
    here = [models_dir / tag_folder(spec) / name for name in names] if models_dir else []
    if tag.repository:
        here += [found for name in tag.names if (found := cached(tag.repository, name, spec.revision))]
    if spec.source == "open_clip":
        here += [Path.home() / ".cache" / "clip" / name for name in names]
    return next((path for path in here if path.is_file()), None)
