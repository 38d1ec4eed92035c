"""Weights of a checkpoint that a network has no place for: which are expected."""

from __future__ import annotations

from typing import Any

# what networks are trained with on top, and what older versions of transformers kept in their files
_HEADS: tuple[str, ...] = ("cls.", "lm_head.", "qa_outputs.", "classifier.", "score.", "pooler.", "fc_norm.")
_HEADS += ("itm_", "mlm_", "mim_", "mmm_", "answer_head.", "obj_predict_head.", "image_codebook.")
_BUFFERS = ("position_ids", "token_type_ids", "masked_bias", "attn.bias", "relative_position_index", "inv_freq")


def unexpected(names: set[str], config: Any, module: Any) -> list[str]:
    """List the weights that neither the network nor what it was trained with has a place for.

    Parameters
    ----------
    names : set of str
        Weights of the checkpoint that the network did not take.
    config : transformers.PreTrainedConfig
        Its `architectures` name the class that the checkpoint was saved from.
    module : transformers.PreTrainedModel
    """
    prefix = f"{module.base_model_prefix}."
    left = {name for name in names if not name.removeprefix(prefix).startswith(_HEADS)}
    left = {name for name in left if not name.endswith(_BUFFERS) and "lm_head." not in name}
    known = _saved_with(config) if left else set()
    return sorted(name for name in left if name not in known and prefix + name not in known)


def _saved_with(config: Any) -> set[str]:
    """Names of the weights of the class that the checkpoint was saved from."""
    import torch
    import transformers

    names: set[str] = set()
    for architecture in config.architectures or ():
        made_by = getattr(transformers, architecture, None)
        if made_by is not None:
            with torch.device("meta"):
                names |= set(made_by(config).state_dict())
    return names
