"""Precomputed networks for tests: HDF5 features made from a film's latents, and the model set that names them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np

from tests.acceptance.films import Film, generator

PARTS = {"fusion:image": "multimodal", "fusion:text": "multimodal"}  # its runs on pictures, and on texts, alone
# name -> modality; the second of a modality is a worse network (more noise)
NETWORKS = {
    "eye": "vision",
    "eye-dim": "vision",
    "ear": "language",
    "ear-dim": "language",
    "fusion": "multimodal",
    "fusion-dim": "multimodal",
    **PARTS,
}
SMALL = {"eye": "vision", "ear": "language", "fusion": "multimodal"}
ONE = {"ear": "language"}  # where what the networks say is not the point: a third of the time
N_FEATURES = {"vision": 40, "language": 40, "multimodal": 90}


def products(seen: np.ndarray, said: np.ndarray) -> np.ndarray:
    """Every seen × said latent, (n, n_seen * n_said)."""
    return (seen[:, :, None] * said[:, None, :]).reshape(len(seen), -1)


def network_layer(
    network: str, modality: str, layer: str, film: Film, onset: np.ndarray, *, trained: bool
) -> np.ndarray:
    """Features (n_events, n_features): a random mixture of what the network sees, non-linear extras and noise.

    A part is its network with what it is not shown at its mean.
    """
    seen, said = film.latents(onset)
    whole, _, shown = network.partition(":")
    seen, said = (x * (shown != blanked) for x, blanked in ((seen, "text"), (said, "image")))
    inputs = {
        "vision": seen,
        "language": said,
        "multimodal": np.hstack([seen, said, products(seen, said)]),
    }[modality]
    mixer = generator("mixture", whole, layer, trained)
    noise = generator("noise", network, layer, trained, film.name, len(onset))
    n_features = N_FEATURES[modality]
    if not trained:
        return noise.standard_normal((len(onset), n_features)).astype(np.float32)
    linear = inputs @ mixer.standard_normal((inputs.shape[1], n_features)) / np.sqrt(inputs.shape[1])
    extra = np.tanh(inputs[:, :4] @ mixer.standard_normal((4, n_features)))
    if modality == "multimodal":
        extra = np.tanh(inputs[:, :8] @ mixer.standard_normal((8, n_features)) / np.sqrt(2))
    scale = {"early": 1.6, "late": 0.5}[layer] * (1.6 if network.endswith("-dim") else 1.0)
    return (linear + 0.3 * extra + scale * noise.standard_normal(linear.shape)).astype(np.float32)


def write_features(
    folder: Path,
    film: Film,
    networks: dict[str, str] = NETWORKS,
    *,
    vision_onset: np.ndarray | None = None,
    language_onset: np.ndarray | None = None,
    layers: Sequence[str] = ("early", "late"),
    alignments: Sequence[str] = ("language", "vision"),
) -> None:
    """One HDF5 file per network, trained or random, and alignment: {film}_{alignment}_{network}[-random].h5."""
    folder.mkdir(parents=True, exist_ok=True)
    onsets = {
        "language": film.words["onset"].to_numpy(float) if language_onset is None else language_onset,
        "vision": film.cuts if vision_onset is None else vision_onset,
    }
    for network, modality in networks.items():
        for alignment in alignments:
            onset = onsets[alignment]
            for trained in (True,) if network in PARTS else (True, False):
                name = f"{film.name}_{alignment}_{network}{'' if trained else '-random'}.h5"
                with h5py.File(folder / name, "w") as file:
                    file["onset"] = onset
                    for layer in layers:
                        file[layer] = network_layer(network, modality, layer, film, onset, trained=trained)


def model_set_text(networks: dict[str, str] = NETWORKS, *, comparison: bool = True, folder: str = "features") -> str:
    """The TOML of the networks above, twins and parts included."""
    blocks = []
    for network, modality in networks.items():
        for trained in (True,) if network in PARTS else (True, False):
            suffix = "" if trained else "-random"
            block = ["[[model]]", f'name = "{network}"', f'modality = "{modality}"', 'source = "precomputed"']
            block += [f'path = "{folder}/{{stimulus}}_{{alignment}}_{network}{suffix}.h5"']
            if network in PARTS:
                whole, _, shown = network.partition(":")
                block += [f'shown = "{shown}"', f'part_of = "{whole}"']
            blocks.append("\n".join(block + ([] if trained else ["trained = false"])))
    if comparison and {"fusion", "eye"} <= set(networks):
        blocks.append('[[comparison]]\nname = "fusion_beats_eye"\nmodel = ["fusion"]\nbaseline = ["eye"]')
    return "\n\n".join(blocks) + "\n"


def write_model_set(
    path: Path, networks: dict[str, str] = NETWORKS, *, comparison: bool = True, folder: Path | str = "features"
) -> Path:
    """Write the model set; its features are looked for in `features/` beside it, or where `folder` says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(model_set_text(networks, comparison=comparison, folder=str(folder)), encoding="utf-8")
    return path
