"""One vector per item from what a transformers network returns."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bids_vlint.errors import InputError

MODES = {"cls": "cls", "mean": "mean", "max": "max", "cls_token": "cls", "mean_tokens": "mean", "max_tokens": "max"}
MODES |= {"lasttoken": "last"}


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
    if len(chosen) != 1 or chosen[0] not in MODES:
        raise InputError(path, f"pools by {chosen}, which is not known here", f"known: {', '.join(MODES)}")
    return MODES[chosen[0]]


def pooled(module: Any, inputs: dict[str, Any], *, rule: str | None, untrained: bool, sees: bool, reads: bool) -> Any:
    """Run a network once and return one vector per item.

    Parameters
    ----------
    module : transformers.PreTrainedModel
    inputs : dict
        From its tokeniser, image processor or both.
    rule : str | None
        From `pooling_rule`.
    untrained : bool
        The checkpoint has no weights for the pooler.
    sees, reads : bool
        What it is given.

    Returns
    -------
    tensor (n_items, n_features)
    """
    part = getattr(module, "get_text_features" if reads else "get_image_features", None)
    if sees != reads and part is not None:  # one tower of two
        output = part(**inputs)
        return _flat(output if hasattr(output, "shape") else output.pooler_output)
    if reads and not sees and module.config.is_encoder_decoder:
        module = module.get_encoder()
    output = module(**inputs)
    if sees and reads:
        return _fused(output)
    found = None if untrained or rule else getattr(output, "pooler_output", None)
    if found is not None:
        return _flat(found)
    tokens = output.last_hidden_state
    if sees:
        return tokens.mean((2, 3)) if tokens.ndim == 4 else tokens[:, 0]
    return _over_tokens(tokens, inputs["attention_mask"], rule or "mean")


def _fused(output: Any) -> Any:
    import torch

    together = getattr(output, "multimodal_embeds", getattr(output, "multimodal_embeddings", None))
    if together is not None:
        return together[:, 0]
    if getattr(output, "pooler_output", None) is not None:
        return _flat(output.pooler_output)
    both = [getattr(output, k) for k in ("image_embeds", "text_embeds") if getattr(output, k, None) is not None]
    if len(both) == 2 and all(b.ndim == 2 for b in both):
        return torch.cat(both, dim=1)
    return output.last_hidden_state[:, 0]


def _flat(data: Any) -> Any:
    return data.reshape(len(data), -1)


def _over_tokens(tokens: Any, mask: Any, rule: str) -> Any:
    """Pool (n, n_tokens, width) over the tokens that are no padding."""
    import torch

    inside = mask.unsqueeze(-1).to(tokens.dtype)
    if rule == "mean":
        return (tokens * inside).sum(1) / inside.sum(1)
    if rule == "max":
        return tokens.masked_fill(inside == 0, float("-inf")).amax(1)
    position = torch.arange(mask.shape[1], device=mask.device) * mask
    at = position.argmax(1) if rule == "last" else mask.argmax(1)
    return tokens[torch.arange(len(tokens), device=tokens.device), at]
