"""Networks that hear: wav2vec 2.0 and its kin, Whisper's encoder, CLAP's audio tower; through their own processor.

At an event a network hears the 2 s before it and the half second from it on: the word that begins there (as a network
that reads is given that word whole), and nothing later.
"""

from __future__ import annotations

from typing import Any

from scipy.signal import resample_poly

from bids_vlint.errors import InputError
from bids_vlint.film.sound import SAMPLING_RATE
from bids_vlint.networks.hub.loader import load_pretrained
from bids_vlint.networks.hub.texts import accepted
from bids_vlint.networks.network import Inputs, Network, Outputs
from bids_vlint.networks.shown import HEARD_S
from bids_vlint.networks.specification import ModelSpec

_BATCH = 8
_TAKE_SOUND = ("input_values", "input_features")


def sound_network(spec: ModelSpec, module: Any) -> Network:
    """Make a network of what is heard around an event.

    Its default layer is `audio_embedding` of a network that compares sounds with texts (CLAP); of others `pooled`, the
    mean of the last hidden states over the half second from the event on, which know the 2 s before it.

    Raises
    ------
    InputError
        65 where it takes no sound, or its files hold no feature extractor.
    """
    compares = hasattr(module, "get_audio_features")
    if not compares and module.main_input_name not in _TAKE_SOUND:
        wrong = f"network {spec.name!r} ({module.config.model_type}) takes no sound"
        raise InputError(str(spec.architecture), wrong, "correct its modality, or name another network")
    processor = load_pretrained(spec, "AutoFeatureExtractor", "feature extractor")
    rate = int(processor.sampling_rate)
    seconds = float(getattr(processor, "chunk_length", 0) or HEARD_S[1] - HEARD_S[0])  # Whisper pads sounds to 30 s
    part = module.get_encoder() if module.config.is_encoder_decoder else module

    def prepare(sounds: list[Any], _texts: list[str], _length: int | None) -> Inputs:
        heard = [resample_poly(sound, rate, SAMPLING_RATE) if rate != SAMPLING_RATE else sound for sound in sounds]
        return dict(processor(heard, sampling_rate=rate, return_tensors="pt"))

    def forward(inputs: Inputs) -> Outputs:
        if compares:
            found = module.get_audio_features(**accepted(module.get_audio_features, inputs))
            return {"audio_embedding": found if hasattr(found, "shape") else found.pooler_output}
        hidden = part(**accepted(part.forward, inputs)).last_hidden_state
        return {"pooled": _from_event_on(hidden, seconds)}

    return Network(module, False, False, prepare, forward, batch_size=_BATCH, hears=HEARD_S)


def _from_event_on(hidden: Any, seconds: float) -> Any:
    """The mean of states, (n, n_steps, n_features) over so many seconds, over what is heard from the event on."""
    per_second = hidden.shape[1] / seconds
    before, all_of_it = (round(per_second * s) for s in (-HEARD_S[0], HEARD_S[1] - HEARD_S[0]))
    return hidden[:, before : max(all_of_it, before + 1)].mean(1)
