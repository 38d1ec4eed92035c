"""BERT's tokeniser for networks whose checkpoints come without one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any

BERT_VOCABULARY = 30522  # entries of BERT's uncased vocabulary
_PAD = 0
_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


@lru_cache(maxsize=4)
def bert_uncased(*added: str, separator: bool = True) -> Any:
    """Make the tokeniser of BERT base, uncased: text is lower-cased, accents are taken off.

    Parameters
    ----------
    *added : str
        Special tokens that a network has beyond the vocabulary; they are numbered from `VOCABULARY` on.
    separator : bool
        Whether a text ends with `[SEP]`, as BERT's own do.

    Returns
    -------
    tokenizers.Tokenizer
        `[CLS]`, the text's pieces, and perhaps `[SEP]`.
    """
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    path = files("bids_vlint") / "data" / "tokenizers" / "bert-base-uncased" / "vocab.txt"
    tokenizer = Tokenizer(models.WordPiece.from_file(str(path), unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens([*_SPECIAL, *added])
    marks = [(mark, tokenizer.token_to_id(mark)) for mark in ("[CLS]", "[SEP]")]
    single = "[CLS] $A [SEP]" if separator else "[CLS] $A"
    tokenizer.post_processor = processors.TemplateProcessing(single, special_tokens=marks)
    return tokenizer


def count_tokens(tokenizer: Any, texts: Sequence[str]) -> list[int]:
    """Tokens of each text, with the special ones."""
    return [len(e.ids) for e in tokenizer.encode_batch(list(texts))]


def padded(tokenizer: Any, texts: Sequence[str], limit: int, length: int | None) -> tuple[Any, Any]:
    """Tokenise texts and pad them to one length.

    Parameters
    ----------
    tokenizer : tokenizers.Tokenizer
    texts : sequence of str
    limit : int
        The most tokens of a text; of a longer one the first token and the end are kept.
    length : int | None
        Tokens that each text is padded to; the longest of them where None.

    Returns
    -------
    ids : tensor (n_texts, n_tokens) int64
    mask : tensor (n_texts, n_tokens) int64
        0 where a text is padded.
    """
    import torch

    most = min(limit, length or limit)
    rows = [e.ids for e in tokenizer.encode_batch(list(texts))]
    rows = [row if len(row) <= most else [row[0], *row[len(row) - most + 1 :]] for row in rows]
    ids = torch.full((len(rows), length or max(map(len, rows), default=0)), _PAD)
    mask = torch.zeros_like(ids)
    for k, row in enumerate(rows):
        ids[k, : len(row)] = torch.tensor(row)
        mask[k, : len(row)] = 1
    return ids, mask
