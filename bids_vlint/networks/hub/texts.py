"""Texts for a transformers network: its own tokeniser, its own limit, padding as it was trained."""

from __future__ import annotations

import inspect
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from bids_vlint.errors import InputError
from bids_vlint.networks.hub.folder import has_vocabulary
from bids_vlint.networks.hub.loader import load_pretrained
from bids_vlint.networks.network import Inputs
from bids_vlint.networks.resources import folder_of
from bids_vlint.networks.specification import ModelSpec
from bids_vlint.networks.tokenizers import BERT_VOCABULARY

_LONGEST = 512  # tokens, unless `context_length` allows more: no sentence is longer, and layers are padded to the limit
# trained on texts of one length, without a mask
_PADDED = ("siglip", "siglip2", "siglip_text_model", "siglip2_text_model")


@dataclass(frozen=True)
class Texts:
    """A network's tokeniser.

    Attributes
    ----------
    tokenizer : transformers.PreTrainedTokenizerBase
    limit : int
        The most tokens of a text, special ones included.
    fixed : int | None
        Tokens that every text is padded to, without a mask; None where it is as many as a batch needs, with one.
    """

    tokenizer: Any
    limit: int
    fixed: int | None = None

    @property
    def mask(self) -> str | None:
        """What `Network.mask` is."""
        return "attention_mask" if self.fixed is None else None

    def count(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special ones included."""
        return [len(ids) for ids in self.tokenizer(list(texts), verbose=False)["input_ids"]]

    def padding(self, length: int | None) -> dict[str, Any]:
        """Return how a tokeniser or processor is to pad; of a text that is too long the end is kept."""
        length = self.fixed or length
        return {"padding": "max_length" if length else True, "max_length": length or self.limit, "truncation": True}

    def encode(self, texts: list[str], length: int | None) -> Inputs:
        """Tokenise texts."""
        return self.kept(self.tokenizer(texts, return_tensors="pt", **self.padding(length)))

    def kept(self, inputs: Any) -> Inputs:
        """Keep the tensors that the network is to see."""
        import torch

        found = {k: v for k, v in inputs.items() if isinstance(v, torch.Tensor)}
        if self.fixed is not None:
            found.pop("attention_mask", None)
        return found


def texts_of(spec: ModelSpec, module: Any, tokenizer: Any = None) -> Texts:
    """Make what a network reads with.

    Parameters
    ----------
    spec : ModelSpec
    module : transformers.PreTrainedModel
    tokenizer : transformers.PreTrainedTokenizerBase | None
        Its processor's; loaded where None.

    Raises
    ------
    InputError
        65 where its files hold no tokeniser.
    """
    tokenizer = tokenizer or _tokenizer(spec, module.config)
    tokenizer.truncation_side, tokenizer.padding_side = "left", "right"
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token or tokenizer.unk_token
    positions = getattr(module.config.get_text_config(), "max_position_embeddings", None)
    fixed = positions if module.config.model_type in _PADDED else None
    return Texts(tokenizer, _limit(spec, tokenizer, module, fixed or positions), fixed)


def accepted(call: Any, inputs: Inputs) -> Inputs:
    """Keep the inputs that a forward function names (some tokenisers give token types to networks without them)."""
    names = inspect.signature(call).parameters
    return {k: v for k, v in inputs.items() if k in names}


def _tokenizer(spec: ModelSpec, config: Any) -> Any:
    if has_vocabulary(spec):
        return load_pretrained(spec, "AutoTokenizer", "tokeniser")
    if config.model_type in ("bert", "lxmert", "visual_bert") and config.vocab_size == BERT_VOCABULARY:
        return _bert()
    wrong = f"network {spec.name!r} has no tokeniser among its files"
    raise InputError(str(spec.architecture), wrong, "put its tokenizer.json or vocabulary beside its config.json")


@lru_cache(maxsize=1)
def _bert() -> Any:
    """Make the tokeniser of BERT base, uncased, for networks that are published without it."""
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerFast

    from bids_vlint.networks.tokenizers import bert_uncased

    special = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    made = Tokenizer.from_str(bert_uncased().to_str())
    return PreTrainedTokenizerFast(tokenizer_object=made, mask_token="[MASK]", model_max_length=_LONGEST, **special)


def _limit(spec: ModelSpec, tokenizer: Any, module: Any, positions: int | None) -> int:
    """Return how many tokens of a text the network takes at most."""
    limits = [spec.context_length or _LONGEST, tokenizer.model_max_length]
    limits.append(positions and positions - _unused_positions(module))
    folder = folder_of(spec)
    path = folder / "sentence_bert_config.json" if folder else None
    if path is not None and path.is_file():
        limits.append(json.loads(path.read_text()).get("max_seq_length"))
    return min(int(n) for n in limits if isinstance(n, int) and n > 0)


def _unused_positions(module: Any) -> int:
    """Positions that hold no token: RoBERTa's and its kin's begin after the padding token's number."""
    for part in module.modules():
        table = getattr(part, "position_embeddings", None)
        padding = getattr(part, "padding_idx", None)  # LXMERT's table alone has one, and begins at 0
        if padding is not None and getattr(table, "padding_idx", None) == padding:
            return int(padding) + 1
    return 0
