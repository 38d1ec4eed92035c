"""What a family makes of a `[[model]]`: one network, or one tower of it, ready to be run on batches."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from bids_vlint.errors import Exit, InputError
from bids_vlint.log import logger

Inputs = dict[str, Any]  # what a batch is for the network: name -> tensor, the first axis being the items
Outputs = dict[str, Any]  # layer -> tensor, the first axis being the items
_MOST_THREADS = 8  # a forward pass uses


@dataclass(frozen=True)
class Network:
    """A network, or one tower of a network with two.

    Attributes
    ----------
    module : torch.nn.Module
        In evaluation mode, float32; its module paths name the layers.
    sees, reads : bool
        Whether it needs the frame, the text or both.
    prepare : (frames, texts, length) -> inputs
        Frames are (height, width, 3) uint8 RGB, or lists of them for a network with `clip`; an argument that the
        network does not need is an empty list. Texts are padded to `length` tokens, or to the longest of the batch
        where it is None (a network whose texts always have one length ignores it).
    forward : inputs -> outputs
        One pass; returns the default layer by its name, first, and perhaps other layers that are no module's output.
    count : texts -> list of int, or None
        Tokens of each text, special ones included; None for a network that does not read.
    limit : int | None
        The most tokens of a text. Longer texts are shortened before `prepare` gets them.
    mask : str | None
        Name, among the inputs, of the (n, n_tokens) mask that is 0 where a text was padded; None where texts always
        have one length.
    clip : tuple of float
        For a video encoder: times of the frames of a clip relative to the event, in seconds, in order; else empty.
    batch_size : int
        The most items per pass on a processor; a GPU takes what its memory holds.
    hears : (from, to)
        For a network of sound: the seconds relative to the event that it is given; (0, 0) for one that hears nothing.
        Its frames are (n_samples,) float32 at 16 kHz.
    blank : (red, green, blue)
        Between 0 and 1: the colour that its preprocessing takes for the mean of all pictures. An even frame of it is
        what a network that is shown both sees in its run on the text alone.
    """

    module: Any
    sees: bool
    reads: bool
    prepare: Callable[[list[Any], list[str], int | None], Inputs]
    forward: Callable[[Inputs], Outputs]
    count: Callable[[Sequence[str]], list[int]] | None = None
    limit: int | None = None
    mask: str | None = None
    clip: tuple[float, ...] = ()
    batch_size: int = 8
    hears: tuple[float, float] = (0.0, 0.0)
    blank: tuple[float, float, float] = (0.5, 0.5, 0.5)


def device_of(name: str) -> Any:
    """torch's device of a name; `auto` is the GPU where there is one.

    Raises
    ------
    InputError
        64 for a device that this machine does not have, or torch cannot be asked for.
    """
    try:
        import torch

        if name == "auto":
            name = "cuda" if torch.cuda.is_available() else "cpu"
        device = torch.device(name)
        torch.zeros(1).to(device)
    except (ImportError, RuntimeError, AssertionError) as error:
        wrong = f"{name!r} cannot be used on this machine ({str(error).splitlines()[0]})"
        raise InputError("--device", wrong, "give auto, cpu or a device of torch's", Exit.USAGE) from error
    return device


def check_device(name: str) -> None:
    """Refuse a device that this machine does not have, as `device_of` does; nothing is imported for the usual ones."""
    if name not in ("auto", "cpu"):
        device_of(name)


# What Linux says of processors that multiply bfloat16: of Intel and AMD, and of ARM.
_BF16_FLAGS = {"avx512_bf16", "amx_bf16", "bf16"}


def warn_of_slow(precision: str, device: str) -> None:
    """Warn, once, where networks are to run in bfloat16 on a processor that has to imitate it."""
    if precision == "bf16" and _is_processor(device) and not _multiplies_bf16(_processor_flags()):
        _warn_once("--precision bf16: this processor cannot multiply bfloat16, and does it many times slower than "
                   "float32. Leave the option out.")  # fmt: skip


def _is_processor(device: str) -> bool:
    import torch

    return device == "cpu" or (device == "auto" and not torch.cuda.is_available())


def _multiplies_bf16(flags: Collection[str]) -> bool:
    """Whether a processor has instructions for it; one of which nothing is known counts as if it had.

    Examples
    --------
    >>> _multiplies_bf16({"avx2", "fma"}), _multiplies_bf16({"avx512_bf16"}), _multiplies_bf16(set())
    (False, True, True)
    """
    return not flags or not _BF16_FLAGS.isdisjoint(flags)


def _processor_flags() -> set[str]:
    """What Linux says that the processor can do; nothing on other systems."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return set()
    return set(next((line.partition(":")[2] for line in lines if line.lower().startswith(("flags", "features"))),
                    "").split())  # fmt: skip


@cache
def _warn_once(sentence: str) -> None:
    logger.warning("%s", sentence)


def seed_of(name: str) -> int:
    """Seed that a name stands for: 32 bits of its SHA-256."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")


@contextmanager
def seeded(name: str) -> Iterator[None]:
    """Let torch draw from the stream that a name stands for; the stream outside is as it was afterwards."""
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed_of(name))
        yield


@contextmanager
def offline() -> Iterator[None]:
    """Keep the hub's client from the network while the body runs, whatever a library asks of it."""
    from huggingface_hub import constants

    before = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before


@contextmanager
def quiet() -> Iterator[None]:
    """Keep libraries from logging anything but errors while the body runs."""
    before = logging.root.manager.disable
    logging.disable(max(before, logging.WARNING))
    try:
        yield
    finally:
        logging.disable(before)


@contextmanager
def all_threads() -> Iterator[None]:
    """Use as many threads as the machine has processors, however many processes there are: last digits depend on it."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(min(len(os.sched_getaffinity(0)), _MOST_THREADS))
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def arithmetic(precision: str, device_type: str) -> Iterator[None]:
    """Let torch compute in float32, in TF32 (on a GPU) or in bfloat16 while the body runs."""
    import torch

    tf32 = precision == "tf32"
    before = torch.backends.cuda.matmul.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = tf32
    try:
        bf16 = torch.autocast(device_type, torch.bfloat16, enabled=precision == "bf16")
        with torch.backends.cudnn.flags(enabled=True, allow_tf32=tf32), bf16:
            yield
    finally:
        torch.backends.cuda.matmul.allow_tf32 = before
