"""What is called integration by three real small networks on the demo's film, through the command line.

An image encoder that was trained with captions, a network that fuses picture and sentence, and the same with all words
made one, so that it cannot tell what is said. The contacts that follow the picture follow more of it than the encoder
holds; those that follow whether the thing named last is in sight are the only ones to be called integration.

python -m benchmarks.three_networks OUT [--nprocs N]
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import pandas as pd

from bids_vlint.cli.main import main as bids_vlint
from bids_vlint.demo.train import WEIGHTS_FOLDER
from bids_vlint.demo.verdict import read_planted, with_planted
from bids_vlint.derivatives.collection import read_fits, stack_sites

_WORDS = "embeddings.text_embeddings.word_embeddings.weight"
_ENCODER = "vit(width=128, depth=3, heads=2, patch=8, image=32) + text(width=64, depth=2, heads=2, context=32)"
_SET = f"""
[[model]]
name = "captioned"
modality = "multimodal"
source = "slip"
architecture = "{_ENCODER}"
weights = "{{weights}}/clip.pt"
tower = "image"

[[model]]
name = "fusion"
modality = "multimodal"
source = "transformers"
architecture = "{{weights}}/fusion"

[[model]]
name = "deaf"
modality = "multimodal"
source = "transformers"
architecture = "{{deaf}}"
"""


def deaf_network(folder: Path) -> Path:
    """The demo's fusion network with one embedding for all words."""
    from safetensors.torch import load_file, save_file

    shutil.copytree(WEIGHTS_FOLDER / "fusion", folder, dirs_exist_ok=True)
    file = folder / "model.safetensors"
    state = load_file(file)
    words = state[_WORDS]
    state[_WORDS] = words.float().mean(0, keepdim=True).expand_as(words).to(words.dtype).contiguous()
    save_file(state, file, metadata={"format": "pt"})
    return folder


def run(out: Path, nprocs: int) -> pd.DataFrame:
    """Make the data and the networks, run the participant level, and say what was called what.

    Returns
    -------
    DataFrame
        A row per planted kind: contacts, and at how many integration is true in either alignment, and not tested.
    """
    bids_vlint(["demo", str(out), "--data-only"])
    deaf = deaf_network(out / "deaf")
    (out / "three.toml").write_text(_SET.format(weights=WEIGHTS_FOLDER, deaf=deaf.absolute()))
    results = out / "derivatives"
    bids_vlint([str(out / "bids"), str(results), "participant", "--models", str(out / "three.toml"), "-w",
                str(out / "work"), "--nprocs", str(nprocs)])  # fmt: skip
    planted = read_planted(results)
    assert planted is not None
    sites = with_planted(stack_sites(read_fits(results)), planted)
    called = sites["integration_either"]
    return pd.DataFrame({
        kind: {"contacts": len(rows), "integration": int(sum(v is True or v == 1 for v in rows)),
               "not tested": int(rows.isna().sum())}
        for kind, rows in called.groupby(sites["planted"])
    }).T  # fmt: skip


def main() -> None:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--nprocs", type=int, default=2)
    given = parser.parse_args()
    print(run(given.out, given.nprocs).to_string())


if __name__ == "__main__":
    main()
