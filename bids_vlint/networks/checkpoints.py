"""Checkpoints are read as weights only: no code in a file is ever run."""

from __future__ import annotations

import argparse
import pickle
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from bids_vlint.errors import InputError, cannot_use, few
from bids_vlint.files.access import check_file

State = dict[str, Any]  # parameter name -> tensor
AGAIN = "get the file again"


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Read a `.safetensors` file or a `torch.save` file on the CPU.

    Returns
    -------
    dict
        As it was saved: a state dict, or one inside other entries (see `state_of`).

    Raises
    ------
    InputError
        65 for a file that is truncated, no checkpoint, or holds more than weights and plain values.
    """
    import torch
    from safetensors.torch import load_file

    # what the public checkpoints hold beside weights: their training options, and numpy's plain numbers
    scalar = np.float64(0).__reduce__()[0]
    harmless: list[Any] = [argparse.Namespace, np.dtype, type(np.dtype("f8")), type(np.dtype("f4")), scalar]
    harmless += [(scalar, f"numpy.{core}.multiarray.scalar") for core in ("core", "_core")]
    check_file(path)
    if _is_program(path):
        wrong = "holds a program (TorchScript) and not weights alone; it is never run"
        raise InputError(path, wrong, "save its state dict, or get the network's weights in another form")
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        with torch.serialization.safe_globals(harmless):
            found = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        wrong = "is no checkpoint of weights alone (damaged, or it holds code, which is never run)"
        raise InputError(path, wrong, f"{AGAIN}, or save its state dict alone") from error
    except Exception as error:  # whatever an unpickler comes to in damaged bytes
        raise cannot_use(path, error, "cannot be read as a checkpoint (truncated or damaged)", AGAIN) from error
    if not isinstance(found, dict):
        raise InputError(path, "holds no weights", AGAIN)
    return found


def _is_program(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as file:
            return any(name.endswith("/constants.pkl") for name in file.namelist())
    except (OSError, zipfile.BadZipFile):
        return False


def state_of(path: Path, found: dict[str, Any]) -> State:
    """Take the state dict out of a checkpoint: float32, without the `module.` of distributed training."""
    import torch

    inner = next((found[k] for k in ("state_dict", "model") if isinstance(found.get(k), dict)), found)
    state = {str(k): v for k, v in inner.items() if isinstance(v, torch.Tensor)}
    if not state:
        raise InputError(path, "holds no weights", AGAIN)
    if all(k.startswith("module.") for k in state):
        state = {k.removeprefix("module."): v for k, v in state.items()}
    return {k: v.float() if v.is_floating_point() else v for k, v in state.items()}


def load_state(module: Any, state: State, path: Path, *, unused: Iterable[str] = ()) -> None:
    """Load weights into a module; every one has to fit.

    Parameters
    ----------
    module : torch.nn.Module
    state : State
    path : Path
        Of the checkpoint, for messages.
    unused : iterable of str
        Beginnings of names that either side may have alone (a classifier's).

    Raises
    ------
    InputError
        65 for weights that are missing, left over or of another shape; it lists them.
    """
    own, skip = module.state_dict(), tuple(unused)
    missing = [k for k in own if k not in state and not k.startswith(skip) and not k.endswith("num_batches_tracked")]
    left = [k for k in state if k not in own and not k.startswith(skip)]
    both = [k for k in own if k in state and not k.startswith(skip)]
    other = [f"{k} {tuple(state[k].shape)} for {tuple(own[k].shape)}" for k in both if state[k].shape != own[k].shape]
    parts = (("missing", missing), ("left over", left), ("of another shape", other))
    wrong = "; ".join(f"{what}: {few(names, 12)}" for what, names in parts if names)
    if wrong:
        do = "name the architecture that this checkpoint was made with"
        raise InputError(path, f"this checkpoint does not fit its network ({wrong})", do)
    module.load_state_dict({k: state[k] for k in both}, strict=False)
