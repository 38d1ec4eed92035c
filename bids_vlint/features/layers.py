"""Layers: outputs of a network's modules, named by their PyTorch module path, read by forward hooks in one pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from typing import Any

import numpy as np

from bids_vlint.errors import InputError, did_you_mean
from bids_vlint.features.network import Network, Outputs, seeded
from bids_vlint.types import ModelSpec

DEFAULT = "default"  # in `layers`: the family's own choice
TRIAL_TEXTS = ["a word", "two more words"]


def run(
    network: Network, frames: list[np.ndarray], texts: list[str], layers: Iterable[str], length: int | None
) -> Outputs:
    """Run one batch through a network.

    Parameters
    ----------
    network : Network
    frames, texts : lists of n_items, or empty where the network does not need them
    layers : iterable of str
        Module paths, beside the default layer.
    length : int | None
        Tokens that each text is padded to.

    Returns
    -------
    dict
        Layer -> tensor (n_items, ...), the default layer first.
    """
    import torch

    device = next((p.device for p in network.module.parameters()), torch.device("cpu"))
    inputs = {k: v.to(device) for k, v in network.prepare(frames, texts, length).items()}
    # some networks draw numbers in their forward pass (ViLT orders its patches): the same ones for every batch
    with torch.inference_mode(), _exact(), seeded("forward"), _recorded(network.module, layers) as recorded:
        return network.forward(inputs) | recorded


def catalogue(network: Network) -> dict[str, tuple[int, ...]]:
    """List a network's layers and the shape of one item's output, by a trial run; the default layer is first."""
    n = len(TRIAL_TEXTS)
    frames = [np.full((64, 64, 3), 128, np.uint8)] * n if network.sees else []
    names = [name for name, module in network.module.named_modules() if name and not _passes_on(module)]
    outputs = run(network, frames, TRIAL_TEXTS if network.reads else [], names, None)
    return {k: tuple(v.shape[1:]) for k, v in outputs.items() if v.ndim > 1 and len(v) == n and v.is_floating_point()}


def choose(spec: ModelSpec, networks: Iterable[Network]) -> list[list[str] | None]:
    """Choose, for each network of a spec, the module paths that its `layers` ask for; None stands for its default.

    Raises
    ------
    InputError
        65 for a name or pattern that no module of any of them has, with the nearest names.
    """
    if spec.layers is None or spec.layers == (DEFAULT,):
        return [None for _ in networks]
    known = [list(catalogue(network)) for network in networks]
    everything = sorted({name for names in known for name in names} | {DEFAULT})
    for wanted in spec.layers:
        if not any(fnmatchcase(name, wanted) for name in everything):
            wrong = f"network {spec.label!r} has no layer {wanted!r}"
            raise InputError("model set", wrong, did_you_mean(wanted, everything))
    return [_matching(spec.layers, names) for names in known]


def _matching(wanted: tuple[str, ...], names: list[str]) -> list[str]:
    """Names of one network; its first is the default layer."""
    return [n for k, n in enumerate(names) if any(fnmatchcase(n, w) or (k == 0 and w == DEFAULT) for w in wanted)]


def _passes_on(module: Any) -> bool:
    """Whether a module's output is its input."""
    from torch import nn

    return isinstance(module, (nn.Identity, nn.Dropout, nn.ModuleList, nn.ModuleDict))


@contextmanager
def _recorded(module: Any, names: Iterable[str]) -> Iterator[Outputs]:
    """Collect the outputs of the named modules while the body runs."""
    outputs: Outputs = {}
    modules = dict(module.named_modules())

    def hook(name: str) -> Any:
        def keep(_module: Any, _inputs: Any, output: Any) -> None:
            tensor = _tensor(output)
            if tensor is not None:
                outputs[name] = tensor.detach().clone()  # a later module may write into it

        return keep

    handles = [modules[name].register_forward_hook(hook(name)) for name in names if name in modules]
    try:
        yield outputs
    finally:
        for handle in handles:
            handle.remove()


def _tensor(output: Any) -> Any:
    """Return the first tensor of a module's output (attention returns several), None where there is none."""
    import torch

    if isinstance(output, torch.Tensor):
        return output
    values = output.values() if isinstance(output, dict) else output if isinstance(output, (tuple, list)) else ()
    return next((v for v in values if isinstance(v, torch.Tensor)), None)


@contextmanager
def _exact() -> Iterator[None]:
    """Keep convolutions in float32 on a GPU, where they would use TF32."""
    import torch

    with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
        yield
