"""A model set is read whole, or refused in one sentence."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bids_vlint.errors import Exit, InputError
from bids_vlint.networks import model_set
from bids_vlint.networks.model_set import available, needs_film, read_model_set
from bids_vlint.networks.parts import as_encoded, whole_spec
from bids_vlint.networks.shown import reads, sees, shown_to

EYE = '[[model]]\nname = "eye"\nmodality = "vision"\nsource = "precomputed"\npath = "{stimulus}_{alignment}.h5"\n'
EAR = EYE.replace("eye", "ear").replace("vision", "language", 1)
FUSION = EYE.replace("eye", "fusion").replace("vision", "multimodal", 1)
PART = FUSION.replace("fusion", "sight").replace(".h5", "_image.h5") + 'shown = "image"\npart_of = "fusion"\n'
SLIP = '[[model]]\nname = "slip"\nmodality = "multimodal"\nsource = "slip"\narchitecture = "vit_base_patch16_224"\n'
SLIP += 'weights = "net.pth"\ntower = "both"\n'
TIMM = '[[model]]\nname = "net"\nmodality = "vision"\nsource = "timm"\narchitecture = "test_vit"\nweights = "net.pth"\n'


def write(folder: Path, text: str) -> str:
    """Write a model set and the weights that it may name."""
    (folder / "net.pth").touch()
    (folder / "set.toml").write_text(text)
    return str(folder / "set.toml")


def refusal(folder: Path, text: str) -> InputError:
    """Read it and return why it is refused."""
    with pytest.raises(InputError) as caught:
        read_model_set(write(folder, text), None)
    assert "\n" not in str(caught.value)
    return caught.value


def test_precomputed_networks_have_the_twins_that_are_given(tmp_path: Path) -> None:
    twin = EYE.replace(".h5", "_random.h5") + "trained = false\n"
    models = read_model_set(write(tmp_path, EYE + twin + EAR), None)
    assert [m.label for m in models.models] == ["eye", "eye-random", "ear"]
    assert models.models[0].folder == tmp_path
    assert not needs_film(models)


def test_other_networks_get_their_twins(tmp_path: Path) -> None:
    for seeds in ("random_seeds = 1\n", ""):
        models = read_model_set(write(tmp_path, seeds + EYE + TIMM + 'layers = ["blocks.*", "default"]\n'), None)
        _, net, *twins = models.models
        numbers = (None,) if seeds else (1, 2, 3)  # three, unless the set says otherwise
        assert twins == [replace(net, trained=False, twin=k) for k in numbers]
        assert [t.label for t in twins] == (["net-random"] if seeds else [f"net-random-{k}" for k in numbers])
    assert net.weights == str(tmp_path / "net.pth")
    assert net.layers == ("blocks.*", "default")
    assert needs_film(models)


def test_how_parts_are_made_is_said_for_all_networks_or_for_one(tmp_path: Path) -> None:
    for text, parts in ((SLIP, "marginal"), ('parts = "blanked"\n' + SLIP, "blanked"), (SLIP + 'parts = "blanked"\n',
                        "blanked"), ('parts = "blanked"\n' + SLIP + 'parts = "marginal"\n', "marginal")):  # fmt: skip
        assert {s.parts for s in read_model_set(write(tmp_path, text), None).models} == {parts}
    for text in ('parts = "blank"\n' + SLIP, SLIP + 'parts = "blank"\n'):
        assert "did you mean blanked" in str(refusal(tmp_path, text))
    assert "'parts' is 4" in str(refusal(tmp_path, "parts = 4\n" + SLIP))


def test_weights_are_beside_the_file_then_in_the_models_folder(tmp_path: Path) -> None:
    elsewhere = tmp_path / "models"
    elsewhere.mkdir()
    (elsewhere / "far.pth").touch()
    value = write(tmp_path, TIMM.replace("net.pth", "far.pth"))
    with pytest.raises(InputError, match=r"far\.pth") as caught:
        read_model_set(value, None)
    assert caught.value.code == Exit.NO_INPUT
    assert read_model_set(value, elsewhere).models[0].weights == str(elsewhere / "far.pth")
    value = write(tmp_path, TIMM.replace("net.pth", "r160_in1k"))
    with pytest.raises(InputError, match=r"models fetch \S+set\.toml --models-dir DIR"):
        read_model_set(value, None)
    (elsewhere / "test_vit.r160_in1k").mkdir()
    (elsewhere / "test_vit.r160_in1k" / "model.safetensors").touch()
    assert read_model_set(value, elsewhere).models[0].weights == "r160_in1k"


def test_random_network_alone_needs_no_weights(tmp_path: Path) -> None:
    (only,) = read_model_set(write(tmp_path, TIMM.replace("net.pth", "no.pth") + "trained = false\n"), None).models
    assert (only.trained, only.weights) == (False, None)


def test_comparisons_may_name_twins_parts_and_the_linear_control(tmp_path: Path) -> None:
    text = '[[comparison]]\nname = "a-b"\nmodel = ["eye", "net-random", "slip:text"]\nbaseline = "linear"\n'
    (comparison,) = read_model_set(write(tmp_path, EYE + TIMM + SLIP + text), None).comparisons
    assert (comparison.name, comparison.baseline) == ("a-b", ("linear",))
    assert comparison.model == ("eye", "net-random", "slip:text")


def test_networks_that_are_shown_both_get_their_parts(tmp_path: Path) -> None:
    text = '[[comparison]]\nname = "a-b"\nmodel = ["slip"]\nbaseline = "slip:image-random"\n'
    models = read_model_set(write(tmp_path, "random_seeds = 2\n" + SLIP + TIMM + text), None)
    own = ["slip", "slip-random-1", "slip-random-2"]
    parts = [label.replace("slip", f"slip:{shown}") for shown in ("image", "text") for label in own]
    assert [s.label for s in models.models] == [*own, *parts, "net", "net-random-1", "net-random-2"]
    for spec in models.models[3:9]:
        assert (spec.part_of, shown_to(spec), spec.modality) == ("slip", spec.name.removeprefix("slip:"), "multimodal")
        assert whole_spec(spec) == next(s for s in models.models[:3] if s.twin == spec.twin)
    assert [shown_to(s) for s in models.models if s.part_of is None] == ["both"] * 3 + ["image"] * 3
    left = [s.label for s in as_encoded(models).models]  # of the twins' parts, those that a comparison names
    assert left == [*own, *parts[:4], "net", "net-random-1", "net-random-2"]
    (slip, *_) = read_model_set(write(tmp_path, SLIP.replace('"both"', '"image"')), None).models
    assert slip.label == "slip"


def test_parts_that_are_stored(tmp_path: Path) -> None:
    twin = PART.replace("_image", "_image_random") + "trained = false\n"
    models = read_model_set(write(tmp_path, FUSION + PART + twin), None)
    assert [(s.label, s.part_of, shown_to(s)) for s in models.models] == [
        ("fusion", None, "both"), ("sight", "fusion", "image"), ("sight-random", "fusion", "image"),
    ]  # fmt: skip
    assert [whole_spec(s) for s in models.models] == list(models.models)  # stored as it is
    assert [s.label for s in as_encoded(models).models] == ["fusion", "sight"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[model]\n", "TOML"),
        ("", "names no network"),
        ("model = 3\n", "list of tables"),
        (EYE + "[[modle]]\n", "did you mean model"),
        (EYE + "towr = 'image'\n", "did you mean tower"),
        (EYE.replace("precomputed", "precompted"), "did you mean precomputed"),
        (EYE.replace('"vision"', '"visoin"'), "did you mean vision"),
        (TIMM + "tower = 'imgae'\n", "did you mean image"),
        (EYE + EYE, "two networks are named 'eye'"),
        (EYE.replace('modality = "vision"\n', ""), "has no 'modality'"),
        (EYE.replace('name = "eye"\n', ""), "number 1 has no 'name'"),
        (EYE.replace("path =", "weights ="), "has no 'path'"),
        (TIMM.replace("architecture =", "revision ="), "has no 'architecture'"),
        (TIMM.replace("timm", "slip").replace("weights", "revision"), "has no 'weights'"),
        (EYE + "trained = 'yes'\n", "true or false"),
        (EYE + "layers = [1]\n", "list of texts"),
        (EYE.replace('"eye"', '"linear"'), "cannot be named so"),
        (EYE.replace('"eye"', '"eye-random"'), "cannot be named so"),
        (EYE + EAR.replace('"ear"', '"eye"') + "trained = false\n", "differ in modality"),
        (TIMM.replace('"timm"', '"slip"') + "tower = 'text'\n", "tower 'text'"),
        (FUSION.replace('"fusion"', '"slip:text"') + SLIP, "so is the run of 'slip'"),
        (TIMM + "shown = 'image'\n", "gives 'shown', which stored features alone have"),
        (SLIP + "part_of = 'net'\n", "gives 'part_of', which stored features alone have"),
        (FUSION + PART.replace('"image"', '"imgae"'), "did you mean image"),
        (FUSION + PART.replace('shown = "image"\n', ""), "does not say on which"),
        (FUSION + PART.replace('shown = "image"', 'shown = "both"'), "does not say on which"),
        (FUSION + PART.replace('part_of = "fusion"', 'part_of = "fuson"'), "did you mean fusion"),
        (EYE + PART.replace('part_of = "fusion"', 'part_of = "eye"'), "which is shown the image alone"),
        (FUSION + PART.replace("multimodal", "vision"), "differs from it in modality"),
        (FUSION + PART + PART.replace("sight", "look"), "'sight' and 'look' are both the run of 'fusion' on the image"),
        (SLIP + PART.replace("fusion", "slip"), "'slip:image' and 'sight' are both the run of 'slip'"),
        (FUSION + PART + PART.replace("image", "text") + "trained = false\n", "differ in what they are shown"),
        (EYE + "shown = 'text'\n", "is a vision network with shown 'text'"),
        (FUSION + "shown = 'text'\ntower = 'image'\n", "has the tower 'image' and is shown 'text'"),
        (EYE + "[[comparison]]\nname = 'a'\nmodel = ['eye']\nbaseline = ['eyy']\n", "did you mean eye"),
        (EYE + "[[comparison]]\nname = 'a b'\nmodel = ['eye']\nbaseline = ['eye']\n", "column names"),
        (
            EYE + "[[comparison]]\nname = 'multimodal_beats_linear'\nmodel = ['eye']\nbaseline = ['eye']\n",
            "always made",
        ),
        (EYE + "[[comparison]]\nname = 'a'\nmodel = ['eye']\nbaseline = ['eye']\n" * 2, "two comparisons"),
        (EYE + "[[comparison]]\nname = 'a'\nmodel = ['eye']\n", "has no 'baseline'"),
        (EYE + "[[comparison]]\nname = 'a'\nmodel = ['eye']\nbaseline = ['eye']\nalpha = 3\n", "unknown key 'alpha'"),
    ],
)
def test_wrong_content(tmp_path: Path, text: str, said: str) -> None:
    error = refusal(tmp_path, text)
    assert said in str(error)
    assert error.code == Exit.DATA


def test_file_that_is_not_there(tmp_path: Path) -> None:
    for value in (str(tmp_path / "no.toml"), "no.toml", "folder/no"):
        with pytest.raises(InputError) as caught:
            read_model_set(value, None)
        assert caught.value.code == Exit.NO_INPUT


def test_unknown_built_in_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = Path(write(tmp_path, EYE))
    monkeypatch.setattr(model_set, "built_in_sets", lambda: {"demo": known})
    assert read_model_set("demo", None).file == known
    with pytest.raises(InputError, match="did you mean demo") as caught:
        read_model_set("demmo", None)
    assert caught.value.code == Exit.USAGE


def test_built_in_set_leaves_out_what_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = EYE + TIMM.replace("net.pth", "package:no_such_package_here/net.pth")
    monkeypatch.setattr(model_set, "built_in_sets", lambda: {"demo": Path(write(tmp_path, text))})
    assert [m.label for m in read_model_set("demo", None).models] == ["eye"]
    with pytest.raises(InputError, match="pip install") as caught:
        read_model_set(str(tmp_path / "set.toml"), None)
    assert caught.value.code == Exit.NO_INPUT


def test_files_in_an_installed_package_are_found(tmp_path: Path) -> None:
    text = TIMM.replace("net.pth", "package:numpy/version.py")
    spec = read_model_set(write(tmp_path, text), None).models[0]
    assert Path(str(spec.weights)).name == "version.py"
    assert Path(str(spec.weights)).is_file()
    assert available(spec)
    assert not available(replace(spec, weights="package:no_such_package_here/x"))


def test_transformers_folder(tmp_path: Path) -> None:
    text = EAR.replace("precomputed", "transformers").replace("path = ", "architecture = ").replace("{stimulus}_", "")
    text = text.replace("{alignment}.h5", "org/net")
    with pytest.raises(InputError, match="not on this machine") as caught:
        read_model_set(write(tmp_path, text), tmp_path / "models")
    assert caught.value.code == Exit.NO_INPUT
    assert f"models fetch {tmp_path / 'set.toml'} --models-dir {tmp_path / 'models'}" in str(caught.value)
    folder = tmp_path / "models" / "org" / "net"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    assert read_model_set(write(tmp_path, text), tmp_path / "models").models[0].architecture == str(folder)


def test_what_a_network_is_shown(tmp_path: Path) -> None:
    net, *_ = read_model_set(write(tmp_path, TIMM), None).models
    expected = {
        ("timm", "vision", None): (True, False),
        ("slip", "multimodal", None): (True, False),  # the image encoder is what the paper compares
        ("slip", "multimodal", "text"): (False, True),
        ("open_clip", "multimodal", "both"): (True, True),
        ("open_clip", "language", None): (False, True),
        ("transformers", "multimodal", None): (True, True),
        ("transformers", "multimodal", "image"): (True, False),
        ("transformers", "language", None): (False, True),
    }
    for (source, modality, tower), shown in expected.items():
        spec = replace(net, source=source, modality=modality, tower=tower)
        assert (sees(spec), reads(spec)) == shown, (source, modality, tower)
        assert shown_to(spec) == {(True, True): "both", (True, False): "image", (False, True): "text"}[shown]
