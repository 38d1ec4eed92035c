"""BERT's tokeniser as it comes with the program."""

from __future__ import annotations

import hashlib
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from bids_vlint.networks.tokenizers import BERT_VOCABULARY, bert_uncased, count_tokens, padded

FOLDER = Path(str(files("bids_vlint") / "data" / "tokenizers" / "bert-base-uncased"))
VOCABULARY_SHA256 = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"
TEXTS = [
    "Hello, World!",
    "naïve CAFÉ Ünïcode",
    "中文 mixed",
    "don't [SEP] stop",
    "",
    "  ",
    "a" * 150,
    "so 😀\u200b\tok\n",
]


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The tokeniser of transformers with the same vocabulary."""
    from transformers import BertTokenizer

    folder = tmp_path_factory.mktemp("bert")
    (folder / "vocab.txt").write_bytes((FOLDER / "vocab.txt").read_bytes())
    options = {"tokenizer_class": "BertTokenizer", "do_lower_case": True, "model_max_length": 512}
    (folder / "tokenizer_config.json").write_text(json.dumps(options))
    return BertTokenizer.from_pretrained(folder)


def test_is_the_public_vocabulary() -> None:
    data = (FOLDER / "vocab.txt").read_bytes()
    assert len(data.splitlines()) == BERT_VOCABULARY
    assert hashlib.sha256(data).hexdigest() == VOCABULARY_SHA256
    assert "Apache License 2.0" in (FOLDER / "README.md").read_text()


def test_is_that_of_transformers(own: Any) -> None:
    expected = [own(text)["input_ids"] for text in TEXTS]
    assert [bert_uncased().encode(text).ids for text in TEXTS] == expected
    assert [bert_uncased(separator=False).encode(text).ids for text in TEXTS] == [ids[:-1] for ids in expected]
    assert count_tokens(bert_uncased(), TEXTS) == [len(ids) for ids in expected]


def test_added_tokens_follow_the_vocabulary() -> None:
    tokenizer = bert_uncased("[DEC]", "[ENC]")
    assert [tokenizer.token_to_id(t) for t in ("[DEC]", "[ENC]")] == [30522, 30523]
    assert tokenizer.encode("a [ENC] b").ids == [101, 1037, 30523, 1038, 102]


def test_padding_and_cutting() -> None:
    ids, mask = padded(bert_uncased(), ["the dog sees a ball", "the"], 5, None)
    assert ids.tolist() == [[101, 5927, 1037, 3608, 102], [101, 1996, 102, 0, 0]]
    assert mask.tolist() == [[1] * 5, [1, 1, 1, 0, 0]]
    ids, mask = padded(bert_uncased(), ["the"], 9, 4)
    assert (ids.tolist(), mask.tolist()) == ([[101, 1996, 102, 0]], [[1, 1, 1, 0]])
    ids, _ = padded(bert_uncased(separator=False), ["the dog sees a ball"], 512, 3)
    assert ids.tolist() == [[101, 1037, 3608]]
