"""One network run over a stimulus's events: batch by batch, each item once, each layer projected as it comes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

import numpy as np

from bids_vlint.errors import Exit, InputError
from bids_vlint.networks.extraction.kept import Row, item_of, take_rows
from bids_vlint.networks.extraction.projection import project_layer, target_size
from bids_vlint.networks.layers import LONGER_TEXTS, Layer, run_batch, survey, trial
from bids_vlint.networks.network import Inputs, Network
from bids_vlint.networks.store import FeatureWriter

_MOST_TOKENS = 512  # of a layer of all tokens, where `context_length` does not say more
_MOST_ITEMS = 512  # per pass on a GPU
_LENGTH_STEP = 8  # tokens: texts are padded to a multiple of it
FirstRows = dict[bytes, tuple[FeatureWriter, int]]  # item -> the row that it is run for


@dataclass(frozen=True)
class Place:
    """Where a layer is written: a data set and its columns."""

    dataset: str
    columns: slice


@dataclass(frozen=True)
class TowerPlan:
    """What is taken from one tower.

    Attributes
    ----------
    layers : name -> Layer
        In order.
    limit : int | None
        Most tokens of a text.
    length : int | None
        Tokens that every text is padded to; None: to the longest of its batch.
    default : bool
        Only the default layer is asked for.
    """

    layers: dict[str, Layer]
    limit: int | None
    length: int | None
    default: bool

    def features(self, name: str) -> int:
        """Number of features of a layer before projection."""
        layer = self.layers[name]
        return (self.limit or 0) * layer.shape[-1] if layer.padded else prod(layer.shape)

    def width(self, name: str) -> int:
        """Number of features of a layer as it is written."""
        return min(self.features(name), target_size())


def plan_of_tower(network: Network, chosen: Sequence[Layer] | None, context_length: int | None) -> TowerPlan:
    """Find out what the chosen layers need (None: the default one alone)."""
    layers = {layer.name: layer for layer in (chosen if chosen is not None else list(survey(network, []).values())[:1])}
    limit, length = network.limit, None
    if limit and any(layer.padded or layer.varies for layer in layers.values()):
        limit = min(limit, context_length or _MOST_TOKENS)
    if any(layer.varies for layer in layers.values()):
        length = limit
        outputs = trial(network, list(layers), length=length)
        layers = {name: Layer(name, tuple(outputs[name].shape[1:])) for name in layers}
    return TowerPlan(layers, limit, length, chosen is None)


class Stream:
    """Features of one tower of a network, written while the events come.

    A batch always has the same number of items (the last is filled up) and texts of one padded length, so that an
    item's features are the same bits whatever else is run with it: participants may have seen other parts of a film.

    Parameters
    ----------
    network : Network
    plan : Plan
    text : sequence of str or None
        What it reads at each event; an event with None is not run where it reads, and its row stays zero.
    writer : FeatureWriter
    places : layer -> Place
    seed : int
        Of the projections.
    precision : str
    where : str
        The network's file and name, for messages.
    share : float
        Of the rows: what is written is this much of the features, on top of what is there.
    kept : callable
        Where the rows of items lie that were run before, in other files; it is called once something is shown.
    first : FirstRows | None
        Shared with the streams of the same tower that are run beside it over other events; None: there are none.
    """

    def __init__(
        self, network: Network, plan: TowerPlan, text: Sequence[str | None], writer: FeatureWriter,
        places: dict[str, Place], *, seed: int, precision: str, where: str, share: float = 1.0,
        kept: Callable[[], dict[bytes, Row]] = dict, first: FirstRows | None = None,
    ) -> None:  # fmt: skip
        self.network, self.plan, self.text, self.writer, self.places = network, plan, text, writer, places
        self.seed, self.precision, self.where, self.size, self.share = seed, precision, where, target_size(), share
        self.batch_size = batch_size(network, precision)
        self.first = {} if first is None or share < 1 else first
        self.items: dict[int, bytes] = {}  # event -> its item, where a whole row is made of it
        self.taken: list[tuple[int, Row]] = []
        self.kept = kept
        self.copies: list[tuple[int, FeatureWriter, int]] = []
        self.lengths = _lengths(network, plan, text)
        self.batches: dict[int | None, list[tuple[int, Any, str]]] = {}

    def add(self, event: int, frame: Any, identity: bytes) -> None:
        """Note what an event shows (None: nothing), and run a batch when it is full."""
        text = self.text[event] if self.network.reads else ""
        if text is None:
            return
        item = item_of(identity, text)
        if self.share == 1:
            self.items[event] = item
        own = (self.writer, event)
        if (known := self.first.setdefault(item, own)) != own:
            self.copies.append((event, *known))
            return
        if (row := self.elsewhere.get(item)) is not None:
            self.taken.append((event, row))
            return
        length = self.lengths.get(text, self.plan.length)
        batch = self.batches.setdefault(length, [])
        batch.append((event, frame, text))
        if len(batch) >= self.batch_size:
            self._run(self.batches.pop(length), length)

    @cached_property
    def elsewhere(self) -> dict[bytes, Row]:
        """Items that were run before; an average over several is made anew."""
        return self.kept() if self.share == 1 else {}

    def finish(self) -> None:
        """Run what is left, and take what was run before."""
        for length in list(self.batches):
            self._run(self.batches.pop(length), length)
        for name in self.plan.layers if self.taken else ():
            take_rows(self.writer, self.places[name].dataset, self.places[name].columns, self.taken)

    def repeat(self) -> None:
        """Repeat the rows of items that were seen before; raise InputError where those could not be made."""
        if not all(writer.is_open for _, writer, _ in self.copies):
            wrong = "takes rows from its run over other events of the film, which failed"
            raise InputError(self.where, wrong, "mend what that one says, and run again")
        for name in self.plan.layers:
            place = self.places[name]
            for event, writer, known in self.copies:
                self.writer.copy(place.dataset, event, place.columns, writer, known)

    def _run(self, batch: list[tuple[int, Any, str]], length: int | None) -> None:
        """Run a batch and write its layers."""
        events = [event for event, _, _ in batch]
        full = batch + [batch[-1]] * (self.batch_size - len(batch))
        frames = [frame for _, frame, _ in full] if self.network.sees or any(self.network.hears) else []
        texts = [text for _, _, text in full] if self.network.reads else []
        names = [] if self.plan.default else list(self.plan.layers)
        try:
            outputs = run_batch(self.network, frames, texts, names, length, keep=self._kept, precision=self.precision)
        except (MemoryError, RuntimeError) as error:
            if not _out_of_memory(error):
                raise
            if self.batch_size == 1:
                wrong = "one item does not fit into memory"
                raise InputError(self.where, wrong, "use --device cpu or a smaller network", Exit.TEMPORARY) from error
            self.batch_size = max(1, self.batch_size // 2)
            for start in range(0, len(batch), self.batch_size):
                self._run(batch[start : start + self.batch_size], length)
            return
        for name in self.plan.layers:
            place = self.places[name]
            rows = outputs[name][: len(events)]
            if self.share < 1:
                self.writer.increase(place.dataset, events, place.columns, np.float32(self.share) * rows)
            else:
                self.writer.write(place.dataset, events, place.columns, rows)

    def _kept(self, name: str, tensor: Any, inputs: Inputs) -> np.ndarray | None:
        layer = self.plan.layers.get(name)
        if layer is None:
            return None
        if layer.padded and self.network.mask:
            tensor = tensor * inputs[self.network.mask].unsqueeze(-1).to(tensor.dtype)
        data = project_layer(tensor, self.size, self.seed, width=self.plan.features(name))
        if not np.isfinite(data).all():
            wrong = f"layer {name!r} gives values that are not finite"
            raise InputError(self.where, wrong, "check its weights or leave the layer out")
        return data


def _lengths(network: Network, plan: TowerPlan, text: Sequence[str | None]) -> dict[str, int]:
    """Tokens that each text is padded to, where that is not the same for all."""
    if plan.length or not network.mask or network.count is None or plan.limit is None:
        return {}
    unique = [t for t in dict.fromkeys(text) if t is not None]
    counts = network.count(unique) if unique else []
    return {t: min(-(-n // _LENGTH_STEP) * _LENGTH_STEP, plan.limit) for t, n in zip(unique, counts)}


def batch_size(network: Network, precision: str) -> int:
    """Items per pass: what the network says, or as many as fill half of what a GPU has free."""
    import torch

    device = next((p.device for p in network.module.parameters()), torch.device("cpu"))
    if device.type != "cuda":
        return network.batch_size
    before = torch.cuda.memory_allocated(device)
    torch.cuda.reset_peak_memory_stats(device)
    trial(network, [], precision=precision)
    per_item = max(1, (torch.cuda.max_memory_allocated(device) - before) // len(LONGER_TEXTS))
    most = torch.cuda.mem_get_info(device)[0] // 2 // per_item
    return int(2 ** np.floor(np.log2(min(max(most, 1), _MOST_ITEMS))))


def _out_of_memory(error: BaseException) -> bool:
    return isinstance(error, MemoryError) or "out of memory" in str(error) or "allocate memory" in str(error)
