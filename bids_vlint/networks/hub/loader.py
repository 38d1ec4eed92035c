"""Load a network of transformers, or make it from its configuration."""

from __future__ import annotations

import inspect
from typing import Any

from bids_vlint.errors import Exit, InputError, few, of_the_machine
from bids_vlint.networks.hub.folder import check_weights, weight_names
from bids_vlint.networks.hub.leftovers import unexpected
from bids_vlint.networks.network import offline, quiet, seeded
from bids_vlint.networks.resources import folder_of
from bids_vlint.networks.specification import ModelSpec

_AGAIN = "get its files again"


def load_pretrained(spec: ModelSpec, loader: Any, what: str, **options: Any) -> Any:
    """Call `from_pretrained` of one of transformers' classes on what is on this machine.

    Parameters
    ----------
    spec : ModelSpec
    loader : class or str
        A class of transformers, or its name.
    what : str
        What is loaded, for messages.

    Raises
    ------
    InputError
        66 for a network that is not on this machine, 65 for files that are damaged or do not fit each other.
    """
    import transformers
    from transformers.utils import logging

    logging.disable_progress_bar()
    loader = getattr(transformers, loader) if isinstance(loader, str) else loader
    where = str(spec.architecture)
    try:
        with offline(), quiet():
            options |= {"local_files_only": True, "revision": spec.revision or "main"}
            return loader.from_pretrained(where, trust_remote_code=False, **options)
    except InputError:
        raise
    except Exception as error:  # whatever a library raises for files that are damaged or do not fit each other
        if found := of_the_machine(where, error):
            raise found from error
        if folder_of(spec) is None:
            wrong = f"network {spec.name!r} is not on this machine"
            do = "run: bids_vlint models fetch SET --models-dir DIR"
            raise InputError(where, wrong, do, Exit.NO_INPUT) from error
        check_weights(spec)
        wrong = f"the {what} of network {spec.name!r} is missing, damaged or cannot be used ({_first_line(error)})"
        raise InputError(where, wrong, _AGAIN) from error


def load_module(spec: ModelSpec, config: Any, seed: int) -> tuple[Any, bool]:
    """Load a network in float32, or make its random twin with its own initialiser.

    A pooler that the checkpoint has no weights for is not built, where its class can do without, nor is the twin's.

    Returns
    -------
    module : transformers.PreTrainedModel
    untrained : bool
        It has a pooler that its checkpoint knows nothing of.

    Raises
    ------
    InputError
        65 for weights that are missing, left over or of other shapes: it lists them. What a checkpoint holds beside its
        network (heads of pre-training, as its `architectures` say) is no error.
    """
    import torch

    made_by = class_of(spec, config)
    untrained = _lacks_pooler(spec, made_by, config)
    options: dict[str, Any] = {}
    if untrained and "add_pooling_layer" in inspect.signature(made_by.__init__).parameters:
        options["add_pooling_layer"], untrained = False, False
    if not spec.trained:
        with quiet(), seeded(f"{seed}/{spec.label}"):
            return made_by(config, **options).float(), untrained
    with seeded("pooler"):
        options |= {"dtype": torch.float32, "output_loading_info": True, "ignore_mismatched_sizes": True}
        module, report = load_pretrained(spec, made_by, "checkpoint", config=config, **options)
    _check(spec, config, module, report)
    return module, untrained


def class_of(spec: ModelSpec, config: Any) -> Any:
    """Choose transformers' class for a configuration: the network without heads, BLIP with its fusion.

    Raises
    ------
    InputError
        65 where transformers has none.
    """
    import transformers

    named = [made_by for name in config.architectures or () if (made_by := getattr(transformers, name, None))]
    if config.model_type == "blip" and transformers.BlipModel not in named:
        return transformers.BlipForImageTextRetrieval
    if type(config) in transformers.MODEL_MAPPING:
        found = transformers.MODEL_MAPPING[type(config)]
        choice = found if isinstance(found, (tuple, list)) else [found]
        return next((c for c in choice if c in named), choice[0])
    if named:
        return named[0]
    wrong = f"network {spec.name!r}: transformers has no network for its configuration ({config.model_type})"
    raise InputError(str(spec.architecture), wrong, "name another network")


def _lacks_pooler(spec: ModelSpec, made_by: Any, config: Any) -> bool:
    """Whether a class has a pooler with weights that the checkpoint lacks. No weights are read."""
    import torch

    names = weight_names(spec)
    if names is None or any("pooler." in name for name in names):
        return False
    with torch.device("meta"):
        return any("pooler." in name for name in made_by(config).state_dict())


def _check(spec: ModelSpec, config: Any, module: Any, report: dict[str, Any]) -> None:
    shapes = [
        f"{name} {tuple(found)} for {tuple(own)}"
        for name, found, own in sorted(report["mismatched_keys"], key=lambda row: str(row[0]))
    ]
    missing = sorted(name for name in report["missing_keys"] if "pooler." not in name)
    left = unexpected(set(report["unexpected_keys"]), config, module)
    parts = (("missing", missing), ("of another shape", shapes), ("left over", left))
    wrong = "; ".join(f"{what}: {few(names, 12)}" for what, names in parts if names)
    if wrong:
        wrong = f"the checkpoint of network {spec.name!r} does not fit its configuration ({wrong})"
        raise InputError(str(spec.architecture), wrong, _AGAIN)


def _first_line(error: Exception) -> str:
    return next((line.strip().rstrip(".") for line in str(error).splitlines() if line.strip()), type(error).__name__)
