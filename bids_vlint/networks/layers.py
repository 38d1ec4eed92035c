"""Layers: outputs of a network's modules, named by their PyTorch module path, read by forward hooks in one pass."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import numpy as np

from bids_vlint.errors import InputError, did_you_mean
from bids_vlint.film.sound import SAMPLING_RATE
from bids_vlint.networks.network import Inputs, Network, Outputs, arithmetic, seeded
from bids_vlint.networks.specification import ModelSpec

_DEFAULT = "default"  # in `layers`: the family's own choice, its final embedding
_LAST = "last"  # the same
_BLOCKS = "blocks"  # each block's output and the final embedding
_ALL = "all"  # every module's output, duplicates left out
_KEYWORDS = (_DEFAULT, _LAST, _BLOCKS, _ALL)
_TRIAL_TEXTS = ["a", "word"]  # short: a small `context_length` leaves them whole
LONGER_TEXTS = ["a word and some more of them", "two more words and some more of them"]


@dataclass(frozen=True)
class Layer:
    """A layer and what one item's output looks like.

    Attributes
    ----------
    name : str
        Module path, or the name of the network's own output.
    shape : tuple of int
        Without the items' axis; of a short text.
    repeats : str | None
        An earlier layer whose output is the same.
    padded : bool
        (n_tokens, width) of a text that is padded to its batch: what is padded counts as zero.
    varies : bool
        Its size depends on the text otherwise: every batch has to be padded to one length.
    """

    name: str
    shape: tuple[int, ...]
    repeats: str | None = None
    padded: bool = False
    varies: bool = False


def run_batch(
    network: Network,
    frames: Sequence[Any],
    texts: Sequence[str],
    layers: Iterable[str],
    length: int | None = None,
    *,
    keep: Callable[[str, Any, Inputs], Any] | None = None,
    precision: str = "float32",
) -> Outputs:
    """Run one batch through a network.

    Parameters
    ----------
    network : Network
    frames, texts : sequences of n_items, or empty where the network does not need them
    layers : iterable of str
        Module paths, beside the network's own outputs.
    length : int | None
        Tokens that each text is padded to.
    keep : (name, tensor, inputs) -> value
        What is kept of a layer's output, called as soon as it is there; a copy of it where None.
    precision : str
        float32, tf32 or bf16.

    Returns
    -------
    dict
        Layer -> tensor (n_items, ...), or what `keep` made of it, the default layer first.
    """
    import torch

    device = next((p.device for p in network.module.parameters()), torch.device("cpu"))
    inputs = {k: v.to(device) for k, v in network.prepare(list(frames), list(texts), length).items()}
    keep = keep or (lambda _name, tensor, _inputs: tensor.detach().clone())  # a later module may write into it
    # some networks draw numbers in their forward pass (ViLT orders its patches): the same ones for every batch
    with torch.inference_mode(), arithmetic(precision, device.type), seeded("forward"):
        with _recorded(network.module, layers, lambda name, tensor: keep(name, tensor, inputs)) as recorded:
            outputs = network.forward(inputs)
        return {name: keep(name, tensor, inputs) for name, tensor in outputs.items()} | recorded


def survey(network: Network, names: Sequence[str] | None = None) -> dict[str, Layer]:
    """Try a network out: its layers (or those of some modules), its own outputs first.

    Two runs on texts of different lengths tell which layers depend on the length.
    """
    if names is None:
        names = modules_of(network)
    # the tensors are held until all are there: their places in memory tell which are passed on
    short = trial(network, names, keep=lambda _name, tensor, _inputs: (tensor, _identity(tensor)))
    long = trial(network, names, LONGER_TEXTS) if network.mask else {name: t for name, (t, _) in short.items()}
    layers: dict[str, Layer] = {}
    known: dict[tuple[int, bytes], str] = {}
    for name, (tensor, identity) in short.items():
        if tensor.ndim < 2 or len(tensor) != len(_TRIAL_TEXTS) or not tensor.is_floating_point():
            continue
        first = known.setdefault(identity, name)
        layers[name] = _layer(network, name, tensor, long.get(name), None if first == name else first)
    return layers


def _identity(tensor: Any) -> tuple[int, bytes]:
    """Where a tensor lies and what it holds now (a later module may write into it).

    Not its content alone: in a random twin other modules may happen to change nothing, and it is to have as many layers
    as the trained network.
    """
    data = tensor.detach().cpu().contiguous()
    kind = hashlib.blake2b(f"{data.shape} {data.dtype}".encode(), digest_size=16).digest()
    content = data.float().numpy().data if data.is_floating_point() else b""
    return tensor.data_ptr(), hashlib.blake2b(content, digest_size=16, salt=kind).digest()


def modules_of(network: Network) -> list[str]:
    """Module paths whose outputs are layers of their own: neither containers nor what passes its input on."""
    return [name for name, module in network.module.named_modules() if name and not _passes_on(module)]


def trial(
    network: Network,
    names: Sequence[str],
    texts: Sequence[str] = _TRIAL_TEXTS,
    *,
    length: int | None = None,
    keep: Callable[[str, Any, Inputs], Any] | None = None,
    precision: str = "float32",
) -> Outputs:
    """Run two items through a network."""
    frame = np.full((64, 64, 3), 128, np.uint8)
    frame[:32] = 60  # an even picture would make many layers alike
    item: Any = [frame] * len(network.clip) if network.clip else frame
    if any(network.hears):
        length = round((network.hears[1] - network.hears[0]) * SAMPLING_RATE)
        item = (0.1 * np.sin(np.arange(length) ** 1.5 / 1e3)).astype(np.float32)  # a tone that rises
    frames = [item] * len(texts) if network.sees or any(network.hears) else []
    return run_batch(network, frames, texts if network.reads else [], names, length, keep=keep, precision=precision)


def _layer(network: Network, name: str, short: Any, long: Any, same: str | None) -> Layer:
    shape = tuple(short.shape[1:])
    if long is None or tuple(long.shape) == tuple(short.shape):
        return Layer(name, shape, same)
    lengths = [_n_tokens(network, texts) for texts in (_TRIAL_TEXTS, LONGER_TEXTS)]
    padded = short.ndim == 3 and [short.shape[1], long.shape[1]] == lengths and short.shape[2] == long.shape[2]
    return Layer(name, shape, same, padded=padded, varies=not padded)


def _n_tokens(network: Network, texts: Sequence[str]) -> int:
    n = max(network.count(texts)) if network.count else 0
    return min(n, network.limit or n)


def blocks(network: Network) -> list[str]:
    """Names of the blocks: numbered modules of one kind that follow each other and hold no such series themselves."""
    series = [name for name, module in network.module.named_modules() if _is_series(module)]
    inner = [a for a in series if not any(b != a and b.startswith(f"{a}." if a else "") for b in series)]
    modules = dict(network.module.named_modules())
    return [f"{name}.{number}" if name else number for name in inner for number, _ in modules[name].named_children()]


def _is_series(module: Any) -> bool:
    """Whether its children are numbered, of one kind, and have children of their own."""
    children = dict(module.named_children())
    if not children or not all(re.fullmatch(r"[A-Za-z_]*\d+", name) for name in children):
        return False
    return len({type(c) for c in children.values()}) == 1 and all(any(c.children()) for c in children.values())


def choose_layers(spec: ModelSpec, networks: Sequence[Network]) -> list[list[Layer] | None]:
    """Choose, for each network of a spec, the layers that it asks for; None stands for its default alone.

    Raises
    ------
    InputError
        65 for a name or pattern that no layer of any of them has, with the nearest names.
    """
    wanted = spec.layers or (_DEFAULT,)
    if set(wanted) <= {_DEFAULT, _LAST}:
        return [None for _ in networks]
    known = [survey(network, _needed(wanted, network)) for network in networks]
    for word in wanted:
        if word not in _KEYWORDS and not any(fnmatchcase(name, word) for layers in known for name in layers):
            everything = sorted({name for network in networks for name in survey(network)})
            wrong = f"network {spec.label!r} has no layer {word!r}"
            raise InputError(spec.folder, wrong, did_you_mean(word, [*everything, *_KEYWORDS]))
    return [_matching(wanted, network, layers) for network, layers in zip(networks, known)]


def _needed(wanted: tuple[str, ...], network: Network) -> list[str]:
    """Modules that may be asked for; a container only where its very name is given."""
    every = modules_of(network)
    if _ALL in wanted:
        return every
    series = blocks(network) if _BLOCKS in wanted else []
    by_name = [name for name, _ in network.module.named_modules() if name in wanted]
    by_pattern = [name for name in every if any(fnmatchcase(name, word) for word in wanted)]
    return list(dict.fromkeys([*series, *by_name, *by_pattern]))


def _matching(wanted: tuple[str, ...], network: Network, layers: dict[str, Layer]) -> list[Layer]:
    chosen: set[str] = set()
    for word in wanted:
        if word in (_DEFAULT, _LAST, _BLOCKS):
            chosen.add(next(iter(layers)))
        if word == _BLOCKS:
            chosen.update(blocks(network))
        elif word == _ALL:
            chosen.update(name for name, layer in layers.items() if layer.repeats is None)
        else:
            chosen.update(name for name in layers if fnmatchcase(name, word))
    return [layer for name, layer in layers.items() if name in chosen]


def _passes_on(module: Any) -> bool:
    """Whether a module only holds others, or its output is its input."""
    from torch import nn

    holds_others = isinstance(module, (nn.ModuleList, nn.ModuleDict)) or type(module) is nn.Sequential
    return holds_others or isinstance(module, (nn.Identity, nn.Dropout))


@contextmanager
def _recorded(module: Any, names: Iterable[str], keep: Callable[[str, Any], Any]) -> Iterator[Outputs]:
    """Collect what is kept of the outputs of the named modules while the body runs."""
    outputs: Outputs = {}
    modules = dict(module.named_modules())

    def hook(name: str) -> Any:
        def catch(_module: Any, _inputs: Any, output: Any) -> None:
            tensor = _tensor(output)
            if tensor is not None:
                outputs[name] = keep(name, tensor)

        return catch

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
