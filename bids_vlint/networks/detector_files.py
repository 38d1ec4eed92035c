"""Where a detector's files are: in the model set's folder, in `--models-dir`, in the hub's or torchvision's cache."""

from __future__ import annotations

from pathlib import Path

from bids_vlint.errors import Exit, InputError
from bids_vlint.networks.weights import cached

COCO = "coco"
COCO_FILE = "fasterrcnn_resnet50_fpn_coco-258fb6c6.pth"
NOTE = (
    "Region features are of torchvision's COCO detector (fasterrcnn_resnet50_fpn), a stand-in that is not equivalent "
    "to the Visual Genome detector whose features the published network was trained on."
)
VISUAL_GENOME_FILES = ("config.yaml", "pytorch_model.bin")
_FETCH = "run: bids_vlint models fetch SET --models-dir DIR"


def find(
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
        found = [f for f in (cached(regions, n, revision) for n in VISUAL_GENOME_FILES) if f is not None]
    missing = [n for n in VISUAL_GENOME_FILES if n not in {f.name for f in found}]
    if missing:
        places = str(found[0].parent) if found else " or in ".join([*map(str, folders), "the hub's cache"])
        wrong = f"the region detector of network {name!r} is not on this machine: no {missing[0]} in {places}"
        raise InputError(regions, wrong, _FETCH, Exit.NO_INPUT)
    return tuple(found)


def _coco(parents: list[Path], name: str) -> Path:
    import torch

    folders = [*parents, Path(torch.hub.get_dir()) / "checkpoints"]
    for folder in folders:
        if (folder / COCO_FILE).is_file():
            return folder / COCO_FILE
    places = " or in ".join(map(str, folders))
    wrong = f"the region detector of network {name!r} is not on this machine: no {COCO_FILE} in {places}"
    raise InputError(COCO, wrong, _FETCH, Exit.NO_INPUT)
