"""The world's tokeniser, and sentences as they are heard: up to a word."""

from __future__ import annotations

from typing import Any

import numpy as np

from bids_vlint.demo.world import Scene, random_sentence, vocabulary

_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
LENGTH = 12  # tokens of the longest sentence, with its marks


def tokeniser() -> Any:
    """Make BERT's tokeniser with the words of the world."""
    from transformers import BertTokenizer

    vocab = {word: k for k, word in enumerate((*_SPECIAL, *vocabulary()))}
    return BertTokenizer(vocab=vocab, do_lower_case=True, model_max_length=LENGTH)


def heard(rng: np.random.Generator, scene: Scene) -> tuple[str, ...]:
    """Say a sentence in a scene, up to a random word."""
    words = random_sentence(rng, scene)
    return words[: rng.integers(1, len(words) + 1)]
