"""How surprising words are to a causal language network of transformers, given the text so far."""

from __future__ import annotations

from typing import Any

import numpy as np

from bids_vlint.errors import InputError
from bids_vlint.networks.hub.loader import load_pretrained
from bids_vlint.networks.hub.texts import accepted
from bids_vlint.networks.network import all_threads, device_of
from bids_vlint.networks.specification import ModelSpec

_LONGEST = 1024  # tokens of a window, unless `context_length` says otherwise
_SHORTEST = 4
_CAUSAL = 1e-3  # nats: what a later token may do to an earlier prediction by rounding


def context_tokens(spec: ModelSpec) -> int:
    """The most tokens that the network reads at once.

    Raises
    ------
    InputError
        As `load_pretrained`.
    """
    config = load_pretrained(spec, "AutoConfig", "configuration")
    return _limit(spec, config, load_pretrained(spec, "AutoTokenizer", "tokeniser"))


def word_bits(spec: ModelSpec, text: str, spans: np.ndarray, device: str = "auto") -> np.ndarray:
    """Surprisal of each word: the sum over its tokens of -log2 p(token | text so far).

    The text is read in windows of as many tokens as the network takes (at most 1,024), each half a window after the one
    before; a token is predicted from all of the text as long as it fits, and from half a window at least after that.
    Windows are run one by one, so that no number depends on others in a batch; what comes later changes nothing.

    Parameters
    ----------
    spec : ModelSpec
    text : str
        What was said, from the beginning.
    spans : (n_words, 2) int
        Where in the text each word begins and ends; in order.
    device : str

    Returns
    -------
    (n_words,) float64
        Bits; NaN of a word without a token, or without one that could be predicted (the first, where the network has
        no token for the beginning of a text).

    Raises
    ------
    InputError
        65 where the checkpoint lacks its head, the tokeniser does not say where its tokens are, or the network sees
        what comes later; others as `load_pretrained`.
    """
    tokenizer = load_pretrained(spec, "AutoTokenizer", "tokeniser")
    if not getattr(tokenizer, "is_fast", False):
        raise _cannot(spec, "its tokeniser does not say where in a text its tokens are")
    module = _with_head(spec)
    module.to(device_of(device))
    read = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
    begin = next((i for i in (tokenizer.bos_token_id, tokenizer.eos_token_id) if i is not None), None)
    limit = _limit(spec, module.config, tokenizer)
    with all_threads():
        bits = _token_bits(spec, module, read["input_ids"], begin, limit)
    return _by_word(bits, np.array(read["offset_mapping"]).reshape(-1, 2), text, spans)


def _with_head(spec: ModelSpec) -> Any:
    import torch

    options: dict[str, Any] = {"dtype": torch.float32, "output_loading_info": True}
    module, report = load_pretrained(spec, "AutoModelForCausalLM", "checkpoint", **options)
    if missing := sorted(report["missing_keys"]):
        raise _cannot(spec, f"its checkpoint lacks weights of the head ({', '.join(missing[:3])})")
    return module.eval()


def _limit(spec: ModelSpec, config: Any, tokenizer: Any) -> int:
    positions = getattr(config.get_text_config(), "max_position_embeddings", None)
    limits = [spec.context_length or _LONGEST, tokenizer.model_max_length, positions]
    found = min(int(n) for n in limits if isinstance(n, int) and n > 0)
    if found < _SHORTEST:
        raise _cannot(spec, f"it reads {found} tokens at once")
    return found


def _token_bits(spec: ModelSpec, module: Any, ids: list[int], begin: int | None, limit: int) -> np.ndarray:
    """Surprisal of each token, (n_tokens,) in bits."""
    bits = np.full(len(ids), np.nan)
    before = [] if begin is None else [begin]
    length = limit - len(before)
    half = length // 2
    if len(before) + len(ids) > 1:
        _check_causal(spec, module, (before + ids)[: min(limit, 8)])
    for start in range(0, len(ids), half):
        first = start if start == 0 else start + length - half
        stop = min(start + length, len(ids))
        if first >= stop:
            break
        logp = _log_probabilities(module, before + ids[start:stop])
        predicted = np.arange(stop - len(logp), stop)
        new = predicted >= first
        bits[predicted[new]] = -logp[new] / np.log(2)
    return bits


def _log_probabilities(module: Any, ids: list[int]) -> np.ndarray:
    """ln p of each token but the first, given those before it: (n - 1,)."""
    import torch

    with torch.inference_mode():
        tokens = torch.tensor([ids], device=next(module.parameters()).device)
        inputs = {"input_ids": tokens, "attention_mask": torch.ones_like(tokens), "use_cache": False}
        logits = module(**accepted(module.forward, inputs)).logits[0, :-1].float()
        own = logits.gather(1, tokens[0, 1:, None])[:, 0]
        out: np.ndarray = (own - logits.logsumexp(1)).double().cpu().numpy()
    return out


def _check_causal(spec: ModelSpec, module: Any, ids: list[int]) -> None:
    """Raise InputError where another last token changes what was predicted before it."""
    other = [*ids[:-1], ids[-1] - 1 if ids[-1] else 1]
    one, two = (_log_probabilities(module, tokens)[:-1] for tokens in (ids, other))
    if len(one) and np.abs(one - two).max() > _CAUSAL:
        raise _cannot(spec, "what it predicts depends on what comes later")


def _by_word(bits: np.ndarray, offsets: np.ndarray, text: str, spans: np.ndarray) -> np.ndarray:
    """Sum tokens over words: a token is of the word in which it ends, one of spaces alone of the word after them."""
    out, known = np.zeros(len(spans)), np.zeros(len(spans), bool)
    next_word = np.searchsorted(spans[:, 1], offsets[:, 1] - 1, side="right")
    for (start, stop), word, own in zip(offsets, next_word, bits, strict=True):
        if word == len(spans):
            continue
        begin = spans[word, 0]
        if stop > begin or not text[min(start, stop) : begin].strip():  # others are of words without an onset
            out[word] += own
            known[word] = True
    return np.where(known, out, np.nan)


def _cannot(spec: ModelSpec, why: str) -> InputError:
    return InputError(str(spec.architecture), f"network {spec.name!r} gives no surprisal: {why}",
                      "leave it out with --without-low-level surprisal, or name another network")  # fmt: skip
