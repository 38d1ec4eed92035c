"""One vector per item from the tokens that a network returns."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bids_vlint.errors import InputError

_MODES = {"cls": "cls", "mean": "mean", "max": "max", "cls_token": "cls", "mean_tokens": "mean", "max_tokens": "max"}
_MODES |= {"lasttoken": "last"}


def pooling_rule(folder: Path | None) -> str | None:
    """Read how a sentence embedder pools its tokens: cls, mean, max or last; None for other networks.

    Raises
    ------
    InputError
        65 where the folder asks for another way.
    """
    path = folder / "1_Pooling" / "config.json" if folder else None
    if path is None or not path.is_file():
        return None
    try:
        config = json.loads(path.read_text())
    except ValueError as error:
        raise InputError(path, "is no valid JSON", "get the network's files again") from error
    prefix = "pooling_mode_"
    chosen = [config["pooling_mode"]] if isinstance(config.get("pooling_mode"), str) else []
    chosen = chosen or [k.removeprefix(prefix) for k, v in config.items() if k.startswith(prefix) and v is True]
    if len(chosen) != 1 or chosen[0] not in _MODES:
        raise InputError(path, f"pools by {chosen}, which is not known here", f"known: {', '.join(_MODES)}")
    return _MODES[chosen[0]]


def over_tokens(tokens: Any, mask: Any, rule: str) -> Any:
    """Pool over the tokens that are no padding.

    Parameters
    ----------
    tokens : tensor (n, n_tokens, width)
    mask : tensor (n, n_tokens)
        0 where a text was padded.
    rule : str
        cls (the first), mean, max or last.

    Returns
    -------
    tensor (n, width)
    """
    import torch

    inside = mask.unsqueeze(-1).to(tokens.dtype)
    if rule == "mean":
        return (tokens * inside).sum(1) / inside.sum(1)
    if rule == "max":
        return tokens.masked_fill(inside == 0, float("-inf")).amax(1)
    position = torch.arange(mask.shape[1], device=mask.device) * mask
    at = position.argmax(1) if rule == "last" else mask.argmax(1)
    return tokens[torch.arange(len(tokens), device=tokens.device), at]


def one_vector(data: Any) -> Any:
    """Make one vector per item of a network's image features.

    Parameters
    ----------
    data : tensor (n, width), (n, n_tokens, width) or (n, width, height, width), or a list of (n_tokens, width)
        The mean is taken over tokens and places.

    Returns
    -------
    tensor (n, width)
    """
    import torch

    if isinstance(data, (list, tuple)):
        return torch.stack([item.mean(0) for item in data])
    if data.ndim == 3:
        return data.mean(1)
    return data.mean((2, 3)) if data.ndim == 4 and data.shape[2] * data.shape[3] > 1 else data.flatten(1)
