"""What the examples are given on the site, a small simulated study and its results, and how their figures are found."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

_BUILD = Path(__file__).parents[1] / "_build"
_shown: set[int] = set()


def arguments(_: Any, script_vars: dict[str, Any]) -> list[str]:
    """The arguments of an example."""
    name = Path(script_vars["src_file"]).stem
    if name == "from_arrays":
        return []
    study = small_study(_BUILD / "study")
    if name == "from_bids":
        return [str(study / "bids"), str(study / "bids_models" / "set.toml"), str(study / "work")]
    return [str(study / "out")]


def own_figures(_: Any, block_vars: dict[str, Any], gallery_conf: dict[str, Any]) -> str:
    """The figures of a block that pyplot does not know, as the library makes them."""
    from sphinx_gallery.scrapers import figure_rst

    from bids_vlint.figures.style import WordsAsTheyAre

    new = [one for one in block_vars["example_globals"].values() if isinstance(one, WordsAsTheyAre)]
    files = []
    for figure in (one for one in new if id(one) not in _shown):
        _shown.add(id(figure))
        files.append(next(block_vars["image_path_iterator"]))
        figure.savefig(files[-1], dpi=150)
    return figure_rst(files, gallery_conf["src_dir"])


def small_study(folder: Path) -> Path:
    """Two and a half minutes of a simulated film, five contacts, and the participant level's results of them."""
    if not (folder / "out" / "sub-01.html").exists():
        from bids_vlint.cli.main import main
        from tests.acceptance import datasets, models

        study = datasets.small_study(folder / "bids", networks=models.SMALL | models.PARTS)
        how = {"n_bootstraps": 50, "n_shifts": 10, "skip_bids_validation": True}
        code = main(study.argv(folder / "out", **how))
        if code:
            sys.exit(f"the gallery's study could not be analysed (exit {code})")
    return folder
