"""A small BERT that hears sentences word by word: its pooled output foretells the next word and recalls which thing
was named last. It never sees a picture."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional

from bids_vlint.demo.words import LENGTH, tokeniser
from bids_vlint.demo.world import last_named, random_scene, random_sentence, stream


def _config() -> Any:
    """Its size."""
    from transformers import BertConfig

    return BertConfig(
        vocab_size=len(tokeniser()),
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=256,
        max_position_embeddings=LENGTH,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )


def fit_listener(seed: int, steps: int, batch: int = 128) -> Any:
    """Train on sentences of the world; returns a transformers BertModel."""
    from transformers import BertModel

    torch.manual_seed(seed)
    net, words = BertModel(_config()), tokeniser()
    heads = nn.Linear(net.config.hidden_size, 2 * net.config.vocab_size)
    parameters = [*net.parameters(), *heads.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=2e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, total_steps=steps, pct_start=0.1)
    rng = stream(seed, "listener")
    for _ in range(steps):
        sentences = [random_sentence(rng, random_scene(rng)) for _ in range(batch)]
        ends = [int(rng.integers(1, len(s) + 1)) for s in sentences]
        tokens = words([" ".join(s[:end]) for s, end in zip(sentences, ends)], padding=True, return_tensors="pt")
        guess = heads(net(**tokens).pooler_output).view(2 * batch, -1)
        target = [words.convert_tokens_to_ids(_next_and_named(s, end)) for s, end in zip(sentences, ends)]
        loss = functional.cross_entropy(guess, torch.tensor(target).flatten(), ignore_index=words.pad_token_id)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return net.eval()


def _next_and_named(sentence: tuple[str, ...], end: int) -> list[str]:
    """The next word, and the thing named last; padding where there is none."""
    return [sentence[end] if end < len(sentence) else "[PAD]", last_named(sentence[:end]) or "[PAD]"]
